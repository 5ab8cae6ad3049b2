"""Summaries of the user's functions: what they may change, keep and hand back, found from their source.

A function that calls others, or itself, is summarised from theirs; for recursion that is done until nothing changes.
"""

from __future__ import annotations

import types
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import gast

from srcgrad import tree
from srcgrad.analysis.aliases import HIDDEN, Aliases
from srcgrad.analysis.bound_methods import looked_up
from srcgrad.analysis.calls import effect
from srcgrad.analysis.classes import Classes, kind_of_path
from srcgrad.analysis.given import objects_in
from srcgrad.analysis.kinds import NEVER, Kind, is_object, types_in
from srcgrad.analysis.name_kinds import infer
from srcgrad.analysis.objects import holds_object
from srcgrad.analysis.reach import is_code, reached
from srcgrad.analysis.scope import MISSING, Scope
from srcgrad.analysis.summary import ELEMENTS, Effect, Place, Stores, Summary, place_of
from srcgrad.analysis.worklist import bound_otherwise
from srcgrad.method_names import without_method_names
from srcgrad.rules.registry import version
from srcgrad.source import Source, read
from srcgrad.supers import supers

_EMPTY = Summary()
_MOST = 1024  # functions whose summaries are kept
_MOST_CLASSES = 8  # kinds of objects that a function is summarised for
_UNSEEN = (gast.FunctionDef, gast.AsyncFunctionDef, gast.ClassDef, gast.Match)  # they bind what is not followed


_spelled_out: list[Callable[[Source], Source]] = [lambda source: source]


def spell_out_by(step: Callable[[Source], Source]) -> None:
    """Say how functions are brought to the forms that are followed here: the passes that do so lie in a layer above."""
    _spelled_out.append(step)


def effect_of(node: Any, scope: Scope) -> Effect:
    """What a call may do besides giving a value.

    >>> import gast, numpy
    >>> scope = Scope({"np": numpy}, {"x", "y"})
    >>> call = gast.parse("np.copyto(x, y)").body[0].value
    >>> [node.id for node in effect_of(call, scope).changes]
    ['x']
    """
    return effect(node, scope, summary_of)


def stores_something(node: Any, scope: Scope) -> bool:
    """Whether a node is a call that may change what something holds."""
    if not isinstance(node, gast.Call):
        return False
    found = effect_of(node, scope)
    return bool(found.changes or found.keeps or found.objects)


def aliases_of(function: Any, scope: Scope) -> Aliases:
    """The classes of names of a function that may share storage, as its statements are now."""
    return Aliases(function, scope, summary_of)


def aliases_in(function: Any, scope: Scope, inplace: frozenset[str] = frozenset()) -> Aliases:
    """The same of a function that stays as it is, found once for all passes that ask.

    ``inplace`` are names of what an update in place makes: they are other names of what is updated.
    """
    known = scope.found.get(("aliases", inplace))
    if known is None or known[0] is not function:
        made = aliases_of(function, scope)
        for node in tree.walk(function.body) if inplace else ():
            is_update = tree.single_target(node) in inplace and isinstance(node.value, gast.BinOp)
            if is_update and not made.is_number(node.value.left):
                made.join({str(tree.single_target(node)), node.value.left.id})
        known = scope.found["aliases", inplace] = (function, made)
    found: Aliases = known[1]
    return found


def summary_of(function: types.FunctionType, lists: bool = False, classes: Classes = ()) -> Summary:
    """What a user's function may do to its parameters and to what lies outside of it.

    ``lists`` says that it may be given lists, so that sums hold the elements of what is added; ``classes`` tells what
    is known of the parameters that are objects.
    """
    known = _cache.get((function, lists, classes))
    if known is not None and known.holds():
        return known.summaries[function, classes]
    work = _Work(lists)
    work.settle(function, classes)
    codes = tuple((known, known.__code__) for known, _ in work.summaries)
    relied = {(id(one[0]), one[1]): one for one in work.relied}  # each once: it is asked for at every use
    entry = _Entry(work.summaries, tuple(relied.values()), codes, version())
    if len(_cache) >= _MOST:
        _cache.clear()
    _cache[function, lists, classes] = entry
    return entry.summaries[function, classes]


@dataclass(frozen=True)
class _Entry:
    """Summaries that hold while some names mean what they meant, some functions do what they did, and rules stay."""

    summaries: dict[tuple[types.FunctionType, Classes], Summary]
    relied: tuple[tuple[Any, str, Any], ...]
    codes: tuple[tuple[types.FunctionType, types.CodeType], ...]
    rules: int

    def holds(self) -> bool:
        same_rules = self.rules == version()
        return (
            same_rules
            and all(namespace.get(name) is value for namespace, name, value in self.relied)
            and all(function.__code__ is code for function, code in self.codes)
        )


_cache: dict[tuple[types.FunctionType, bool, Classes], _Entry] = {}


