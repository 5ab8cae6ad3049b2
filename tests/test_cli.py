"""The command line: what it writes, prints and returns, in this process and as a program."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import srcgrad
from srcgrad.cli import main

ROOT = Path(__file__).parents[1]
MODEL = '''
import numpy as np
from numpy.typing import NDArray

RATE = 0.5


def loss(w: np.ndarray, b: float, x: NDArray[np.float64], y: "np.ndarray") -> float:
    """Squared error."""
    return np.mean((x @ w + b - y) ** 2) * RATE


def cube(x: float, unused: int = 3) -> float:
    return x * x * x


def refused(x: float) -> float:
    return np.nextafter(x, 1.0) * x


COUNT = 3


class Net:
    def loss(self, x: float) -> float:
        return x * x
'''
PROJECT = """
[[tool.srcgrad.generate]]
target = "model.py:loss"
wrt = ["w", "b"]
output = "made/loss_grad.py"
value = true

[[tool.srcgrad.generate]]
target = "model.py:cube"
"""
needs_toml = pytest.mark.skipif(sys.version_info < (3, 11), reason="needs tomllib")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "model.py").write_text(MODEL, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def files(folder: Path) -> list[str]:
    return sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file())


def gradient_of(path: Path, name: str):
    module: dict[str, object] = {}
    exec(compile(path.read_text(encoding="utf-8"), str(path), "exec"), module)
    return module[name]


# --- generate


def test_generate(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["generate", "model.py:loss", "--wrt", "w,b", "-o", "model_grad.py"]) == 0
    assert capsys.readouterr().out == "model_grad.py: written\n"
    assert files(folder) == ["model.py", "model_grad.py"]
    w, x, y = np.array([0.5, -1.0]), np.arange(6.0).reshape(3, 2), np.ones(3)
    w_bar, b_bar = gradient_of(folder / "model_grad.py", "loss_grad")(w, 0.5, x, y)
    residual = x @ w + 0.5 - y
    assert np.allclose(w_bar, x.T @ residual / 3)
    assert np.allclose(b_bar, np.mean(residual))
    head = (folder / "model_grad.py").read_text(encoding="utf-8").split('"""')[1]
    assert head.startswith("The gradient of model:loss in model.py with respect to w, b.")
    assert "w: array, b: float, x: array, y: array" in head
    assert str(folder) not in head


