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
from srcgrad.analysis.aliases import HIDDEN, Aliases, is_code, reached
from srcgrad.analysis.calls import Effect, Place, Summary, effect, objects_in, place_of
from srcgrad.analysis.indexing import is_spliced
from srcgrad.analysis.kinds import (
    ANYTHING,
    NEVER,
    UNKNOWN,
    Array,
    Filling,
    Fillings,
    Kind,
    Mapping,
    Sequence,
)
from srcgrad.analysis.known_calls import HOLDER_CHANGES
from srcgrad.analysis.made import element_kind
from srcgrad.analysis.scope import MISSING, Scope
from srcgrad.rules.registry import version
from srcgrad.source import Source, read

_EMPTY = Summary()
_MOST = 1024  # functions whose summaries are kept
_UNSEEN = (gast.FunctionDef, gast.AsyncFunctionDef, gast.ClassDef, gast.Match)  # they bind what is not followed


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
    """The classes of names of a function that may share storage."""
    return Aliases(function, scope, summary_of)


def stored_kinds(function: Any, scope: Scope, kind: Callable[[Any], Kind]) -> dict[str, Fillings]:
    """The names, and the paths of what lies outside, of which stores and calls may change what they hold, and how."""
    nodes = [node for node in tree.walk(function.body) if stores_something(node, scope) or tree.stored(node)]
    found: dict[str, Fillings] = {}
    if nodes:
        aliases = aliases_of(function, scope)
        for node in nodes:
            if (target := tree.stored(node)) is not None:
                keys = aliases.sources(target.value) if aliases.holds(target.value) else set()
                filling = Filling(kind(target.value), _stored_in(target, node, kind))
            else:
                effect = aliases.effect(node)  # of which arrays get other numbers only
                held = tuple(part for part in effect.changes if not _is_array(part, kind))
                effect = replace(effect, changes=held)
                keys, filling = aliases.changed_by(effect) | aliases.kept_by(effect), _filling(node, kind)
            if filling.holder != NEVER:
                for name in {other for key in keys for other in aliases.together(key)}:
                    found[name] = found.get(name, frozenset()) | {filling}
    return found


def _stored_in(target: Any, node: Any, kind: Callable[[Any], Kind]) -> Kind:
    """The kind of what a store puts into a list or dict; NEVER if that is nothing."""
    if tree.is_removal(node):
        return NEVER
    stored = kind(tree.value_stored(node))
    if is_spliced(target, kind):
        return NEVER if getattr(stored, "items", None) == () else element_kind(stored)
    return stored


def _is_array(part: Any, kind: Callable[[Any], Kind]) -> bool:
    """Whether what a call changes is an array."""
    return isinstance(part, gast.AST) and isinstance(kind(part), Array)


def _filling(node: Any, kind: Callable[[Any], Kind]) -> Filling:
    """What a call puts into what it changes."""
    holder = kind(node.func.value) if isinstance(node.func, gast.Attribute) else UNKNOWN
    if holder == NEVER:
        return Filling(NEVER, NEVER)
    is_list = isinstance(holder, Sequence) and holder.type is list
    if not (is_list or isinstance(holder, Mapping)):  # a method of the user's may be called the same
        return ANYTHING
    if node.func.attr in HOLDER_CHANGES:
        return Filling(holder, NEVER)
    takes_one = node.func.attr in ("append", "insert", "setdefault") and bool(node.args)
    return Filling(holder, kind(node.args[-1]) if takes_one else UNKNOWN)


def summary_of(function: types.FunctionType, lists: bool = False) -> Summary:
    """What a user's function may do to its parameters and to what lies outside of it.

    ``lists`` says that it may be given lists, so that sums hold the elements of what is added.
    """
    known = _cache.get((function, lists))
    if known is not None and known.holds():
        return known.summaries[function]
    work = _Work(lists)
    work.settle(function)
    codes = tuple((known, known.__code__) for known in work.summaries)
    relied = {(id(one[0]), one[1]): one for one in work.relied}  # each once: it is asked for at every use
    entry = _Entry(work.summaries, tuple(relied.values()), codes, version())
    if len(_cache) >= _MOST:
        _cache.clear()
    _cache[function, lists] = entry
    return entry.summaries[function]


@dataclass(frozen=True)
class _Entry:
    """Summaries that hold while some names mean what they meant, some functions do what they did, and rules stay."""

    summaries: dict[types.FunctionType, Summary]
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


_cache: dict[tuple[types.FunctionType, bool], _Entry] = {}


