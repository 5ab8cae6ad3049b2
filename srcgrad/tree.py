"""Small constructors of gast nodes, copying, and walking.

gast's own constructors check nothing and leave what they are not given unset; every node that srcgrad makes is
made here, so that it is complete.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

import gast

from srcgrad.walks import LEAVES, fields_of
from srcgrad.walks import children as children
from srcgrad.walks import names as names
from srcgrad.walks import walk as walk

Node = TypeVar("Node", bound=gast.AST)
Stmt = gast.stmt
Expr = gast.expr
Block = list[Any]

_BLOCKS = ("body", "orelse", "finalbody", "handling")
_PARTS = ("handlers", "cases")  # of a `try` or a `match`, with blocks of their own
_POSITION = ("lineno", "col_offset", "end_lineno", "end_col_offset")
OPERATORS: dict[str, type[Any]] = {
    "+": gast.Add,
    "-": gast.Sub,
    "*": gast.Mult,
    "/": gast.Div,
    "**": gast.Pow,
    "@": gast.MatMult,
}


class Comment(gast.stmt):  # type: ignore[misc]
    """A statement that prints as ``# text`` on a line of its own and does nothing."""

    _fields = ("text",)
    _attributes = _POSITION

    def __init__(self, text: str) -> None:
        self.text = text


class OnReverse(gast.stmt):  # type: ignore[misc]
    """A block of the user's that runs in the reverse sweep.

    ``primals`` are the names whose adjoints ``bars`` are in the block.  In the reverse sweep both are the names of
    these adjoints.  Passes take it for one simple statement.
    """

    _fields = ("primals", "bars", "statements")
    _attributes = _POSITION

    def __init__(self, primals: Block, bars: Block, statements: Block) -> None:
        self.primals = primals
        self.bars = bars
        self.statements = statements


def name(identifier: str) -> Any:
    """A name that is read."""
    return gast.Name(identifier, gast.Load(), None, None)


def target(identifier: str) -> Any:
    """A name that is bound."""
    return gast.Name(identifier, gast.Store(), None, None)


def parameter(identifier: str) -> Any:
    """A name in a function's signature."""
    return gast.Name(identifier, gast.Param(), None, None)


def constant(value: object) -> Any:
    """A literal; a negative number becomes the negation of one, as Python's own parser has it."""
    if isinstance(value, (int, float)) and not isinstance(value, bool) and str(value).startswith("-"):
        return gast.UnaryOp(gast.USub(), gast.Constant(-value, None))
    return gast.Constant(value, None)


def attribute(value: Any, *path: str) -> Any:
    """``value.a.b`` for a node or a name."""
    node = name(value) if isinstance(value, str) else value
    for part in path:
        node = gast.Attribute(node, part, gast.Load())
    return node


def call(function: Any, *args: Any, **keywords: Any) -> Any:
    """A call of a function given as a node or a name."""
    node = name(function) if isinstance(function, str) else function
    return gast.Call(node, list(args), [gast.keyword(k, v) for k, v in keywords.items()])


def subscript(value: Any, index: Any, store: bool = False) -> Any:
    """``value[index]``."""
    return gast.Subscript(value, index, gast.Store() if store else gast.Load())


def binary(left: Any, operator: str, right: Any) -> Any:
    """``left operator right``."""
    return gast.BinOp(left, OPERATORS[operator](), right)


def negate(value: Any) -> Any:
    """``-value``."""
    return gast.UnaryOp(gast.USub(), value)


def invert(value: Any) -> Any:
    """``not value``."""
    return gast.UnaryOp(gast.Not(), value)


def tuple_(elements: Iterable[Any], store: bool = False) -> Any:
    """A tuple display."""
    return gast.Tuple(list(elements), gast.Store() if store else gast.Load())


def list_(elements: Iterable[Any]) -> Any:
    """A list display."""
    return gast.List(list(elements), gast.Load())


def assign(left: Any, value: Any, like: Any = None) -> Any:
    """``left = value``, where left is a name or a node, at the position of ``like``."""
    node = gast.Assign([target(left) if isinstance(left, str) else left], value, None)
    return at(node, like)


def augment(left: Any, operator: str, value: Any, like: Any = None) -> Any:
    """``left operator= value``."""
    node = target(left) if isinstance(left, str) else left
    return at(gast.AugAssign(node, OPERATORS[operator](), value), like)


def if_(test: Any, body: Block, orelse: Block, like: Any = None) -> Any:
    """A conditional statement."""
    return at(gast.If(test, body, orelse), like)


def for_(left: Any, iterable: Any, body: Block, like: Any = None) -> Any:
    """A ``for`` loop."""
    return at(gast.For(left, iterable, body, [], None), like)


