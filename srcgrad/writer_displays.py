"""Displays, comprehensions, literals and parameters as text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from types import SimpleNamespace

from srcgrad import writer_strings as strings
from srcgrad.layout_marks import SPACE
from srcgrad.writer_base import OUTSIDE
from srcgrad.writer_expressions import ExpressionWriter
from srcgrad.writer_shape import BITOR, NAMED, OR, TEST, Node, kind

Parameter = tuple[str, Node, Node]


class DisplayWriter(ExpressionWriter):
    """Prints the expressions that are no operations."""

    def _Tuple(self, t: Node) -> None:
        if len(t.elts) > 1:
            # The parentheses may not be there: no place for a bare walrus.
            with self.optionally_bracketed():
                for element in self.separated(t.elts):
                    self.put(element, TEST)
        elif t.elts:
            with self.bracketed("(", ")"):
                self.put(t.elts[0], NAMED)
                self.write(",")
        else:
            self.write("()")

    def _List(self, t: Node) -> None:
        self._elements("[", t.elts, "]")

    def _Set(self, t: Node) -> None:
        if t.elts:
            self._elements("{", t.elts, "}")
        else:
            # No literal is an empty set.
            self.write("{*()}")

    def _elements(self, opening: str, elements: Sequence[Node], closing: str) -> None:
        if not elements:
            self.write(opening + closing)
            return
        with self.bracketed(opening, closing):
            for element in self.separated(elements):
                self.put(element, NAMED)

    def _Dict(self, t: Node) -> None:
        if not t.values:
            self.write("{}")
            return
        with self.bracketed("{", "}"):
            for key, value in self.separated(list(zip(t.keys, t.values, strict=True))):
                with self.grouped():
                    if key is None:
                        self.write("**")
                        self.put(value, BITOR)
                    else:
                        self.put(key, TEST)
                        self.write(": ")
                        self.put(value, TEST)

    def _ListComp(self, t: Node) -> None:
        self._comprehended("[", t, "]")

    def _GeneratorExp(self, t: Node) -> None:
        self._comprehended("(", t, ")")

    def _SetComp(self, t: Node) -> None:
        self._comprehended("{", t, "}")

    _DictComp = _SetComp

    def _comprehended(self, opening: str, t: Node, closing: str) -> None:
        with self.bracketed(opening, closing), self.grouped():
            if kind(t) == "DictComp":
                with self.grouped():
                    self.put(t.key, TEST)
                self.write(": ")
                self.put(t.value, TEST)
            else:
                with self.grouped():
                    self.put(t.elt, NAMED)
            for generator in t.generators:
                self.tokens.append(SPACE)
                self.dispatch(generator)

    def _comprehension(self, t: Node) -> None:
        self.write("async for " if t.is_async else "for ")
        if kind(t.target) == "Tuple" and len(t.target.elts) > 1:
            for element in self.separated(t.target.elts, breaking=False):
                self.put(element, NAMED)
        else:
            self.put(t.target)
        self.write(" in ")
        self.put(t.iter, OR)
        for test in t.ifs:
            self.tokens += (SPACE, "if ")
            self.put(test, OR)

    # Names and parameters: gast has names where ast has `arg`.

    def _Name(self, t: Node) -> None:
        self._annotated(t.id, t)

    def _arg(self, t: Node) -> None:
        self._annotated(t.arg, t)

    def _annotated(self, name: str, t: Node) -> None:
        self.write(name)
        if getattr(t, "annotation", None) is not None:
            self.write(": ")
            self.put(t.annotation, TEST)

    def _arguments(self, t: Node) -> None:
        for prefix, name, default in self.separated(list(parameters(t)), always_comma=True):
            self.write(prefix)
            if name is not None:
                self.dispatch(name)
            if default is not None:
                self.write("=" if getattr(name, "annotation", None) is None else " = ")
                self.put(default, TEST)

    # Literals

    def _Constant(self, t: Node) -> None:
        marker = getattr(t, "kind", None)
        if isinstance(t.value, (str, bytes)) and self.banned:
            texts = [strings.quoted(t.value, marker or "", quote) for quote in strings.QUOTES]
            self.write(min(texts, key=self._clashes))
        else:
            self.write(strings.constant(t.value, marker))

    def _clashes(self, text: str) -> bool:
        # Before 3.12 neither the quotes around nor backslashes may occur inside an f-string.
        return bool(self.banned) and any(bad in text for bad in (*self.banned, "\\"))

    def _JoinedStr(self, t: Node) -> None:
        breakable, self.breakable = self.breakable, OUTSIDE
        constants = "".join(part.value for part in t.values if kind(part) == "Constant")
        preferred = strings.preferred_quote(constants)
        quotes = sorted(strings.QUOTES, key=lambda quote: (len(quote), quote != preferred))
        texts = (self._formatted(t.values, quote) for quote in quotes)
        text = next((text for text in texts if text is not None), None)
        if text is None:
            # From 3.12 on any string may stand in any f-string.
            outside, self.banned = self.banned, ()
            inside = "".join(self._part(part, quotes[0])[0] for part in t.values)
            text = f"f{quotes[0]}{inside}{quotes[0]}"
            self.banned = outside
        self.write(text)
        self.breakable = breakable

    def _formatted(self, values: Sequence[Node], quote: str) -> str | None:
        """An f-string with `quote` around it, or None if old Pythons could not read it."""
        outside, self.banned = self.banned, (*self.banned, quote)
        parts = [self._part(part, quote) for part in values]
        clash = any(self._clashes(text) for text, is_field in parts if is_field)
        self.banned = outside
        text = f"f{quote}{''.join(text for text, _ in parts)}{quote}"
        return None if clash or self._clashes(text) else text

    def _part(self, part: Node, quote: str) -> tuple[str, bool]:
        """The text of a part of an f-string, and whether a field occurs in it."""
        if kind(part) == "Constant":
            return strings.literal_part(part.value, quote), False
        if kind(part) == "JoinedStr":
            inner = [self._part(each, quote) for each in part.values]
            return "".join(text for text, _ in inner), any(field for _, field in inner)
        text = self.text_of(part.value, TEST)
        if "lambda" in text:
            # Its colon may not stand bare in a field.
            text = self.text_of(part.value, OR)
        if part.conversion != -1:
            text += f"!{chr(part.conversion)}"
        if part.format_spec is not None:
            text += ":" + self._part(part.format_spec, quote)[0]
        return f"{{{' ' if text.startswith('{') else ''}{text}}}", True

    def _FormattedValue(self, t: Node) -> None:
        # No parser leaves one outside an f-string, but a transformation may.
        self._JoinedStr(SimpleNamespace(values=[t]))


def parameters(t: Node) -> Iterator[Parameter]:
    """Prefix, name and default of everything between the parentheses of a `def`."""
    positional = [*t.posonlyargs, *t.args]
    defaults = [None] * (len(positional) - len(t.defaults)) + t.defaults
    for index, (name, default) in enumerate(zip(positional, defaults, strict=True), 1):
        yield "", name, default
        if index == len(t.posonlyargs):
            yield "/", None, None
    if t.vararg is not None or t.kwonlyargs:
        yield "*", t.vararg, None
    for name, default in zip(t.kwonlyargs, t.kw_defaults, strict=True):
        yield "", name, default
    if t.kwarg is not None:
        yield "**", t.kwarg, None