@dataclass
class _Work:
    """Summaries on the way to a fixed point."""

    lists: bool
    summaries: dict[types.FunctionType, Summary] = field(default_factory=dict)
    relied: list[tuple[Any, str, Any]] = field(default_factory=list)
    sources: dict[types.FunctionType, Source | None] = field(default_factory=dict)

    def settle(self, function: types.FunctionType) -> None:
        """Go round until no summary changes."""
        self.summarise(function)
        while True:
            before = dict(self.summaries)
            for known in list(self.summaries):
                self.summaries[known] = self.computed(known)
            if self.summaries == before:
                return

    def summarise(self, function: types.FunctionType, lists: bool = False) -> Summary:
        """The summary as far as it is known; a function met for the first time is looked at."""
        if function not in self.summaries:
            self.summaries[function] = _EMPTY  # for the calls of itself
            self.summaries[function] = self.computed(function)
        return self.summaries[function]

    def source(self, function: types.FunctionType) -> Source | None:
        if function not in self.sources:
            try:
                self.sources[function] = read(function)
            except SyntaxError:
                self.sources[function] = None
        return self.sources[function]

    def computed(self, function: types.FunctionType) -> Summary:
        source = self.source(function)
        if source is None or any(isinstance(node, _UNSEEN) for node in tree.walk(source.tree.body)):  # the worst
            code = function.__code__
            names = frozenset(code.co_varnames[: code.co_argcount + code.co_kwonlyargcount])
            return Summary(names, names, frozenset([frozenset([*names, None])]), hidden=True)
        body, parameters = source.tree.body, tree.parameters_of(source.tree)
        declared = {n for s in tree.walk(body) if isinstance(s, (gast.Global, gast.Nonlocal)) for n in s.names}
        scope = Scope(source.namespace, (parameters | tree.writes(body)) - declared)
        self.relied.extend(_resolved(body, source.namespace, scope))
        aliases = Aliases(source.tree, scope, self.summarise, self.lists)
        return _Function(body, parameters, scope, aliases).summary(_rebound(function, declared, body))


def _resolved(body: list[Any], namespace: Any, scope: Scope) -> Iterator[tuple[Any, str, Any]]:
    """What the free names and paths of a function mean now: namespace, name and value."""
    for node in tree.walk(body):
        if isinstance(node, gast.Name) and node.id not in scope.local and node.id in namespace:
            yield namespace, node.id, namespace[node.id]
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

    def summary(self, rebound: frozenset[Place]) -> Summary:
        changed: set[str] = set()
        returned: set[str] = set()
        objects: set[int] = set()
        outside: set[int] = set()
        joined = False
        for node in tree.walk(self.body):
            if isinstance(node, gast.AugAssign):
                target = node.target
                changed |= self.aliases.sources(target.value if hasattr(target, "value") else tree.name(target.id))
            elif isinstance(node, (gast.Subscript, gast.Attribute)) and isinstance(node.ctx, (gast.Store, gast.Del)):
                changed |= self.aliases.sources(node.value)
                owner = self.scope.resolve(node.value)
                if isinstance(node, gast.Attribute) and is_code(owner) and hasattr(owner, "__dict__"):
                    rebound = rebound | {place_of(owner, node.attr)}
            elif isinstance(node, gast.Call):
                found = self.aliases.effect(node)
                changed |= {key for part in found.changes for key in self.aliases.sources(part)}
                objects |= found.objects | {i for v in objects_in(found.changes) for i in reached(v)}
                rebound = rebound | found.rebound | self.set_by_name(node)
            elif isinstance(node, (gast.Return, gast.Yield)) and node.value is not None:
                returned |= self.aliases.sources(node.value)
                joined = joined or not self.aliases.are_apart(node.value)
                for call in tree.walk(node.value):
                    if isinstance(call, gast.Call):
                        outside |= self.aliases.effect(call).outside
        changed = {other for key in changed for other in self.aliases.together(key)}
        returned = {other for key in returned for other in self.aliases.together(key)}
        return Summary(
            changes=frozenset(self.parameters & changed),
            returns=frozenset(self.parameters & returned),
            keeps=self.keeps(),
            objects=frozenset(objects | self.aliases.identities(changed)),
            outside=frozenset(outside | self.aliases.identities(returned)),
            rebound=rebound,
            hidden=HIDDEN in returned,
            joined=joined,
        )

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
            members = {other for key in keys for other in self.aliases.together(key)}
            named: set[str | None] = {name for name in self.parameters if name in members}
            if any(self.aliases.is_outside(key) for key in keys):
                named.add(None)
            if len(named) > 1:
                groups.add(frozenset(named))
        return frozenset(groups)
