"""The kinds of what functions return, where they may call each other and themselves."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from srcgrad.analysis.kinds import NEVER, UNKNOWN, Kind, join
from srcgrad.analysis.open_kinds import shortened, without_never

_ROUNDS = 8
Parameters: TypeAlias = tuple[tuple[str, Kind], ...]


@dataclass
class ResultKinds:
    """Least fixed points: a function of a cycle starts as if it never returned, and all are asked until none changes.

    What was found while others of the cycle were still unknown is no result yet, and is not kept as one.
    """

    known: dict[Hashable, Kind] = field(default_factory=dict)
    guesses: dict[Hashable, Kind] = field(default_factory=dict)
    asked: set[Hashable] = field(default_factory=set)  # in this round
    open: set[Hashable] = field(default_factory=set)
    guessed: bool = False  # whether the answer that is being found relies on a guess
    changed: bool = False

    def of(self, key: Hashable, find: Callable[[], Kind], is_open: bool = False) -> Kind:
        """The kind of a function's result; ``find`` finds it, and asks for those of others on the way.

        ``is_open``: arguments wait for what is not known yet, and so does what is found.
        """
        if is_open:
            self.open.add(key)
        if key in self.known:
            return self.known[key]
        if key in self.asked:
            self.guessed = True
            return self.guesses[key]
        if self.asked:
            return self._found(key, find)
        for _ in range(_ROUNDS):
            self.changed = False
            self._found(key, find)
            self.asked.clear()
            if not self.changed and not self._never():
                break
        else:
            self.guesses = dict.fromkeys(self.guesses, UNKNOWN)
        self.known.update({one: self._final(one, kind) for one, kind in self.guesses.items()})
        self.guesses.clear()
        return self.known[key]

    def bounded(self, function: Any, kinds: Parameters, limit: int) -> Parameters:
        """The kinds of a function's parameters, unknown after some of them: a recursion may ask for ever wider ones."""
        others = [key for key in self.asked if isinstance(key, tuple) and key[0] is function]
        if (function, kinds) in others or len(others) < limit:
            return kinds
        return tuple((name, UNKNOWN) for name, _ in kinds)

    def _never(self) -> bool:
        """Give up those that do not seem to return: what was found with the help of them is found again."""
        lost = [one for one, kind in self.guesses.items() if kind == NEVER and one not in self.open]
        self.guesses.update(dict.fromkeys(lost, UNKNOWN))
        return bool(lost)

    def _final(self, key: Hashable, kind: Kind) -> Kind:
        """What is known in the end, of which nothing is left open but by what the function gets."""
        return kind if key in self.open else without_never(kind)

    def _found(self, key: Hashable, find: Callable[[], Kind]) -> Kind:
        before, self.guessed = self.guessed, False
        self.asked.add(key)
        guess = self.guesses.setdefault(key, NEVER)
        kind = find()
        if not self.guessed:
            self.known[key] = kind = self._final(key, kind)
            del self.guesses[key]
        elif (joined := shortened(join(guess, kind))) != guess:
            self.guesses[key] = kind = joined
            self.changed = True
        self.guessed = before or self.guessed
        return kind
