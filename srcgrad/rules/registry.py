"""The registry of rules: what the derivative of each primitive is, and which functions are constant.

A rule is an ordinary function of the primitive's own arguments, of ``out`` (the primitive's result, if the
rule wants it) and of ``d`` (the differential).  Its body, lets and one ``return``, is the template that the
transformation inlines; nothing here is run when a derivative is computed.
"""

from __future__ import annotations

import functools
import importlib
import threading
import types
import weakref
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Annotated, Any, Literal, Protocol, TypeAlias, TypeVar

import numpy as np

from srcgrad.rules.checks import check_companion, check_primitives, check_rule

Form = Literal["elementwise", "linear", "bilinear", "pullback", "pushforward"]
View = bool | Callable[..., bool]
Discrete: TypeAlias = Annotated[Any, "discrete"]  # a parameter of a rule that no derivative flows through
Body = TypeVar("Body", bound=Callable[..., Any])


@dataclass(frozen=True)
class Rule:
    """The derivative of one primitive.

    ``body`` is the template.  ``form`` says what the terms mean: *elementwise* terms are unbroadcast by the
    engine, *linear*, *bilinear* and *pullback* terms already have the shape of their argument.  ``methods`` are
    the ndarray methods of the same signature; ``packed`` names the parameter into which a method packs its
    surplus positional arguments (``x.reshape(2, 3)`` is ``np.reshape(x, (2, 3))``).  ``view`` says that the
    primitive's result may share memory with an argument, or is a function of arguments that are written out (by their
    names in the rule) that says so.  ``lists`` names the parameters that take a list of
    arrays; a list for any other parameter of a function of NumPy's is an array written out.
    """

    body: Callable[..., Any]
    form: Form
    primitives: tuple[Any, ...]
    methods: tuple[str, ...] = ()
    packed: str | None = None
    view: View = False
    lists: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The name of the first primitive, for messages."""
        return str(getattr(self.primitives[0], "__name__", getattr(self.body, "__name__", "rule")))


class Watcher(Protocol):
    """Something that was made by the rules of its time."""

    def rules_changed(self) -> None:
        """Called after each registration: what was made may be out of date."""


_watchers: weakref.WeakSet[Watcher] = weakref.WeakSet()
_lock = threading.Lock()
_RULES: dict[Any, tuple[Any, Rule]] = {}
_PUSHFORWARDS: dict[Any, tuple[Any, Rule]] = {}
_METHODS: dict[str, Rule] = {}
_CONSTANTS: dict[Any, Any] = {}
_CONSTANT_METHODS: set[str] = set()
_COMPLEX: dict[int, Any] = {}
_state = {"version": 0}
_PACKAGES = {"scipy": "srcgrad.rules.scipy_arrays"}  # whose rules are not imported yet


def _key(primitive: Any) -> Any:
    """What tells primitives apart: their identity, but of a method of an object, which each read makes anew."""
    if isinstance(primitive, staticmethod):
        primitive = primitive.__func__
    if isinstance(primitive, types.MethodType):
        return id(primitive.__func__), id(primitive.__self__)
    if isinstance(primitive, (types.BuiltinMethodType, types.MethodWrapperType)):
        owner = primitive.__self__
        if owner is not None and not isinstance(owner, types.ModuleType):
            return id(owner), primitive.__name__
    return id(primitive)


def _register(form: Form, primitives: tuple[Any, ...], **more: Any) -> Callable[[Body], Body]:
    check_primitives(form, primitives)

    def decorate(body: Body) -> Body:
        rule = Rule(body, form, primitives, **more)
        if not is_own(body):  # srcgrad's own rules are checked by its tests
            check_rule(body, form, primitives)
        _forget(primitives, rule.methods)
        for primitive in primitives:
            _RULES[_key(primitive)] = (primitive, rule)
        for method in rule.methods:
            _METHODS[method] = rule
        _tell()
        return body

    return decorate


def _forget(primitives: tuple[Any, ...], methods: tuple[str, ...]) -> None:
    """Take back all that was said of some functions: what is said last counts, and alone."""
    for key in map(_key, primitives):
        for said in (_RULES, _PUSHFORWARDS, _CONSTANTS):
            said.pop(key, None)
    for method in methods:
        _METHODS.pop(method, None)
        _CONSTANT_METHODS.discard(method)


def is_own(body: Any) -> bool:
    """Say whether a rule is one of srcgrad's own."""
    module = getattr(body, "__module__", None) or ""
    return module.startswith("srcgrad.rules.")


