"""The program that the passes hand on: one function and what is known of it."""

from __future__ import annotations

from collections.abc import Container, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from srcgrad import tree
from srcgrad.analysis.kinds import Kind, complexity
from srcgrad.names import Namer


class Externals:
    """The objects that the generated functions reach by a global name: modules, helpers, the user's globals.

    ``conditions`` is what must hold for those of them that were generated to be right, ``guards`` are names that rules
    read, which must stand for what they stood for, ``complex`` says whether complex
    numbers can come up in any of the functions: where they cannot, what is not known is real.  ``relied`` are the
    identities of tables and objects in which is looked up what is called: they must not change while it runs.
    """

    def __init__(self) -> None:
        self.objects: dict[str, Any] = {}
        self.used: set[str] = set()
        self.conditions: list[Any] = []
        self.guards: list[tuple[Any, str, Any]] = []
        self.complex = False
        self.relied: set[int] = set()

    def name_of(self, value: Any, wish: str, avoid: Container[str] = ()) -> str:
        """The name of an object, ``wish`` (or ``wish_2``, ...) if it has none yet that is not in ``avoid``."""
        for name, known in self.objects.items():
            if known is value and name not in avoid and not isinstance(value, (bool, int, float, str, tuple)):
                return name
        candidate, count = wish, 2
        while (
            candidate in self.used
            or candidate in avoid
            or (candidate in self.objects and self.objects[candidate] is not value)
        ):
            candidate = f"{wish}_{count}"
            count += 1
        self.objects[candidate] = value
        return candidate


@dataclass(frozen=True)
class Outside:
    """What a function does to objects that are not its own, by their identity, with the calls that do it.

    ``changed`` are objects, ``rebound`` variables (by namespace and name) that get another value, ``read`` the objects
    that its derivative reads, ``arguments`` the parameters of which something may be changed, ``copied`` those of which
    a copy is changed, ``updated`` those that ``x += v`` changes, which makes a new array.  ``mentioned`` are all
    objects that it, or a function that it calls, may read, if it changes parameters.
    """

    changed: tuple[tuple[frozenset[int], Any], ...] = ()
    rebound: tuple[tuple[frozenset[tuple[int, str]], Any], ...] = ()
    read: frozenset[int] = frozenset()
    arguments: frozenset[str] = frozenset()
    copied: frozenset[str] = frozenset()
    updated: frozenset[str] = frozenset()
    mentioned: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Plain:
    """A derivative as a plain function, for arguments of certain kinds.

    ``conditions`` must hold for it to be right.  ``real`` names the parameters whose integers must be made real,
    ``left_out`` holds the values of those that the call leaves out, ``positional`` the names of the others in order,
    ``tangents`` says of which parameter those for tangents are.  ``backward`` is the second function of a pullback,
    ``changed`` are the parameters of which a copy is changed, ``mentioned`` the objects that it may read then.
    """

    function: Any
    conditions: tuple[Any, ...]
    positional: tuple[str, ...]
    real: frozenset[str]
    left_out: Mapping[str, Any]
    tangents: Mapping[str, str]
    changed: frozenset[str] = frozenset()
    mentioned: frozenset[int] = frozenset()
    backward: Any = None


@dataclass(frozen=True)
class Program:
    """One function on its way to its derivative.

    ``function`` is the tree, never changed in place by a pass.  ``wrt`` names the parameters that are
    differentiated, ``kinds`` what is known of each parameter, ``source`` where errors point.  ``inplace`` holds
    the names that stand for the result of an augmented assignment, ``stopped`` those bound under ``pause()``,
    ``heads`` those that a loop carries (bound before it and by its last statements), ``certain`` those that have
    a value wherever they are read, as what inner functions return.  With ``has_aux`` the function
    returns ``(value, auxiliary)``, and only the value is differentiated.  ``user`` holds the names that the user wrote,
    ``bound`` those of them that are bound here,
    ``unstable`` those of storage that calls change while the function runs, ``changed`` those of storage that stores
    change, ``shadows`` those of them whose storage has several names when it is changed, ``outside`` what it has to do
    with others' storage.
    It is ``called`` where another function is differentiated, whose storage it is given.
    The result must be ``"real"`` or ``"complex"`` where a gradient starts from it, and may be both (None) elsewhere.
    """

    function: Any
    namespace: Mapping[str, Any]
    source: Any
    wrt: tuple[str, ...]
    kinds: Mapping[str, Kind]
    namer: Namer
    inplace: frozenset[str] = field(default_factory=frozenset)
    stopped: frozenset[str] = field(default_factory=frozenset)
    heads: frozenset[str] = field(default_factory=frozenset)
    certain: frozenset[str] = field(default_factory=frozenset)
    externals: Externals = field(default_factory=lambda: Externals())
    has_aux: bool = False
    user: frozenset[str] = field(default_factory=frozenset)
    bound: frozenset[str] = field(default_factory=frozenset)
    unstable: frozenset[str] = field(default_factory=frozenset)
    changed: frozenset[str] = field(default_factory=frozenset)
    shadows: frozenset[str] = field(default_factory=frozenset)
    outside: Outside = Outside()
    result: Literal["real", "complex"] | None = None
    called: bool = False

    def external(self, value: Any, wish: str) -> str:
        """The name by which the generated functions reach an object that is not the function's own."""
        return self.externals.name_of(value, wish, self.bound)

    def complexity(self, kind: Kind) -> bool | None:
        """Whether a value is complex; what is not known is real in a derivative in which nothing complex comes up."""
        found = complexity(kind)
        return False if found is None and not self.externals.complex else found

    def builtin(self, function: Any) -> str:
        """The name of one of Python's own functions: its own, unless the user has given that to something else."""
        name = str(function.__name__)
        taken = name in self.bound or self.externals.objects.get(name, function) is not function
        return self.external(function, name) if taken or self.namespace.get(name, function) is not function else name

    def with_body(self, body: list[Any], **changes: Any) -> Program:
        """The same program with another body."""
        return replace(self, function=tree.shallow(self.function, body=body), **changes)
