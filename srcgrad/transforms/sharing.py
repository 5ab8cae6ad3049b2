"""Which adjoints may share storage where control flow joins: partitions of names, and which classes are not ours.

A state maps each adjoint that is set to the number of its group: those in one group may be the same object, and one in
the group ``FOREIGN`` may be somebody else's.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping

FOREIGN = 0
State = Mapping[str, int]


def joined(numbers: Iterator[int], *states: State) -> dict[str, int]:
    """What is left of some states where they meet: what shares in one of them shares, what is foreign in one is.

    The result has the names of the last one, and new numbers.

    >>> joined(itertools.count(7), {"a": 1, "b": 1, "c": 2}, {"a": 1, "b": 5, "c": 2})
    {'a': 7, 'b': 7, 'c': 8}
    >>> joined(itertools.count(7), {"a": 1, "b": 1, "c": 2}, {"a": 0, "b": 5, "c": 2})
    {'a': 0, 'b': 0, 'c': 7}
    """
    parent: dict[str, str] = {}

    def root(name: str) -> str:
        while parent.get(name, name) != name:
            name = parent[name]
        return name

    for left, right in itertools.chain(*map(_pairs, states)):
        parent[root(left)] = root(right)
    foreign = {root(name) for state in states for name, group in state.items() if group == FOREIGN}
    made: dict[str, int] = {}
    for name in states[-1]:
        top = root(name)
        if top not in made:
            made[top] = FOREIGN if top in foreign else next(numbers)
    return {name: made[root(name)] for name in states[-1]}


def refines(left: State, right: State) -> bool:
    """Whether whatever shares or is foreign in one state does, or is, in another one that has its names.

    >>> refines({"a": 1, "b": 2}, {"a": 3, "b": 3}), refines({"a": 3, "b": 3}, {"a": 1, "b": 2})
    (True, False)
    """
    foreign = all(right.get(name, FOREIGN) == FOREIGN for name, group in left.items() if group == FOREIGN)
    return foreign and all(right.get(a, -1) == right.get(b, -2) for a, b in _pairs(left))


def _pairs(state: State) -> Iterator[tuple[str, str]]:
    """Names that share with each other, each with the first of its group."""
    firsts: dict[int, str] = {}
    for name, group in state.items():
        if group != FOREIGN and firsts.setdefault(group, name) != name:
            yield name, firsts[group]