def elementwise(*primitives: Any, methods: tuple[str, ...] = (), view: View = False) -> Callable[[Body], Body]:
    """Register the rule of functions that act element by element; one expression in ``d`` serves both modes.

    Each term has the shape of the result; what was broadcast is summed by the engine.  Raises DifferentiationError,
    as all of these decorators do, where the body is no rule: see ``srcgrad.rules.checks``.

    >>> import numpy as np
    >>> def softplus(x):
    ...     return np.log1p(np.exp(x))
    >>> @elementwise(softplus)
    ... def softplus_rule(x, *, d):
    ...     return d / (1 + np.exp(-x))
    """
    return _register("elementwise", primitives, methods=methods, view=view)


def linear(
    *primitives: Any,
    methods: tuple[str, ...] = (),
    packed: str | None = None,
    view: View = False,
    lists: tuple[str, ...] = (),
) -> Callable[[Body], Body]:
    """Register the transpose of functions that are linear in their differentiable arguments together.

    >>> def mirrored(x):
    ...     return x[::-1]
    >>> @linear(mirrored, view=True)
    ... def mirrored_rule(x, *, d):
    ...     return d[::-1]
    """
    return _register("linear", primitives, methods=methods, packed=packed, view=view, lists=lists)


def bilinear(*primitives: Any, methods: tuple[str, ...] = ()) -> Callable[[Body], Body]:
    """Register the two transposes of functions that are linear in each of their first two arguments.

    >>> import numpy as np
    >>> def weighted(w, x):
    ...     return np.dot(w, x)
    >>> @bilinear(weighted)
    ... def weighted_rule(w, x, *, d):
    ...     return d * x, d * w
    """
    return _register("bilinear", primitives, methods=methods)


def pullback(
    *primitives: Any, methods: tuple[str, ...] = (), view: View = False, lists: tuple[str, ...] = ()
) -> Callable[[Body], Body]:
    """Register the adjoint of functions of any other form.

    >>> import numpy as np
    >>> def length(x):
    ...     return np.sqrt(np.sum(x * x))
    >>> @pullback(length)
    ... def length_rule(x, *, out, d):
    ...     return d / out * x
    """
    return _register("pullback", primitives, methods=methods, view=view, lists=lists)


def pushforward(*primitives: Any) -> Callable[[Body], Body]:
    """Register the tangent of functions that have a rule: the general case beside ``pullback``, one term an argument.

    In a term ``d`` is the tangent of that argument, and the term is what it adds to the tangent of the result, in the
    result's shape.  For ``*args`` the term is a list with one for each, in which ``d[k]`` is the tangent of the k-th,
    or an expression in which ``d`` is the list of all tangents, None for what is not differentiated.

    >>> import numpy as np
    >>> def size(x):
    ...     return np.sqrt(np.sum(x * x))
    >>> @pullback(size)
    ... def size_rule(x, *, out, d):
    ...     return d / out * x
    >>> @pushforward(size)
    ... def size_tangent(x, *, out, d):
    ...     return np.sum(x * d) / out
    """
    check_primitives("pushforward", primitives)

    def decorate(body: Body) -> Body:
        rule = Rule(body, "pushforward", primitives)
        if not is_own(body):
            check_rule(body, "pushforward", primitives)
        for primitive in primitives:
            check_companion(body, primitive, entry[1].body if (entry := _RULES.get(_key(primitive))) else None)
            _PUSHFORWARDS[_key(primitive)] = (primitive, rule)
        _tell()
        return body

    return decorate


def constant(*primitives: Any, methods: tuple[str, ...] = ()) -> None:
    """Register functions (and ndarray methods) whose derivative is zero wherever it exists; rules of theirs go.

    >>> def level(x):
    ...     return x // 10
    >>> constant(level)
    >>> is_constant(level)
    True
    """
    check_primitives("constant", primitives, methods)
    _forget(primitives, methods)
    for primitive in primitives:
        _CONSTANTS[_key(primitive)] = primitive
    _CONSTANT_METHODS.update(methods)
    _tell()


def of_complex(*primitives: Any) -> None:
    """Say that the rules of some primitives hold for complex arguments, as those of a user's are taken to do."""
    for primitive in primitives:
        _COMPLEX[id(primitive)] = primitive


