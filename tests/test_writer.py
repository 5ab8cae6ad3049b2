"""Printing: what each construct looks like, that text and tree agree, and how long lines break."""

from __future__ import annotations

import ast
import io
import itertools
import random
import shutil
import subprocess
import sys
from pathlib import Path

import gast
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from srcgrad.tree import Comment
from srcgrad.writer import SourceWriter, to_text

RUFF = shutil.which("ruff", path=str(Path(sys.executable).parent)) or shutil.which("ruff")
needs_ruff = pytest.mark.skipif(RUFF is None, reason="ruff is not installed")

# Printed as they stand here.
EXPRESSIONS = """
a + b - c
a - (b - c)
a / (b * c)
a @ b @ c
(a + b) * c
x**2
x ** f(y)
x.y**-2
-(x**2)
(-x) ** 2
2**-1
x**y**z
(x**y) ** z
--x
~-x
not a == b
not (a and b)
(not a) + b
a and b or c
a and (b or c)
a < b <= c is not d not in e
(a < b) < c
a if b else c if d else e
(a if b else c) if d else e
(lambda: 0)()
lambda x, /, y=1, *args, z, w=2, **kw: x
lambda *, x: (yield)
f(a, *b, c=d, **e)
f(x for x in y)
f((x for x in y), 1)
f(a := 1)
[a := 1, *b]
(a, (b, c), d)[0]
x[i, :]
x[i]
x[i:j, ::k, ..., None]
x[a + 1 : -b, : f(c), d.e :]
x[(a, *b)]
x[1,]
x[()]
x[lambda: 0]
[x for x, (y, z) in a if b if c for d in e]
{k: v async for k, v in x}
{x for (x,) in y}
{**a, "b": 1}
{1, *a}
(1).real
(1.0).real
1j.imag
"it's"
'say "hi"'
"both \\" and '"
b"a\\x00"
"tab\\t and \\\\"
u"old"
1e309
1e309j
100000.0
1e20
a.b(c)[d](e).f
await x
await (-x)
f"{x}"
f"{x!r:>{w}.{p}}"
f"{x:%Y-%m-%d} {{braces}}\\n"
f"{d['key']} {f'{y}'}"
f'"{x}"'
f"{ {1: 2}[1]}"
f"{(lambda: 0)()}"
f"{a if b else c}{(lambda x: x)}"
f""
""".strip().splitlines()

STATEMENTS = """
a, b = c, d
a = b = c
(a,) = b
a, *b = c
a.b, c[d] = e
[a, b] = c
x: int
x: int = 1
(x): int = 1
x.y: tuple = 1, 2
x += a, b
x **= yield y, z
x = yield
x = (a := 1)
(a := 1)
yield
return a, *b
return (a,)
return
del a, b
del (a, b)
del x[0], y.z
assert (a, b), "message"
raise
raise A(b) from c
global a, b
nonlocal c
import a.b as c, d
from . import a
from ..a.b import c as d, e
from a import *
for i, x in enumerate(xs):
for (i,) in x:
for x in (*a, b):
async for x in y:
if (a := b) and c:
while a:
with a as b, c as (d, e), f:
with (yield):
with ((a, b)):
async with a:
def f(a, b: int = 1, /, c=2, *args: int, d, e: str = "", **kw) -> tuple[int, ...]:
async def f():
def f(*, a):
class A:
class A(B, *c, metaclass=D):
""".strip().splitlines()

BLOCKS = [
    "if a:\n    pass\nelif b:\n    pass\nelse:\n    pass\n",
    "if a:\n    pass\nelse:\n    if b:\n        pass\n    c()\n",
    "for x in y:\n    break\nelse:\n    continue\n",
    "try:\n    pass\nexcept (A, B) as e:\n    pass\nexcept:\n    pass\nelse:\n    a()\nfinally:\n    b()\n",
    "@a.b(1)\n@c\nasync def f():\n    await x\n",
    "def f(): ...\n\n\nclass A: ...\n",
    "match a, b:\n"
    "    case 1 | -2.5 | 1 + 2j | 's' | None | A.b | _:\n        pass\n"
    "    case [a, *_, b] | {1: c, **d} | A(e, f=g) if h:\n        pass\n"
    "    case [a | b as c, (d as e) as f]:\n        pass\n".replace("'", '"'),
    'def f():\n    """Doc\n\n    with "quotes", \'\'\' and 1e3.\n    """\n    return 1\n',
    'class A:\n    r"""A \\ in it."""\n\n    x = 1\n',
    '"""Doc."""\n\nimport a\nfrom b import c\n\nx = 1\n\n\ndef f():\n    x = 1\n\n    def g():\n'
    "        pass\n\n    return g\n\n\nf()\n",
    "if a:\n\n    def f():\n        pass\nelse:\n    f = None\n",
]

