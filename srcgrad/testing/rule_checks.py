"""``check_rule``: the rule of one primitive, in all forms of a call."""

from __future__ import annotations

import functools
import inspect
import itertools
import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np

import srcgrad
from srcgrad.errors import DifferentiationError
from srcgrad.loader import load
from srcgrad.rules.registry import Rule, discrete, rule_of
from srcgrad.template import template_of
from srcgrad.testing.gradients import check_grads, check_once
from srcgrad.testing.leaves import deep_copy, holds_numbers, leaves, pack, random_like, real_copy
from srcgrad.testing.problems import central, is_smooth, problem_of
from srcgrad.testing.runs import precision
from srcgrad.testing.templates import Case, asked, parameters_of, shares, terms_of, view_of
from srcgrad.testing.variants import Call, attempts, variants

_counter = itertools.count(1)


def check_rule(f: Any, *args: Any, fixed: tuple[str, ...] = (), orders: int = 2, **kwargs: Any) -> None:
    """Check the rule of a primitive, in the call that is given and in many others that are made of it.

    ``fixed`` names the parameters, as the rule calls them, that are not differentiated beside those whose term is None.
    The call itself is checked as by ``check_grads``, up to order ``orders``.  Then at first order, where the primitive
    takes such arguments: float32 and complex numbers, sizes of one, fewer and more dimensions (of all operands, and of
    each against the others), 0-d arrays, Python's and NumPy's numbers, no elements, gaps between elements, Fortran
    order, negative strides, arrays that are read-only, keywords, one array for two parameters.  Every further parameter
    of the function or its rule is given a value, and every argument is left out.  A variant that srcgrad refuses is
    fine; a number that is wrong is not.

    Furthermore: what ``srcgrad.rules.known`` decides makes no difference but of form; a result that shares memory with
    an argument is declared by ``view=True``; a parameter whose term is None is refused, and a result does not change
    with the numbers of one that is ``Discrete``.

    Raises AssertionError, which says what kind of call is wrong, and as ``check_grads`` does; ValueError if ``f`` has
    no rule; DifferentiationError if the call itself is refused.

    >>> import numpy as np
    >>> check_rule(np.hypot, np.array([3.0, 1.0]), np.array([4.0, 2.0]))
    """
    rule = rule_of(f)
    if rule is None:
        raise ValueError(f"there is no rule for {f}")
    base = Call("the call itself", args, kwargs)
    own = _own_parameters(rule)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        if not (places := places_of(rule, base, fixed)):
            raise ValueError("no argument that the rule has a term for holds real numbers")
        check_grads(*as_function(f, base, places))
        check_sharing(f, base, fixed)
        check_branches(f, base, fixed)
        _check_undifferentiable(f, rule, base)
        _check_discrete(f, rule, base, fixed)
        _check_plain_seed(f, base, places)
        _check_variant(f, rule, base, fixed, written_out=False)
        for call in variants(base, own, places):
            _check_variant(f, rule, call, fixed)
        for _, calls in attempts(f, base, own):
            accepted = [call for call in calls if _result(f, call) is not None]
            for call in accepted[:3]:
                _check_variant(f, rule, call, fixed)
        if orders > 1:
            check_grads(*as_function(f, base, places), order=orders)


def _own_parameters(rule: Rule) -> list[inspect.Parameter]:
    return [p for p in inspect.signature(rule.body).parameters.values() if p.name not in ("d", "out")]


def _names(rule: Rule, call: Call) -> dict[int | str, str]:
    """What the rule calls each argument."""
    names: dict[int | str, str] = {name: name for name in call.kwargs}
    name = ""
    for place, parameter in itertools.zip_longest(range(len(call.args)), _positional(rule)):
        name = parameter.name if parameter is not None else name
        if place is not None:
            names[place] = name
    return names


def _positional(rule: Rule) -> list[inspect.Parameter]:
    return [p for p in _own_parameters(rule) if p.kind <= p.VAR_POSITIONAL]


def _without_term(rule: Rule) -> set[str]:
    terms = template_of(rule).terms
    return {p.name for p, term in itertools.zip_longest(_own_parameters(rule), terms) if p is not None and term is None}