def test_generate_again_changes_nothing(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["generate", "model.py:cube"]
    assert main(arguments) == 0
    path = folder / "model_grad.py"
    before = path.stat().st_mtime_ns
    assert main(arguments) == 0
    assert path.stat().st_mtime_ns == before
    assert capsys.readouterr().out.splitlines() == ["model_grad.py: written", "model_grad.py: fresh"]


def test_forms(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["generate", "model.py:cube", "--value", "-o", "a.py"]) == 0
    assert gradient_of(folder / "a.py", "cube_grad")(2.0) == (8.0, 12.0)
    assert main(["generate", "model.py:cube", "--vjp", "-o", "b.py"]) == 0
    value, saved = gradient_of(folder / "b.py", "cube_fwd")(2.0)
    assert value == 8.0
    assert gradient_of(folder / "b.py", "cube_bwd")(saved, 2.0) == 24.0
    capsys.readouterr()
    assert main(["generate", "model.py:cube", "--value", "-o", "-"]) == 0
    assert capsys.readouterr().out == (folder / "a.py").read_text(encoding="utf-8")


def test_several_targets_in_one_module(folder: Path) -> None:
    assert main(["generate", "model.py:loss", "model.py:cube", "--wrt", "0"]) == 0
    assert gradient_of(folder / "model_grad.py", "__all__") == ["cube_grad", "loss_grad"]


def test_wrt_by_position_and_as_a_tuple_of_one(folder: Path) -> None:
    assert main(["generate", "model.py:cube", "--wrt", "0", "-o", "a.py"]) == 0
    assert main(["generate", "model.py:cube", "--wrt", "x,", "-o", "b.py"]) == 0
    assert gradient_of(folder / "a.py", "cube_grad")(2.0) == 12.0
    assert gradient_of(folder / "b.py", "cube_grad")(2.0) == (12.0,)


def test_check(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["generate", "model.py:loss", "--wrt", "w,b", "-o", "g.py"]
    assert main([*arguments, "--check"]) == 1
    out = capsys.readouterr().out
    assert out == "g.py: missing; to write it: srcgrad generate model.py:loss --wrt w,b -o g.py\n"
    assert files(folder) == ["model.py"]
    assert main(arguments) == 0
    assert main([*arguments, "--check"]) == 0
    text = MODEL.replace("RATE = 0.5", "RATE = 2.5")
    (folder / "model.py").write_text(text, encoding="utf-8")
    before = (folder / "g.py").read_bytes()
    capsys.readouterr()
    assert main([*arguments, "--check"]) == 1
    out = capsys.readouterr().out
    assert "-RATE = 0.5\n+RATE = 2.5\n" in out
    assert out.endswith("g.py: stale; to update it: srcgrad generate model.py:loss --wrt w,b -o g.py\n")
    assert (folder / "g.py").read_bytes() == before
    (folder / "model.py").write_text(text + "\n\ndef another(x):\n    return x\n", encoding="utf-8")
    assert main(arguments) == 0
    assert main([*arguments, "--check"]) == 0, "another function does not matter"


def test_check_that_cannot(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["generate", "model.py:refused", "--check"]) == 2
    error = capsys.readouterr().err.splitlines()
    assert error[0] == '  File "model.py", line 18'
    assert error[1].strip() == "return np.nextafter(x, 1.0) * x"
    assert error[2].strip() == "^" * len("np.nextafter(x, 1.0)")
    assert "nextafter" in error[3]
    assert error[4].startswith("Hint: ")
    assert files(folder) == ["model.py"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["generate", "model.py:nothing"], "model.py has no nothing; its functions are loss, cube"),
        (["generate", "model.py:RATE"], "model.py:RATE is no function, but a float"),
        (["generate", "model.py:COUNT"], "model.py:COUNT is no function, but an int"),
        (["generate", "--check", "model.py:cube", "-o", "-"], "--check compares with a file"),
        (["generate", "model.py:Net.loss"], "model.py:Net.loss is a method, and its first parameter is the object"),
        (["show", "model.py:Net.loss"], "say by what, as in --wrt x"),
        (["generate", "missing.py:f"], "there is no file missing.py"),
        (["generate", "no.such.module:f"], "No module named 'no'"),
        (["generate", "model.py"], "'model.py' names no function"),
        (["generate", "model.py:cube", "--wrt", "z"], "wrt='z' names no parameter of cube"),
        (["generate", "model.py:cube", "-o", "model.py"], "was not generated by srcgrad"),
        (["generate", "model.py:cube", "-o", "no/folder.py"], "error: no/folder.py: No such file or directory"),
        (["show", "model.py:cube", "--after", "nothing"], "there is no pass 'nothing'"),
        (["generate", "--wrt", "x"], "name the functions"),
        (["generate", "model.py:cube", "--value", "--vjp"], "not allowed with"),
        (["frobnicate"], "invalid choice"),
        ([], "required"),
    ],
)
def test_mistakes(arguments: list[str], message: str, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 2
    captured = capsys.readouterr()
    assert message in captured.err
    assert captured.out == ""
    assert "Traceback" not in captured.err
    assert files(folder) == ["model.py"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("def f(x:\n    return x\n", "SyntaxError"),
        ("1 / 0\n", "(line 1 of "),
        ("import sys\nsys.exit(3)\n", "SystemExit: 3"),
        ("import no_such_module_at_all\n", "no_such_module_at_all"),
    ],
)
def test_a_file_that_cannot_be_imported(
    text: str, message: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "bad.py").write_text(text, encoding="utf-8")
    assert main(["show", "bad.py:f"]) == 2
    error = capsys.readouterr().err
    assert message in error
    assert "bad.py" in error
    assert "Traceback" not in error


