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

from srcgrad import orders, tree
from srcgrad.analysis.activity import activity
from srcgrad.analysis.aliases import Aliases
from srcgrad.analysis.indexing import is_spliced
from srcgrad.analysis.inference import CalleeKind, Inference, iteration_kind, no_callees
from srcgrad.analysis.kinds import INT, NEVER, Array, Kind, Mapping, Sequence, is_dict, is_object, is_tuple
from srcgrad.analysis.order import first_of, made_first
from srcgrad.analysis.reads import real_reads
from srcgrad.analysis.scope import Scope
from srcgrad.analysis.summaries import aliases_in, effect_of
from srcgrad.errors import refuse
from srcgrad.program import Program
from srcgrad.transforms import dicts
from srcgrad.transforms.dict_views import with_views
from srcgrad.transforms.list_loops import Loops
from srcgrad.transforms.new_lists import NewLists
from srcgrad.transforms.stores import updated

_METHODS = ("append", "extend", "insert", "pop", "remove", "clear", "reverse", "sort")


def containers(program: Program, scope: Scope, callee_kind: CalleeKind, lists: frozenset[str] = frozenset()) -> Program:
    """Rewrite what changes the length or the order of a list of values that are differentiated, and of ``lists``."""
    worker = _Containers(program, scope, callee_kind, lists)
    body = worker.block(with_views(program.function.body, worker))
    return program.with_body(body, heads=program.heads | worker.heads) if worker.has_changed else program


def methods_of(program: Program, scope: Scope, names: frozenset[str]) -> dict[str, Any]:
    """Calls of methods that change lists and dicts still, by the names of these, as far as they are among some."""
    worker = _Containers(program, scope, no_callees)
    calls = [node for node in tree.walk(program.function.body) if worker.method(node)] if names else []
    return {
        program.namer.base(call.func.value.id): call
        for call in calls
        if isinstance(call.func.value, gast.Name) and call.func.value.id in names
    }


