"""``verify``: which statement of a program has a wrong derivative."""

from __future__ import annotations

import inspect
import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import gast
import numpy as np

from srcgrad import tree
from srcgrad.analysis.operations import UserCall, describe
from srcgrad.arguments import parameters
from srcgrad.errors import DifferentiationError
from srcgrad.generation import Generator
from srcgrad.loader import load
from srcgrad.pipeline import Prepared, prepared
from srcgrad.primals import read_primal
from srcgrad.specialise import argument_kind
from srcgrad.testing.gradients import check_grads
from srcgrad.testing.leaves import deep_copy, holds_numbers, leaves
from srcgrad.testing.problems import Problem, is_smooth, problem_of
from srcgrad.writer import to_text

_counter = itertools.count(1)
_VISITS = 3  # so often a statement in a loop is looked at


def verify(f: Any, *args: Any, **kwargs: Any) -> None:
    """Check the derivative of a program statement by statement and name the first one that is wrong.

    The program is run after the pass ``flatten``, where each statement is one operation.  Where a statement is reached,
    the derivative that srcgrad gives of it alone is compared with differences, at the values that its operands then
    have; functions that it calls are verified before it.  At last the derivative of the whole is checked.  An operation
    that is at a kink is left out, and of a loop the first turns are looked at.

    Raises AssertionError, with the file, line and text of the user's statement and with what ``check_grads`` says of
    it; whatever srcgrad raises where it refuses ``f``; ValueError where there is nothing to differentiate.

    >>> import numpy as np
    >>> def f(x):
    ...     for _ in range(3):
    ...         x = np.sin(x) * x
    ...     return x
    >>> verify(f, 0.5)
    """
    problem = problem_of(f, args, kwargs)
    try:
        _Verifier().run(problem)
    except _Located as error:
        raise AssertionError(str(error)) from None
    try:
        check_grads(f, args, problem.places, kwargs=kwargs)
    except AssertionError as error:
        raise AssertionError(
            f"every statement is right by itself, but the derivative of the whole is not: {error}"
        ) from None


@dataclass
class _Verifier:
    """Runs programs and looks at their statements; each function is looked at once."""

    seen: set[Any] = field(default_factory=set)

    def run(self, problem: Problem) -> None:
        """Raise AssertionError at the first statement whose derivative is wrong."""
        try:
            ready, values = _prepared(problem)
        except (DifferentiationError, TypeError):
            return  # a primitive, or something that only the whole derivative knows how to read
        statements: list[_Statement] = []
        function = tree.shallow(ready.program.function, decorator_list=[])
        function.body = self.watched(ready, function.body, statements)
        namespace = _namespace(ready, function)

        def probe(number: int, operands: dict[str, Any]) -> None:
            statements[number].look(self, operands)

        namespace["__probe__"] = probe
        text = to_text([function])
        made: Any = load(text, f"<verified function {next(_counter)}>", namespace)[function.name]
        with np.errstate(all="ignore"):
            made(**deep_copy(values)) if _by_name(made) else made(*deep_copy(list(values.values())))

    def watched(self, ready: Prepared, body: Sequence[Any], statements: list[_Statement]) -> list[Any]:
        """The statements of a block, before each active one a call that hands over its operands."""
        made: list[Any] = []
        for node in body:
            if isinstance(node, (gast.If, gast.For, gast.While, gast.With)):
                blocks = {
                    name: self.watched(ready, getattr(node, name), statements)
                    for name in ("body", "orelse")
                    if hasattr(node, name)
                }
                made.append(tree.shallow(node, **blocks))
                continue
            name = tree.single_target(node)
            if name in ready.active and not isinstance(node.value, (gast.Name, gast.Constant)):
                operands = sorted(tree.reads(node.value) & ready.scope.local)
                pairs = gast.Dict([tree.constant(one) for one in operands], [tree.name(one) for one in operands])
                made.append(tree.expression(tree.call("__probe__", tree.constant(len(statements)), pairs)))
                statements.append(_Statement(ready, node, tuple(operands)))
            made.append(node)
        return made


