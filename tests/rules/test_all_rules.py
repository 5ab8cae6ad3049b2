"""Every rule of srcgrad under ``check_rule``: all forms of one call of each."""

from __future__ import annotations

import numpy as np
import pytest

from srcgrad.testing import check_grads, check_rule
from srcgrad.testing.rule_checks import as_function, places_of
from srcgrad.testing.variants import Call
from tests.rules.support import NUMPY_2
from tests.rules.test_rule_forms import CASES
from tests.zoo import WHOLE

# of a stack, which is changed in place, each version is used once: here all would be used again
LASTING = [one for one in CASES if not one.rule.body.__module__.endswith(".stacks")]
FIRST = list({id(one.rule): one for one in reversed(LASTING)}.values())[::-1]


def is_inner(one):
    """Whether a rule is of a helper that is called with adjoints of fitting structure and shape only."""
    return one.rule.body.__module__.rpartition(".")[2] in (
        "structures",
        "jacobians",
        "helpers_shapes",
        "helpers_algebra",
    )


@pytest.mark.parametrize("one", [one for one in FIRST if is_inner(one)], ids=str)
def test_rule_of_a_helper(one):
    call = Call("", one.args, one.keywords)
    check_grads(*as_function(one.primitive, call, places_of(one.rule, call, one.fixed)))


# one rule in twelve, or all of them: SRCGRAD_WHOLE_ZOO=1 pytest tests/rules/test_all_rules.py
SOME = [one for one in FIRST if not is_inner(one)][:: 1 if WHOLE else 12]


@pytest.mark.parametrize("one", SOME, ids=str)
def test_rule(one):
    if one.primitive is np.insert and not NUMPY_2:
        pytest.skip("NumPy 1 inserts nothing into a number")
    check_rule(one.primitive, *one.args, fixed=one.fixed, **one.keywords)
