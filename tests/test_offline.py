"""Saved derivatives: what is in them, that they run alone, and that the bytes are always the same."""

from __future__ import annotations

import ast
import functools
import linecache
import math
import operator
import os
import subprocess
import sys
import textwrap
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import srcgrad
from srcgrad import offline
from srcgrad.literals import LARGEST, Literal

ROOT = Path(__file__).parents[1]
ALONE = """
import importlib.abc, sys
class Blocker(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("srcgrad", "gast", "astunparse", "tests"):
            raise ImportError(name)
sys.meta_path.insert(0, Blocker())
"""

# --- programs

SCALE = 2.5
LIMITS = {"low": -1.0, "high": (float("inf"), 3), "names": ["a", "b"], "set": {3, 1, 2}, "none": None}
WEIGHTS = np.arange(6, dtype=np.float32).reshape(2, 3) / 7
FACTOR = np.float32(0.1)
POWER = functools.partial(math.pow, 2.0)
SETTINGS = types.ModuleType("settings_of_a_test")
SETTINGS.gain = 1.5
sys.modules[SETTINGS.__name__] = SETTINGS
SETTINGS.twice = lambda x: 2.0 * x
GENERATOR = np.random.default_rng(0)


def constants(x):
    return np.sum(SCALE * x) * FACTOR + POWER(3.0) * np.sum(x) + np.sum(WEIGHTS @ x) * LIMITS["high"][1]


def recursive_count(n, start=SCALE):
    """Count down."""
    result: Undefined = n if n < 2 else recursive_count(n - 1)  # noqa: F821
    return result + (start > 2)


def calls_a_copy(x):
    return x * recursive_count(3)


def even(x, n):
    return 1.0 if n == 0 else x * odd(x, n - 1)


def odd(x, n):
    return 0.5 * x if n == 0 else x * even(x, n - 1)


def recursive_pair(x):
    return even(x, 4)


def polynomial(coefficients):
    def value(x):
        total = 0.0
        for k, c in enumerate(coefficients):
            total += c * x**k
        return total

    return value


cubic = polynomial([1.0, -2.0, 0.5, 3.0])
tabulated = polynomial(np.array([1.0, 0.25]))


def dropout(x):
    if srcgrad.is_training():
        return 2.0 * x
    return x


def trains(x):
    return dropout(x) * x


def array_default(x, weights=np.array([0.1, 0.2, 1e-300])):  # noqa: B008
    return np.sum(x * weights)


def of_a_module(x):
    return x * SETTINGS.gain * SETTINGS.twice(4.0)


def shadowing(x):
    def rate(SCALE):
        return [SCALE for SCALE in range(SCALE)]  # noqa: C416

    return rate(3)[-1]


def copy_with_scopes(x):
    return x * shadowing(1.0) * SCALE


small = lambda x: SCALE * x * x  # noqa: E731


def with_two_names(x):
    np_2 = x * SCALE
    return np.sin(np_2)


ARRAY = np.array([0.5, -1.0, 2.0])
PROGRAMS: dict[str, tuple[Callable[..., Any], Any]] = {
    "constants": (constants, ARRAY),
    "calls_a_copy": (calls_a_copy, 0.7),
    "recursive_pair": (recursive_pair, 0.7),
    "closure": (cubic, 0.7),
    "closure_over_array": (tabulated, ARRAY),
    "training": (trains, 0.7),
    "array_default": (array_default, ARRAY),
    "module_attribute": (of_a_module, 0.7),
    "scopes": (copy_with_scopes, 0.7),
    "lambda": (small, ARRAY),
    "primitive": (np.tanh, ARRAY),
    "builtin": (math.exp, 0.7),
    "partial": (functools.partial(operator.mul, 3.0), 0.7),
    "local_name": (with_two_names, ARRAY),
}


def text_of(derivative: srcgrad.Derivative[..., Any]) -> str:
    return offline.module_text(derivative, derivative.general())


