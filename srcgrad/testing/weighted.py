"""A function whose result is one number, as text: what a gradient of second order is taken of."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np

from srcgrad.loader import load
from srcgrad.testing.leaves import holds_numbers, leaves
from srcgrad.testing.problems import Problem, parameters_of

_counter = itertools.count(1)


def weighted(problem: Problem, weights: Any) -> Any:
    """The sum of all numbers of a problem's result, each times its weight, as a function of what is differentiated.

    Of what is complex the real part counts.  The other arguments are in its text, or are globals of it.

    >>> import inspect
    >>> from srcgrad.testing.problems import problem_of
    >>> whole = weighted(problem_of(np.sum, (np.ones(2),), {"axis": 0}), 10.0)
    >>> print(inspect.getsource(whole), float(whole(np.ones(2))))
    def weighted(a):
        result = function(a, axis=0)
        return np.sum(result * weight_0)
     20.0
    """
    parameters = {p.name: p for p in parameters_of(problem.function)}
    taken: set[str] = set()
    heads = []
    for place, label in zip(problem.places, problem.labels, strict=True):
        name = label if label.isidentifier() and label in parameters else f"x_{place}"
        taken.add(name)
        heads.append(name)
    namespace: dict[str, Any] = {"np": np}

    def named(wish: str, value: Any) -> str:
        while wish in taken or wish in namespace:
            wish += "_"
        namespace[wish] = value
        return wish

    def argument(place: int | str, value: Any) -> str:
        if place in problem.places:
            return heads[problem.places.index(place)]
        return repr(value) if _is_literal(value) else named(f"argument_{place}", value)

    args, kwargs = problem.fresh()
    passed = [argument(place, value) for place, value in enumerate(args)]
    passed += [f"{name}={argument(name, value)}" for name, value in kwargs.items()]
    function, result = named("function", problem.function), named("result", None)
    terms = [
        f"np.sum({_real(f'{result}{path} * ' + named(f'weight_{k}', weight), weight)})"
        for k, (path, weight) in enumerate(leaves(weights))
        if holds_numbers(weight)
    ]
    text = (
        f"def weighted({', '.join(heads)}):\n    {result} = {function}({', '.join(passed)})\n"
        f"    return {' + '.join(terms) or '0.0'}\n"
    )
    return load(text, f"<checked function {next(_counter)}>", namespace)["weighted"]


def _real(product: str, weight: Any) -> str:
    return f"np.real({product})" if np.iscomplexobj(weight) else product


def _is_literal(value: Any) -> bool:
    if type(value) in (tuple, list):
        return all(map(_is_literal, value))
    return value is None or type(value) in (bool, int, str) or (type(value) is float and np.isfinite(value))


__all__ = ["weighted"]
