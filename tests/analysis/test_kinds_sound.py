"""What is inferred of a call covers the value, for random values of the arguments' kinds.

Each template is an expression in which ``{x}`` stands for an argument; the letter says of what kind it may be.  Kinds
are drawn, the kind of the whole is inferred, values of the kinds are drawn, and the expression is evaluated.

``python tests/analysis/test_kinds_sound.py N`` draws N times as many as the test.
"""

from __future__ import annotations

import builtins
import math
import random
import re
import sys
import warnings
from collections.abc import Iterator
from typing import Any

import gast
import numpy as np

from srcgrad.analysis.inference import Inference
from srcgrad.analysis.kinds import (
    BOOL,
    FLOAT,
    INT,
    TEXT,
    UNKNOWN,
    Array,
    Kind,
    Scalar,
    Sequence,
    join,
    kind_of,
)
from srcgrad.analysis.scope import Scope
from srcgrad.rules import registry

NAMESPACE = {"np": np, "math": math, "flag": False, "three": 3, "empty": ()}
DEFAULT = "{a}|{a}, {a}|{v}|{m}, {m}|{q}, {m}|{l}|{v}, {v}|{a}, {i}|{L}|{a}, {a}, {a}|{s}|{s}, {s}|{i}|{i}, {i}"
REDUCTIONS = "sum prod mean std var max min any all argmax argmin median nansum nanmean nanmax nanmin ptp"
TEMPLATES = """
{a} + {a}|{a} - {a}|{a} * {a}|{a} / {a}|{a} ** {a}|{a} // {a}|{a} % {a}|{m} @ {m}|{q} @ {v}|{v} @ {v}|{a} @ {a}|-{a}
~{a}|{a} < {a}|{a} == {a}|{i} < {s} < {f}|{i} & {i}|{k} | {k}|{i} << {i}|{s} ** {s}|{i} ** {i}|{f} ** 2|{a} * 2
{a} * 0.5|{a} + 1e10|2 ** {i}|{l} + {l}|{l} * {i}|{a} + {l}|{f} and {i}|{f} if {b} else {i}|-{b}|{b} + {b}|{b} * {a}
max(1, {s})|min(0, {f})|max({f}, {i})|max({i}, {f}, {b})|max([1, {f}])|max({v})|min({l})|max(True, {f})|max(100, {f})
sum({l})|sum({v})|sum({l}, {f})|abs({a})|round({s})|round({s}, {i})|pow({s}, {s})|divmod({s}, {s})|float({s})|int({s})
len({a})|str({i})|list({v})|list({l})|tuple({v})|sorted({v})|list(enumerate({v}))|list(zip({v}, {m}))|sorted({l})
list(reversed({v}))|enumerate({m})|zip({v}, {l})|list(enumerate({v} - {v}))|bool({s})|range({i})|np.sum({a}, axis={i})
np.sum({a}, axis=0)|np.mean({m}, axis=1, keepdims={b})|np.mean({m}, axis=1, keepdims=flag)|np.sum({a}, keepdims=True)
np.sum({a}, dtype=int)|np.sum({a}, axis=empty)|np.sum({t}, axis=(0, 2))|np.sum({t}, {i}, keepdims={b})|{a}.sum()
{m}.sum(axis={i})|{m}.mean(0)|{a}.T|{a}.real|{a}.size|{a}.ndim|{a}.shape|{m}.dtype|{a}.astype(int)|{a}.copy()
{a}.flatten()|{a}.ravel()|{a}.reshape(-1)|{m}.reshape(-1, 2)|{a}.reshape({i}, {i})|{a}.tolist()|{v}.item()|{m}.dot({m})
{a}.transpose()|{t}.transpose(2, 0, 1)|{m}.swapaxes(0, 1)|{a}.squeeze()|{a}.clip(0, {f})|{v}.repeat({i})|{v}.nonzero()
{a}.round({i})|{a}.max()|{a}.argmax()|{m}.diagonal()|{m}.trace()|{v}.take({k})|{a}.conj()|{v}.searchsorted({f})
np.convolve({v}, {v}, "valid")|np.convolve({v}, {v})|np.correlate({v}, {v})|np.arange({f})|np.arange(0.0, {f}, {f})
np.arange({i})|np.arange({i}, {i})|np.arange(5, {i})|np.arange({i}, 10, {i})|np.arange(5)|np.arange(three)
np.diff({v}, 3)|np.diff({v})|np.diff({m}, axis=0)|np.diff({v}, {i})|np.pad({v}, {i})|np.pad({v}, ({i}, {i}))
np.pad({m}, 1)|np.pad({v}, (1, 0))|np.compress({k}, {v})|np.extract({a}, {a})|np.take({v}, np.flatnonzero({k}))
np.take({a}, {k})|np.take({m}, {k}, axis=1)|np.take({m}, {i}, 0)|np.take({v}, {l})|np.delete({v}, {i})
np.delete({v}, {k})|np.unique({a})|np.nonzero({a})|np.bincount({k})|np.bincount({k}, {v})|np.where({a})
np.where({a}, {a}, {a})|np.where({b}, {s}, {s})|np.concatenate(({v}, {v}))|np.concatenate([{m}, {m}], axis={i})
np.concatenate(({v}, {v}, {v}))|np.concatenate([{v}, [{f}]])|np.stack([{v}])|np.stack([{s}, {s}])
np.stack([{m}, {m}], axis={i})|np.vstack([{v}, {v}])|np.vstack(({m}, {v}))|np.hstack([{m}, {m}])
np.column_stack([{v}, {m}])|np.dstack([{v}, {v}])|np.block([[{m}, {m}], [{m}, {m}]])|np.append({v}, {f})
np.append({v}, {v})|np.append({m}, {m}, axis=0)|np.insert({v}, {i}, {f})|np.repeat({v}, 2)|np.repeat({a}, {i})
np.repeat({v}, {k})|np.repeat({v}, [{i}, {i}])|np.repeat(repeats={i}, a={v})|np.tile({a}, 2)|np.tile({v}, ({i}, {i}))
np.tile({m}, (2, 1))|np.outer({a}, {a})|np.roll({a}, {i})|np.roll({m}, {i}, axis=0)|np.flip({a})|np.trim_zeros({v})
np.resize({v}, {i})|np.linspace({s}, {s}, 5)|np.linspace({f}, {f}, {i})|np.linspace(0.0, 1.0, 1)
np.linspace({v}, {v}, 3)|np.linspace({f}, 1.0)|np.zeros({i})|np.zeros((3,))|np.zeros((3,), dtype=int)
np.zeros(3, dtype=np.float32)|np.zeros((1, {i}))|np.zeros({a}.shape)|np.zeros((3,), int)|np.ones((three, 1), order="F")
np.full((3,), 1, dtype=int)|np.full((3,), {s})|np.full(3, {a})|np.full(({i}, 3), {s}, dtype=np.float32)
np.full((3,), {s}, float)|np.full({i}, {s})|np.ones(1)|np.empty((2, 1))|np.eye({i})|np.eye(3)|np.eye({i}, 2)
np.identity(1)|np.tri({i})|np.full_like({a}, {s})|np.zeros_like({a})|np.zeros_like({a}, dtype=int)
np.ones_like({a}, shape=({i},))|np.zeros((*{a}.shape, 3))|np.atleast_1d({a})|np.atleast_2d({a})|np.atleast_3d({a})
np.squeeze({a})|np.squeeze({m}, axis={i})|np.expand_dims({a}, {i})|np.expand_dims({a}, 0)|np.einsum("ii->i", {q})
np.einsum("ij,jk->ik", {m}, {m})|np.einsum("ij->", {m})|np.einsum("ii", {q})|np.einsum("i,j->ij", {v}, {v})
np.reshape({a}, -1)|np.reshape({a}, (2, -1))|np.reshape({a}, (6, -1))|np.reshape({a}, (-1, 1))
np.reshape({a}, ({i}, -1))|np.reshape({a}, {a}.shape)|np.reshape({l}, (1, -1))|np.reshape({s}, (1,))
np.reshape({a}, {i})|np.reshape({a}, (3, 1), "F")|np.broadcast_to({a}, ({i}, {i}))|np.broadcast_to({a}, (2, 3))
np.broadcast_to({a}, {a}.shape)|np.meshgrid({v}, {v})|np.meshgrid({v}, {v}, indexing="ij", sparse={b})|np.diag({v})
np.diag({v}, 1)|np.diag({m})|np.diag({m}, {i})|np.diag({v}, {i})|np.diagonal({m})|np.diagonal({m}, 3)
np.diagonal({t}, {i})|np.trace({m})|np.trace({m}, 1)|np.kron({a}, {a})|np.cross({v}, {v})|np.cross({m}, {m})
np.tensordot({m}, {m}, 1)|np.tensordot({v}, {v}, 0)|np.inner({a}, {a})|np.vdot({v}, {v})|np.cov({m})|np.cov({a})
np.cov({m}, rowvar={b})|np.cov({v}, {v})|np.corrcoef({m})|np.polyfit({v}, {v}, {i})|np.polyval({v}, {a})|np.roots({v})
np.poly({v})|np.interp({a}, {v}, {v})|np.trapezoid({a})|np.percentile({a}, {f})|np.percentile({a}, {v})
np.quantile({a}, 0.5, axis=0, keepdims={b})|np.median({m}, axis={i})|np.average({m}, axis=0, weights={v})
np.gradient({a})|np.cumsum({a})|np.cumsum({m}, axis=0)|np.cumprod({a}, {i})|np.sort({a})|np.sort({m}, axis=None)
np.argsort({a}, axis={i})|np.searchsorted({v}, {a})|np.digitize({a}, {v})|np.histogram({v})|np.histogram({v}, {i})
np.isin({a}, {a})|np.clip({a}, {s}, {s})|np.clip({a}, None, {s})|np.nan_to_num({a})|np.select([{a}], [{a}])
np.choose({k}, [{a}, {a}])|np.rot90({m}, {i})|np.triu({a}, {i})|np.moveaxis({t}, {i}, {i})|np.rollaxis({t}, {i})
np.swapaxes({t}, {i}, {i})|np.transpose({t}, (1, 0, 2))|np.fft.fft({v})|np.fft.rfft({v})|np.split({v}, 2)
np.array_split({v}, {i})|np.array_split({v}, 3)|np.hsplit({m}, 2)|np.argwhere({a})|np.flatnonzero({a})
np.array([{s}, {s}])|np.array([{v}, {v}])|np.array([[{f}, {i}]])|np.array({a}, dtype=float)|np.array({a}, ndmin={i})
np.asarray({l})|np.array([{f}, 1])|np.array([])|np.array([1, 2])|np.array({l})|np.array([{a}, {a}])
np.take_along_axis({m}, {k}, 1)|np.vander({v}, {i})|np.linalg.norm({a})|np.linalg.norm({m}, axis={i}, keepdims={b})
np.linalg.norm({m}, ord=2)|np.linalg.det({q})|np.linalg.inv({q})|np.linalg.solve({q}, {v})|np.linalg.solve({q}, {m})
np.linalg.eig({q})|np.linalg.eigvals({q})|np.linalg.eigh({q})|np.linalg.svd({m})
np.linalg.svd({m}, full_matrices=False)|np.linalg.svd({m}, False, False)|np.linalg.qr({m})
np.linalg.lstsq({m}, {v}, rcond=None)|np.linalg.pinv({m})|np.linalg.cholesky({q})|np.linalg.matrix_power({q}, {i})
np.linalg.multi_dot([{m}, {m}, {m}])|np.linalg.slogdet({q})|np.linalg.cond({q})|np.linalg.tensorsolve({q}, {v})
np.add.reduce({a})|np.add.reduce({m}, axis={i})|np.multiply.outer({a}, {a})|np.add.accumulate({a})
np.add.reduceat({v}, {k})|np.maximum({a}, {a})|np.logaddexp({a}, {a})|np.float64({a})|np.float32({s})
np.float32({a}) * {f}|np.float64({s}) * {a}|np.emath.sqrt({a})|np.real_if_close({a})|np.result_type({a}, {a})
np.shape({a})|np.frexp({a})|np.modf({a})|np.divmod({a}, {a})|math.floor({f})|math.hypot({f}, {f})|math.prod({l})
math.fsum({v})|math.dist({l}, {l})|math.pow({s}, {s})|math.isclose({f}, {f})|{a}[{i}]|{a}[None]|{a}[...]|{a}[()]
{a}[..., None]|{v}[1:]|{v}[::2]|{v}[::-1]|{v}[:]|{v}[::{i}]|{m}[{i}]|{m}[{i}, {i}]|{m}[:, 0]|{m}[:, None]|{m}[..., {i}]
{m}[{i}, ...]|{t}[0, :, 1]|{t}[:, {i}]|{t}[:, [0, 1]]|{t}[[0, 1], :, {i}]|{t}[{i}, [0], :]|{t}[[0], [0, 1]]|{v}[[0]]
{v}[{k}]|{v}[{v} > 0]|{m}[{m} > 0]|{m}[{k}, {k}]|{m}[{k}]|{v}[{b}]|{v}[None, {k}]|{m}[{i}:{i}, 0]|{m}[[{i}, {i}]]
{a}[{a}]|{l}[0]|{l}[{i}]|{l}[1:]|{l}[-1]|[{f}, {a}][{i}]|({f}, {a})[1]|{L}[0]|[{i}, {f}][{i}]|[{f}, 0.5][0]|{l}[{b}]
"""
SIZES = (0, 2, 3, 4, 5, 7)
DTYPES = ("f8", "f8", "f8", "f8", "f4", "i8", "i4", "u1", "?", "c16")
NUMBERS = (float, float, int, bool, np.float64, np.float32, np.int64, np.bool_)
REALS = (0.0, -1.5, 0.25, 1.0, -0.75, 2.0, 3.5, 7.0, 1e4, 1e300, -1e300)
_AMOUNT = 2