def holds_for_complex(rule: Rule, primitive: Any) -> bool:
    """Say whether the rule of a primitive holds for complex arguments."""
    return id(primitive) in _COMPLEX or not is_own(rule.body)


def watch(watcher: Watcher) -> None:
    """Tell an object, for as long as it lives, about each further registration: so no call has to ask."""
    with _lock:
        _watchers.add(watcher)


def version() -> int:
    """Return a number that is another one after each registration, for what is kept and depends on rules."""
    return _state["version"]


def _tell() -> None:
    with _lock:
        _state["version"] += 1
        found = list(_watchers)
    for watcher in found:
        watcher.rules_changed()


def rule_of(primitive: Any) -> Rule | None:
    """Return the rule of a callable, or None."""
    entry = _RULES.get(_key(primitive))
    if entry is None and _loads(primitive):
        entry = _RULES.get(_key(primitive))
    return entry[1] if entry is not None else None


def pushforward_of(primitive: Any) -> Rule | None:
    """Return the rule for the tangent of a callable whose other rule does not say it, or None."""
    entry = _PUSHFORWARDS.get(_key(primitive))
    return entry[1] if entry is not None else None


def rule_of_method(name: str) -> Rule | None:
    """Return the rule of an ndarray method, or None."""
    return _METHODS.get(name)


def is_constant(primitive: Any) -> bool:
    """Say whether a callable is registered as having a zero derivative."""
    return _key(primitive) in _CONSTANTS or (_loads(primitive) and _key(primitive) in _CONSTANTS)


def _loads(primitive: Any) -> bool:
    """Import the rules for a package when the first of its functions is met, and say whether that was now."""
    if not _PACKAGES or not isinstance(primitive, types.FunctionType):
        return False
    root = str(primitive.__module__).partition(".")[0]
    module = _PACKAGES.get(root)
    if module is not None:
        importlib.import_module(module)  # before it is taken out: another thread may ask meanwhile
        _PACKAGES.pop(root, None)
    return module is not None


def is_constant_method(name: str) -> bool:
    """Say whether an ndarray method is registered as having a zero derivative."""
    return name in _CONSTANT_METHODS


def is_numpys(primitive: Any) -> bool:
    """Say whether a callable is a function of NumPy's, a method of its arrays or any ufunc.

    >>> import math
    >>> is_numpys(np.log), is_numpys(np.ndarray.astype), is_numpys(math.log)
    (True, True, False)
    """
    if isinstance(primitive, types.MethodDescriptorType):
        return primitive.__objclass__ is np.ndarray
    module = getattr(primitive, "__module__", None) or ""
    return isinstance(primitive, np.ufunc) or module.split(".")[0] == "numpy"


def all_rules() -> Iterator[Rule]:
    """Yield each registered rule once, those for tangents too."""
    seen: set[int] = set()
    for _, rule in [*_RULES.values(), *_PUSHFORWARDS.values()]:
        if id(rule) not in seen:
            seen.add(id(rule))
            yield rule


@functools.cache
def discrete(rule: Rule) -> frozenset[str]:
    """Return the parameters of a rule that are annotated with ``Discrete``, or ``str``: axes, flags, indices, names.

    >>> sorted(discrete(rule_of(np.take)))
    ['axis', 'indices']
    """
    annotations = rule.body.__annotations__.items()
    found = frozenset(name for name, hint in annotations if hint == Discrete or _last_name(hint) == "Discrete")
    return found | texts(rule)


def _last_name(hint: Any) -> str:
    """``Discrete`` of ``"rules.Discrete"``, as annotations are strings under ``from __future__ import annotations``."""
    return hint.rpartition(".")[2] if isinstance(hint, str) else ""


@functools.cache
def texts(rule: Rule) -> frozenset[str]:
    """Return the parameters of a rule that are annotated with ``str``: no number stands for them.

    >>> sorted(texts(rule_of(np.einsum)))
    ['subscripts']
    """
    return frozenset(name for name, hint in rule.body.__annotations__.items() if hint in (str, "str"))


def known(condition: bool) -> bool:
    """Mark a condition that the transformation decides.

    In a template ``a if known(c) else b`` becomes ``a`` where ``c`` can be proved from literal arguments and kinds,
    and ``b``, which must be right in every case, elsewhere.

    >>> known(1 == 1)
    True
    """
    return condition
