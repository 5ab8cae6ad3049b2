"""The command line: ``srcgrad generate`` writes derivatives as modules, ``srcgrad show`` prints them."""

from __future__ import annotations

import argparse
import contextlib
import difflib
import os
import shlex
import sys
import traceback
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import srcgrad
from srcgrad.derivative import Derivative, Wrt
from srcgrad.errors import DifferentiationError
from srcgrad.generation import Form
from srcgrad.offline import Part, existing, modules_text, write
from srcgrad.projects import ProjectError, find_project, read_project
from srcgrad.targets import TargetError, attribute, imported, is_file, is_method, split_target

FRESH, STALE, CANNOT = 0, 1, 2


@dataclass(frozen=True)
class Job:
    """One derivative to be generated: of what, how, and into which file."""

    target: str
    wrt: Wrt | None
    form: Form | None
    output: str


class UsageError(Exception):
    """What was asked for makes no sense; the text says why."""


_ERRORS = (DifferentiationError, TargetError, UsageError, ProjectError, OSError)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit status: 0 done or fresh, 1 stale, 2 cannot.

    >>> main(["--version"])
    srcgrad ...
    0
    """
    try:
        options = _parser().parse_args(arguments)
    except SystemExit as stop:  # after help, or a wrong option
        return stop.code if isinstance(stop.code, int) else CANNOT
    try:
        return int(options.run(options))
    except _ERRORS as error:
        _complain(_told(error))
    return CANNOT


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="srcgrad", description="Derivatives of NumPy functions as Python source.")
    parser.add_argument("--version", action="version", version=f"srcgrad {srcgrad.__version__}")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    generate = commands.add_parser(
        "generate",
        help="write derivatives as modules that import NumPy only",
        description="Write derivatives as modules that import NumPy only. Without targets: those "
        "that [[tool.srcgrad.generate]] in pyproject.toml names.",
    )
    generate.add_argument("targets", nargs="*", metavar="TARGET", help="file.py:function or module:function")
    generate.add_argument("-o", "--output", help="the module to write (default: FILE_grad.py); - prints it")
    generate.add_argument("--check", action="store_true", help="write nothing; 0 fresh, 1 stale, 2 cannot")
    generate.set_defaults(run=_generate)
    show = commands.add_parser("show", help="print a derivative", description="Print a derivative.")
    show.add_argument("target", metavar="TARGET", help="file.py:function or module:function")
    show.add_argument("--after", metavar="PASS", help="print the text after a pass")
    show.add_argument("--list-passes", action="store_true", help="print the names of the passes")
    show.set_defaults(run=_show)
    for command in (generate, show):
        command.add_argument(
            "--wrt", type=_wrt, help="parameters to differentiate with respect to: w,b (default: the first)"
        )
        forms = command.add_mutually_exclusive_group()
        forms.add_argument(
            "--value",
            dest="form",
            action="store_const",
            const="value_and_grad",
            help="return the value, too",
        )
        forms.add_argument(
            "--vjp", dest="form", action="store_const", const="vjp", help="write the pair f_fwd and f_bwd"
        )
    return parser


def _wrt(text: str) -> Wrt:
    """Names or positions; several between commas.

    >>> _wrt("w,b"), _wrt("0"), _wrt("w,")
    (('w', 'b'), 0, ('w',))
    """
    items = tuple(int(p) if p.lstrip("-").isdigit() else p for p in map(str.strip, text.split(",")) if p)
    if not items:
        raise argparse.ArgumentTypeError("name at least one parameter")
    return items if "," in text else items[0]


# --- generate


def _generate(options: argparse.Namespace) -> int:
    if options.targets:
        root = Path()
        jobs = [
            Job(target, options.wrt, options.form, options.output or _default_output(target))
            for target in options.targets
        ]
    else:
        if options.output or options.wrt is not None or options.form:
            raise UsageError("name the functions to generate: these options are for targets")
        file = find_project(Path())
        root = file.parent
        jobs = [Job(e.target, e.wrt, e.form, e.output or _default_output(e.target)) for e in read_project(file)]
    outputs: dict[str, list[Job]] = {}
    for job in jobs:
        outputs.setdefault(job.output, []).append(job)
    if options.check:
        if "-" in outputs:
            raise UsageError("--check compares with a file: name it with -o FILE, or leave out -o -")
        cure = shlex.join(["srcgrad", "generate", *_without_check(options)])
        return max(_check(output, text, root, cure) for output, text in _texts(outputs, root).items())
    texts = {}
    for output, made in _texts(outputs, root).items():
        if isinstance(made, Exception):
            raise made
        texts[output] = made
    if "-" not in texts:
        for output in texts:
            existing(root / output)
    for output, text in texts.items():
        if output == "-":
            sys.stdout.write(text)
        elif existing(root / output) != text:
            write(root / output, text)
            print(f"{output}: written")
        else:
            print(f"{output}: fresh")
    return FRESH


def _without_check(options: argparse.Namespace) -> Iterator[str]:
    """The arguments of the command that generates what was checked."""
    yield from options.targets
    if options.wrt is not None:
        items = options.wrt if isinstance(options.wrt, tuple) else (options.wrt,)
        text = ",".join(map(str, items))
        yield f"--wrt={text}" if text.startswith("-") else "--wrt"
        if not text.startswith("-"):
            yield text + "," * (isinstance(options.wrt, tuple) and len(items) == 1)
    if options.form:
        yield "--vjp" if options.form == "vjp" else "--value"
    if options.output:
        yield from ("-o", options.output)


def _check(output: str, text: str | Exception, root: Path, cure: str) -> int:
    """Compare a module with what would be generated, and say how they differ."""
    try:
        if isinstance(text, Exception):
            raise text
        before = existing(root / output)
    except _ERRORS as error:
        _complain(_told(error))
        return CANNOT
    if before == text:
        print(f"{output}: fresh")
        return FRESH
    if before is None:
        print(f"{output}: missing; to write it: {cure}")
        return STALE
    lines = difflib.unified_diff(
        before.splitlines(keepends=True), text.splitlines(keepends=True), output, f"{output} (new)"
    )
    sys.stdout.writelines(line if line.endswith("\n") else f"{line}\n" for line in lines)
    print(f"{output}: stale; to update it: {cure}")
    return STALE


def _default_output(target: str) -> str:
    place, _ = split_target(target)
    if is_file(place):
        return Path(place).with_name(f"{Path(place).stem}_grad.py").as_posix()
    return f"{place.rpartition('.')[2]}_grad.py"


def _texts(outputs: Mapping[str, list[Job]], root: Path) -> dict[str, str | Exception]:
    """The text of each module, or why there is none; a file with several targets is imported once."""
    groups: dict[tuple[str, ...], list[str]] = {}
    for output, jobs in outputs.items():
        groups.setdefault(tuple(dict.fromkeys(split_target(job.target)[0] for job in jobs)), []).append(output)
    found: dict[str, str | Exception] = {}
    for places, names in groups.items():
        with contextlib.ExitStack() as stack:
            try:
                modules = {place: stack.enter_context(imported(place, root)) for place in places}
            except TargetError as error:
                found |= dict.fromkeys(names, error)
                continue
            for name in names:
                try:
                    found[name] = _text(outputs[name], modules)
                except _ERRORS as error:
                    found[name] = error
    return {output: found[output] for output in outputs}


def _text(jobs: list[Job], modules: Mapping[str, ModuleType]) -> str:
    """The text of the module for some functions."""
    parts = []
    for job in jobs:
        place, _ = split_target(job.target)
        derivative = _derivative(job.target, job.wrt, job.form, modules[place])
        shown = place if is_file(place) and not Path(place).is_absolute() else None
        parts.append(Part(derivative, derivative.general(), shown))
    return modules_text(parts)


def _derivative(target: str, wrt: Wrt | None, form: Form | None, module: ModuleType) -> Derivative[Any, Any]:
    """The derivative of a target, whose module is imported."""
    place, name = split_target(target)
    found: Any = attribute(module, name, place)
    made = isinstance(found, Derivative)
    if (found.wrt if made and wrt is None else wrt) in (None, 0) and is_method(module, name):
        raise UsageError(f"{target} is a method, and its first parameter is the object: say by what, as in --wrt x")
    if not isinstance(found, Derivative):
        return Derivative(found, 0 if wrt is None else wrt, form or "grad")
    if wrt is None and form is None:
        return found
    options = (found.wrt if wrt is None else wrt, form or found.form, found.has_aux, found.holomorphic, found.of)
    return Derivative(found.primal, *options)


# --- show


def _show(options: argparse.Namespace) -> int:
    place, _ = split_target(options.target)
    with imported(place, Path()) as module:
        derivative = _derivative(options.target, options.wrt, options.form, module)
        made = derivative.general()
        stages = made.stages
        if options.list_passes:
            text = "".join(f"{name}\n" for name in stages)
        elif options.after is None:
            text = made.text
        elif options.after in stages:
            text = stages[options.after]
        else:
            raise UsageError(f"there is no pass {options.after!r}; the passes are {', '.join(stages)}")
    try:
        print(text, end="", flush=True)
    except BrokenPipeError:  # the reader has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return FRESH


# --- errors


def _relative(error: DifferentiationError) -> DifferentiationError:
    """The error with its file as seen from here."""
    if error.filename:
        with contextlib.suppress(ValueError):
            error.filename = str(Path(error.filename).relative_to(Path.cwd()))
    return error


def _told(error: BaseException) -> str:
    if isinstance(error, DifferentiationError):
        return "".join(traceback.format_exception_only(_relative(error))).rstrip()
    if isinstance(error, OSError):
        return f"srcgrad: error: {error.filename or ''}: {error.strerror or error}"
    return f"srcgrad: error: {error}"


def _complain(text: str) -> None:
    print(text, file=sys.stderr)
