"""Other packages' rules: entry points of the group ``srcgrad.rules``, loaded when a derivative is first made."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

import srcgrad

ROOT = Path(srcgrad.__file__).parents[1]
PACKAGE = """
def halved(x):
    return eval("x / 2")


class Compiled:
    def __call__(self, x):
        return eval("x * 3")


compiled = Compiled()
"""
RULES = """
import srcgrad
import lib

print("rules are loaded")


@srcgrad.rules.linear(lib.halved)
def halved(x, *, d):
    return d / 2


@srcgrad.rules.linear(lib.compiled)
def compiled(x, *, d):
    return d * 3
"""


@pytest.fixture
def distribution(tmp_path):
    """Make a package with an entry point; what its rules are is given as text."""

    def make(rules, name="lib", module="lib_rules"):
        (tmp_path / "lib.py").write_text(PACKAGE, encoding="utf-8")
        (tmp_path / f"{module}.py").write_text(rules, encoding="utf-8")
        info = tmp_path / f"{name}_made_up-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}-made-up\nVersion: 1.0\n", "utf-8")
        (info / "entry_points.txt").write_text(f"[srcgrad.rules]\n{name} = {module}\n", "utf-8")

    def run(code, **environment):
        script = tmp_path / "script.py"
        script.write_text(textwrap.dedent(code), encoding="utf-8")
        found = {"PYTHONPATH": f"{tmp_path}:{ROOT}", "OPENBLAS_NUM_THREADS": "1", **environment}
        return subprocess.run([sys.executable, script], capture_output=True, text=True, env=found, cwd=tmp_path)

    make.run = run
    return make


def test_they_are_loaded_at_the_first_derivative(distribution):
    distribution(RULES)
    done = distribution.run("""
        import sys
        import srcgrad, lib

        assert "importlib.metadata" not in sys.modules
        @srcgrad.grad
        def f(x):
            return lib.halved(x) * x
        print("made")
        print(f(3.0))
        print(srcgrad.grad(lambda x: lib.compiled(x))(1.0))
    """)
    assert done.stdout.splitlines() == ["made", "rules are loaded", "3.0", "3.0"], done.stderr


@pytest.mark.parametrize("name", ["halved", "compiled"])
def test_derivatives_of_what_they_are_for(distribution, name):
    distribution(RULES)
    done = distribution.run(f"""
        import srcgrad, lib
        d = srcgrad.grad(lib.{name})
        print(d(1.0), d(2.0))
        print(d.source.count("eval"))
    """)
    value = "0.5 0.5" if name == "halved" else "3.0 3.0"
    assert done.stdout.splitlines() == ["rules are loaded", value, "0"], done.stderr


def test_the_source_asks_for_them_too(distribution):
    distribution(RULES)
    done = distribution.run("""
        import srcgrad, lib
        print(srcgrad.grad(lambda x: lib.halved(x)).source.count("/ 2"))
    """)
    assert done.stdout.splitlines() == ["rules are loaded", "1"], done.stderr


@pytest.mark.parametrize(
    ("rules", "says"),
    [
        ("raise RuntimeError('out of order')", "RuntimeError: out of order"),
        ("import nothing_of_that_name", "No module named 'nothing_of_that_name'"),
        ("import srcgrad, lib\n@srcgrad.rules.linear(lib.halved)\ndef rule(x):\n    return x\n", "keyword-only"),
    ],
)
def test_what_cannot_be_loaded_says_so_each_time(distribution, rules, says):
    distribution(rules)
    code = """
        import srcgrad
        d = srcgrad.grad(lambda x: x * x)
        for _ in range(2):
            try:
                d(1.0)
            except srcgrad.DifferentiationError as error:
                print(error.reason, "|", error.hint, "|", type(error.__cause__).__name__)
            else:
                print("no error")
    """
    first, second = distribution.run(code).stdout.splitlines()
    assert first == second
    assert says in first
    for word in ("'lib = lib_rules'", "package lib-made-up", "SRCGRAD_SKIP_RULES=lib"):
        assert word in first
    for skipped in ("lib", "other, lib", "*"):
        assert distribution.run(code, SRCGRAD_SKIP_RULES=skipped).stdout.splitlines() == ["no error"] * 2


def test_the_others_are_loaded_once(distribution):
    distribution("print('first')", "afirst", "afirst_rules")
    distribution(
        "import os\nif 'MENDED' not in os.environ:\n    raise ValueError\nprint('second')", "second", "second_rules"
    )
    done = distribution.run("""
        import os, srcgrad
        d = srcgrad.grad(lambda x: x * x)
        try:
            d(1.0)
        except srcgrad.DifferentiationError:
            print("error")
        os.environ["MENDED"] = "1"
        print(d(1.0), d(2.0))
    """)
    assert done.stdout.splitlines() == ["first", "error", "second", "2.0 4.0"], done.stderr


def test_rules_may_ask_for_derivatives_themselves(distribution):
    distribution(RULES + "\nprint(srcgrad.grad(lambda x: x * x)(2.0))\n")
    done = distribution.run("""
        import srcgrad, lib
        print(srcgrad.grad(lambda x: lib.halved(x))(1.0))
    """)
    assert done.stdout.splitlines() == ["rules are loaded", "4.0", "0.5"], done.stderr
