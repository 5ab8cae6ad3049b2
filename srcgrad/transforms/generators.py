"""Run through generators where they are called: a loop over one becomes a call in which each ``yield`` is a turn.

>>> from srcgrad.transforms.examples import show
>>> print(show(generators, '''
... def f(x):
...     def squares(n):
...         for i in range(n):
...             yield x[i] ** 2
...     total = 1.0
...     for v in squares(3):
...         if v > 9.0:
...             break
...         total = total * v
...     return total
... '''))
def f(x):
    total = 1.0
<BLANKLINE>
    def squares_2(n_2):
        nonlocal total, v
        for i_2 in range(n_2):
            v = x[i_2] ** 2
            if v > 9.0:
                return 1
            total = total * v
        return 0
<BLANKLINE>
    ending = squares_2(3)
    return total

What else takes all that a generator gives, as ``sum`` does, gets a list of it.
"""

from __future__ import annotations

import builtins
import inspect
import types
from collections import Counter
from collections.abc import Callable, Set
from typing import Any

import gast

from srcgrad import tree
from srcgrad.analysis.effects import is_pure
from srcgrad.analysis.scope import Scope
from srcgrad.errors import refuse
from srcgrad.free_names import inner_functions, outer_names
from srcgrad.program import Program
from srcgrad.transforms.inlined import Read
from srcgrad.transforms.local_values import renamed
from srcgrad.transforms.surgery import is_block
from srcgrad.walks import LEAVES

_OWN = {*LEAVES, gast.FunctionDef, gast.Lambda}
_YIELDS = (gast.Yield, gast.YieldFrom)
_TAKING = (builtins.sum, builtins.list, builtins.tuple, builtins.sorted, builtins.max, builtins.min, builtins.set)
_MOST_YIELDS = 8  # each gets the whole body of the loop
_DEEPEST = 3  # loops over one generator in each other
_ENDED, _BROKEN, _RETURNED = 0, 1, 2
_HINT = "run through it in a 'for' loop, or collect the values in a list and return that"


def generators(program: Program, read: Read = lambda function, program: None) -> Program:
    """Return the program without generators; ``read`` reads functions from outside."""
    within = [node for node in tree.walk(program.function) if isinstance(node, (gast.FunctionDef, gast.Lambda))]
    parameters = {name for node in within for name in tree.parameters_of(node)}  # those inside hide globals, too
    scope = Scope(program.namespace, parameters | tree.writes(program.function.body))
    functions = inner_functions(program.function)
    bound = Counter(
        [*(node.id for node in tree.names(program.function.body, gast.Store)), *(f.name for f in functions)]
    )
    inner = {f.name: f for f in functions if _yields(f) and not f.decorator_list and bound[f.name] == 1}
    calls = [node for node in tree.walk(program.function.body) if isinstance(node, gast.Call)]
    if not any(map(_yields, functions)) and not any(_is_generator(scope.resolve(call.func)) for call in calls):
        return program
    worker = _Generators(program, scope, inner, read)
    body = worker.block(program.function.body)
    left = _loads(_without(body, inner.keys()))
    while more := {name for f in inner.values() if f.name in left for name in _loads(f.body)} - left:
        left |= more
    made = program.with_body(_without(body, inner.keys() - left))
    check_yields(made)
    return made


def check_yields(program: Program) -> None:
    """Raise where a generator is left."""
    for node in tree.walk(program.function.body):
        if isinstance(node, _YIELDS):
            raise refuse(node, program.source, "a generator that is kept cannot be differentiated", _HINT)


def _without(body: list[Any], names: Set[str]) -> list[Any]:
    """Statements without the definitions of some functions."""
    kept = [one for one in body if not (isinstance(one, gast.FunctionDef) and one.name in names)]
    made = [tree.with_blocks(one, lambda block: _without(block, names)) for one in kept]
    return made or ([gast.Pass()] if body else [])


def _loads(body: list[Any]) -> set[str]:
    return {node.id for node in tree.names(body, gast.Load)}


def _yields(function: Any) -> bool:
    """Whether a definition is one of a generator."""
    return any(isinstance(node, _YIELDS) for node in tree.walk(function.body, _OWN))


