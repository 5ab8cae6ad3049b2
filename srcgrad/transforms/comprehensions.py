"""List comprehensions of generated code become loops that push, so that the derivative of a derivative can follow them.

>>> from srcgrad.transforms.examples import show_generated
>>> print(show_generated(lambda function, externals: comprehensions(function), '''
... def f(x, a):
...     y = np.array([a @ x_k for x_k in x]) if len(a) else x
...     return y
... '''))
def f(x, a):
    if len(a):
        items = []
        for x_k_2 in x:
            items.append(a @ x_k_2)
        y = np.array(items)
    else:
        y = x
    return y

What a comprehension binds gets names of its own, as it is bound in there only.  Where an expression may not be
evaluated at all (inside ``and``, ``or``, a lambda, the test of a ``while``) comprehensions stay: what comes before the
statement always is.
"""

from __future__ import annotations

from typing import Any

import gast

from srcgrad import tree
from srcgrad.names import Namer

_FIELDS = ("value", "test", "iter")  # what a statement evaluates once, before anything else that it does


def comprehensions(function: Any) -> Any:
    """A generated function without list comprehensions, but for those that are not always evaluated."""
    return tree.shallow(function, body=_Lift(Namer(tree.identifiers(function))).block(function.body))


class _Lift:
    def __init__(self, namer: Namer) -> None:
        self.namer = namer

    def block(self, statements: list[Any]) -> list[Any]:
        made: list[Any] = []
        for statement in statements:
            made += self.statement(statement)
        return made

    def statement(self, statement: Any) -> list[Any]:
        """The statements for one, the last of which is what is left of it."""
        clone = tree.shallow(statement)
        for field in ("body", "orelse"):
            if isinstance(inner := getattr(clone, field, None), list):
                setattr(clone, field, self.block(inner))
        if isinstance(clone, gast.While):
            return [clone]
        value = getattr(clone, "value", None)
        if isinstance(clone, gast.Assign) and isinstance(value, gast.IfExp) and _first(value) is not None:
            body, orelse = (self.statement(tree.shallow(clone, value=side)) for side in (value.body, value.orelse))
            return self.statement(tree.if_(value.test, body, orelse, clone))
        before: list[Any] = []
        for field in _FIELDS:
            if isinstance(inner := getattr(clone, field, None), gast.AST):
                setattr(clone, field, self.lifted(inner, before, tree.single_target(clone)))
        if (name := tree.single_target(clone)) is not None and isinstance(clone.value, gast.Name):
            return before if clone.value.id == name and before else [*before, clone]
        return [*before, clone]

    def lifted(self, node: Any, before: list[Any], wish: str | None = None) -> Any:
        """An expression without comprehensions; ``before`` gets the loops that make their lists."""
        if isinstance(node, (gast.BoolOp, gast.Lambda, gast.GeneratorExp, gast.SetComp, gast.DictComp)):
            return node
        if isinstance(node, gast.IfExp):
            if _first(node) is None:
                return node
            name = self.namer.fresh("chosen")
            before += self.statement(tree.assign(name, node, node))
            return tree.name(name)
        if not _is_simple(node):
            return tree.rebuilt(node, lambda inner: self.in_child(inner, before))
        generator = node.generators[0]
        names = {name: self.namer.fresh(name) for name in sorted(tree.writes(generator.target))}
        items = self.namer.fresh("items") if wish is None or wish in tree.reads(node) else wish
        iterable = self.lifted(generator.iter, before)
        push = tree.call(tree.attribute(tree.name(items), "append"), tree.renamed(node.elt, names))
        loop = tree.for_(tree.renamed(generator.target, names), iterable, [tree.expression(push, node)], node)
        before += [tree.assign(items, tree.list_([]), node), *self.statement(loop)]
        return tree.name(items)

    def in_child(self, node: Any, before: list[Any]) -> Any:
        if isinstance(node, list):
            return [self.in_child(item, before) for item in node]
        return self.lifted(node, before) if isinstance(node, gast.AST) else node


def _is_simple(node: Any) -> bool:
    """Whether a node is a list comprehension with one loop and no condition, over names."""
    if not isinstance(node, gast.ListComp) or len(node.generators) != 1:
        return False
    generator = node.generators[0]
    names = generator.target.elts if isinstance(generator.target, gast.Tuple) else [generator.target]
    return not generator.ifs and not generator.is_async and all(isinstance(one, gast.Name) for one in names)


def _first(node: Any) -> Any:
    return next((one for one in tree.walk(node) if _is_simple(one)), None)
