"""Sources: the tree is that of the function that runs, or there is an error."""

from __future__ import annotations

import ast
import concurrent.futures
import doctest
import functools
import importlib.util
import linecache
import math
import operator
import sys
import time
import traceback
import types
import warnings
import zipfile

import gast
import numpy as np
import pytest

from srcgrad import source_files
from srcgrad.errors import DifferentiationError, SourceNotFoundError, refuse
from srcgrad.source import read

GLOBAL = 3.0


def text(source):
    return ast.unparse(gast.gast_to_ast(source.tree))


def at(source, node):
    """The piece of the file that a node says it comes from."""
    lines = [line.encode() for line in source.lines[node.lineno - 1 : node.end_lineno]]
    lines[-1] = lines[-1][: node.end_col_offset]
    lines[0] = lines[0][node.col_offset :]
    return b"".join(lines).decode()


@pytest.fixture
def module(tmp_path, request):
    """Make a module from text; a further call edits the file, without or with a reload."""
    path, made = tmp_path / "user_code.py", []

    def make(content, *, reload=True, encoding="utf-8"):
        path.write_bytes(content.encode(encoding))
        linecache.checkcache(str(path))
        if reload or not made:
            spec = importlib.util.spec_from_file_location("user_code", path)
            made.append(importlib.util.module_from_spec(spec))
            exec(compile(path.read_bytes(), str(path), "exec", dont_inherit=True), vars(made[-1]))
        return made[-1]

    return make


def cell(content, name="/tmp/ipykernel_1/2.py", **values):
    """Run text as notebooks do: its lines are in linecache and nowhere else."""
    lines = content.splitlines(keepends=True)
    linecache.cache[name] = (len(content), None, lines, name)
    home = {"__name__": "__main__", **values}
    exec(compile(content, name, "exec", dont_inherit=True), home)
    return home


# --- where functions live


def plain(x, y=2.0, *, z=1.0):
    """Docstring."""
    return x * y + z


def test_plain_function():
    source = read(plain)
    assert (source.name, source.function, source.bound) == ("plain", plain, {})
    assert (source.file, source.home) == (__file__, globals())
    assert at(source, source.tree) == text(source).replace("'''", '"""')
    assert at(source, source.tree.body[-1].value) == "x * y + z"
    assert isinstance(source.tree, gast.FunctionDef)


def test_each_read_gives_a_tree_of_its_own():
    first, second = read(plain), read(plain)
    assert first.tree is not second.tree
    first.tree.body.clear()
    assert read(plain).tree.body


def identity(function):
    return function


def wrapping(function):
    @functools.wraps(function)
    def wrapper(*args):
        return function(*args) * 2

    return wrapper


@identity
@identity
def decorated(x):
    return x


@wrapping
def wrapped(x):
    return x


def test_decorators_are_not_in_the_tree():
    source = read(decorated)
    assert text(source) == "def decorated(x):\n    return x"
    assert at(source, source.tree).startswith("def decorated")


def test_a_wrapper_is_the_function_that_runs():
    source = read(wrapped)
    assert "function(*args) * 2" in text(source)
    assert source.cells["function"].cell_contents is wrapped.__wrapped__
    assert text(read(wrapped.__wrapped__)) == "def wrapped(x):\n    return x"


def test_asserts_may_have_been_rewritten_by_pytest():
    def checked(x):
        assert x.ndim == 1, "a vector"
        return x * 2

    assert "assert x.ndim == 1" in text(read(checked))


def test_a_function_that_ran_often_is_the_same():
    def hot(x):
        for _ in range(3):
            x = x + 1.0
        return x

    for _ in range(2000):
        hot(1.0)
    assert read(hot).name == "hot"


@pytest.mark.parametrize("name", ["/tmp/ipykernel_1/2.py", "<ipython-input-3-abc>", "<stdin>-0"])
def test_notebook_cells(name):
    home = cell("%s\ndef f(x):\n    return x * a\n" % ("# ünïcode" * 3), name, a=2)
    source = read(home["f"])
    assert (source.file, source.tree.lineno, source.namespace["a"]) == (name, 2, 2)
    del linecache.cache[name]