def places_of(rule: Rule, call: Call, fixed: Sequence[str]) -> tuple[int | str, ...]:
    """The arguments that are differentiated."""
    given: list[tuple[int | str, Any]] = [*enumerate(call.args), *call.kwargs.items()]
    names, left_out = _names(rule, call), {*fixed, *_without_term(rule)}
    return tuple(
        place
        for place, value in given
        if names[place] not in left_out and any(holds_numbers(leaf) for _, leaf in leaves(value))
    )


def _result(f: Any, call: Call) -> Any:
    """What the primitive returns, None where it takes no such arguments."""
    args, kwargs = deep_copy((list(call.args), dict(call.kwargs)))
    try:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("error", np.exceptions.ComplexWarning)
            warnings.simplefilter("error", DeprecationWarning)
            return f(*args, **kwargs)
    except Exception:  # whatever a function raises for arguments that it does not take
        return None


def as_function(
    f: Any, call: Call, places: Sequence[int | str], written_out: bool = True
) -> tuple[Any, list[Any], tuple[int, ...]]:
    """A call as a function of all that is no plain literal, the arguments of this, and which are differentiated."""
    heads: dict[str, Any] = {}
    wrt = []

    def argument(place: int | str, value: Any) -> str:
        if written_out and place not in places and _is_plain(value):
            return repr(value)
        name = f"x_{place}"
        if place in places:
            wrt.append(len(heads))
        heads[name] = value
        return name

    passed = [argument(place, value) for place, value in enumerate(call.args)]
    passed += [f"{name}={argument(name, value)}" for name, value in call.kwargs.items()]
    text = f"def called({', '.join(heads)}):\n    return function({', '.join(passed)})\n"
    return _loaded(f, text), list(heads.values()), tuple(wrt)


@functools.lru_cache(64)
def _loaded(f: Any, text: str) -> Any:
    """One function for calls of one form: its derivative is made once for arguments of the same kinds."""
    return load(text, f"<checked call {next(_counter)}>", {"function": f})["called"]


def _is_plain(value: Any) -> bool:
    if type(value) in (tuple, list):
        return all(map(_is_plain, value))
    return value is None or type(value) in (bool, int, str) or (type(value) is float and bool(np.isfinite(value)))


def _check_variant(f: Any, rule: Rule, call: Call, fixed: tuple[str, ...], written_out: bool = True) -> None:
    """Raise AssertionError unless a call is refused or right; what is at a kink or not finite is not looked at."""
    value, places = _result(f, call), places_of(rule, call, fixed)
    if value is None or not places or not any(holds_numbers(leaf) for _, leaf in leaves(value)):
        return
    try:
        check_sharing(f, call, fixed)
        function, values, wrt = as_function(f, call, places, written_out)
        problem = problem_of(function, values, wrt=wrt)
        if is_smooth(problem, np.random.default_rng(3)):
            check_once(problem, ("rev", "fwd"), "central", np.random.default_rng(0), each=1)
    except DifferentiationError:
        return  # a refusal is never wrong
    except AssertionError as error:
        raise AssertionError(f"{_shown(f, call)}, {call.label}: {error}") from None
    except (TypeError, ValueError, IndexError, KeyError, AttributeError) as error:
        raise AssertionError(
            f"{_shown(f, call)}, {call.label}: the derivative raises {type(error).__name__} ({error}) "
            f"where the function does not"
        ) from error


def _shown(f: Any, call: Call) -> str:
    return str(Case(f, call.args, dict(call.kwargs)))


def check_sharing(f: Any, call: Call, fixed: tuple[str, ...] = ()) -> None:
    """Raise AssertionError where a result shares memory with an argument and the rule does not say ``view=True``."""
    args, kwargs = deep_copy((list(call.args), dict(call.kwargs)))
    with np.errstate(all="ignore"):
        result = f(*args, **kwargs)
    one = Case(f, tuple(args), kwargs, fixed)
    if (
        kwargs.keys() <= parameters_of(one.rule).keys()
        and shares(result, [*args, *kwargs.values()])
        and not view_of(one)
    ):
        raise AssertionError(
            f"the result of {_shown(f, call)} shares memory with an argument, and the rule does not say view=True"
        )


