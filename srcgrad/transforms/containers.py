"""Methods of lists become stores to slices of them, where a derivative reaches what they hold.

>>> from srcgrad.transforms.examples import show
>>> print(show(containers, '''
... def f(x):
...     items = [x]
...     items.append(x * x)
...     last = items.pop()
...     items.insert(0, last)
...     return items
... ''', kinds=True))
def f(x):
    items = [x]
    items[len(items) :] = [x * x]
    last = items[-1]
    items[-1:] = []
    items[0:0] = [last]
    return items
"""

from __future__ import annotations

import functools
from typing import Any

import gast

from srcgrad import contents, tree
from srcgrad.analysis.activity import activity
from srcgrad.analysis.aliases import Aliases
from srcgrad.analysis.inference import CalleeKind, Inference
from srcgrad.analysis.kinds import INT, Array, Mapping, Scalar, Sequence, is_dict, is_tuple
from srcgrad.analysis.order import LAZY, first_of, made_first
from srcgrad.analysis.reads import real_reads
from srcgrad.analysis.scope import Scope
from srcgrad.analysis.summaries import aliases_of
from srcgrad.errors import refuse
from srcgrad.program import Program
from srcgrad.transforms import dicts

_LONGEST = 20  # elements that a multiple of a display is written out with
_METHODS = ("append", "extend", "insert", "pop", "remove", "clear", "reverse")


def containers(program: Program, scope: Scope, callee_kind: CalleeKind) -> Program:
    """Rewrite what changes the length or the order of a list of values that are differentiated."""
    worker = _Containers(program, scope, callee_kind)
    body = worker.block(program.function.body)
    return program.with_body(body) if worker.has_changed else program


