"""Write out loops over functions, choices of them, and calls of those that are looked up by a constant.

>>> from srcgrad.transforms.examples import show
>>> print(show(function_tables, '''
... def f(x):
...     table = {"sine": np.sin, "square": lambda v: v * v}
...     total = table["square"](x[0])
...     for name, g in table.items():
...         total = total + g(x[1]) * len(name)
...     return total
... '''))
def f(x):
    total = (lambda v: v * v)(x[0])
    name = "sine"
    g = np.sin
    total = total + g(x[1]) * len(name)
    name_2 = "square"
    g_2 = lambda v: v * v
    total = total + g_2(x[1]) * len(name_2)
    return total
"""

from __future__ import annotations

from collections import Counter
from typing import Any

import gast
import numpy as np

from srcgrad import contents, tree
from srcgrad.analysis.bound_methods import FUNCTIONS
from srcgrad.analysis.scope import MISSING, Scope
from srcgrad.free_names import inner_functions
from srcgrad.method_names import is_only_called
from srcgrad.program import Program
from srcgrad.transforms.local_values import is_only_read, is_read_by_place
from srcgrad.transforms.surgery import is_block
from srcgrad.walks import LEAVES

_LONGEST = 32  # turns that are written out
_NUMBERS = (gast.Name, gast.Constant, gast.BinOp, gast.UnaryOp, gast.operator, gast.unaryop, gast.expr_context)
_INSIDE = {*LEAVES, gast.FunctionDef, gast.Lambda}


def function_tables(program: Program) -> Program:
    """Return the program with loops over functions written out, and functions in the place of where they are found."""
    worker = _Tables(program)
    if not worker.is_needed():
        return program
    body = worker.block(program.function.body)
    return program.with_body([one for one in body if not worker.is_left(one, body)])


