"""What the shape of an expression says about parentheses: needed ones and helpful ones."""

from __future__ import annotations

import enum
from collections.abc import Iterator
from typing import Any

Node = Any
# How tightly an expression binds; a place asks for at least one of these.
(YIELD, TUPLE, NAMED, TEST, OR, AND, NOT, COMPARE, BITOR, XOR, BITAND, SHIFT, SUM, TERM, FACTOR,
 POWER, AWAIT, TRAILER, ATOM) = range(19)  # fmt: skip
OPERATORS = {
    "Add": ("+", SUM),
    "Sub": ("-", SUM),
    "Mult": ("*", TERM),
    "MatMult": ("@", TERM),
    "Div": ("/", TERM),
    "Mod": ("%", TERM),
    "FloorDiv": ("//", TERM),
    "Pow": ("**", POWER),
    "LShift": ("<<", SHIFT),
    "RShift": (">>", SHIFT),
    "BitOr": ("|", BITOR),
    "BitXor": ("^", XOR),
    "BitAnd": ("&", BITAND),
    "And": ("and", AND),
    "Or": ("or", OR),
}
BINARY = ("BinOp", "BoolOp", "Compare")
TRAILERS = ("Attribute", "Call", "Subscript")
DISPLAYS = ("List", "Set", "Dict", "ListComp", "SetComp", "DictComp", "GeneratorExp")
_PRECEDENCE = {
    "Yield": YIELD,
    "YieldFrom": YIELD,
    "NamedExpr": NAMED,
    "Lambda": TEST,
    "IfExp": TEST,
    "Compare": COMPARE,
    "Starred": TEST,
    "Await": AWAIT,
    "Slice": TEST,
}


def kind(node: Node) -> str:
    """The class name, which is what gast and ast trees share."""
    return type(node).__name__


def precedence(node: Node) -> int:
    """How tightly the text of `node` binds."""
    name = kind(node)
    if name in ("BinOp", "BoolOp"):
        return OPERATORS[kind(node.op)][1]
    if name == "UnaryOp":
        return NOT if kind(node.op) == "Not" else FACTOR
    if name == "Tuple":
        return TUPLE if len(node.elts) > 1 else ATOM
    if name == "Constant":
        # No literal is negative: such a constant prints as an operation.
        negative = node.value < 0 if isinstance(node.value, int) else _starts_negative(node.value)
        return FACTOR if negative else ATOM
    return _PRECEDENCE.get(name, ATOM)


def _starts_negative(value: object) -> bool:
    return isinstance(value, float) and repr(value).startswith("-")


def needs_parentheses(node: Node, level: int) -> bool:
    """Whether `node` has to be parenthesised where text is due that binds as `level`."""
    name = kind(node)
    if name == "NamedExpr":
        # Bare in places that forbid some of what binds tighter.
        return level != NAMED
    if name == "Constant" and level == TRAILER:
        return type(node.value) in (int, float) or precedence(node) < level
    return precedence(node) < level


def wrapped(node: Node, level: int) -> bool:
    """Whether `node` has to be parenthesised there with parentheses that are not its own."""
    return kind(node) != "Tuple" and needs_parentheses(node, level)


def base(node: Node) -> Node:
    """What an attribute, a call or a subscript is applied to."""
    return node.func if kind(node) == "Call" else node.value


def base_level(node: Node) -> int:
    """How tightly the base of an attribute, a call or a subscript has to bind."""
    return TRAILER if kind(node) == "Attribute" else ATOM


def operands(node: Node) -> Iterator[tuple[Node, int]]:
    """The operands of an operation, in the order of the text, and how tightly they have to bind."""
    name = kind(node)
    level = precedence(node)
    if name == "BinOp":
        power = level == POWER
        yield node.left, AWAIT if power else level
        yield node.right, FACTOR if power else level + 1
    elif name == "BoolOp":
        yield from ((value, level + 1) for value in node.values)
    elif name == "Compare":
        yield from ((value, BITOR) for value in (node.left, *node.comparators))
    elif name == "UnaryOp":
        is_power = kind(node.operand) == "BinOp" and kind(node.operand.op) == "Pow"
        # `-x**2` is right but misleading: ruff's formatter parenthesises it too.
        yield node.operand, level if not is_power else AWAIT
    elif name == "IfExp":
        yield from ((node.body, OR), (node.test, OR), (node.orelse, TEST))
    elif name in ("Lambda", "YieldFrom"):
        yield node.body if name == "Lambda" else node.value, TEST
    elif name in ("Yield", "Await", "Starred"):
        if node.value is not None:
            yield node.value, {"Yield": TUPLE, "Await": ATOM, "Starred": BITOR}[name]
    elif name == "NamedExpr":
        yield from ((node.target, ATOM), (node.value, TEST))
    elif name == "Tuple":
        yield from ((element, NAMED) for element in node.elts)


def simple_operand(node: Node) -> bool:
    """Whether `**` is written without spaces beside `node`."""
    while kind(node) in ("UnaryOp", "Attribute"):
        if kind(node) == "UnaryOp" and kind(node.op) == "Not":
            return False
        node = node.operand if kind(node) == "UnaryOp" else node.value
    if kind(node) == "Constant":
        return isinstance(node.value, (int, float, complex, type(None)))
    return kind(node) == "Name"


