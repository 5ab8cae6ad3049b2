"""One differentiable operation a statement; what is not active stays as the user wrote it.

>>> from srcgrad.transforms.examples import show
>>> print(show(flatten, '''
... def f(x, n):
...     return np.sin(x * x) + n // 2
... ''', kinds=True))
def f(x, n):
    t = x * x
    t_2 = np.sin(t)
    t_3 = n // 2
    value = t_2 + t_3
    return value
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import gast
import numpy as np

from srcgrad import tree
from srcgrad.analysis.activity import activity
from srcgrad.analysis.classes import acts
from srcgrad.analysis.effects import is_decision, is_trivial
from srcgrad.analysis.inference import CalleeKind, Inference
from srcgrad.analysis.kinds import Array, Scalar, Sequence, is_tuple
from srcgrad.analysis.operations import Apply, Choice, Constant, Copy, Display, Opaque, Read, UserCall, describe
from srcgrad.analysis.reads import real_reads
from srcgrad.analysis.scope import Scope
from srcgrad.errors import refuse
from srcgrad.program import Program
from srcgrad.rules.registry import holds_for_complex, is_numpys
from srcgrad.template import template_of
from srcgrad.transforms.flat_stores import FlatStores


def flatten(program: Program, scope: Scope, callee_kind: CalleeKind) -> Program:
    """Split every active expression into single operations on names."""
    worker = _Flatten(program, scope, callee_kind)
    return program.with_body(worker.block(program.function.body))


class _Flatten:
    def __init__(self, program: Program, scope: Scope, callee_kind: CalleeKind) -> None:
        self.program = program
        self.scope = scope
        self.active = set(activity(program, scope).active)
        self.infer = Inference(scope, callee_kind)
        self.out: list[Any] = []
        self.like: Any = None

    def block(self, statements: list[Any]) -> list[Any]:
        outer, self.out = self.out, []
        for statement in statements:
            self.like = statement
            self.statement(statement)
        made, self.out = self.out, outer
        return made

    def statement(self, statement: Any) -> None:
        if tree.stored(statement) is not None:
            FlatStores(self).store(statement)
        elif isinstance(statement, gast.Assign):
            self.assignment(statement)
        elif isinstance(statement, gast.Return):
            self.result(statement)
        elif isinstance(statement, gast.If) and not _is_exit(statement):
            test = self.test(statement)
            body, orelse = self.block(statement.body), self.block(statement.orelse)
            self.out.append(tree.if_(test, body, orelse, statement))
        elif isinstance(statement, (gast.For, gast.While, gast.With)):
            clone = tree.shallow(statement)
            if isinstance(clone, gast.For):
                clone.iter = self.iterable(clone)
            clone.body = self.block(statement.body)
            self.out.append(clone)
        else:
            self.out.append(statement)

    def test(self, statement: Any) -> Any:
        """The decision of a branch that has something to reverse gets a name."""
        return self.decision(statement.test) if self.is_reversed(statement) else statement.test

    def decision(self, test: Any) -> Any:
        """A test whose truth value lasts: an object that is no number may have another one later."""
        lasts = is_decision(test) or isinstance(self.infer.kind(test), Scalar)
        if lasts and isinstance(test, gast.Name):
            return test
        return self.hold(test if lasts else tree.call(self.program.builtin(bool), test), "took")

    def iterable(self, loop: Any) -> Any:
        node = loop.iter
        if not self.is_reversed(loop):
            return node
        function = self.scope.resolve(node.func) if isinstance(node, gast.Call) and not node.keywords else None
        if function in (range, reversed, enumerate):
            return tree.call(node.func, *[a if self.lasts(a) else self.range_bound(a) for a in node.args])
        return node if self.lasts(node) else self.hold(node, "items")

    def lasts(self, node: Any) -> bool:
        """Whether an expression is trivial and stays the same while a loop that it is about runs."""
        is_changed = not isinstance(node, gast.Name) and not self.program.changed.isdisjoint(tree.reads(node))
        return is_trivial(node) and not is_changed

    def is_reversed(self, statement: Any) -> bool:
        """Whether a branch or a loop has something to reverse."""
        nodes = list(tree.walk_forward(statement))
        is_undone = any(isinstance(node, tree.OnReverse) or tree.stored(node) is not None for node in nodes)
        return is_undone or not self.active.isdisjoint(tree.writes(statement))

    def range_bound(self, node: Any) -> Any:
        """``len(x) - 1`` and the like may be computed again; anything else is held."""
        calls = [item for item in tree.walk(node) if isinstance(item, gast.Call)]
        if all(self.scope.resolve(c.func) in (len, range, min, max) for c in calls):
            return node
        return self.hold(node, "count")

    def hold(self, node: Any, wish: str) -> Any:
        held = self.program.namer.temporary(wish)
        self.scope.local.add(held)
        self.scope.kinds[held] = self.infer.kind(node)
        self.out.append(tree.assign(held, node, self.like))
        return tree.name(held)

    def is_active(self, node: Any) -> bool:
        return not self.active.isdisjoint(real_reads(node, self.scope))

    def assignment(self, statement: Any) -> None:
        left = statement.targets[0]
        if self.active.isdisjoint(tree.writes(left)) or not self.is_active(statement.value):
            value = self.read_in_steps(statement.value)
            self.out.append(statement if value is statement.value else tree.shallow(statement, value=value))
        elif isinstance(left, gast.Name):
            self.define(left.id, statement.value)
        elif self.has_several_results(statement.value):
            self.out.append(tree.assign(left, self.single(statement.value), statement))
        else:
            whole = self.atom(statement.value)
            for position, part in enumerate(left.elts):
                read = tree.subscript(tree.copy(whole), tree.constant(position))
                self.out.append(tree.assign(part.id, read, statement))

    def has_several_results(self, node: Any) -> bool:
        """Whether an operation gives a tuple, which can be taken apart where it is made."""
        operation = describe(node, self.scope)
        kind = self.infer.kind(node) if isinstance(operation, Apply) else None
        return isinstance(operation, UserCall) or is_tuple(kind)

    def define(self, name: str, value: Any) -> None:
        value = self.as_choice(value)
        operation = describe(value, self.scope)
        if isinstance(operation, Choice):
            self.choice(name, operation)
        else:
            self.out.append(tree.assign(name, self.single(value), self.like))

    def single(self, value: Any) -> Any:
        """The last operation of an expression, on atoms; a rule of real numbers is not used for complex ones."""
        flat = self.operation(value)
        if self.program.externals.complex:
            self.check_numbers(flat, value)
        return flat

    def check_numbers(self, flat: Any, value: Any) -> None:
        operation = describe(flat, self.scope)
        if not isinstance(operation, Apply) or holds_for_complex(operation.rule, operation.primitive):
            return
        found = [self.program.complexity(self.infer.kind(operand)) for operand in operation.operands()]
        if any(one is not False for one in found):
            name = getattr(operation.primitive, "__name__", operation.rule.name)
            reason = f"'{name}' has a derivative for real numbers only, and its argument "
            hint = "take real and imaginary parts, or the magnitude, before"
            if True not in found:
                hint = "annotate the arguments, give examples of them, or take the real part: np.real(x)"
            raise refuse(value, self.program.source, reason + ("is" if True in found else "may be") + " complex", hint)

    def as_choice(self, node: Any) -> Any:
        """``a and b`` as ``b if a else a``, ``a or b`` as ``a if a else b``; anything else as it is."""
        if not isinstance(node, gast.BoolOp):
            return node
        first, others = self.atom(node.values[0]), node.values[1:]
        rest = others[0] if len(others) == 1 else tree.shallow(node, values=others)
        sides = (rest, first) if isinstance(node.op, gast.And) else (first, rest)
        return tree.at(gast.IfExp(first, *sides), node)

    def choice(self, name: str, operation: Choice) -> None:
        test = self.decision(operation.test)
        branches = []
        for value in (operation.body, operation.orelse):
            outer, self.out = self.out, []
            if self.is_active(value):
                self.out.append(tree.assign(name, self.atom(value), self.like))
            else:
                self.out.append(tree.assign(name, value, self.like))
            branches.append(self.out)
            self.out = outer
        self.out.append(tree.if_(test, branches[0], branches[1], self.like))

    def result(self, statement: Any) -> None:
        value = statement.value
        if value is None or not self.is_active(value):
            self.out.append(statement)
        elif isinstance(value, gast.Tuple) and not any(isinstance(e, gast.Starred) for e in value.elts):
            kept = value.elts[:1] if self.program.has_aux else value.elts
            parts = [self.atom(item) if self.is_active(item) else self.held_result(item) for item in kept]
            parts += value.elts[len(kept) :]
            self.out.append(tree.return_(tree.tuple_(parts), statement))
        else:
            self.out.append(tree.return_(self.atom(value, "value"), statement))

    def held_result(self, node: Any) -> Any:
        return node if isinstance(node, (gast.Name, gast.Constant)) else self.hold(node, "value")

    def atom(self, node: Any, wish: str = "t") -> Any:
        """A name or a trivial expression for the value of ``node``; what comes before is emitted."""
        if not self.is_active(node):
            return node if self.is_stable(node) else self.hold(self.read_in_steps(node), wish)
        if isinstance(node, gast.Name):
            return node
        node = self.as_choice(node)
        operation = describe(node, self.scope)
        flat = None if isinstance(operation, Choice) else self.single(node)
        made = self.program.namer.temporary(wish)
        self.scope.local.add(made)
        self.scope.kinds[made] = self.infer.kind(node if flat is None else flat)
        self.active.add(made)
        if isinstance(operation, Choice):
            self.choice(made, operation)
        else:
            self.out.append(tree.assign(made, flat, self.like))
        return tree.at(tree.name(made), node)

    def read_in_steps(self, node: Any) -> Any:
        """A read of a part of a part with the part by a name, as it may be a view of what is changed."""
        is_of_part = isinstance(node, gast.Subscript) and isinstance(node.value, (gast.Subscript, gast.Call))
        if not is_of_part or tree.is_field(node):
            return node
        whole = self.hold(self.read_in_steps(node.value), "part")
        return tree.at(tree.subscript(whole, node.slice), node)

    def is_stable(self, node: Any) -> bool:
        """Whether an expression is trivial and reads nothing that could change behind our back."""
        if not is_trivial(node) or not self.program.unstable.isdisjoint(tree.reads(node)):
            return False
        for item in tree.walk(node):
            if acts(item, self.scope):
                return False
            if isinstance(item, (gast.Attribute, gast.Subscript)):
                root = item.value
                while isinstance(root, (gast.Attribute, gast.Subscript)):
                    root = root.value
                known = isinstance(root, gast.Name) and root.id in self.scope.local
                if isinstance(item, gast.Attribute) and item.attr not in ("shape", "size", "ndim", "T", "dtype"):
                    known = False  # a property, or storage that somebody else may change
                if not known and not isinstance(self.scope.literal(item), (int, float, str, type)):
                    return False
        return True

    def operation(self, node: Any) -> Any:
        """The same operation on atoms."""
        operation = describe(node, self.scope)
        if isinstance(operation, Opaque):
            raise refuse(node, self.program.source, operation.reason, operation.hint)
        if isinstance(operation, Apply):
            self.check_terms(operation, node)
            return self.with_atoms(node, self.written_out(operation), self.flat(operation))
        if isinstance(operation, Read):
            return tree.at(tree.subscript(self.atom(operation.value), self.index(operation.index)), node)
        if isinstance(operation, Display):
            flat = [self.atom(item) for item in operation.elements]
            keys = tuple(key if self.is_stable(key) else self.hold(key, "key") for key in operation.keys)
            return tree.at(replace(operation, keys=keys).written(flat), node)
        if isinstance(operation, (Copy, Constant)):
            return node
        return self.with_atoms(node, [], [])

    def written_out(self, operation: Apply) -> list[Any]:
        """The operands that are lists where NumPy makes an array of them: rules are rules of arrays."""
        found: list[Any] = []
        if is_numpys(operation.primitive):
            for name, value in operation.arguments.items():
                if name not in operation.rule.lists:
                    found.extend(value if isinstance(value, list) else [value])
        return [item for item in found if isinstance(self.infer.kind(item), Sequence) and self.is_active(item)]

    def flat(self, operation: Apply) -> list[Any]:
        """The operands through which no derivative flows: they are kept as they are written."""
        flat = template_of(operation.rule).flat
        values = [value for place, value in enumerate(operation.arguments.values()) if place in flat]
        return [item for value in values for item in (value if isinstance(value, list) else [value])]

    def array(self, node: Any) -> Any:
        """An array of a list."""
        function = tree.attribute(self.program.external(np, "np"), "array")
        return self.atom(tree.at(tree.call(function, node), node))

    def with_atoms(self, node: Any, lists: list[Any], flat: list[Any]) -> Any:
        def atom(operand: Any) -> Any:
            if any(operand is item for item in flat):
                return self.index(operand)
            return self.array(operand) if any(operand is item for item in lists) else self.atom(operand)

        clone = tree.shallow(node)
        if isinstance(node, gast.BinOp):
            clone.left = atom(node.left)
            clone.right = atom(node.right)
        elif isinstance(node, gast.UnaryOp):
            clone.operand = atom(node.operand)
        elif isinstance(node, gast.Attribute):
            clone.value = atom(node.value)
        elif isinstance(node, gast.Call):
            if isinstance(node.func, gast.Attribute) and self.is_active(node.func.value):
                clone.func = tree.at(tree.attribute(atom(node.func.value), node.func.attr), node.func)
            clone.args = [atom(a) for a in node.args]
            clone.keywords = [gast.keyword(k.arg, atom(k.value)) for k in node.keywords]
        return clone

    def index(self, node: Any) -> Any:
        if isinstance(node, gast.Tuple):
            return tree.tuple_([self.index(item) for item in node.elts])
        if isinstance(node, gast.Slice):
            parts = [None if p is None else self.index(p) for p in (node.lower, node.upper, node.step)]
            return gast.Slice(*parts)
        if isinstance(node, gast.Starred):
            lasts = isinstance(self.infer.kind(node.value), (Sequence, Array))  # an iterator gives its items once
            held = self.index(node.value) if lasts else self.hold(tree.tuple_([node]), "index")
            return tree.shallow(node, value=held)
        stable = self.is_stable(node) and self.program.changed.isdisjoint(tree.reads(node))
        return node if stable or isinstance(node, (gast.Name, gast.Constant)) else self.hold(node, "index")

    def check_terms(self, operation: Apply, node: Any) -> None:
        template = template_of(operation.rule)
        terms = template.terms
        for position, (name, value) in enumerate(operation.arguments.items()):
            values = value if isinstance(value, list) else [value]
            has_term = position in template.flat or (position < len(terms) and terms[position] is not None)
            if not has_term and any(self.is_active(item) for item in values):
                raise refuse(
                    node,
                    self.program.source,
                    f"'{operation.rule.name}' has no derivative for its argument '{name}'",
                    "keep this argument free of values that are differentiated, or use srcgrad.stop_gradient",
                )


def _is_exit(statement: Any) -> bool:
    return any(isinstance(inner, gast.Break) for inner in statement.body)
