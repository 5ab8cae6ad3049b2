"""Activity: which names depend on what is differentiated (varied) and reach the result (useful)."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import Any

import gast

from srcgrad import tree
from srcgrad.analysis.kinds import UNKNOWN, is_discrete
from srcgrad.analysis.operations import real_reads
from srcgrad.analysis.scope import Scope
from srcgrad.program import Program


@dataclass(frozen=True)
class Activity:
    """The names that depend on ``wrt``, and those of them that also reach the result."""

    varied: frozenset[str]
    active: frozenset[str]


def activity(program: Program, scope: Scope) -> Activity:
    """Follow derivatives forward from ``wrt`` and back from the returned value."""
    forward: dict[str, set[str]] = {}
    backward: dict[str, set[str]] = {}
    results: set[str] = set()
    for node in tree.walk(program.function.body):
        if isinstance(node, gast.Return):
            value = node.value.elts[0] if program.has_aux and node.value is not None else node.value
            results |= set() if value is None else real_reads(value, scope)
        elif isinstance(node, (gast.Assign, gast.For)):
            left, value = (node.target, node.iter) if isinstance(node, gast.For) else (node.targets[0], node.value)
            bound = {
                name
                for name in tree.writes(left)
                if name not in program.stopped and not is_discrete(scope.kinds.get(name, UNKNOWN))
            }
            sources = real_reads(value, scope)
            for name in bound:
                backward.setdefault(name, set()).update(sources)
            for source in sources:
                forward.setdefault(source, set()).update(bound)
    varied = _closure(set(program.wrt), forward)
    useful = _closure(results, backward)
    return Activity(frozenset(varied), frozenset(varied & useful))


def _closure(start: set[str], edges: dict[str, set[str]]) -> set[str]:
    found = set(start)
    pending = deque(start)
    while pending:
        for reached in edges.get(pending.popleft(), ()):
            if reached not in found:
                found.add(reached)
                pending.append(reached)
    return found


def is_active(node: Any, scope: Scope, names: frozenset[str]) -> bool:
    """Whether a derivative reaches the value of an expression from one of ``names``."""
    return not names.isdisjoint(real_reads(node, scope))