BY_VERSION = [
    ((3, 11), "try:\n    pass\nexcept* (A, B) as e:\n    pass\n"),
    ((3, 11), "def f(*args: *Ts):\n    return x[*a, 1:2]\n"),
    ((3, 12), "type A[T: int, *Ts, **P] = dict[T, P]\n"),
    ((3, 12), "class A[T: (int, str)]:\n    def f[S](self, x: S) -> S:\n        pass\n"),
    ((3, 12), "x = f\"{'\\n'.join(y)} {f\"{z!r:{'>'}}\"}\"\n".replace("'\\n'", '"\\n"')),
    ((3, 13), "def f[T = int, *Ts = *tuple[int, ...], **P = [int]](x: T): ...\n"),
]


HARD_STRINGS = [
    '"quoted"',
    '\\"',
    "\\",
    '"""',
    "a'''b",
    '\\"""',
    'a\\\n"',
    "",
    "\r\n\t",
    "{}",
    "\udc80",
]


@pytest.mark.parametrize("value", HARD_STRINGS, ids=ascii)
def test_docstring(value: str) -> None:
    tree = ast.parse("def f():\n    'doc'\n    return f'{x}'")
    tree.body[0].body[0].value.value = value
    tree.body[0].body[1].value.values.append(ast.Constant(value + "."))
    text = to_text(tree)
    assert same_tree(text, tree)
    assert text.split("\n")[1].startswith(('    """', '    r"""'))


def same_tree(text: str, tree: ast.AST) -> bool:
    return ast.dump(ast.parse(text)) == ast.dump(tree)


@pytest.mark.parametrize("text", EXPRESSIONS)
def test_expression(text: str) -> None:
    tree = ast.parse(f"_\n{text}")
    assert to_text(tree) == f"_\n{text}\n"
    assert to_text(gast.ast_to_gast(tree)) == f"_\n{text}\n"
    assert to_text(tree.body[1].value) == text
    assert to_text(ast.parse(text, mode="eval")) == text


@pytest.mark.parametrize("text", STATEMENTS)
def test_statement(text: str) -> None:
    text += "\n    pass\n" if text.endswith(":") else "\n"
    tree = ast.parse(text)
    for printed in (tree, tree.body, tree.body[0], gast.ast_to_gast(tree)):
        assert to_text(printed) == text


@pytest.mark.parametrize("text", BLOCKS)
def test_block(text: str) -> None:
    assert to_text(ast.parse(text)) == text
    assert to_text(gast.parse(text)) == text


@pytest.mark.parametrize(("version", "text"), BY_VERSION)
def test_syntax_of_later_versions(version: tuple[int, int], text: str) -> None:
    if sys.version_info < version:
        pytest.skip(f"needs Python {version}")
    assert same_tree(to_text(ast.parse(text)), ast.parse(text))
    assert to_text(gast.parse(text)) == to_text(ast.parse(text))


@pytest.mark.skipif(sys.version_info < (3, 12), reason="3.12 allows any quotes inside")
def test_fields_are_quoted_for_old_versions_where_that_is_possible() -> None:
    assert to_text(ast.parse('f"{d["a"]}"', mode="eval")) == "f\"{d['a']}\""
    deep = "f\"{f'''{f'{1}'}'''}\""
    for text in (deep, 'f"{f"{f"{f"{f"{x["a"]}"}"}"}"}"'):
        assert same_tree(to_text(ast.parse(text)), ast.parse(text))


# Trees that no parser makes


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (-1, "(-1) ** x"),
        (-1.5, "(-1.5) ** x"),
        (float("-inf"), "(-1e309) ** x"),
        (1 + 2j, "(1.0 + 2j)**x"),
        (True, "True**x"),
    ],
)
def test_constant_as_an_operand(value: object, text: str) -> None:
    tree = gast.BinOp(gast.Constant(value, None), gast.Pow(), gast.Name("x", None, None, None))
    assert to_text(tree) == text


def test_huge_integer() -> None:
    # Neither printing nor parsing more than some thousands of decimal digits is allowed.
    tree = gast.Constant(10**5000, None)
    assert ast.literal_eval(to_text(tree)) == 10**5000
    assert to_text(gast.UnaryOp(gast.USub(), tree)) == f"-{hex(10**5000)}"


def test_values_without_a_literal() -> None:
    printed = to_text(gast.Constant((1, float("nan"), ..., frozenset([1])), None))
    assert printed == "(1, (1e309 - 1e309), ..., frozenset({1}))"
    assert eval(to_text(gast.Set([]))) == set()


PARTS = [0.0, -0.0, 2.5, -2.5, 1e-320, -1e300, float("inf"), float("-inf"), float("nan")]


