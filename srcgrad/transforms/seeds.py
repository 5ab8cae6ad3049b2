"""Both ends of a reverse sweep: the adjoints that it starts from, and the gradients that it ends with."""

from __future__ import annotations

from typing import Any

import gast
import numpy as np

from srcgrad import contents, structures, tree
from srcgrad.analysis.kinds import UNKNOWN, Array, Kind, Scalar, Unknown
from srcgrad.analysis.objects import holds_object
from srcgrad.analysis.scope import Scope
from srcgrad.errors import refuse
from srcgrad.program import Program
from srcgrad.transforms.bars import Bars


def seed_adjoints(program: Program, bars: Bars, active: frozenset[str], value: Any, seed: str, exact: bool) -> None:
    """Start the adjoints of what is returned from the seed, which has their structure and shape if it is ``exact``."""
    parts = value.elts if isinstance(value, gast.Tuple) else [value]
    for position, part in enumerate(parts[:1] if program.has_aux else parts):
        if not (isinstance(part, gast.Name) and part.id in active):
            continue
        given = tree.name(seed)
        if isinstance(value, gast.Tuple) and not program.has_aux:
            given = tree.subscript(given, tree.constant(position))
        kind = bars.scope.kinds.get(part.id, UNKNOWN)
        known = _checked(program, part, kind)
        if not isinstance(value, gast.Tuple) and isinstance(kind, Scalar):
            bars.scope.kinds[seed] = kind
        if exact:
            bars.add(part.id, given, foreign=True)
        elif isinstance(kind, Array) and known:
            bars.add(part.id, tree.call(bars.numpy("full_like"), part, given))
        elif isinstance(kind, Scalar) and known:
            bars.add(part.id, given, foreign=True)  # an array of no dimensions, perhaps, if it is the user's
        else:
            bars.add(part.id, tree.call(bars.helper(structures.seed), part, given), foreign=True)


def _checked(program: Program, part: Any, kind: Kind) -> bool:
    """Whether it is known that a result is real, or complex, as it must be; refuse it if it is not."""
    found = program.complexity(kind)
    if found is None or program.result is None or found == (program.result == "complex"):
        return found is not None
    if not found and not isinstance(kind, (Scalar, Array)):
        return False
    reason = f"the result is {'complex' if found else 'real'}"
    hint = "pass holomorphic=True if the function is, or return a real number: its real part, say, or its magnitude"
    if not found:
        reason += ", but the derivative of a holomorphic function is asked for"
        hint = "leave out holomorphic=True"
    raise refuse(part if hasattr(part, "lineno") else program.source.tree, program.source, reason, hint)


def first_seed(program: Program, scope: Scope, value: Any) -> complex:
    """The seed that stands for ones."""
    kind = scope.kinds.get(value.id, UNKNOWN) if isinstance(value, gast.Name) else UNKNOWN
    return 1.0 + 0.0j if program.result == "complex" or program.complexity(kind) is True else 1.0


def settled_gradients(program: Program, bars: Bars) -> dict[str, str]:
    """Settle the adjoint of every differentiated parameter, as storage of its own, and return their names."""
    found = {}
    wide = any(map(_is_wide, bars.scope.kinds.values()))
    for parameter in program.wrt:
        kind = bars.scope.kinds.get(parameter, UNKNOWN)
        if not bars.is_set(parameter):
            bars.set_zero(parameter)
        elif not isinstance(kind, Scalar) and not bars.is_owned(parameter):
            bars.own(parameter)
        name = bars.node(parameter).id
        if bars.is_shadow(parameter) and not isinstance(kind, Array):
            bars.emit(tree.assign(name, tree.call(bars.helper(contents.once), tree.name(name))))
        exact = (isinstance(kind, Scalar) and kind.type in (int, float, np.float64)) or (
            isinstance(kind, Array) and kind.dtype == np.dtype(float) and program.complexity(kind) is False
        )
        exact = exact and not wide
        if not exact:
            may_hold_objects = isinstance(kind, Unknown) or holds_object(kind)
            inside = [tree.constant(True)] if program.called and may_hold_objects else []
            restored = bars.helper(structures.restored)
            bars.emit(tree.assign(name, tree.call(restored, tree.name(name), tree.name(parameter), *inside)))
        found[parameter] = name
    return found


def _is_wide(kind: Kind) -> bool:
    """Whether a value is of more than double precision, which what it meets takes on."""
    dtype = np.dtype(kind.type) if isinstance(kind, Scalar) else kind.dtype if isinstance(kind, Array) else None
    return dtype is not None and dtype.kind in "fc" and np.finfo(dtype).eps < np.finfo(float).eps
