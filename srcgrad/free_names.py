"""The places where a function reads names that are not its own, to be replaced there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import gast

from srcgrad import tree

_FUNCTIONS = (gast.FunctionDef, gast.AsyncFunctionDef, gast.Lambda)
_SCOPES = (*_FUNCTIONS, *tree.COMPREHENSIONS, gast.ClassDef)


@dataclass
class Use:
    """A free name with the attributes read of it (``cfg.table.row``), or, without a name, an import.

    ``deferred`` says that it is evaluated only when the function is called.
    """

    name: str
    path: tuple[str, ...]
    deferred: bool
    nodes: list[Any]
    slots: list[tuple[Any, str, int | None]]

    def replace(self, name: str, depth: int = 0) -> None:
        """Let ``name`` stand for the name and the first ``depth`` attributes."""
        old = self.nodes[depth]
        made = tree.at(gast.Name(name, old.ctx, None, None), old)
        owner, field, index = self.slots[depth]
        if index is None:
            setattr(owner, field, made)
        else:
            getattr(owner, field)[index] = made

    def is_changed(self, depth: int) -> bool:
        """Whether the attribute at this depth is assigned to or deleted."""
        return not isinstance(self.nodes[depth].ctx, gast.Load)


def uses(root: Any) -> list[Use]:
    """All uses of free names below a definition or statement, in source order.

    >>> found = uses(gast.parse("def f(x): return [cfg.a[k] for k in x if f]").body[0])
    >>> [(use.name, use.path, use.deferred) for use in found]
    [('cfg', ('a',), True), ('f', (), True)]
    """
    found: list[Use] = []
    holder = gast.Module([root], [])
    stack: list[Any] = [((holder, "body", 0), root, frozenset(), False)]
    while stack:
        slot, node, bound, deferred = stack.pop()
        if isinstance(node, (gast.Name, gast.Attribute)):
            nodes, slots = [node], [slot]
            while isinstance(nodes[-1], gast.Attribute):
                slots.append((nodes[-1], "value", None))
                nodes.append(nodes[-1].value)
            base = nodes[-1]
            if not isinstance(base, gast.Name):
                stack.append((slots[-1], base, bound, deferred))
            elif base.id not in bound and (deferred or isinstance(base.ctx, gast.Load)):
                path = tuple(n.attr for n in reversed(nodes[:-1]))
                found.append(Use(base.id, path, deferred, nodes[::-1], slots[::-1]))
        elif isinstance(node, (gast.Import, gast.ImportFrom)):
            found.append(Use("", _modules(node), deferred, [node], [slot]))
        else:
            stack.extend(reversed(_parts(node, bound, deferred)))
    return found


def _parts(node: Any, bound: frozenset[str], deferred: bool) -> list[Any]:
    """The children of a node with the names that are bound where each is evaluated."""
    if not isinstance(node, _SCOPES):
        return [(slot, child, bound, deferred) for slot, child in _slots(node)]
    inner = (bound | bound_in(node)) - _declared(node, gast.Global)
    found = []
    for slot, child in _slots(node):
        if isinstance(child, gast.arguments):
            found += [(s, c, bound, deferred) for s, c in _slots(child) if "default" in s[1]]
        elif isinstance(child, gast.comprehension):
            first = child is node.generators[0]
            for s, c in _slots(child):
                found.append((s, c, bound if first and s[1] == "iter" else inner, deferred))
        elif isinstance(node, tree.COMPREHENSIONS) or slot[1] == "body":
            later = deferred or isinstance(node, _FUNCTIONS)
            found.append((slot, child, inner, later))
        else:  # decorators, bases
            found.append((slot, child, bound, deferred))
    return found


def _slots(node: Any) -> list[tuple[tuple[Any, str, int | None], Any]]:
    """The direct child nodes with the places where they are held."""
    found: list[Any] = []
    for field in node._fields:
        value = getattr(node, field, None)
        if isinstance(value, gast.AST):
            found.append(((node, field, None), value))
        elif isinstance(value, list):
            items = enumerate(value)
            found += [((node, field, n), item) for n, item in items if isinstance(item, gast.AST)]
    return found


def _modules(node: Any) -> tuple[str, ...]:
    """What an import statement imports from; a relative import begins with a dot."""
    if isinstance(node, gast.Import):
        return tuple(alias.name for alias in node.names)
    return ("." * (node.level or 0) + (node.module or ""),)


def _own(scope: Any) -> list[Any]:
    """All nodes of a scope, without those of the scopes inside it."""
    if isinstance(scope, tree.COMPREHENSIONS):
        todo = [generator.target for generator in scope.generators]
    else:
        body = scope.body if isinstance(scope.body, list) else [scope.body]
        todo = [*([scope.args] if hasattr(scope, "args") else []), *body]
    found = []
    while todo:
        node = todo.pop()
        found.append(node)
        if isinstance(node, tree.COMPREHENSIONS):  # a walrus binds in the function around it
            found += [n.target for n in tree.walk(node) if isinstance(n, gast.NamedExpr)]
        elif not isinstance(node, _SCOPES):
            todo.extend(tree.children(node))
    return found


def bound_in(scope: Any) -> set[str]:
    """The names that a scope binds itself."""
    names: set[str] = set()
    for node in _own(scope):
        if isinstance(node, gast.Name) and not isinstance(node.ctx, gast.Load):
            names.add(node.id)
        elif isinstance(node, (gast.FunctionDef, gast.AsyncFunctionDef, gast.ClassDef)):
            names.add(node.name)
        elif isinstance(node, gast.alias):
            names.add(node.asname or node.name.partition(".")[0])
        else:
            captured = (getattr(node, field, None) for field in ("name", "rest"))
            names.update(name for name in captured if isinstance(name, str))
    return names - _declared(scope, gast.Nonlocal)


def _declared(scope: Any, kind: Any) -> set[str]:
    """The names in a scope's ``global`` or ``nonlocal`` statements."""
    return {name for node in _own(scope) if isinstance(node, kind) for name in node.names}


def inner_functions(root: Any) -> list[Any]:
    """The functions that a function defines, in the order of the source, those inside of these included."""
    return [node for node in tree.walk(root) if isinstance(node, gast.FunctionDef) and node is not root]


def inner_names(root: Any) -> set[str]:
    """All names that a function, or one inside it, binds."""
    return {name for node in tree.walk(root) if isinstance(node, _SCOPES) for name in bound_in(node)}


def outer_names(root: Any) -> set[str]:
    """The names outside a function that it may rebind: in ``global``, or ``nonlocal`` beyond it."""
    found: set[str] = set()
    bound: set[str] = set()
    for node in tree.walk(root):
        if isinstance(node, _FUNCTIONS):
            bound |= bound_in(node)
        if isinstance(node, gast.Global):
            found.update(node.names)
        elif isinstance(node, gast.Nonlocal):
            found.update(set(node.names) - bound)
    return found
