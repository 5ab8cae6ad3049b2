"""Bring assignments to the core forms: one target, a plain name or a tuple of names.

>>> from srcgrad.transforms.examples import show
>>> print(show(desugar, '''
... def f(x):
...     a = b = x * 2
...     a, b = b, a + b
...     return a
... '''))
def f(x):
    a = x * 2
    b = a
    a_next = b
    b_next = a + b
    a = a_next
    b = b_next
    return a
"""

from __future__ import annotations

from typing import Any

import gast
import numpy as np

from srcgrad import modes, tree
from srcgrad.analysis.indexing import parts_of
from srcgrad.analysis.scope import Scope
from srcgrad.errors import refuse
from srcgrad.program import Program
from srcgrad.transforms.accept import is_mode, is_plain_setattr
from srcgrad.transforms.surgery import lifted


def desugar(program: Program) -> Program:
    """Split chained and tuple assignments; drop annotations, ``pass`` and docstrings; lift ``on_reverse`` blocks."""
    program = lifted(program)
    scope = Scope(program.namespace, set())
    body = tree.remade(program.function.body, lambda node, clone: _without_index_trick(node, clone, scope))
    body = tree.remade(body, _with_field)
    return program.with_body(_block(body, program))


def _without_index_trick(node: Any, clone: Any, scope: Scope) -> Any:
    """``np.r_[a, b]`` as ``np.concatenate([...])`` and ``np.c_[a, b]`` as ``np.column_stack([...])``."""
    trick = scope.resolve(node.value) if isinstance(node, gast.Subscript) else None
    if (trick is np.r_ or trick is np.c_) and isinstance(node.value, gast.Attribute):
        parts = parts_of(clone.slice)
        if any(isinstance(p, (gast.Slice, gast.Starred)) or isinstance(scope.literal(p), str) for p in parts):
            return clone
        owner = node.value.value
        if trick is np.c_:
            return tree.at(tree.call(tree.attribute(owner, "column_stack"), tree.list_(parts)), node)
        rows = [tree.call(tree.attribute(tree.copy(owner), "atleast_1d"), part) for part in parts]
        return tree.at(tree.call(tree.attribute(owner, "concatenate"), tree.list_(rows)), node)
    return clone


def _with_field(node: Any, clone: Any) -> Any:
    """A store to an attribute as one to an element of an object."""
    if isinstance(node, gast.Attribute) and isinstance(node.ctx, gast.Store):
        return tree.at(tree.field(clone.value, node.attr, store=True), node)
    return clone


def _block(statements: list[Any], program: Program) -> list[Any]:
    made: list[Any] = []
    for statement in statements:
        made.extend(_statement(statement, program))
    return made


def _statement(statement: Any, program: Program) -> list[Any]:
    if isinstance(statement, gast.Pass):
        return []
    if isinstance(statement, gast.Expr) and isinstance(statement.value, gast.Call):
        call = statement.value
        if is_plain_setattr(call, Scope(program.namespace, set()).resolve(call.func)):
            target = tree.at(tree.field(call.args[0], call.args[1].value, store=True), call)
            return _assign([target], call.args[2], statement, program)
    if isinstance(statement, gast.Expr) and isinstance(statement.value, gast.Constant):
        return []
    if isinstance(statement, gast.AnnAssign):
        return [] if statement.value is None else _assign([statement.target], statement.value, statement, program)
    if isinstance(statement, gast.Assign):
        return _assign(statement.targets, statement.value, statement, program)
    if isinstance(statement, gast.AugAssign):
        return _augmented(statement, program)
    if isinstance(statement, gast.Delete):
        return [made for target in statement.targets for made in _deleted(target, statement, program)]
    if isinstance(statement, gast.Try):
        statement = tree.with_blocks(statement, lambda block: _values_first(block, program))
    if tree.blocks(statement):
        if isinstance(statement, gast.For) and _has_stores([statement.target]):  # each turn starts with a store
            statement = _taken_inside(statement, program)
        clone = tree.with_blocks(statement, lambda block: _block(block, program))
        scope = Scope(program.namespace, set())
        if isinstance(clone, gast.With) and any(is_mode(item, modes.pause, scope) for item in clone.items):
            clone.body = _paused(clone.body, program)
        return [clone]
    return [statement]


def _values_first(statements: list[Any], program: Program) -> list[Any]:
    """``a, b = v, w`` as ``value = v, w`` and ``a, b = value``: in a ``try`` it is seen that both come before.

    What the turns of a loop take apart is taken apart in its body, in as many steps.
    """
    made: list[Any] = []
    for statement in statements:
        is_display = isinstance(statement, gast.Assign) and isinstance(statement.value, (gast.Tuple, gast.List))
        if is_display and any(isinstance(target, (gast.Tuple, gast.List)) for target in statement.targets):
            held = program.namer.temporary("value")
            made.append(tree.assign(held, statement.value, statement))
            statement = tree.shallow(statement, value=tree.name(held))
        target = statement.target if isinstance(statement, gast.For) else None
        if isinstance(target, gast.Tuple) and any(isinstance(part, gast.Tuple) for part in target.elts):
            statement = _taken_inside(statement, program)
        made.append(tree.with_blocks(statement, lambda block: _values_first(block, program)))
    return made


def _taken_inside(loop: Any, program: Program) -> Any:
    """A loop whose body assigns what a turn is about to its targets."""
    item = program.namer.temporary("item")
    first = tree.at(gast.Assign([loop.target], tree.name(item), None), loop)
    return tree.shallow(loop, target=tree.target(item), body=[first, *loop.body])