def while_(test: Any, body: Block, like: Any = None) -> Any:
    """A ``while`` loop."""
    return at(gast.While(test, body, []), like)


def expression(value: Any, like: Any = None) -> Any:
    """An expression statement."""
    return at(gast.Expr(value), like)


def is_same(identifier: str, value: Any) -> Any:
    """``name is value``."""
    return gast.Compare(name(identifier), [gast.Is()], [value])


def return_(value: Any, like: Any = None) -> Any:
    """``return value``."""
    return at(gast.Return(value), like)


def function(identifier: str, arguments: Any, body: Block, decorators: Sequence[Any] = (), like: Any = None) -> Any:
    """A function definition."""
    return at(gast.FunctionDef(identifier, arguments, body, list(decorators), None, None, []), like)


def parameters(positional: Sequence[str], defaults: Sequence[Any] = ()) -> Any:
    """A signature of positional parameters, the last ones with defaults."""
    return gast.arguments([parameter(p) for p in positional], [], None, [], [], None, list(defaults))


def at(node: Any, like: Any) -> Any:
    """Give ``node`` the position of ``like`` (which may be None) and return it."""
    if like is not None:
        for field in _POSITION:
            value = getattr(like, field, None)
            if value is not None:
                setattr(node, field, value)
    return node


def copy(node: Any) -> Any:
    """A deep copy with positions; lists are copied too."""
    if isinstance(node, list):
        return [copy(item) for item in node]
    if not isinstance(node, gast.AST):
        return node
    return rebuilt(node, copy)


def shallow(node: Node, **fields: Any) -> Node:
    """A copy of a node that has the same children, but for the fields that are given."""
    clone: Node = node.__class__.__new__(node.__class__)
    clone.__dict__.update(node.__dict__)
    clone.__dict__.update(fields)
    return clone


def rebuilt(node: Node, change: Callable[[Any], Any]) -> Node:
    """A copy of a node in which each child, and each list of children, is what ``change`` makes of it."""
    clone: Node = node.__class__.__new__(node.__class__)
    values = clone.__dict__
    values.update(node.__dict__)
    for field in fields_of(node.__class__):  # contexts and operators are nobody's own
        value = values.get(field)
        if value.__class__ is list or isinstance(value, gast.AST):
            values[field] = change(value)
    return clone


def exchanged(node: Any, new: Mapping[int, Any]) -> Any:
    """A copy of a tree with other nodes in the place of some, which are given by their identities."""
    if id(node) in new:
        return at(new[id(node)], node)
    if isinstance(node, list):
        return [exchanged(item, new) for item in node]
    return rebuilt(node, lambda item: exchanged(item, new)) if isinstance(node, gast.AST) else node


def remade(node: Any, change: Callable[[Any, Any], Any]) -> Any:
    """A copy of a tree, made from the leaves up: of each node what ``change`` makes of it and its copy so far."""
    if isinstance(node, list):
        return [remade(item, change) for item in node]
    if not isinstance(node, gast.AST):
        return node
    return change(node, rebuilt(node, lambda part: remade(part, change)))


def walk_forward(node: Any) -> Iterator[Any]:
    """``walk``, but for what is inside the blocks that run in the reverse sweep."""
    return walk(node, {*LEAVES, OnReverse})


COMPREHENSIONS = (gast.ListComp, gast.SetComp, gast.DictComp, gast.GeneratorExp)
_LEAVES_AND_LAMBDA = {*LEAVES, gast.Lambda}


def reads(node: Any) -> set[str]:
    """The names that are read anywhere below a node or list; an augmented assignment reads its target.

    What a lambda reads of its own is not among them; what comprehensions bind has names of its own (see ``scoping``).
    """
    found = set()
    for item in walk(node, _LEAVES_AND_LAMBDA):
        kind = item.__class__
        if kind is gast.Name:
            if item.ctx.__class__ is gast.Load:
                found.add(item.id)
        elif kind is gast.Lambda:
            found |= reads(list(defaults_of(item).values())) | (reads(item.body) - parameters_of(item))
        elif kind is gast.AugAssign and item.target.__class__ is gast.Name:
            found.add(item.target.id)
    return found


def writes(node: Any) -> set[str]:
    """The names that are bound anywhere below a node or list."""
    return {item.id for item in names(node, gast.Store)}


def identifiers(node: Any) -> set[str]:
    """All names below a node or list, parameters included."""
    return {item.id for item in names(node)}


