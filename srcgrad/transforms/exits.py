"""Let the first function of a pair return where the value is decided, as the user's early returns do.

Each exit hands over what its own reversal reads.  Where one exit's reversal reads nothing, as at the end of most
recursions, it hands over None, and that tells the second function which way the first one went.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import gast

from srcgrad import tree
from srcgrad.analysis.liveness import Liveness

_LONGEST_REST = 3  # statements: what follows the branch is written twice


@dataclass(frozen=True)
class EmptyExit:
    """A pair whose last branch has a side that hands over nothing: ``first`` if it is the one under the ``if``.

    ``reversal`` is how the second function reverses that side, ``others`` how it reverses the other one; ``branch``
    is the branch there.
    """

    branch: Any
    first: bool
    reversal: list[Any]
    others: list[Any]


def empty_exit(forward: list[Any], reverse: list[Any], local: set[str], result: Any) -> EmptyExit | None:
    """Find the side of the forward sweep's last branch whose reversal reads none of the ``local`` names.

    The branch must decide the ``result``, so that it is there that the first function returns.
    """
    place = next((n for n, statement in enumerate(reverse) if isinstance(statement, gast.If)), None)
    if place is None or not forward or not _decides(forward[-1], result):
        return None
    branch, decision = reverse[place], forward[-1].test
    negated = isinstance(branch.test, gast.UnaryOp) and isinstance(branch.test.op, gast.Not)
    test = branch.test.operand if negated else branch.test
    if not isinstance(decision, gast.Name) or not tree.equal(test, decision):
        return None
    taken, other = (branch.orelse, branch.body) if negated else (branch.body, branch.orelse)
    before, after = reverse[:place], reverse[place + 1 :]
    if len(after) > _LONGEST_REST:
        return None
    sides = [[*before, *side, *after] for side in (taken, other)]
    reads = [Liveness().block(side).uses & local for side in sides]
    if decision.id in reads[0] | reads[1] or bool(reads[0]) == bool(reads[1]):
        return None
    empty = 1 if reads[0] else 0
    return EmptyExit(branch, empty == 0, tree.copy(sides[empty]), sides[1 - empty])


def return_in_branches(body: list[Any], empty: bool | None = None) -> list[Any]:
    """Move the final ``return value, kept`` into the branches that decide the value.

    What of ``kept`` is not bound on the way to an exit is None there.  ``empty`` says which side of the last branch
    keeps nothing at all: the first (True), the second (False), or neither.
    """
    return _returns(body, tree.writes(body), empty)


def _returns(body: list[Any], unbound: set[str], empty: bool | None) -> list[Any]:
    *before, last = body
    result, kept = last.value.elts
    branch: Any = before[-1] if before else None
    if not _decides(branch, result):
        return body
    unbound = unbound - tree.writes(before[:-1])
    sides = []
    for is_first, side in ((True, branch.body), (False, branch.orelse)):
        missing = unbound - tree.writes(side)
        handed = tree.constant(None) if empty is is_first else _where_bound(kept, missing)
        leaf = tree.return_(tree.tuple_([_copied(result, side), handed]), last)
        sides.append(_returns([*side, leaf], unbound, None))
    return [*before[:-1], tree.if_(branch.test, sides[0], [], branch), *sides[1]]


def _decides(branch: Any, result: Any) -> bool:
    """Whether a statement is a branch of which each side gives the result, or parts of it, another value."""
    parts = result.elts if isinstance(result, gast.Tuple) else [result]
    if not isinstance(branch, gast.If) or not all(isinstance(part, (gast.Name, gast.Constant)) for part in parts):
        return False
    decided = tree.reads(result) & tree.writes([branch.body, branch.orelse])
    return bool(decided) and all(decided <= tree.writes(side) for side in (branch.body, branch.orelse))


def _copied(result: Any, side: Sequence[Any]) -> Any:
    """What the result is a copy of at the end of a branch."""
    if isinstance(result, gast.Tuple):
        return tree.tuple_([_copied(part, side) for part in result.elts])
    if isinstance(result, gast.Constant):
        return result
    for statement in reversed(side):
        if not isinstance(statement, gast.Assign) or not isinstance(statement.value, (gast.Name, gast.Constant)):
            break
        if tree.single_target(statement) == result.id:
            return statement.value
    return result


def _where_bound(kept: Any, missing: set[str]) -> Any:
    if isinstance(kept, gast.Tuple):
        return tree.tuple_([_where_bound(part, missing) for part in kept.elts])
    return tree.copy(kept) if missing.isdisjoint(tree.reads(kept)) else tree.constant(None)