# --- imports of the user's files


def test_neighbours_and_traces(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    inner = folder / "project" / "models"
    inner.mkdir(parents=True)
    (inner / "helpers.py").write_text("def twice(x):\n    return 2.0 * x\n", encoding="utf-8")
    text = "import helpers\nprint('hello')\ndef f(x: float):\n    return helpers.twice(x) * x\n"
    (inner / "net.py").write_text(text, encoding="utf-8")
    path, modules = list(sys.path), set(sys.modules)
    assert main(["generate", "project/models/net.py:f", "-o", "net_grad.py"]) == 0
    assert sys.path == path
    assert {n for n in set(sys.modules) - modules if "helpers" in n or "net" in n} == set()
    assert files(folder) == ["model.py", "net_grad.py", "project/models/helpers.py", "project/models/net.py"]
    captured = capsys.readouterr()
    assert captured.err == "hello\n"
    assert captured.out == "net_grad.py: written\n"
    assert gradient_of(folder / "net_grad.py", "f_grad")(3.0) == 12.0
    head = (folder / "net_grad.py").read_text(encoding="utf-8")
    assert "net:f in project/models/net.py" in head


@pytest.mark.parametrize("is_package", [True, False])
def test_relative_imports(folder: Path, is_package: bool) -> None:
    inner = folder / "shapes" / "round"
    inner.mkdir(parents=True)
    if is_package:
        (folder / "shapes" / "__init__.py").touch()
        (inner / "__init__.py").touch()
    (folder / "shapes" / "constants.py").write_text("FACTOR = 3.0\n", encoding="utf-8")
    (inner / "tools.py").write_text("def square(x):\n    return x * x\n", encoding="utf-8")
    text = """
from ..constants import FACTOR
from . import tools

def area(r: float):
    return FACTOR * tools.square(r)
"""
    (inner / "circle.py").write_text(text, encoding="utf-8")
    assert main(["generate", "shapes/round/circle.py:area", "-o", "a.py"]) == 0
    assert gradient_of(folder / "a.py", "area_grad")(2.0) == 12.0
    if is_package:
        assert main(["generate", "shapes.round.circle:area", "-o", "b.py"]) == 0
        assert gradient_of(folder / "b.py", "area_grad")(2.0) == 12.0


def test_two_files_of_one_name(folder: Path) -> None:
    for name, factor in (("one", 2.0), ("two", 5.0)):
        (folder / name).mkdir()
        (folder / name / "tool.py").write_text(f"K = {factor}\n", encoding="utf-8")
        text = "from tool import K\ndef f(x: float):\n    return K * x\n"
        (folder / name / "net.py").write_text(text, encoding="utf-8")
    assert main(["generate", "one/net.py:f", "two/net.py:f", "-o", "both.py"]) == 0
    assert gradient_of(folder / "both.py", "f_grad")(1.0) == 2.0
    assert gradient_of(folder / "both.py", "f_grad_2")(1.0) == 5.0


def test_methods_and_derivatives(folder: Path) -> None:
    text = """
import srcgrad

class Net:
    @staticmethod
    def loss(x: float):
        return x * x

@srcgrad.value_and_grad(wrt="b")
def made(a: float, b: float):
    return a * b * b
"""
    (folder / "net.py").write_text(text, encoding="utf-8")
    assert main(["generate", "net.py:Net.loss", "net.py:made", "-o", "g.py"]) == 0
    assert gradient_of(folder / "g.py", "loss_grad")(3.0) == 6.0
    assert gradient_of(folder / "g.py", "made_grad")(2.0, 3.0) == (18.0, 12.0)


# --- projects


@needs_toml
def test_project(folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "pyproject.toml").write_text(PROJECT, encoding="utf-8")
    (folder / "made").mkdir()
    monkeypatch.chdir(folder / "made")
    assert main(["generate"]) == 0
    assert capsys.readouterr().out == "made/loss_grad.py: written\nmodel_grad.py: written\n"
    assert main(["generate", "--check"]) == 0
    assert gradient_of(folder / "model_grad.py", "cube_grad")(2.0) == 12.0
    text = MODEL.replace("RATE = 0.5", "RATE = 0.25")
    (folder / "model.py").write_text(text, encoding="utf-8")
    capsys.readouterr()
    assert main(["generate", "--check"]) == 1
    out = capsys.readouterr().out
    assert "made/loss_grad.py: stale; to update it: srcgrad generate\n" in out
    assert out.endswith("model_grad.py: fresh\n")


@needs_toml
@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[tool.other]\n", "names no functions"),
        ("[tool.srcgrad\n", "pyproject.toml: "),
        ("[[tool.srcgrad.generate]]\nwrt = 'x'\n", "target must say"),
        ("[[tool.srcgrad.generate]]\ntarget = 'model.py:cube'\nform = 1\n", "no option 'form'"),
        ("[[tool.srcgrad.generate]]\ntarget = 'model.py:cube'\nvalue = 1\n", "true or false"),
    ],
)
def test_project_with_mistakes(text: str, message: str, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "pyproject.toml").write_text(text, encoding="utf-8")
    assert main(["generate"]) == 2
    assert message in capsys.readouterr().err


