"""Put sweeps together as functions: signatures with seeds, what a pair hands over, comments."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import gast

from srcgrad import modes, tree
from srcgrad.analysis.liveness import Liveness
from srcgrad.analysis.scope import Scope
from srcgrad.pipeline import Prepared
from srcgrad.program import Externals, Program
from srcgrad.source import Source
from srcgrad.transforms.simplify import dead_code
from srcgrad.transforms.sweeps import Sweeps
from srcgrad.transforms.tidy import comment_reversal
from srcgrad.writer import to_text


def without_dead_code(body: list[Any], ready: Prepared) -> list[Any]:
    """A reverse sweep without what its result does not need."""
    scope = ready.scope
    return dead_code(body, Scope(ready.program.namespace, scope.local | tree.writes(body), scope.kinds))


def gradients(sweeps: Sweeps, wrt: tuple[str, ...]) -> Any:
    """The gradients of the differentiated parameters: one, or a tuple."""
    names = [tree.name(sweeps.bars[w]) for w in wrt]
    return names[0] if len(names) == 1 else tree.tuple_(names)


def saved_order(forward: list[Any], program: Program) -> Any:
    """The order in which saved values are handed over: parameters first, then as they are made."""
    arguments = [a.id for a in [*program.function.args.args, *program.function.args.kwonlyargs]]
    place = {name: n for n, name in enumerate(arguments)}
    for node in tree.walk(forward):
        if isinstance(node, gast.Name) and isinstance(node.ctx, gast.Store):
            place.setdefault(node.id, len(place))
    return lambda name: place.get(name, len(place))


def function_of(program: Program, name: str, arguments: Any, body: list[Any]) -> Any:
    """A generated function with the position of the primal."""
    return tree.function(name, tree.copy(arguments), body, like=program.function)


def with_seed(arguments: Any, sweeps: Sweeps) -> Any:
    """The primal's parameters and the seed: ones for each result."""
    made = tree.copy(arguments)
    made.args.append(tree.parameter(sweeps.seed))
    one = tree.constant(sweeps.one)
    several = isinstance(sweeps.result, gast.Tuple) and not sweeps.has_aux
    made.defaults.append(tree.tuple_([tree.copy(one) for _ in sweeps.result.elts]) if several else one)
    return made


def bound_on_every_path(forward: list[Any], saved: list[str], program: Program) -> list[Any]:
    """The forward sweep with None for what is saved but not bound in every branch."""
    unbound = Liveness().block(forward).uses
    missing = sorted((unbound & set(saved)) - tree.parameters_of(program.function))
    return [*(tree.assign(name, tree.constant(None)) for name in missing), *forward]


class Lines:
    """The user's statements as one-line comments, by their line."""

    def __init__(self, source: Source) -> None:
        self.texts: dict[int, str] = {}
        for node in tree.walk(source.tree.body):
            if isinstance(node, gast.stmt) and hasattr(node, "lineno"):
                self.texts.setdefault(node.lineno, _first_line(node))

    def describe(self, statement: Any) -> str | None:
        """The comment for a statement of the reverse sweep."""
        return self.texts.get(getattr(statement, "lineno", 0))


def _first_line(node: Any) -> str:
    if tree.blocks(node):
        node = tree.copy(node)
        node.body, node.orelse = [gast.Pass()], []
        return to_text(node).strip().split("\n")[0]
    text = " ".join(to_text(node).split())
    return text if len(text) <= 80 else text[:77] + "..."


def decorated(functions: list[Any], blocks: Iterable[Any], externals: Externals) -> list[Any]:
    """Functions that run in the modes that decorate what they were generated for, the outermost first."""
    made = []
    for block in blocks:
        if block.recording is None:
            maker, args = (modes.train_mode if block.training else modes.predict_mode), []
        else:
            maker, args = modes.record, [] if block.training is None else [tree.constant(bool(block.training))]
        made.append(tree.call(externals.name_of(maker, maker.__name__), *args))
    return [tree.shallow(function, decorator_list=made) for function in functions] if made else functions


def commented(function: Any, source: Source) -> Any:
    """A generated function with the user's statements as comments in the reverse sweep."""
    start = next((n for n, s in enumerate(function.body) if getattr(s, "text", "") == "reverse sweep"), -1) + 1
    reverse = comment_reversal(function.body[start:], Lines(source).describe)
    function.body = function.body[:start] + reverse
    if start == 2:  # no forward sweep is left
        function.body = function.body[1:]
    return function
