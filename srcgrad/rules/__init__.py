"""The rules: what the derivatives of NumPy's, ``math``'s and Python's functions are.

Importing this registers them.  The decorators register rules of anybody's.

>>> import numpy as np
>>> from srcgrad.rules import rule_of
>>> rule_of(np.tanh).form
'elementwise'
"""

from srcgrad.rules import (  # noqa: F401 (for their registrations)
    arithmetic,
    assembling,
    averages,
    complexes,
    constants,
    elementary,
    helpers,
    helpers_algebra,
    helpers_shapes,
    jacobians,
    linalg,
    placements,
    products,
    reductions,
    scalars,
    shaping,
    stacks,
    structures,
)
from srcgrad.rules.registry import (
    Discrete,
    bilinear,
    constant,
    elementwise,
    known,
    linear,
    pullback,
    pushforward,
    rule_of,
)

__all__ = [
    "Discrete",
    "bilinear",
    "constant",
    "elementwise",
    "known",
    "linear",
    "pullback",
    "pushforward",
    "rule_of",
]