def _is_generator(function: Any) -> bool:
    return isinstance(function, types.FunctionType) and inspect.isgeneratorfunction(function)


class _Generators:
    def __init__(self, program: Program, scope: Scope, inner: dict[str, Any], read: Read) -> None:
        self.program = program
        self.scope = scope
        self.inner = inner
        self.read = read
        self.foreign: dict[int, Any] = {}
        self.stack: list[Any] = []

    def block(self, statements: list[Any]) -> list[Any]:
        return [made for statement in statements for made in self.statement(statement)]

    def statement(self, statement: Any) -> list[Any]:
        if is_block(statement, self.scope):
            return [statement]
        if isinstance(statement, gast.FunctionDef):
            body = statement.body if statement.name in self.inner else self.block(statement.body)
            return [tree.shallow(statement, body=body)]
        if isinstance(statement, gast.For):
            counted = self.counted(statement.iter)
            call = statement.iter if counted is None else statement.iter.args[0]
            if (found := self.definition(call)) is not None:
                return self.loop(statement, call, found, counted)
        before: list[Any] = []
        for field in ("value", "test", "iter"):
            if isinstance(node := getattr(statement, field, None), gast.AST):
                statement = tree.shallow(statement, **{field: self.taken(node, before)})
        return [*before, tree.with_blocks(statement, self.block)]

    def counted(self, node: Any) -> Any:
        """Where ``enumerate`` starts to count; None of any other expression, or if that has to be evaluated."""
        if not isinstance(node, gast.Call) or self.scope.resolve(node.func) is not enumerate or not node.args:
            return None
        given = [*node.args[1:], *(keyword.value for keyword in node.keywords), tree.constant(0)]
        return given[0] if isinstance(given[0], (gast.Name, gast.Constant)) else None

    def definition(self, call: Any) -> Any:
        """The definition of a generator that is called; None for any other expression."""
        if not isinstance(call, gast.Call):
            return None
        if isinstance(call.func, gast.Name) and call.func.id in self.inner:
            return self.inner[call.func.id]
        function = self.scope.resolve(call.func)
        if not _is_generator(function):
            return None
        if id(function) not in self.foreign:
            program = self.read(function, self.program)
            if program is None:
                return None
            self.foreign[id(function)] = program.function
        return self.foreign[id(function)]

    def apart(self, function: Any) -> Any:
        """A generator with names of its own: those of the loops that run through it are in one function with them."""
        made = tree.copy(function)
        for parameter in tree.parameter_nodes(made):
            parameter.type_comment = parameter.type_comment or parameter.id
        own = tree.parameters_of(made) | tree.writes(made.body) | {one.name for one in inner_functions(made)}
        names = {name: self.program.namer.fresh(name) for name in sorted(own - outer_names(made))}
        return tree.shallow(made, args=tree.renamed(made.args, names), body=renamed(made.body, names))

    def checked(self, found: Any, call: Any) -> Any:
        """A generator with names of its own, if it can be run through in the place of its call."""
        own = list(tree.walk(found.body, _OWN))
        expressions = {id(node.value) for node in own if isinstance(node, gast.Expr)}
        yields = [node for node in own if isinstance(node, _YIELDS)]
        within = [node for node in own if isinstance(node, (gast.Try, gast.With))]
        kept = {id(one) for block in within for one in tree.walk(block, _OWN)}
        if sum(found is one for one in self.stack) > _DEEPEST:
            reason = f"the generator '{found.name}' runs through itself"
        elif any(id(node) not in expressions for node in yields):
            reason = f"the generator '{found.name}' asks for values that are sent to it"
        elif any(id(node) in kept for node in yields):
            reason = f"the generator '{found.name}' has a 'yield' inside of 'try' or 'with'"
        elif len(yields) > _MOST_YIELDS or not all(
            isinstance(one, gast.Constant) for one in tree.defaults_of(found).values()
        ):
            reason = f"the generator '{found.name}' has too many yields, or defaults that are no constants"
        else:
            return self.apart(found)
        raise refuse(call, self.program.source, f"{reason}, which cannot be differentiated", _HINT)

    def made(self, found: Any, own: Any, name: str, body: list[Any], outer: list[str], like: Any) -> Any:
        """An ordinary function that does what a generator does, and a body in the place of each ``yield``."""
        declared = [tree.at(gast.Nonlocal(outer), like)] if outer else []
        function = tree.shallow(own, name=name, body=[*declared, *body], decorator_list=[])
        self.stack.append(found)
        function.body = self.block(function.body)
        self.stack.pop()
        return function

    def loop(self, loop: Any, call: Any, found: Any, counted: Any) -> list[Any]:
        """A loop over a generator: its body is the turn that each ``yield`` makes."""
        namer = self.program.namer
        whole = self.checked(found, call)
        name, result = namer.fresh(found.name), namer.temporary("result")
        count = "" if counted is None else namer.temporary("count")
        turn = _Turn(loop, result, count, namer.temporary("once"))
        outer = tree.writes([loop.target, *loop.body]) | ({result} if turn.returns else set()) | ({count} - {""})
        end = tree.return_(tree.constant(_ENDED), loop)
        body = [*_replaced(whole.body, turn.made, end, namer.temporary("item")), end]
        function = self.made(found, whole, name, body, sorted(outer), loop)
        called = tree.at(tree.shallow(call, func=tree.name(name)), call)
        before = [] if counted is None else [tree.assign(count, counted, loop)]
        return [*before, function, *self.ended(loop, turn, called)]

    def ended(self, loop: Any, turn: _Turn, called: Any) -> list[Any]:
        """The call that stands for a loop, and what comes after it."""
        if not turn.leaves:
            return [tree.expression(called, loop), *self.block(loop.orelse)]
        ending = self.program.namer.temporary("ending")
        made = [tree.assign(ending, called, loop)]
        if turn.returns:
            test = gast.Compare(tree.name(ending), [gast.Eq()], [tree.constant(_RETURNED)])
            made.append(tree.if_(test, [tree.return_(tree.name(turn.result), loop)], [], loop))
        if loop.orelse:
            test = gast.Compare(tree.name(ending), [gast.Eq()], [tree.constant(_ENDED)])
            made.append(tree.if_(test, self.block(loop.orelse), [], loop))
        return made

    def taken(self, node: Any, before: list[Any]) -> Any:
        """An expression with lists in the place of generators of which all is taken at once."""

        def change(one: Any, clone: Any) -> Any:
            if isinstance(one, gast.Call) and self.is_all_taken(one):
                return tree.shallow(clone, args=[self.listed(clone.args[0], before), *clone.args[1:]])
            if isinstance(one, (gast.ListComp, gast.GeneratorExp)) and self.is_quiet(one):
                first = tree.shallow(clone.generators[0], iter=self.listed(clone.generators[0].iter, before))
                return tree.shallow(clone, generators=[first, *clone.generators[1:]])
            return clone

        return tree.remade(node, change)

    def is_quiet(self, comprehension: Any) -> bool:
        """Whether what a comprehension does in its turns has no effect, so that a generator may end before."""
        first, *others = comprehension.generators
        return is_pure([comprehension.elt, *first.ifs, *others], self.scope)

    def is_all_taken(self, call: Any) -> bool:
        """Whether a call takes all that its first argument gives before it does anything else."""
        if not call.args or not any(self.scope.resolve(call.func) is one for one in _TAKING):
            return False
        others = [*call.args[1:], *(k.value for k in call.keywords)]
        is_sorting = self.scope.resolve(call.func) is sorted
        return all(isinstance(one, gast.Constant) or (is_sorting and isinstance(one, gast.Lambda)) for one in others)

    def listed(self, call: Any, before: list[Any]) -> Any:
        """The list of what a generator gives, in the place of its call; any other expression as it is."""
        found = self.definition(call)
        if found is None:
            return call
        name, items = self.program.namer.fresh(found.name), self.program.namer.temporary("items")
        append = tree.attribute(tree.name(items), "append")
        end = tree.return_(tree.name(items), call)

        def appended(value: Any) -> list[Any]:
            return [tree.expression(tree.call(tree.copy(append), value), call)]

        own = self.checked(found, call)
        body = _replaced(own.body, appended, end, self.program.namer.temporary("item"))
        before.append(self.made(found, own, name, [tree.assign(items, tree.list_([]), call), *body, end], [], call))
        return tree.shallow(call, func=tree.name(name))


