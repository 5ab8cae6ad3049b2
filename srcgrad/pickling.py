"""Derivatives as pickles: by the function where it can be found by its name, else by the text of what was made."""

from __future__ import annotations

import importlib
import inspect
import itertools
import pickle
import types
from typing import Any

from srcgrad import modes
from srcgrad.captured_values import values_of
from srcgrad.errors import DifferentiationError
from srcgrad.generated import Generated
from srcgrad.kind_checks import holds_function
from srcgrad.loader import load
from srcgrad.pullback import Pullback
from srcgrad.run_time_calls import CALLING
from srcgrad.source import read
from srcgrad.specialise import Specialised
from srcgrad.writer import to_text

_counter = itertools.count(1)
_MOST = 8


def reduced(derivative: Any) -> Any:
    """What ``__reduce__`` of a derivative returns."""
    primal = derivative.primal
    options = derivative.wrt, derivative.form, derivative.has_aux, derivative.holomorphic, derivative.of
    module, name = (derivative.__dict__.get(n) for n in ("__module__", "__qualname__"))
    if derivative._stored is None and module != "__main__":
        if _found(module, name) is derivative:
            return _found, (module, name)
        if _is_found(primal):
            return _made, (type(derivative), primal, *options)
    return _restored, (type(derivative), derivative._state or state_of(derivative))


def state_of(derivative: Any) -> dict[str, Any]:
    """All that a derivative is without its function: its texts, its options and its signature."""
    empty = inspect.Parameter.empty
    now = values_of(derivative._cells)
    given = [p.replace(default=now.get(p.name, p.default)) for p in derivative.__signature__.parameters.values()]
    parameters = [p.replace(annotation=empty) for p in given]
    names = ("__name__", "__qualname__", "__module__", "__doc__")
    return {
        "wrt": derivative.wrt,
        "form": derivative.form,
        "has_aux": derivative.has_aux,
        "holomorphic": derivative.holomorphic,
        "of": derivative.of,
        "names": derivative._names,
        "dots": derivative._dots,
        "called": derivative._called,
        "parameters": parameters,
        "attributes": {n: derivative.__dict__[n] for n in names if n in derivative.__dict__},
        "texts": _texts(derivative),
        "reference": _reference(derivative),
    }


def _texts(derivative: Any) -> list[tuple[dict[str, Any], str, dict[str, str]]]:
    """The modules of the derivatives that were made, with their kinds and stages, and of the one for all kinds."""
    from srcgrad.offline import module_text

    latest = derivative._latest[0]
    made = [one for one in derivative._specialised.values() if one.valid() and _pickles(one.kinds)][-_MOST:]
    try:
        general = derivative.general()
        is_text = all(getattr(held, "__module__", None) != CALLING for held in general.generated.objects.values())
        if is_text or not made:  # what is known at run time only is of no module
            made = [one for one in made if one is not general] + [general]
    except DifferentiationError:
        if not made:
            raise
    finally:
        derivative._latest[0] = latest
    # a module has only a copy of a function that is an argument; the restored derivative looks at that itself
    checked = [not any(map(holds_function, one.kinds.values())) for one in made]
    texts = [module_text(derivative, *pair) for pair in zip(made, checked, strict=True)]
    return [(dict(one.kinds), text, one.stages) for one, text in zip(made, texts, strict=True)]


def _reference(derivative: Any) -> tuple[str, str, str] | None:
    """Where a function of the main program is, and its text: another main program may have another of its name."""
    module, name = (derivative.__dict__.get(n) for n in ("__module__", "__qualname__"))
    found = _found(module, name)
    if found is not None and (found is derivative or found is derivative.primal):
        return module, name, to_text(derivative._source.tree)
    return None


def _restored(kind: Any, state: dict[str, Any]) -> Any:
    module, name, text = state["reference"] or (None, None, None)
    found = _found(module, name)
    try:
        if isinstance(found, types.FunctionType) and to_text(read(found).tree) == text:
            options = state["wrt"], state["form"], state["has_aux"], state.get("holomorphic", False), state.get("of")
            return _made(kind, found, *options)
        if isinstance(found, kind) and found._stored is None and to_text(found._source.tree) == text:
            return found
    except SyntaxError:
        pass
    return kind._from_state(state)


def loaded(state: dict[str, Any]) -> list[Specialised]:
    """The derivatives of a state, compiled."""
    made = []
    for kinds, text, stages in state["texts"]:
        main, functions = _functions(text)
        generated = Generated([], main, {}, list(stages.items()), [])
        made.append(Specialised(generated, text, functions, lambda: True, kinds))
    return made


def _functions(text: str) -> tuple[tuple[str, ...], tuple[Any, ...]]:
    """The public functions of a derivative's module: the one, or those of both sweeps in their order."""
    module = load(text, f"<srcgrad pickle {next(_counter)}>", {})
    shared: dict[str, object] = {n: getattr(modes, n) for n in ("_state", "_State", "_OUTSIDE") if n in module}
    module.update(shared)  # the modes of this process, not those of a copy
    names: Any = module["__all__"]
    main = tuple(sorted(names, key=lambda name: str(name).rfind("_bwd") > str(name).rfind("_fwd")))
    return main, tuple(module[name] for name in main)


def restored_pullback(text: str, saved: Any, shapes: Any, single: bool) -> Pullback:
    """A pullback from the text of its derivative's module."""
    made = Pullback(_functions(text)[1][-1], saved, None, single, text=lambda: text)
    made._shapes = shapes
    return made


def _made(kind: Any, primal: Any, wrt: Any, form: Any, has_aux: bool, holomorphic: bool = False, of: Any = None) -> Any:
    return kind(primal, wrt, form, has_aux, holomorphic, of)


def _found(module: Any, name: Any) -> Any:
    """What a module holds under a name; None where there is no such thing."""
    if not isinstance(module, str) or not isinstance(name, str):
        return None
    try:
        value: Any = importlib.import_module(module)
        for part in name.split("."):
            value = getattr(value, part)
    except (ImportError, AttributeError):
        return None
    return value


def _is_found(primal: Any) -> bool:
    """Whether a pickle can hold a callable by its name."""
    if isinstance(primal, types.FunctionType):
        return primal.__module__ != "__main__" and _found(primal.__module__, primal.__qualname__) is primal
    if isinstance(primal, types.MethodType) and not _is_found(primal.__func__):
        return False
    function = getattr(primal, "func", None)
    return (not isinstance(function, types.FunctionType) or _is_found(function)) and _pickles(primal)


def _pickles(value: Any) -> bool:
    try:
        pickle.dumps(value)
    except Exception:
        return False
    return True