def run(text: str) -> dict[str, Any]:
    """Run a saved module in this process (``test_alone`` runs them in one without srcgrad)."""
    module: dict[str, Any] = {"__name__": "saved"}
    exec(compile(text, "saved.py", "exec", dont_inherit=True), module)
    return module


def same(got: Any, expected: Any) -> bool:
    if isinstance(expected, tuple):
        return len(got) == len(expected) and all(map(same, got, expected))
    return type(got) is type(expected) and np.array_equal(got, expected)


# --- results


@pytest.mark.parametrize("name", PROGRAMS)
def test_gradient(name: str) -> None:
    function, x = PROGRAMS[name]
    derivative = srcgrad.grad(function)
    module = run(text_of(derivative))
    (public,) = module["__all__"]
    assert public.endswith("_grad")
    assert np.allclose(module[public](x), derivative(x), rtol=1e-15)


@pytest.mark.parametrize("name", PROGRAMS)
def test_value_and_gradient(name: str) -> None:
    function, x = PROGRAMS[name]
    derivative = srcgrad.value_and_grad(function)
    module = run(text_of(derivative))
    value, gradient = module[module["__all__"][0]](x)
    expected = derivative(x)
    assert np.allclose(value, expected[0], rtol=1e-15)
    assert np.allclose(gradient, expected[1], rtol=1e-15)


@pytest.mark.parametrize("name", PROGRAMS)
def test_vjp(name: str) -> None:
    function, x = PROGRAMS[name]
    derivative = srcgrad.vjp(function)
    module = run(text_of(derivative))
    backward, forward = (module[name] for name in module["__all__"])
    value, saved = forward(x)
    expected, pullback = derivative(x)
    assert np.array_equal(value, expected)
    for _ in range(2):
        assert np.allclose(backward(saved), pullback(), rtol=1e-15)
    assert np.allclose(backward(saved, 3.0 * np.ones_like(value)), pullback(3.0 * np.ones_like(value)))


def test_alone(tmp_path: Path) -> None:
    """Where neither srcgrad nor gast can be imported."""
    lines = [ALONE, "import numpy as np"]
    for name, (function, x) in PROGRAMS.items():
        derivative = srcgrad.grad(function)
        derivative.save(tmp_path / f"saved_{name}.py")
        gradient = np.asarray(derivative(x)).tolist()
        lines.append(f"import saved_{name} as m")
        lines.append(f"got = getattr(m, m.__all__[0])(np.array({np.asarray(x).tolist()})[()])")
        lines.append(f"assert np.allclose(got, {gradient}, rtol=1e-14), {name!r}")
    lines.append("assert not {'srcgrad', 'gast', 'astunparse'} & set(sys.modules)")
    code = "\n".join(lines)
    command = [sys.executable, "-W", "error", "-B", "-c", code]
    environment = {k: v for k, v in os.environ.items() if not k.startswith("PYTHON")}
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_example_arguments_give_their_kinds(tmp_path: Path) -> None:
    srcgrad.grad(small).save(tmp_path / "m.py", 2.0)
    text = (tmp_path / "m.py").read_text(encoding="utf-8")
    assert "unbroadcast" not in text
    assert "Made for x: float." in text


def test_a_tuple_of_one_gradient() -> None:
    for form in (srcgrad.grad, srcgrad.value_and_grad):
        derivative = form(small, wrt=("x",))
        module = run(text_of(derivative))
        assert same(module[module["__all__"][0]](2.0), derivative(2.0))


def with_auxiliary(x):
    return x * x, {"double": 2.0 * x}


def test_auxiliary_value() -> None:
    derivative = srcgrad.grad(with_auxiliary, has_aux=True)
    module = run(text_of(derivative))
    assert module["with_auxiliary_grad"](3.0) == derivative(3.0) == (6.0, {"double": 6.0})


# --- the text


