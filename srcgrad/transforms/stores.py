"""Decide how what is changed in place is differentiated, and refuse what cannot be decided.

A parameter that is changed is copied first, so that the caller's storage stays as it is.  ``x += v`` makes a new array,
as long as nothing else has the old one; if something has, it is ``x[...] += v``.

>>> from srcgrad.transforms.examples import show
>>> print(show(lambda program, scope: stores(program, scope), '''
... def f(x):
...     x[0] = 2.0
...     return x
... ''', kinds=True))
def f(x):
    x_2 = np.copy(x)
    x_2[0] = 2.0
    return x_2
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import gast
import numpy as np

from srcgrad import contents, modes, structures, tree
from srcgrad.analysis.aliases import HIDDEN
from srcgrad.analysis.inference import Inference
from srcgrad.analysis.kinds import NEVER, UNKNOWN, Array, Kind, Known, Mapping, Scalar, Sequence, Unknown, is_tuple
from srcgrad.analysis.name_kinds import is_point
from srcgrad.analysis.operations import Apply, describe
from srcgrad.analysis.scope import Scope
from srcgrad.analysis.storage import Storage
from srcgrad.errors import refuse
from srcgrad.loader import is_generated
from srcgrad.program import Outside, Program

_SIGNS = {
    "Add": "+", "Sub": "-", "Mult": "*", "Div": "/", "Pow": "**", "MatMult": "@", "FloorDiv": "//", "Mod": "%",
}  # fmt: skip


def stores(program: Program, scope: Scope) -> Program:
    """Return the program with copies of the parameters that it changes; every store is one that can be reversed."""
    program = _with_named_iterables(program, scope)
    if program.called:
        _check_parameters(Storage(program.function, scope, updated(program)), program)
    program = _in_place(program, scope)
    storage = Storage(program.function, scope)
    if not storage.stores:
        return program
    for node in storage.stores:
        _check_outside(node, storage, program)
    _check_stopped(storage, program)
    _check_tuples(storage, program)
    program = _own_parameters(program, storage, scope)
    storage = Storage(program.function, scope)
    for node in storage.stores:
        _check_kind(node, storage, program)
    return replace(program, changed=storage.changed)


def shared(program: Program, scope: Scope) -> Program:
    """Return a flattened program with the names of what is changed, and of what has several names when it is."""
    storage = Storage(program.function, scope)
    shadows: set[str] = set()
    for node in storage.stores:
        if storage.others[id(node)]:
            shadows |= storage.aliases.together(tree.stored(node).value.id)
    return replace(program, changed=storage.changed, shadows=frozenset(shadows))


def _check_parameters(storage: Storage, program: Program) -> None:
    """Refuse a function that changes what its caller gives it."""
    parameters = tree.parameters_of(program.function) - set(program.source.of)  # which are handed back
    for node in storage.stores:
        base = storage.target(node).id
        for name in sorted(parameters & storage.aliases.together(base)):
            reason = (
                f"the argument '{name}' of '{program.function.name}' is changed in place, which is not followed here"
            )
            raise refuse(node, program.source, reason, f"work on a copy, {name} = {name}.copy(), and return it")


# --- loops


def _with_named_iterables(program: Program, scope: Scope) -> Program:
    """Give a name to what a loop runs over that changes its elements: it may hold an array twice."""
    storage = Storage(program.function, scope, updated(program))
    bases = {storage.target(node).id for node in storage.stores}

    def block(statements: list[Any]) -> list[Any]:
        made: list[Any] = []
        for statement in statements:
            statement = tree.with_blocks(statement, block)
            if isinstance(statement, gast.For) and _changes_elements(statement, storage, bases):
                statement.iter = named(statement.iter, statement, made)
            made.append(statement)
        return made

    def named(node: Any, loop: Any, before: list[Any]) -> Any:
        function = scope.resolve(node.func) if isinstance(node, gast.Call) else None
        made_new = isinstance(node, (gast.List, gast.Tuple)) and not all(isinstance(e, gast.Name) for e in node.elts)
        if function is range or not (isinstance(node, gast.Call) or made_new):
            return node
        if function in (enumerate, zip, reversed):
            return tree.shallow(node, args=[named(a, loop, before) for a in node.args])
        held = program.namer.temporary("items")
        scope.local.add(held)
        scope.kinds[held] = Inference(scope).kind(node)
        before.append(tree.assign(held, node, loop))
        return tree.name(held)

    return program.with_body(block(program.function.body)) if bases else program


def _changes_elements(loop: Any, storage: Storage, bases: set[str]) -> bool:
    """Whether a loop changes what it runs over, by the names of its elements."""
    elements = {other for name in tree.writes(loop.target) for other in storage.aliases.together(name)}
    return not elements.isdisjoint(bases)


# --- updates of names


def _in_place(program: Program, scope: Scope) -> Program:
    """Updates of arrays that something else has as stores to all of them."""
    if not updated(program):
        return program
    while True:  # what is changed in place has more names, which the next one may see
        storage = Storage(program.function, scope, updated(program))
        late = {id(node) for node in storage.stores if tree.stored(node) is None and _is_late(node, storage)}
        if not late:
            return program
        for node in storage.stores:
            if id(node) in late:
                _check_update(node, storage, program)
                scope.kinds[str(tree.single_target(node))] = scope.kinds[node.value.left.id]  # no number, but itself
        program = program.with_body(_rewritten(program.function.body, late))


def _is_late(node: Any, storage: Storage) -> bool:
    """Whether an update cannot make a new array: something else has it, or it would be a number."""
    return bool(storage.others[id(node)]) or is_point(storage.scope.kinds.get(node.value.left.id, UNKNOWN))


def updated(program: Program) -> frozenset[str]:
    """The names of values that operators update in place; a derivative updates storage of its own only."""
    return frozenset() if is_generated(program.source.file) else program.inplace


def _rewritten(statements: list[Any], late: set[int]) -> list[Any]:
    made: list[Any] = []
    for statement in statements:
        if id(statement) in late:
            name, value = tree.single_target(statement), statement.value
            target = tree.at(tree.subscript(tree.name(value.left.id), tree.constant(...), store=True), statement)
            made.append(tree.at(gast.AugAssign(target, value.op, value.right), statement))
            made.append(tree.assign(str(name), tree.name(value.left.id), statement))
            continue
        made.append(tree.with_blocks(statement, lambda block: _rewritten(block, late)))
    return made


def _check_update(node: Any, storage: Storage, program: Program) -> None:
    """Refuse an update of what may be no array, or is not the function's own."""
    old = node.value.left.id
    kind = storage.scope.kinds.get(old, UNKNOWN)
    others = sorted(storage.others[id(node)])
    beyond = [name for name in others if name not in storage.scope.local]
    if isinstance(kind, Array) and not beyond:
        return
    base, sign = program.namer.base(old), _SIGNS.get(type(node.value.op).__name__, "+")
    who = "something outside of the function" if beyond else f"'{program.namer.base(others[0])}'"
    raise refuse(
        node,
        program.source,
        f"'{base}' is changed in place, but {who} may be the same array",
        f"write {base} = {base} {sign} ..., or start from {base} = {base}.copy()",
    )


