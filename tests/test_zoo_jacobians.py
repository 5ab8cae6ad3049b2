"""Jacobians of the zoo: all directions at once give what one after the other does."""

from __future__ import annotations

import contextlib
import functools
import io
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import srcgrad
from srcgrad.jacobians import directions, each, joined, numbers, rows
from tests import zoo
from tests.test_zoo_orders import JUMPS, is_excused
from tests.zoo import WHOLE, Example, Program
from tests.zoo_checks import derivative, gradients, refusal_allowed, single, with_directions
from tests.zoo_checks import directions as directions_of

pytestmark = pytest.mark.slow

FIRST = [
    pytest.param(entry, entry.examples[0], id=name)
    for name, entry in zoo.collect().items()
    if numbers(zoo.selected(entry, *entry.examples[0].fresh())) <= 40
]
# one program in so many, or all of them: SRCGRAD_WHOLE_ZOO=1 pytest tests/test_zoo_jacobians.py


def by_pullbacks(entry: Program, example: Example) -> Any:
    """The Jacobian from one pullback for each number of the result."""
    args, kwargs = example.fresh()
    value, pullback = derivative("vjp", entry.name)(*args, **kwargs)
    gradients = [pullback(y_bar) for y_bar in each(directions(value))]
    chosen = zoo.selected(entry, args, kwargs)
    return rows(joined(gradients), tuple(chosen) if isinstance(entry.wrt, tuple) else chosen[0], value)


@pytest.mark.parametrize("mode", ["forward", "reverse"])
@pytest.mark.parametrize(("entry", "example"), FIRST[:: 1 if WHOLE else 25])
def test_jacobian(entry: Program, example: Example, mode: str) -> None:
    args, kwargs = example.fresh()
    with contextlib.redirect_stdout(io.StringIO()), refusal_allowed(is_excused(entry)):
        found = srcgrad.jacobian(entry.function, entry.wrt, mode=mode)(*args, **kwargs)
        expected = by_pullbacks(entry, example)
    assert zoo.same(example.fresh(), (args, kwargs))
    got, wanted = zoo.flat(found), zoo.flat(expected)
    scale = max(map(abs, wanted), default=1.0)
    np.testing.assert_allclose(
        got,
        wanted,
        rtol=1e-4 if single(example) else 1e-9,
        atol=1e-10 * max(scale, 1.0) if not single(example) else 1e-4 * scale,
    )
    same_shapes(found, expected)


SMALL = [
    pytest.param(entry, entry.examples[0], id=name)
    for name, entry in zoo.collect().items()
    if numbers(zoo.selected(entry, *entry.examples[0].fresh())) <= 12 and not single(entry.examples[0])
][:: 1 if WHOLE else 200]


@pytest.mark.parametrize("mode", ["forward", "reverse"])
@pytest.mark.parametrize(("entry", "example"), SMALL)
def test_derivatives_of_jacobians(entry: Program, example: Example, mode: str) -> None:
    """Reverse and forward mode of a Jacobian, and differences of it."""
    u = directions_of(entry, example)
    jacobian = srcgrad.jacobian(entry.function, entry.wrt, mode=mode)
    backward, forward = srcgrad.vjp(jacobian, entry.wrt), srcgrad.jvp(jacobian, entry.wrt)
    with contextlib.redirect_stdout(io.StringIO()), refusal_allowed(is_excused(entry)):
        args, kwargs = example.fresh()
        value, pullback = backward(*args, **kwargs)
        seed = zoo.random_like(value, np.random.default_rng(3))
        found = float(sum(map(zoo.dot, u, gradients(entry, pullback(seed)))))
        args, kwargs = with_directions(forward, entry, example, u).fresh()
        _, tangent = forward(*args, **kwargs)
        expected = zoo.along(entry, example, u, functools.partial(zoo.dot, seed), 1e-4, jacobian)
    np.testing.assert_allclose(found, float(zoo.dot(seed, tangent)), rtol=1e-9, atol=1e-9)
    if entry.name not in JUMPS:
        np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-5)


def parts_of(found: Any) -> list[Any]:
    return [found[0], *found[1]]


def product_and_list(x):
    """Results of some structure."""
    return x * x[0], [np.sum(x), 2.0 * x]


@pytest.mark.parametrize("mode", ["forward", "reverse", None])
def test_a_tuple_of_one_parameter_is_in_each_part_of_the_result(mode: str | None, tmp_path: Path) -> None:
    bare, lone = (srcgrad.jacobian(product_and_list, wrt, mode=mode) for wrt in ("x", ("x",)))
    x = np.array([1.0, 2.0])
    path = tmp_path / "saved.py"
    lone.save(path, x)
    namespace: dict[str, Any] = {}
    exec(compile(path.read_text(encoding="utf-8"), str(path), "exec"), namespace)
    saved = namespace[namespace["__all__"][-1]]
    for function in (lone, lone, pickle.loads(pickle.dumps(lone)), saved):
        (product,), [(total,), (double,)] = function(x)
        for found, expected in zip((product, total, double), parts_of(bare(x)), strict=True):
            np.testing.assert_array_equal(found, expected)
    with_aux = srcgrad.jacobian(lambda x: (x * x, "text"), ("x",), mode=mode, has_aux=True)
    (found,), auxiliary = with_aux(x)
    np.testing.assert_array_equal(found, np.diag(2 * x))
    assert auxiliary == "text"


def same_shapes(found: Any, expected: Any) -> None:
    if isinstance(expected, (list, tuple)):
        assert len(found) == len(expected)
        for part, of in zip(found, expected, strict=True):
            same_shapes(part, of)
    else:
        assert np.shape(found) == np.shape(expected)


@pytest.mark.parametrize(("entry", "example"), FIRST[:: 1 if WHOLE else 45])
def test_linearize(entry: Program, example: Example) -> None:
    args, kwargs = example.fresh()
    with contextlib.redirect_stdout(io.StringIO()), refusal_allowed(is_excused(entry)):
        value, pushforward = srcgrad.linearize(entry.function, entry.wrt)(*args, **kwargs)
        chosen = directions_of(entry, example)
        found = [pushforward(*chosen) for _ in range(2)]
        function = derivative("jvp", entry.name)
        expected = function(*(whole := with_directions(function, entry, example, chosen).fresh())[0], **whole[1])
    assert zoo.same(example.fresh(), (args, kwargs))
    rtol, atol = (1e-3, 1e-4) if single(example) else (1e-9, 1e-10)
    for one in found:
        np.testing.assert_allclose(zoo.flat(one), zoo.flat(expected[1]), rtol=rtol, atol=atol)
    np.testing.assert_allclose(zoo.flat(value), zoo.flat(expected[0]), rtol=rtol, atol=atol)