@pytest.mark.parametrize("name", PROGRAMS)
def test_imports_and_names(name: str) -> None:
    text = text_of(srcgrad.grad(PROGRAMS[name][0]))
    modules = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            modules |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.module
            modules.add(node.module.partition(".")[0])
    assert modules <= {"numpy"} | set(sys.stdlib_module_names)
    assert str(ROOT) not in text
    assert "sha256:" in text.split('"""')[1]


def test_header() -> None:
    head = text_of(srcgrad.grad(cubic)).split('"""')[1].splitlines()
    place = f"{__name__}:polynomial.<locals>.value in test_offline.py"
    assert " ".join(head).startswith(f"The gradient of {place} with respect to x. ")
    assert f"Generated by srcgrad {srcgrad.__version__}; needs NumPy only. Do not edit." in head


def digest(text: str) -> str:
    return text.partition("sha256:")[2][:64]


def defined(text: str, name: str, globals_: dict[str, Any]) -> Any:
    """A function from text, that srcgrad can read."""
    file = f"<{name} {len(linecache.cache)}>"
    linecache.cache[file] = (len(text), None, text.splitlines(keepends=True), file)
    exec(compile(text, file, "exec"), globals_)
    return globals_[name]


def test_hash_tells_what_the_module_depends_on() -> None:
    text = "def helper(x):\n    return x * x\ndef f(x):\n    return helper(x) * RATE\n"

    def of(text: str, rate: float = 2.0, wrt: Any = 0) -> str:
        made = defined(text, "f", {"RATE": rate, "__name__": "somewhere"})
        return digest(text_of(srcgrad.grad(made, wrt=wrt)))

    first = of(text)
    assert len(first) == 64
    assert of(text) == of(text.replace("\ndef", "  # remark\n\ndef")) == first
    assert of(text, rate=3.0) != first
    assert of(text, wrt=("x",)) != first
    assert of(text.replace("x * x", "x * x * x")) != first


def test_same_bytes_for_every_hash_seed(tmp_path: Path) -> None:
    program = f"""
        import sys
        sys.path.insert(0, {str(ROOT)!r})
        import tests.test_offline as t, srcgrad
        for name, (function, _) in t.PROGRAMS.items():
            sys.stdout.write(t.text_of(srcgrad.grad(function)))
            sys.stdout.write(t.text_of(srcgrad.vjp(function)))
    """
    command = [sys.executable, "-c", textwrap.dedent(program)]
    made = [
        subprocess.run(command, env={**os.environ, "PYTHONHASHSEED": seed}, capture_output=True, check=True).stdout
        for seed in ("0", "random")
    ]
    assert made[0]
    assert len(set(made)) == 1


def test_names_of_two_modules_that_clash() -> None:
    inner = {"np": np, "RATE": 2.0, "__name__": "inner"}
    defined("def apply(x):\n    return np.sin(x) * RATE\n", "apply", inner)
    outer = {"np": 3.0, "RATE": 5.0, "other": inner["apply"], "__name__": "outer"}
    defined("def apply(x):\n    return x * RATE\n", "apply", outer)
    function = defined("def f(x):\n    return other(x) * apply(x) * np\n", "f", outer)
    derivative = srcgrad.grad(function)
    module = run(text_of(derivative))
    assert module["f_grad"](0.3) == derivative(0.3)
    assert derivative(0.3) == pytest.approx(30.0 * (math.cos(0.3) * 0.3 + math.sin(0.3)))


def test_several_derivatives_in_one_module() -> None:
    parts = [srcgrad.grad(cubic), srcgrad.grad(tabulated), srcgrad.vjp(small)]
    text = offline.modules_text([offline.Part(d, d.general()) for d in parts])
    module = run(text)
    assert module["__all__"] == ["small_bwd", "small_fwd", "value_grad", "value_grad_2"]
    assert module["value_grad"](0.7) == parts[0](0.7)
    assert same(module["value_grad_2"](ARRAY), parts[1](ARRAY))


# --- refusals


def reads_an_object(x):
    return x * GENERATOR.normal()


