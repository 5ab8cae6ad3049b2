"""The bodies of functions that are values of a function, written out for a call."""

from __future__ import annotations

import types
from collections import Counter
from dataclasses import replace
from typing import Any

import gast

from srcgrad import tree
from srcgrad.analysis.binding import default_values
from srcgrad.analysis.given import Unnamed
from srcgrad.errors import refuse
from srcgrad.free_names import inner_functions, outer_names, uses
from srcgrad.method_names import is_only_called
from srcgrad.program import Program
from srcgrad.transforms.inlined import Read, WrittenOut, placed
from srcgrad.transforms.jumps import jumps
from srcgrad.transforms.local_values import (
    Local,
    as_function,
    decorators,
    is_attribute,
    is_only_read,
    own_nodes,
    renamed,
)
from srcgrad.transforms.parameters import given_to
from srcgrad.walks import LEAVES

_SCOPES = {*LEAVES, gast.FunctionDef, gast.Lambda}
_DEEPEST = 60  # functions written out in each other


class LocalBodies(WrittenOut):
    """Writes functions out: those that are ``known`` by a name, and others that get them.

    ``tuples`` and ``dicts`` say what is in ``*args`` and ``**kwargs``, ``counts`` how often a name is bound, ``shared``
    are names that inner functions bind as nonlocal, ``taken`` those that are bound outside of these, ``stack``
    the definitions that are being written out.
    """

    def __init__(self, program: Program, read: Read) -> None:
        super().__init__(program, frozenset(), read)
        self.known: dict[str, Local] = {}
        self.tuples: dict[str, list[Any]] = {}
        self.dicts: dict[str, list[tuple[str, Any]]] = {}
        self.counts: Counter[str] = Counter(tree.parameters_of(program.function))
        self.shared: set[str] = set()  # what inner functions bind as nonlocal
        self.cases: dict[str, tuple[str, list[Any]]] = {}  # of names that are one of several functions
        self.sites: dict[int, tuple[Any, str, int]] = {}  # where they get one
        self.methods: set[str] = set()  # names of attributes that are called, and nothing else
        self.stack: list[Any] = []
        self.turns = 0  # loops around what is written out
        self.certain: set[str] = set()  # what functions that have been written out return
        inner = inner_functions(program.function)
        within = {id(node) for one in inner for part in one.body for node in tree.walk(part)}
        stored = [node for node in tree.names(program.function.body, gast.Store) if id(node) not in within]
        self.taken = tree.parameters_of(program.function) | {node.id for node in stored}
        self.taken |= {use.name for use in uses(tree.copy(program.function))}

    def opened(self, body: list[Any]) -> None:
        """Note the functions that a body defines."""
        own = list(own_nodes(body, self.scope))
        inner = [node for node in own if isinstance(node, gast.FunctionDef)]
        bound = {
            name for node in own if isinstance(node, (gast.FunctionDef, gast.Lambda)) for name in outer_names(node)
        }
        self.counts.update(node.id for node in own if isinstance(node, gast.Name) and isinstance(node.ctx, gast.Store))
        self.counts.update([*(one.name for one in inner), *bound])
        self.shared |= bound
        self.scope.local.update(one.name for one in inner)
        for node in own:
            if isinstance(node, gast.FunctionDef) and self.counts[node.name] == 1 and not decorators(node, self.scope):
                self.known[node.name] = self.defined(node)
            name = tree.single_target(node)
            if name is not None and self.counts[name] == 1 and isinstance(node.value, gast.Lambda):
                self.known[name] = self.defined(as_function(node.value))
        for node in own:
            name = tree.single_target(node)
            if name is not None and is_attribute(node.value, self.scope) and is_only_called(name, body):
                self.methods.add(name)
        self.note_cases(own, {id(node.func) for node in tree.walk(body) if isinstance(node, gast.Call)})

    def note_cases(self, own: list[Any], called: set[int]) -> None:
        """Note the names that are one of several functions, if they are called and nothing else is done with them."""
        bindings: dict[str, list[Any]] = {}
        for node in own:
            name = node.name if isinstance(node, gast.FunctionDef) else tree.single_target(node)
            if name is not None and self.counts[name] > 1 and name not in self.cases:
                is_function = isinstance(node, gast.FunctionDef) or self.names_function(node.value)
                bindings.setdefault(name, []).append(node if is_function else None)
        as_values = {node.id for node in tree.names(own, gast.Load) if id(node) not in called} if bindings else set()
        for name, nodes in bindings.items():
            if None not in nodes and len(nodes) == self.counts[name] and name not in as_values:
                self.cases[name] = (self.fresh(f"{name}_case"), [self.named(name, node) for node in nodes])
                self.sites.update({id(node): (node, name, place) for place, node in enumerate(nodes)})

    def named(self, name: str, node: Any) -> Any:
        """The name of one of several functions that a name stands for, or how it is reached."""
        if not isinstance(node, gast.FunctionDef) and not isinstance(node.value, gast.Lambda):
            return node.value
        made = self.fresh(name)
        self.counts[made] = 1
        self.known[made] = self.defined(node if isinstance(node, gast.FunctionDef) else as_function(node.value))
        return tree.name(made)

    def names_function(self, node: Any) -> bool:
        """Whether an expression is a lambda, or the name of a function, from outside or of one that is known."""
        is_outside = self.is_global(node) and callable(self.scope.resolve(node))
        is_known = isinstance(node, gast.Name) and node.id in self.known
        return is_outside or is_known or isinstance(node, gast.Lambda)

    def case(self, statement: Any) -> list[Any]:
        """What remains where a name gets one of several functions: which one it is."""
        _, name, place = self.sites[id(statement)]
        tag, functions = self.cases[name]
        local = self.known.get(getattr(functions[place], "id", ""))
        held = [] if local is None else self.held_defaults(local, statement)
        return [*held, tree.assign(tag, tree.constant(place), statement)]

    def held_defaults(self, local: Local, like: Any) -> list[Any]:
        """The statements that evaluate a function's defaults."""
        values = tree.defaults_of(local.tree)
        held = [(node.id, values[n]) for n, node in local.defaults.items() if isinstance(node, gast.Name)]
        return [made for name, value in held for made in self.block([tree.assign(name, value, like)])]

    def chosen(self, call: Any) -> Any:
        """The call of one of several functions."""
        tag, functions = self.cases[call.func.id]
        calls = [tree.shallow(tree.copy(call), func=tree.copy(function)) for function in functions]
        made = calls[-1]
        for place in range(len(calls) - 2, -1, -1):
            test = gast.Compare(tree.name(tag), [gast.Eq()], [tree.constant(place)])
            made = gast.IfExp(test, calls[place], made)
        return tree.at(made, call)

    def defined(self, function: Any) -> Local:
        """A definition, with names for its defaults that are not constants."""
        defaults = tree.defaults_of(function)
        held = {n: v if isinstance(v, gast.Constant) else tree.name(self.fresh(n)) for n, v in defaults.items()}
        return Local(
            function, held, is_of_turn=bool(self.stack) or any(isinstance(v, gast.Name) for v in held.values())
        )

    def atom(self, node: Any, like: Any, before: list[Any]) -> Any:
        """A node that may be evaluated later, or again."""
        if isinstance(node, gast.Constant) or (isinstance(node, gast.Name) and node.id in self.known):
            return node
        held = self.fresh("part")
        self.counts[held] = 1
        before += self.statement(tree.assign(held, node, like))
        return tree.name(held)

    def is_active(self, local: Local) -> bool:
        """Whether a function is being written out already."""
        return any(local.tree is one for one in self.stack) or len(self.stack) > _DEEPEST

    def bound(self, local: Local, call: Any) -> dict[str, Any]:
        """What the parameters of a function get."""
        try:
            return given_to(local.tree.args, call, local.defaults)
        except TypeError as error:
            reason = f"the arguments do not fit the signature of '{local.tree.name}': {error}"
            raise refuse(call, self.program.source, reason) from None

    def body(self, function: Any, call: Any, like: Any) -> list[Any] | None:
        """The statements of a function that is called, and the expression that it returns."""
        local = function if isinstance(function, Local) else self.foreign(function)
        if local is None:
            return None
        if self.is_active(local):
            reason = f"'{local.tree.name}' calls itself, and is a value of the function or is given one"
            raise refuse(call, self.program.source, reason, "define it at module level, and pass it what it reads")
        given = self.bound(local, call)
        outer = outer_names(local.tree)
        bound = tree.writes(local.tree.body) | {one.name for one in inner_functions(local.tree)}
        own = sorted((bound | tree.parameters_of(local.tree)) - outer)
        kept = (self.program.user - self.taken - self.program.namespace.keys()) if local is function else set()
        names = {name: name if name in kept else self.fresh(name) for name in own}
        self.taken.update(names.values())
        self.counts.update(names[name] for name in given)
        body = renamed(local.tree.body, names)
        if local is not function:
            body = [placed(statement, like) for statement in body]
        before, constants = [], {}
        for name, node in given.items():
            if name not in bound and (isinstance(node, gast.Constant) or self.is_global(node)):
                constants[names[name]] = node
            else:
                before += self.parameter(names[name], node, name in bound, body, like)
        body = tree.substitute(body, constants)
        self.stack.append(local.tree)
        self.opened(body)
        if any(isinstance(node, gast.Try) for node in tree.walk(body, _SCOPES)):
            body = self.block(body)  # what is called in a `try` is attempted statement by statement
        made = self.block(self.with_one_return(local.tree, body))
        self.stack.pop()
        value = made.pop().value
        return [*before, *made, tree.constant(None) if value is None else value]

    def is_global(self, node: Any) -> bool:
        """Whether a node is a name, or a dotted path, from outside of the function."""
        path = tree.path_of(node)
        return path is not None and path.partition(".")[0] not in self.scope.local

    def parameter(self, name: str, node: Any, is_bound: bool, body: list[Any], like: Any) -> list[Any]:
        """The statements that give a parameter what it gets."""
        before: list[Any] = []
        if not is_bound and isinstance(node, gast.Tuple):
            node = tree.tuple_([self.atom(one, like, before) for one in node.elts])
            self.tuples[name] = list(node.elts)
        elif not is_bound and isinstance(node, gast.Dict) and all(k is not None for k in node.keys):
            keys = [self.scope.literal(key) for key in node.keys]
            node = gast.Dict(node.keys, [self.atom(one, like, before) for one in node.values])
            if all(isinstance(key, str) for key in keys) and is_only_read(name, body):
                self.dicts[name] = list(zip(keys, node.values, strict=True))
        self.scope.local.add(name)
        if not is_bound and is_attribute(node, self.scope) and is_only_called(name, body):
            self.methods.add(name)
        if isinstance(node, gast.Name) and node.id in self.known:
            makes = any(isinstance(one, (gast.FunctionDef, gast.Lambda)) for one in tree.walk(body))
            self.check_turn(self.known[node.id], like, makes)
            self.known[name] = self.known[node.id]
            return before
        return [*before, *self.statement(tree.assign(name, node, like))]

    def locals_of(self, name: str) -> list[Local]:
        """The definitions that a name stands for, or that it is one of."""
        if name in self.known:
            return [self.known[name]]
        functions = (getattr(function, "id", None) for function in self.cases[name][1])
        return [self.known[one] for one in functions if one in self.known]

    def check_turn(self, local: Local, like: Any, is_kept: bool = True) -> None:
        """Raise where a function could be kept for later turns of a loop, with what was evaluated in an earlier one."""
        if is_kept and local.is_of_turn and self.turns:
            reason = "a function that was made in a turn of a loop may be kept for later ones"
            raise refuse(like, self.program.source, reason, "keep the values that it reads, and call it with them")

    def with_one_return(self, function: Any, body: list[Any]) -> list[Any]:
        """A body of which the last statement is the only return."""
        body = _without_declarations(body)
        returns = [node for node in tree.walk(body, _SCOPES) if isinstance(node, gast.Return)]
        if len(returns) == 1 and returns[0] is body[-1]:
            return body
        program = replace(self.program, function=tree.shallow(function, body=body))
        made = jumps(program).function.body
        new = tree.writes(made)
        self.certain |= tree.reads(made[-1:]) - tree.identifiers(body)
        self.counts.update([node.id for node in tree.names(made, gast.Store) if node.id not in self.counts])
        self.scope.local |= new
        returned = getattr(made[-1].value, "id", None)
        own = [node for node in own_nodes(made[:-1], self.scope) if tree.single_target(node) == returned]
        self.note_cases(own, set())
        return list(made)

    def foreign(self, function: types.FunctionType) -> Local | None:
        """A function of the user's with its globals as this one's."""
        program = self.read(function, self.program)
        if program is None:
            return None
        defaults = {name: self.argument(Unnamed(value), name) for name, value in default_values(function).items()}
        return Local(program.function, {n: v for n, v in defaults.items() if v is not None})


def _without_declarations(body: list[Any]) -> list[Any]:
    """A body without ``nonlocal``, but for those of functions inside of it."""
    kept = [statement for statement in body if not isinstance(statement, gast.Nonlocal)]
    inside = [s if isinstance(s, gast.FunctionDef) else tree.with_blocks(s, _without_declarations) for s in kept]
    return inside or ([gast.Pass()] if body else [])