def templates() -> list[str]:
    """The templates above, and those that are made for each function that has a rule or is constant."""
    found = [part.strip() for line in TEMPLATES.strip().splitlines() for part in _parts(line)]
    for name in named_functions():
        found.extend(f"{name}({arguments})" for arguments in DEFAULT.split("|"))
    for name in REDUCTIONS.split():
        if hasattr(np, name):
            found.extend(
                f"np.{name}({{a}}, {rest})" for rest in ("axis={i}", "axis=0", "keepdims={b}", "0, keepdims=True")
            )
    return found


def _parts(line: str) -> list[str]:
    return re.split(r"(?<! )\|(?! )", line)


def named_functions() -> Iterator[str]:
    """The dotted names of all functions with a rule and of all constants."""
    modules = {"np": np, "np.linalg": np.linalg, "math": math, "": builtins}
    wanted = {id(p) for rule in registry.all_rules() for p in rule.primitives} | set(registry._CONSTANTS)
    seen = set()
    for prefix, module in modules.items():
        for name in sorted(vars(module)):
            value = getattr(module, name)
            if id(value) in wanted - seen and name not in ("print", "hash", "id", "repr", "format"):
                seen.add(id(value))
                yield f"{prefix}.{name}".lstrip(".")


class Draw:
    """Draws kinds, then values of them: arrays mostly of one size, so that they fit each other."""

    def __init__(self, seed: str) -> None:
        self.random = random.Random(seed)
        self.size = 2

    def kind(self, letter: str) -> Kind:
        pick = self.random.choice
        if letter in "fib":
            return {"f": FLOAT, "i": INT, "b": BOOL}[letter]
        if letter == "s" or (letter == "a" and self.random.random() < 0.2):
            return join(*[Scalar(pick(NUMBERS)) for _ in range(self.random.choice((1, 1, 1, 2, 3)))])
        if letter in "lL":
            item = "s" if letter == "l" else self.random.choice("vm")
            items = tuple(self.kind(item) for _ in range(self.random.randint(1, 3)))
            return Sequence(pick((list, list, tuple)), items, join(*items))
        if letter == "k":
            dims = tuple(pick((False, False, True, None)) for _ in range(pick((1, 1, 1, 2, 0))))
            return Array(dims, np.dtype(pick(("i8", "i8", "?"))))
        rank = {"a": self.random.randint(0, 3), "v": 1, "m": 2, "q": 2, "t": 3}[letter]
        dims = tuple(pick((False, False, True, None)) for _ in range(rank))
        if letter == "a" and self.random.random() < 0.1:
            return Array(None, np.dtype(pick(DTYPES)))
        return Array(dims[:1] * 2 if letter == "q" else dims, np.dtype(pick(DTYPES)))

    def value(self, kind: Kind) -> Any:
        if isinstance(kind, Scalar):
            return self.number(self.random.choice(sorted(kind.types, key=repr)))
        if isinstance(kind, Sequence):
            return kind.type(self.value(item) for item in kind.items or ())
        assert isinstance(kind, Array)
        dims = kind.dims if kind.dims is not None else (None,) * self.random.randint(0, 3)
        chance = self.random.random
        shape = []
        for one in dims:
            size = self.size if chance() < 0.9 else self.random.choice(SIZES)
            shape.append(1 if one or (one is None and chance() < 0.3) else size)
        return self.filled(tuple(shape), kind.dtype)

    def number(self, type_: Any) -> Any:
        if issubclass(type_, (bool, np.bool_)):
            return type_(self.random.random() < 0.5)
        if issubclass(type_, (int, np.integer)):
            return type_(self.random.randint(-3, 7))
        return type_(self.random.choice(REALS) if self.random.random() < 0.6 else self.random.uniform(-3, 3))

    def filled(self, shape: tuple[int, ...], dtype: Any) -> Any:
        count = math.prod(shape)
        if not shape:
            low = 0 if dtype.kind == "u" else -3
            value = self.random.randint(low, 7) if dtype.kind in "iu" else self.number(float)
            return np.array(value).astype(dtype)
        if dtype.kind in "iub":
            low, high = self.random.choice(((0, 1), (0, 1), (0, 0), (1, 1), (0, 7), (-3, 7)))
            values = [self.random.randint(max(low, 0 if dtype.kind == "u" else low), high) for _ in range(count)]
        else:
            choice = self.random.random()
            values = [0.0 if choice < 0.1 else self.random.gauss(0, 1) for _ in range(count)]
            if choice > 0.9 and len(shape) > 1 and shape[0] == shape[1]:
                values = (np.eye(*shape[:2]).reshape(shape[:2] + (1,) * (len(shape) - 2)) * np.ones(shape)).ravel()
        return np.array(values, float).astype(dtype).reshape(shape)