def reads_a_module(x):
    return x * (SETTINGS is not None)


def global_state(x):
    global SCALE
    SCALE = 3.0
    return 1.0


def calls_global_state(x):
    return x * global_state(1.0)


HUGE = np.zeros(LARGEST + 1)


def reads_a_large_array(x):
    return x * HUGE[0]


def makes_a_gradient(x):
    return x * float(srcgrad.grad(small)(2.0))


@pytest.mark.parametrize(
    ("function", "name"),
    [
        (reads_an_object, "GENERATOR"),
        (reads_a_module, "SETTINGS"),
        (reads_a_large_array, "HUGE"),
    ],
)
def test_refused(function: Callable[..., Any], name: str, tmp_path: Path) -> None:
    path = tmp_path / "m.py"
    path.write_text("before", encoding="utf-8")
    with pytest.raises(srcgrad.DifferentiationError) as caught:
        srcgrad.grad(function).save(path)
    assert f"'{name}'" in caught.value.reason
    assert caught.value.hint == "pass it as an argument"
    assert caught.value.filename == __file__
    assert caught.value.text is not None
    assert caught.value.text[caught.value.offset - 1 :].startswith(name)
    assert path.read_text(encoding="utf-8") == "before"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("function", [calls_global_state, makes_a_gradient])
def test_refused_somewhere(function: Callable[..., Any], tmp_path: Path) -> None:
    with pytest.raises(srcgrad.DifferentiationError):
        srcgrad.grad(function).save(tmp_path / "m.py")


# --- literals

VALUES: list[Any] = [
    0.1,
    -0.0,
    float("inf"),
    1e300,
    complex(-0.0, float("inf")),
    "ä\n'\"",
    b"\x00",
    ...,
    (1,),
    (),
    [[1.5, None], {"a": {1, 2}, (1, 2): frozenset({3})}],
    set(),
    range(1, 10, 2),
    slice(None, 3),
    np.float64(0.1),
    np.float32(0.1),
    np.float16(65504.0),
    np.int8(-3),
    np.bool_(True),
    np.complex64(1 - 2j),
    np.datetime64("2020-02-29T12:00", "m"),
    np.timedelta64(5, "D"),
    np.str_("x"),
    np.dtype("int16"),
    np.dtype([("a", "<f8"), ("b", "<i4", (2,))]),
    np.array(3.0),
    np.zeros((0, 3)),
    np.array([[0.1, np.inf], [-0.0, 5e-324]]),
    np.array([1.0, 2.0], dtype=">f4"),
    np.asfortranarray(np.arange(6.0).reshape(2, 3)),
    np.array([True, False]),
    np.array([1, 2], dtype=np.uint8),
    np.array([1 + 2j, complex(0.0, -0.0)]),
    np.array(["a", "bc"]),
    np.array([b"a"]),
    np.array(["2020-01-01", "NaT"], dtype="M8[D]"),
    np.array([(1, 2.5), (3, 4.5)], dtype=[("n", "<i8"), ("x", "<f8")]),
    np.random.default_rng(0).normal(size=(3, 4, 5)).astype(np.float32),
]


@pytest.mark.parametrize("value", VALUES, ids=repr)
def test_literal(value: Any) -> None:
    text = Literal(lambda inner, wish: wish).text(value)
    again = eval(text, {"np": np})
    assert type(again) is type(value)
    if isinstance(value, (np.ndarray, np.generic)):
        assert again.dtype == value.dtype
        assert again.shape == value.shape
        assert again.tobytes() == value.tobytes()
    else:
        assert again == value
        assert repr(again) == repr(value) or isinstance(value, (list, set))


# --- writing