class _Containers:
    def __init__(self, program: Program, scope: Scope, callee_kind: CalleeKind) -> None:
        self.program = program
        self.scope = scope
        self.kind = Inference(scope, callee_kind).kind
        self.dicts = dicts.Dicts(self)
        self.has_changed = False

    @functools.cached_property
    def aliases(self) -> Aliases:
        return aliases_of(self.program.function, self.scope)

    @functools.cached_property
    def varied(self) -> frozenset[str]:
        return activity(self.program, self.scope).varied

    # --- what is rewritten

    def is_list(self, node: Any) -> bool:
        kind = self.kind(node)
        return isinstance(kind, Sequence) and kind.type is list

    def is_dict(self, node: Any) -> bool:
        return is_dict(self.kind(node))

    def method(self, node: Any) -> str:
        """The method of a list or a dict that is called, an empty text for any other node."""
        if not isinstance(node, gast.Call) or not isinstance(node.func, gast.Attribute):
            return ""
        if any(isinstance(a, gast.Starred) for a in node.args) or not all(k.arg for k in node.keywords):
            return ""
        is_one = node.func.attr in _METHODS and not node.keywords and self.is_list(node.func.value)
        is_other = node.func.attr in dicts.METHODS and self.is_dict(node.func.value)
        return str(node.func.attr) if is_one or is_other else ""

    def is_extended(self, statement: Any) -> bool:
        """Whether a statement is what ``items += more``, or ``d |= more``, has become."""
        name = tree.single_target(statement)
        if name not in self.program.inplace or not isinstance(statement.value, gast.BinOp):
            return False
        op, left = statement.value.op, statement.value.left
        return (isinstance(op, gast.Add) and self.is_list(left)) or (isinstance(op, gast.BitOr) and self.is_dict(left))

    def is_followed(self, node: Any, base: Any) -> bool:
        """Whether a derivative reaches a list of the function's own, or what is put in it."""
        keys = {other for key in self.aliases.sources(base) for other in self.aliases.together(key)}
        if any(self.aliases.is_outside(key) for key in keys):
            return False
        return not self.varied.isdisjoint(keys | real_reads(node, self.scope))

    # --- statements

    def block(self, statements: list[Any]) -> list[Any]:
        return [made for statement in statements for made in self.statement(statement)]

    def statement(self, statement: Any) -> list[Any]:
        if isinstance(statement, tree.OnReverse):
            return [statement]
        if isinstance(statement, gast.For):
            return self.loop(statement)
        if tree.blocks(statement):
            return [tree.with_blocks(statement, self.block)]
        if isinstance(statement, gast.AugAssign) and self.is_array_in_list(statement.target):
            return self.updated(statement)
        if self.is_extended(statement) and self.is_followed(statement.value, statement.value.left):
            value = statement.value
            bound = tree.assign(str(tree.single_target(statement)), value.left, statement)
            self.has_changed = True
            if self.is_dict(value.left):
                return [*self.dicts.included(value.left, value.right, statement), bound]
            return [*self.changed("extend", value.left, [value.right], statement, None), bound]
        before: list[Any] = []
        plain = self.made_new(statement, statement, before)
        return [*before, *self.with_method(plain)]

    def loop(self, loop: Any) -> list[Any]:
        """A loop over what a list holds then, or over the keys of a dict."""
        made: list[Any] = []
        over = loop.iter
        views = isinstance(over, gast.Call) and isinstance(over.func, gast.Attribute) and not over.args
        is_view = views and over.func.attr in ("items", "values", "keys") and self.is_dict(over.func.value)
        if is_view and self.is_followed(over, over.func.value):
            loop = self.dicts.loop(loop, self.named(over.func.value, "part", loop, made)) or loop
            self.has_changed = True
        grown = self.grown(loop)
        clone = tree.with_blocks(loop, self.block)
        clone.iter = self.made_new(clone.iter, loop, made)
        checking = self.program.external(contents.check_length, "check_length") if grown else ""
        after = []
        for name in grown:  # first in a turn: its end binds what the loop carries, and leaves it
            count = self.temporary("count", INT)
            made.append(tree.assign(count, tree.call(self.program.builtin(len), tree.name(name)), loop))
            check = tree.call(checking, tree.name(name), tree.name(count))
            clone.body = [tree.expression(check, loop), *clone.body]
            after.append(tree.expression(tree.copy(check), loop))
        return [*made, clone, *after]

    def with_method(self, statement: Any) -> list[Any]:
        """The statements for one that may call a method of a list."""
        calls = [n for n in tree.walk(statement) if self.method(n) and self.is_followed(n, n.func.value)]
        if not calls:
            return [statement]
        value = getattr(statement, "value", None)
        call: Any = calls[0] if value is None else first_of(value, calls)
        before: list[Any] = []
        if value is not None and value is call:
            base = self.named(call.func.value, "part", statement, before)
            if isinstance(statement, gast.Expr):
                return [*before, *self.called(call, base, statement, None)]
            if (name := tree.single_target(statement)) is not None:
                return [*before, *self.called(call, base, statement, name)]
        held = self.temporary("item", self.kind(call))
        rest = (
            None
            if value is None
            else made_first(value, call, tree.name(held), functools.partial(self.held, statement, before))
        )
        if rest is None or self.is_read_before(statement, call):
            reason = f"'{call.func.attr}' changes a list in the middle of an expression"
            raise refuse(call, self.program.source, reason, "write it as a statement of its own")
        base = self.named(call.func.value, "part", statement, before)
        made = self.called(call, base, statement, held)
        return [*before, *made, *self.with_method(tree.shallow(statement, value=rest))]

    def held(self, like: Any, before: list[Any], node: Any) -> Any:
        """A name for what is evaluated before a call."""
        made = self.temporary("part", self.kind(node))
        before.append(tree.assign(made, node, like))
        return tree.name(made)

    def called(self, call: Any, base: Any, like: Any, held: str | None) -> list[Any]:
        """The statements that do what a method does."""
        self.has_changed = True
        if self.is_dict(call.func.value):
            return self.dicts.call(call, base, like, held)
        return self.changed(call.func.attr, base, call.args, like, held)

    def is_array_in_list(self, target: Any) -> bool:
        """Whether a store is to an array that is an element of a list."""
        part = self.kind(tree.overwritten(target)) if isinstance(target, gast.Subscript) else None
        return isinstance(part, Array) and isinstance(self.kind(target.value), (Mapping, Sequence))

    def updated(self, statement: Any) -> list[Any]:
        """``items[i] += v`` as an update of the array, which stays where it is."""
        self.has_changed = True
        held = self.temporary("part", self.kind(tree.overwritten(statement.target)))
        bound = tree.assign(held, tree.overwritten(statement.target), statement)
        place = tree.at(tree.subscript(tree.name(held), tree.constant(...), store=True), statement.target)
        return [bound, tree.shallow(statement, target=place)]

    def is_read_before(self, statement: Any, call: Any) -> bool:
        """Whether a statement updates, ``x[i] += ...``, what a call in it may change: it reads that before the call."""
        keys = {other for key in self.aliases.sources(call.func.value) for other in self.aliases.together(key)}
        return isinstance(statement, gast.AugAssign) and not keys.isdisjoint(tree.reads(statement.target))

    def grown(self, loop: Any) -> list[str]:
        """The lists that a loop runs over which may get longer or shorter in it by another name: that is looked at."""
        keys = {other for key in self.aliases.sources(loop.iter) for other in self.aliases.together(key)}
        own = sorted(name for name in tree.reads(loop.iter) if name in keys and self.is_list(tree.name(name)))
        found = False
        for node in (n for statement in loop.body for n in tree.walk(statement) if self.method(n)):
            base = getattr(node.func.value, "id", None)
            if base in own and self.is_list(node.func.value):
                reason = f"'{node.func.attr}' changes the list that this loop runs over"
                raise refuse(node, self.program.source, reason, "run over a copy of it: for v in list(...)")
            found = found or (
                self.is_list(node.func.value) and not keys.isdisjoint(self.aliases.sources(node.func.value))
            )
        return own if found else []

    # --- new lists

    def made_new(self, node: Any, statement: Any, before: list[Any]) -> Any:
        """A statement, or an expression of it, with copies and sums of lists as slices, displays and stores."""
        if isinstance(node, list):
            return [self.made_new(item, statement, before) for item in node]
        if node is None or isinstance(node, LAZY) or not any(map(self.is_new_list, tree.walk(node))):
            return node
        clone = tree.rebuilt(node, lambda part: self.made_new(part, statement, before))
        if not self.is_new_list(node):
            return clone
        self.has_changed = True
        if self.is_dict(node) and self.method(node) != "get":
            made = self.temporary("items", self.kind(node))
            before.extend(self.dicts.made(node, made, statement))
            return tree.at(tree.name(made), node)
        if isinstance(node, gast.Call) and self.method(node) == "get":
            made = self.temporary("item", self.kind(node))
            base = self.named(node.func.value, "part", statement, before)
            before.extend(self.dicts.call(clone, base, statement, made))
            return tree.at(tree.name(made), node)
        if isinstance(node, gast.Call):
            source = node.func.value if isinstance(node.func, gast.Attribute) else node.args[0]
            return tree.at(self.copied(source, statement, before), node)
        if isinstance(node.op, gast.Mult):
            return tree.at(self.repeated(clone, statement, before), node)
        made = self.temporary("items", self.kind(node))
        before.append(tree.assign(made, self.copied(clone.left, statement, before), statement))
        before.append(self.store(tree.name(made), self.end(tree.name(made)), None, clone.right, statement))
        return tree.at(tree.name(made), node)

    def is_new_list(self, node: Any) -> bool:
        """Whether an expression makes a new list or dict of the elements of others, or looks a key up."""
        if isinstance(node, gast.Dict):
            return any(key is None for key in node.keys) and self.is_varied(node)
        if not isinstance(node, (gast.Call, gast.BinOp)):
            return False
        if self.method(node) == "get" or (
            isinstance(node, gast.Call) and self.scope.resolve(node.func) is dict and self.is_dict(node)
        ):
            return self.is_varied(node)
        if isinstance(node, gast.BinOp):
            if isinstance(node.op, gast.BitOr):
                return self.is_union(node)
            return self.may_be_list(node) and self.is_list(node) and self.is_varied(node)
        if isinstance(node.func, gast.Attribute):
            is_copy = node.func.attr == "copy" and not node.args
            whole = node.func.value
            return is_copy and (self.is_list(whole) or self.is_dict(whole)) and self.is_varied(node)
        is_call = self.scope.resolve(node.func) is list and len(node.args) == 1 and not node.keywords
        kind = self.kind(node.args[0]) if is_call and self.is_varied(node) else None
        return isinstance(kind, Sequence) and (kind.type is list or (is_tuple(kind) and kind.items is not None))

    def is_varied(self, node: Any) -> bool:
        """Whether an expression depends on what is differentiated."""
        return not self.varied.isdisjoint(real_reads(node, self.scope))

    def is_union(self, node: Any) -> bool:
        """Whether ``a | b`` is a new dict of differentiated values."""
        if not self.is_varied(node.left) and not self.is_varied(node.right):
            return False
        if not self.is_dict(node) and not all(
            isinstance(self.kind(n), (Array, Scalar)) for n in (node.left, node.right)
        ):
            reason = "'|' of what may be dicts of differentiated values"
            raise refuse(node, self.program.source, reason, "give examples of the arguments, or use update")
        return self.is_dict(node)

    def may_be_list(self, node: Any) -> bool:
        """Whether an expression may be a list, as far as can be seen without its kind, which costs more."""
        if isinstance(node, gast.BinOp) and isinstance(node.op, gast.Add):
            return self.may_be_list(node.right) and self.may_be_list(node.left)
        if isinstance(node, gast.BinOp):
            return isinstance(node.op, gast.Mult) and (self.may_be_list(node.left) or self.may_be_list(node.right))
        return isinstance(node, (gast.List, gast.Call, gast.Subscript, gast.Attribute)) or (
            isinstance(node, gast.Name) and self.is_list(node)
        )

    def copied(self, node: Any, statement: Any, before: list[Any]) -> Any:
        """A new list of the elements of a list or a tuple."""
        kind = self.kind(node)
        if isinstance(node, gast.List):
            return node
        if self.is_list(node) or not isinstance(kind, Sequence) or kind.items is None:
            return tree.subscript(node, gast.Slice(None, None, None))
        whole = self.named(node, "items", statement, before)
        return tree.list_([tree.subscript(tree.copy(whole), tree.constant(n)) for n in range(len(kind.items))])

    def repeated(self, node: Any, statement: Any, before: list[Any]) -> Any:
        """The display of a display that is repeated."""
        display, count = (node.left, node.right) if isinstance(node.left, gast.List) else (node.right, node.left)
        number = self.scope.literal(count)
        if not isinstance(display, gast.List) or not isinstance(number, int) or number * len(display.elts) > _LONGEST:
            reason = "a list of differentiated values is repeated"
            raise refuse(node, self.program.source, reason, "append them in a loop")
        elements = [self.named(item, "item", statement, before) for item in display.elts]
        return tree.list_([tree.copy(item) for _ in range(number) for item in elements])

    # --- the stores

    def changed(self, method: str, base: Any, args: list[Any], like: Any, held: str | None) -> list[Any]:
        """The stores that do what a method does; what it returns goes to the name ``held``, if there is one."""
        if method == "append" and len(args) == 1:
            return [self.store(base, self.end(base), None, tree.list_([args[0]]), like)]
        if method == "extend" and len(args) == 1:
            return [self.store(base, self.end(base), None, self.listed(args[0], base), like)]
        if method == "insert" and len(args) == 2:
            before: list[Any] = []
            place = self.named(args[0], "place", like, before)
            return [*before, self.store(base, place, tree.copy(place), tree.list_([args[1]]), like)]
        if method == "clear" and not args:
            return [self.store(base, None, None, tree.list_([]), like)]
        if method == "reverse" and not args:
            backwards = tree.subscript(tree.copy(base), gast.Slice(None, None, tree.constant(-1)))
            return [self.store(base, None, None, backwards, like)]
        if method == "remove" and len(args) == 1:
            place = tree.call(tree.attribute(tree.copy(base), "index"), args[0])
            return self.removed(base, place, like, None)
        if method == "pop" and len(args) < 2:
            return self.removed(base, args[0] if args else tree.constant(-1), like, held)
        raise refuse(like, self.program.source, f"'{method}' has other arguments", "look for a slip of the pen")

    def removed(self, base: Any, index: Any, like: Any, held: str | None) -> list[Any]:
        """The stores that take one element out of a list."""
        literal = self.scope.literal(index)
        made: list[Any] = []
        if isinstance(literal, int) and not isinstance(literal, bool):
            upper = None if literal == -1 else tree.constant(literal + 1)
            place: Any = tree.constant(literal)
        else:
            length = tree.call(self.program.builtin(len), tree.copy(base))
            wish = tree.call(self.program.builtin(range), length)  # which counts negative indices from its end
            place = self.named(tree.subscript(wish, index), "place", like, made)
            upper = tree.binary(tree.copy(place), "+", tree.constant(1))
        if held is not None:
            made.append(tree.assign(held, tree.subscript(tree.copy(base), tree.copy(place)), like))
        return [*made, self.store(base, place, upper, tree.list_([]), like)]

    def store(self, base: Any, lower: Any, upper: Any, value: Any, like: Any) -> Any:
        """``base[lower:upper] = value``."""
        target = tree.subscript(tree.copy(base), gast.Slice(lower, upper, None), store=True)
        return tree.assign(tree.at(target, like), tree.at(value, like), like)

    def end(self, base: Any) -> Any:
        """Where a list ends."""
        return tree.call(self.program.builtin(len), tree.copy(base))

    def listed(self, node: Any, base: Any) -> Any:
        """The elements that a list is extended by, as they are before."""
        kind = self.kind(node)
        if not isinstance(kind, Sequence) or not (kind.type is list or is_tuple(kind)):
            reason = "this extends a list by what may be no list or tuple"
            raise refuse(node, self.program.source, reason, "append the elements one by one")
        is_own = isinstance(node, gast.Name) and node.id in self.aliases.together(base.id)
        return tree.subscript(node, gast.Slice(None, None, None)) if is_own else node

    def named(self, node: Any, wish: str, like: Any, before: list[Any]) -> Any:
        """A name or a literal for the value of an expression."""
        if isinstance(node, (gast.Name, gast.Constant)) or isinstance(self.scope.literal(node), int):
            return node
        held = self.temporary(wish, self.kind(node))
        before.append(tree.assign(held, node, like))
        return tree.name(held)

    def temporary(self, wish: str, kind: Any) -> str:
        """A new name."""
        held = self.program.namer.temporary(wish)
        self.scope.local.add(held)
        self.scope.kinds[held] = kind
        return str(held)
