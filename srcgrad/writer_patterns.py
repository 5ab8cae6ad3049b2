"""The patterns of `match` and type parameters as text."""

from __future__ import annotations

from srcgrad.writer_displays import DisplayWriter
from srcgrad.writer_shape import TEST, Node, kind


class PatternWriter(DisplayWriter):
    """Prints patterns, on one line however long."""

    def put_pattern(self, t: Node, closed: bool = False) -> None:
        """Print a pattern; `closed` where neither `|` nor `as` may stand bare."""
        if closed and (kind(t) == "MatchOr" or (kind(t) == "MatchAs" and t.pattern is not None)):
            self.write("(")
            self.dispatch(t)
            self.write(")")
        else:
            self.dispatch(t)

    def _MatchValue(self, t: Node) -> None:
        self.put(t.value, TEST)

    def _MatchSingleton(self, t: Node) -> None:
        self.write(repr(t.value))

    def _MatchSequence(self, t: Node) -> None:
        self.write("[")
        for pattern in self.separated(t.patterns, breaking=False):
            self.put_pattern(pattern)
        self.write("]")

    def _MatchStar(self, t: Node) -> None:
        self.write(f"*{t.name or '_'}")

    def _MatchMapping(self, t: Node) -> None:
        self.write("{")
        pairs = list(zip(t.keys, t.patterns, strict=True))
        for key, pattern in self.separated(pairs, breaking=False):
            self.put(key, TEST)
            self.write(": ")
            self.put_pattern(pattern)
        if t.rest:
            self.write(f"{', ' if pairs else ''}**{t.rest}")
        self.write("}")

    def _MatchClass(self, t: Node) -> None:
        self.put(t.cls)
        self.write("(")
        arguments = [("", pattern) for pattern in t.patterns]
        for name, pattern in zip(t.kwd_attrs, t.kwd_patterns, strict=True):
            arguments.append((f"{name}=", pattern))
        for name, pattern in self.separated(arguments, breaking=False):
            self.write(name)
            self.put_pattern(pattern)
        self.write(")")

    def _MatchAs(self, t: Node) -> None:
        if t.pattern is not None:
            self.put_pattern(t.pattern, closed=kind(t.pattern) == "MatchAs")
            self.write(" as ")
        self.write(t.name or "_")

    def _MatchOr(self, t: Node) -> None:
        for index, pattern in enumerate(t.patterns):
            self.write(" | " if index else "")
            self.put_pattern(pattern, closed=True)

    # Type parameters

    def type_parameters(self, t: Node) -> None:
        """Print the type parameters of a definition, if it has any."""
        parameters = getattr(t, "type_params", None)
        if parameters:
            with self.bracketed("[", "]"):
                for parameter in self.separated(parameters):
                    self.dispatch(parameter)

    def _TypeVar(self, t: Node, prefix: str = "") -> None:
        self.write(prefix + t.name)
        if getattr(t, "bound", None) is not None:
            self.write(": ")
            self.put(t.bound, TEST)
        if getattr(t, "default_value", None) is not None:
            self.write(" = ")
            self.put(t.default_value, TEST)

    def _ParamSpec(self, t: Node) -> None:
        self._TypeVar(t, "**")

    def _TypeVarTuple(self, t: Node) -> None:
        self._TypeVar(t, "*")
