"""What a saved derivative tests of its arguments before it trusts what it was made for."""

from __future__ import annotations

import types
from collections.abc import Collection, Container, Iterator, Mapping, Sequence
from typing import Any

import gast
import numpy as np

from srcgrad import contents, objects, structures, tree
from srcgrad.analysis.kinds import FLOAT, Array, Kind, Known, Scalar, Unknown, is_object, items_of
from srcgrad.analysis.kinds import Mapping as Items
from srcgrad.analysis.kinds import Sequence as Elements
from srcgrad.names import Namer

_LONGEST = 84  # characters of an error's text in a saved module
_SCALARS: tuple[tuple[Any, str, tuple[Any, ...]], ...] = (
    (float, "float", (float, int)),  # an integer where a real number was expected is one
    (np.floating, "float", (float, np.floating)),
    (bool, "bool", (bool, np.bool_)),
    (np.bool_, "bool", (bool, np.bool_)),
    (int, "int", (int, np.integer)),
    (np.integer, "int", (int, np.integer)),
    (complex, "complex", (complex,)),
    (np.complexfloating, "complex", (complex, np.complexfloating)),
)
_FAMILIES = {"f": "float", "i": "int", "u": "int", "b": "bool", "c": "complex", "O": "object"}


def described(kind: Kind) -> str:
    """A kind in a few words.

    >>> described(Array((None, True), np.dtype(float))), described(Known(None))
    ('array (?, 1) of float64', 'None')
    """
    if isinstance(kind, Scalar):
        return kind.type.__name__
    if isinstance(kind, Array):
        dtype = "" if kind.dtype is None else f" of {kind.dtype}"
        if kind.dims is None:
            return f"array{dtype}"
        sizes = ", ".join("?" if one is None else "1" if one else "n" for one in kind.dims)
        return f"array ({sizes}{',' * (len(kind.dims) == 1)}){dtype}"
    if isinstance(kind, Elements):
        inner = kind.items if kind.items is not None else (kind.item,)
        return f"{kind.type.__name__} of ({', '.join(map(described, inner))})"
    if isinstance(kind, Items):
        if is_object(kind):
            return f"{kind.type.__name__} of ({', '.join(f'{key}: {described(k)}' for key, k in kind.items or ())})"
        return f"dict of ({', '.join(f'{key!r}: {described(k)}' for key, k in kind.items or ())})"
    if isinstance(kind, Known):
        value = kind.value
        plain = value is None or isinstance(value, str)
        return repr(value) if plain else str(getattr(value, "__name__", type(value).__name__))
    return "anything"


def checked(
    function: Any,
    kinds: Mapping[str, Kind],
    wrt: Collection[str],
    objects: Mapping[str, Any],
    for_complex: bool = False,
) -> dict[str, Any]:
    """Let a generated function refuse, in place, arguments of other kinds; return the objects that it reads then.

    What is not known of an argument may be anything, but complex only if the function was made for that.
    """
    checks = _Checks(function, objects)
    found: list[Any] = []
    open_ones = [tree.name(name) for name, kind in kinds.items() if _may_be_complex(kind, name in wrt)]
    if open_ones and not for_complex:
        error = tree.call(checks.named(TypeError), tree.constant(f"{function.name} was made for real numbers"))
        test = tree.call(checks.named(structures.holds_complex), *open_ones)
        found.append(tree.if_(test, [gast.Raise(error, None)], []))
    for name, kind in kinds.items():
        if name in wrt and isinstance(kind, (Elements, Items)) and _holds_float(kind):
            found.append(tree.assign(name, tree.call(checks.named(structures.as_real), tree.name(name))))
        if tests := list(checks.tests(tree.name(name), kind, name in wrt)):
            test = tests[0] if len(tests) == 1 else gast.BoolOp(gast.Or(), tests)
            reals = " of floats" if name in wrt and isinstance(kind, Array) and kind.dtype is None else ""
            message = f"{function.name} was made for {name}: {described(kind)}{reals}"
            if len(message) > _LONGEST:
                message = f"{function.name} was made for {name} as the module's first lines say"
            error = tree.call(checks.named(TypeError), tree.constant(message))
            found.append(tree.if_(test, [gast.Raise(error, None)], []))
        if kind == FLOAT and name in wrt:
            found.append(tree.assign(name, tree.call(checks.named(float), tree.name(name))))
    function.body[:0] = map(tree.copy, found)
    return checks.objects


