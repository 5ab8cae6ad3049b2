"""Fresh, readable, deterministic names that never clash with the user's."""

from __future__ import annotations

import builtins
import keyword
import re
from collections.abc import Container, Iterable

_VERSION = re.compile(r"_\d+$")
_DERIVED = re.compile(r"_(bar|dot)$")


def primal_of(base: str) -> str:
    """The name of a value whose adjoint or tangent has some name, that name itself if it is neither.

    >>> primal_of("x_bar"), primal_of("x_dot"), primal_of("bar")
    ('x', 'x', 'bar')
    """
    return _DERIVED.sub("", base)


class Namer:
    """Makes names that are unused so far and remembers which user's name each one is a version of.

    Every name made is noted in ``shared`` too; none is one of ``others``, which may grow meanwhile.

    >>> namer = Namer(["x", "x_2"])
    >>> namer.fresh("x"), namer.fresh("y"), namer.version("x")
    ('x_3', 'y', 'x_4')
    >>> namer.base("x_4")
    'x'
    """

    def __init__(self, used: Iterable[str] = (), shared: set[str] | None = None, others: Container[str] = ()) -> None:
        self._user = frozenset(used)
        self._used = set(self._user) | set(keyword.kwlist) | set(dir(builtins))
        self._shared = set() if shared is None else shared
        self._others = others
        self._next: dict[str, int] = {}
        self._base: dict[str, str] = {}

    def fresh(self, wish: str) -> str:
        """Return ``wish`` if it is free, else ``wish_2``, ``wish_3``, ..."""
        candidate = wish
        count = self._next.get(wish, 2)
        while candidate in self._used or candidate in self._others:
            candidate = f"{wish}_{count}"
            count += 1
        self._next[wish] = count
        self._used.add(candidate)
        self._shared.add(candidate)
        return candidate

    def take(self, name: str) -> str:
        """Note that a name is used now, and return it."""
        self._used.add(name)
        self._shared.add(name)
        return name

    def temporary(self, wish: str) -> str:
        """Return a fresh name for a value that is not the user's: of another stem where the user has that name.

        >>> Namer(["t"]).temporary("t"), Namer(["x"]).temporary("t")
        ('tmp', 't')
        """
        stem = next((s for s in (wish, "tmp", f"{wish}_value", f"{wish}_made") if s not in self._user), wish)
        return self.version(stem)

    def version(self, base: str) -> str:
        """Return a fresh name that stands for a further definition of ``base``."""
        base = self.base(base)
        made = self.fresh(base)
        self._base[made] = base
        return made

    def derived(self, source: str, suffix: str) -> str:
        """Return a fresh ``source`` + ``suffix`` whose base is the base of ``source`` + ``suffix``."""
        base = self.base(source) + suffix
        made = self.fresh(base)
        self._base[made] = base
        return made

    def base(self, version: str) -> str:
        """Return the name that a version was made for (a name that was not made is its own base)."""
        return self._base.get(version, version)
