"""Trees as source text: gast's or ast's, with comments, in the style of ruff's formatter."""

from __future__ import annotations

import ast
import io
import sys
from collections.abc import Sequence
from typing import TextIO

from srcgrad import writer_strings as strings
from srcgrad.layout import STEP, lay_out
from srcgrad.writer_blocks import BlockWriter
from srcgrad.writer_shape import YIELD, Node, kind

WIDTH = 100
DEFINITIONS = ("FunctionDef", "AsyncFunctionDef", "ClassDef")
IMPORTS = ("Import", "ImportFrom")


def to_text(tree: Node) -> str:
    """Source text of a module, a statement, a list of statements, or an expression.

    The text of statements ends in a line break, that of an expression is one line without.
    Statements of class `Comment` print their `text` as a comment.

    >>> import ast
    >>> print(to_text(ast.parse("x = (a, (b + c)*d)")), end="")
    x = a, (b + c) * d
    """
    file = io.StringIO()
    SourceWriter(tree, file)
    return file.getvalue()


class SourceWriter(BlockWriter):
    """Prints a tree to a file, dispatching on class names.

    >>> import ast, sys
    >>> _ = SourceWriter(ast.parse("x[i, (a, b)]", mode="eval"), sys.stdout)
    x[i, (a, b)]
    """

    def __init__(self, tree: Node, file: TextIO = sys.stdout, width: int = WIDTH) -> None:
        self.width = width
        self.lines: list[str] = []
        super().__init__(tree, file)

    def print_tree(self, tree: Node) -> None:
        """Print a tree to the file."""
        if kind(tree) == "Expression":
            tree = tree.body
        # gast's expressions, too, but for slices, derive from ast's base class.
        if isinstance(tree, ast.expr) or kind(tree) == "Slice":
            self.f.write(self.text_of(tree, YIELD))
        elif kind(tree) in ("Module", "Interactive"):
            self._suite(tree.body, "Module")
        else:
            self._suite(tree if isinstance(tree, (list, tuple)) else [tree], "")
        self.f.writelines(line + "\n" for line in self.lines)

    def fill(self, text: str = "") -> None:
        """Begin a line at the current indentation."""
        self.write(text)

    def end(self) -> None:
        """End the line."""
        self.lines.append(lay_out(self.tokens, STEP * self._indent, self.width))
        self.tokens = []

    def block(self, body: Sequence[Node], owner: str = "block") -> None:
        """End the header line and print `body` below it."""
        self.write(":")
        if owner != "block" and len(body) == 1 and _is_constant(body[0], type(Ellipsis)):
            self.write(" ...")
            self.end()
            return
        self.end()
        self._indent += 1
        self._suite(body, owner)
        if all(kind(node) == "Comment" for node in body):
            self.write("pass")
            self.end()
        self._indent -= 1

    def _suite(self, body: Sequence[Node], owner: str) -> None:
        for index, node in enumerate(body):
            self.lines += [""] * self._blank_lines(body, index, owner)
            if index == 0 and owner in ("Module", *DEFINITIONS) and _is_docstring(node):
                self.write(strings.docstring(node.value.value))
                self.end()
            else:
                self.dispatch(node)

    def _blank_lines(self, body: Sequence[Node], index: int, owner: str) -> int:
        """How many blank lines the formatter wants above `body[index]`."""
        if index == 0:
            return int(owner == "block" and kind(body[0]) in DEFINITIONS)
        kinds = (kind(body[i]) for i in range(index, len(body)))
        following = next((name for name in kinds if name != "Comment"), "")
        before = body[index - 1]
        if kind(before) == "Comment":
            # A comment belongs to what it stands above.
            return 0
        if following in DEFINITIONS or _ends_in_definition(before):
            return 1 if self._indent else 2
        after_imports = kind(before) in IMPORTS and following and kind(body[index]) not in IMPORTS
        after_docstring = index == 1 and owner in ("Module", "ClassDef") and _is_docstring(before)
        return int(after_imports or after_docstring)

    def _Comment(self, t: Node) -> None:
        for line in t.text.splitlines() or [""]:
            self.write(f"# {line}".rstrip())
            self.end()


def _is_constant(node: Node, of: type) -> bool:
    if kind(node) != "Expr" or kind(node.value) != "Constant":
        return False
    return isinstance(node.value.value, of)


def _is_docstring(node: Node) -> bool:
    return _is_constant(node, str) and getattr(node.value, "kind", None) is None


def _ends_in_definition(node: Node) -> bool:
    """Whether the last line of `node` belongs to a function or a class."""
    while kind(node) not in DEFINITIONS:
        blocks = (getattr(node, name, None) for name in _BLOCKS)
        last = next((block for block in blocks if isinstance(block, list) and block), None)
        if last is None:
            return False
        node = last[-1]
    return True


# The fields that hold statements, the last in the text first.
_BLOCKS = ("finalbody", "orelse", "handlers", "cases", "body")
