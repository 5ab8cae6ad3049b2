"""``with on_reverse(x) as x_bar:`` as one statement, which passes leave alone until ``reverse`` moves it.

``for x_bar in on_reverse(x):`` is the same statement.

>>> from srcgrad.surgery import on_reverse
>>> from srcgrad.transforms.examples import example_program
>>> program = example_program('''
... def f(x):
...     with on_reverse(x) as x_bar:
...         print(x_bar)
...     return x
... ''')
>>> import dataclasses
>>> program = dataclasses.replace(program, namespace={**program.namespace, "on_reverse": on_reverse})
>>> statement = lifted(program).function.body[0]
>>> statement.primals[0].id, statement.bars[0].id, len(statement.statements)
('x', 'adjoint', 1)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import gast

from srcgrad import modes, tree
from srcgrad.analysis.scope import Scope
from srcgrad.errors import refuse
from srcgrad.program import Program
from srcgrad.surgery import on_reverse

_LOOPS = (gast.For, gast.While)
_FOREIGN = {
    "FunctionDef": "a function defined", "AsyncFunctionDef": "a function defined", "ClassDef": "a class defined",
    "Global": "'global'", "Nonlocal": "'nonlocal'", "Delete": "'del'", "Match": "'match'", "AsyncFor": "'async for'",
    "AsyncWith": "'async with'", "Yield": "'yield'", "YieldFrom": "'yield from'", "Await": "'await'",
    "Return": "'return'",
}  # fmt: skip


def is_block(node: Any, scope: Scope) -> bool:
    """Whether a statement is a ``with`` of ``on_reverse``, or a ``for``."""
    return any(scope.is_call(call, on_reverse) for call, _ in _headers(node))


def outside_blocks(body: list[Any], scope: Scope, leaves: tuple[type[Any], ...] = ()) -> Iterator[Any]:
    """All nodes but those of the blocks that run in the reverse sweep, which are differentiated nowhere.

    Inside of nodes of the classes in ``leaves`` it does not look.
    """
    pending = list(reversed(body))
    while pending:
        node = pending.pop()
        if not is_block(node, scope):
            yield node
            pending.extend([] if isinstance(node, leaves) else reversed(tree.children(node)))


def _headers(node: Any) -> list[tuple[Any, Any]]:
    """What a ``with`` enters, or a ``for`` runs over, each with what it binds."""
    if isinstance(node, gast.With):
        return [(item.context_expr, item.optional_vars) for item in node.items]
    return [(node.iter, node.target)] if isinstance(node, gast.For) else []


def only_inside(body: list[Any], namespace: Mapping[str, Any]) -> set[str]:
    """The names that are read in blocks and nowhere else."""
    scope = Scope(namespace, set())
    outside: set[str] = set()
    inside: set[str] = set()
    pending = list(body)
    while pending:
        node = pending.pop()
        if is_block(node, scope):
            outside |= tree.reads([header for header, _ in _headers(node)])
            inside |= tree.reads(node.body)
        else:
            outside |= {node.id} if isinstance(node, gast.Name) else set()
            pending.extend(tree.children(node))
    return inside - outside


# --- from `with` to one statement


def lifted(program: Program) -> Program:
    """The program with one statement for each block; raises where a block cannot be moved."""
    scope = Scope(program.namespace, set())
    if not any(is_block(node, scope) for node in tree.walk(program.function.body)):
        return program
    worker = _Lift(program, scope)
    made = program.with_body(worker.block(program.function.body, paused=False))
    _check_names(made)
    return _unnamed(made)


def _unnamed(program: Program) -> Program:
    """The program with other names for the adjoints in blocks, so that the adjoints themselves can have the user's."""
    blocks = [node for node in tree.walk_forward(program.function.body) if isinstance(node, tree.OnReverse)]
    given = {bar.id for block in blocks for bar in block.bars}
    names = {name: program.namer.fresh("adjoint") for name in sorted(given)}
    program.namer.release(given)
    return program.with_body(tree.renamed(program.function.body, names))