def test_write_replaces_a_file_as_a_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "m.py"
    offline.write(path, "# Generated by srcgrad\na\nb\n")
    path.chmod(0o640)
    text = "# Generated by srcgrad\nc\n"
    offline.write(path, text)
    assert path.read_bytes() == text.encode()
    assert path.stat().st_mode & 0o777 == 0o640

    def fails(*_: Any) -> None:
        raise OSError("disk")

    monkeypatch.setattr(os, "replace", fails)
    with pytest.raises(OSError, match="disk"):
        offline.write(path, "d\n")
    assert path.read_bytes() == text.encode()
    assert list(tmp_path.iterdir()) == [path]


def test_write_spares_a_file_of_the_users(tmp_path: Path) -> None:
    path = tmp_path / "mine.py"
    path.write_text("precious = 1\n", encoding="utf-8")
    with pytest.raises(FileExistsError, match="was not generated by srcgrad"):
        srcgrad.grad(small).save(path)
    assert path.read_text(encoding="utf-8") == "precious = 1\n"
    path.write_text("", encoding="utf-8")  # nothing is lost
    srcgrad.grad(small).save(path)
    srcgrad.grad(small).save(path, 2.0)
    assert "Made for x: float." in path.read_text(encoding="utf-8")


def test_write_names_the_users_path(tmp_path: Path) -> None:
    path = tmp_path / "missing" / "m.py"
    with pytest.raises(FileNotFoundError) as caught:
        srcgrad.grad(small).save(path)
    assert caught.value.filename == str(path)


# --- arguments of other kinds than a module was made for


def halves(x, n):
    s = 0.0
    for i in range(n):
        s += x[i] * 0.5
    return s


def paired(x):
    return np.sum(np.array([x, x]) * 0.5)


def leaky(x):
    return np.where(x > 0, x, 0.1 * x)


def activated(x, act=leaky, axis=None, order="C"):
    return np.sum(act(x.reshape(-1, order=order)), axis=axis)


def layers(params, x, options):
    for w, b in params:
        x = np.tanh(x @ w + b)
    return np.sum(x) * options["act"](1.0) * options["k"] + (0.0 if options["none"] is None else 1.0)


def hidden(x, type, isinstance):
    return x * type * isinstance


def gradient_for(path: Path, function: Any, *args: Any) -> Any:
    """The function of the module that is saved for example arguments."""
    srcgrad.grad(function).save(path, *args)
    text = path.read_text(encoding="utf-8")
    assert max(map(len, text.partition(f"def {function.__name__}_grad")[2].splitlines())) <= 100
    return run(text)[f"{function.__name__}_grad"]


LAYER = (np.ones((2, 2)), np.ones(2))


@pytest.mark.parametrize(
    ("function", "args", "others"),
    [
        (halves, (np.ones(3), 3), [(np.arange(3), 3), (np.ones(3, bool), 3), ([1.0, 2.0], 2), (np.ones((3, 1)), 3)]),
        (
            halves,
            (np.ones(3), 3),
            [(np.ma.array(np.ones(2)), 1), (np.ones(3), 3.0), (2.0, 0)],
        ),
        (halves, ([1.0, 2.0], 2), [([1.0, True], 2), ([1.0, 2.0, 3.0], 3), ((1.0, 2.0), 2), (np.ones(2), 2)]),
        (paired, (2.0,), [(np.array(2.0),), ("2",), (2j,), ([2.0],), (None,)]),
        (paired, (np.float32(2.0),), [(2,), (np.ones(()),)]),
        (hidden, (2.0, np.arange(3), True), [(2.0, np.ones(3), True), (2.0, np.arange(3), 1.0)]),
        (activated, (LAYER[0], np.tanh), [(LAYER[0], np.sin), (LAYER[0], leaky), (LAYER[0], np.tanh, 0)]),
        (activated, (LAYER[0], np.tanh, None, "F"), [(LAYER[0], np.tanh)]),
        (
            layers,
            ([LAYER] * 3, np.ones(2), {"act": np.sin, "k": 2, "none": None}),
            [
                ([LAYER] * 2, np.ones(2), {"act": np.sin, "k": 2, "none": None}),
                ([LAYER] * 2 + [LAYER[::-1]], np.ones(2), {"act": np.sin, "k": 2, "none": None}),
                ([(LAYER[0].astype(int), LAYER[1])] * 3, np.ones(2), {"act": np.sin, "k": 2, "none": None}),
                ([LAYER] * 3, np.ones(2), {"act": np.cos, "k": 2, "none": None}),
                ([LAYER] * 3, np.ones(2), {"act": np.sin, "k": 2.5, "none": None}),
                ([LAYER] * 3, np.ones(2), {"act": np.sin, "k": 2, "none": 1}),
                ([LAYER] * 3, np.ones(2), {"act": np.sin, "k": 2, "none": None, "more": 1}),
            ],
        ),
    ],
)
def test_a_module_refuses_arguments_of_other_kinds(function: Any, args: Any, others: Any, tmp_path: Path) -> None:
    gradient = gradient_for(tmp_path / "m.py", function, *args)
    np.testing.assert_equal(gradient(*args), srcgrad.grad(function)(*args))
    for other in others:
        with pytest.raises(TypeError, match=f"{function.__name__}_grad was made for"):
            gradient(*other)


