"""Inner functions that call themselves, or each other, become functions of their own.

What they capture is handed to them by name, with its value at the time of the call, as Python has it:

    def power(n):                               y = power(3, x=x)
        return x if n == 0 else power(n - 1)
    y = power(3)

Those that are values of the function, or bind variables of it, stay as they are.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import gast

from srcgrad import tree
from srcgrad.free_names import bound_in, inner_functions, uses
from srcgrad.lifted import Definition, handing_on, lifted
from srcgrad.names import Namer
from srcgrad.program import Program

_SCOPES = (gast.FunctionDef, gast.Lambda, *tree.COMPREHENSIONS)
_BINDING = (gast.Nonlocal, gast.Global, gast.Yield, gast.YieldFrom)


def recursions(program: Program) -> Program:
    """Return the program without the inner functions that may call themselves, which it calls as others."""
    if not any(isinstance(s, gast.FunctionDef) for s in tree.walk(program.function.body)):
        return program
    local = tree.parameters_of(program.function) | tree.writes(program.function.body)
    here, there = (_with_generators(one, program) for one in (program.function, program.source.tree))
    made = _without(here, there, local, program)
    return program if made is here else program.with_body(made.body)


def _with_generators(function: Any, program: Program) -> Any:
    """``map(f, x)`` of an inner function as a generator expression, which calls it."""
    names = {one.name for one in inner_functions(function)}
    item = Namer(tree.identifiers(function)).fresh("item")

    def call(node: Any, clone: Any) -> Any:
        is_map = isinstance(node, gast.Call) and isinstance(node.func, gast.Name) and node.func.id == "map"
        if not is_map or len(node.args) != 2 or program.namespace.get("map") is not map:
            return clone
        called, over = clone.args
        if not isinstance(called, gast.Name) or called.id not in names or isinstance(over, gast.Starred):
            return clone
        over = gast.comprehension(tree.target(item), over, [], 0)
        return tree.at(gast.GeneratorExp(tree.call(called, tree.name(item)), [over]), node)

    return tree.shallow(function, body=[tree.remade(statement, call) for statement in function.body])


def _without(function: Any, written: Any, local: set[str], program: Program) -> Any:
    """A function, as it is here and as it is written, without such functions; ``local`` are the variables around."""
    own = [s for s in function.body if isinstance(s, gast.FunctionDef)]
    raw = [s for s in written.body if isinstance(s, gast.FunctionDef)]
    if not own or len(own) != len(raw):
        return function
    made = _lifted(function, list(zip(own, raw, strict=True)), local, program)
    body: list[Any] = []
    others = {id(one): of for one, of in zip(own, raw, strict=True)}
    for statement in made.body:
        of = others.get(id(statement))
        around = local | bound_in(statement) | tree.parameters_of(statement) if of is not None else local
        body.append(statement if of is None else _without(statement, of, around, program))
    same = len(body) == len(function.body) and all(a is b for a, b in zip(body, function.body, strict=True))
    return function if same else tree.shallow(made, body=body)


def _lifted(function: Any, pairs: list[Any], local: set[str], program: Program) -> Any:
    """The function without those of its inner functions that may call themselves."""
    group = _calling_themselves([one for one, _ in pairs])
    pairs = [pair for pair in pairs if pair[0].name in group]
    if not pairs or not all(_is_plain(one) for one, _ in pairs) or not _are_called_only(function, group):
        return function
    read = {one.name: _variables(one, raw, local - group) for one, raw in pairs}
    if None in read.values():
        return function
    definitions, given = _definitions(pairs, read)  # type: ignore[arg-type]
    if not _sees(function.body, group, {name for names in given.values() for name in names.values()}):
        return function
    made = lifted(program.source, definitions, program.namespace)
    if made is None:
        return function
    gone = {id(one) for one, _ in pairs}
    kept = [s for s in function.body if id(s) not in gone]
    names = {one.name: program.external(made[raw.name], raw.name) for one, raw in pairs}
    body = [s if isinstance(s, gast.FunctionDef) and not _reads(s, group) else _handed(s, given, names) for s in kept]
    return tree.shallow(function, body=body)


def _handed(statement: Any, given: Mapping[str, Mapping[str, str]], names: Mapping[str, str]) -> Any:
    renamed = {old: tree.name(new) for old, new in names.items() if old != new}
    return tree.substitute(handing_on([statement], given), renamed)[0]


def _reads(node: Any, names: set[str]) -> bool:
    return any(isinstance(one, gast.Name) and one.id in names for one in tree.walk(node))


def _definitions(pairs: list[Any], read: Mapping[str, Mapping[str, str]]) -> tuple[list[Definition], dict[str, Any]]:
    """The functions with the parameters that they get, and which variable each of these is where they are called."""
    raw = [of for _, of in pairs]
    taken = Namer(tree.identifiers(raw))
    bound = {name for one in raw for inner in [one, *inner_functions(one)] for name in _bound(inner)}
    variables = sorted({new for names in read.values() for new in names.values()})
    parameters = {name: taken.fresh(f"{name}_") if name in bound else name for name in variables}
    definitions, given = [], {}
    for one, of in pairs:
        reached = _reached(one.name, [other for other, _ in pairs]) | {one.name}
        needed = sorted({new for name in reached for new in read[name].values()})
        given[one.name] = {parameters[name]: name for name in needed}
        captured = {old: parameters[new] for old, new in read[one.name].items()}
        definitions.append(Definition(of, captured, tuple(given[one.name])))
    return definitions, given


def _bound(scope: Any) -> set[str]:
    """What a function, a lambda or a comprehension binds."""
    return bound_in(scope) | (tree.parameters_of(scope) if hasattr(scope, "args") else set())


def _calling_themselves(functions: list[Any]) -> set[str]:
    """The inner functions that may call themselves, and those that these read."""
    found = {one.name for one in functions if one.name in _reached(one.name, functions)}
    return found | {name for one in found for name in _reached(one, functions)}


def _reached(name: str, functions: list[Any]) -> set[str]:
    """The inner functions that one reads, and that these read."""
    by_name = {one.name: one for one in functions}
    found: set[str] = set()
    pending = [name]
    while pending:
        read = {use.name for use in uses(tree.copy(by_name[pending.pop()]))} & by_name.keys()
        pending += read - found
        found |= read
    return found


def _is_plain(function: Any) -> bool:
    """Whether a definition binds nothing outside of it, is no generator, and has defaults that are literals."""
    if function.decorator_list or any(isinstance(node, _BINDING) for node in tree.walk(function.body)):
        return False
    defaults = [d for d in (*function.args.defaults, *function.args.kw_defaults) if d is not None]
    return all(isinstance(d, gast.Constant) for d in defaults)


def _are_called_only(function: Any, group: set[str]) -> bool:
    """Whether the functions of a group have one definition each, and are no values."""
    names = [node for node in tree.walk(function.body) if isinstance(node, gast.Name) and node.id in group]
    known = {id(n.func) for n in tree.walk(function.body) if isinstance(n, gast.Call)}
    defined = [one.name for one in inner_functions(function)]
    return all(id(node) in known for node in names) and all(defined.count(name) == 1 for name in group)


def _variables(function: Any, raw: Any, local: set[str]) -> dict[str, str] | None:
    """The variables around an inner function that it reads: as they are written, and called here; None if unclear."""
    here, there = ([use.name for use in uses(tree.copy(one)) if use.name] for one in (function, raw))
    return {old: new for new, old in zip(here, there, strict=True) if new in local} if len(here) == len(there) else None


def _sees(body: list[Any], group: set[str], names: set[str]) -> bool:
    """Whether some names are those of the function itself where it, or what is inside of it, calls a group."""
    for scope in (node for node in tree.walk(body) if isinstance(node, _SCOPES)):
        is_own = getattr(scope, "name", "") in group
        if not is_own and _reads(scope, group) and not names.isdisjoint(_bound(scope)):
            return False
    return True
