"""Simple statements as text."""

from __future__ import annotations

from srcgrad.layout_marks import CLOSE, SOFT, Kind, Open, Options, Token
from srcgrad.writer_patterns import PatternWriter
from srcgrad.writer_shape import (
    OPERATORS,
    SUM,
    TEST,
    TRAILER,
    TRAILERS,
    TUPLE,
    YIELD,
    Node,
    Wish,
    breaks_inside,
    kind,
    needs_parentheses,
    owns_brackets,
    precedence,
    wish,
)


class StatementWriter(PatternWriter):
    """Prints statements that are one logical line."""

    def end(self) -> None:
        """End the line."""
        raise NotImplementedError

    def _Expr(self, t: Node) -> None:
        if kind(t.value) == "BinOp" and precedence(t.value) <= SUM:
            self.whole(t.value)
        else:
            self.put(t.value, YIELD)
        self.end()

    # Assignments

    def _Assign(self, t: Node) -> None:
        first, *others = t.targets
        if others:
            self.put(first)
            self.write(" = ")
            for target in others[:-1]:
                self._target(target)
                self.write(" = ")
            self._breaking_left(others[-1], "=", t.value)
        else:
            self._assigned(first, "=", t.value)
        self.end()

    def _AugAssign(self, t: Node) -> None:
        self._assigned(t.target, f"{OPERATORS[kind(t.op)][0]}=", t.value)
        self.end()

    def _AnnAssign(self, t: Node) -> None:
        if t.simple or kind(t.target) != "Name":
            self.put(t.target)
        else:
            self.write(f"({t.target.id})")
        self.write(": ")
        if t.value is None:
            self._value(t.annotation, TEST)
        else:
            self.put(t.annotation, TEST)
            self.write(" = ")
            self._value(t.value)
        self.end()

    def _TypeAlias(self, t: Node) -> None:
        self.write("type ")
        self.put(t.name)
        self.type_parameters(t)
        self.write(" = ")
        self._value(t.value, TEST)
        self.end()

    def _assigned(self, target: Node, operator: str, value: Node) -> None:
        if owns_brackets(target):
            self._breaking_left(target, operator, value)
        else:
            self.put(target)
            self.write(f" {operator} ")
            self._value(value)

    def _value(self, node: Node, level: int = YIELD) -> None:
        """Print what is assigned to something that does not break."""
        if kind(node) == "Lambda":
            # Its body may break without bringing up the parentheses around it all.
            with self.optionally_bracketed():
                self.lambda_header(node)
                self.tokens.append(Open(Kind.MAY_BREAK_ALONE))
                self.lambda_body(node)
                self.tokens.append(CLOSE)
        else:
            self.whole(node, level)

    def _target(self, t: Node) -> None:
        link = t
        while kind(link) == "Attribute" and not needs_parentheses(link.value, TRAILER):
            link = link.value
        if owns_brackets(link) or kind(link) == "Attribute":
            self.put(t)
        else:
            with self.optionally_bracketed(breaks_inside(t)):
                self.put(t)

    def _breaking_left(self, target: Node, operator: str, value: Node) -> None:
        """Print an assignment whose target can break, which it does only if nothing else helps."""
        simple = kind(value) in ("Name", "Constant", "JoinedStr", *TRAILERS)
        if not simple or wish(value) is not Wish.IF_THEY_HELP:
            self._target(target)
            self.write(f" {operator} ")
            self._value(value)
            return
        broken = Open(Kind.GROUP, broken=True)
        left = self.captured(lambda: self._target(target))
        right = self.captured(lambda: self.put(value, YIELD))
        equals = f" {operator} "
        variants: list[list[Token]] = [[*left, equals, *right]]
        if kind(value) in TRAILERS:
            variants.append([*left, equals, broken, *right, CLOSE])
        inside = [broken, Open(Kind.INDENT), SOFT, *right, CLOSE, SOFT, CLOSE]
        variants.append([*left, equals, "(", *inside, ")"])
        variants.append([broken, *left, CLOSE, equals, *right])
        self.tokens.append(Options(variants))

    # Statements that begin with a word

    def _Return(self, t: Node) -> None:
        if t.value is None:
            self.write("return")
        else:
            self.write("return ")
            if kind(t.value) == "Tuple" and len(t.value.elts) == 2:
                with self.optionally_bracketed(inside_first=True):
                    for element in self.separated(t.value.elts):
                        self.put(element, TEST)
            else:
                self._value(t.value, TUPLE)
        self.end()

    def _Delete(self, t: Node) -> None:
        self.write("del ")
        if len(t.targets) == 1:
            self.whole(t.targets[0])
        else:
            with self.optionally_bracketed():
                for target in self.separated(t.targets):
                    self.put(target, TEST)
        self.end()

    def _Raise(self, t: Node) -> None:
        self.write("raise")
        for word, value in ((" ", t.exc), (" from ", t.cause)):
            if value is not None:
                self.write(word)
                if wish(value) is Wish.IF_THEY_HELP:
                    self.put(value, TEST)
                else:
                    self.whole(value)
        self.end()

    def _Assert(self, t: Node) -> None:
        self.write("assert ")
        self.whole(t.test)
        if t.msg is not None:
            self.write(", ")
            self.whole(t.msg, eager=True)
        self.end()

    def _Import(self, t: Node) -> None:
        self.write("import ")
        for name in self.separated(t.names, breaking=False):
            self.dispatch(name)
        self.end()

    def _ImportFrom(self, t: Node) -> None:
        self.write(f"from {'.' * (t.level or 0)}{t.module or ''} import ")
        if t.names[0].name == "*":
            self.write("*")
        else:
            with self.optionally_bracketed():
                for name in self.separated(t.names, always_comma=True):
                    self.dispatch(name)
        self.end()

    def _alias(self, t: Node) -> None:
        self.write(f"{t.name} as {t.asname}" if t.asname else t.name)

    def _Global(self, t: Node) -> None:
        self.write(f"global {', '.join(t.names)}")
        self.end()

    def _Nonlocal(self, t: Node) -> None:
        self.write(f"nonlocal {', '.join(t.names)}")
        self.end()

    def _Pass(self, t: Node) -> None:
        self.write("pass")
        self.end()

    def _Break(self, t: Node) -> None:
        self.write("break")
        self.end()

    def _Continue(self, t: Node) -> None:
        self.write("continue")
        self.end()
