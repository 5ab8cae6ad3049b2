"""From a primal and the kinds of its arguments to a compiled derivative."""

from __future__ import annotations

import functools
import itertools
import math
import re
import sys
import types
import typing
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from srcgrad import calling, helpers, jacobians, modes, tree
from srcgrad.analysis.kinds import (
    FLOAT,
    UNKNOWN,
    Array,
    Kind,
    Known,
    Scalar,
    Sequence,
    complexity,
    is_object,
    items_of,
    kind_of,
    settled,
)
from srcgrad.analysis.kinds import Mapping as Items
from srcgrad.asking import Search
from srcgrad.deep import deep_recursion
from srcgrad.errors import DifferentiationError, refuse
from srcgrad.explain import Places
from srcgrad.generated import Generated
from srcgrad.generation import Form, Generator
from srcgrad.guards import Condition, checker, of_callee, of_function, of_guards, unique, untrusted
from srcgrad.loader import load
from srcgrad.program import Externals
from srcgrad.repeatable import check_repeatable
from srcgrad.source import Source
from srcgrad.transforms.attributes import attributes
from srcgrad.transforms.gathered import gathered, scattered
from srcgrad.transforms.vectorise import Unvectorised
from srcgrad.variadic import Stars, kinds_of_stars, stars_of
from srcgrad.writer import to_text

_OWN = (*helpers.MODULES, calling)  # whose functions a derivative imports
_counter = itertools.count(1)
_CONVENTIONAL = ("grad", "value_and_grad", "vjp", "jvp")  # for which a convention says what complex arguments mean
_ARRAY = re.compile(r"([\w.]+\.)?(ndarray|NDArray)(\[.*\])?")


@dataclass(frozen=True)
class Specialised:
    """A derivative for arguments of certain kinds: its text, its compiled functions, and its guard.

    ``valid()`` says whether every global and function that the generation relied on is still as it was;
    ``conditions`` are what it tests.
    """

    generated: Generated
    text: str
    functions: tuple[Callable[..., Any], ...]
    valid: Callable[[], bool]
    kinds: Mapping[str, Kind]
    conditions: tuple[Condition, ...] = ()

    @property
    def stages(self) -> dict[str, str]:
        """The text of the function after each pass, by the pass's name; the last of a pass that runs twice."""
        return {n: t if isinstance(t, str) else to_text(attributes(t, "vars")) for n, t in self.generated.stages}


def specialise_either(source: Source, wrt: tuple[str, ...], kinds: Mapping[str, Kind], *options: Any) -> Specialised:
    """The Jacobian by columns, or by rows where only reverse mode can be; the options are those of ``specialise``."""
    try:
        return specialise(source, wrt, kinds, "jacobian", *options)
    except DifferentiationError as error:
        try:
            return specialise(source, wrt, kinds, "jacobian_reverse", *options)
        except DifferentiationError:
            raise error from None


@deep_recursion()
def specialise(
    source: Source,
    wrt: tuple[str, ...],
    kinds: Mapping[str, Kind],
    form: Form,
    has_aux: bool,
    bound: Iterable[Condition] = (),
    blocks: tuple[Any, ...] = (),
    holomorphic: bool = False,
    reserved: Mapping[str, Any] | None = None,
) -> Specialised:
    """Generate, print and compile the derivative for arguments of the given kinds.

    ``bound`` says what must hold for the callable to stand for this source, ``blocks`` are the modes that it runs in,
    ``holomorphic`` asks for the derivative of a complex function, ``reserved`` are the global names of a text that this
    one becomes a part of.
    Raises DifferentiationError, with the place in the user's file, where that cannot be done.
    """
    stars, source = stars_of(source), gathered(source)
    check_wrt(source, wrt, kinds, holomorphic, form)
    externals = functools.partial(_externals, reserved or {})
    generator = Generator(externals())
    try:
        try:
            generated = generator.generate(source, wrt, kinds, form, has_aux, blocks, holomorphic)
        except Unvectorised:
            generator = Generator(externals(), one_by_one=True)
            generated = generator.generate(source, wrt, kinds, form, has_aux, blocks, holomorphic)
            if form in ("jacobian", "jacobian_forward"):
                check_repeatable(generator.prepared)
    except RecursionError:
        hint = "split the longest expression, or the deepest nesting"
        raise refuse(source.tree, source, f"{source.name} nests too deeply", hint) from None
    generated.stars = stars
    search = Search(source, kinds, generator.sources)
    if search.asks:
        _run_under_record(generated)
    else:
        generated.functions = [tree.shallow(function, decorator_list=[]) for function in generated.functions]
    callees = [*(one.function for one in generator.sources.values()), *search.functions]
    relied = unique(
        [
            *bound,
            *generator.externals.conditions,
            *of_guards([*generated.guards, *search.guards, *untrusted(generator.externals.guards)]),
            *of_function(source.function),
            *(condition for callee in callees for condition in of_callee(callee)),
        ]
    )
    text = render(generated)
    module = loaded(generated, text, generated.main[0])
    functions = tuple(module[name] for name in generated.main)
    return Specialised(generated, text, functions, checker(relied), dict(kinds), relied)  # type: ignore[arg-type]


