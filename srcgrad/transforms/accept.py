"""Refuse what cannot be differentiated, at the user's own position, before anything is changed."""

from __future__ import annotations

import types
from typing import Any

import gast

from srcgrad import modes, tree
from srcgrad.analysis.scope import Scope
from srcgrad.errors import refuse
from srcgrad.program import Program
from srcgrad.transforms.surgery import outside_blocks
from srcgrad.walks import LEAVES

_STATEMENTS = (
    "Assign",
    "AugAssign",
    "AnnAssign",
    "If",
    "For",
    "While",
    "Break",
    "Continue",
    "Return",
    "Expr",
    "Assert",
    "Pass",
    "Raise",
    "With",
    "Delete",
    "FunctionDef",
    "Nonlocal",
    "Match",
    "Try",
)
_REFUSED = {
    "AsyncFunctionDef": ("an async function", "use a plain function"),
    "ClassDef": ("a class defined inside a differentiated function", "define it at module level"),
    "TryStar": ("'except*'", "test the condition before the computation"),
    "Global": ("writing a global variable", "return the value instead"),
    "AsyncFor": ("'async for'", "use a plain loop"),
    "AsyncWith": ("'async with'", "use plain statements"),
    "TypeAlias": ("a type statement", "write it at module level"),
    "Await": ("'await'", "use a plain function"),
}
_HIDDEN = (eval, exec, setattr, delattr, vars, locals, globals)


def accept(program: Program) -> Program:
    """Return the program as it is if every construct in it can be transformed; raise otherwise."""
    for extra in (program.function.args.vararg, program.function.args.kwarg):
        if extra is not None:
            reason = "* and ** parameters cannot be differentiated"
            raise refuse(extra, program.source, reason, "name every parameter")
    for node in tree.walk(program.function.body, {*LEAVES, gast.FunctionDef, gast.Lambda}):
        if isinstance(node, (gast.Yield, gast.YieldFrom)):
            reason, hint = "a generator cannot be differentiated", "collect the values in an array and return that"
            raise refuse(node, program.source, reason, hint)
    return accept_callee(program)


def accept_callee(program: Program) -> Program:
    """The same for a function that is written out where it is called, with whatever it is called with."""
    function, source = program.function, program.source
    if isinstance(function, gast.AsyncFunctionDef):
        raise refuse(function, source, "an async function cannot be differentiated", "use a plain function")
    for node in tree.walk(function.body, {*LEAVES, gast.FunctionDef}):
        if isinstance(node, gast.Nonlocal):  # of a function around this one
            reason = "writing a variable of an enclosing function cannot be differentiated"
            raise refuse(node, source, reason, "return the value instead")
    scope = Scope(program.namespace, set())
    for node in outside_blocks(function.body, scope):
        _check(node, scope, program)
    return program


def _check(node: Any, scope: Scope, program: Program) -> None:
    kind = type(node).__name__
    if kind in _REFUSED:
        what, hint = _REFUSED[kind]
        raise refuse(node, program.source, f"{what} cannot be differentiated", hint)
    if isinstance(node, gast.stmt) and kind not in _STATEMENTS:
        raise refuse(node, program.source, f"'{kind}' statements cannot be differentiated")
    if isinstance(node, (gast.Assign, gast.AugAssign, gast.AnnAssign, gast.For)):
        for left in node.targets if isinstance(node, gast.Assign) else [node.target]:
            _check_target(left, program)
    elif isinstance(node, gast.comprehension):
        _check_target(node.target, program, plain=True)
    elif isinstance(node, gast.Delete):
        for target in node.targets:
            if not isinstance(target, (gast.Name, gast.Subscript, gast.Attribute)):
                reason, hint = "'del' of this cannot be differentiated", "delete names, elements or attributes"
                raise refuse(target, program.source, reason, hint)
    elif isinstance(node, gast.With):
        _check_with(node, scope, program)
    elif isinstance(node, gast.Call):
        function = scope.resolve(node.func)
        if any(function is hidden for hidden in _HIDDEN) and not is_plain_setattr(node, function):
            raise refuse(
                node,
                program.source,
                f"what '{function.__name__}' does cannot be seen, so it cannot be differentiated",
                "write it out as ordinary code",
            )


def is_plain_setattr(node: Any, function: Any) -> bool:
    """Whether a call is ``setattr(x, "name", v)``, a store to an attribute."""
    name = node.args[1].value if len(node.args) == 3 and isinstance(node.args[1], gast.Constant) else None
    return function is setattr and isinstance(name, str) and not node.keywords


def _check_target(left: Any, program: Program, plain: bool = False) -> None:
    if isinstance(left, gast.Name) or (isinstance(left, gast.Subscript) and not plain):
        return
    if isinstance(left, (gast.Tuple, gast.List)):
        for part in left.elts:
            _check_target(part.value if isinstance(part, gast.Starred) and not plain else part, program, plain)
        return
    if isinstance(left, gast.Attribute) and not plain:
        owner = Scope(program.namespace, set()).resolve(left.value)
        if not isinstance(owner, (types.ModuleType, type)):
            return
    if isinstance(left, gast.Attribute):
        reason = "storing into an attribute of a module or a class cannot be differentiated"
        raise refuse(left, program.source, reason, "use a local name instead")
    raise refuse(left, program.source, "this assignment target cannot be differentiated", "assign to plain names")


def is_mode(item: Any, mode: Any, scope: Scope) -> bool:
    """Whether an item of a ``with`` calls a mode, or another function that makes a manager."""
    context = item.context_expr
    return isinstance(context, gast.Call) and scope.resolve(context.func) is mode


def _check_with(node: Any, scope: Scope, program: Program) -> None:
    for item in node.items:
        if item.optional_vars is not None and not _is_name(item.optional_vars):
            reason = "this target of 'with' cannot be differentiated"
            raise refuse(item.optional_vars, program.source, reason, "give it a plain name")
    if not any(is_mode(item, modes.pause, scope) for item in node.items):
        return
    for inner in outside_blocks(node.body, scope):
        if isinstance(inner, gast.With):
            raise refuse(inner, program.source, "a mode cannot be set under pause()", "end the paused block first")
        if isinstance(inner, (gast.Return, gast.Break, gast.Continue)):
            reason = "leaving a paused block by return, break or continue cannot be differentiated"
            raise refuse(inner, program.source, reason, "assign inside the block and leave after it")


def _is_name(node: Any) -> bool:
    """Whether a target is a name, or a tuple of names."""
    return isinstance(node, gast.Name) or (isinstance(node, gast.Tuple) and all(map(_is_name, node.elts)))