class _Turn:
    """What a loop does in a turn, as a part of a function that is left where the loop is."""

    def __init__(self, loop: Any, result: str, count: str, once: str) -> None:
        self.loop = loop
        self.result = result
        self.count = count
        self.once = once
        jumps = list(_jumps(loop.body))
        self.returns = any(isinstance(node, gast.Return) for node in jumps)
        self.leaves = self.returns or any(isinstance(node, gast.Break) for node in jumps)
        self.skips = any(isinstance(node, gast.Continue) for node in jumps)

    def made(self, value: Any) -> list[Any]:
        first = [tree.at(gast.Assign([tree.copy(self.loop.target)], value, None), self.loop)]
        if self.count:
            pair = tree.tuple_([tree.name(self.count), value])
            more = tree.binary(tree.name(self.count), "+", tree.constant(1))
            first = [tree.at(gast.Assign([tree.copy(self.loop.target)], pair, None), self.loop)]
            first.append(tree.assign(self.count, more, self.loop))
        body = [self.left(statement, False) for statement in tree.copy(self.loop.body)]
        flat = [one for part in body for one in part]
        if self.skips:  # `continue` ends the turn
            once = tree.target(self.once)
            flat = [tree.at(gast.For(once, tree.tuple_([tree.constant(0)]), flat, [], None), self.loop)]
        return [*first, *flat]

    def left(self, statement: Any, inside: bool) -> list[Any]:
        if isinstance(statement, gast.Break) and not inside:
            return [tree.return_(tree.constant(_BROKEN), statement)]
        if isinstance(statement, gast.Return):
            value = tree.constant(None) if statement.value is None else statement.value
            return [
                tree.assign(self.result, value, statement),
                tree.return_(tree.constant(_RETURNED), statement),
            ]
        if isinstance(statement, gast.FunctionDef):
            return [statement]
        inner = inside or isinstance(statement, (gast.For, gast.While))

        def blocks(block: list[Any]) -> list[Any]:
            is_else = inner and not inside and block is getattr(statement, "orelse", None)
            return [made for one in block for made in self.left(one, inside if is_else else inner)]

        return [tree.with_blocks(statement, blocks)]