@pytest.mark.skipif(sys.version_info >= (3, 11), reason="tomllib is there")
def test_project_without_tomli(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "pyproject.toml").write_text(PROJECT, encoding="utf-8")
    monkeypatch.setitem(sys.modules, "tomli", None)
    assert main(["generate"]) == 2
    assert "pip install tomli" in capsys.readouterr().err


def test_without_a_project(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["generate"]) == 2
    assert "[[tool.srcgrad.generate]]" in capsys.readouterr().err


# --- show


def test_show(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["show", "model.py:cube"]) == 0
    assert "def cube_grad(x, unused=3, y_bar=1.0):" in capsys.readouterr().out
    assert main(["show", "model.py:cube", "--list-passes"]) == 0
    passes = capsys.readouterr().out.splitlines()
    assert "flatten" in passes
    assert main(["show", "model.py:cube", "--after", "flatten"]) == 0
    assert capsys.readouterr().out.startswith("def cube(")
    assert files(folder) == ["model.py"]


# --- as a program


def program(*arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "srcgrad", *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_program(folder: Path) -> None:
    done = program("--version", folder=folder)
    assert (done.returncode, done.stdout) == (0, f"srcgrad {srcgrad.__version__}\n")
    done = program("generate", "model.py:cube", "-o", "g.py", folder=folder)
    assert (done.returncode, done.stdout, done.stderr) == (0, "g.py: written\n", "")
    assert main(["generate", "model.py:cube", "-o", "g.py", "--check"]) == 0
    done = program("show", "model.py:refused", folder=folder)
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.startswith('  File "model.py", line 18')


def test_a_method_by_a_parameter(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["generate", "model.py:Net.loss", "--wrt", "x", "-o", "-"]) == 0
    assert "with respect to x" in capsys.readouterr().out


@needs_toml
def test_a_file_with_several_targets_is_imported_once(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with (folder / "model.py").open("a", encoding="utf-8") as file:
        file.write("print('imported')\n")
    (folder / "pyproject.toml").write_text(PROJECT, encoding="utf-8")
    (folder / "made").mkdir()
    for arguments in (["generate"], ["generate", "--check"]):
        assert main(arguments) == 0
        captured = capsys.readouterr()
        assert captured.err == "imported\n"
        assert "imported" not in captured.out