def is_lone(derivative: Any) -> bool:
    """Whether a derivative by one parameter was asked for as one by a tuple: ``wrt=("x",)``."""
    gives_others = derivative._dots or derivative.form == "linearize"
    return not (derivative._single or gives_others) and len(derivative._names) == 1


def with_lone(made: Specialised, form: Form, has_aux: bool) -> Callable[..., Any]:
    """The function of a derivative by one parameter, with the gradient in a tuple as ``wrt=("x",)`` asks for it."""
    generated = made.generated
    function = tree.copy(generated.functions[-1])
    return_tuple(function, form, has_aux, generated.objects)
    changed = replace(generated, functions=[*generated.functions[:-1], function])
    return loaded(changed, render(changed), function.name)[function.name]  # type: ignore[return-value]


def with_gathered(made: Specialised) -> Specialised:
    """A derivative whose functions are given ``*args`` as a tuple and ``**kwargs`` as a dict."""
    if made.generated.stars == Stars():
        return made
    changed = replace(made.generated, stars=Stars())
    text = render(changed)
    module = loaded(changed, text, changed.main[0])
    return replace(made, generated=changed, text=text, functions=tuple(module[name] for name in changed.main))  # type: ignore[misc]


def return_tuple(function: Any, form: Form, has_aux: bool, objects: Mapping[str, Any]) -> None:
    """Let a function by one parameter return a tuple of one gradient, or Jacobians by a tuple of one parameter."""
    returned = function.body[-1]
    place = int(form == "value_and_grad")
    in_pair = form == "value_and_grad" or (form != "vjp" and has_aux)
    result = returned.value.elts[place] if in_pair else returned.value
    if form.startswith("jacobian"):  # which has the structure of the result, and a tuple for each part of it
        places = slice(0, 2) if objects[result.func.id] is jacobians.rows else slice(2, 3)
        result.args[places] = [tree.tuple_([argument]) for argument in result.args[places]]
    elif in_pair:
        returned.value.elts[place] = tree.tuple_([result])
    else:
        returned.value = tree.tuple_([result])


def _externals(reserved: Mapping[str, Any]) -> Externals:
    made = Externals()
    made.objects.update(reserved)
    return made


def loaded(generated: Generated, text: str, name: str) -> dict[str, object]:
    """The globals of a derivative's text, which knows what its lines belong to."""
    places = Places(text, tuple(generated.functions), generated.origins)
    return load(text, f"<srcgrad {name} {next(_counter)}>", _supplied(generated), places)


def check_wrt(
    source: Source, wrt: tuple[str, ...], kinds: Mapping[str, Kind], holomorphic: bool = False, form: Form = "grad"
) -> None:
    """Refuse to differentiate with respect to what has no derivative."""
    nodes = {a.id: a for a in [*source.tree.args.posonlyargs, *source.tree.args.args, *source.tree.args.kwonlyargs]}
    for name in wrt:
        kind = kinds.get(name, UNKNOWN)
        reason, hint = _why_not(kind, name)
        if isinstance(kind, Known) and name == next(iter(nodes)) and is_object_of_method(kind.value, source):
            names = list(nodes)[1:]
            reason = f"is the object of a method, of class {type(kind.value).__name__}, which has no derivative"
            hint = f"say by what: @grad(wrt=1) or @grad(wrt={names[0]!r})" if names else hint
        if not reason and holomorphic and complexity(kind) is False:
            reason = "is real, but the derivative of a holomorphic function is one by complex arguments"
            hint = f"pass complex({name}), or leave out holomorphic=True"
        if not (reason or holomorphic) and complexity(kind) is True and form not in _CONVENTIONAL:
            reason = "is complex, by which only a holomorphic function has this derivative"
            hint = "pass holomorphic=True to jacobian if it is one, or take grad or jvp"
        if reason:
            raise refuse(nodes[name], source, f"'{name}' {reason}", hint)


def is_object_of_method(value: Any, source: Source) -> bool:
    """Whether a first argument is the object whose class has the function."""
    owner = str(getattr(source.function, "__qualname__", "")).rpartition(".")[0]
    classes = value.__mro__ if isinstance(value, type) else type(value).__mro__
    return bool(owner) and owner in {one.__qualname__ for one in classes}


