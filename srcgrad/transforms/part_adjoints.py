r"""Add to a part of an adjoint where it lies, rather than to zeros that are added to it in the end.

>>> import gast
>>> from srcgrad import structures
>>> from srcgrad.analysis.kinds import FLOAT, Mapping, Sequence
>>> from srcgrad.analysis.scope import Scope
>>> from srcgrad.writer import to_text
>>> layer = Mapping((("w", FLOAT),), FLOAT)
>>> helpers = {"zeros_for": structures.zeros_for, "add_into": structures.add_into}
>>> scope = Scope(helpers, {"b", "c", "layer", "net"}, {"layer": layer, "net": Sequence(list, None, layer)})
>>> code = "b = zeros_for(net)\nc = zeros_for(layer)\nadd_into(c, k, 2.0)\nadd_into(b, 0, c)\nreturn b"
>>> print(to_text(part_adjoints(gast.parse(code).body, scope)).strip())
b = zeros_for(net)
c = b[0]
add_into(c, k, 2.0)
return b
"""

from __future__ import annotations

from collections import Counter
from typing import Any

import gast

from srcgrad import structures, tree
from srcgrad.analysis.inference import Inference
from srcgrad.analysis.kinds import Sequence, is_dict
from srcgrad.analysis.scope import Scope

_LEAVES = (gast.Return, gast.Raise, gast.Break, gast.Continue)


def part_adjoints(body: list[Any], scope: Scope) -> list[Any]:
    """A function's body where adjoints of lists and dicts that are parts of others are named, not added up apart."""
    named: set[str] = set()
    while True:  # what is named as a part may be one of which parts are named
        worker = _Parts(body, scope, named)
        body = worker.block(body)
        if not worker.changed:
            return body


class _Parts:
    """``named`` are the adjoints that have become parts of others, ``own`` those of which every part is their own.

    An adjoint is its own storage, to its last part, if it is made of zeros and all that happens to it is that parts
    are added to, are named, and that it is handed on as a whole in the end.
    """

    def __init__(self, body: list[Any], scope: Scope, named: set[str]) -> None:
        self.scope = scope
        self.named = named
        self.changed = False
        self.mentions = Counter(node.id for node in tree.names(body))
        self.bindings = Counter(node.id for node in tree.names(body, gast.Store))
        self.last = {id(s) for n, s in enumerate(body) if self.is_last(s, body[n + 1 :])}
        usual: Counter[str] = Counter()
        for node in tree.walk(body):
            usual.update(self.usual(node))
        self.own = {name for name, count in self.mentions.items() if usual[name] == count}

    def usual(self, node: Any) -> list[str]:
        """The adjoints that a node mentions in a way that leaves their parts their own."""
        parts: list[Any] = []
        if (made := tree.single_target(node)) is not None:
            is_made = self.zeroed(node) or id(node) in self.last
            parts = [node.value.value, *node.targets] if made in self.named else node.targets if is_made else []
        elif isinstance(node, gast.Expr):
            parts = (self.arguments(node.value, structures.add_into) or [])[::2]
        elif isinstance(node, gast.Call):
            parts = (self.arguments(node, structures.restored) or [])[:1]
        elif isinstance(node, gast.Return):
            parts = node.value.elts if isinstance(node.value, gast.Tuple) else [node.value]
        return [part.id for part in parts if isinstance(part, gast.Name)]

    def is_last(self, statement: Any, after: list[Any]) -> bool:
        """Whether a statement gives an adjoint the structure of its value, after which it is only returned."""
        name = tree.single_target(statement)
        is_restored = name is not None and self.arguments(statement.value, structures.restored) is not None
        return is_restored and all(name not in tree.identifiers(s) or isinstance(s, gast.Return) for s in after)

    def added_to(self, node: Any) -> str | None:
        """The adjoint that a statement adds to, or names a part of."""
        names = self.usual(node)[:1] if isinstance(node, (gast.Expr, gast.Assign)) and not self.zeroed(node) else []
        return names[0] if names else None

    def arguments(self, node: Any, function: Any) -> list[Any] | None:
        """The arguments of a call of a function, None of anything else."""
        return node.args if self.scope.is_call(node, function) else None

    def zeroed(self, statement: Any) -> Any:
        """Of which value a statement makes an adjoint of zeros; None if it does not."""
        made = self.arguments(statement.value, structures.zeros_for) if tree.single_target(statement) else None
        return made[0] if made else None

    def block(self, statements: list[Any]) -> list[Any]:
        made = [tree.with_blocks(statement, self.block) for statement in statements]
        for place in range(len(made) - 1, -1, -1):
            added = self.added(made, place)
            if added is not None:
                name = str(tree.single_target(made[place]))
                whole, key, _ = made[added].value.args
                made[place] = tree.assign(name, tree.subscript(whole, key), made[place])
                del made[added]
                self.named.add(name)
                self.changed = True
        return made

    def added(self, statements: list[Any], place: int) -> int | None:
        """Where the adjoint that a statement makes of zeros is added to what it may be named as a part of."""
        name, value = tree.single_target(statements[place]), self.zeroed(statements[place])
        if name is None or value is None or self.bindings[name] != 1 or not self.is_kept(value):
            return None
        for later in range(place + 1, len(statements)):
            statement = statements[later]
            args = self.arguments(getattr(statement, "value", None), structures.add_into)
            if isinstance(statement, gast.Expr) and args and isinstance(args[2], gast.Name) and args[2].id == name:
                return later if self.is_part(name, args, statements[place + 1 : later]) else None
            if isinstance(statement, _LEAVES):
                return None
        return None

    def is_kept(self, value: Any) -> bool:
        """Whether the adjoint of a value surely is a list or a dict, which is added to in place."""
        kind = Inference(self.scope).kind(value)
        return is_dict(kind) or (isinstance(kind, Sequence) and kind.type is list)

    def is_part(self, name: str, args: list[Any], between: list[Any]) -> bool:
        """Whether an adjoint, to which some statements add, may be a part of another, which they leave alone."""
        whole, key, _ = args
        if not isinstance(whole, gast.Name) or not isinstance(key, (gast.Name, gast.Constant)):
            return False
        added = sum(1 for node in tree.walk(between) if self.added_to(node) == name)
        found = sum(1 for node in tree.names(between) if node.id == name)
        is_alone = found == added == self.mentions[name] - 2
        untouched = whole.id not in tree.identifiers(between) and tree.reads(key).isdisjoint(tree.writes(between))
        return is_alone and untouched and whole.id in self.own and whole.id != name
