"""Write ``match`` as branches: a test for each pattern, then what it binds.

>>> from srcgrad.transforms.examples import show
>>> print(show(matched, '''
... def f(x):
...     match x:
...         case {"scale": k, **rest} if k > 0.0:
...             return k
...         case (a, *others) | (others, a, 1.0):
...             return a
...         case None:
...             return 0.0
... '''))
def f(x):
    took = is_mapping(x) and "scale" in x
    if took:
        k = x["scale"]
        rest = {key: value for key, value in x.items() if key not in ("scale",)}
        took = k > 0.0
    if took:
        return k
    elif is_sequence(x) and len(x) >= 1 or is_sequence(x) and len(x) == 3 and x[2] == 1.0:
        a = x[0] if is_sequence(x) and len(x) >= 1 else x[1]
        others = list(x)[1:] if is_sequence(x) and len(x) >= 1 else x[0]
        return a
    elif x is None:
        return 0.0

The rules are those of the language reference, 8.6: what a pattern binds is bound when all of it fits, before its guard.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import gast

from srcgrad import patterns, tree
from srcgrad.analysis.scope import MISSING, Scope
from srcgrad.errors import refuse
from srcgrad.program import Program

_WHOLE = (bool, bytearray, bytes, dict, float, frozenset, int, list, set, str, tuple)  # one pattern stands for all


def matched(program: Program) -> Program:
    """Return the program without ``match``."""
    if not any(isinstance(node, gast.Match) for node in tree.walk(program.function.body)):
        return program
    return program.with_body(_Matched(program).block(program.function.body))


@dataclass
class _Fit:
    """What must hold for a pattern to fit, in order, and what it binds then."""

    tests: list[Any] = field(default_factory=list)
    binds: dict[str, Any] = field(default_factory=dict)

    def test(self) -> Any:
        """All tests as one expression; None if there is nothing to test."""
        if len(self.tests) < 2:
            return self.tests[0] if self.tests else None
        return gast.BoolOp(gast.And(), self.tests)

    def add(self, other: _Fit) -> None:
        self.tests += other.tests
        self.binds |= other.binds


class _Matched:
    def __init__(self, program: Program) -> None:
        self.program = program
        local = tree.parameters_of(program.function) | tree.writes(program.function.body)
        self.scope = Scope(program.namespace, local)
        self.like: Any = None

    def block(self, statements: list[Any]) -> list[Any]:
        return [made for statement in statements for made in self.statement(statement)]

    def statement(self, statement: Any) -> list[Any]:
        if not isinstance(statement, gast.Match):
            return [tree.with_blocks(statement, self.block)]
        subject, made = statement.subject, []
        bound = tree.writes(statement.cases) | _captured(statement.cases)
        if not isinstance(subject, gast.Name) or subject.id in bound:
            held = self.program.namer.temporary("subject")
            made = [tree.assign(held, subject, statement)]
            subject = tree.name(held)
        return [*made, *self.cases(statement.cases, subject, statement)]

    def cases(self, cases: list[Any], subject: Any, like: Any) -> list[Any]:
        """Branches for some cases: each is the other branch of the one before."""
        if not cases:
            return []
        case, *others = cases
        self.like = like
        fit = self.pattern(case.pattern, subject)
        test = fit.test()
        binds = [tree.assign(name, value, like) for name, value in fit.binds.items()]
        if case.guard is None and test is None:
            return [*binds, *self.block(case.body)]
        rest = self.cases(others, subject, like)
        if case.guard is None:
            return [tree.if_(test, [*binds, *self.block(case.body)], rest, like)]
        took = self.program.namer.temporary("took")
        if test is None:
            made = [*binds, tree.assign(took, case.guard, like)]
        else:
            inner = tree.if_(tree.name(took), [*binds, tree.assign(took, case.guard, like)], [], like)
            made = [tree.assign(took, test, like), inner]
        return [*made, tree.if_(tree.name(took), self.block(case.body), rest, like)]

    # --- patterns

    def pattern(self, node: Any, subject: Any) -> _Fit:
        """What must hold of a subject, an expression that may be evaluated often, for a pattern to fit."""
        if isinstance(node, gast.MatchAs):
            fit = _Fit() if node.pattern is None else self.pattern(node.pattern, subject)
            if node.name is not None:
                fit.binds[node.name] = tree.copy(subject)
            return fit
        if isinstance(node, gast.MatchValue):
            return _Fit([gast.Compare(tree.copy(subject), [gast.Eq()], [node.value])])
        if isinstance(node, gast.MatchSingleton):
            return _Fit([gast.Compare(tree.copy(subject), [gast.Is()], [tree.constant(node.value)])])
        if isinstance(node, gast.MatchSequence):
            return self.sequence(node, subject)
        if isinstance(node, gast.MatchMapping):
            return self.mapping(node, subject)
        if isinstance(node, gast.MatchOr):
            return self.alternatives(node, subject)
        return self.instance(node, subject)

    def sequence(self, node: Any, subject: Any) -> _Fit:
        parts = node.patterns
        star = next((n for n, part in enumerate(parts) if isinstance(part, gast.MatchStar)), None)
        length = tree.call(self.program.builtin(len), tree.copy(subject))
        needed = tree.constant(len(parts) - (star is not None))
        fit = _Fit([self.called(patterns.is_sequence, subject)])
        if star is None or len(parts) > 1:
            operator = gast.Eq() if star is None else gast.GtE()
            fit.tests.append(gast.Compare(length, [operator], [needed]))
        for place, part in enumerate(parts):
            if isinstance(part, gast.MatchStar):
                after = len(parts) - place - 1
                bounds = [tree.constant(at) if at else None for at in (place, -after)]
                if part.name is not None:
                    whole = tree.call(self.program.builtin(list), tree.copy(subject))
                    fit.binds[part.name] = tree.subscript(whole, gast.Slice(*bounds, None))
                continue
            index = place if star is None or place < star else place - len(parts)
            fit.add(self.pattern(part, tree.subscript(tree.copy(subject), tree.constant(index))))
        return fit

    def mapping(self, node: Any, subject: Any) -> _Fit:
        fit = _Fit([self.called(patterns.is_mapping, subject)])
        fit.tests += [gast.Compare(tree.copy(key), [gast.In()], [tree.copy(subject)]) for key in node.keys]
        for key, part in zip(node.keys, node.patterns, strict=True):
            fit.add(self.pattern(part, tree.subscript(tree.copy(subject), tree.copy(key))))
        if node.rest is not None:
            fit.binds[node.rest] = self.others(node.keys, subject)
        return fit

    def others(self, keys: list[Any], subject: Any) -> Any:
        """``{key: value for key, value in subject.items() if key not in keys}``."""
        key, value = self.program.namer.temporary("key"), self.program.namer.temporary("value")
        test = gast.Compare(tree.name(key), [gast.NotIn()], [tree.tuple_(map(tree.copy, keys))])
        items = tree.call(tree.attribute(tree.copy(subject), "items"))
        target = tree.tuple_([tree.target(key), tree.target(value)], store=True)
        return gast.DictComp(tree.name(key), tree.name(value), [gast.comprehension(target, items, [test], 0)])

    def instance(self, node: Any, subject: Any) -> _Fit:
        """A pattern with a class: ``C(a, b=c)``."""
        kind = self.scope.resolve(node.cls)
        fit = _Fit([tree.call(self.program.builtin(isinstance), tree.copy(subject), tree.copy(node.cls))])
        if kind in _WHOLE and len(node.patterns) == 1:
            fit.add(self.pattern(node.patterns[0], subject))
            return fit
        named = getattr(kind, "__match_args__", MISSING)
        if node.patterns and (not isinstance(named, tuple) or len(named) < len(node.patterns)):
            reason = "which attributes the patterns of this class stand for is not known"
            raise refuse(self.like, self.program.source, reason, "name them: C(a=..., b=...)")
        names = [*(named if isinstance(named, tuple) else ())][: len(node.patterns)] + list(node.kwd_attrs)
        for name in names:
            if not _has(kind, name):
                has = tree.call(self.program.builtin(hasattr), tree.copy(subject), tree.constant(name))
                fit.tests.append(has)
        for name, part in zip(names, [*node.patterns, *node.kwd_patterns], strict=True):
            fit.add(self.pattern(part, tree.attribute(tree.copy(subject), name)))
        return fit

    def alternatives(self, node: Any, subject: Any) -> _Fit:
        fits = [self.pattern(part, subject) for part in node.patterns]
        tests = [fit.test() for fit in fits]
        if not fits[0].binds:
            return _Fit([gast.BoolOp(gast.Or(), tests)] if None not in tests else [])
        values = dict(fits[-1].binds)
        for test, fit in zip(reversed(tests[:-1]), reversed(fits[:-1]), strict=True):  # the first that fits
            values = {n: gast.IfExp(tree.copy(test), fit.binds[n], values[n]) for n in fit.binds}
        return _Fit([] if None in tests else [gast.BoolOp(gast.Or(), tests)], values)

    def called(self, helper: Any, *args: Any) -> Any:
        """A call of one of our own functions."""
        name = self.program.external(helper, helper.__name__)
        return tree.call(tree.name(name), *(tree.copy(node) for node in args))


def _has(kind: Any, name: str) -> bool:
    """Whether all objects of a class have an attribute, unless it is deleted: it is a field, or of the class."""
    return hasattr(kind, name) or name in getattr(kind, "__dataclass_fields__", ())


def _captured(cases: list[Any]) -> set[str]:
    """The names that patterns bind."""
    found = ((getattr(node, "name", None), getattr(node, "rest", None)) for node in tree.walk(cases))
    return {name for pair in found for name in pair if isinstance(name, str)}