@dataclass
class _Work:
    """Summaries on the way to a fixed point."""

    lists: bool
    summaries: dict[tuple[types.FunctionType, Classes], Summary] = field(default_factory=dict)
    relied: list[tuple[Any, str, Any]] = field(default_factory=list)
    sources: dict[types.FunctionType, Source | None] = field(default_factory=dict)

    def settle(self, function: types.FunctionType, classes: Classes) -> None:
        """Go round until no summary changes."""
        self.summarise(function, False, classes)
        while True:
            before = dict(self.summaries)
            for known in list(self.summaries):
                self.summaries[known] = self.computed(*known)
            if self.summaries == before:
                return

    def summarise(self, function: types.FunctionType, lists: bool = False, classes: Classes = ()) -> Summary:
        """The summary as far as it is known; a function met for the first time is looked at."""
        if sum(1 for known, _ in self.summaries if known is function) > _MOST_CLASSES:
            classes = ()  # a recursion that makes ever larger objects
        if (function, classes) not in self.summaries:
            self.summaries[function, classes] = _EMPTY  # for the calls of itself
            self.summaries[function, classes] = self.computed(function, classes)
        return self.summaries[function, classes]

    def source(self, function: types.FunctionType) -> Source | None:
        if function not in self.sources:
            try:
                self.sources[function] = _spelled_out[-1](read(function))
            except SyntaxError:
                self.sources[function] = None
        return self.sources[function]

    def computed(self, function: types.FunctionType, classes: Classes) -> Summary:
        source = self.source(function)
        if source is None or any(isinstance(node, _UNSEEN) for node in tree.walk(source.tree.body)):  # the worst
            code = function.__code__
            names = frozenset(code.co_varnames[: code.co_argcount + code.co_kwonlyargcount])
            return Summary(names, names, frozenset([frozenset([*names, None])]), hidden=True, stores=None)
        whole = without_method_names(supers(source.tree, source.namespace))
        body, parameters = whole.body, tree.parameters_of(whole)
        declared = {n for s in tree.walk(body) if isinstance(s, (gast.Global, gast.Nonlocal)) for n in s.names}
        scope = Scope(source.namespace, (parameters | tree.writes(body)) - declared)
        self.relied.extend(_resolved(body, source.namespace, scope))
        if classes:
            scope.classes = frozenset(kind for _, given in classes for kind in types_in(given))
            scope.kinds.update(_objects_in(whole, scope, classes))
        aliases = Aliases(whole, scope, self.summarise, self.lists)
        return _Function(body, parameters, scope, aliases).summary(_rebound(function, declared, body))


def _objects_in(function: Any, scope: Scope, classes: Classes) -> dict[str, Kind]:
    """The names of a function that surely are objects, or hold some, with what is known of them.

    What waits for what an object holds is among them: nothing happens to it before that is found.
    """
    inner = replace(scope, kinds=dict(classes))
    infer(function, inner, versioned=False)
    others = bound_otherwise(function)
    waiting = tree.writes(function.body) - inner.kinds.keys() - tree.parameters_of(function)
    found = dict.fromkeys(waiting, NEVER) | {name: kind for name, kind in inner.kinds.items() if holds_object(kind)}
    return {name: kind for name, kind in found.items() if name not in others}


def _resolved(body: list[Any], namespace: Any, scope: Scope) -> Iterator[tuple[Any, Any, Any]]:
    """What the free names and paths of a function mean now: namespace, name and value."""
    for node in tree.walk(body):
        if isinstance(node, gast.Name) and node.id not in scope.local and node.id in namespace:
            yield namespace, node.id, namespace[node.id]
        elif isinstance(node, gast.Call):
            yield from looked_up(node, scope)
        elif isinstance(node, gast.Attribute):
            owner, value = scope.resolve(node.value), scope.resolve(node)
            if value is not MISSING and hasattr(owner, "__dict__") and node.attr in vars(owner):
                yield vars(owner), node.attr, vars(owner)[node.attr]


def _rebound(function: types.FunctionType, declared: set[str], body: list[Any]) -> frozenset[Place]:
    """The variables outside that a function binds anew."""
    cells = dict(zip(function.__code__.co_freevars, function.__closure__ or (), strict=False))
    deleted = {n for s in tree.walk(body) if isinstance(s, gast.Delete) for n in tree.identifiers(s)}
    names = declared & (tree.writes(body) | deleted)
    return frozenset((id(cells[n]), "") if n in cells else (id(function.__globals__), n) for n in names)