# --- stores


def _check_outside(node: Any, storage: Storage, program: Program) -> None:
    base = tree.stored(node).value
    if base.id not in storage.scope.local or storage.aliases.is_outside(base.id):
        reason = f"'{program.namer.base(base.id)}' is, or may be, storage outside of the function, which this changes"
        raise refuse(node, program.source, reason, "work on a copy, and return it")


def _own_parameters(program: Program, storage: Storage, scope: Scope) -> Program:
    """Copy each parameter that is changed, also by another name, before anything else."""
    renamed: dict[str, str] = {}
    copies = []
    asks = any(_depends_on_strides(node, scope) for node in tree.walk(program.function.body))
    for name in sorted(tree.parameters_of(program.function) & storage.changed):
        made = renamed[name] = program.namer.version(name)
        kind = scope.kinds.get(name, UNKNOWN)
        scope.local.add(made)
        scope.kinds[made] = kind
        if isinstance(kind, Array) and not asks:
            copying = tree.attribute(program.external(np, "np"), "copy")
        else:  # what shares storage inside shares it in the copy
            copying = tree.name(program.external(contents.twins, "twins"))
        copies.append(tree.assign(made, tree.call(copying, tree.name(name)), program.function))
    if not copies:
        return program
    outside = Outside(copied=frozenset(renamed))  # nothing else that is passed may be these
    return program.with_body([*copies, *tree.renamed(program.function.body, renamed)], outside=outside)


