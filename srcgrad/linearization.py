"""``linearize``: the value, and the derivative there as a linear function that can be called often.

The reverse sweep is linear in the cotangent; its own adjoint, by the cotangent, maps tangents of the arguments to the
tangent of the result, from what the forward sweep saved.  So the pushforward is the transpose of the pullback.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from srcgrad import tree
from srcgrad.analysis.kinds import FLOAT, UNKNOWN, Array, Kind, Scalar, is_discrete, join
from srcgrad.analysis.kinds import Sequence as Elements
from srcgrad.errors import refuse
from srcgrad.generated import Generated
from srcgrad.generation import Generator
from srcgrad.guards import Condition
from srcgrad.source import Source, read
from srcgrad.specialise import Specialised, loaded, render, specialise
from srcgrad.structures import as_tangent


class Pushforward:
    """Maps tangents of the differentiated arguments, one for each, to the tangent of the result.

    Raises ValueError for a tangent of another shape than its argument, TypeError for one of another structure.

    >>> import numpy as np, srcgrad
    >>> value, pushforward = srcgrad.linearize(lambda x: x * x)(np.array([1.0, 2.0]))
    >>> pushforward(np.array([1.0, 10.0]))
    array([ 2., 40.])
    """

    def __init__(self, function: Callable[..., Any], saved: Any, value: Any, arguments: Sequence[Any]) -> None:
        self._function = function
        self._saved = saved
        self._value = value
        self._arguments = arguments

    def __call__(self, *tangents: Any) -> Any:
        """Return the tangent of the result."""
        if len(tangents) != len(self._arguments):
            raise TypeError(f"{len(self._arguments)} tangents are expected, one for each argument in wrt")
        pairs = zip(tangents, self._arguments, strict=True)
        given = tuple([as_tangent(t, x, f"tangent {n}") for n, (t, x) in enumerate(pairs)])
        return self._function(self._saved, self._value, given[0] if len(given) == 1 else given)


def linearize_call(
    functions: tuple[Callable[..., Any], ...], names: Sequence[str], has_aux: bool
) -> Callable[..., Any]:
    """A function that returns the value and a ``Pushforward`` (and the auxiliary value)."""
    forward, push = functions
    signature = inspect.signature(forward)

    def call(*args: Any, **kwargs: Any) -> Any:
        value, saved = forward(*args, **kwargs)
        given = signature.bind(*args, **kwargs)
        given.apply_defaults()
        arguments = [given.arguments[name] for name in names]
        if has_aux:
            return value[0], Pushforward(push, saved, value[0], arguments), value[1]
        return value, Pushforward(push, saved, value, arguments)

    return call


def linearized(
    source: Source,
    wrt: tuple[str, ...],
    kinds: Mapping[str, Kind],
    has_aux: bool,
    bound: Iterable[Condition] = (),
    blocks: tuple[Any, ...] = (),
) -> Specialised:
    """The forward sweep of a function and the transpose of its reverse sweep, as one module."""
    pair = specialise(source, wrt, kinds, "vjp", has_aux, bound, blocks)
    if pair.generated.stores:
        reason = f"{source.name} changes arrays, and cannot be linearized yet"
        raise refuse(source.tree, source, reason, "take jvp for each tangent")
    backward = read(pair.functions[1])
    saved, seed = [a.id for a in backward.tree.args.args]
    result = Generator().result_kind(source, dict(kinds))
    if has_aux:
        result = result.items[0] if isinstance(result, Elements) and result.items else UNKNOWN
    reserved = pair.generated.objects  # what these names mean in the one text of both
    unknown = {saved: UNKNOWN, seed: _of_cotangent(result)}
    turned = specialise(backward, (seed,), unknown, "transpose", False, reserved=reserved)
    main = (pair.generated.main[0], turned.generated.main[0])
    functions = _reached([*pair.generated.functions, *turned.generated.functions], main)
    stages = [*pair.generated.stages, *turned.generated.stages]
    origins = {**pair.generated.origins, **turned.generated.origins}
    guards = [*pair.generated.guards, *turned.generated.guards]
    first = pair.generated
    objects = turned.generated.objects
    made = Generated(functions, main, objects, stages, guards, origins, first.complex, first.outside, stars=first.stars)
    text = render(made)
    module = loaded(made, text, main[0])
    return Specialised(
        made,
        text,
        tuple(module[name] for name in main),  # type: ignore[misc]
        lambda: pair.valid() and turned.valid(),
        pair.kinds,
        (*pair.conditions, *turned.conditions),
    )


def _of_cotangent(kind: Kind) -> Kind:
    """The kind of the cotangent of a result: that of integers and truth values is real."""
    if isinstance(kind, Elements):
        items = None if kind.items is None else tuple(map(_of_cotangent, kind.items))
        return Elements(kind.type, items, join(*items) if items else _of_cotangent(kind.item))
    if not is_discrete(kind):
        return kind
    return Array(kind.dims, np.dtype(float)) if isinstance(kind, Array) else FLOAT if isinstance(kind, Scalar) else kind


def _reached(functions: list[Any], main: tuple[str, ...]) -> list[Any]:
    """The functions that some of them use, in order."""
    by_name = {function.name: function for function in functions}
    found: set[str] = set()
    pending = list(main)
    while pending:
        name = pending.pop()
        if name in by_name and name not in found:
            found.add(name)
            pending += tree.reads(by_name[name])
    return [function for function in functions if function.name in found]