def covers(kind: Kind, value: Any) -> bool:
    """Whether a value is what its kind says."""
    if kind == UNKNOWN:
        return True
    if kind == TEXT:
        return isinstance(value, str)
    if isinstance(kind, Sequence) and kind.type in (zip, enumerate, reversed, range):
        return all(covers(kind.item, item) for item in value)
    if isinstance(kind, Sequence):
        if type(value) is not kind.type or (kind.items is not None and len(value) != len(kind.items)):
            return False
        whole = all(map(covers, kind.items or [kind.item] * len(value), value))
        return whole and all(covers(kind.item, item) for item in value)
    if isinstance(kind, Array) and isinstance(value, np.generic):
        return kind.dims is None and kind.dtype in (None, value.dtype)
    if isinstance(kind, Array):
        if not isinstance(value, np.ndarray) or kind.dtype not in (None, value.dtype):
            return False
        sizes = kind.dims if kind.dims is not None else (None,) * value.ndim
        pairs = zip(sizes, value.shape, strict=False)
        return len(sizes) == value.ndim and all(one is None or one == (n == 1) for one, n in pairs)
    if isinstance(kind, Scalar):
        return type(value) in kind.types
    return join(kind, kind_of(value)) == kind


def mistakes(template: str, draws: int, values: int, seed: str = "") -> tuple[int, list[str]]:
    """How many combinations could be evaluated, and which values are not what their kind says."""
    letters = re.findall(r"\{(\w)\}", template)
    text = re.sub(r"\{\w\}", "{}", template).format(*[f"p{n}" for n in range(len(letters))])
    try:
        node, code = gast.parse(text, mode="eval").body, compile(text, "<template>", "eval")
        eval(re.match(r"[\w.]*", text)[0] or "0", {**NAMESPACE, **{f"p{n}": 0 for n in range(9)}})  # type: ignore[index]
    except AttributeError:
        return 0, []  # this NumPy has it not
    draw = Draw(template + seed)
    done, found = 0, []
    for _ in range(draws):
        kinds = {f"p{n}": draw.kind(letter) for n, letter in enumerate(letters)}
        inferred = Inference(Scope(NAMESPACE, set(kinds), dict(kinds))).kind(node)
        if inferred == UNKNOWN:
            continue
        for _ in range(values):
            draw.size = draw.random.choice(SIZES)
            given = {name: draw.value(kind) for name, kind in kinds.items()}
            try:
                result = eval(code, {**NAMESPACE, **given})
            except Exception:
                continue
            if type(result) is complex and not any(isinstance(v, complex) for v in given.values()):
                continue  # the root of a negative number
            done += 1
            if not covers(inferred, result):
                found.append(f"{text} is {inferred}, not {result!r}, for {kinds}: {given}")
                break
    return done, found


def run(amount: int, seed: str = "") -> tuple[int, list[str]]:
    """All templates."""
    done, found = 0, []
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        for template in templates():
            count, wrong = mistakes(template, 2 * amount, 6, seed)
            done, found = done + count, found + wrong
    return done, found


def test_kinds_cover_values() -> None:
    done, found = run(_AMOUNT)
    assert not found, f"{len(found)} of {done}:\n" + "\n".join(found[:20])
    assert done > 30_000


if __name__ == "__main__":
    total, wrong = run(int(sys.argv[1]), *sys.argv[2:])
    print("\n".join(wrong))
    print(total, "combinations,", len(wrong), "mistakes")
