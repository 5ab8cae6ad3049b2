"""Rules of products."""

from __future__ import annotations

import operator
import warnings

import numpy as np
import pytest

from tests.rules.support import case, check, check_single

RNG = np.random.default_rng(6)


def a(*shape):
    return RNG.normal(size=shape)


def fortran(*shape):
    return np.asfortranarray(a(*shape))


DOT = [
    (a(3), a(3)),
    (a(2, 3), a(3)),
    (a(3), a(3, 2)),
    (a(2, 3), a(3, 4)),
    (a(2, 2, 3), a(3)),
    (a(3), a(2, 3, 2)),
    (a(2, 2, 3), a(3, 2)),
    (a(2, 3), a(2, 3, 2)),
    (a(1, 2, 3), a(2, 3, 2)),
    (fortran(2, 3), a(3, 2)[::-1]),
    (a(0, 3), a(3, 2)),
    (a(2, 0), a(0, 3)),
    (a(0), a(0)),
    (a(1, 1), a(1)),
]
SCALED = [(0.5, a(2, 3)), (a(2, 3), 0.5), (0.5, 0.7), (np.array(0.5), a(3))]
MATMUL = [
    (a(3), a(3)),
    (a(2, 3), a(3)),
    (a(3), a(3, 2)),
    (a(2, 3), a(3, 4)),
    (a(2, 2, 3), a(3)),
    (a(3), a(2, 3, 2)),
    (a(2, 2, 3), a(3, 2)),
    (a(2, 3), a(2, 3, 2)),
    (a(2, 1, 2, 3), a(2, 3, 2)),
    (a(1, 2, 3), a(2, 3, 2)),
    (fortran(2, 3), a(3, 2)[:, ::-1]),
    (a(0, 3), a(3, 2)),
    (a(2, 0), a(0, 3)),
    (a(1, 2, 0), a(2, 0, 1)),
]
EINSUM = [
    ("i,i", a(3), a(3)),
    ("i,i->", a(3), a(3)),
    ("ij,jk->ik", a(2, 3), a(3, 2)),
    ("ij,jk", a(2, 3), a(3, 2)),
    ("ij->ji", a(2, 3)),
    ("ij", a(2, 3)),
    ("ba", a(2, 3)),
    ("ij->", a(2, 3)),
    ("ij->i", a(2, 3)),
    ("ii", a(3, 3)),
    ("ii->i", a(3, 3)),
    ("ii->", a(3, 3)),
    ("iji->j", a(2, 3, 2)),
    ("ii,i->i", a(3, 3), a(3)),
    ("ij,ij->", a(2, 3), a(2, 3)),
    ("ij,kl->ik", a(2, 3), a(2, 2)),
    ("i,j->ij", a(2), a(3)),
    ("i,i,i->i", a(3), a(3), a(3)),
    ("ij,jk,kl->il", a(2, 2), a(2, 3), a(3, 2)),
    ("bij, bjk -> bik", a(2, 2, 2), a(2, 2, 3)),
    ("...ij,...jk->...ik", a(2, 2, 3), a(3, 2)),
    ("...i,...i", a(2, 3), a(3)),
    ("...ij,jk", a(2, 2, 3), a(3, 2)),
    ("...,...->...", a(2, 3), a(1, 3)),
    ("ij,ij->ij", a(1, 3), a(2, 3)),
    ("...i->...", a(2, 3)),
    ("i...->...", a(2, 3)),
    (",i->i", 0.5, a(3)),
    (",->", 0.5, 0.7),
    ("ii,jj->ij", a(2, 2), a(3, 3)),
    ("...ii->...i", a(2, 3, 3)),
    ("ij,ij", fortran(2, 3), a(2, 3)[::-1]),
    ("ij,j->i", a(2, 1), a(1)),
    ("ijk,ilm,njm,nlk,abc->", *[a(2, 2, 2)] * 5),
]
CASES = [
    *(case(np.dot, x, y) for x, y in [*DOT, *SCALED]),
    *(case(operator.matmul, x, y) for x, y in MATMUL),
    case(np.matmul, a(2, 3), a(3, 2)),
    *(case(np.vdot, x, y) for x, y in ((a(3), a(3)), (a(2, 3), a(2, 3)), (0.5, 0.7), (fortran(2, 3), a(3, 2)))),
    *(case(np.inner, x, y) for x, y in ((a(3), a(3)), (a(2, 3), a(3)), (a(2, 3), a(2, 2, 3)), *SCALED)),
    *(case(np.outer, x, y) for x, y in ((a(3), a(2)), (a(2, 2), a(3)), (0.5, a(3)), (a(0), a(2)))),
    *(
        case(np.tensordot, x, y, *n)
        for x, y, *n in (
            (a(2, 3, 2), a(3, 2, 4)),
            (a(2, 3), a(3, 2), 1),
            (a(2), a(3), 0),
            (a(2, 3, 4), a(4, 2, 3), ([0, 2], [1, 0])),
            (a(2, 3, 4), a(4, 2, 3), ((-1, 0), (0, 1))),
            (a(2, 3), a(2, 3), ([0, 1], [0, 1])),
            (a(2, 3), a(3, 2), (1, 0)),
            (a(2, 3), a(3), 1),
            (a(3, 2, 3), a(2, 3), ([2, 1], [1, 0])),
            (a(0, 2), a(2, 3), 1),
        )
    ),
    *(
        case(np.kron, x, y)
        for x, y in (
            (a(2), a(3)),
            (a(2, 2), a(2, 3)),
            (a(2), a(2, 3)),
            (a(2, 1, 2), a(3)),
            (0.5, a(2)),
            (a(2), 0.5),
        )
    ),
    *(case(np.cross, x, y) for x, y in ((a(3), a(3)), (a(2, 3), a(3)), (a(2, 1, 3), a(4, 3)), (a(3), a(0, 3)))),
    *(case(np.einsum, *args) for args in EINSUM),
    case(np.einsum, "ij,jk,kl->il", a(2, 2), a(2, 3), a(3, 2), optimize=True),
    *(
        case(f, a(m), a(n), mode)
        for f in (np.convolve, np.correlate)
        for m in (1, 2, 5, 6)
        for n in (1, 2, 3, 4)
        for mode in ("full", "same", "valid")
    ),
    case(np.convolve, a(3), 0.5),
    *(case(np.polyval, a(n), x) for n in (1, 2, 4) for x in (0.5, a(3), a(2, 2))),
    *(case(np.polyval, a(n, 2), x) for n in (1, 3) for x in (0.5, a(2), a(4, 2))),
    *(case(np.polyfit, a(6), y, n, fixed=("x",)) for y in (a(6), a(6, 2)) for n in (0, 1, 3)),
]
PLANAR = [(a(2), a(2)), (a(2), a(3)), (a(3), a(2)), (a(2, 2), a(2)), (a(2, 3), a(2))]


@pytest.mark.parametrize("one", CASES, ids=str)
def test_terms(one):
    check(one)


@pytest.mark.parametrize("pair", PLANAR, ids=lambda p: f"{p[0].shape}{p[1].shape}")
def test_cross_of_planar_vectors(pair):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        try:
            np.cross(*pair)
        except ValueError:
            pytest.skip("this NumPy has no cross product of planar vectors")
        check(case(np.cross, *pair))


@pytest.mark.parametrize("one", CASES[::2], ids=str)
def test_single_precision(one):
    arrays = all(isinstance(x, np.ndarray) for x in one.args[:2])
    if arrays and one.primitive is not np.polyval:  # np.vander returns float64
        check_single(one)