def _jumps(body: list[Any], inside: bool = False) -> list[Any]:
    """What leaves the turn of a loop: not what leaves the loops in it."""
    found: list[Any] = []
    for statement in body:
        if isinstance(statement, gast.Return) or (isinstance(statement, (gast.Break, gast.Continue)) and not inside):
            found.append(statement)
        if isinstance(statement, gast.FunctionDef):
            continue
        is_loop = isinstance(statement, (gast.For, gast.While))
        for block in tree.blocks(statement):
            own = inside or (is_loop and block is statement.body)
            found += _jumps(block, own)
    return found


def _replaced(body: list[Any], made: Callable[[Any], list[Any]], end: Any, item: str) -> list[Any]:
    """The body of a generator with other statements for each ``yield``, and ``end`` for each ``return``."""
    found: list[Any] = []
    for statement in tree.copy(body):
        value = statement.value if isinstance(statement, gast.Expr) else None
        if isinstance(value, gast.Yield):
            found += made(tree.constant(None) if value.value is None else value.value)
        elif isinstance(value, gast.YieldFrom):
            found.append(tree.at(gast.For(tree.target(item), value.value, made(tree.name(item)), [], None), statement))
        elif isinstance(statement, gast.Return):
            found += [] if statement.value is None else [tree.expression(statement.value, statement)]
            found.append(tree.copy(end))
        elif isinstance(statement, gast.FunctionDef):
            found.append(statement)
        else:
            found.append(tree.with_blocks(statement, lambda block: _replaced(block, made, end, item)))
    return found