def path_of(node: Any) -> str | None:
    """The dotted path of a name or a chain of attributes, or None.

    >>> path_of(attribute(attribute("a", "b"), "c"))
    'a.b.c'
    """
    parts: list[str] = []
    while isinstance(node, gast.Attribute):
        parts.append(node.attr)
        node = node.value
    return ".".join([node.id, *reversed(parts)]) if isinstance(node, gast.Name) else None


def parameters_of(function: Any) -> set[str]:
    """The names of the parameters of a function or lambda."""
    return {parameter.id for parameter in parameter_nodes(function)}


def parameter_nodes(function: Any) -> list[Any]:
    """The parameters of a function or lambda, in order but for ``*args``, which is last but one."""
    arguments = function.args
    found = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, arguments.vararg, arguments.kwarg]
    return [parameter for parameter in found if parameter is not None]


def defaults_of(function: Any) -> dict[str, Any]:
    """The defaults of the parameters of a function or lambda, by name."""
    arguments = function.args
    positional = [*arguments.posonlyargs, *arguments.args]
    last = positional[len(positional) - len(arguments.defaults) :]
    pairs = [*zip(last, arguments.defaults, strict=True)]
    pairs += zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
    return {parameter.id: default for parameter, default in pairs if default is not None}


def substitute(node: Any, replacement: Mapping[str, Any]) -> Any:
    """A copy of ``node`` in which each read of a name in ``replacement`` is a copy of that expression."""
    if isinstance(node, list):
        return [substitute(item, replacement) for item in node]
    if not isinstance(node, gast.AST):
        return node
    if isinstance(node, gast.Name):
        if node.id in replacement and isinstance(node.ctx, gast.Load):
            return copy(replacement[node.id])
        return copy(node)
    if isinstance(node, gast.Lambda):
        outer = reads(node.body) - parameters_of(node)
        inside = {name: value for name, value in replacement.items() if name in outer}
        node = apart(node, reads(list(inside.values())))
        return shallow(node, args=substitute(node.args, replacement), body=substitute(node.body, inside))
    return rebuilt(node, lambda value: substitute(value, replacement))


def apart(node: Any, names: set[str]) -> Any:
    """A lambda whose parameters are called otherwise where they have one of some names, which its body is to read."""
    taken = names | identifiers(node)
    made: dict[str, str] = {}
    for parameter in sorted(parameters_of(node) & names):
        made[parameter] = next(new for n in itertools.count(2) if (new := f"{parameter}_{n}") not in taken)
        taken.add(made[parameter])
    if not made:
        return node
    clone = copy(node)
    for item in walk(clone.args):
        if isinstance(item, gast.Name) and not isinstance(item.ctx, gast.Load):
            item.id = made.get(item.id, item.id)
    clone.body = renamed(clone.body, made)
    return clone


def renamed(node: Any, names: Mapping[str, str]) -> Any:
    """A copy of ``node`` in which each name in ``names``, read or bound, is that other name."""
    if isinstance(node, list):
        return [renamed(item, names) for item in node]
    if not isinstance(node, gast.AST):
        return node
    if isinstance(node, gast.Lambda):
        own, read = parameters_of(node), reads(node.body)
        inside = {old: new for old, new in names.items() if old not in own}
        node = apart(node, {new for old, new in inside.items() if old in read})
        defaults = {field: renamed(getattr(node.args, field), names) for field in ("defaults", "kw_defaults")}
        return shallow(node, args=shallow(node.args, **defaults), body=renamed(node.body, inside))
    clone = rebuilt(node, lambda value: renamed(value, names))
    if isinstance(clone, gast.Name):
        clone.id = names.get(clone.id, clone.id)
    return clone


def replaced(node: Any, old: Any, new: Any) -> Any:
    """A copy of a tree in which one node is another one."""
    if node is old:
        return at(new, old)
    if isinstance(node, list):
        return [replaced(item, old, new) for item in node]
    return rebuilt(node, lambda value: replaced(value, old, new)) if isinstance(node, gast.AST) else node


def equal(left: Any, right: Any) -> bool:
    """Whether two trees are the same program text, positions aside."""
    if left.__class__ is not right.__class__:
        return False
    if isinstance(left, list):
        return len(left) == len(right) and all(map(equal, left, right))
    if not isinstance(left, gast.AST):
        return bool(left == right) and repr(left) == repr(right)
    return all(equal(getattr(left, f, None), getattr(right, f, None)) for f in left._fields)


def is_literal(node: Any, value: object) -> bool:
    """Whether a node is exactly the given literal."""
    return isinstance(node, gast.Constant) and type(node.value) is type(value) and node.value == value


def is_call_of(node: Any, identifier: str) -> bool:
    """Whether a node is a call of what a name stands for."""
    return isinstance(node, gast.Call) and isinstance(node.func, gast.Name) and node.func.id == identifier