@dataclass
class _Function:
    """One function's statements with the classes of its names."""

    body: list[Any]
    parameters: set[str]
    scope: Scope
    aliases: Aliases

    def __post_init__(self) -> None:
        self.bound = tree.writes(self.body)

    def summary(self, rebound: frozenset[Place]) -> Summary:
        itself: set[str] = set()  # is stored to: what is put in it is not changed by that
        changed: set[str] = set()
        returned: set[str] = set()
        objects: set[int] = set()
        outside: set[int] = set()
        relies: set[int] = set()
        joined = False
        for node in tree.walk(self.body):
            if isinstance(node, gast.AugAssign):
                target = node.target
                changed |= self.aliases.sources(target.value if hasattr(target, "value") else tree.name(target.id))
            elif isinstance(node, (gast.Subscript, gast.Attribute)) and isinstance(node.ctx, (gast.Store, gast.Del)):
                (itself if self.is_parameter(node.value) else changed).update(self.aliases.sources(node.value))
                owner = self.scope.resolve(node.value)
                if isinstance(node, gast.Attribute) and is_code(owner) and hasattr(owner, "__dict__"):
                    rebound = rebound | {place_of(owner, node.attr)}
            elif isinstance(node, gast.Call):
                found = self.aliases.effect(node)
                changed |= {key for part in found.changes for key in self.aliases.sources(part)}
                objects |= found.objects | {i for v in objects_in(found.changes) for i in reached(v)}
                rebound = rebound | found.rebound | self.set_by_name(node)
                relies |= found.relies
            elif isinstance(node, (gast.Return, gast.Yield)) and node.value is not None:
                returned |= self.aliases.sources(node.value)
                joined = joined or not self.aliases.are_apart(node.value)
                for call in tree.walk(node.value):
                    if isinstance(call, gast.Call):
                        outside |= self.aliases.effect(call).outside
        changed = {other for key in changed for other in self.aliases.together(key)}
        returned = {other for key in returned for other in self.aliases.together(key)}
        reached_by = {other for key in itself for other in self.aliases.together(key)}
        return Summary(
            changes=frozenset(self.parameters & (changed | itself)),
            returns=frozenset(self.parameters & returned),
            keeps=self.keeps(),
            objects=frozenset(objects | self.aliases.identities(changed | reached_by)),
            outside=frozenset(outside | self.aliases.identities(returned)),
            rebound=rebound,
            relies=frozenset(relies),
            hidden=HIDDEN in returned,
            joined=joined,
            stores=self.stores(),
            sets=frozenset(self.sets()),
        )

    def is_parameter(self, node: Any) -> bool:
        """Whether a node is what the caller gave, which has been given no other value."""
        return isinstance(node, gast.Name) and node.id in self.parameters and node.id not in self.bound

    def stores(self) -> Stores | None:
        """The attributes, and the elements, of what parameters reach that get other values; None if any may."""
        found: set[tuple[Any, str]] = set()
        for node in tree.walk(self.body):
            stored = isinstance(node, (gast.Attribute, gast.Subscript)) and isinstance(node.ctx, (gast.Store, gast.Del))
            if stored and self.is_set(node):
                continue
            if stored and self.is_given(node.value):
                kind: Any = kind_of_path(node.value, self.scope)
                if kind == NEVER:
                    continue
                if isinstance(node, gast.Attribute) != is_object(kind):
                    return None
                found.add((kind.type, node.attr) if isinstance(node, gast.Attribute) else ELEMENTS)
            elif isinstance(node, gast.AugAssign) and isinstance(node.target, gast.Name):
                if self.is_given(tree.name(node.target.id)):
                    found.add(ELEMENTS)  # it may be a list
            elif isinstance(node, gast.Call):
                effect = self.aliases.effect(node)
                parts = [*effect.changes, *(part for group in effect.keeps for part in group)]
                if any(part is None or not isinstance(part, gast.AST) or self.is_given(part) for part in parts):
                    if effect.stores is None:
                        return None
                    found |= effect.stores
        return frozenset(found)

    def is_set(self, node: Any) -> bool:
        """Whether a node is an attribute of a parameter itself."""
        return isinstance(node, gast.Attribute) and self.is_parameter(node.value)

    def sets(self) -> Iterator[tuple[str, str]]:
        """The attributes of parameters themselves that get other values."""
        for node in tree.walk(self.body):
            if self.is_set(node) and isinstance(node.ctx, (gast.Store, gast.Del)):
                yield node.value.id, node.attr

    def is_given(self, node: Any) -> bool:
        """Whether a value may share storage with a parameter."""
        return any(not self.parameters.isdisjoint(self.aliases.together(key)) for key in self.aliases.sources(node))

    def set_by_name(self, node: Any) -> frozenset[Place]:
        """The variable that a call of ``setattr`` or ``delattr`` on a module, a class or a function binds."""
        if self.scope.resolve(node.func) not in (setattr, delattr) or len(node.args) < 2:
            return frozenset()
        owner, name = self.scope.resolve(node.args[0]), self.scope.literal(node.args[1])
        if not is_code(owner) or not hasattr(owner, "__dict__"):
            return frozenset()
        return frozenset({place_of(owner, str(name))})

    def keeps(self) -> frozenset[frozenset[str | None]]:
        """Parameters that are put into each other, or into what lies outside, when the function is done."""
        groups: set[frozenset[str | None]] = set()
        for keys in self.aliases.stored:
            itself = {key for key in keys if key in self.parameters and key not in self.bound}  # its caller knows more
            members = itself | {other for key in keys - itself for other in self.aliases.together(key)}
            named: set[str | None] = {name for name in self.parameters if name in members}
            if any(self.aliases.is_outside(key) for key in keys):
                named.add(None)
            if len(named) > 1:
                groups.add(frozenset(named))
        return frozenset(groups)
