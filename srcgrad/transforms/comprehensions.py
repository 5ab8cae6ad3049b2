"""Comprehensions become loops that fill a list or a dict: in generated code all lists, else those with a derivative.

>>> from srcgrad.transforms.examples import show_generated
>>> print(show_generated(lambda function, externals: comprehensions(function), '''
... def f(x, a):
...     y = np.array([a @ x_k for x_k in x]) if len(a) else x
...     return y
... '''))
def f(x, a):
    if len(a):
        items = []
        for x_k_2 in x:
            items.append(a @ x_k_2)
        y = np.array(items)
    else:
        y = x
    return y

What a comprehension binds gets names of its own, as it is bound in there only.  Where an expression may not be
evaluated at all (inside ``and``, ``or``, a lambda, the test of a ``while``) comprehensions stay: what comes before the
statement always is.
"""

from __future__ import annotations

import math
import types
from typing import Any

import gast

from srcgrad import tree
from srcgrad.analysis.activity import activity, is_active
from srcgrad.analysis.inference import CalleeKind, Inference
from srcgrad.analysis.kinds import Array
from srcgrad.analysis.order import LAZY
from srcgrad.analysis.places import Place, place_of
from srcgrad.analysis.reads import is_of_keys
from srcgrad.analysis.scope import MISSING, Scope
from srcgrad.analysis.summaries import aliases_in
from srcgrad.equivalents import BY_KEY, EQUIVALENTS
from srcgrad.names import Namer
from srcgrad.program import Program

_CONSUMERS = (sum, min, max, list, tuple, sorted, math.fsum, math.prod)  # they ask for all elements, and change nothing
_FIELDS = ("value", "test", "iter")  # what a statement evaluates once, before anything else that it does


def comprehensions(function: Any) -> Any:
    """A generated function without list comprehensions, but for those that are not always evaluated."""
    return tree.shallow(function, body=_Lift(Namer(tree.identifiers(function))).block(function.body))


def as_loop(node: Any, items: str, key: str = "key") -> list[Any]:
    """The statements that give what a comprehension makes the name ``items``; ``key`` is for those of a dict.

    >>> from srcgrad.writer import to_text
    >>> print(to_text(as_loop(gast.parse("[[a * b for b in y if b] for a in x]").body[0].value, "rows")).strip())
    rows = []
    for a in x:
        rows.append([a * b for b in y if b])
    """
    holder = tree.name(items)
    if isinstance(node, gast.DictComp):  # the key is evaluated first
        left = tree.at(tree.subscript(holder, tree.name(key), store=True), node)
        body = [tree.assign(key, node.key, node), tree.at(gast.Assign([left], node.value, None), node)]
    else:
        body = [tree.expression(tree.call(tree.attribute(holder, "append"), node.elt), node)]
    for generator in reversed(node.generators):
        for test in reversed(generator.ifs):
            body = [tree.if_(test, body, [], node)]
        body = [tree.for_(generator.target, generator.iter, body, node)]
    empty = gast.Dict([], []) if isinstance(node, gast.DictComp) else tree.list_([])
    return [tree.assign(items, empty, node), *body]


def consumed_by(call: Any, scope: Scope) -> Any:
    """The generator expression that a call runs through at once, as it would through a list; None if there is none."""
    if not isinstance(call, gast.Call) or not call.args or not isinstance(call.args[0], gast.GeneratorExp):
        return None
    return call.args[0] if is_consumer(scope.resolve(call.func)) else None


def is_consumer(function: Any) -> bool:
    """Whether a function runs through its first argument at once."""
    return any(function is one for one in _CONSUMERS)


def followed_comprehensions(program: Program, scope: Scope, callee_kind: CalleeKind) -> frozenset[Place]:
    """Where comprehensions stand, and lists of arrays, in what a derivative flows through, which are to be loops.

    One may do so later where something is stored in what a comprehension makes.
    """
    values: dict[Place, list[Any]] = {}

    def is_array(node: Any) -> bool:
        return isinstance(Inference(scope, callee_kind).kind(node), Array)

    for node in tree.walk_forward(program.function.body):
        one = node if isinstance(node, (gast.ListComp, gast.DictComp)) else consumed_by(node, scope)
        one = node.iter if runs_over_generator(node) else one
        if equivalent(node, scope) is not None and not is_of_keys(node, scope):
            values.setdefault(place_of(node), []).extend(node.args)
        if is_list_of(node, scope) and (is_array(node.args[0]) or paired(node.args[0], scope) is not None):
            one, value = node, node.args[0]
        else:
            value = one.value if isinstance(one, gast.DictComp) else getattr(one, "elt", None)
        if value is not None:
            values.setdefault(place_of(one), []).append(value)
    if not values:
        return frozenset()
    varied = activity(program, scope).varied
    filled = _filled(program, scope)
    return frozenset(p for p, held in values.items() if p in filled or any(is_active(v, scope, varied) for v in held))


def _filled(program: Program, scope: Scope) -> set[Place]:
    """Where comprehensions stand that make what something is stored in."""
    body = program.function.body
    made = {name: node.value for node in tree.walk(body) if (name := tree.single_target(node)) is not None}
    made = {name: value for name, value in made.items() if isinstance(value, (gast.ListComp, gast.DictComp))}
    if not made:
        return set()
    aliases = aliases_in(program.function, scope)
    changed: set[str] = set()
    for node in tree.walk(body):
        if (target := tree.stored(node)) is not None:
            changed |= aliases.sources(target.value)
        elif isinstance(node, gast.Call):
            changed |= aliases.changed_by(aliases.effect(node))
    changed = {name for key in changed for name in aliases.together(key)}
    return {place_of(value) for name, value in made.items() if name in changed}


