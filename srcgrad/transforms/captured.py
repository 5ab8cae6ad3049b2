"""Refuse lambdas that read what is assigned more than once: as values they are called nobody knows when."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import gast

from srcgrad import tree
from srcgrad.analysis.scope import Scope
from srcgrad.analysis.taken import taken
from srcgrad.errors import refuse
from srcgrad.program import Program
from srcgrad.transforms.surgery import outside_blocks


def captured(program: Program) -> Program:
    """Return the program as it is, or raise.

    >>> from srcgrad.transforms.examples import example_program
    >>> captured(example_program('''
    ... def f(x):
    ...     k = 1.0
    ...     values = sorted(x, key=lambda v: v * k)
    ...     k = 2.0
    ...     return values[0]
    ... '''))
    Traceback (most recent call last):
    ...
    srcgrad.errors.DifferentiationError: a lambda that reads 'k', which is assigned more than once, ...
    """
    scope = Scope(program.namespace, set())
    lambdas = [node for node in outside_blocks(program.function.body, scope) if isinstance(node, gast.Lambda)]
    if lambdas:
        counts = _binding_counts(program.function)
        called = {id(node) for node in _called_at_once(program)}
        for node in lambdas:
            if id(node) not in called:
                _check_captured(node, counts, program)
    return program


def _binding_counts(function: Any) -> dict[str, int]:
    counts = dict.fromkeys((a for a in tree.parameters_of(function)), 1)
    for node in tree.walk(function.body):
        if isinstance(node, gast.Name) and isinstance(node.ctx, gast.Store):
            counts[node.id] = counts.get(node.id, 0) + 1
    return counts


def _called_at_once(program: Program) -> Iterator[Any]:
    """The lambdas whose derivative is called where it is taken: what they read has the value that it has there."""
    function = program.function
    scope = Scope(program.namespace, tree.parameters_of(function) | tree.writes(function.body))
    for node in tree.walk(function.body):
        found = taken(node, scope) if isinstance(node, gast.Call) else None
        if found is not None and isinstance(found.primal, gast.Lambda):
            yield found.primal


def _check_captured(node: Any, counts: dict[str, int], program: Program) -> None:
    for read in sorted(tree.reads(node.body) - tree.parameters_of(node)):
        if counts.get(read, 0) > 1:
            raise refuse(
                node,
                program.source,
                f"a lambda that reads '{read}', which is assigned more than once, cannot be transformed",
                f"bind the value: lambda ..., {read}={read}: ...",
            )
