"""Refuse an index that depends on what is differentiated: an integer in ``wrt`` counts as real.

So does what a primitive takes as an axis, a shape or another number that no derivative flows through.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import gast

from srcgrad import tree
from srcgrad.analysis.activity import activity
from srcgrad.analysis.indexing import parts_of
from srcgrad.analysis.inference import CalleeKind, Inference
from srcgrad.analysis.kinds import Array, Kind, Scalar, Sequence, Unknown, is_discrete
from srcgrad.analysis.operations import Apply, describe
from srcgrad.analysis.reads import real_reads
from srcgrad.analysis.scope import Scope
from srcgrad.errors import refuse
from srcgrad.helpers import is_helper
from srcgrad.loader import is_generated
from srcgrad.program import Program
from srcgrad.rules.registry import discrete, texts

_NONE = "leave it out of wrt, make it an integer with int(...), or use srcgrad.stop_gradient"
_SURELY_NONE = f"annotate the arguments or give examples of them if it is no real number; else {_NONE}"


def indices(program: Program, scope: Scope, callee_kind: CalleeKind) -> Program:
    """Return the program as it is if no derivative reaches an index: of an array, of any object, or of a primitive."""
    varied = activity(program, scope).varied
    if is_helper(program.source.function):
        return program  # whose indices are integers
    if is_generated(program.source.file):
        varied = varied & frozenset(program.wrt)  # the others were looked at where they came from
    infer = Inference(scope, callee_kind)

    def is_varied(node: Any) -> bool:
        return not varied.isdisjoint(real_reads(node, scope))

    for node in tree.walk_forward(program.function.body):
        if isinstance(node, (gast.Subscript, gast.Dict, gast.DictComp)):
            for part in filter(is_varied, _places(node)):
                if is_discrete(infer.kind(part)):  # a counter that an object holds, say
                    continue
                what = "index" if isinstance(node, gast.Subscript) else "key"
                raise refuse(
                    part,
                    program.source,
                    f"this {what} depends on what is differentiated, and so it is a real number",
                    f"leave the argument out of wrt, or make the {what} an integer with int(...)",
                )
        elif isinstance(node, gast.Call):
            for part, reason, hint in _misused(node, scope, is_varied, infer.kind):
                raise refuse(part, program.source, reason, hint)
    return program


def _misused(
    node: Any, scope: Scope, is_varied: Callable[[Any], bool], kind: Callable[[Any], Kind]
) -> Iterator[tuple[Any, str, str]]:
    """The arguments of a call that a derivative reaches though none flows through them, why not, and what to do."""
    operation = describe(node, scope)
    if not isinstance(operation, Apply):
        return
    rule = operation.rule
    for name in sorted(discrete(rule) & operation.arguments.keys()):
        value = operation.arguments[name]
        for part in value if isinstance(value, list) else [value]:
            found = kind(part)
            no_text = name in texts(rule) and isinstance(found, (Array, Scalar, Sequence))
            if no_text and (is_varied(node) or is_varied(part)):
                yield part, f"'{rule.name}' has a derivative for a string as '{name}' only", f"write {name} as a string"
            elif not is_discrete(found) and is_varied(part):
                where = f"'{name}' of '{rule.name}'"
                reason = f"no derivative flows through {where}, which depends on what is differentiated"
                yield part, reason, _SURELY_NONE if isinstance(found, Unknown) else _NONE


def _places(node: Any) -> list[Any]:
    """The keys of a dict; what an index is computed from, the bounds of its slices included."""
    if isinstance(node, gast.DictComp):
        return [node.key]
    if isinstance(node, gast.Dict):
        return [key for key in node.keys if key is not None]
    found: list[Any] = []
    for part in parts_of(node.slice):
        bounds = (part.lower, part.upper, part.step) if isinstance(part, gast.Slice) else (part,)
        found.extend(bound for bound in bounds if bound is not None)
    return found
