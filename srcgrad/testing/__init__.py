"""Checks of derivatives, for the tests of programs that use srcgrad; not imported by ``import srcgrad``."""

from srcgrad.testing.gradients import check_dot_product, check_grads
from srcgrad.testing.rule_checks import check_rule
from srcgrad.testing.statements import verify

__all__ = ["check_dot_product", "check_grads", "check_rule", "verify"]