def single_target(statement: Any) -> str | None:
    """The name that a plain assignment ``name = value`` binds, or None."""
    if isinstance(statement, gast.Assign) and len(statement.targets) == 1:
        left = statement.targets[0]
        if isinstance(left, gast.Name):
            return str(left.id)
    return None


def stored(statement: Any) -> Any:
    """The element or slice, ``x[i]``, that a statement stores to, or None if it binds names or does something else."""
    if isinstance(statement, gast.Assign) and len(statement.targets) == 1:
        left = statement.targets[0]
    elif isinstance(statement, gast.AugAssign):
        left = statement.target
    else:
        return None
    return left if isinstance(left, gast.Subscript) else None


def is_part(node: Any) -> bool:
    """Whether an expression is an element or a slice of what has a name, ``x[i]``."""
    return isinstance(node, gast.Subscript) and isinstance(node.value, gast.Name)


def overwritten(left: Any) -> Any:
    """The element or slice that a store is to, as an expression."""
    return shallow(left, ctx=gast.Load())


def loaded(left: Any) -> Any:
    """The names that an assignment binds, as an expression."""
    return tuple_(map(loaded, left.elts)) if isinstance(left, gast.Tuple) else name(left.id)


class Field(str):
    """The name of an attribute as an index: to the passes, ``x.w`` of an object is the element ``w`` of it."""


class Deletion(str):
    """The name of the method of lists and dicts that does what ``del x[i]`` does to them."""


def field(value: Any, attribute: str, store: bool = False) -> Any:
    """``value.attribute`` as the element of an object, which it is to the passes."""
    return subscript(value, gast.Constant(Field(attribute), None), store)


def is_field(node: Any) -> bool:
    """Whether an element is an attribute of an object."""
    index = getattr(node, "slice", None)
    return isinstance(index, gast.Constant) and isinstance(index.value, Field)


class _Removed:
    """What is stored where an element of a dict goes."""

    def __repr__(self) -> str:
        return "REMOVED"


REMOVED = _Removed()


def is_removal(statement: Any) -> bool:
    """Whether a store takes a key out of a dict: ``x[key] = REMOVED`` until it is printed."""
    value = getattr(statement, "value", None)
    return isinstance(value, gast.Constant) and value.value is REMOVED


def is_end(left: Any) -> bool:
    """Whether a slice starts where its list ends: ``x[len(x):]``, to which an element is appended."""
    place = left.slice
    if not isinstance(place, gast.Slice) or place.upper is not None or not isinstance(place.lower, gast.Call):
        return False
    return is_call_of(place.lower, "len") and equal(place.lower.args, [left.value])


def value_stored(statement: Any) -> Any:
    """What a statement leaves in the element or slice that it stores to: ``v``, or ``x[i] + v`` for ``x[i] += v``."""
    if isinstance(statement, gast.Assign):
        return statement.value
    return at(gast.BinOp(overwritten(statement.target), statement.op, statement.value), statement)


def raises(block: list[Any]) -> bool:
    """Whether a block surely ends in an exception."""
    last = block[-1] if block else None
    return isinstance(last, gast.Raise) or (isinstance(last, gast.If) and raises(last.body) and raises(last.orelse))


def blocks(statement: Any) -> list[Block]:
    """The statement lists directly inside a compound statement."""
    parts = [part for field in _PARTS for part in getattr(statement, field, None) or ()]
    return [*_fields_with_blocks(statement).values(), *(part.body for part in parts)]


def with_blocks(statement: Any, change: Callable[[Block], Block]) -> Any:
    """A copy of a compound statement whose blocks are what ``change`` makes of them; any other statement as it is."""
    found = _fields_with_blocks(statement)
    made: dict[str, Any] = {field: change(block) for field, block in found.items()}
    for field in _PARTS:
        if parts := getattr(statement, field, None):
            made[field] = [shallow(part, body=change(part.body)) for part in parts]
    return shallow(statement, **made) if made else statement


def without(statements: Block, dropped: Container[int]) -> Block:
    """A block without some statements, by their identities, also inside of others; an empty body is ``pass``."""
    kept = []
    for statement in statements:
        if id(statement) not in dropped:
            inner = with_blocks(statement, lambda block: without(block, dropped))
            kept.append(shallow(inner, body=[gast.Pass()]) if getattr(inner, "body", None) == [] else inner)
    return kept


def _fields_with_blocks(statement: Any) -> dict[str, Block]:
    return {f: block for f in _BLOCKS if isinstance(block := getattr(statement, f, None), list)}