class _Containers:
    def __init__(
        self, program: Program, scope: Scope, callee_kind: CalleeKind, lists: frozenset[str] = frozenset()
    ) -> None:
        self.lists = lists
        self.program = program
        self.scope = scope
        self.inference = Inference(scope, callee_kind)
        self.kind = self.inference.kind
        self.dicts = dicts.Dicts(self)
        self.new = NewLists(self)
        self.loops = Loops(self)
        self.heads: set[str] = set()  # new names that loops carry
        self.has_changed = False

    @functools.cached_property
    def aliases(self) -> Aliases:
        return aliases_in(self.program.function, self.scope, updated(self.program))

    @functools.cached_property
    def varied(self) -> frozenset[str]:
        return activity(self.program, self.scope).varied

    # --- what is rewritten

    def is_list(self, node: Any) -> bool:
        kind = self.kind(node)
        return isinstance(kind, Sequence) and kind.type is list

    def element_kind(self, node: Any) -> Kind:
        """The kind of what is run through."""
        return iteration_kind(node, self.inference)

    def is_dict(self, node: Any) -> bool:
        return is_dict(self.kind(node))

    def method(self, node: Any) -> str:
        """The method of a list or a dict that is called, an empty text for any other node."""
        if not isinstance(node, gast.Call) or not isinstance(node.func, gast.Attribute):
            return ""
        if any(isinstance(a, gast.Starred) for a in node.args) or not all(k.arg for k in node.keywords):
            return ""
        is_plain = not node.keywords or node.func.attr == "sort"
        is_one = node.func.attr in _METHODS and is_plain and self.is_list(node.func.value)
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
        is_listed = not self.lists.isdisjoint(map(self.program.namer.base, keys))
        return is_listed or not self.varied.isdisjoint(keys | real_reads(node, self.scope))

    # --- statements

    def block(self, statements: list[Any]) -> list[Any]:
        return [made for statement in statements for made in self.statement(statement)]

    def statement(self, statement: Any) -> list[Any]:
        if isinstance(statement, tree.OnReverse):
            return [statement]
        if isinstance(statement, gast.For):
            return self.loops.rewritten(statement)
        if tree.blocks(statement):
            return [tree.with_blocks(statement, self.block)]
        if isinstance(statement, gast.AugAssign) and (part := self.element(statement)) is not None:
            return self.updated(statement, part)
        if self.is_extended(statement) and self.is_followed(statement.value, statement.value.left):
            value = statement.value
            bound = tree.assign(str(tree.single_target(statement)), value.left, statement)
            self.has_changed = True
            if self.is_dict(value.left):
                stores = self.dicts.updated(value.left, [value.right], [], statement)
            else:
                stores = self.changed("extend", value.left, [value.right], statement, None)
            return [*self.block(stores), bound]
        before: list[Any] = []
        is_apart = isinstance(statement, gast.Assign) and isinstance(statement.targets[0], (gast.Tuple, gast.List))
        if is_apart and self.new.consumed.is_lazy(statement.value) and self.new.is_varied(statement.value):
            held = self.new.consumed.listed(statement.value, statement, before)
            return [*before, tree.shallow(statement, value=held)]
        if calls := self.changing(statement):
            return self.with_call(statement, calls)
        plain = self.new.made(statement, statement, before)
        return [*before, plain]

    def changing(self, statement: Any) -> list[Any]:
        """The calls of a statement that change lists, and what is to be made in order with them; none if none does."""
        nodes = [node for node in tree.walk(statement) if isinstance(node, (gast.Call, gast.BinOp, gast.Dict))]
        new = [node for node in nodes if self.new.is_one(node)]
        changes = [n for n in nodes if n not in new and self.method(n) and self.is_followed(n, n.func.value)]
        if new:  # what is in them is not moved in front of a call that may change it
            calls = (n for n in nodes if isinstance(n, gast.Call) and n not in new and n not in changes)
            changes += [n for n in calls if not effect_of(n, self.scope).pure]
        return [*changes, *(n for n in new if isinstance(n, gast.Call) and self.method(n))] if changes else []

    def with_call(self, statement: Any, calls: list[Any]) -> list[Any]:
        """The statements for one that calls what may change a list."""
        value = getattr(statement, "value", None)
        call: Any = calls[0] if value is None else first_of(value, calls)
        before: list[Any] = []
        if value is not None and value is call:
            name = tree.single_target(statement)
            if name is not None or isinstance(statement, gast.Expr):
                return self.called(call, statement, name)
        held = self.temporary("item", self.kind(call))
        rest = (
            None
            if value is None
            else made_first(value, call, tree.name(held), lambda part: self.held(part, "part", statement, before))
        )
        if rest is None or self.is_read_before(statement, call):
            reason = f"'{getattr(call.func, 'attr', 'this call')}' changes a list in the middle of an expression"
            raise refuse(call, self.program.source, reason, "write it as a statement of its own")
        first = [made for one in before for made in self.statement(one)]
        whole = tree.shallow(statement, value=rest)
        return [*first, *self.called(call, statement, held), *self.statement(whole)]

    def held(self, node: Any, wish: str, like: Any, before: list[Any]) -> Any:
        """A name for the value of an expression."""
        made = self.temporary(wish, self.kind(node))
        before.append(tree.assign(made, node, like))
        return tree.name(made)

    def called(self, call: Any, like: Any, held: str | None) -> list[Any]:
        """The statements that do what a call does."""
        before: list[Any] = []
        call = tree.rebuilt(call, lambda part: self.new.made(part, like, before))
        if not self.method(call):
            return [*before, tree.expression(call, like) if held is None else tree.assign(held, call, like)]
        self.has_changed = True
        base = self.named(call.func.value, "part", like, before)
        gives = call.func.attr in ("pop", "popitem", "setdefault", "get")
        none = [] if held is None or gives else [tree.assign(held, tree.constant(None), like)]
        if self.is_dict(call.func.value):
            return [*before, *self.dicts.call(call, base, like, held), *none]
        if call.func.attr == "sort":
            return [*before, *self.sorted(base, call, like), *none]
        return [*before, *self.changed(call.func.attr, base, call.args, like, held), *none]

    def element(self, statement: Any) -> Kind | None:
        """The kind of an array, a list or a dict in a list that is updated, None if it is something else."""
        target = statement.target
        if not isinstance(target, gast.Subscript) or not isinstance(self.kind(target.value), (Mapping, Sequence)):
            return None
        part = self.kind(tree.overwritten(target))
        is_holder = isinstance(part, (Mapping, Sequence)) and not is_object(part) and part != NEVER
        followed = is_holder and self.is_followed(statement, target.value)
        return part if isinstance(part, Array) or followed else None

    def updated(self, statement: Any, part: Kind) -> list[Any]:
        """``items[i] += v`` as an update of the array, or the list, which stays where it is."""
        self.has_changed = True
        calls = (n for n in tree.walk(statement.value) if isinstance(n, gast.Call))
        if (call := next((n for n in calls if self.is_read_before(statement, n)), None)) is not None:
            reason = f"'{getattr(call.func, 'attr', 'this call')}' changes a list in the middle of an expression"
            raise refuse(call, self.program.source, reason, "write it as a statement of its own")
        if is_tuple(part):
            return self.exchanged(statement)
        held = self.temporary("part", part)
        bound = tree.assign(held, tree.overwritten(statement.target), statement)
        if isinstance(part, Array):
            place = tree.at(tree.subscript(tree.name(held), tree.constant(...), store=True), statement.target)
            return [bound, *self.statement(tree.shallow(statement, target=place))]
        value, is_whole = statement.value, not is_spliced(statement.target, self.kind)
        if is_whole and is_dict(part) and isinstance(statement.op, gast.BitOr):
            return [bound, *self.block(self.dicts.updated(tree.name(held), [value], [], statement))]
        if is_whole and isinstance(part, Sequence) and part.type is list and isinstance(statement.op, gast.Add):
            more = self.listed(value, tree.name(held))
            if not isinstance(value, gast.List):  # it may be the list itself
                more = tree.subscript(value, gast.Slice(None, None, None))
            place = self.end(tree.name(held))
            return [bound, *self.statement(self.store(tree.name(held), place, None, more, statement))]
        reason = "this updates a list, a tuple or a dict in another one, in a way that is not followed"
        raise refuse(statement, self.program.source, reason, "write it as x[i] = ..., or append what is new")

    def exchanged(self, statement: Any) -> list[Any]:
        """``items[i] += v`` of a tuple, of which another one takes the place."""
        made: list[Any] = []
        place = tree.shallow(statement.target, slice=self.named(statement.target.slice, "place", statement, made))
        updated = tree.shallow(statement, target=place)
        store = tree.at(gast.Assign([place], tree.value_stored(updated), None), statement)
        return [*made, *self.statement(store)]

    def is_read_before(self, statement: Any, call: Any) -> bool:
        """Whether a statement updates, ``x[i] += ...``, what a call in it may change: it reads that before the call."""
        changes = self.aliases.effect(call).changes if isinstance(call, gast.Call) else ()
        sources = {key for part in changes for key in self.aliases.sources(part)}
        keys = {other for key in sources for other in self.aliases.together(key)}
        return isinstance(statement, gast.AugAssign) and not keys.isdisjoint(tree.reads(statement.target))

    # --- the stores

    def changed(self, method: str, base: Any, args: list[Any], like: Any, held: str | None) -> list[Any]:
        """The stores that do what a method does; what it returns goes to the name ``held``, if there is one."""
        before: list[Any] = []
        if method == "append" and len(args) == 1:
            return [self.store(base, self.end(base), None, tree.list_([args[0]]), like)]
        if method == "extend" and len(args) == 1:
            if self.new.consumed.is_lazy(args[0]):
                items = self.new.consumed.listed(args[0], like, before)
                return [*before, self.store(base, self.end(base), None, items, like)]
            return [self.store(base, self.end(base), None, self.listed(args[0], base), like)]
        if method == "insert" and len(args) == 2:
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

    def sorted(self, base: Any, call: Any, like: Any) -> list[Any]:
        """The stores that put a list in order: its elements, in the order that is found first."""
        ordering = tree.call(self.program.external(orders.order_of, "order_of"), tree.copy(base))
        ordering.keywords = call.keywords
        place, items = self.temporary("place", INT), self.temporary("items", self.kind(base))
        element = tree.subscript(tree.copy(base), tree.name(place))
        append = self.store(tree.name(items), self.end(tree.name(items)), None, tree.list_([element]), like)
        filling = tree.for_(tree.target(place), ordering, [append], like)
        empty = tree.assign(items, tree.list_([]), like)
        return [empty, filling, self.store(base, None, None, tree.name(items), like)]

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
        return self.held(node, wish, like, before)

    def temporary(self, wish: str, kind: Any) -> str:
        """A new name."""
        held = self.program.namer.temporary(wish)
        self.scope.local.add(held)
        self.scope.kinds[held] = kind
        return str(held)