@dataclass(frozen=True)
class _Lift:
    program: Program
    scope: Scope

    def block(self, statements: list[Any], paused: bool) -> list[Any]:
        made: list[Any] = []
        for statement in statements:
            if is_block(statement, self.scope):
                if paused:
                    reason = "no derivative flows under pause(), so this block would never run"
                    raise self.refused(statement, reason, "put it outside of the paused block")
                made.append(self.lift(statement))
                continue
            inside = paused or (isinstance(statement, gast.With) and self.is_pause(statement))
            fields = {f: self.block(getattr(statement, f), inside) for f in _BLOCKS if getattr(statement, f, None)}
            made.append(tree.shallow(statement, **fields) if fields else statement)
        return made

    def is_pause(self, statement: Any) -> bool:
        contexts = [item.context_expr for item in statement.items]
        return any(isinstance(c, gast.Call) and self.scope.resolve(c.func) is modes.pause for c in contexts)

    def refused(self, node: Any, reason: str, hint: str) -> Exception:
        return refuse(node, self.program.source, reason, hint)

    def lift(self, statement: Any) -> Any:
        primals: list[Any] = []
        bars: list[Any] = []
        local = tree.parameters_of(self.program.function) | tree.writes(self.program.function.body)
        for call, target in _headers(statement):
            if not self.scope.is_call(call, on_reverse):
                raise self.refused(call, "on_reverse cannot be mixed with another context", "nest them")
            given, names = self.variables(call, local), self.names(target, len(call.args))
            if len(names) != len(given):
                reason = f"this names {len(names)} adjoints of {len(given)} variables"
                raise self.refused(target, reason, "with on_reverse(x, y) as (x_bar, y_bar): ...")
            primals += given
            bars += names
        for rest in getattr(statement, "orelse", []):
            raise self.refused(rest, "an on_reverse block cannot have an 'else'", "put these statements after it")
        self.check(statement.body, in_loop=False)
        return tree.at(tree.OnReverse(primals, bars, statement.body), statement)

    def variables(self, call: Any, local: set[str]) -> list[Any]:
        for node in [*call.args, *(k.value for k in call.keywords)]:
            if not isinstance(node, gast.Name) or node.id not in local:
                reason = "on_reverse is about variables of this function, which have adjoints"
                raise self.refused(node, reason, "give the value a name: h = ...; with on_reverse(h) as h_bar: ...")
        if call.keywords or not call.args:
            reason = "on_reverse takes variables by position, at least one"
            raise self.refused(call, reason, "with on_reverse(x) as x_bar: ...")
        if len({node.id for node in call.args}) < len(call.args):
            raise self.refused(call, "on_reverse is given one variable twice", "name each variable once")
        return list(call.args)

    def names(self, node: Any, count: int) -> list[Any]:
        if node is None:
            return [tree.target(self.program.namer.fresh("adjoint")) for _ in range(count)]
        parts = node.elts if isinstance(node, (gast.Tuple, gast.List)) and count > 1 else [node]
        for part in parts:
            if not isinstance(part, gast.Name):
                raise self.refused(part, "an adjoint is bound to a plain name", "with on_reverse(x) as x_bar: ...")
        return list(parts)

    def check(self, statements: list[Any], in_loop: bool) -> None:
        """Refuse what leaves the block, and what cannot be moved."""
        for node in _shallowly(statements):
            what = _FOREIGN.get(type(node).__name__)
            if isinstance(node, (gast.Break, gast.Continue)) and not in_loop:
                what = f"'{type(node).__name__.lower()}' out of it"
            if what is not None:
                reason = f"{what} in an on_reverse block cannot be moved to the reverse sweep"
                raise self.refused(node, reason, "use plain statements that end with the block")
            if is_block(node, self.scope):
                reason = "an on_reverse block cannot be inside another one"
                raise self.refused(node, reason, "name several variables: with on_reverse(x, y) as (x_bar, y_bar): ...")
            if isinstance(node, _LOOPS):
                self.check(node.body, in_loop=True)
                self.check(node.orelse, in_loop)


def _shallowly(statements: list[Any]) -> Iterator[Any]:
    """All nodes, but of loops what is inside them."""
    pending = list(reversed(statements))
    while pending:
        node = pending.pop()
        yield node
        fields = [node.target, node.iter] if isinstance(node, gast.For) else tree.children(node)
        pending.extend(reversed([node.test] if isinstance(node, gast.While) else fields))


def _check_names(program: Program) -> None:
    """Refuse a name that a block binds and that means something outside of the block."""
    body = program.function.body
    blocks = [node for node in tree.walk_forward(body) if isinstance(node, tree.OnReverse)]
    taken = tree.parameters_of(program.function)
    for node in tree.walk_forward(body):
        taken |= {node.id} if isinstance(node, gast.Name) else set()
    owned = [tree.writes(block) for block in blocks]
    for block, own in zip(blocks, owned, strict=True):
        taken |= tree.reads(block) - own
    for block in blocks:
        for node in tree.walk(block):
            if isinstance(node, gast.Name) and isinstance(node.ctx, gast.Store) and node.id in taken:
                reason = f"'{node.id}' is bound in an on_reverse block and used outside of it"
                hint = "the block runs in the reverse sweep only: use a name of its own in it"
                raise refuse(node, program.source, reason, hint)


_BLOCKS = ("body", "orelse")