def _deleted(target: Any, like: Any, program: Program) -> list[Any]:
    """``del x[i]`` as ``x.pop(i)``, ``del x[i:j]`` as ``x[i:j] = []``, ``del x.a`` as a store of REMOVED."""
    if isinstance(target, gast.Name):
        return [tree.at(gast.Delete([target]), like)]
    if isinstance(target, gast.Attribute):
        field = tree.at(tree.field(target.value, target.attr, store=True), target)
        return _stored(field, gast.Constant(tree.REMOVED, None), like, program)
    if not isinstance(target.slice, gast.Slice):
        method = tree.attribute(target.value, tree.Deletion("pop"))
        return [tree.expression(tree.at(tree.call(method, target.slice), target), like)]
    if target.slice.step is not None:
        reason = "'del' of every so many elements cannot be differentiated"
        raise refuse(target, program.source, reason, "make a new list of the others")
    return _stored(tree.shallow(target, ctx=gast.Store()), tree.list_([]), like, program)


def _paused(statements: list[Any], program: Program) -> list[Any]:
    """A block without derivative: what is stored is constant, the old value that an operator updates as well."""
    made = []
    for statement in statements:
        clone = tree.with_blocks(statement, lambda block: _paused(block, program))
        target = tree.stored(statement)
        if target is not None:
            stopping = program.external(modes.stop_gradient, "stop_gradient")
            stopped = tree.call(stopping, tree.value_stored(statement))
            clone = tree.at(gast.Assign([target], stopped, None), statement)
        made.append(clone)
    return made


def _assign(targets: list[Any], value: Any, like: Any, program: Program) -> list[Any]:
    first = targets[0]
    if len(targets) > 1 and not isinstance(first, gast.Name):
        held = program.namer.temporary("value")
        made = [tree.assign(held, value, like)]
        for other in targets:
            made.extend(_assign([other], tree.name(held), like, program))
        return made
    made = _single(first, value, like, program)
    for other in targets[1:]:
        made.extend(_single(other, tree.name(first.id), like, program))
    return made


def _single(left: Any, value: Any, like: Any, program: Program) -> list[Any]:
    if isinstance(left, gast.Name):
        return [tree.assign(left.id, value, like)]
    if isinstance(left, gast.Subscript):
        return _stored(left, value, like, program)
    parts = left.elts
    if (
        isinstance(value, (gast.Tuple, gast.List))
        and len(value.elts) == len(parts)
        and not any(isinstance(item, gast.Starred) for item in value.elts)
    ):
        return _parallel(parts, value.elts, like, program)
    if all(isinstance(part, gast.Name) for part in parts):
        return [tree.assign(left, value, like)]
    stores = _has_stores(parts)  # which read names that are bound after them
    plain = [isinstance(part, gast.Name) and not stores for part in parts]
    held = [p.id if own else program.namer.temporary("part") for p, own in zip(parts, plain, strict=True)]
    made = [tree.assign(tree.tuple_([tree.target(h) for h in held], store=True), value, like)]
    for part, own, name in zip(parts, plain, held, strict=True):
        if not own:
            made.extend(_single(part, tree.name(name), like, program))
    return made


def _has_stores(parts: list[Any]) -> bool:
    """Whether some targets are elements, slices or attributes."""
    return any(isinstance(node, (gast.Subscript, gast.Attribute)) for node in tree.walk(parts))


def _stored(left: Any, value: Any, like: Any, program: Program) -> list[Any]:
    """``x[i][j] = v`` as ``part = x[i]`` and ``part[j] = v``: what is stored to has a name."""
    if isinstance(left.value, gast.Name):
        return [tree.at(gast.Assign([left], value, None), like)]
    made = []
    if not isinstance(value, (gast.Name, gast.Constant)):  # which comes first
        held = program.namer.temporary("value")
        made.append(tree.assign(held, value, like))
        value = tree.name(held)
    whole = program.namer.temporary("part")
    made.append(tree.assign(whole, left.value, like))
    target = tree.shallow(left, value=tree.at(tree.name(whole), left.value))
    return [*made, tree.at(gast.Assign([target], value, None), like)]


def _augmented(statement: Any, program: Program) -> list[Any]:
    """The same for ``x[i][j] += v``, which looks at what is stored to first."""
    left = statement.target
    if not isinstance(left, gast.Subscript) or isinstance(left.value, gast.Name):
        return [statement]
    whole = program.namer.temporary("part")
    target = tree.shallow(left, value=tree.at(tree.name(whole), left.value))
    return [tree.assign(whole, left.value, statement), tree.shallow(statement, target=target)]


def _parallel(parts: list[Any], values: list[Any], like: Any, program: Program) -> list[Any]:
    """``a, b = v, w``: all values are computed before any name is bound, and before anything is stored."""
    later = [(part, value) for n, part in enumerate(parts) for value in values[n + 1 :]]
    if not _has_stores(parts) and not any(tree.writes(part) & tree.reads(value) for part, value in later):
        made = []
        for part, value in zip(parts, values, strict=True):
            made.extend(_single(part, value, like, program))
        return made
    made, binds = [], []
    for part, value in zip(parts, values, strict=True):
        held = (
            program.namer.derived(part.id, "_next") if isinstance(part, gast.Name) else program.namer.temporary("part")
        )
        made.append(tree.assign(held, value, like))
        binds.extend(_single(part, tree.name(held), like, program))
    return made + binds