def test_a_cell_that_awaits():
    content = "await_me = None\ndef f(x):\n    return x\nawait await_me\n"
    name = "/tmp/ipykernel_1/9.py"
    linecache.cache[name] = (len(content), None, content.splitlines(True), name)
    code = compile(content, name, "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT, dont_inherit=True)
    home = {}
    types.FunctionType(code, home)().close()
    home["f"] = types.FunctionType(next(c for c in code.co_consts if hasattr(c, "co_name")), home)
    assert read(home["f"]).name == "f"


def test_doctests():
    example = """
    >>> import math
    >>> def f(x):
    ...     return math.sin(x)
    >>> g = lambda x: f(x)
    >>> read(f).file, read(f).tree.lineno, read(g).name
    ('<doctest sample[1]>', 1, 'g')
    """
    test = doctest.DocTestParser().get_doctest(example, {"read": read}, "sample", None, 0)
    assert doctest.DocTestRunner(verbose=False).run(test).failed == 0


@pytest.mark.parametrize(
    ("encoding", "start"),
    [("latin-1", "# coding: latin-1\n"), ("utf-8-sig", ""), ("utf-8", "\f\n")],
)
def test_encodings(module, encoding, start):
    made = module(start + "def f(x):\r\n    é = 'ü' ; y = x * 2\r\n    return y\r\n", encoding=encoding)
    source = read(made.f)
    assert at(source, source.tree.body[1].value) == "x * 2"
    with pytest.raises(DifferentiationError) as caught:
        raise refuse(source.tree.body[1].value, source, "why")
    assert (caught.value.offset, caught.value.end_offset) == (19, 24)


def test_zipped_modules(tmp_path, monkeypatch):
    path = tmp_path / "library.zip"
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("zipped_user_code.py", "def f(x):\n    return x + 1\n")
    monkeypatch.syspath_prepend(str(path))
    import zipped_user_code

    assert text(read(zipped_user_code.f)) == "def f(x):\n    return x + 1"


def test_futures_of_the_file(module):
    made = module(
        "from __future__ import annotations\ndef f(x: Unknown):\n    def g(y: Unknown): return y\n    return g(x)\n"
    )
    assert read(made.f).name == "f"


def test_calls_of_imported_names(module):
    made = module(
        "import math\nimport numpy as np\n"
        "try:\n    from numpy import linalg\nexcept ImportError:\n    linalg = None\n"
        "other = math\n"
        "def f(x):\n    return np.sin(x) + math.cos(x) + linalg.norm(x) + other.exp(x) + x.sum()\n"
        "pair = lambda x: np.sin(x), lambda x: np.cos(x)\n"
        "def g(x):\n    import math as m\n    return m.sin(x)\n"
    )
    assert read(made.f).name == "f"
    assert read(made.g).name == "g"
    assert ["sin" in text(read(f)) for f in made.pair] == [True, False]


def test_what_the_compiler_takes_from_the_module(module):
    made = module(
        "plain_super = super\n"
        "class A(dict):\n    def m(self, x):\n        return super().get(x)\n"
        "if True:\n    def f(x):\n        import math\n        return math.sin(x)\n"
        "def g(x, math):\n    return math.sin(x)\n"
    )
    assert [read(f).name for f in (made.A.m, made.f, made.g)] == ["m", "f", "g"]


def test_warnings_are_not_given_twice(module):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        made = module("def f(x):\n    '\\d'\n    return x is 1\n")
    assert read(made.f).name == "f"


# --- which function


def test_functions_of_one_name(module):
    made = module(
        "def d(f): return f\n"
        "if True:\n    @d\n    @d\n    def f(x):\n        return x + 1\n    first = f\n"
        "def f(x):\n    return x + 2\n"
        "class A:\n    def f(self, x): return x\nclass B:\n    def f(self, x): return x\n"
    )
    assert "x + 1" in text(read(made.first))
    assert "x + 2" in text(read(made.f))
    assert read(made.A.f).tree.lineno == 11
    assert read(made.B.f).tree.lineno == 13


@pytest.mark.skipif(sys.version_info < (3, 12), reason="new syntax")
def test_type_parameters(module):
    made = module("def f[T](x: T) -> T:\n    return x\nclass C[T]:\n    def m(self, x: T): return x\n")
    assert read(made.f).name == "f"
    assert read(made.C.m).name == "m"


def lambdas():
    k, é = 2.0, "ü"  # the names in front move the columns: éüéü
    return (lambda x: x * k, lambda x: x + k, lambda y: (lambda x: x - y), lambda x: (x, é, k)), (
        lambda x, n=1: x**n, lambda x, n=2: x**n, lambda x: 1, lambda x: 1.0, lambda x: True,
        lambda x: 0.0, lambda x: -0.0, lambda x: 3 + 4
    )  # fmt: skip


def test_lambdas_that_share_a_line():
    first, second = lambdas()
    found = [ast.unparse(gast.gast_to_ast(read(f).tree.body[0].value)) for f in first + second]
    expected = ["x * k", "x + k", "lambda x: x - y", "(x, é, k)", "x ** n", "x ** n"]
    assert found == [*expected, "1", "1.0", "True", "0.0", "-0.0", "3 + 4"]
    assert [read(f).tree.args.defaults[0].value for f in second[:2]] == [1, 2]
    assert text(read(first[2](1.0))) == "def function(x):\n    return x - y"
    places = {(read(f).tree.lineno, read(f).tree.col_offset) for f in first + second}
    assert len(places) == len(first + second)


def test_equal_lambdas_in_a_line():
    pair = [lambda x: x + 1, lambda x: x + 1, lambda x: x]
    assert [text(read(f))[-9:] for f in pair[:2]] == ["rn x + 1"[-8:].rjust(9, "u")] * 2
    if sys.version_info >= (3, 11):
        assert [read(f).tree.col_offset for f in pair] == [12, 29, 46]


def test_a_lambda_that_nothing_tells_from_its_neighbour_is_refused():
    values = [1.0, 2.0]
    # fmt: off
    pair = [lambda x, v=values[0]: x * v, lambda x, v=values[1]: x * v]
    # fmt: on
    if sys.version_info >= (3, 11):
        assert [read(f).tree.col_offset for f in pair] == [12, 42]
    else:
        with pytest.raises(SourceNotFoundError, match="several lambdas") as caught:
            read(pair[0])
        assert "use def" in caught.value.hint


def test_lambdas_are_found_by_many_threads_at_once():
    functions = [f for group in lambdas() for f in group] * 4
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        lines = list(pool.map(lambda f: read(f).tree.lineno, functions))
    assert lines == [f.__code__.co_firstlineno for f in functions]


def test_names_of_lambdas():
    f = lambda x: x  # noqa: E731
    g: object = lambda x: x  # noqa: E731
    (h := lambda x: x)
    holder = types.SimpleNamespace()
    holder.i = lambda x: x
    assert [read(v).name for v in (f, g, h, holder.i)] == ["f", "g", "h", "function"]
    assert read(f).tree.name == "f"
    assert at(read(f), read(f).tree) == "lambda x: x"


def test_a_lambda_over_several_lines():
    f = functools.partial(
        lambda x, y: (
            x
            + y
        ),
        1.0,
    )  # fmt: skip
    assert text(read(f)) == "def function(y):\n    return x + y"


# --- stale files


EDITS = {
    "operator": "def f(x, n=2):\n    return x - 1\n",
    "constant": "def f(x, n=2):\n    return x + 1.0\n",
    "name": "def f(x, n=2):\n    return n + 1\n",
    "default": "def f(x, n=3):\n    return x + 1\n",
    "no default": "def f(x, n):\n    return x + 1\n",
    "gone": "def g(x, n=2):\n    return x + 1\n",
    "broken": "def f(x, n=2:\n    return x + 1\n",
    "empty": "",
}


@pytest.mark.parametrize("edit", EDITS)
def test_an_edited_function_is_refused(module, edit):
    made = module("def f(x, n=2):\n    return x + 1\n")
    assert read(made.f).name == "f"
    module(EDITS[edit] + "# longer\n", reload=False)
    with pytest.raises(SourceNotFoundError) as caught:
        read(made.f)
    assert "reload" in caught.value.hint
    assert read(module(EDITS["operator"]).f).name == "f"


def test_an_edit_deep_inside_is_seen(module):
    content = "def f(x):\n    def g(y):\n        return [y + {} for _ in (lambda: y)()]\n    return g\n"
    made = module(content.format(1))
    module(content.format(2), reload=False)
    with pytest.raises(SourceNotFoundError):
        read(made.f)


def test_an_edit_elsewhere_does_no_harm(module):
    content = "def f(x):\n    return x + 1\n\n\ng = lambda x: x\n"
    made = module(content)
    module("# a comment\n\n" + content, reload=False)
    source = read(made.f)
    assert source.tree.lineno == 3
    assert at(source, source.tree.body[0]) == "return x + 1"


def test_lambdas_in_a_line_that_was_edited(module):
    def found(function):
        return ast.unparse(gast.gast_to_ast(read(function).tree.body[0].value))

    pair = module("pair = (lambda x: x+1, lambda x: x+2)\n").pair
    module("pair = (lambda x: x + 1,  lambda x: x+2)\n", reload=False)
    assert [found(f) for f in pair] == ["x + 1", "x + 2"]
    module("pair = (lambda x: x+2, lambda x: x+1) \n", reload=False)
    assert [found(f) for f in pair] == ["x + 1", "x + 2"]
    module("pair = (lambda x: x+2, lambda x: x+3)  \n", reload=False)
    assert found(pair[1]) == "x + 2"
    with pytest.raises(SourceNotFoundError):
        read(pair[0])


def test_code_that_was_made_from_the_function_is_refused():
    def f(x):
        return x + 1

    f.__code__ = f.__code__.replace(co_consts=tuple(2 if c == 1 else c for c in f.__code__.co_consts))
    with pytest.raises(SourceNotFoundError, match="not what runs"):
        read(f)


# --- names


def test_namespace_is_live_and_layered():
    cell_value = 1.0

    def f(x):
        return x * cell_value * GLOBAL * len([late])

    source = read(f)
    names = source.namespace
    assert (names["cell_value"], names["GLOBAL"], names["len"]) == (1.0, 3.0, len)
    with pytest.raises(KeyError):
        names["late"]
    with pytest.raises(KeyError):
        names["no_such_name"]
    assert "late" not in names
    assert "late" not in set(names)
    late = cell_value = 5.0
    assert (names["late"], names["cell_value"]) == (5.0, 5.0)
    assert names["cell_value"] == source.cells["cell_value"].cell_contents
    assert len(names) == len(list(names)) == len(set(names))
    assert not hasattr(names, "__setitem__")


def test_builtins_may_be_a_module_or_a_dict():
    home = {"__builtins__": {"only": 1}}
    exec(compile("def f(x): return x", __file__, "exec"), home)
    from srcgrad.source import Namespace

    assert Namespace(home, {}, {})["only"] == 1
    assert Namespace({}, {}, {})["abs"] is abs
    with pytest.raises(KeyError):
        Namespace(home, {}, {})["abs"]


# --- bound arguments


def many(a, /, b, c=3, *rest, d, e=5, **others):
    return a, b, c, rest, d, e, others


def simple(a, b, c=3, *, d=4):
    return a


@pytest.mark.parametrize(
    ("function", "signature", "bound"),
    [
        (functools.partial(simple, 1), "b, c=3, *, d=4", {"a": 1}),
        (functools.partial(simple, c=0), "a, b, *, d=4", {"c": 0}),
        (functools.partial(simple, b=2), "a, *, c=3, d=4", {"b": 2}),
        (functools.partial(simple, 1, d=0), "b, c=3", {"a": 1, "d": 0}),
        (
            functools.partial(functools.partial(simple, 1, d=2), 2, d=3),
            "c=3",
            {"a": 1, "b": 2, "d": 3},
        ),
        (functools.partial(many, 1, 2), "c=3, *rest, d, e=5, **others", {"a": 1, "b": 2}),
        (functools.partial(many, b=2), "a, /, *, c=3, d, e=5, **others", {"b": 2, "rest": ()}),
        (functools.partial(many, d=2), "a, /, b, c=3, *rest, e=5, **others", {"d": 2}),
        (functools.partial(simple), "a, b, c=3, *, d=4", {}),
        (
            functools.partial(many, 1, 2, 3, 4, new=5),
            "*rest, d, e=5, **others",
            {"a": 1, "b": 2, "c": 3, "rest_1_bound": 4, "others_new_bound": 5},
        ),
    ],
)
def test_partial(function, signature, bound):
    source = read(function)
    assert text(source).startswith(f"def {source.name}({signature}):")
    assert source.bound == bound
    assert all(source.namespace[name] is value for name, value in bound.items())
    assert source.function in (many, simple)


@pytest.mark.parametrize(
    "function",
    [
        functools.partial(simple, 1, 2, 3, 4),
        functools.partial(simple, x=1),
        functools.partial(simple, 1, a=1),
        functools.partial(many, a=1),
    ],
)
def test_what_has_no_parameter_cannot_be_bound(function):
    with pytest.raises(DifferentiationError, match=r"(is|are) bound"):
        read(function)


class Model:
    __scale = 2.0

    def loss(self, x):
        return self.__scale * x

    def __call__(self, x, *, y=1):
        return x + y

    @staticmethod
    def static(x):
        return x

    @classmethod
    def of_class(cls, x):
        return cls, x

    part = functools.partialmethod(loss, x=1.0)


def test_methods():
    model = Model()
    source = read(model.loss)
    assert text(source) == "def loss(x):\n    return self._Model__scale * x"
    assert source.bound == {"self": model}
    assert source.function is Model.loss
    assert text(read(Model.loss)).startswith("def loss(self, x)")
    assert text(read(Model.static)).startswith("def static(x)")
    assert text(read(Model.__dict__["static"])).startswith("def static(x)")
    assert read(Model.of_class).bound == {"cls": Model}
    assert read(model.part).bound == {"self": model, "x": 1.0}


def test_callable_objects():
    model = Model()
    source = read(model)
    assert text(source) == "def __call__(x, *, y=1):\n    return x + y"
    assert source.bound == {"self": model}


def test_anything_with_code_is_read():
    holder = types.SimpleNamespace(__code__=plain.__code__, __globals__=globals())
    holder.__defaults__, holder.__kwdefaults__ = plain.__defaults__, plain.__kwdefaults__
    holder.__closure__ = None
    assert text(read(holder)) == text(read(plain))


# --- primitives


@pytest.mark.parametrize(
    ("function", "expected"),
    [
        (np.sin, "def sin(x):\n    return np.sin(x)"),
        (np.abs, "def absolute(x):\n    return np.absolute(x)"),
        (np.arctan2, "def arctan2(x1, x2):\n    return np.arctan2(x1, x2)"),
        (np.matmul, "def matmul(x1, x2):\n    return np.matmul(x1, x2)"),
        (np.sum, "def sum(a):\n    return np.sum(a)"),
        (np.dot, "def dot(a, b):\n    return np.dot(a, b)"),
        (np.where, "def where(condition, x, y):\n    return np.where(condition, x, y)"),
        (np.linalg.norm, "def norm(x):\n    return np.linalg.norm(x)"),
        (math.sin, "def sin(x):\n    return math.sin(x)"),
        (math.pow, "def pow(x, y):\n    return math.pow(x, y)"),
        (math.log, "def log(x):\n    return math.log(x)"),
        (math.hypot, "def hypot(x, y):\n    return math.hypot(x, y)"),
        (abs, "def abs(x):\n    return abs(x)"),
        (float, "def float(x):\n    return float(x)"),
        (max, "def max(x):\n    return max(x)"),
        (operator.mul, "def mul(a, b):\n    return operator.mul(a, b)"),
        (np.frompyfunc(plain, 1, 1), "def function(x):\n    return function(x)"),
        (functools.partial(np.sum, axis=0), "def sum(a):\n    return np.sum(a, axis=axis)"),
        (functools.partial(np.power, 2.0), "def power(x2):\n    return np.power(x1, x2)"),
        (functools.partial(np.swapaxes, axis1=0, axis2=1), None),
    ],
)
def test_primitives(function, expected):
    source = read(function)
    target = getattr(function, "func", function)
    if expected is None:
        expected = "def swapaxes(a):\n    return np.swapaxes(a, axis1, axis2)"
    assert text(source) == expected
    assert source.function is target
    called = source.tree.body[0].value.func
    path = ast.unparse(gast.gast_to_ast(called)).split(".")
    value = source.namespace[path[0]]
    for part in path[1:]:
        value = getattr(value, part)
    assert value is target
    assert "".join(linecache.getlines(source.file)) == "".join(source.lines)


def test_a_python_function_may_be_a_primitive():
    def rule(rule, scale=2):
        return rule

    source = read(rule, known=lambda function: function is rule)
    assert text(source) == "def rule(rule):\n    return rule_(rule)"
    assert source.namespace["rule_"] is rule


# --- refusals


def generator(x):
    yield x


async def coroutine(x):
    return x


async def async_generator(x):
    yield x


class Slotted:
    __slots__ = ()


def from_exec():
    home = {}
    exec("def f(x): return x", home)
    return home["f"]


@pytest.mark.parametrize(
    ("function", "reason", "hint"),
    [
        (generator, "generator is a generator", "yield"),
        (coroutine, "async function", "await"),
        (async_generator, "async generator", "yield"),
        (Model, "Model is a class", "function"),
        (dict, "dict is a class", "function"),
        (from_exec(), "no source for f", "file"),
        (np.arange(3.0).sum, "ndarray.sum", "lambda"),
        (np.random.rand, "rand", None),
        (np.einsum, "several ways", "lambda"),
        (str.upper, "upper", "rule"),
        (3.0, "float is not callable", None),
        (Slotted(), "not callable", None),
        (functools.partial(Model, 1), "class", None),
    ],
)
def test_refusals_say_what_to_do(function, reason, hint):
    with pytest.raises(SourceNotFoundError) as caught:
        read(function)
    assert reason in caught.value.reason
    assert hint is None or hint in caught.value.hint


def test_a_refused_function_is_shown():
    with pytest.raises(SourceNotFoundError) as caught:
        read(generator)
    assert caught.value.text == "def generator(x):\n"
    assert "^" in "".join(traceback.format_exception_only(caught.type, caught.value))


# --- cost


def test_a_long_file_is_parsed_once(module, monkeypatch):
    made = module("".join(f"def f{i}(x):\n    y = x * {i}\n    return y\n" for i in range(3500)))
    read(made.f0)
    parsed = []
    monkeypatch.setattr(source_files.ast, "parse", lambda *args: parsed.append(args))
    start = time.perf_counter()
    for i in range(1, 3500, 35):
        assert read(getattr(made, f"f{i}")).tree.lineno == 3 * i + 1
    assert not parsed
    assert time.perf_counter() - start < 5.0


def test_files_are_not_kept_for_ever():
    for i in range(100):
        name = f"<cell {i}>"
        read(cell("def f(x): return x\n", name)["f"])
        del linecache.cache[name]
    assert len(source_files._files) <= 64


def test_a_long_function_and_a_long_sum(module):
    body = "".join(f"    x = x * {i}.5 + x\n" for i in range(2000))
    made = module(f"def f(x):\n{body}    return x\ng = lambda x: {' + '.join(['x'] * 200)}\n")
    assert len(read(made.f).tree.body) == 2001
    assert read(made.g).name == "g"


def test_a_very_deep_expression_is_read_or_refused(module):
    made = module(f"def f(x):\n    return {' + '.join(['x'] * 2500)}\n")
    try:
        found = read(made.f)
    except DifferentiationError as error:  # how deep is too deep depends on the Python
        found = error
    refused = "deep" in getattr(found, "reason", "") and "split" in found.hint
    assert refused or found.name == "f"


@pytest.mark.parametrize(("file", "hint"), [("<timed exec>", "without %%time"), ("numpy/mtrand.pyx", "compiled code")])
def test_hint_by_what_has_no_source(file, hint):
    namespace = {}
    exec(compile("def f(x):\n    return x\n", file, "exec"), namespace)
    with pytest.raises(SourceNotFoundError) as caught:
        read(namespace["f"])
    assert hint in caught.value.hint


def test_a_function_with_a_cache():
    source = read(functools.lru_cache(plain))
    assert source.function is plain
    assert source.name == "plain"