def runs_over_generator(node: Any) -> bool:
    """Whether a node is a loop over one generator expression, which is a loop over what that runs over."""
    if not isinstance(node, gast.For) or not isinstance(node.iter, gast.GeneratorExp) or len(node.iter.generators) > 1:
        return False
    targets = node.target.elts if isinstance(node.target, gast.Tuple) else [node.target]
    return all(isinstance(one, gast.Name) for one in targets)


def without_generator(loop: Any) -> Any:
    """``for y in (g(x) for x in z if x):`` as ``for x in z: if x: y = g(x); ...``."""
    generator = loop.iter.generators[0]
    body = [tree.at(gast.Assign([loop.target], loop.iter.elt, None), loop.iter), *loop.body]
    for test in reversed(generator.ifs):
        body = [tree.if_(test, body, [], loop.iter)]
    return tree.shallow(loop, target=generator.target, iter=generator.iter, body=body)


def paired(node: Any, scope: Scope) -> int | None:
    """How many elements each item has that ``zip`` or ``enumerate`` yields; None of anything else."""
    is_plain = isinstance(node, gast.Call) and node.args and not any(isinstance(a, gast.Starred) for a in node.args)
    function = scope.resolve(node.func) if is_plain else None
    return len(node.args) if function is zip else 2 if function is enumerate else None


def is_list_of(node: Any, scope: Scope) -> bool:
    """Whether a node is a call ``list(x)``, which is ``[item for item in x]``."""
    is_plain = isinstance(node, gast.Call) and len(node.args) == 1 and not node.keywords
    return is_plain and scope.resolve(node.func) is list and not isinstance(node.args[0], (*LAZY, gast.Starred))


def equivalent(node: Any, scope: Scope) -> types.FunctionType | None:
    """The function that does the same as the one that is called, if that is written out where it is differentiated."""
    function = scope.resolve(node.func) if isinstance(node, gast.Call) else MISSING
    by_key = isinstance(node, gast.Call) and len(node.args) == 1 and [k.arg for k in node.keywords] == ["key"]
    programs = EQUIVALENTS | BY_KEY if by_key else EQUIVALENTS
    return next((program for primitive, program in programs.items() if function is primitive), None)


class _Lift:
    def __init__(self, namer: Namer) -> None:
        self.namer = namer

    def block(self, statements: list[Any]) -> list[Any]:
        made: list[Any] = []
        for statement in statements:
            made += self.statement(statement)
        return made

    def statement(self, statement: Any) -> list[Any]:
        """The statements for one, the last of which is what is left of it."""
        clone = tree.shallow(statement)
        for field in ("body", "orelse"):
            if isinstance(inner := getattr(clone, field, None), list):
                setattr(clone, field, self.block(inner))
        if isinstance(clone, gast.While):
            return [clone]
        value = getattr(clone, "value", None)
        if isinstance(clone, gast.Assign) and isinstance(value, gast.IfExp) and _first(value) is not None:
            body, orelse = (self.statement(tree.shallow(clone, value=side)) for side in (value.body, value.orelse))
            return self.statement(tree.if_(value.test, body, orelse, clone))
        before: list[Any] = []
        for field in _FIELDS:
            if isinstance(inner := getattr(clone, field, None), gast.AST):
                setattr(clone, field, self.lifted(inner, before, tree.single_target(clone)))
        if (name := tree.single_target(clone)) is not None and isinstance(clone.value, gast.Name):
            return before if clone.value.id == name and before else [*before, clone]
        return [*before, clone]

    def lifted(self, node: Any, before: list[Any], wish: str | None = None) -> Any:
        """An expression without comprehensions; ``before`` gets the loops that make their lists."""
        if isinstance(node, (gast.BoolOp, gast.Lambda, gast.GeneratorExp, gast.SetComp, gast.DictComp)):
            return node
        if isinstance(node, gast.IfExp):
            if _first(node) is None:
                return node
            name = self.namer.fresh("chosen")
            before += self.statement(tree.assign(name, node, node))
            return tree.name(name)
        if not _is_simple(node):
            return tree.rebuilt(node, lambda inner: self.in_child(inner, before))
        generator = node.generators[0]
        names = {name: self.namer.fresh(name) for name in sorted(tree.writes(generator.target))}
        items = self.namer.fresh("items") if wish is None or wish in tree.reads(node) else wish
        iterable = self.lifted(generator.iter, before)
        one = gast.comprehension(tree.renamed(generator.target, names), iterable, [], 0)
        start, loop = as_loop(tree.at(gast.ListComp(tree.renamed(node.elt, names), [one]), node), items)
        before += [start, *self.statement(loop)]
        return tree.name(items)

    def in_child(self, node: Any, before: list[Any]) -> Any:
        if isinstance(node, list):
            return [self.in_child(item, before) for item in node]
        return self.lifted(node, before) if isinstance(node, gast.AST) else node


def _is_simple(node: Any) -> bool:
    """Whether a node is a list comprehension with one loop and no condition, over names."""
    if not isinstance(node, gast.ListComp) or len(node.generators) != 1:
        return False
    generator = node.generators[0]
    names = generator.target.elts if isinstance(generator.target, gast.Tuple) else [generator.target]
    return not generator.ifs and not generator.is_async and all(isinstance(one, gast.Name) for one in names)


def _first(node: Any) -> Any:
    return next((one for one in tree.walk(node) if _is_simple(one)), None)