def test_complex_constants_keep_the_signs_of_zeros_and_what_is_infinite() -> None:
    for real, imaginary in itertools.product(PARTS, repeat=2):
        value = complex(real, imaginary)
        for node in (gast.Constant(value, None), gast.UnaryOp(gast.USub(), gast.Constant(-value, None))):
            found = eval(to_text(node), {"__builtins__": {}})  # whatever the names of builtins mean there
            assert [repr(found.real), repr(found.imag)] == [repr(real), repr(imaginary)]
    power = gast.BinOp(gast.Constant(-1j, None), gast.Pow(), gast.Constant(2, None))
    assert eval(to_text(power)) == -1


def test_formatted_value_alone() -> None:
    assert to_text(ast.FormattedValue(ast.Name("x"), -1, None)) == 'f"{x}"'


def test_comments() -> None:
    tree = ast.parse("import a\ndef f(x):\n    return x\ny = 1")
    function = tree.body[1]
    function.body = [Comment("forward sweep"), *function.body, Comment("two\nlines"), Comment("")]
    tree.body.insert(1, Comment("what f is"))
    tree.body.append(ast.If(ast.Name("x"), [Comment("nothing to do")], []))
    assert to_text(tree) == (
        "import a\n\n\n# what f is\ndef f(x):\n    # forward sweep\n    return x\n"
        "    # two\n    # lines\n    #\n\n\ny = 1\nif x:\n    # nothing to do\n    pass\n"
    )


def test_empty_bodies() -> None:
    assert to_text(ast.Module([], [])) == ""
    assert to_text(ast.While(ast.Name("x"), [], [])) == "while x:\n    pass\n"


def test_writer_prints_to_any_file() -> None:
    file = io.StringIO()
    SourceWriter(ast.parse("x = a + b"), file, width=5)
    assert file.getvalue() == "x = (\n    a\n    + b\n)\n"


@pytest.mark.parametrize("operator", [ast.Add(), ast.Mult(), ast.Pow()])
@pytest.mark.parametrize("side", ["left", "right", "both"])
def test_deep_operations(operator: ast.operator, side: str) -> None:
    x = ast.Name("x")
    deep: ast.expr = x
    for _ in range(5_000):
        if side == "left":
            deep = ast.BinOp(deep, operator, x)
        elif side == "right":
            deep = ast.BinOp(x, ast.Pow(), deep)
        else:
            deep = ast.BinOp(deep, ast.Add(), ast.BinOp(x, operator, x))
    if side == "left" and isinstance(operator, ast.Pow):
        return  # Every level needs its parentheses: more of them than Python reads.
    assert to_text(deep).count("x") == (10_001 if side == "both" else 5_001)
    assert to_text(ast.Return(deep)).count("\n") > 5_000


def test_deep_chains_and_branches() -> None:
    chain: ast.expr = ast.Name("x")
    branch: list[ast.stmt] = []
    for _ in range(3_000):
        chain = ast.Attribute(ast.Call(chain, [], []), "y")
        branch = [ast.If(ast.Name("x"), [ast.Pass()], branch)]
    assert to_text(ast.Expr(chain)).count(".y") == 3_000
    assert to_text(branch).count("elif") == 2_999


def test_as_deep_as_python_reads() -> None:
    for text in ("f(" * 90 + ")" * 90, "(x+" * 90 + "1" + ")*2" * 90, "x[" * 90 + "0" + "]" * 90):
        assert same_tree(to_text(ast.parse(text)), ast.parse(text))


# Long lines


BROKEN = """\
def loss_grad(
    weights, biases, inputs, targets, learning_rate, momentum, decay, loss_bar=1.0, *, axis=None
):
    hidden_bar = (
        output_bar * some_function(hidden, axis=0) + np.dot(weights.T, other_bar) * learning_rate
    )
    total = np.dot(first_argument_of_dot, second_argument_of_dot) + another_function_of(
        something, else_
    )
    gradient_of_weights[index_of_row, 1:-1] += np.outer(
        gradient_of_outputs, activation_of_the_layer_below_it
    )
    stack.append(
        (
            activation_of_the_first_layer,
            activation_of_the_second_layer,
            activation_of_the_third_layer,
        )
    )
    first_result, second_result, third_result = some_function_with_a_name(
        first_argument, second_argument
    )
    if (
        np.linalg.norm(difference_between_iterates) < tolerance
        and number_of_iterations > minimum_number_x
    ):
        return (
            weights_bar_accumulated_over_time,
            biases_bar_accumulated_over_time,
            inputs_bar_accumulated_,
        )
"""


def formatted(text: str) -> str:
    assert RUFF is not None
    command = [RUFF, "format", "--isolated", "--line-length", "100", "-"]
    return subprocess.run(command, input=text, text=True, capture_output=True, check=True).stdout