def _why_not(kind: Kind, name: str, inside: str = "is") -> tuple[str, str]:
    """Why there is no derivative by an argument of a kind, and what to do; nothing where there is one."""
    if isinstance(kind, Array) and kind.dtype is not None and kind.dtype.kind not in "fc":
        what = name if inside == "is" else "the array"
        return f"{inside} an array of {kind.dtype}, which has no derivative", f"convert it: {what}.astype(float)"
    if isinstance(kind, (Sequence, Items)) and not is_object(kind):
        for item in items_of(kind):
            if found := _why_not(item, name, "holds")[0]:
                return found, _why_not(item, name, "holds")[1]
    if inside == "is" and isinstance(kind, Scalar) and issubclass(kind.type, (bool, np.bool_)):
        return "is a boolean, which has no derivative", "leave it out of wrt"
    if inside == "is" and isinstance(kind, Known):
        return f"is {type(kind.value).__name__}, which has no derivative", "leave it out of wrt"
    return "", ""


# --- kinds of arguments


def argument_kind(value: Any, differentiated: bool) -> Kind:
    """The kind of an argument: a Python integer that is differentiated counts as real.

    >>> argument_kind([2, 1.5], True).items
    (Scalar(type=<class 'float'>), Scalar(type=<class 'float'>))
    """
    if differentiated and isinstance(value, float) and not isinstance(value, np.generic):
        return FLOAT  # of a subclass too
    kind = kind_of(value)
    if isinstance(kind, Known) and differentiated and not is_object(settled(kind, True)):
        return kind
    return settled(kind, differentiated)


def annotated_kind(annotation: Any) -> Kind:
    """The kind that an annotation promises, UNKNOWN if none."""
    if annotation in (float, "float"):
        return Scalar(float)
    if annotation in (int, "int"):
        return Scalar(int)
    if annotation in (bool, "bool"):
        return Scalar(bool)
    if annotation in (complex, "complex"):
        return Scalar(complex)
    origin = typing.get_origin(annotation)
    alias = getattr(origin, "__value__", None)  # NDArray is a type statement from NumPy 2.5
    if np.ndarray in (annotation, origin, typing.get_origin(alias)):
        return Array(None, None)
    if isinstance(annotation, str) and _ARRAY.fullmatch(annotation):
        return Array(None, None)
    return UNKNOWN


def annotated_kinds(source: Source, names: Iterable[str], wrt: tuple[str, ...]) -> dict[str, Kind]:
    """The kinds that the annotations of parameters promise; by what is differentiated, integers count as real."""
    annotations = getattr(source.function, "__annotations__", {})
    kinds = {name: annotated_kind(annotations.get(name)) for name in names}
    kinds |= {name: FLOAT for name in wrt if annotations.get(name) in (int, "int")}
    return kinds_of_stars(kinds, stars_of(source))


# --- text


def render(generated: Generated) -> str:
    """The functions with the imports that they need."""
    lines = [*_imports(used_objects(generated))]
    functions = [scattered(f, generated.stars) if f.name in generated.main else f for f in generated.functions]
    body = to_text(functions).strip("\n")
    return ("\n".join(lines) + "\n\n\n" if lines else "") + body + "\n"


def used_objects(generated: Generated) -> dict[str, Any]:
    """The objects that the functions really read, by name."""
    read = tree.reads(list(generated.functions)) | {
        n
        for f in generated.functions
        for d in f.args.defaults + f.args.kw_defaults
        if d is not None
        for n in tree.reads(d)
    }
    own = {f.name for f in generated.functions}
    return {n: v for n, v in sorted(generated.objects.items()) if n in read and n not in own}


def is_helper(value: Any) -> bool:
    """Whether an object is one of srcgrad's own run-time functions."""
    return any(getattr(value, "__module__", None) == module.__name__ for module in _OWN)


def _is_importable(value: Any) -> bool:
    """Whether an import statement finds a module; one that was made by hand is handed over."""
    return isinstance(value, types.ModuleType) and sys.modules.get(value.__name__) is value


def _imports(objects: Mapping[str, Any]) -> Iterable[str]:
    modules = {n: v for n, v in objects.items() if _is_importable(v)}
    for name, module in sorted(modules.items(), key=lambda item: (item[1] not in (math,), item[1].__name__)):
        plain = module.__name__ == name
        yield f"import {module.__name__}" if plain else f"import {module.__name__} as {name}"
    for owner in _OWN:
        names = [
            value.__name__ if value.__name__ == name else f"{value.__name__} as {name}"
            for name, value in objects.items()
            if getattr(value, "__module__", None) == owner.__name__ and callable(value)
        ]
        if names:
            yield f"from {owner.__name__} import {', '.join(names)}"


def _supplied(generated: Generated) -> dict[str, Any]:
    """What the text does not import: the user's own globals, captured values and functions."""
    return used_objects(generated)


# --- modes


def _run_under_record(generated: Generated) -> None:
    """A derivative call is a recording: the code sees training mode."""
    name = next((n for n, v in generated.objects.items() if v is modes.record), "record")
    generated.objects[name] = modes.record
    for function in generated.functions:
        if function.name == generated.main[0]:
            function.decorator_list = [tree.call(name), *function.decorator_list]


__all__ = ["Sequence", "Specialised", "specialise"]