def _depends_on_strides(node: Any, scope: Scope) -> bool:
    """Whether it depends on the strides of an array if a result is a view of it: of a copy they must be the same."""
    if not isinstance(node, gast.Call):
        return False
    operation = describe(node, scope)
    return isinstance(operation, Apply) and bool(operation.rule.view) and operation.rule.form == "linear"


def _check_stopped(storage: Storage, program: Program) -> None:
    """Refuse stores to what ``stop_gradient`` is given and returns: one object, of which only one name counts."""
    sources, scope = storage.aliases.sources, storage.scope
    for statement in tree.walk_forward(program.function.body):
        value, target = getattr(statement, "value", getattr(statement, "iter", None)), tree.stored(statement)
        if target is not None and isinstance(Inference(scope).kind(target.value), Array):
            continue  # which copies it
        for node in tree.walk(value) if isinstance(statement, gast.stmt) and value is not None else ():
            if not isinstance(node, gast.Call) or scope.resolve(node.func) is not modes.stop_gradient:
                continue
            given = {name for part in node.args for name in sources(part)}
            kept = isinstance(statement, (gast.Expr, gast.For)) or not given.isdisjoint(sources(value))
            same = {other for name in given for other in storage.aliases.together(name)}
            if kept and not storage.changed.isdisjoint(same):
                reason = "what stop_gradient is given is what it returns, and is changed in place"
                raise refuse(node, program.source, reason, "give it a copy, as in stop_gradient(x.copy())")


def _check_tuples(storage: Storage, program: Program) -> None:
    """Refuse tuples made of others, of arrays or lists that are changed: that could be through them, unseen."""
    scope, kind, aliases = storage.scope, Inference(storage.scope).kind, storage.aliases
    for node in tree.walk_forward(program.function.body):
        function = scope.resolve(node.func) if isinstance(node, gast.Call) else None
        makes_tuple = function is tuple or function is structures.chained
        parts = [part for part in node.args if not _holds_numbers(kind(part))] if makes_tuple else []
        held = {other for part in parts for key in aliases.sources(part) for other in aliases.together(key)}
        if parts and (HIDDEN in held or not storage.changed.isdisjoint(held)):
            reason = "a tuple of arrays or lists is made of another one, where something is changed in place"
            raise refuse(node, program.source, reason, "write its elements out, or use a list")


def _holds_numbers(kind: Kind) -> bool:
    """Whether no element of a list, a tuple or an array can be changed."""
    if isinstance(kind, Array):
        return kind.dims is not None and len(kind.dims) == 1
    if isinstance(kind, Sequence):
        held = [kind.item] if kind.items is None else kind.items
        return all(isinstance(k, (Scalar, Known)) or (is_tuple(k) and _holds_numbers(k)) for k in held)
    return kind == NEVER


def _check_kind(node: Any, storage: Storage, program: Program) -> None:
    """Refuse a store to an object of another class."""
    target = tree.stored(node)
    base = target.value.id
    beside = sorted(name for name in storage.others[id(node)] if name in storage.scope.local)
    kind = Inference(storage.scope).kind
    whole, part = kind(target.value), kind(tree.overwritten(target))
    is_element = not isinstance(whole, Array) and not isinstance(part, Scalar)
    holders = (Mapping, Sequence)
    if (
        isinstance(node, gast.AugAssign)
        and is_element
        and isinstance(whole, holders)
        and isinstance(kind(node.value), holders)
    ):
        reason = "what is updated may be a list"
        raise refuse(node, program.source, reason, "write x[i] = x[i] + ..., or give examples of the arguments")
    if isinstance(node, gast.AugAssign) and beside and is_element:
        reason = f"an element of '{program.namer.base(base)}' may be '{program.namer.base(beside[0])}', and is updated"
        raise refuse(node, program.source, reason, "write x[i] = x[i] + ..., or give examples of the arguments")
    if not isinstance(storage.scope.kinds.get(base, UNKNOWN), (Array, Sequence, Mapping, Unknown)):
        reason = f"what is stored in '{program.namer.base(base)}' cannot be followed"
        raise refuse(node, program.source, reason, "use an array, a list or a dict")
