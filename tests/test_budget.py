"""Modules and functions stay small: at most 300 and 60 lines of code."""

from __future__ import annotations

import ast
import io
import tokenize
from collections.abc import Iterator
from pathlib import Path

PACKAGE = Path(__file__).parents[1] / "srcgrad"
MODULE_LINES = 300
FUNCTION_LINES = 60

# "srcgrad/module.py" or "srcgrad/module.py:function": why it may be longer.
EXCEPTIONS: dict[str, str] = {}

_NOT_CODE = {
    tokenize.COMMENT,
    tokenize.DEDENT,
    tokenize.ENDMARKER,
    tokenize.INDENT,
    tokenize.NEWLINE,
    tokenize.NL,
}
_DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)


def code_lines(text: str, tree: ast.Module) -> set[int]:
    """Return the numbers of the lines that hold code: no blank lines, comments or docstrings."""
    lines: set[int] = set()
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type not in _NOT_CODE:
            lines.update(range(token.start[0], token.end[0] + 1))
    for node in ast.walk(tree):
        if isinstance(node, _DOCUMENTED) and ast.get_docstring(node, clean=False) is not None:
            docstring = node.body[0]
            lines.difference_update(range(docstring.lineno, (docstring.end_lineno or 0) + 1))
    return lines


def _functions(node: ast.AST, prefix: str = "") -> Iterator[tuple[str, ast.AST]]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            name = prefix + child.name
            if not isinstance(child, ast.ClassDef):
                yield name, child
            yield from _functions(child, name + ".")
        else:
            yield from _functions(child, prefix)


def too_long(path: Path) -> Iterator[tuple[str, int, int]]:
    """Yield (name, lines, limit) of the module and of its functions that are over their limit."""
    name = path.relative_to(PACKAGE.parent).as_posix()
    text = path.read_text(encoding="utf-8")
    tree = ast.parse(text)
    lines = code_lines(text, tree)
    if len(lines) > MODULE_LINES:
        yield name, len(lines), MODULE_LINES
    for function, node in _functions(tree):
        own = sum(node.lineno <= line <= (node.end_lineno or 0) for line in lines)
        if own > FUNCTION_LINES:
            yield f"{name}:{function}", own, FUNCTION_LINES


def _all_too_long() -> dict[str, tuple[int, int]]:
    return {name: (n, limit) for path in PACKAGE.rglob("*.py") for name, n, limit in too_long(path)}


def test_code_lines_leaves_out_what_is_not_code():
    module = '"""Doc\nstring."""\n\n# comment\nx = """a\nb"""\n'
    function = 'def f():\n    "doc"\n    return (\n        1  # one\n    )\n'
    text = module + function
    assert code_lines(text, ast.parse(text)) == {5, 6, 7, 9, 10, 11}


def test_modules_and_functions_keep_within_their_budget():
    found = _all_too_long()
    report = [f"{name}: {n} lines, at most {limit}" for name, (n, limit) in found.items()]
    assert not found.keys() - EXCEPTIONS.keys(), "too long:\n" + "\n".join(report)


def test_no_exception_is_stale():
    assert not EXCEPTIONS.keys() - _all_too_long().keys(), "no longer too long: off the list"