def simple_bound(node: Node) -> bool:
    """Whether a slice with this bound is written without spaces around its colon."""
    while kind(node) == "UnaryOp" and kind(node.op) != "Not":
        node = node.operand
    return node is None or kind(node) in ("Name", "Constant")


class Wish(enum.Enum):
    """Which parentheses an expression wants that is too long for its line."""

    IF_IT_BREAKS = enum.auto()
    IF_THEY_HELP = enum.auto()
    NONE = enum.auto()


def wish(node: Node) -> Wish:
    """What a whole expression of a statement wants."""
    while True:
        name = kind(node)
        if name in TRAILERS:
            if is_fluent(node):
                return Wish.IF_IT_BREAKS
            inner, level = base(node), base_level(node)
        elif name in ("UnaryOp", "Await"):
            ((inner, level),) = operands(node)
        elif name in ("Yield", "YieldFrom"):
            if node.value is None or wish(node.value) is not Wish.IF_IT_BREAKS:
                return Wish.NONE
            inner, level = node.value, TEST
        else:
            break
        if needs_parentheses(inner, level):
            return Wish.NONE
        node = inner
    if name in DISPLAYS or name == "Tuple":
        return Wish.NONE
    return Wish.IF_THEY_HELP if name in ("Name", "Constant", "JoinedStr") else Wish.IF_IT_BREAKS


def is_fluent(node: Node) -> bool:
    """Whether a chain of method calls is long enough to give each its own line."""
    count = 0
    while kind(node) in TRAILERS:
        inner = base(node)
        if wrapped(inner, base_level(node)):
            count += kind(node) == "Attribute"
            break
        if kind(node) == "Attribute" and kind(inner) in ("Call", "Subscript"):
            count += 1
        node = inner
    return count > 1


def has_brackets(node: Node) -> bool:
    """Whether the text of `node` ends in brackets of its own with something between them."""
    name = kind(node)
    if name == "Call":
        return bool(node.args or node.keywords)
    if name in ("List", "Set", "Tuple"):
        return bool(node.elts)
    if name == "Dict":
        return bool(node.values)
    return name in DISPLAYS or name == "Subscript"


def owns_brackets(node: Node) -> bool:
    """Whether the text of `node` has brackets of its own, maybe empty."""
    return kind(node) in ("Call", "Subscript", *DISPLAYS) or kind(node) == "Tuple"


def breaks_inside(node: Node) -> bool:
    """Whether breaking `node` in its own brackets looks better than parentheses around it."""
    return _Survey(node).breaks_inside()


# In place of a level: a node of which all that stands left of its last brackets has been seen.
_PASSED = -1


class _Survey:
    """The operators and brackets of an expression that no bracket encloses."""

    def __init__(self, node: Node) -> None:
        self.loosest = ATOM
        self.count = 0
        self.brackets = False
        self.first: tuple[Node, bool] | None = None
        self.last: tuple[Node, bool] = (node, False)
        self.starts_with_token = False
        self._walk(node)

    def breaks_inside(self) -> bool:
        if not self.brackets or self.count > 1:
            return False
        if self.loosest >= TRAILER:
            return True
        return self._closed(self.last) or (self.first is not None and self._closed(self.first))

    def _closed(self, found: tuple[Node, bool]) -> bool:
        node, parenthesised = found
        return kind(node) != "Subscript" and (parenthesised or has_brackets(node))

    def _operator(self, level: int, count: int = 1) -> None:
        if level < self.loosest:
            self.loosest, self.count = level, count
        elif level == self.loosest:
            self.count += count

    def _walk(self, root: Node) -> None:
        # Long sums and method chains nest as deeply as they are long: walk with a stack.
        pending = self._inside(root)[::-1]
        while pending:
            node, level = pending.pop()
            parenthesised = level != _PASSED and needs_parentheses(node, level)
            self.last = node, parenthesised
            if level == _PASSED:
                continue
            self.brackets |= parenthesised
            inner = [] if parenthesised else self._inside(node)
            pending += reversed(inner)
            if not inner and self.first is None and not self.starts_with_token:
                self.first = self.last

    def _inside(self, node: Node) -> list[tuple[Node, int]]:
        """Note what `node` is and return what is still to be walked."""
        name = kind(node)
        if name in DISPLAYS or (name == "Tuple" and precedence(node) == ATOM):
            self.brackets = True
            return []
        if name in TRAILERS:
            self.brackets |= name != "Attribute"
            inner, level = base(node), base_level(node)
            if name == "Attribute" and (owns_brackets(inner) or needs_parentheses(inner, level)):
                self._operator(TRAILER)
            return [(inner, level), (node, _PASSED)]
        parts = list(operands(node))
        if name == "BinOp":
            self._operator(precedence(node))
        elif name in ("BoolOp", "Compare"):
            self._operator(OR if name == "BoolOp" else COMPARE, len(parts) - 1)
        elif name == "IfExp":
            self._operator(TEST, 2)
        elif name == "UnaryOp" and kind(node.op) == "Invert":
            self._operator(FACTOR)
        if name in ("UnaryOp", "Lambda", "Await", "Yield", "YieldFrom", "Starred"):
            self.starts_with_token |= self.first is None
        return parts
