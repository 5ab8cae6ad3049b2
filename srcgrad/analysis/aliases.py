"""Which names may share storage: classes of names, regardless of the point of the program.

Besides the local names, a class may hold paths of what lies outside of the function (``W``, ``settings.weights``) and
``HIDDEN``, which stands for storage that no name in the program reaches: in foreign objects, in callees' closures.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import gast

from srcgrad import tree
from srcgrad.analysis.calls import effect
from srcgrad.analysis.classes import acts, kind_of_path
from srcgrad.analysis.given import objects_in
from srcgrad.analysis.inference import Inference
from srcgrad.analysis.kinds import (
    NEVER,
    PLAIN,
    TEXT,
    Array,
    Instance,
    Kind,
    Known,
    Mapping,
    Scalar,
    Sequence,
    is_object,
    items_of,
)
from srcgrad.analysis.operations import SHAPE_ATTRIBUTES
from srcgrad.analysis.reach import EVERYTHING, is_code, is_mutable, reached
from srcgrad.analysis.reads import is_mapping, is_of_keys
from srcgrad.analysis.scope import MISSING, Scope
from srcgrad.analysis.summary import Effect, Summarise

HIDDEN = EVERYTHING
PARTS, TURNS = "<parts of what is in line ", "<elements of what is in line "  # which may be one object
_COPYING = (list, tuple, dict, sorted, copy.copy, copy.deepcopy)
CODED = "<what the code of a class gives>"  # of a property, say: any object outside, or in an argument


class Aliases:
    """Classes of names of a function that may share storage; numbers share nothing."""

    def __init__(self, function: Any, scope: Scope, summarise: Summarise, lists: bool = False) -> None:
        self.scope = scope
        self.summarise = summarise
        self.lists = lists  # what is not known may be a list, whose sums hold the same elements
        self.outside = dict(outside_values(function, scope))
        self._reach = {path: set(reached(value)) for path, value in self.outside.items()}
        self._parent: dict[str, str] = {}
        self._members: dict[str, set[str]] | None = None  # of the classes as they are, once they are asked for
        self._effects: dict[int, tuple[Any, Effect]] = {}
        self.stored: list[set[str]] = []  # what is put into each other, names apart
        self._join_outside()
        for node in tree.walk(function.body):
            if isinstance(node, gast.Assign):
                for target in node.targets:
                    self._bind_parts(target, node.value)
                self._store(node.targets, node.value)
            elif isinstance(node, (gast.AnnAssign, gast.NamedExpr)) and node.value is not None:
                self._bind(tree.writes(node.target), node.value)
                self._store([node.target], node.value)
            elif isinstance(node, gast.AugAssign):
                self._store([node.target], node.value)
                if isinstance(node.target, gast.Name) and self._is_sequence(node.value):
                    self._bind({node.target.id}, node.value)
            elif isinstance(node, gast.withitem) and node.optional_vars is not None:
                self._bind(tree.writes(node.optional_vars), node.context_expr)
            elif isinstance(node, (gast.For, gast.comprehension)) and not is_mapping(node.iter, scope):
                self._bind(tree.writes(node.target), node.iter, TURNS)
            elif isinstance(node, gast.Call):
                for group in self.effect(node).keeps:
                    self._keep({key for part in group for key in ({HIDDEN} if part is None else self.sources(part))})

    def effect(self, node: Any) -> Effect:
        """What a call of the function may do."""
        entry = self._effects.get(id(node))
        if entry is None or entry[0] is not node:
            entry = self._effects[id(node)] = (node, effect(node, self.scope, self.summarise))
        return entry[1]

    # --- classes

    def find(self, name: str) -> str:
        """The representative of a name's class."""
        while (parent := self._parent.get(name, name)) != name:
            name = parent
        return name

    def together(self, name: str) -> set[str]:
        """All names that may share storage with a name, itself included."""
        if self._members is None:
            self._members = {}
            for other in self._parent:
                self._members.setdefault(self.find(other), set()).add(other)
        own = self.find(name)
        return {name, own} | self._members.get(own, set())

    def is_outside(self, name: str) -> bool:
        """Whether a name may share storage with what lies outside of the function."""
        return any(other == HIDDEN or other in self.outside or other in self._reach for other in self.together(name))

    def is_object(self, key: str) -> bool:
        """Whether a key stands for an object outside, or an argument of which the class alone is known."""
        return key not in self.scope.local or isinstance(self.scope.kinds.get(key), Instance)

    def has_unnamed(self) -> bool:
        """Whether some storage may be an object that no path of the function reaches."""
        return len(self.together(HIDDEN)) > 1 or any(key.startswith("<object") for key in self._reach)

    def join(self, keys: set[str]) -> None:
        """Note that some names may share storage."""
        self._members = None
        first, *others = sorted(keys) or [""]
        for other in others:
            self._parent[self.find(other)] = self.find(first)
            self._parent.setdefault(self.find(first), self.find(first))

    def _join_outside(self) -> None:
        """Paths to one object, or to an object and what it holds, are one storage."""
        holders: dict[int, set[str]] = {}
        for path, found in self._reach.items():
            for identity in found:
                holders.setdefault(identity, set()).add(path)
        for paths in holders.values():
            self.join(paths)

    def _bind_parts(self, target: Any, value: Any) -> None:
        """``a, b = v``: what is written out is bound part by part."""
        lists = (gast.Tuple, gast.List)
        parts = [*target.elts, *value.elts] if isinstance(target, lists) and isinstance(value, lists) else []
        if parts and len(parts) == 2 * len(target.elts) and not any(isinstance(p, gast.Starred) for p in parts):
            for part, of in zip(target.elts, value.elts, strict=True):
                self._bind_parts(part, of)
        else:
            self._bind(tree.writes(target), value, PARTS if isinstance(target, lists) else "")

    def _bind(self, names: set[str], value: Any, several: str = "") -> None:
        """Join names with what their value may be part of; ``several`` parts of a new one may be one object."""
        names = {n for n in names if not self._immutable(n)}
        sources = self.sources(value) if names else set()
        if names and several and not sources and not self.are_apart(value):
            sources = {f"{several}{getattr(value, 'lineno', 0)}>"}
        for source in sources:
            for name in names:
                self.join({name, source})

    def are_apart(self, node: Any) -> bool:
        """Whether the elements of a new value surely share no storage with each other."""
        if isinstance(node, (gast.Tuple, gast.List)):
            return self._are_apart(node.elts)
        if isinstance(node, gast.IfExp):
            return self.are_apart(node.body) and self.are_apart(node.orelse)
        if isinstance(node, gast.Call):
            function = self.scope.resolve(node.func)
            unknown = function is MISSING and not isinstance(node.func, gast.Attribute)
            effect = self.effect(node)
            parts = list({id(part): part for part in effect.shares if isinstance(part, gast.AST)}.values())
            return not (unknown or effect.joined) and self._are_apart(parts)
        if isinstance(node, gast.BinOp):
            return not (self._is_sequence(node.left) or self._is_sequence(node.right))
        return isinstance(node, (gast.Constant, gast.UnaryOp, gast.Compare, gast.ListComp, gast.GeneratorExp))

    def _are_apart(self, parts: list[Any]) -> bool:
        """Whether what is put together shares no storage, with each other or inside, as far as it is made here."""
        groups = [{other for key in self.sources(part) for other in self.together(key)} for part in parts]
        made = (gast.Call, gast.BinOp, gast.IfExp, gast.Tuple, gast.List)  # which may hold one object twice
        apart = all(self.are_apart(part) for part in parts if isinstance(part, made))
        return apart and sum(map(len, groups)) == len(set().union(*groups))

    def _store(self, targets: list[Any], value: Any) -> None:
        """``a[i] = v`` and ``a.b = v`` keep ``v`` in ``a``."""
        for node in tree.walk(targets):
            if not isinstance(getattr(node, "ctx", None), gast.Store):
                continue
            if isinstance(node, (gast.Subscript, gast.Attribute)):
                if isinstance(node, gast.Subscript) and not self.holds(node.value):
                    continue
                code = {HIDDEN} if is_code(self.scope.resolve(node.value)) else set()
                self._keep(self.sources(node.value) | self.sources(value) | code)
            elif isinstance(node, gast.Name) and node.id not in self.scope.local:  # declared global
                self._keep({HIDDEN, node.id} | self.sources(value))

    def holds(self, node: Any) -> bool:
        """Whether what is stored in an object may be found there again: an array takes copies of numbers."""
        return not isinstance(Inference(self.scope).kind(node), Array)

    def _keep(self, keys: set[str]) -> None:
        self.join(keys)
        self.stored.append(keys)

    def mentions(self, node: Any) -> set[str]:
        """The local names and outside paths that a node reads, and what its calls hand back from out of sight."""
        return {key for item in tree.walk(node) for key in self.mentions_itself(item)}

    def mentions_itself(self, item: Any) -> set[str]:
        """What a single node mentions, without what is below it."""
        if acts(item, self.scope):
            return {CODED}
        if isinstance(item, (gast.Name, gast.Attribute)):
            path = tree.path_of(item)
            found = {path} if path in self.outside else set()
            own = isinstance(item, gast.Name) and isinstance(item.ctx, gast.Load) and item.id in self.scope.local
            return {item.id} if own else {key for key in found if key}
        if isinstance(item, gast.Call):
            effect = self.effect(item)
            return self.paths_of(effect.outside) | ({HIDDEN} if effect.hidden else set())
        return set()

    def is_number(self, node: Any) -> bool:
        """Whether the value of an expression surely is a number, which nobody can change."""
        return isinstance(node, gast.AST) and isinstance(Inference(self.scope).kind(node), Scalar)

    def _immutable(self, name: str) -> bool:
        kind = self.scope.kinds.get(name)
        is_plain = kind in (NEVER, TEXT, PLAIN) or (isinstance(kind, Known) and not is_mutable(kind.value))
        return is_plain or isinstance(kind, Scalar)  # and no second name of an object outside

    def changed_by(self, effect: Effect) -> set[str]:
        """The names and paths of the storage that a call changes; numbers stay as they are."""
        changed = (part for part in effect.changes if not self.is_number(part))
        return {key for part in changed for key in self.sources(part)} | self.paths_of(effect.objects)

    def kept_by(self, effect: Effect) -> set[str]:
        """The names and paths of what a call stores in each other."""
        parts = (part for group in effect.keeps for part in group)
        return {key for part in parts for key in ({HIDDEN} if part is None else self.sources(part))}

    def identities(self, keys: set[str]) -> frozenset[int]:
        """The objects outside, and in them, that some paths stand for."""
        return frozenset(i for key in keys for i in self._reach.get(key, ()))

    # --- expressions

    def paths_of(self, identities: frozenset[int]) -> set[str]:
        """The outside paths that reach one of some objects; an object that none reaches is a key of its own."""
        found = {path for path, reach in self._reach.items() if not reach.isdisjoint(identities)}
        for identity in identities.difference(*(self._reach[path] for path in found)):
            key = f"<object {identity}>"
            self._reach[key] = {identity}
            found.add(key)
        return found

    def sources(self, node: Any) -> set[str]:
        """What the storage of an expression's value may be part of, or contain: names, paths, HIDDEN, CODED."""
        if acts(node, self.scope):
            return {CODED, *(key for part in tree.children(node) for key in self.sources(part))}
        if isinstance(node, (gast.Name, gast.Attribute)):
            return self._path_sources(node)
        if isinstance(node, gast.Call):
            is_new = is_of_keys(node, self.scope) or self._copies_numbers(node)
            return set() if is_new else self._call_sources(node)
        if isinstance(node, gast.Subscript):
            return set() if self.is_number(node) or self._copies(node) else self._holders(node.value)
        if isinstance(node, gast.BinOp):
            parts = [
                p for p in (node.left, node.right) if self._is_sequence(p) or (self.lists and self._may_be_list(p))
            ]
        elif isinstance(node, (gast.Constant, gast.UnaryOp, gast.Compare, gast.JoinedStr)):
            parts = []
        elif isinstance(node, gast.IfExp):
            parts = [node.body, node.orelse]
        elif isinstance(node, gast.Starred):
            parts = [node.value]
        elif isinstance(node, (gast.List, gast.Tuple, gast.Set)):
            parts = list(node.elts)
        elif isinstance(node, gast.BoolOp):
            parts = list(node.values)
        elif isinstance(node, gast.Dict):
            parts = [*node.keys, *node.values]
        elif isinstance(node, gast.AST):
            parts = tree.names(node, gast.Load)
        else:
            return self.paths_of(frozenset(i for v in objects_in((node,)) for i in reached(v))) | self._unseen(node)
        return {key for part in parts if part is not None for key in self.sources(part)}

    def _holders(self, node: Any) -> set[str]:
        """What may hold the elements of an expression's value: those of a sum of lists are those of the lists."""
        if not isinstance(node, gast.BinOp):
            return self.sources(node)
        infer = Inference(self.scope)
        parts = [p for p in (node.left, node.right) if not isinstance(infer.kind(p), (Array, Scalar))]
        return {key for part in parts for key in self._holders(part)}

    def _unseen(self, node: Any) -> set[str]:
        return {HIDDEN} if any(is_mutable(value) for value in objects_in((node,))) else set()

    def _path_sources(self, node: Any) -> set[str]:
        if isinstance(node, gast.Name) and node.id in self.scope.local:
            return set() if self._immutable(node.id) else {node.id}
        if (path := tree.path_of(node)) in self.outside:
            return {path} if is_mutable(self.outside[path]) else set()
        if isinstance(node, gast.Name):  # bound by a comprehension, or code
            return {node.id} if self.scope.resolve(node) is MISSING else set()
        if self.scope.resolve(node) is not MISSING or node.attr in SHAPE_ATTRIBUTES:
            return set()
        return self.sources(node.value)

    def _call_sources(self, node: Any) -> set[str]:
        found = self.effect(node)
        keys = {key for part in found.shares for key in ({HIDDEN} if part is None else self.sources(part))}
        keys |= self.paths_of(found.outside)
        if found.hidden:
            keys.add(HIDDEN)
        return keys

    def _copies(self, node: Any) -> bool:
        """Whether a read of elements surely makes a new array or list: by arrays or lists of indices, or by a mask.

        A tuple is such a list where it is one of several indices; by itself it is several indices.
        """
        if isinstance(node.slice, gast.Tuple):
            return any(self._is_advanced(part) for part in node.slice.elts)
        if isinstance(node.slice, gast.Slice):
            whole = self._kind(node.value)
            return isinstance(whole, Sequence) and _stays(whole.item)  # a new list of numbers
        kind = self._kind(node.slice)
        several = isinstance(kind, Sequence) and kind.type is not list
        return not several and self._is_advanced(node.slice)

    def _copies_numbers(self, node: Any) -> bool:
        """Whether a call makes a list or a dict anew whose elements nobody can change: numbers, texts, None."""
        method = node.func.attr if isinstance(node.func, gast.Attribute) else ""
        whole = [node.func.value] if method == "copy" and not node.args else node.args
        if len(whole) != 1 or node.keywords or not (method == "copy" or self.scope.resolve(node.func) in _COPYING):
            return False
        kind = Inference(self.scope).kind(whole[0])
        is_holder = isinstance(kind, (Sequence, Mapping)) and not is_object(kind)
        return is_holder and all(map(_stays, items_of(kind)))  # type: ignore[arg-type]

    def _is_advanced(self, part: Any) -> bool:
        if isinstance(part, gast.List):
            return True
        if isinstance(part, gast.Compare):
            left = self._kind(part.left)
            return len(part.ops) == 1 and isinstance(left, Array) and left.dims != ()
        kind = self._kind(part)
        return (isinstance(kind, Array) and kind.dims not in ((), None)) or self._is_sequence(part)

    def _kind(self, node: Any) -> Any:
        return self.scope.kind_of_name(node.id) if isinstance(node, gast.Name) else None

    def _may_be_list(self, node: Any) -> bool:
        return not isinstance(kind_of_path(node, self.scope), (Array, Scalar))

    def _is_sequence(self, node: Any) -> bool:
        return isinstance(node, (gast.List, gast.Tuple)) or isinstance(self._kind(node), Sequence)


def _stays(kind: Kind) -> bool:
    """Whether an element of a list or dict has no parts, nor its adjoint: a number, a text, None."""
    is_plain = isinstance(kind, Known) and (kind.value is None or isinstance(kind.value, (str, bytes)))
    return isinstance(kind, Scalar) or kind in (NEVER, TEXT, PLAIN) or is_plain


def outside_values(function: Any, scope: Scope) -> Iterator[tuple[str, Any]]:
    """What a function reads from outside by a path, but for code: functions, modules and classes."""
    for node in tree.walk(function.body):
        if isinstance(node, (gast.Name, gast.Attribute)):
            path = tree.path_of(node)
            root = path.split(".")[0] if path else ""
            if path and root not in scope.local:
                value = scope.resolve(node)
                if value is not MISSING and not is_code(value):
                    yield path, value