def test_long_lines() -> None:
    assert to_text(ast.parse(BROKEN)) == BROKEN


@needs_ruff
@pytest.mark.parametrize("text", [BROKEN, *BLOCKS])
def test_ruff_leaves_the_text_alone(text: str) -> None:
    printed = to_text(ast.parse(text))
    assert formatted(printed) == printed


NAMES = st.sampled_from(["x", "w_bar", "np", "activation_of_the_layer", "a", "loss_bar", "h_stack"])
FUNCTIONS = st.sampled_from(["np.dot", "f", "unbroadcast", "np.linalg.norm", "h_stack.append"])
LEAVES = NAMES | st.sampled_from(["1", "0.5", "None", '"text"', "True", "1e-05", "np.pi"])


def _compound(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    listed = st.lists(inner, max_size=4).map(", ".join)
    operator = st.sampled_from(["+", "-", "*", "/", "@", "**", "//", "<", "==", "and", "or"])
    return st.one_of(
        st.builds("({}) {} ({})".format, inner, operator, inner),
        st.builds("{}({})".format, FUNCTIONS, listed),
        st.builds("{}({}, axis={})".format, FUNCTIONS, inner, inner),
        st.builds("({}).{}".format, inner, st.sampled_from(["T", "sum()", "reshape(-1)"])),
        st.builds("({})[{}]".format, inner, inner | st.just("i, :") | st.just("1:-1")),
        st.builds("{}({})".format, st.sampled_from(["-", "not "]), inner),
        st.builds("(({}) if ({}) else ({}))".format, inner, inner, inner),
        st.builds("({},)".format, inner),
        st.builds("[{}]".format, listed),
    )


VALUES = st.recursive(LEAVES, _compound, max_leaves=14)
TARGETS = st.one_of(NAMES, st.builds("{}, {}".format, NAMES, NAMES), st.builds("{}[{}]".format, NAMES, VALUES))
LINES = st.one_of(
    st.builds("{} = {}".format, TARGETS, VALUES),
    st.builds("{} += {}".format, st.builds("{}[{}]".format, NAMES, VALUES) | NAMES, VALUES),
    st.builds("return {}".format, st.lists(VALUES, min_size=1, max_size=3).map(", ".join)),
    st.builds("h_stack.append({})".format, VALUES),
    st.builds("if {}: pass".format, VALUES),
    st.builds("while {}: pass".format, VALUES),
    st.builds("for i, x in {}: pass".format, VALUES),
)


@needs_ruff
@settings(max_examples=12)
@given(st.lists(LINES, min_size=20, max_size=40))
def test_ruff_leaves_generated_code_alone(lines: list[str]) -> None:
    tree = ast.parse("def f():\n" + "".join(f"    {line}\n" for line in lines))
    text = to_text(tree)
    assert same_tree(text, tree)
    assert formatted(text) == text


@settings(max_examples=30)
@given(st.lists(LINES, min_size=1, max_size=20), st.integers(1, 60))
def test_any_width_keeps_the_tree(lines: list[str], width: int) -> None:
    tree = ast.parse("def f():\n" + "".join(f"    {line}\n" for line in lines))
    file = io.StringIO()
    SourceWriter(tree, file, width)
    assert same_tree(file.getvalue(), tree)


@given(st.text())
def test_any_string(value: str) -> None:
    tree = ast.parse("x = 's'\ny = f'{z}'\ndef f():\n    'doc'")
    tree.body[0].value.value = value
    tree.body[1].value.values.insert(0, ast.Constant(value + "."))
    tree.body[2].body[0].value.value = value
    assert same_tree(to_text(tree), tree)


@given(st.binary())
def test_any_bytes(value: bytes) -> None:
    assert ast.literal_eval(to_text(ast.Constant(value))) == value


@needs_ruff
def test_ruff_leaves_blank_lines_and_comments_alone() -> None:
    chooser = random.Random(1)
    body = _random_block(chooser, 3, 12)
    text = to_text(ast.Module(body, []))
    assert formatted(text) == text


def _random_block(chooser: random.Random, depth: int, count: int) -> list[ast.stmt]:
    body: list[ast.stmt] = []
    for _ in range(count):
        text = chooser.choice(
            [
                "#",
                "#",
                "x = 1",
                "import a",
                "def f(): pass",
                "class A: pass",
                "if x: pass",
                "for x in y: pass",
            ]
        )
        if text == "#":
            body.append(Comment("a comment"))
            continue
        statement = ast.parse(text).body[0]
        if isinstance(statement, (ast.Assign, ast.Import)):
            body.append(statement)
        elif depth:
            statement.body = _random_block(chooser, depth - 1, chooser.choice([1, 2, 4]))
            body.append(statement)
    return body or [ast.Pass()]