def test_a_module_takes_what_can_do_no_harm(tmp_path: Path) -> None:
    assert gradient_for(tmp_path / "a.py", paired, 2.0)(3, y_bar=0.5) == 0.5  # as in this process
    gradient = gradient_for(tmp_path / "b.py", halves, np.ones(3), 3)
    np.testing.assert_equal(gradient(np.ones(1, np.float32), np.int64(1)), np.float32([0.5]))
    module = {}
    srcgrad.grad(activated).save(tmp_path / "c.py", np.ones(2))
    exec((tmp_path / "c.py").read_text(encoding="utf-8"), module)
    np.testing.assert_equal(module["activated_grad"](np.array([1.0, -1.0])), [1.0, 0.1])


def product_of(p):
    return p[0] * p[1] ** -1


def product_in(p):
    return p["a"] * p["b"][0]


@pytest.mark.parametrize(
    ("function", "example", "other"),
    [
        (product_of, [2.0, 3], [2, 4]),
        (product_of, (2, 3), (np.int64(2), 4.0)),
        (product_of, [np.float64(2.0), 3.0], [2.0, 4]),
        (product_in, {"a": 2, "b": [3, "text"]}, {"a": 2.5, "b": [4, "text"]}),
    ],
)
def test_a_module_takes_integers_in_what_it_differentiates_by(
    function: Any, example: Any, other: Any, tmp_path: Path
) -> None:
    gradient = gradient_for(tmp_path / "m.py", function, example)
    for given in (example, other):
        before = repr(given)
        np.testing.assert_equal(gradient(given), srcgrad.grad(function)(given))
        assert repr(given) == before


def test_a_module_for_unknown_kinds_takes_all(tmp_path: Path) -> None:
    srcgrad.grad(halves).save(tmp_path / "m.py")
    gradient = run((tmp_path / "m.py").read_text(encoding="utf-8"))["halves_grad"]
    for x in (np.arange(3), np.ones(3), [1, 2.0, 3], (1.0, 2.0, 3.0)):
        np.testing.assert_equal(np.array(gradient(x, 3)), [0.5, 0.5, 0.5])


def annotated(x: np.ndarray, n: int, scale: float) -> float:
    return np.sum(x * scale) * n


def test_a_module_made_for_annotations_checks_them(tmp_path: Path) -> None:
    srcgrad.grad(annotated).save(tmp_path / "m.py")
    gradient = run((tmp_path / "m.py").read_text(encoding="utf-8"))["annotated_grad"]
    np.testing.assert_equal(gradient(np.ones((1, 2)), 2, 3), [[6.0, 6.0]])
    for args in ((np.arange(2), 2, 3.0), (np.ones(2), 2.0, 3.0), (np.ones(2), 2, np.ones(2)), ([1.0], 2, 3.0)):
        with pytest.raises(TypeError, match="annotated_grad was made for"):
            gradient(*args)