def _may_be_complex(kind: Kind, differentiated: bool) -> bool:
    """Whether nothing is known of a value, or it is an array of any dtype."""
    return isinstance(kind, Unknown) or (isinstance(kind, Array) and kind.dtype is None and not differentiated)


def with_checked_tangents(
    function: Any, names: Sequence[str], dots: Sequence[str], objects: Mapping[str, Any], changed: Container[str]
) -> dict[str, Any]:
    """Let a generated function give tangents the dtype of their values, or refuse them; return what it reads then.

    What is ``changed`` shares storage as its value does.
    """
    checks = _Checks(function, objects)
    for name, dot in reversed(list(zip(names, dots, strict=dots != ()))):
        checking = contents.tangent_like if name in changed else structures.as_tangent
        shown = tree.call(checks.named(checking), tree.name(dot), tree.name(name), tree.constant(dot))
        function.body.insert(0, tree.assign(dot, shown))
    return checks.objects


def with_arguments_apart(function: Any, objects: Mapping[str, Any], changed: Container[str]) -> dict[str, Any]:
    """Let a generated function refuse arguments that share storage with those of which it changes a copy."""
    checks = _Checks(function, objects)
    names = [a.id for a in (*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs)]
    for name in [n for n in names if n in changed and len(names) > 1]:
        others = tree.tuple_([tree.name(other) for other in names if other != name])
        checking = tree.call(checks.named(contents.check_apart), tree.name(name), others, tree.constant(name))
        function.body.insert(0, tree.expression(checking))
    return checks.objects


def holds_function(kind: Kind) -> bool:
    """Whether a kind is that of a Python function, or of a container with one."""
    if isinstance(kind, Elements):
        return any(map(holds_function, (kind.item,) if kind.items is None else kind.items))
    if isinstance(kind, Items):
        return any(map(holds_function, items_of(kind)))
    return isinstance(kind, Known) and isinstance(kind.value, types.FunctionType)


def _holds_float(kind: Kind) -> bool:
    """Whether a kind is that of a Python float, or of a container with one."""
    return any(map(_holds_float, items_of(kind))) if isinstance(kind, (Elements, Items)) else kind == FLOAT