@dataclass
class _Statement:
    """One operation of a flattened program."""

    ready: Prepared
    node: Any
    operands: tuple[str, ...]
    visits: int = 0
    function: Any = None

    def look(self, verifier: _Verifier, values: Mapping[str, Any]) -> None:
        """Check the derivative of the operation at the values that its operands have."""
        self.visits += 1
        if self.visits > _VISITS:
            return
        operation = describe(self.node.value, self.ready.scope)
        active = [name for name in self.operands if name in self.ready.active and _holds(values[name])]
        if not active:
            return
        function = self.function = self.function or self.alone()
        arguments = [values[name] for name in self.operands]
        try:
            problem = problem_of(function, arguments, wrt=active)
            if isinstance(operation, UserCall) and operation.function not in verifier.seen:
                verifier.seen.add(operation.function)
                self.callee(verifier, operation.function, values)
            if _is_regular(problem):
                check_grads(function, arguments, active)
        except DifferentiationError:
            return  # it may be that this operation cannot be differentiated without the others
        except AssertionError as error:
            raise self.located(error) from None

    def alone(self) -> Callable[..., Any]:
        """The operation as a function of its operands."""
        expression = to_text(self.node.value).strip()
        text = f"def operation({', '.join(self.operands)}):\n    return {expression}\n"
        made: Any = load(text, f"<verified operation {next(_counter)}>", _namespace(self.ready, self.node))["operation"]
        return made  # type: ignore[no-any-return]

    def callee(self, verifier: _Verifier, function: Any, values: Mapping[str, Any]) -> None:
        """Verify a function that is called here, with its arguments as they are."""
        call = self.node.value
        namespace = {**_namespace(self.ready, self.node), **values}
        if any(isinstance(argument, gast.Starred) for argument in call.args) or any(
            k.arg is None for k in call.keywords
        ):
            return
        args = [eval(to_text(argument).strip(), namespace) for argument in call.args]
        kwargs = {k.arg: eval(to_text(k.value).strip(), namespace) for k in call.keywords}
        try:
            problem = problem_of(function, args, kwargs)
        except ValueError:
            return
        verifier.run(problem)

    def located(self, error: AssertionError) -> AssertionError:
        """The error with the user's line; that of a callee has one already."""
        if isinstance(error, _Located):
            return error
        source = self.ready.program.source
        line = getattr(self.node, "lineno", None) or source.tree.lineno
        text = source.lines[line - 1].strip() if line <= len(source.lines) else ""
        operation = to_text(self.node.value).strip()
        return _Located(f"{source.file}, line {line}: the derivative of\n    {text}\nis wrong, in {operation}: {error}")


class _Located(AssertionError):
    """An error that says where it is."""


def _holds(value: Any) -> bool:
    return any(holds_numbers(leaf) for _, leaf in leaves(value))


def _is_regular(problem: Problem) -> bool:
    try:
        return is_smooth(problem, np.random.default_rng(3))
    except (ValueError, ArithmeticError):
        return False  # moved out of its domain


def _prepared(problem: Problem) -> tuple[Prepared, dict[str, Any]]:
    """The program after ``flatten``, and the values of all its parameters by name."""
    source = read_primal(problem.function, len(problem.args), frozenset(problem.kwargs))
    arguments = source.tree.args
    names = [a.id for a in [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]]
    bound = parameters(source).bind(*problem.args, **problem.kwargs)
    bound.apply_defaults()
    values = {name: bound.arguments[name] for name in names}
    labels = tuple(problem.labels)
    kinds = {name: argument_kind(value, name in labels) for name, value in values.items()}
    generator = Generator()
    program = generator.program(source, labels, kinds, False)
    user = frozenset(tree.identifiers(program.function))
    return prepared(program, generator.callee_kind, user, lambda name, function: None), values


def _by_name(function: Any) -> bool:
    return all(p.kind is not p.POSITIONAL_ONLY for p in inspect.signature(function).parameters.values())


def _namespace(ready: Prepared, node: Any) -> dict[str, Any]:
    """The globals that a node reads."""
    found = ready.program.namespace
    return {name: found[name] for name in tree.reads(node) - ready.scope.local if name in found}


__all__ = ["verify"]