class _Tables:
    def __init__(self, program: Program) -> None:
        self.program = program
        self.body = program.function.body
        local = tree.parameters_of(program.function) | tree.writes(self.body)
        self.counts = Counter(node.id for node in tree.names(self.body, gast.Store))
        inner = [one.name for one in inner_functions(program.function)]
        self.counts.update(inner)
        self.inner = {name for name in inner if self.counts[name] == 1}
        self.scope = Scope(program.namespace, local | set(inner))
        self.loads = Counter(node.id for node in tree.names(self.body, gast.Load))
        self.done: set[str] = set()
        self.loops: Counter[str] = Counter()  # that bind a name
        self.within: Counter[str] = Counter()  # how often it is read in these
        for loop in (node for node in tree.walk(self.body) if isinstance(node, gast.For)):
            names = tree.writes(loop.target)
            self.loops.update(names)
            self.within.update(node.id for node in tree.names(loop.body, gast.Load) if node.id in names)
        self.tables: dict[str, Any] = {}
        for name in sorted(self.loads.keys() - self.scope.local):
            self.tables |= self.outside(name)
        for node in tree.walk(self.body):
            name = tree.single_target(node)
            if name is not None and self.counts[name] == 1 and self.is_table(node.value):
                is_dict = isinstance(node.value, gast.Dict)
                if is_only_read(name, self.body) if is_dict else is_read_by_place(name, self.body):
                    self.tables[name] = node.value

    def outside(self, name: str) -> dict[str, Any]:
        """The table that a global is: a display of the functions that are in it now."""
        value: Any = self.program.namespace.get(name)
        if type(value) not in (list, tuple, dict) or not value or len(value) > _LONGEST:
            return {}
        functions = list(value.values() if type(value) is dict else value)
        keys = all(type(key) in (str, int) for key in value) if type(value) is dict else True
        if not keys or not all(isinstance(one, FUNCTIONS) for one in functions):
            return {}
        is_kept = is_only_read if type(value) is dict else is_read_by_place
        if not is_kept(name, self.body):
            return {}
        names = list(map(self.reached, functions))
        self.program.externals.relied.add(id(value))
        return {name: gast.Dict(list(map(tree.constant, value)), names) if type(value) is dict else tree.tuple_(names)}

    def reached(self, function: Any) -> Any:
        """How a function is reached: as NumPy's, or by a name."""
        name = str(getattr(function, "__name__", "function"))
        if vars(np).get(name) is function:  # not its __getattr__, which warns of names that are gone
            return tree.attribute(self.program.external(np, "np"), name)
        return tree.name(self.program.external(function, name if name.isidentifier() else "function"))

    def is_needed(self) -> bool:
        """Whether there is a table of functions, or a loop over some."""
        loops = (node for node in tree.walk(self.body) if isinstance(node, gast.For))
        choices = map(self.is_choice, tree.walk(self.body))
        return (
            bool(self.tables)
            or any(choices)
            or any(map(self.is_of_display, tree.walk(self.body)))
            or any(self.turns(loop) is not None for loop in loops)
        )

    def is_of_display(self, node: Any) -> bool:
        """Whether a call is one of a function that is looked up in a display."""
        func = node.func if isinstance(node, gast.Call) else None
        return isinstance(func, gast.Subscript) and self.is_table(func.value)

    def is_choice(self, statement: Any) -> bool:
        """Whether a name gets one of two functions."""
        value = statement.value if tree.single_target(statement) is not None else None
        return isinstance(value, gast.IfExp) and self.is_function(value)

    def is_function(self, node: Any) -> bool:
        if isinstance(node, gast.IfExp):
            return self.is_function(node.body) and self.is_function(node.orelse)
        if isinstance(node, gast.Lambda) or (isinstance(node, gast.Name) and node.id in self.inner):
            return True
        return tree.path_of(node) is not None and callable(self.scope.resolve(node))

    def is_lasting(self, node: Any) -> bool:
        """Whether an expression is the same function wherever it is evaluated: a lambda has no defaults to evaluate."""
        defaults = tree.defaults_of(node).values() if isinstance(node, gast.Lambda) else ()
        return self.is_function(node) and all(isinstance(value, gast.Constant) for value in defaults)

    def is_table(self, node: Any) -> bool:
        """Whether a display holds functions, and no other values."""
        if isinstance(node, gast.Dict):
            keys = all(isinstance(key, gast.Constant) for key in node.keys)
            return keys and bool(node.values) and all(map(self.is_lasting, node.values))
        is_list = isinstance(node, (gast.List, gast.Tuple)) and isinstance(getattr(node, "ctx", None), gast.Load)
        return is_list and bool(node.elts) and all(map(self.is_lasting, node.elts))

    def is_left(self, statement: Any, body: list[Any]) -> bool:
        """Whether a table is not read any more."""
        name = tree.single_target(statement)
        return name in self.tables and not any(read.id == name for read in tree.names(body, gast.Load))

    def block(self, statements: list[Any]) -> list[Any]:
        return [made for statement in statements for made in self.statement(statement)]

    def statement(self, statement: Any) -> list[Any]:
        if is_block(statement, self.scope):
            return [statement]
        turns = self.turns(statement) if isinstance(statement, gast.For) else None
        if turns is not None:
            before: list[Any] = []
            values = [self.held(value, statement, before) for value in turns]
            return [*before, *(made for value in values for made in self.block(self.turn(statement, value)))]
        if (key := self.key_first(statement)) is not None:
            held = self.program.namer.fresh("key")
            kept = tree.subscript(tree.copy(key.value), tree.name(held))
            changed = tree.remade(statement, lambda node, clone: tree.at(kept, node) if node is key else clone)
            return [tree.assign(held, key.slice, statement), *self.statement(changed)]
        name = tree.single_target(statement)
        if name is not None and self.counts[name] == 1 and is_only_called(name, self.body):
            statement = tree.shallow(statement, value=self.looked_up(statement.value) or statement.value)
        if self.is_choice(statement):
            sides = (statement.value.body, statement.value.orelse)
            body, orelse = (self.statement(tree.shallow(statement, value=side)) for side in sides)
            return [tree.if_(statement.value.test, body, orelse, statement)]
        if tree.blocks(statement):
            heads = {
                f: tree.remade(getattr(statement, f), self.found) for f in ("test", "iter") if hasattr(statement, f)
            }
            return [tree.with_blocks(tree.shallow(statement, **heads), self.block)]
        return [tree.remade(statement, self.found)]

    def key_first(self, statement: Any) -> Any:
        """What is looked up in a table first of all in a statement, by a key that has to be evaluated once."""
        value = statement.value if isinstance(statement, (gast.Assign, gast.Return)) else None
        node = value.func if isinstance(value, gast.Call) else value
        if not isinstance(node, gast.Subscript) or self.table_of(node) is None:
            return None
        plain = all(isinstance(part, _NUMBERS) for part in tree.walk(node.slice))
        return None if plain or self.scope.literal(node.slice) is not MISSING else node

    def table_of(self, node: Any) -> Any:
        """The table that something is looked up in; None if it is none."""
        if isinstance(node.slice, gast.Slice):
            return None
        if isinstance(node.value, gast.Name):
            return self.tables.get(node.value.id)
        return node.value if self.is_table(node.value) else None

    def found(self, node: Any, clone: Any) -> Any:
        """A call of what is found in a table, of one of its functions where that is known at run time only."""
        made = self.looked_up(clone.func) if isinstance(clone, gast.Call) else None
        if made is None:
            return clone
        if not isinstance(made, gast.IfExp):
            return tree.shallow(clone, func=made)
        return tree.at(self.called(made, clone), node)

    def called(self, function: Any, call: Any) -> Any:
        """The call of one of several functions as a choice of calls."""
        if not isinstance(function, gast.IfExp):
            return tree.shallow(tree.copy(call), func=function)
        sides = self.called(function.body, call), self.called(function.orelse, call)
        return gast.IfExp(function.test, *sides)

    def looked_up(self, node: Any) -> Any:
        """What is found in a table: a function, or a choice of them by what the index is; None of anything else."""
        table = self.table_of(node) if isinstance(node, gast.Subscript) else None
        if table is None:
            return None
        is_dict, key = isinstance(table, gast.Dict), self.scope.literal(node.slice)
        values = table.values if is_dict else table.elts
        if key is not MISSING:
            keys = [one.value for one in table.keys] if is_dict else range(len(values))
            place = key + len(values) if not is_dict and type(key) is int and key < 0 else key
            known = type(key) in (str, int) and place in keys
            return tree.copy(values[list(keys).index(place)]) if known else None
        if not all(isinstance(part, _NUMBERS) for part in tree.walk(node.slice)):
            return None  # which may not be evaluated more than once
        helper = tree.name(self.program.external(contents.place_in, "place_in"))
        keys_node = tree.tuple_(map(tree.copy, table.keys)) if is_dict else tree.constant(len(values))
        made = tree.copy(values[-1])
        for place in reversed(range(len(values) - 1)):
            where = tree.call(tree.copy(helper), tree.copy(keys_node), tree.copy(node.slice))
            test = gast.Compare(where, [gast.Eq()], [tree.constant(place)])
            made = gast.IfExp(test, tree.copy(values[place]), made)
        return made if len(values) > 1 else None

    # --- loops

    def turns(self, loop: Any) -> list[Any] | None:
        """What the target of a loop gets in each turn, if that is, or has in it, functions that are known."""
        values = self.values(loop.iter)
        leaves = any(isinstance(node, (gast.Break, gast.Continue)) for node in tree.walk(loop.body, _INSIDE))
        if values is None or loop.orelse or leaves or len(values) > _LONGEST:
            return None
        for name in tree.writes(loop.target):  # which nobody may ask for afterwards
            if self.loads[name] != self.within[name] or self.counts[name] != self.loops[name]:
                return None
        return values

    def values(self, node: Any) -> list[Any] | None:
        """The elements of what a loop over functions runs over."""
        if isinstance(node, gast.Name):
            node = self.tables.get(node.id)
        if isinstance(node, gast.Call) and isinstance(node.func, gast.Attribute) and not node.args:
            owner = node.func.value
            table = self.tables.get(owner.id) if isinstance(owner, gast.Name) else None
            if isinstance(table, gast.Dict) and node.func.attr in ("values", "items"):
                pairs = zip(table.keys, table.values, strict=True)
                return [v if node.func.attr == "values" else tree.tuple_([k, v]) for k, v in pairs]
        if not isinstance(node, (gast.List, gast.Tuple)):
            return None
        parts = [part for one in node.elts for part in (one.elts if isinstance(one, gast.Tuple) else [one])]
        return list(node.elts) if any(map(self.is_function, parts)) else None

    def held(self, value: Any, like: Any, before: list[Any]) -> Any:
        """An element, or its parts, with names for what has to be evaluated before the first turn."""
        if isinstance(value, gast.Tuple):
            return tree.tuple_([self.held(part, like, before) for part in value.elts])
        if isinstance(value, gast.Constant) or self.is_lasting(value):
            return value
        name = self.program.namer.fresh("part")
        before.append(tree.assign(name, value, like))
        return tree.name(name)

    def turn(self, loop: Any, value: Any) -> list[Any]:
        """One turn of a loop, with names of its own for what the target binds."""
        targets = sorted(tree.writes(loop.target))
        first = not any(name in self.done for name in targets)
        names = {} if first else {name: self.program.namer.fresh(name) for name in targets}
        self.done.update(targets)
        target = tree.renamed(loop.target, names)
        pairs = [(target, value)]
        if isinstance(target, gast.Tuple) and isinstance(value, gast.Tuple) and len(target.elts) == len(value.elts):
            pairs = list(zip(target.elts, value.elts, strict=True))
        bound = [tree.at(gast.Assign([left], tree.copy(right), None), loop) for left, right in pairs]
        return [*bound, *tree.renamed(loop.body, names)]