class _Checks:
    """Makes the tests; ``objects`` are those that the function reads, by name."""

    def __init__(self, function: Any, objects: Mapping[str, Any]) -> None:
        self.objects = dict(objects)
        self._namer = Namer(tree.identifiers(function) | set(objects))

    def named(self, value: Any, wish: str = "") -> Any:
        """The name of an object; what the user calls like a builtin does not hide that."""
        name = next((name for name, known in self.objects.items() if known is value), None)
        if name is None:
            wish = wish or str(getattr(value, "__name__", "value"))
            name = self._namer.fresh(wish if wish.isidentifier() else "value")
            self.objects[name] = value
        return tree.name(name)

    def numpy(self, *path: str) -> Any:
        return tree.attribute(self.named(np, "np").id, *path)

    def tests(self, value: Any, kind: Kind, differentiated: bool) -> Iterator[Any]:
        """The conditions under which an argument is of another kind."""
        if isinstance(kind, Scalar):
            yield from self._scalar(value, kind)
        elif isinstance(kind, Array):
            yield from self._array(value, kind, differentiated)
        elif isinstance(kind, Known):
            yield from self._known(value, kind)
        elif isinstance(kind, (Elements, Items)):
            pattern = self._pattern(kind) if kind.items is not None else self._of_each(value, kind)
            if pattern is None:
                return
            yield gast.UnaryOp(gast.Not(), tree.call(self.named(structures.fits), value, pattern))
            yield from self._functions(value, kind)

    def _scalar(self, value: Any, kind: Scalar) -> Iterator[Any]:
        for base, _, accepted in _SCALARS:
            if issubclass(kind.type, base):
                names = [self.numpy(t.__name__) if t.__module__ == "numpy" else self.named(t) for t in accepted]
                wanted = names[0] if len(names) == 1 else tree.tuple_(names)
                yield gast.UnaryOp(gast.Not(), tree.call(self.named(isinstance), value, wanted))
                return

    def _array(self, value: Any, kind: Array, differentiated: bool) -> Iterator[Any]:
        yield gast.Compare(tree.call(self.named(type), value), [gast.IsNot()], [self.numpy("ndarray")])
        if kind.dims is not None:
            yield _differs(tree.attribute(value, "ndim"), len(kind.dims))
            for n, one in enumerate(kind.dims):
                if one is not None:
                    size = tree.subscript(tree.attribute(value, "shape"), tree.constant(n))
                    yield _differs(size, 1) if one else gast.Compare(size, [gast.Eq()], [tree.constant(1)])
        code = None if kind.dtype is None else kind.dtype.kind
        code = "f" if differentiated and code != "c" else code
        if code is not None:
            family = tree.attribute(value, "dtype", "kind")
            several = code in ("i", "u")
            operator: Any = gast.NotIn() if several else gast.NotEq()
            yield gast.Compare(family, [operator], [tree.constant("iu" if several else code)])

    def _known(self, value: Any, kind: Known) -> Iterator[Any]:
        if kind.value is None:
            yield gast.Compare(value, [gast.IsNot()], [tree.constant(None)])
        elif isinstance(kind.value, (str, bytes)):
            yield _differs(value, kind.value)
        else:
            operator: Any = gast.NotEq() if isinstance(kind.value, np.dtype) else gast.IsNot()
            yield gast.Compare(value, [operator], [self.named(kind.value)])

    def _functions(self, value: Any, kind: Kind) -> Iterator[Any]:
        """That the functions and types in a container are those that it was made for."""
        if isinstance(kind, Items):
            inner: Any = kind.items or ()
        else:
            inner = enumerate(kind.items or ()) if isinstance(kind, Elements) else ()
        for key, item in inner:
            if isinstance(item, (Elements, Items)) or (isinstance(item, Known) and _pattern_of_known(item) is None):
                part = tree.attribute(value, key) if is_object(kind) else tree.subscript(value, self._key(key))
                yield from self._functions(part, item) if not isinstance(item, Known) else self._known(part, item)

    def _of_each(self, value: Any, kind: Elements | Items) -> Any:
        """What ``*args`` or ``**kwargs`` must be like, however many they are; None if they may be anything."""
        pattern = self._pattern(kind.item)
        if isinstance(pattern, gast.Constant) and pattern.value is None:
            return None
        if isinstance(kind, Items):
            return tree.call(tree.attribute(self.named(dict), "fromkeys"), value, pattern)
        return tree.binary(tree.tuple_([pattern]), "*", tree.call(self.named(len), value))

    def _key(self, key: Any) -> Any:
        return tree.constant(key) if type(key) in (str, bytes, bool, int) else self.named(key, "key")

    def _pattern(self, kind: Kind) -> Any:
        """What ``structures.fits`` compares a value with."""
        if isinstance(kind, Items):
            pairs = kind.items or ()
            if is_object(kind):
                made = tree.call(self.named(objects.adjoint_of))
                made.args = [gast.Dict([tree.constant(k) for k, _ in pairs], [self._pattern(v) for _, v in pairs])]
                return made
            return gast.Dict([self._key(k) for k, _ in pairs], [self._pattern(v) for _, v in pairs])
        if isinstance(kind, Elements):
            items = (kind.item,) if kind.items is None else kind.items
            if kind.type is list and len(items) > 1 and len(set(items)) == 1:
                return tree.binary(tree.list_([self._pattern(items[0])]), "*", tree.constant(len(items)))
            made = [self._pattern(item) for item in items]
            return tree.list_(made) if kind.type is list else tree.tuple_(made)
        return tree.constant(_leaf(kind))


def _differs(value: Any, wanted: object) -> Any:
    return gast.Compare(value, [gast.NotEq()], [tree.constant(wanted)])


def _leaf(kind: Kind) -> str | None:
    """A number or an array as ``structures.fits`` spells it; None for what it leaves alone."""
    if isinstance(kind, Scalar):
        return next((name for base, name, _ in _SCALARS if issubclass(kind.type, base)), None)
    if isinstance(kind, Array) and kind.dims is not None and kind.dtype is not None:
        sizes = ", ".join(":" if one is None else "1" if one else "n" for one in kind.dims)
        return f"{_FAMILIES.get(kind.dtype.kind, kind.dtype.kind)}[{sizes}]"
    return _pattern_of_known(kind) if isinstance(kind, Known) else None


def _pattern_of_known(kind: Known) -> str | None:
    return repr(kind.value) if isinstance(kind.value, (type(None), str, bytes)) else None
