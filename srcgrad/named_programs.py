"""Functions as programs: their globals under names that mean one thing in the whole derivative."""

from __future__ import annotations

import builtins
from collections import ChainMap
from collections.abc import Iterator, Mapping
from typing import Any

import gast

from srcgrad import tree
from srcgrad.analysis.bound_methods import bound_method
from srcgrad.analysis.complexes import mentions_complex, takes_complex
from srcgrad.analysis.kinds import Kind
from srcgrad.analysis.ruled import ruled
from srcgrad.analysis.scope import MISSING, Scope
from srcgrad.analysis.summary import place_of
from srcgrad.equivalents import is_equivalent
from srcgrad.free_names import inner_functions
from srcgrad.guards import ABSENT, Guard, is_trusted, of_guards
from srcgrad.helpers import is_helper
from srcgrad.loader import is_generated, made_from
from srcgrad.local_imports import hoisted_imports
from srcgrad.names import Namer
from srcgrad.program import Externals, Program
from srcgrad.signatures import literal_defaults, tangent_names
from srcgrad.source import Source
from srcgrad.supers import supers
from srcgrad.transforms.additions import additions
from srcgrad.transforms.comprehensions import comprehensions
from srcgrad.transforms.stacking import stacking
from srcgrad.transforms.surgery import only_inside


def is_of_derivatives(source: Source) -> bool:
    """Whether a function is generated, or a helper of such ones, and is not read as one of the user's."""
    return is_generated(source.file) and not is_equivalent(source.function)


def named_program(
    source: Source, wrt: tuple[str, ...], kinds: Mapping[str, Kind], has_aux: bool, externals: Externals
) -> tuple[Program, list[Guard], dict[tuple[int, str], str]]:
    """A function as a program, with what must stay as it is and the names of the variables that it reads.

    ``externals`` gets the globals that it reads.
    """
    function, imported, guards = hoisted_imports(tree.copy(source.tree), source)
    guards = list(guards)
    variables: dict[tuple[int, str], str] = {}
    namespace = ChainMap(dict(imported), source.namespace)  # type: ignore[arg-type]
    function = supers(function, namespace)
    own = tree.parameters_of(function) | tree.writes(function.body)
    own |= {name for inner in inner_functions(function) for name in tree.parameters_of(inner)}
    avoided = tree.identifiers(function) | set(tangent_names(source.tree, wrt))  # parameters in forward mode
    inside = only_inside(function.body, namespace)
    replaced: dict[str, Any] = {}
    for name in sorted(tree.reads(function.body) - own):  # annotations and defaults are not looked up again
        if name in namespace:
            if name in inside:  # what a block of the user's does to an object is nothing that was relied upon
                externals.conditions += of_guards([(source.namespace, name, namespace[name])], contents=False)
            else:
                guards.append((source.namespace, name, namespace[name]))
            variables[source.variable(name)] = name
            if (known := _global_name(name, namespace[name], externals, avoided)) != name:
                replaced[name] = tree.name(known)
    for guard in attributes_read(function, Scope(namespace, own)):
        guards.append(guard)
        variables[place_of(guard[0], guard[1])] = guard[1]
    function.body = tree.substitute(function.body, replaced) if replaced else function.body
    mentioned = not is_helper(made_from(source.function)) and mentions_complex(function, Scope(namespace, own))
    externals.complex = externals.complex or mentioned or takes_complex(kinds)
    if is_of_derivatives(source):
        function = stacking(additions(comprehensions(function), source, namespace, externals), externals)
    _avoid_clashes(function, externals)
    literal_defaults(function, source, externals)
    local = tree.identifiers(function)
    bound = tree.parameters_of(function) | tree.writes(function.body)
    externals.used |= bound - set(externals.objects)
    program = Program(
        function,
        ChainMap(externals.objects, *namespace.maps),
        source,
        wrt,
        dict(kinds),
        Namer(local, externals.used, externals.objects),
        externals=externals,
        has_aux=has_aux,
        user=frozenset(local),
        bound=frozenset(bound),
    )
    return program, guards, variables


def _global_name(name: str, value: Any, externals: Externals, avoided: set[str]) -> str:
    """The name of a global in the derivative: its own, if that means nothing else there; else none of some names."""
    if name in vars(builtins) and vars(builtins)[name] is value:
        return name
    if name not in externals.used and externals.objects.get(name, value) is value:
        externals.objects[name] = value
        return name
    return externals.name_of(value, name, avoided)


def _avoid_clashes(function: Any, externals: Externals) -> None:
    """Rename what a callee binds under the name of a global of the derivative."""
    own = tree.writes(function.body) - tree.parameters_of(function)
    for name in sorted(own & set(externals.objects)):
        fresh = Namer(tree.identifiers(function) | set(externals.objects)).fresh(f"{name}_")
        function.body = tree.renamed(function.body, {name: fresh})


def attributes_read(function: Any, scope: Scope) -> Iterator[Guard]:
    """The attributes of modules and classes that a function reads, but for those of numerical packages."""
    for node in tree.walk(function.body):
        if isinstance(node, gast.Attribute):
            owner, value = scope.resolve(node.value), scope.resolve(node)
            if value is not MISSING and not is_trusted(owner):
                yield owner, node.attr, value
        called = (ruled(node.func, scope) or bound_method(node.func, scope)) if isinstance(node, gast.Call) else None
        if called is not None and called.owner is not None:
            owner, name = called.owner, called.name
            yield owner, name, owner[name] if isinstance(owner, dict) else getattr(owner, name)
            if called.hidden is not None:
                yield called.hidden, name, ABSENT
            yield from ((held, attribute, held[attribute]) for held, attribute in called.holders)


__all__ = ["attributes_read", "named_program"]