def check_branches(f: Any, call: Call, fixed: tuple[str, ...] = ()) -> None:
    """Raise AssertionError unless all that ``known`` conditions may choose gives the same numbers."""
    one = Case(f, call.args, dict(call.kwargs), fixed)
    names = _names(one.rule, call)
    places = {names[place] for place in places_of(one.rule, call, fixed)}
    with np.errstate(all="ignore"):
        out = f(*call.args, **call.kwargs)
    d = random_like(out, np.random.default_rng(1))
    whole = terms_of(one, out, d, True)
    limit = 1e4 * precision([out, *call.args])
    for decide in (False, *asked(one.rule)):
        terms = terms_of(one, out, d, decide)
        for name in places:
            left, right = pack(real_copy(terms[name], True)), pack(real_copy(whole[name], True))
            scale = float(np.max(np.abs(np.nan_to_num(right)), initial=1.0))
            if left.shape != right.shape or not np.allclose(
                left, right, rtol=limit, atol=limit * scale, equal_nan=True
            ):
                raise AssertionError(
                    f"the term of '{name}' depends on what is known of {decide or 'the arguments'}: {left}, not {right}"
                )


def _check_undifferentiable(f: Any, rule: Rule, call: Call) -> None:
    """A parameter without a term must be refused, not given zeros; one that is discrete has none to give."""
    names, without = _names(rule, call), _without_term(rule) - discrete(rule)
    given: list[tuple[int | str, Any]] = [*enumerate(call.args), *call.kwargs.items()]
    for place, value in given:
        if names[place] not in without or not any(holds_numbers(leaf) for _, leaf in leaves(value)):
            continue
        function, values, wrt = as_function(f, call, (place,))
        try:
            srcgrad.vjp(function, wrt)(*deep_copy(values))
        except DifferentiationError:
            continue
        raise AssertionError(f"the rule has no term for '{names[place]}', and yet it is differentiated")


def _check_discrete(f: Any, rule: Rule, call: Call, fixed: Sequence[str]) -> None:
    """Raise AssertionError where a result changes with the numbers of a parameter that is said to be discrete."""
    names = _names(rule, call)
    given: list[tuple[int | str, Any]] = [*enumerate(call.args), *call.kwargs.items()]
    for place, value in given:
        is_moved = names[place] in discrete(rule) - {*fixed} and any(holds_numbers(leaf) for _, leaf in leaves(value))
        if not is_moved:
            continue
        function, values, wrt = as_function(f, call, (place,))
        problem = problem_of(function, values, wrt=wrt)
        direction = pack(random_like(problem.starts, np.random.default_rng(3)))
        try:
            found = central(problem, direction)
        except Exception:  # whatever a function raises for other numbers, which then are none to it
            continue
        if np.any(np.abs(found.numbers) > 1e-6 + found.error):
            raise AssertionError(
                f"the rule says that '{names[place]}' is Discrete, and the result changes with it: give it a term"
            )


def _check_plain_seed(f: Any, call: Call, places: Sequence[int | str]) -> None:
    """Raise AssertionError unless a Python number does as the cotangent of a number: ``grad`` starts with one."""
    value = _result(f, call)
    if np.ndim(value) or not holds_numbers(value):
        return
    function, values, wrt = as_function(f, call, places)
    gradients = []
    for seed in (np.asarray(value).dtype.type(1.0), 1.0):
        try:
            gradients.append(pack(srcgrad.vjp(function, wrt)(*deep_copy(values))[1](seed)))
        except (TypeError, ValueError, IndexError, AttributeError) as error:
            raise AssertionError(
                f"{_shown(f, call)}: with the cotangent {seed!r}, which is a {type(seed).__name__}, the derivative "
                f"raises {type(error).__name__} ({error})"
            ) from error
    for_numpys, for_pythons = gradients
    if not np.allclose(for_pythons, for_numpys, rtol=1e4 * precision([value, *values]), equal_nan=True):
        raise AssertionError(f"{_shown(f, call)}: the gradient for 1.0 is {for_pythons}, not {for_numpys}")


__all__ = ["as_function", "check_branches", "check_rule", "check_sharing", "places_of"]
