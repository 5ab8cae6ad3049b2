"""Derivatives that have a name are written where they are called.

>>> import srcgrad
>>> from srcgrad.transforms.examples import example_program
>>> from srcgrad.writer import to_text
>>> program = example_program('''
... def f(x):
...     slope = srcgrad.grad(np.tanh)
...     return slope(x) * x
... ''')
>>> program.namespace["srcgrad"] = srcgrad
>>> print(to_text(placed(program).function).strip())
def f(x):
    return srcgrad.grad(np.tanh)(x) * x

Then whoever asks what is called need not look up names.  Needs names with one definition each.
"""

from __future__ import annotations

from typing import Any

import gast

from srcgrad import tree
from srcgrad.analysis.scope import Scope
from srcgrad.analysis.taken import taken
from srcgrad.program import Program


def placed(program: Program) -> Program:
    """Write the calls of derivatives out; what nobody reads any more goes."""
    function = program.function
    scope = Scope(program.namespace, tree.parameters_of(function) | tree.writes(function.body))
    definitions: dict[str, Any] = {}  # None where branches meet
    for node in tree.walk(function.body):
        name = tree.single_target(node)
        if name is not None:
            definitions[name] = None if name in definitions else node.value
    worker = _Placed(scope, definitions)
    body = worker.rewritten(function.body)
    return program.with_body(_without_unread(body, worker.named)) if worker.named else program


class _Placed:
    def __init__(self, scope: Scope, definitions: dict[str, Any]) -> None:
        self.scope = scope
        self.definitions = definitions
        self.named: set[str] = set()

    def rewritten(self, node: Any) -> Any:
        if isinstance(node, list):
            return [self.rewritten(item) for item in node]
        if not isinstance(node, gast.AST):
            return node
        if isinstance(node, gast.Lambda):
            return self.in_lambda(node)
        if isinstance(node, gast.Call) and isinstance(node.func, gast.Name):
            made = self.definition(node.func)
            node = node if made is None else tree.shallow(node, func=made)
        return tree.rebuilt(node, self.rewritten)

    def in_lambda(self, node: Any) -> Any:
        """A lambda, whose parameters hide names of the function: what is written into it must not read them."""
        hidden = tree.parameters_of(node)
        inner = _Placed(self.scope, {name: value for name, value in self.definitions.items() if name not in hidden})
        body = inner.rewritten(node.body)
        if inner.named:
            node = tree.apart(node, tree.reads(list(map(inner.definition, map(tree.name, sorted(inner.named))))))
            body = inner.rewritten(node.body)
        self.named |= inner.named
        return tree.shallow(node, args=self.rewritten(node.args), body=body)

    def definition(self, node: Any) -> Any:
        """What a name stands for, with what the names in it stand for: ``grad(grad(f))``; None if it is not known."""
        made = self.definitions.get(node.id)
        if not isinstance(made, gast.Call):
            return None
        if made.args and isinstance(made.args[0], gast.Name):
            inner = self.definition(made.args[0])
            made = made if inner is None else tree.shallow(made, args=[inner, *made.args[1:]])
        if taken(gast.Call(made, [], []), self.scope) is None:
            return None
        self.named.add(node.id)
        return tree.copy(made)


def _without_unread(body: list[Any], names: set[str]) -> list[Any]:
    """A body without the definitions of names that nothing reads any more."""
    while True:
        read = tree.reads(body)
        if names <= read:
            return body
        unread, names = names - read, names & read
        dropped = {id(node) for node in tree.walk(body) if tree.single_target(node) in unread}
        body = tree.without(body, dropped)
