"""Leave out branches that are never taken, where the kinds of the values decide: what is in them may not fit these.

>>> from srcgrad.transforms.examples import show
>>> print(show(decided, '''
... def f(x):
...     if isinstance(x, dict) or x is None:
...         return x["w"]
...     return x
... ''', kinds=True))
def f(x):
    return x
"""

from __future__ import annotations

import collections.abc
from collections import Counter
from typing import Any

import gast
import numpy as np

from srcgrad import patterns, tree
from srcgrad.analysis.effects import is_pure
from srcgrad.analysis.kinds import NEVER, PLAIN, TEXT, Array, Kind, Known, Mapping, Scalar, Sequence, is_object
from srcgrad.analysis.scope import MISSING, Scope
from srcgrad.program import Program
from srcgrad.transforms.attempted import is_asked, parts_of, surely_ends

_ABSTRACT = (collections.abc.Sequence, collections.abc.Mapping)


def decided(program: Program, scope: Scope) -> Program:
    """Return the program without branches that the kinds of values rule out."""
    worker = _Decided(program.function.body, scope)
    body = worker.block(program.function.body)
    return program.with_body(body) if worker.found else program


class _Decided:
    """Goes over statements; ``found`` says whether a branch was left out."""

    def __init__(self, body: list[Any], scope: Scope) -> None:
        self.scope = scope
        self.found = False
        self.counts = Counter(node.id for node in tree.names(body, gast.Store))
        self.truths: dict[str, bool] = {}  # of names that are bound once

    def block(self, statements: list[Any]) -> list[Any]:
        made: list[Any] = []
        for place, statement in enumerate(statements):
            after = statements[place + 1] if place + 1 < len(statements) else None
            if is_asked(statement, self.scope) and isinstance(after, gast.If):
                body, rest = parts_of(after.body, self.scope)
                if surely_ends(body, statement, self.scope):
                    self.found = True
                    none = tree.assign(str(tree.single_target(statement)), tree.constant(None), statement)
                    return [*made, none, *self.block([*body, *rest, *statements[place + 2 :]])]
            made += self.statement(statement)
        return made

    def statement(self, statement: Any) -> list[Any]:
        truth = self.truth(statement.test) if isinstance(statement, gast.If) and not _is_exit(statement) else None
        if truth is not None:
            self.found = True
            return self.block(statement.body if truth else statement.orelse)
        name = tree.single_target(statement)
        if name is not None and self.counts[name] == 1 and (truth := self.truth(statement.value)) is not None:
            self.truths[name] = truth
        if not tree.blocks(statement):
            return [tree.remade(statement, self.choice)]
        return [tree.with_blocks(statement, self.block)]

    def choice(self, node: Any, clone: Any) -> Any:
        """``a if p else b`` where it is known whether ``p``."""
        truth = self.truth(node.test) if isinstance(node, gast.IfExp) else None
        if truth is None:
            return clone
        self.found = True
        return clone.body if truth else clone.orelse

    def truth(self, test: Any) -> bool | None:
        """Whether a test holds, which has no effect then; None where that is not known."""
        if isinstance(test, gast.Name):
            return self.truths.get(test.id)
        if isinstance(test, gast.UnaryOp) and isinstance(test.op, gast.Not):
            inner = self.truth(test.operand)
            return None if inner is None else not inner
        if isinstance(test, gast.BoolOp):
            return self.junction(test)
        if isinstance(test, gast.Call) and len(test.args) in (1, 2) and not test.keywords:
            return self.asked(test)
        if isinstance(test, gast.Compare) and len(test.ops) == 1 and isinstance(test.ops[0], (gast.Is, gast.IsNot)):
            same = self.is_none(test.left) if tree.is_literal(test.comparators[0], None) else None
            return None if same is None else same == isinstance(test.ops[0], gast.Is)
        return None

    def junction(self, test: Any) -> bool | None:
        """``and`` and ``or``: what comes before the side that decides is left out, if it has no effect."""
        decides = isinstance(test.op, gast.Or)
        for side in test.values:
            truth = self.truth(side)
            if truth is decides:
                return decides
            if truth is None and not is_pure(side, self.scope):
                return None
        truths = [self.truth(side) for side in test.values]
        return None if None in truths else not decides

    def kind(self, node: Any) -> Kind | None:
        """What is known of a name, or of an element or attribute of one."""
        if isinstance(node, gast.Name):
            return self.scope.kinds.get(node.id) if node.id in self.scope.local else None
        whole = self.kind(node.value) if isinstance(node, (gast.Subscript, gast.Attribute)) else None
        if isinstance(node, gast.Attribute) and isinstance(whole, Mapping) and is_object(whole):
            return dict(whole.items or ()).get(node.attr)
        key = self.scope.literal(node.slice) if isinstance(node, gast.Subscript) else MISSING
        if isinstance(whole, Sequence) and whole.items is not None and type(key) is int:
            return whole.items[key] if -len(whole.items) <= key < len(whole.items) else None
        return None

    def is_none(self, node: Any) -> bool | None:
        kind = self.kind(node)
        if kind in (NEVER, PLAIN):
            return None
        if isinstance(kind, Known):
            return kind.value is None
        if isinstance(kind, Mapping):
            return None if kind.optional else False
        return False if isinstance(kind, (Array, Scalar, Sequence)) else None

    def asked(self, call: Any) -> bool | None:
        """The answer of a function that asks for the class of a value."""
        function, kind = self.scope.resolve(call.func), self.kind(call.args[0])
        if kind is None:
            return None
        if function is patterns.is_sequence and len(call.args) == 1:
            found = self.is_of(kind, collections.abc.Sequence)
            is_text = kind == TEXT or (isinstance(kind, Known) and isinstance(kind.value, (str, bytes)))
            return False if is_text else found
        if function is patterns.is_mapping and len(call.args) == 1:
            return self.is_of(kind, collections.abc.Mapping)
        if function is isinstance and len(call.args) == 2:
            return self.is_one_of(kind, call.args[1])
        name = self.scope.literal(call.args[-1])
        if function is hasattr and isinstance(kind, Mapping) and is_object(kind) and isinstance(name, str):
            return True if hasattr(kind.type, name) and kind.type is not object and not kind.optional else None
        return None

    def is_one_of(self, kind: Kind, classes: Any) -> bool | None:
        """``isinstance`` for a class or a display of classes."""
        if isinstance(classes, gast.Tuple):
            answers = [self.is_one_of(kind, one) for one in classes.elts]
            return True if True in answers else None if None in answers else False
        wanted = self.scope.resolve(classes)
        return self.is_of(kind, wanted) if isinstance(wanted, type) else None

    @staticmethod
    def is_of(kind: Kind, wanted: type[Any]) -> bool | None:
        """Whether a value of a kind is of a class, one that asks its own metaclass apart."""
        asks_itself = "__instancecheck__" in {name for one in type(wanted).__mro__[:-2] for name in vars(one)}
        if asks_itself and wanted not in _ABSTRACT:
            return None
        if kind in (NEVER, PLAIN):
            return None
        if kind == TEXT:
            return issubclass(str, wanted)
        if isinstance(kind, Known):
            return isinstance(kind.value, wanted)
        if isinstance(kind, Sequence):
            made: Any = kind.type  # of an iterator a function
            return issubclass(made, wanted) if isinstance(made, type) else None
        if isinstance(kind, Mapping):
            return None if kind.type is object or kind.optional else issubclass(kind.type, wanted)
        if isinstance(kind, Array) and kind.dims:  # without dimensions it may be a number
            return True if issubclass(np.ndarray, wanted) else None if issubclass(wanted, np.ndarray) else False
        if isinstance(kind, Scalar) and not issubclass(wanted, (int, float, complex, np.generic)):
            return False if wanted in (str, list, tuple, dict, np.ndarray, *_ABSTRACT) else None
        return None


def _is_exit(statement: Any) -> bool:
    """Whether a branch is the end of a loop, which has to stay what it is."""
    return any(isinstance(one, gast.Break) for one in statement.body)
