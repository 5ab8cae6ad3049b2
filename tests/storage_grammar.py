"""Random programs about storage: views, aliases, stores, calls that change what they are given.

Every program defines ``f(x, w, s, n, flag)`` with a vector of 4, a matrix of 3 x 4, a float, an int and a bool, and
returns a number.  None raises, none warns; all values stay bounded: what is assigned is never larger than its
operands, what is added is at most 0.4 or a part of a name.  Tests look at counters, at integers and lengths, or at a
value through ``far``, which is rarely near its tie; so nearly every program is smooth at its arguments.

``program_of(seed)`` makes one from a seed, ``programs()`` is the strategy of hypothesis that shrinks what fails.
"""

from __future__ import annotations

import hashlib
import random
import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any, Protocol, TypeVar

import numpy as np
from hypothesis import strategies as st

T = TypeVar("T")
Shape = tuple[int, ...]
NUMBER: Shape = ()
VECTOR: Shape = (4,)
MATRIX: Shape = (3, 4)

# What may be switched off; the rest is creations, stores to elements and slices, reads, and the result.
ALL = frozenset(
    {
        "aliases",  # b = a, c = a if n > 2 else b, a = b = np.zeros(4)
        "augmented",  # a += e, a[i] *= e
        "branches",  # if, elif, else
        "calls",  # the helpers of the header
        "dicts",
        "exits",  # break, continue, return inside of loops and branches
        "fancy",  # a[[0, 2, 0]] = e
        "helpers",  # more helpers, with random bodies (needs calls)
        "indices",  # arrays of integers or of bools, and integers, that change after they were used
        "lists",
        "loops",  # for i in range(n)
        "masks",  # a[np.arange(4) < n] = e
        "objects",  # Box(...), SimpleNamespace(...), their attributes and methods
        "matrices",  # the matrix is read anyway, but none is made or stored to
        "out",  # out=, np.copyto, fill, np.add.at, np.put
        "overlap",  # a[1:] = a[:-1]
        "parameter",  # stores into x and w, or into what is a view of them
        "rows",  # for row in m
        "swaps",  # a, b = b, a and a[0], a[1] = a[1], a[0]
        "tuples",
        "views",
        "while",
        "zero",  # arrays without dimensions
    }
)


# A program has some of these more often than the others: three kinds of statements meet more often than twenty.
THEMES = frozenset({"aliases", "augmented", "calls", "dicts", "exits", "fancy", "indices", "lists", "loops", "masks"})
THEMES |= {"objects"}
THEMES |= {"out", "overlap", "rows", "swaps", "tuples", "views", "while", "zero"}


class Source(Protocol):
    """Where the choices come from."""

    def integer(self, low: int, high: int) -> int:
        """Choose a number; ``low`` is the simplest."""


class RandomSource:
    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def integer(self, low: int, high: int) -> int:
        return self.random.randint(low, high)


class DrawnSource:
    def __init__(self, draw: Callable[[st.SearchStrategy[Any]], Any]) -> None:
        self.draw = draw

    def integer(self, low: int, high: int) -> int:
        return int(self.draw(st.integers(low, high)))


@dataclass(frozen=True)
class StorageProgram:
    """A module's text, the name to import it by, arguments for its ``f``, and which productions made it."""

    text: str
    name: str
    args: tuple[Any, ...]
    productions: tuple[str, ...] = field(default=(), compare=False)

    def arguments(self) -> tuple[Any, ...]:
        """Return the arguments, arrays copied: ``f`` may change them."""
        return tuple(value.copy() if isinstance(value, np.ndarray) else value for value in self.args)


# The header: helpers are there if they are called.

HELPERS = {
    "far": """\
def far(z):
    return math.floor(3.0 * z + 0.137) % 2 == 0
""",
    "smooth": """\
def smooth(p):
    return 0.7 * np.sin(p)
""",
    "blend": """\
def blend(p, q):
    r = np.zeros_like(p)
    r[...] = 0.5 * p
    r += 0.4 * np.sin(q)
    return r
""",
    "running": """\
def running(p):
    r = np.empty_like(p)
    last = 0.3
    for k in range(len(p)):
        last = np.tanh(last + p[k])
        r[k] = last
    return r
""",
    "shrink": """\
def shrink(p, t):
    p *= np.tanh(t)
""",
    "damp": """\
def damp(p):
    p[1:] = 0.5 * (p[1:] + p[:-1])
    return p
""",
    "bump": """\
def bump(p, k, t):
    p[k % len(p)] += 0.4 * np.sin(t)
""",
    "whole": """\
def whole(p):
    return p
""",
    "tail": """\
def tail(p):
    return p[1:]
""",
    "turned": """\
def turned(p):
    return p[::-1]
""",
    "either": """\
def either(p, q, k):
    if k > 2:
        return p
    return q
""",
    "maybe": """\
def maybe(p, k):
    return p if k % 2 == 0 else p.copy()
""",
    "feed": """\
def feed(p, q):
    p += 0.4 * np.sin(q)
    q *= 0.8
    return 0.5 * (p + q)
""",
    "ends": """\
def ends(p):
    return p[:2], p[-2:]
""",
    "push": """\
def push(rows, p):
    rows.append(p)
""",
    "spoil": """\
def spoil(rows, t):
    rows[0][1] = t
    rows[-1] *= 0.7
""",
    "replace": """\
def replace(numbers, t):
    numbers[0] = np.sin(t)
    return numbers
""",
    "enter": """\
def enter(table, p):
    table["u"] = p
    return table["v"]
""",
}

CLASSES = {
    "Box": """\
class Box:
    rate = 0.5

    def __init__(self, v, t):
        self.v = v
        self.t = t
        self.n = 0

    def step(self, p):
        self.n += 1
        self.t = 0.5 * (self.t + np.sin(p[0]))
        self.v *= 0.8
        return self.t

    def read(self, k):
        if k > 2:
            return np.sum(self.v) / 4.0
        return self.t * self.rate

    def merge(self, other):
        self.v = 0.5 * (self.v + other.v)
        other.t = np.sin(self.t)
        return self

    def held(self):
        return self.v

    @property
    def total(self):
        return 0.25 * np.sum(self.v) + 0.5 * self.t
""",
    "Pod": """\
class Pod(Box):
    rate = 0.9

    def __init__(self, v, t):
        super().__init__(v, t)
        self.log = []

    def step(self, p):
        self.log.append(self.t)
        if len(self.log) > 2:
            return 0.9 * self.log[0]
        return 0.5 * super().step(p) + 0.3
""",
}

# Regions of arrays, as what is written after their name.  {c} is an integer that is not negative, {k} the length of
# the last axis, {r} that of the first; a region that an array of some shape does not have is never chosen for it.

ELEMENTS = ["[0]", "[1]", "[-1]", "[2]", "[{c} % {k}]", "[-1 - {c} % {k}]"]
ELEMENTS_2 = ["[0, 1]", "[-1, 2]", "[1][2]", "[2, -1]", "[{c} % {r}, 1]", "[0, {c} % {k}]", "[{c} % {r}][-1]"]
SLICES = ["[1:]", "[:2]", "[::2]", "[::-1]", "[1:3]", "[-2:]", "[:]", "[...]", "[:-1]", "[2::-1]", "[::-2]", "[1:-1]"]
SLICES += ["[{c} % 3:{c} % 3 + 2]", "[1:][::-1]"]
SLICES_2 = ["[0]", "[1]", "[-1]", "[{c} % {r}]", "[:, 0]", "[:, -1]", "[:, {c} % {k}]", "[1:]", "[::-1]", "[:, ::-1]"]
SLICES_2 += ["[:, 1:3]", "[::2, 1:]", "[0, 1:]", "[..., 1]", "[:]", "[...]", "[::-1, ::-1]", "[:2, :2]", "[1, :]"]
SLICES_2 += ["[1][1:]", "[{c} % {r}, ::2]"]
# The same, through views that have no name; as the target of a store only if there are views.
DEEP = [".ravel()[1:3]", ".reshape(-1)[1]", ".reshape(-1)[::2]", ".T[1]", ".T[...]", ".T[1:3]", ".T[0][1:]"]
DEEP += [".T.ravel()[:2]", ".T[::-1]", ".view()[1:]"]
FANCY = ["[[0, 2]]", "[[0, 2, 0]]", "[np.array([1, 1, 3])]", "[[3, 0, 1, 2]]", "[[-1, 0]]", "[np.arange(3)]"]
FANCY_2 = ["[[0, 2]]", "[[0, 0]]", "[[0, 2], [1, 3]]", "[[1, 1], [2, 2]]", "[:, [3, 0]]", "[1, [0, 2]]", "[[2, 0], 1:]"]
FANCY_2 += ["[np.ix_([0, 2], [1, 3])]", "[[[0], [2]], [1, 3]]", "[{c} % {r}, [0, 0, 1]]", "[[1, 0, 2]]"]
VIEWS = ["{}[1:]", "{}[::-1]", "{}[:2]", "{}[::2]", "{}[:]", "{}[...]", "np.asarray({})", "{}.view()", "{}[:, None]"]
VIEWS += ["{}[..., None]", "{}[None]", "{}.reshape(2, 2)", "{}.reshape(-1)", "{}.ravel()", "{}.T", "{}[-3:]"]
VIEWS += ["{}.reshape(3, 4)", "np.flip({})", "np.atleast_2d({})", "np.expand_dims({}, 0)", "{}[{c} % 3:{c} % 3 + 2]"]
VIEWS += ["{}.astype(float, copy=False)", "np.reshape({}, (2, -1))", "{}[1:][::-1]"]
VIEWS_2 = [
    "{}[0]",
    "{}[1]",
    "{}[:, 0]",
    "{}[:, 1]",
    "{}[1:]",
    "{}.T",
    "{}[::-1]",
    "{}[:, ::-1]",
    "{}[-1]",
    "{}.ravel()",
]
VIEWS_2 += ["{}.reshape(-1)", "{}[:, 1:3]", "{}[::2, 1:]", "{}[{c} % {r}]", "{}.T[1]", "{}.T.ravel()", "{}[0, 1:]"]
VIEWS_2 += ["{}.reshape(4, 3)", "np.transpose({})", "np.asarray({})", "{}[...]", "{}.swapaxes(0, 1)", "np.ravel({})"]
VIEWS_2 += ["{}[1][::-1]", "{}[..., -1]", "{}.reshape(2, -1)", "{}.T[::-1].T", "np.squeeze({})"]

POOLS: dict[Shape, tuple[str, ...]] = {
    NUMBER: ("t", "u"),
    VECTOR: ("a", "b", "c", "d"),
    MATRIX: ("m", "g"),
}
LISTS = {"vectors": ("rows", "stack"), "numbers": ("nums", "vals"), "nested": ("grid", "lines")}
DICTS = {"vectors": ("table", "other"), "numbers": ("sums", "counts"), "mixed": ("state", "record")}
OBJECTS = {"space": ("spot", "site"), "Box": ("box", "unit"), "Pod": ("pod", "hull")}
FIELDS = (("v", VECTOR), ("t", NUMBER))
MIXED = (("v", VECTOR), ("g", MATRIX), ("t", NUMBER))


@cache
def region_shape(template: str, shape: Shape) -> Shape | None:
    """The shape of what ``template`` says about an array, or None if there is no such region, or an odd one."""
    rows, columns = (shape[0], shape[-1]) if shape else (1, 1)
    names = {"np": np, "A": np.ones(shape)}
    found = set()
    for count in range(4 if "{c}" in template else 1):
        try:
            found.add(np.shape(eval(template.format("A", c=count, r=rows, k=columns), names)))
        except (IndexError, ValueError):
            return None
    known = found.pop()
    return known if not found and 0 not in known and len(known) <= 2 else None


def broadcasts(shape: Shape, target: Shape) -> bool:
    try:
        return np.broadcast_shapes(shape, target) == target
    except ValueError:
        return False


@dataclass(frozen=True)
class Result:
    """What a function returns: "number", "array", "alias", "view", "none" or "tuple"."""

    kind: str
    shape: Shape = NUMBER
    second: Shape = NUMBER


@dataclass(frozen=True)
class Helper:
    name: str
    parameters: tuple[Shape | str | None, ...]  # a kind of list; or None: an integer
    result: Result


@dataclass
class Scope:
    """What is surely bound at a place."""

    shapes: dict[str, Shape]
    kept: frozenset[str]  # the caller's arrays, where these may not change
    outer: frozenset[str]  # names that live longer than the block
    tests: tuple[str, ...]
    result: Result
    depth: int = 1
    zeros: dict[str, None] = field(default_factory=dict)
    lists: dict[str, str] = field(default_factory=dict)
    dicts: dict[str, str] = field(default_factory=dict)
    objects: dict[str, str] = field(default_factory=dict)
    tuples: dict[str, tuple[Shape, ...]] = field(default_factory=dict)
    indices: dict[str, None] = field(default_factory=dict)
    masks: dict[str, None] = field(default_factory=dict)
    counters: tuple[str, ...] = ()
    looping: bool = False  # break and continue may be written
    hot: bool = False  # may run often: nothing may grow by a factor
    frozen: bool = False  # no list or dict may grow, shrink or be replaced

    def inner(self, **changes: Any) -> Scope:
        copied = replace(self, depth=self.depth + 1, **changes)
        if self.depth == 1:
            copied.outer = frozenset(self.shapes)
        for name in ("shapes", "zeros", "lists", "dicts", "objects", "tuples", "indices", "masks"):
            setattr(copied, name, dict(getattr(copied, name)))
        return copied

    def meet(self, first: Scope, second: Scope) -> None:
        """Bind what both branches bound."""
        for name in ("shapes", "zeros", "lists", "dicts", "objects", "tuples", "indices", "masks"):
            one, other = getattr(first, name), getattr(second, name)
            setattr(self, name, {key: kind for key, kind in one.items() if other.get(key, self) == kind})


Reference = tuple[str, Shape]
Form = tuple[str, int, tuple[str, ...]]

STATEMENTS: list[Form] = [
    ("assign", 3, ()),
    ("store", 12, ()),
    ("create", 3, ()),
    ("augment_element", 6, ("augmented",)),
    ("augment_name", 6, ("augmented",)),
    ("alias", 5, ("aliases",)),
    ("view", 8, ("views",)),
    ("recurrence", 2, ("loops",)),
    ("store_fancy", 3, ("fancy",)),
    ("store_mask", 3, ("masks",)),
    ("store_overlap", 4, ("overlap",)),
    ("out", 5, ("out",)),
    ("mutate", 5, ("out",)),
    ("swap_names", 2, ("swaps",)),
    ("swap_elements", 3, ("swaps",)),
    ("call", 6, ("calls",)),
    ("call_random", 6, ("calls", "helpers")),
    ("call_inside", 2, ("calls",)),
    ("make_list", 4, ("lists",)),
    ("change_list", 8, ("lists",)),
    ("use_list", 3, ("lists",)),
    ("make_dict", 2, ("dicts",)),
    ("change_dict", 4, ("dicts",)),
    ("make_object", 3, ("objects",)),
    ("change_object", 8, ("objects",)),
    ("make_tuple", 2, ("tuples",)),
    ("unpack", 1, ("tuples",)),
    ("zero", 2, ("zero",)),
    ("index_state", 3, ("indices",)),
    ("mask_state", 2, ("indices", "masks")),
    ("number_state", 2, ()),
    ("if", 3, ("branches",)),
    ("if_else", 3, ("branches",)),
    ("elif", 1, ("branches",)),
    ("for", 5, ("loops",)),
    ("for_else", 1, ("loops",)),
    ("for_rows", 3, ("loops", "rows")),
    ("for_names", 2, ("loops", "aliases")),
    ("for_list", 2, ("loops", "lists")),
    ("for_dict", 1, ("loops", "dicts")),
    ("while", 3, ("while",)),
    ("while_pop", 2, ("while", "lists")),
    ("leave", 4, ("exits",)),
]
BLOCKS = {"if", "if_else", "elif", "for", "for_else", "for_rows", "for_names", "for_list", "for_dict", "while"}
BLOCKS |= {"while_pop", "recurrence"}


@dataclass
class Writer:
    """Writes one function, statement by statement."""

    source: Source
    features: frozenset[str]
    used: dict[str, None] = field(default_factory=dict)  # the fixed helpers that are called
    helpers: list[Helper] = field(default_factory=list)  # the random ones
    productions: Counter[str] = field(default_factory=Counter)
    lines: list[str] = field(default_factory=list)
    fresh_names: dict[str, Shape] = field(default_factory=dict)
    themes: frozenset[str] = frozenset()  # features that this program has more of
    counted: int = 0
    budget: int = 20

    # Choices.

    def pick(self, *options: T) -> T:
        return options[self.source.integer(0, len(options) - 1)]

    def chance(self, one_in: int) -> bool:
        """True once in so many times; False is simpler."""
        return self.source.integer(0, one_in - 1) == one_in - 1

    def choose(self, kind: str, options: Sequence[tuple[str, T]]) -> T:
        label, value = self.pick(*options)
        self.productions[f"{kind}: {label}"] += 1
        return value

    def has(self, *features: str) -> bool:
        return self.features.issuperset(features)

    def write(self, scope: Scope, text: str) -> None:
        self.lines.append("    " * scope.depth + text)

    def helper(self, name: str) -> str:
        self.used[name] = None
        self.productions[f"helper: {name}"] += 1
        return name

    # Names.

    def new_name(self, scope: Scope, shape: Shape, anything: bool = False) -> str:
        """A name for an array or number of a shape; it always has this shape.  Bound ones are preferred late."""
        pool: list[str] = list(POOLS.get(shape, ()))
        if not pool:
            pool = [name for name, known in self.fresh_names.items() if known == shape]
            if not pool or (len(pool) < 2 and self.chance(2)):
                name = f"v{len(self.fresh_names) + 1}"
                self.fresh_names[name] = shape
                pool = [name]
        unbound = [name for name in pool if name not in scope.shapes]
        bound = [name for name in pool if name in scope.shapes]
        if scope.depth > 1 and scope.outer.intersection(bound) and not self.chance(3):
            return self.pick(*[name for name in bound if name in scope.outer])  # what is bound here is lost soon
        if unbound and not anything and not self.chance(5):
            return unbound[0]
        if shape in (VECTOR, MATRIX) and self.has("parameter") and scope.kept == frozenset() and self.chance(8):
            mine = "x" if shape == VECTOR else "w"
            if mine in scope.shapes:
                return mine
        return self.pick(*pool)

    def counter(self) -> str:
        self.counted += 1
        return f"i{self.counted}"

    def fill(self, template: str, text: str, shape: Shape, scope: Scope) -> str | None:
        """Write a template about an array; None if it needs an integer and there is none."""
        count = ""
        if "{c}" in template:
            if not scope.counters:
                return None
            count = self.pick(*reversed(scope.counters))
        rows, columns = (shape[0], shape[-1]) if shape else (1, 1)
        return template.format(text, c=count, r=rows, k=columns)

    # References: what can be stored into, or read, and has a known shape.

    def references(self, scope: Scope, owned: bool = True, names_only: bool = False) -> list[Reference]:
        """All arrays; only those that may change if ``owned``."""
        found = [(name, shape) for name, shape in scope.shapes.items() if shape and not (owned and name in scope.kept)]
        if names_only:
            return found
        for name, kind in scope.lists.items():
            if kind == "vectors":
                found += [(f"{name}[0]", VECTOR), (f"{name}[-1]", VECTOR)]
                found += [(f"{name}[{count} % 2]", VECTOR) for count in scope.counters[-1:]]
        for name, kind in scope.dicts.items():
            if kind == "vectors":
                found += [(f'{name}["u"]', VECTOR), (f'{name}["v"]', VECTOR)]
            elif kind == "mixed":
                found += [(f'{name}["{key}"]', shape) for key, shape in MIXED if shape]
        for name in scope.objects:
            found += [(f"{name}.v", VECTOR)]
        for name, shapes in scope.tuples.items():
            found += [(f"{name}[{place}]", shape) for place, shape in enumerate(shapes) if shape]
        return found

    def reference(self, scope: Scope, shape: Shape | None = None, owned: bool = True) -> Reference | None:
        found = [one for one in self.references(scope, owned) if shape is None or one[1] == shape]
        if not found:
            return None
        # Late ones are more often views and aliases.
        return self.pick(*found, *found[-3:])

    def name(self, scope: Scope, shape: Shape, owned: bool = True) -> str | None:
        found = [one for one, known in self.references(scope, owned, names_only=True) if known == shape]
        return self.pick(*found) if found else None

    def numbers(self, scope: Scope) -> list[str]:
        found = [name for name, shape in scope.shapes.items() if not shape]
        found += list(scope.zeros)
        for name, kind in scope.lists.items():
            if kind == "numbers":
                found += [f"{name}[0]", f"{name}[-1]"]
            elif kind == "nested":
                found += [f"{name}[0][1]", f"{name}[-1][0]"]
        for name, kind in scope.dicts.items():
            if kind == "numbers":
                found += [f'{name}["u"]', f'{name}["v"]']
            elif kind == "mixed":
                found += [f'{name}["t"]']
        for name in scope.objects:
            found += [f"{name}.t"]
        for name, shapes in scope.tuples.items():
            found += [f"{name}[{place}]" for place, shape in enumerate(shapes) if not shape]
        return found

    def regions(self, text: str, shape: Shape, kinds: Iterable[str], scope: Scope) -> list[tuple[str, Reference]]:
        """Regions of an array with their shapes, each with its template as label; ``kinds`` are names of tables."""
        tables = {
            "elements": (ELEMENTS, ELEMENTS_2),
            "slices": (SLICES, SLICES_2),
            "deep": (DEEP, DEEP),
            "fancy": (FANCY, FANCY_2),
        }
        found = []
        for kind in kinds:
            for template in tables[kind][len(shape) - 1]:
                known = region_shape("{}" + template, shape)
                if known is None or (kind == "elements" and known) or ("{c}" in template and not scope.counters):
                    continue
                if kind == "slices" and not known:
                    continue
                filled = self.fill("{}" + template, text, shape, scope) if "{c}" in template else None
                found.append((template, (filled or ("{}" + template).format(text), known)))
        if "fancy" in kinds and self.has("indices") and shape[0] >= 3:
            for name in scope.indices:
                found += [("[ix]", (f"{text}[{name}]", (3, *shape[1:])))] * 4
        return found

    # Expressions: smooth, and bounded by the largest of their operands.

    def readable(self, scope: Scope, shape: Shape) -> list[str]:
        """All simple expressions of a shape; they may be views of what is read."""
        if not shape:
            return [*self.numbers(scope)]
        found = []
        for text, known in self.references(scope, owned=False):
            if known == shape:
                found.append(text)
        return found

    def atom(self, scope: Scope, shape: Shape) -> str:
        found = self.readable(scope, shape)
        if not shape and self.chance(4):
            counts = [f"(0.1 * {name})" for name in scope.counters]
            return self.pick("0.5", "1.3", "-0.7", *counts)
        if found and not self.chance(3):
            return self.pick(*found, *found[-2:])
        parts = []
        for text, known in self.references(scope, owned=False):
            for template in [*ELEMENTS[:4], *ELEMENTS_2[:4]] if not shape else [*SLICES[:11], *SLICES_2[:17], ".T"]:
                if region_shape("{}" + template, known) == shape and "{c}" not in template:
                    parts.append(text + template)
            if not shape and scope.counters and known:
                count = scope.counters[-1]
                element = f"[{count} % {known[0]}]" if len(known) == 1 else f"[{count} % {known[0]}, 0]"
                parts += [text + element] * 2
        if parts:
            return self.pick(*parts)
        if found:
            return self.pick(*found)
        if not shape:
            return self.pick("0.5", "1.3")
        return f"np.full({shape!r}, {self.atom(scope, NUMBER)})"

    def expression(self, scope: Scope, shape: Shape, depth: int = 2) -> str:
        if depth <= 0 or self.source.integer(0, 3) == 0:
            return self.atom(scope, shape)
        return self.fresh(scope, shape, depth)

    def operand(self, scope: Scope, shape: Shape, depth: int) -> str:
        """An expression that broadcasts to a shape."""
        if shape and self.chance(4):
            return self.expression(scope, NUMBER, depth)
        if len(shape) == 2 and self.chance(4):
            return self.expression(scope, shape[1:], depth)
        return self.expression(scope, shape, depth)

    def fresh(self, scope: Scope, shape: Shape, depth: int = 2) -> str:
        """An expression whose value is no array that has a name, nor a view of one."""
        forms = ["scaled", "half_sum", "sin", "product", "tanh", "difference", "quotient", "cos", "power"]
        forms += ["reduced", "reduced", "where"]
        if not shape:
            forms += ["math", "ternary"]
        if self.has("calls"):
            forms += ["pure"]
        form = self.pick(*forms)
        if form == "where" and not (shape and self.has("masks")):
            form = "reduced"
        if form == "reduced":
            found = self.reduced(scope, shape, depth - 1)
            if found:
                return self.choose("read", found)
            form = "half_sum"
        self.productions[f"expression: {form}"] += 1
        left = self.expression(scope, shape, depth - 1)
        if form == "scaled":
            return f"{self.pick('0.5', '-0.8', '0.9')} * {bracket(left)}"
        if form in ("sin", "tanh", "cos"):
            return f"np.{form}({left})"
        if form == "math":
            return f"math.{self.pick('sin', 'tanh')}({left})"
        if form == "power":
            return f"np.sin({left}) ** {self.pick('2', '3')}"
        if form == "ternary":
            return f"({left} if {self.test(scope)} else {self.atom(scope, NUMBER)})"
        if form == "where":
            mask = self.mask(scope, shape)
            return f"np.where({mask}, {left}, {self.operand(scope, shape, depth - 1)})"
        if form == "pure":
            name = self.pick("smooth", "blend", "running") if shape else "smooth"
            if name == "blend":
                return f"{self.helper('blend')}({left}, {self.operand(scope, shape, 0)})"
            return f"{self.helper(name)}({left})"
        right = self.operand(scope, shape, depth - 1)
        if form == "half_sum":
            return f"0.5 * ({left} + {bracket(right)})"
        if form == "difference":
            return f"0.5 * ({left} - {bracket(right)})"
        if form == "product":
            return f"np.sin({right}) * {bracket(left)}"
        assert form == "quotient"
        return f"{bracket(left)} / (2.0 + {bracket(right)} ** 2)"

    def reduced(self, scope: Scope, shape: Shape, depth: int) -> list[tuple[str, str]]:
        """Expressions of a shape from arrays of other shapes: one of each that there is."""
        found: list[tuple[str, str]] = []
        arrays = self.references(scope, owned=False)
        if not arrays:
            return found
        text, known = self.pick(*arrays)
        if not shape:
            size = int(np.prod(known))
            inner = self.expression(scope, known, depth) if self.chance(2) else text
            found += [("sum", f"np.sum({inner}) / {size}.0"), ("mean", f"{bracket(inner)}.mean()")]
            if len(known) == 1:
                found += [("dot", f"np.dot(np.sin({text}), {self.expression(scope, known, depth)}) / {size}.0")]
            return found
        if len(shape) == 1:
            for text, known in arrays:
                if len(known) == 2 and known[1] == shape[0]:
                    found += [("sum over rows", f"{text}.sum(axis=0) / {known[0]}.0")]
                    found += [("mean of rows", f"np.mean({text}, axis=0)")]
                    if known[0] in (3, 4):
                        found += [("v @ m", f"(np.sin({self.atom(scope, known[:1])}) @ {text}) / {known[0]}.0")]
                if len(known) == 2 and known[0] == shape[0]:
                    found += [("sum over columns", f"{text}.sum(axis=1) / {known[1]}.0")]
                    if known[1] in (3, 4):
                        found += [("m @ v", f"(np.sin({text}) @ {self.atom(scope, known[1:])}) / {known[1]}.0")]
            inner = self.atom(scope, shape)
            found += [("cumsum", f"np.cumsum({inner}) / {shape[0]}.0")]
            if shape == VECTOR:
                halves = [self.atom(scope, (2,)), self.atom(scope, (2,))]
                found += [("concatenate", f"np.concatenate([{halves[0]}, {halves[1]}])")]
                four = ", ".join(self.atom(scope, NUMBER) for _ in range(4))
                found += [("array", f"np.array([{four}])")]
            return found
        if shape == MATRIX:
            three = ", ".join(self.atom(scope, VECTOR) for _ in range(3))
            found += [("stack", f"np.stack([{three}])"), ("array of rows", f"np.array([{three}])")]
            found += [("outer", f"np.sin(np.outer({self.atom(scope, (3,))}, {self.atom(scope, VECTOR)}))")]
            found += [("broadcast", f"0.5 * ({self.atom(scope, (3,))}[:, None] + {self.atom(scope, VECTOR)})")]
        return found

    def test(self, scope: Scope) -> str:
        """A condition that no small change of the differentiated arguments can turn."""
        options = [*scope.tests]
        for name in scope.counters:
            if name.startswith("i"):
                options += [f"{name} > 0", f"{name} == 1", f"{name} % 2 == 0"]
        options += [f"len({name}) > 2" for name in scope.lists]
        options += [f"{name}[1]" for name in scope.masks]
        options += [f"{name}[0] == 0" for name in scope.indices]
        options += ["far"]
        option = self.pick(*options)
        if option == "far":
            return f"{self.helper('far')}({self.atom(scope, NUMBER)})"
        return option

    def mask(self, scope: Scope, shape: Shape) -> str:
        """An array of bools that selects from an array of a shape, or from rows of it."""
        size = shape[-1]
        options = [("arange", f"np.arange({size}) % 2 == 0")]
        if len(shape) == 1:
            bits = [str(place != 1) for place in range(size)]
            options += [("display", f"np.array([{', '.join(bits)}])")]
        if scope.counters:
            options += [("count", f"np.arange({size}) < {self.pick(*scope.counters)}")]
        if size == 4 and scope.masks and self.has("indices"):
            options += [("state", self.pick(*scope.masks))] * 2
        found = [text for text, known in self.references(scope, owned=False) if known == shape]
        if found:
            options += [("value", f"{self.pick(*found)} > 0.137")] * 2
        return self.choose("mask", options)

    # Statements.

    def block(self, scope: Scope, least: int = 1) -> None:
        for _ in range(self.source.integer(least, 3)):
            self.statement(scope)

    def statement(self, scope: Scope) -> None:
        self.budget -= 1
        names: list[str] = []
        bound = {"lists": scope.lists, "dicts": scope.dicts, "tuples": scope.tuples, "zero": scope.zeros}
        bound["objects"] = scope.objects
        bound["indices"] = {**scope.indices, **scope.masks}
        for name, weight, needed in STATEMENTS:
            if not self.has(*needed) or (name in BLOCKS and (self.budget <= 1 or scope.depth > 3)):
                continue
            if self.themes.intersection(needed):
                weight *= 3
            # What exists is used more often than another one is made.
            if any(bound.get(feature) for feature in needed) and not name.startswith("make"):
                weight *= 4
            names += [name] * weight
        form = self.pick(*names)
        getattr(self, f"do_{form}")(scope)

    def count(self, production: str) -> None:
        self.productions[production] += 1

    def do_assign(self, scope: Scope) -> None:
        shape = self.pick(VECTOR, MATRIX, NUMBER) if self.has("matrices") else self.pick(VECTOR, NUMBER)
        self.count("assign")
        text = self.fresh(scope, shape)
        self.bind(scope, shape, text)

    def bind(self, scope: Scope, shape: Shape, text: str, anything: bool = False) -> str:
        name = self.new_name(scope, shape, anything)
        self.write(scope, f"{name} = {text}")
        scope.shapes[name] = shape
        return name

    def do_number_state(self, scope: Scope) -> None:
        self.count("number state")
        name = self.pick(*[one for one, shape in scope.shapes.items() if not shape], "t")
        if name in scope.shapes and self.has("augmented") and self.chance(2):
            self.write(scope, f"{name} {self.change(scope, NUMBER)}")
        else:
            self.write(scope, f"{name} = {self.fresh(scope, NUMBER)}")
            scope.shapes[name] = NUMBER

    def do_create(self, scope: Scope) -> None:
        shape = MATRIX if self.has("matrices") and self.chance(3) else VECTOR
        size = repr(shape) if len(shape) == 2 else str(shape[0])
        same = [text for text, known in self.references(scope, owned=False) if known == shape]
        same = same or [f"np.ones({size})"]
        like = self.pick(*same)
        options = [
            ("zeros", f"np.zeros({size})"),
            ("copy", f"{like}.copy()"),
            ("times", f"{like} * 2.0" if not scope.hot else f"{like} * 0.9"),
            ("zeros_like", f"np.zeros_like({like})"),
            ("ones", f"np.ones({size})"),
            ("full", f"np.full({size}, {self.atom(scope, NUMBER)})"),
            ("np.copy", f"np.copy({like})"),
            ("np.array", f"np.array({like})"),
            ("astype", f"{like}.astype(float)"),
            ("zeros of shape", f"np.zeros({like}.shape)"),
            ("full_like", f"np.full_like({like}, {self.pick('0.5', '-0.3')})"),
            ("empty", f"np.empty({size})"),
            ("empty_like", f"np.empty_like({like})"),
        ]
        if len(shape) == 1:
            options += [("zeros of length", f"np.zeros(len({like}))"), ("arange", f"np.arange({size}.0) * 0.2")]
            options += [("flatten", f"{like}.flatten()")]
        text = self.choose("create", options)
        value = self.expression(scope, shape, 1) if "empty" in text else ""
        name = self.bind(scope, shape, text)
        if "empty" in text:
            how = self.pick("store", "each", "fill") if self.has("out") else self.pick("store", "each")
            if how == "fill":
                number = self.atom(scope, NUMBER)
                self.write(scope, f"{name}.fill({number if not reads(number, name) else '0.6'})")
            elif how == "store" or not self.has("loops") or reads(value, name):
                value = value if not reads(value, name) else "0.3"
                self.write(scope, f"{name}[:] = {value}")
            else:
                count = self.counter()
                self.write(scope, f"for {count} in range({shape[0]}):")
                inner = scope.inner(counters=(*scope.counters, count))
                element = self.expression(inner, shape[1:], 1)
                self.write(inner, f"{name}[{count}] = {element if not reads(element, name) else '0.5'}")

    def do_recurrence(self, scope: Scope) -> None:
        name = self.name(scope, VECTOR)
        if name is None:
            return self.do_create(scope)
        self.count("recurrence")
        count = self.counter()
        inner = scope.inner(counters=(*scope.counters, count), hot=True)
        forward = self.pick(True, False)
        self.write(scope, f"for {count} in range({'1, 4' if forward else '2, -1, -1'}):")
        near = f"{name}[{count} {'-' if forward else '+'} 1]"
        operator = self.pick("=", "+=") if self.has("augmented") else "="
        other = self.expression(inner, NUMBER, 1)
        self.write(inner, f"{name}[{count}] {operator} 0.4 * np.sin({near} + {bracket(other)})")
        return None

    # Stores.

    def value(self, scope: Scope, shape: Shape) -> str:
        """A value to be stored into a region: of its shape, or one that broadcasts to it."""
        options = ["expression", "number", "name", "constant"]
        option = self.pick(*options, *options[:3], *options[:3])
        self.productions[f"value: {option}"] += 1
        if option == "constant":
            return self.pick("0.0", "0.7", "-0.4", "1")
        if option == "number":
            return self.expression(scope, NUMBER, 1)
        if option == "name":
            found = [text for text, known in self.references(scope, owned=False) if known and broadcasts(known, shape)]
            if not shape:
                found = self.numbers(scope)
            if found:
                return self.pick(*found)
        return self.operand(scope, shape, 2)

    def change(self, scope: Scope, shape: Shape, raw: Sequence[str] = ()) -> str:
        """An operator and an operand: what is changed grows by little, or not at all."""
        operator = self.pick("+=", "-=", "*=", "/=")
        self.productions[f"operator: {operator}"] += 1
        plain = [*raw]
        if not plain:
            plain = [text for text, known in self.references(scope, False) if known and broadcasts(known, shape)]
            plain += self.numbers(scope)
        if operator in ("+=", "-="):
            options = ["sin", "part", "constant"]
            if not scope.hot:
                options += ["plain", "plain"]
            option = self.pick(*options) if plain else "sin"
            self.productions[f"augmented by: {option}"] += 1
            if option == "plain":
                return f"{operator} {self.pick(*plain)}"
            if option == "part":
                return f"{operator} 0.3 * {self.pick(*plain)}"
            if option == "constant":
                return f"{operator} {self.pick('0.25', '0.1')}"
            return f"{operator} 0.4 * np.sin({self.operand(scope, shape, 1)})"
        if operator == "*=":
            option = self.pick("sin", "constant", "tanh")
            if option == "constant":
                return f"*= {self.pick('0.5', '-0.8', '0.9')}"
            inner = self.pick(*plain) if plain and self.chance(2) else self.operand(scope, shape, 1)
            return f"*= np.{option}({inner})"
        inner = self.pick(*plain) if plain and self.chance(2) else self.operand(scope, shape, 1)
        return f"/= {self.pick(f'(2.0 + np.sin({inner}))', '1.6')}"

    def target(self, scope: Scope, *kinds: str) -> Reference | None:
        found = self.reference(scope)
        if found is None:
            return None
        if "slices" in kinds and self.has("views") and self.chance(6):
            kinds = ("deep",)
        regions = self.regions(*found, kinds, scope)
        if not regions:
            return None
        if self.chance(3):
            elements = [one for one in regions if not one[1][1]]
            regions = elements or regions
        return self.choose("region", regions)

    def do_store(self, scope: Scope) -> None:
        target = self.target(scope, "elements", "slices")
        if target is None:
            return self.do_create(scope)
        self.count("store")
        value = self.value(scope, target[1])
        if self.chance(12):
            self.count("store: chain")
            other = self.target(scope, "elements", "slices")
            number = self.atom(scope, NUMBER)
            if other is not None:
                text = self.pick(f"{target[0]} = {other[0]}", f"{other[0]} = t = {target[0]}")
                if " t " in text:
                    scope.shapes["t"] = NUMBER
                self.write(scope, f"{text} = {number}")
                return None
        self.write(scope, f"{target[0]} = {value}")
        return None

    def do_augment_element(self, scope: Scope) -> None:
        kinds = ["elements", "slices"]
        if self.has("fancy") and self.chance(4):
            kinds = ["fancy"]
        target = self.target(scope, *kinds)
        if target is None:
            return self.do_create(scope)
        self.count("augmented element")
        if self.chance(8):
            self.count("power of an element")
            self.write(scope, f"{target[0]} = np.sin({target[0]})")
            self.write(scope, f"{target[0]} **= {self.pick('2', '3')}")
            return None
        self.write(scope, f"{target[0]} {self.change(scope, target[1])}")
        return None

    def do_augment_name(self, scope: Scope) -> None:
        target = self.reference(scope)
        if target is None or target[0].split("[")[0] in scope.tuples:
            return self.do_store(scope)
        text, shape = target
        if self.chance(8):
            self.count("power in place")
            self.write(scope, f"{text}[...] = np.sin({text})")
            self.write(scope, f"{text} **= {self.pick('2', '3', '2.0')}")
        elif shape[-1:] == (4,) and len(shape) == 2 and self.chance(5):
            self.count("@=")
            pair = [self.atom(scope, VECTOR), self.atom(scope, VECTOR)]
            self.write(scope, f"{text} @= 0.25 * np.sin(np.outer({pair[0]}, {pair[1]}))")
        elif self.has("overlap") and self.chance(4):
            self.count("augmented by itself")
            own = [known[0] for _, known in self.regions(text, shape, ("slices", "elements"), scope)]
            own = [one for one in own if region_broadcasts(one, text, shape, scope)]
            self.write(scope, f"{text} {self.change(scope, shape, [*own, text])}")
        else:
            self.count("augmented name")
            self.write(scope, f"{text} {self.change(scope, shape)}")
        return None

    def do_store_fancy(self, scope: Scope) -> None:
        target = self.target(scope, "fancy")
        if target is None:
            return self.do_create(scope)
        self.count("store by integers")
        self.write(scope, f"{target[0]} = {self.value(scope, target[1])}")
        return None

    def do_store_mask(self, scope: Scope) -> None:
        target = self.reference(scope)
        if target is None:
            return self.do_create(scope)
        text, shape = target
        dropped: Shape
        if len(shape) == 2 and self.chance(3):
            rows = self.mask(scope, shape[:1])
            self.count("store by mask of rows")
            index, dropped = rows, shape[1:]
        elif len(shape) == 2 and self.chance(2):
            index, dropped = f":, {self.mask(scope, shape[1:])}", NUMBER
            self.count("store by mask of columns")
        elif len(shape) == 2:
            found = [one for one, known in self.references(scope, owned=False) if known == shape]
            index, dropped = f"{self.pick(*found)} > 0.137", NUMBER
            self.count("store by mask of elements")
        else:
            index, dropped = self.mask(scope, shape), NUMBER
            self.count("store by mask")
        same = [one for one, known in self.references(scope, owned=False) if known == shape]
        how = self.pick("number", "same", "augmented", "constant")
        if how == "augmented" and self.has("augmented"):
            self.count("augmented by mask")
            self.write(scope, f"{text}[{index}] {self.change(scope, dropped, self.numbers(scope))}")
        elif how == "same":
            self.count("mask on both sides")
            self.write(scope, f"{text}[{index}] = {self.pick(*same)}[{index}]")
        elif how == "constant":
            self.write(scope, f"{text}[{index}] = {self.pick('0.0', '0.6')}")
        else:
            self.write(scope, f"{text}[{index}] = {self.operand(scope, dropped, 1)}")
        return None

    def do_store_overlap(self, scope: Scope) -> None:
        found = self.reference(scope)
        if found is None:
            return self.do_create(scope)
        kinds = ("slices", "elements", "fancy") if self.has("fancy") else ("slices", "elements")
        regions = self.regions(*found, kinds, scope)
        left = self.choose("overlap, left", regions)
        same = [one for one in self.regions(*found, kinds, scope) if broadcasts(one[1][1], left[1])]
        if not self.chance(5):
            same = [one for one in same if one[1][1] == left[1]] or same
        right = self.choose("overlap, right", same)[0]
        self.count("store from itself")
        how = self.pick("plain", "computed", "plain", "both")
        if how == "computed":
            right = f"0.5 * ({right} + {bracket(self.operand(scope, left[1], 1))})"
        elif how == "both":
            right = f"np.sin({right}) * {left[0]}"
        self.write(scope, f"{left[0]} = {right}")
        return None

    # Aliases and views.

    def owned_name(self, scope: Scope, shape: Shape) -> str | None:
        found = self.reference(scope, shape)
        return None if found is None else found[0]

    def do_alias(self, scope: Scope) -> None:
        found = self.reference(scope)
        if found is None:
            return self.do_create(scope)
        text, shape = found
        other = self.owned_name(scope, shape) or text
        options = [
            ("name", text),
            ("conditional", f"{text} if {self.test(scope)} else {other}"),
            ("conditional copy", f"{text} if {self.test(scope)} else {self.fresh(scope, shape, 1)}"),
            ("element of a tuple", f"({text}, {other})[{self.number_below(scope, 2)}]"),
            ("element of a list", f"[{text}, {other}][{self.number_below(scope, 2)}]"),
        ]
        if self.has("views"):
            parts = [one[0] for _, one in self.regions(text, shape, ("slices",), scope) if one[1] == shape]
            options += [("conditional view", f"{text} if {self.test(scope)} else {self.pick(*parts, text)}")]
            options += [("asarray", f"np.asarray({text})")]
            rows = [one for one, known in self.references(scope) if len(known) == 2 and known[1:] == shape]
            if rows:
                options += [("conditional row", f"{text} if {self.test(scope)} else {self.pick(*rows)}[0]")] * 2
        if self.chance(6):
            self.count("alias: chain")
            first, second = self.new_name(scope, VECTOR), self.new_name(scope, VECTOR, True)
            value = self.pick(
                "np.zeros(4)", self.fresh(scope, VECTOR, 1), self.owned_name(scope, VECTOR) or "np.ones(4)"
            )
            self.write(scope, f"{first} = {second} = {value}")
            scope.shapes[first] = scope.shapes[second] = VECTOR
            return None
        self.follow(scope, shape, self.bind(scope, shape, self.choose("alias", options)), text)
        return None

    def follow(self, scope: Scope, shape: Shape, name: str, origin: str) -> None:
        """Often store at once into one of two names that may be the same array: that is the point of them."""
        if self.chance(2):
            return
        text = self.pick(name, name, origin)
        if text.split("[")[0] in {*scope.kept, *scope.tuples}:
            return
        self.count("store into a new view or alias")
        if self.has("augmented") and self.chance(2):
            self.write(scope, f"{text} {self.change(scope, shape)}")
        else:
            place, known = self.pick(("[0]", shape[1:]), ("[...]", shape), ("[-1]", shape[1:]))
            self.write(scope, f"{text}{place} = {self.operand(scope, known, 1)}")

    def number_below(self, scope: Scope, limit: int) -> str:
        options = [str(number) for number in range(limit)]
        options += [f"{name} % {limit}" for name in scope.counters]
        return self.pick(*options)

    def view_of(self, scope: Scope, text: str, shape: Shape) -> Reference:
        options = []
        for template in VIEWS if len(shape) == 1 else VIEWS_2:
            known = region_shape(template, shape)
            if known and known != (1, 1) and ("{c}" not in template or scope.counters):
                options.append((template, (template, known)))
        if not options:
            return text, shape
        template, known = self.choose("view", options)
        return self.fill(template, text, shape, scope) or text, known

    def do_view(self, scope: Scope) -> None:
        found = self.reference(scope)
        if found is None:
            return self.do_create(scope)
        text, shape = self.view_of(scope, *found)
        self.count("bound view")
        name = self.bind(scope, shape, text)
        self.follow(scope, shape, name, name)
        return None

    # out= and other functions that change an array.

    def do_out(self, scope: Scope) -> None:
        found = self.reference(scope)
        if found is None:
            return self.do_create(scope)
        text, shape = found
        if self.has("views") and self.chance(3):
            text, shape = self.pick(*[one for _, one in self.regions(*found, ("slices",), scope)], found)
        left, right = self.operand(scope, shape, 1), self.operand(scope, shape, 1)
        if self.chance(3):
            right = text
        options = [
            ("sin", f"np.sin({left}, out={text})"),
            ("multiply", f"np.multiply(np.sin({left}), {right}, out={text})"),
            ("add", f"np.add(0.5 * {bracket(left)}, 0.5 * {bracket(right)}, out={text})"),
            ("subtract", f"np.subtract(0.4 * {bracket(left)}, 0.6 * {bracket(right)}, out={text})"),
            ("positional", f"np.tanh({left}, {text})"),
            ("tuple", f"np.cos({left}, out=({text},))"),
            ("negative", f"np.negative({text}, out={text})"),
            ("divide", f"np.divide({left}, 2.0 + np.cos({right}), out={text})"),
            ("square", f"np.square(np.sin({left}), out={text})"),
        ]
        if self.has("masks"):
            options += [("where", f"np.multiply(0.9, {right}, out={text}, where={self.mask(scope, shape)})")]
        if len(shape) == 1:
            options += [("cumsum", f"np.cumsum(np.sin({self.atom(scope, shape)}), out={text})")]
            rows = [one for one, known in self.references(scope, False) if len(known) == 2 and known[1:] == shape]
            if rows:
                options += [("mean", f"np.mean({self.pick(*rows)}, axis=0, out={text})")] * 2
                options += [("sum", f"np.sum(np.sin({self.pick(*rows)}), axis=0, out={text})")]
        call = self.choose("out", options)
        if self.has("aliases") and self.chance(4):
            self.count("result of out=")
            self.bind(scope, shape, call)
        else:
            self.write(scope, call)
        return None

    def do_mutate(self, scope: Scope) -> None:
        found = self.reference(scope)
        if found is None:
            return self.do_create(scope)
        text, shape = found
        number = self.expression(scope, NUMBER, 1)
        options = [
            ("fill", f"{text}.fill({number})"),
            ("copyto", f"np.copyto({text}, {self.value(scope, shape)})"),
            ("add.at", f"np.add.at({text}, [0, 2, 0], 0.4 * np.sin({number}))"),
            ("fill row", f"{text}[1:].fill({number})"),
        ]
        if shape[0] < 3:
            del options[2]
        if len(shape) == 1 and shape[0] >= 3:
            three = self.atom(scope, (3,))
            options += [
                ("add.at array", f"np.add.at({text}, [1, 1, 2], 0.3 * np.sin({three}))"),
                ("multiply.at", f"np.multiply.at({text}, [0, 0], np.cos({number}))"),
                ("subtract.at", f"np.subtract.at({text}, np.array([2, 1, 2]), 0.2 * np.sin({three}))"),
                ("put", f"np.put({text}, [0, 2], {number})"),
                ("put method", f"{text}.put([1, -1], {self.atom(scope, (2,))})"),
            ]
            if self.has("indices"):
                options += [
                    ("add.at state", f"np.add.at({text}, {name}, 0.2 * np.sin({number}))") for name in scope.indices
                ]
        if len(shape) == 2:
            options += [("fill_diagonal", f"np.fill_diagonal({text}, {number})")]
            options += [("copyto row", f"np.copyto({text}[0], {self.value(scope, shape[1:])})")]
            options += [("add.at pairs", f"np.add.at({text}, ([0, 0], [-1, -1]), 0.3 * np.sin({number}))")]
        if self.has("masks"):
            options += [
                (
                    "copyto where",
                    f"np.copyto({text}, {self.operand(scope, shape, 1)}, where={self.mask(scope, shape)})",
                ),
                ("putmask", f"np.putmask({text}, {self.mask(scope, shape)}, {number})"),
            ]
            if len(shape) == 2:  # putmask wants a mask of the array's own shape
                options[-1] = ("putmask", f"np.putmask({text}, {text} > 0.137, {number})")
            options += [("place", f"np.place({text}, {text} > 0.137, [{number}, 0.5])")]
        self.write(scope, self.choose("mutate", options))
        return None

    # Swaps.

    def do_swap_names(self, scope: Scope) -> None:
        shape = self.pick(VECTOR, MATRIX, NUMBER)
        found = [name for name, known in scope.shapes.items() if known == shape and name not in scope.kept]
        if len(found) < 2:
            return self.do_create(scope)
        first = self.pick(*found)
        second = self.pick(*[name for name in found if name != first])
        options = [
            ("both", f"{first}, {second} = {second}, {first}"),
            ("rotate", f"{first}, {second} = {second}, {self.fresh(scope, shape, 1)}"),
        ]
        if shape:
            options += [("copies", f"{first}, {second} = {second}.copy(), {first}")]
            options += [("contents", f"{first}[:], {second}[:] = {second}.copy(), {first}.copy()")]
            options += [("contents aliased", f"{first}[:], {second}[:] = {second}, {first}")]
        self.write(scope, self.choose("swap", options))
        return None

    def do_swap_elements(self, scope: Scope) -> None:
        found = self.reference(scope)
        if found is None or found[1][0] < 2:
            return self.do_create(scope)
        text, shape = found
        last = self.number_below(scope, shape[0])
        options = [
            ("elements", f"{text}[0], {text}[1] = {text}[1], {text}[0]"),
            ("any element", f"{text}[0], {text}[{last}] = {text}[{last}], {text}[0]"),
            ("fancy", f"{text}[[0, 1]] = {text}[[1, 0]]"),
            ("new values", f"{text}[0], {text}[-1] = {text}[-1], {self.operand(scope, shape[1:], 1)}"),
            ("unpacked", f"{text}[:2] = {text}[1], {text}[0]"),
        ]
        if not self.has("fancy"):
            del options[2]
        other = self.reference(scope)
        if other is not None and other[1][1:] == shape[1:]:
            there = self.number_below(scope, other[1][0])
            options += [("two arrays", f"{text}[0], {other[0]}[{there}] = {other[0]}[{there}], {text}[0]")] * 3
        self.write(scope, self.choose("swap in an array", options))
        return None

    # Calls.

    def argument(self, scope: Scope, shape: Shape) -> str:
        """An array that a callee may change: mostly one that has a name, sometimes a view or a temporary."""
        found = [text for text, known in self.references(scope) if known == shape]
        if self.has("views"):
            for text, known in self.references(scope):
                found += [
                    one[0]
                    for template, one in self.regions(text, known, ("slices",), scope)
                    if one[1] == shape and template in ("[0]", "[1]", "[::-1]", "[:, 0]", "[:2]", "[1:]")
                ][:2]
        if not found or self.chance(8):
            return self.fresh(scope, shape, 1)
        return self.pick(*found)

    def integer(self, scope: Scope) -> str:
        return self.pick("1", *scope.counters, "4")

    def do_call(self, scope: Scope) -> None:
        shape = MATRIX if self.has("matrices") and self.chance(4) else VECTOR
        if self.owned_name(scope, shape) is None:
            return self.do_create(scope)
        one, two = self.argument(scope, shape), self.argument(scope, shape)
        number = self.atom(scope, NUMBER)
        form = self.pick("effect", "value", "view", "twice", "two", "list")
        if form == "effect":
            if self.chance(2):
                self.write(scope, f"{self.helper('bump')}({one}, {self.integer(scope)}, {number})")
            else:
                self.write(scope, f"{self.helper('shrink')}({one}, {number})")
        elif form == "value":
            name = self.pick("damp", "feed", "maybe", "either")
            if not self.has("aliases"):
                name = "feed"
            arguments = {
                "damp": one,
                "feed": f"{one}, {two}",
                "maybe": f"{one}, {self.integer(scope)}",
                "either": f"{one}, {two}, {self.integer(scope)}",
            }
            call = f"{self.helper(name)}({arguments[name]})"
            if name in ("damp", "feed") and self.chance(2):
                self.write(scope, call)
            else:
                self.bind(scope, shape, call)
        elif form == "twice":
            self.count("same array twice")
            again = self.pick(one, f"{bracket(one)}[::-1]") if self.has("views") else one
            self.bind(scope, shape, f"{self.helper('feed')}({one}, {again})")
        elif form == "list" and self.has("lists") and scope.lists:
            self.call_with_list(scope)
        elif form == "two" and self.has("views", "tuples"):
            self.count("two views from a call")
            known = (2, *shape[1:])
            first = self.new_name(scope, known)
            scope.shapes[first] = known
            second = self.new_name(scope, known)
            self.write(scope, f"{first}, {second} = {self.helper('ends')}({one})")
            scope.shapes[second] = known
        elif self.has("views", "aliases"):
            name = self.pick("tail", "turned", "whole")
            known = (shape[0] - 1, *shape[1:]) if name == "tail" else shape
            bound = self.bind(scope, known, f"{self.helper(name)}({one})")
            self.follow(scope, known, bound, bound)
        else:
            self.write(scope, f"{self.helper('shrink')}({one}, {number})")
        return None

    def call_with_list(self, scope: Scope) -> None:
        name = self.pick(*scope.lists)
        kind = scope.lists[name]
        if kind == "numbers":
            call = f"{self.helper('replace')}({name}, {self.atom(scope, NUMBER)})"
            self.write(scope, call)
        elif kind == "vectors" and not scope.frozen and self.chance(2):
            self.write(scope, f"{self.helper('push')}({name}, {self.element(scope, VECTOR)})")
        elif kind == "vectors":
            self.write(scope, f"{self.helper('spoil')}({name}, {self.atom(scope, NUMBER)})")
        else:
            self.write(scope, f"{self.helper('replace')}({name}[1], {self.atom(scope, NUMBER)})")

    def do_call_random(self, scope: Scope) -> None:
        if not self.helpers:
            return self.do_call(scope)
        return self.call(scope, self.pick(*self.helpers))

    def call(self, scope: Scope, helper: Helper) -> None:
        arguments = []
        for shape in helper.parameters:
            if shape is None:
                arguments.append(self.integer(scope))
            elif isinstance(shape, str):
                found = [name for name, kind in scope.lists.items() if kind == shape and not scope.frozen]
                kind = VECTOR if shape == "vectors" else NUMBER
                display = f"[{self.element(scope, kind)}, {self.element(scope, kind)}]"
                arguments.append(self.pick(*found, display))
            elif shape:
                arguments.append(self.argument(scope, shape))
            else:
                arguments.append(self.expression(scope, NUMBER, 1))
        call = f"{helper.name}({', '.join(arguments)})"
        result = helper.result
        self.count(f"random helper: {result.kind}")
        if result.kind == "none" or self.chance(5):
            self.write(scope, call)
        elif result.kind == "tuple":
            first = self.new_name(scope, result.shape)
            scope.shapes[first] = result.shape
            second = self.new_name(scope, result.second)
            self.write(scope, f"{first}, {second} = {call}")
            scope.shapes[second] = result.second
        else:
            self.bind(scope, result.shape, call)
        return None

    def do_call_inside(self, scope: Scope) -> None:
        name = self.owned_name(scope, VECTOR)
        if name is None:
            return self.do_create(scope)
        other = self.owned_name(scope, VECTOR) or name
        options = [
            ("after", f"0.5 * ({other} + {self.helper('damp')}({name}))"),
            ("before", f"np.sin({self.helper('damp')}({name})) * {other}"),
            ("element", f"np.sin({other}[0]) * {self.helper('feed')}({name}, {other})"),
            ("twice", f"0.5 * {self.helper('damp')}({name}) + 0.5 * {self.helper('feed')}({name}, {other})"),
        ]
        self.bind(scope, VECTOR, self.choose("call inside", options))
        return None

    # Lists, dicts, tuples.

    def element(self, scope: Scope, shape: Shape) -> str:
        """What is put into a list or dict: an array that has a name if there may be aliases."""
        if shape and self.has("aliases") and not self.chance(3):
            name = self.owned_name(scope, shape)
            if name is not None:
                return name
        if shape and self.has("views") and self.chance(2):
            rows = [text for text, known in self.references(scope) if known[1:] == shape and known[0] > 1]
            if rows:
                return f"{self.pick(*rows)}[{self.number_below(scope, 2)}]"
        return self.fresh(scope, shape, 1)

    def do_make_list(self, scope: Scope) -> None:
        if scope.frozen:
            return self.do_store(scope)
        kind = self.pick("vectors", "numbers", "nested", "vectors")
        name = self.pick(*LISTS[kind])
        matrices = [text for text, known in self.references(scope) if known[1:] == VECTOR and known[0] > 1]
        vectors = [text for text, known in self.references(scope, owned=False) if known == VECTOR]
        options: list[tuple[str, str]]
        if kind == "vectors":
            first, second = self.element(scope, VECTOR), self.element(scope, VECTOR)
            options = [("display", f"[{first}, {second}]")] * 2
            options += [("zeros", "[np.zeros(4) for _ in range(3)]")]
            if self.has("aliases"):
                options += [("repeated", f"[{first}] * 2")]
            if matrices and self.has("rows"):
                matrix = self.pick(*matrices)
                options += [("computed rows", f"[0.9 * row for row in {matrix}]")]
                if self.has("views"):
                    options += [("rows", f"[row for row in {matrix}]"), ("list of rows", f"list({matrix})")]
        elif kind == "numbers":
            options = [("display", f"[{self.expression(scope, NUMBER, 1)}, {self.atom(scope, NUMBER)}, 0.5]")] * 2
            if vectors:
                vector = self.pick(*vectors)
                options += [("comprehension", f"[0.9 * e for e in {vector}]")]
                options += [("list", f"list({vector})"), ("tolist", f"{vector}.tolist()")]
            options += [("constants", "[0.0] * 3")]
        else:
            four = [self.atom(scope, NUMBER) for _ in range(4)]
            options = [("display", f"[[{four[0]}, {four[1]}], [{four[2]}, {four[3]}]]")]
            options += [("comprehension", "[[0.0, 0.4] for _ in range(2)]")]
            mine = [one for one, known in scope.lists.items() if known == "numbers"]
            if mine and self.has("aliases"):
                options += [("of names", f"[{self.pick(*mine)}, {self.pick(*mine)}]")] * 2
        same = [one for one, known in scope.lists.items() if known == kind]
        if same:
            old = self.pick(*same)
            options += [("copy", f"list({old})"), ("slice", f"{old}[:]"), ("reversed", f"{old}[::-1]")]
            options += [("last two", f"{old}[-2:]")]
            if self.has("aliases"):
                options += [("alias", old)] * 2
            if kind == "vectors":
                options += [("sum", f"{old} + [{self.element(scope, VECTOR)}]")]
            elif kind == "numbers":
                options += [("sum", f"{old} + [{self.atom(scope, NUMBER)}]")]
        self.write(scope, f"{name} = {self.choose(f'list of {kind}', options)}")
        scope.lists[name] = kind
        return None

    def do_change_list(self, scope: Scope) -> None:
        if not scope.lists:
            return self.do_make_list(scope)
        name = self.pick(*scope.lists)
        kind = scope.lists[name]
        if not scope.frozen and self.chance(6):
            ways = [("copy", "list({})"), ("slice", "{}[:]"), ("reversed", "{}[::-1]"), ("last two", "{}[-2:]")]
            if self.has("aliases"):
                ways += [("alias", "{}")] * 4
            other = self.pick(*LISTS[kind])
            self.write(scope, f"{other} = {self.choose(f'list of {kind}', ways).format(name)}")
            scope.lists[other] = kind
            name = self.pick(name, other)
        if kind == "nested":
            return self.change_nested(scope, name)
        shape = VECTOR if kind == "vectors" else NUMBER
        new = self.element(scope, shape)
        place = self.pick("0", "-1", *(f"{count} % 2" for count in scope.counters))
        options = [
            ("store", f"{name}[{place}] = {new}"),
            ("swap", f"{name}[0], {name}[1] = {name}[1], {name}[0]"),
            ("reverse", f"{name}.reverse()"),
        ]
        options += [options[0]]
        if self.has("augmented"):
            options += [("augmented", f"{name}[{place}] {self.change(scope, shape)}")] * 3
        if kind == "vectors":
            options += [("element of element", f"{name}[{place}][1] = {self.expression(scope, NUMBER, 1)}")]
            options += [("slice of element", f"{name}[{place}][:2] = {self.value(scope, (2,))}")]
            if self.has("augmented"):
                part = self.pick("[0]", "[1:]", "[::-1]")
                known = region_shape("{}" + part, VECTOR) or NUMBER
                options += [("augmented element", f"{name}[{place}]{part} {self.change(scope, known)}")] * 2
        if not scope.frozen:
            options += [("append", f"{name}.append({new})")] * 4
            options += [("insert", f"{name}.insert(1, {new})")]
            options += [("extend", f"{name}.extend([{new}, {self.element(scope, shape)}])")]
            options += [("slice store", f"{name}[:2] = [{self.element(scope, shape)}, {new}]")]
            options += [("del", f"if len({name}) > 2: del {name}[0]")]
            options += [("pop", "pop")] * 3
            if self.has("augmented"):
                options += [("list +=", f"{name} += [{new}]")]
        text = self.choose(f"change of {kind}", options)
        if text == "pop":
            how = self.pick("guarded", "after append", "first")
            if how == "after append":
                self.write(scope, f"{name}.append({new})")
                if self.chance(2):
                    inner = scope.inner(frozen=True)
                    inner.depth -= 1
                    self.do_store(inner)
                self.bind(scope, shape, f"{name}.pop()", anything=True)
            else:
                self.write(scope, f"if len({name}) > 2:")
                inner = scope.inner()
                self.bind(inner, shape, f"{name}.pop({'0' if how == 'first' else ''})", anything=True)
        elif text.startswith("if"):
            self.write(scope, text.split(": ")[0] + ":")
            self.write(scope.inner(), text.split(": ")[1])
        else:
            self.write(scope, text)
        return None

    def change_nested(self, scope: Scope, name: str) -> None:
        place = self.pick("0", "-1", *(f"{count} % 2" for count in scope.counters))
        number = self.expression(scope, NUMBER, 1)
        options = [("element", f"{name}[{place}][1] = {number}"), ("row", f"{name}[{place}] = [{number}, 0.3]")]
        if self.has("augmented"):
            options += [("augmented", f"{name}[{place}][0] {self.change(scope, NUMBER, self.numbers(scope))}")] * 2
        if self.has("aliases"):
            options += [("aliased row", f"{name}[0] = {name}[1]"), ("bound row", "bind")]
        if not scope.frozen:
            options += [("append", f"{name}[{place}].append({number})")]
            options += [("append a row", f"{name}.append([{number}, {self.atom(scope, NUMBER)}])")]
        text = self.choose("change of nested", options)
        if text == "bind":
            target = self.pick(*LISTS["numbers"])
            if scope.frozen:
                return self.write(scope, f"{name}[0][0] = {number}")
            text = f"{target} = {name}[{place}]"
            scope.lists[target] = "numbers"
        self.write(scope, text)
        return None

    def do_use_list(self, scope: Scope) -> None:
        if not scope.lists:
            return self.do_make_list(scope)
        name = self.pick(*scope.lists)
        kind = scope.lists[name]
        place = self.pick("0", "-1", "1", *(f"{count} % len({name})" for count in scope.counters))
        if kind == "vectors":
            options = [
                ("array", f"np.array({name}).mean(axis=0)"),
                ("stack", f"np.mean(np.stack({name}), axis=0)"),
                ("python sum", f"np.sin(sum({name}))"),
                ("concatenate", f"np.cos(np.concatenate({name})[2:6])"),
                ("product", f"np.sin({name}[0]) * {name}[{place}]"),
            ]
            if self.has("aliases"):
                options += [("alias", f"{name}[{place}]")] * 3
            self.bind(scope, VECTOR, self.choose("use of vectors", options))
        elif kind == "numbers":
            options = [
                ("python sum", f"np.sin(sum({name}))"),
                ("element", f"{name}[{place}]"),
                ("array", f"np.array({name}).mean()"),
                ("length", f"np.sin(sum({name}) / len({name}))"),
            ]
            self.bind(scope, NUMBER, self.choose("use of numbers", options))
        else:
            options = [("elements", f"np.sin({name}[0][0] * {name}[-1][1])")]
            options += [("comprehension", f"np.sin(sum([line[0] for line in {name}]))")]
            self.bind(scope, NUMBER, self.choose("use of nested", options))
        return None

    def do_make_dict(self, scope: Scope) -> None:
        if scope.frozen:
            return self.do_store(scope)
        kind = self.pick("vectors", "numbers", "mixed") if self.has("matrices") else self.pick("vectors", "numbers")
        name = self.pick(*DICTS[kind])
        if kind == "mixed":
            parts = ", ".join(f'"{key}": {self.element(scope, shape)}' for key, shape in MIXED)
        else:
            shape = VECTOR if kind == "vectors" else NUMBER
            parts = ", ".join(f'"{key}": {self.element(scope, shape)}' for key in ("u", "v"))
        options = [("display", "{" + parts + "}")]
        if kind == "numbers":
            options += [("call", f"dict(u={self.atom(scope, NUMBER)}, v={self.atom(scope, NUMBER)})")]
        same = [one for one, known in scope.dicts.items() if known == kind]
        if same:
            old = self.pick(*same)
            options += [("copy", f"dict({old})"), ("copy method", f"{old}.copy()")]
            if self.has("aliases"):
                options += [("alias", old)]
        self.write(scope, f"{name} = {self.choose(f'dict of {kind}', options)}")
        scope.dicts[name] = kind
        return None

    def do_change_dict(self, scope: Scope) -> None:
        if not scope.dicts:
            return self.do_make_dict(scope)
        name = self.pick(*scope.dicts)
        kind = scope.dicts[name]
        if not scope.frozen and self.chance(6):
            ways = [("copy", "dict({})"), ("copy method", "{}.copy()")]
            if self.has("aliases"):
                ways += [("alias", "{}")] * 2
            other = self.pick(*DICTS[kind])
            self.write(scope, f"{other} = {self.choose(f'dict of {kind}', ways).format(name)}")
            scope.dicts[other] = kind
            name = self.pick(name, other)
        key, shape = self.pick(*MIXED) if kind == "mixed" else (self.pick("u", "v"), VECTOR)
        if kind == "numbers":
            shape = NUMBER
        options = [("store", f'{name}["{key}"] = {self.element(scope, shape)}')] * 2
        if self.has("augmented"):
            options += [("augmented", f'{name}["{key}"] {self.change(scope, shape)}')] * 3
        if shape:
            options += [("element of value", f'{name}["{key}"][0] = {self.value(scope, shape[1:])}')] * 2
        if kind != "mixed":
            options += [("swap", f'{name}["u"], {name}["v"] = {name}["v"], {name}["u"]')]
            if not scope.frozen:
                options += [("new key", f'{name}["z"] = {self.element(scope, shape)}')]
                options += [("update", f'{name}.update({{"v": {self.element(scope, shape)}}})')]
                options += [("setdefault", f'{name}.setdefault("z", {self.element(scope, shape)})')]
            if kind == "vectors" and self.has("calls"):
                options += [("call", f"{self.helper('enter')}({name}, {self.element(scope, VECTOR)})")]
            options += [("read", "read"), ("get", "get")]
        text = self.choose(f"change of dict of {kind}", options)
        if text == "read":
            self.bind(scope, shape, f'np.sin({name}["u"]) * {name}["v"]')
        elif text == "get":
            get = f'{name}.get("{key}")' if self.has("aliases") else f'0.9 * {name}.get("{key}")'
            self.bind(scope, shape, get)
        else:
            self.write(scope, text)
        return None

    def do_make_object(self, scope: Scope) -> None:
        if scope.frozen:
            return self.do_store(scope)
        kind = self.pick("space", "Box", "Pod")
        v, t = self.element(scope, VECTOR), self.element(scope, NUMBER)
        options = [("new", f"SimpleNamespace(v={v}, t={t})" if kind == "space" else f"{kind}({v}, {t})")] * 2
        same = [one for one, known in scope.objects.items() if known == kind]
        if same and self.has("aliases"):
            options += [("alias", self.pick(*same))]
            if len(same) > 1:
                options += [("choice", f"{same[0]} if n > 2 else {same[1]}")]
        for one in ("Box", "Pod") if kind == "Pod" else (kind,) if kind != "space" else ():
            self.used[one] = None
        name = self.pick(*OBJECTS[kind])
        self.write(scope, f"{name} = {self.choose(f'object: {kind}', options)}")
        scope.objects[name] = kind
        return None

    def do_change_object(self, scope: Scope) -> None:
        if not scope.objects:
            return self.do_make_object(scope)
        name = self.pick(*scope.objects)
        kind = scope.objects[name]
        attribute, shape = self.pick(*FIELDS)
        options = [("store", f"{name}.{attribute} = {self.element(scope, shape)}")] * 2
        if self.has("augmented"):
            options += [("augmented", f"{name}.{attribute} {self.change(scope, shape)}")] * 2
        options += [("element", f"{name}.v[0] = {self.value(scope, NUMBER)}")]
        others = [one for one in scope.objects if one != name]
        if others and self.has("swaps"):
            options += [("swap", f"{name}.v, {others[0]}.v = {others[0]}.v, {name}.v")]
        if others and self.has("loops"):
            loop = f"for o in [{name}, {others[0]}, {name}]:"
            options += [("loop", f"{loop}\n{'    ' * (scope.depth + 1)}o.t = 0.6 * o.t + 0.2 * np.sin(o.v[1])")]
        if kind != "space":
            v = self.expression(scope, VECTOR, 1)
            options += [("method", f"{name}.step({v})"), ("result", f"step({v})"), ("read", f"read({v.count('a')})")]
            options += [("property", "total"), ("held", "held()")]
            if others:
                options += [("merge", f"{name}.merge({others[0]})")]
        text = self.choose(f"change of object: {kind}", options)
        if text.startswith(("step", "read", "total")):
            self.bind(scope, NUMBER, f"0.7 * {name}.{text}")
        elif text == "held()":
            self.bind(scope, VECTOR, f"{name}.held()" if self.has("aliases") else f"0.9 * {name}.held()")
        else:
            self.write(scope, text)
        return None

    def do_make_tuple(self, scope: Scope) -> None:
        shapes = self.pick((VECTOR, VECTOR), (VECTOR, NUMBER), (MATRIX, VECTOR))
        if not self.has("matrices"):
            shapes = (VECTOR, NUMBER)
        name = {(VECTOR, VECTOR): "pair", (VECTOR, NUMBER): "both", (MATRIX, VECTOR): "mixed"}[shapes]
        self.count(f"tuple: {name}")
        self.write(scope, f"{name} = ({', '.join(self.element(scope, shape) for shape in shapes)})")
        scope.tuples[name] = shapes
        return None

    def do_unpack(self, scope: Scope) -> None:
        if not (scope.tuples and self.has("aliases")):
            return self.do_make_tuple(scope)
        name = self.pick(*scope.tuples)
        shapes = scope.tuples[name]
        self.count("unpacked tuple")
        first = self.new_name(scope, shapes[0])
        scope.shapes[first] = shapes[0]
        second = self.new_name(scope, shapes[1])
        self.write(scope, f"{first}, {second} = {name}")
        scope.shapes[second] = shapes[1]
        return None

    # Arrays without dimensions, and arrays of integers and bools.

    def do_zero(self, scope: Scope) -> None:
        if scope.zeros and not self.chance(3):
            name = self.pick(*scope.zeros)
            options = [("[...]", f"{name}[...] = {self.expression(scope, NUMBER, 1)}")]
            options += [("[()]", f"{name}[()] = {self.expression(scope, NUMBER, 1)}")]
            if self.has("out"):
                options += [("fill", f"{name}.fill({self.atom(scope, NUMBER)})")]
            if self.has("augmented"):
                options += [("augmented", f"{name} {self.change(scope, NUMBER, self.numbers(scope))}")] * 3
            self.write(scope, self.choose("0-d", options))
            return
        name = self.pick("z1", "z2")
        options = [("zeros", "np.zeros(())"), ("array", f"np.array({self.atom(scope, NUMBER)})")]
        if scope.zeros and self.has("aliases"):
            options += [("alias", self.pick(*scope.zeros))]
        found = self.reference(scope, VECTOR)
        if found is not None and self.has("views"):
            options += [("view", f"{found[0]}[{self.number_below(scope, 4)}, ...]")] * 2
        self.write(scope, f"{name} = {self.choose('0-d', options)}")
        scope.zeros[name] = None

    def do_index_state(self, scope: Scope) -> None:
        form = self.pick("array", "number")
        if form == "number":
            if "j" not in scope.counters:
                self.count("index: number")
                self.write(scope, f"j = {self.pick('0', '1', *scope.counters[:1])}")
                scope.counters = (*scope.counters, "j")
            else:
                self.count("index: number changes")
                self.write(scope, self.pick("j += 1", "j = (j + 2) % 3", "j = 2 * j % 5"))
            self.store_at(scope, "j % {k}")
            return
        if not scope.indices or self.chance(4):
            self.count("index: array")
            self.write(scope, f"ix = {self.pick('np.array([0, 2, 1])', 'np.array([0, 2, 0])', '[1, 0, 2]')}")
            scope.indices["ix"] = None
        else:
            count = self.number_below(scope, 3)
            text = self.pick("ix[0] = 1", f"ix[1] = {count}", "ix[2] = (ix[2] + 1) % 3", "ix[0], ix[1] = ix[1], ix[0]")
            self.count("index: array changes")
            self.write(scope, text)
        if self.has("fancy"):
            self.store_at(scope, "ix")

    def store_at(self, scope: Scope, index: str) -> None:
        """Often what was just made or changed is used at once."""
        found = self.reference(scope, VECTOR)
        if found is None or self.chance(3):
            return
        index = index.format(k=4)
        shape = (3,) if index == "ix" else NUMBER
        if self.has("augmented") and self.chance(2):
            self.write(scope, f"{found[0]}[{index}] {self.change(scope, shape)}")
        else:
            self.write(scope, f"{found[0]}[{index}] = {self.operand(scope, shape, 1)}")

    def do_mask_state(self, scope: Scope) -> None:
        if not scope.masks or self.chance(4):
            options = [("display", "np.array([True, False, True, True])"), ("arange", "np.arange(4) % 2 == 0")]
            found = [text for text, known in self.references(scope, owned=False) if known == VECTOR]
            if found:
                options += [("value", f"{self.pick(*found)} > 0.137")]
            self.write(scope, f"mask = {self.choose('mask state', options)}")
            scope.masks["mask"] = None
            return
        options = [
            ("element", "mask[1] = not mask[1]"),
            ("all", "mask[...] = ~mask"),
            ("slice", "mask[:2] = False"),
            ("reversed", "mask[:] = mask[::-1]"),
        ]
        if self.has("out"):
            options += [("out", "np.logical_not(mask, out=mask)")]
        self.write(scope, self.choose("mask state", options))

    # Control flow.

    def do_if(self, scope: Scope) -> None:
        self.count("if")
        self.write(scope, f"if {self.test(scope)}:")
        self.block(scope.inner())

    def do_if_else(self, scope: Scope) -> None:
        self.count("if else")
        self.write(scope, f"if {self.test(scope)}:")
        first = scope.inner()
        self.block(first)
        self.write(scope, "else:")
        second = scope.inner(counters=scope.counters)
        self.block(second)
        scope.meet(first, second)

    def do_elif(self, scope: Scope) -> None:
        self.count("elif")
        self.write(scope, f"if {self.test(scope)}:")
        self.block(scope.inner())
        self.write(scope, f"elif {self.test(scope)}:")
        self.block(scope.inner())
        if self.chance(2):
            self.write(scope, "else:")
            self.block(scope.inner())

    def do_for(self, scope: Scope) -> None:
        name = self.counter()
        self.count("for")
        integer = scope.counters[0] if scope.counters else "3"
        turns = self.pick("3", "2", "1, 4", integer, "4", "2, -1, -1", f"{integer} % 3")
        self.write(scope, f"for {name} in range({turns}):")
        self.block(scope.inner(counters=(*scope.counters, name), looping=True, hot=True))

    def do_for_else(self, scope: Scope) -> None:
        self.do_for(scope)
        self.count("for else")
        self.write(scope, "else:")
        self.block(scope.inner())

    def do_for_rows(self, scope: Scope) -> None:
        found = [(text, shape) for text, shape in self.references(scope) if text in scope.shapes]
        if not found:
            return self.do_create(scope)
        text, shape = self.pick(*found)
        name = "row" if len(shape) == 2 else "e"
        name += "".join(str(number) for number in shape[1:] if number != 4) + nested(scope)
        counters = scope.counters
        others = [(one, known) for one, known in found if known[0] == shape[0]]
        options = [("array", "array")] * 3 + [("enumerate", "enumerate"), ("zip", "zip"), ("reversed", "reversed")]
        form = self.choose("for rows" if len(shape) == 2 else "for elements", options)
        inner = scope.inner(looping=True, hot=True)
        if form == "enumerate":
            count = self.counter()
            counters = (*counters, count)
            self.write(scope, f"for {count}, {name} in enumerate({text}):")
        elif form == "zip":
            other, known = self.pick(*others)
            second = "part" + "".join(str(number) for number in known[1:]) + nested(scope)
            inner.shapes[second] = known[1:]
            self.write(scope, f"for {name}, {second} in zip({text}, {other}):")
        elif form == "reversed":
            self.write(scope, f"for {name} in reversed({text}):")
        else:
            self.write(scope, f"for {name} in {text}:")
        inner.shapes[name] = shape[1:]
        inner.counters = counters
        if shape[1:] and self.chance(2):
            self.count("store into a row")
            self.write(inner, f"{name}[{self.pick('0', '-1', ':2', '...')}] = {self.expression(inner, NUMBER, 1)}")
        self.block(inner)
        return None

    def do_for_names(self, scope: Scope) -> None:
        found = self.reference(scope)
        if found is None:
            return self.do_create(scope)
        text, shape = found
        same = [one for one, known in self.references(scope) if known == shape]
        name = "each" + "".join(str(number) for number in shape if shape != VECTOR) + nested(scope)
        display = self.pick("({}, {})", "[{}, {}]").format(text, self.pick(*same))
        self.count("for names")
        self.write(scope, f"for {name} in {display}:")
        inner = scope.inner(looping=True, hot=True)
        inner.shapes[name] = shape
        if self.has("augmented") and self.chance(2):
            self.write(inner, f"{name} {self.change(inner, shape)}")
        else:
            self.write(inner, f"{name}[{self.pick('0', '-1')}] = {self.value(inner, shape[1:])}")
        self.block(inner)
        return None

    def do_for_list(self, scope: Scope) -> None:
        if not scope.lists:
            return self.do_make_list(scope)
        list_name = self.pick(*scope.lists)
        kind = scope.lists[list_name]
        inner = scope.inner(looping=True, hot=True, frozen=True)
        if kind == "vectors" and self.has("aliases"):
            name = "item" + nested(scope)
            inner.shapes[name] = VECTOR
        elif kind == "nested" and self.has("aliases"):
            name = "line" + nested(scope)
            inner.lists[name] = "numbers"
        elif kind == "numbers":
            name = "h" + nested(scope)
            inner.shapes[name] = NUMBER
        else:
            count = self.counter()
            self.count("for list: length")
            self.write(scope, f"for {count} in range(len({list_name})):")
            inner.counters = (*inner.counters, count)
            inside = f"{list_name}[{count}]" + ("[0]" if kind == "nested" else "")
            shape = NUMBER if kind == "nested" else VECTOR
            self.write(inner, f"{inside} = {self.fresh(inner, shape, 1)}")
            return self.block(inner)
        options = [("list", "for {} in {}:"), ("list", "for {} in {}:"), ("copy", "for {} in list({}):")]
        options += [("slice", "for {} in {}[:2]:"), ("reversed", "for {} in reversed({}):"), ("enumerate", "enumerate")]
        text = self.choose(f"for list of {kind}", options)
        if text == "enumerate":
            count = self.counter()
            inner.counters = (*inner.counters, count)
            text = f"for {count}, {{}} in enumerate({{}}):"
        self.write(scope, text.format(name, list_name))
        if kind == "nested":
            self.write(inner, f"{name}[0] = {self.expression(inner, NUMBER, 1)}")
        elif text.startswith("for i") and self.chance(2):
            self.count("store into the list that is iterated over")
            shape = VECTOR if kind == "vectors" else NUMBER
            self.write(inner, f"{list_name}[{count}] = {self.fresh(inner, shape, 1)}")
        self.block(inner)
        return None

    def do_for_dict(self, scope: Scope) -> None:
        found = [name for name, kind in scope.dicts.items() if kind != "mixed"]
        if not found:
            return self.do_make_dict(scope)
        name = self.pick(*found)
        shape = VECTOR if scope.dicts[name] == "vectors" else NUMBER
        inner = scope.inner(looping=True, hot=True, frozen=True)
        value = ("val" if shape else "num") + nested(scope)
        options = [("keys", f"for key in {name}:")]
        if not shape or self.has("aliases"):
            options += [
                ("values", f"for {value} in {name}.values():"),
                ("items", f"for key, {value} in {name}.items():"),
            ]
        text = self.choose("for dict", options)
        self.write(scope, text)
        if value in text:
            inner.shapes[value] = shape
        if "key" in text:
            self.write(inner, f"{name}[key] = {self.fresh(inner, shape, 1)}")
        self.block(inner)
        return None

    def do_while(self, scope: Scope) -> None:
        name = self.counter()
        self.count("while")
        self.write(scope, f"{name} = 0")
        integer = scope.counters[0] if scope.counters else "2"
        test = f"{name} < {self.pick('2', '3', integer)}"
        inner = scope.inner(counters=(*scope.counters, name), looping=True, hot=True)
        if self.chance(3):
            test += f" and not ({self.test(inner)})"
        self.write(scope, f"while {test}:")
        self.write(inner, f"{name} += 1")
        self.block(inner)

    def do_while_pop(self, scope: Scope) -> None:
        if not scope.lists or scope.frozen:
            return self.do_store(scope)
        name = self.pick(*scope.lists)
        kind = scope.lists[name]
        if kind == "nested":
            return self.do_use_list(scope)
        shape = VECTOR if kind == "vectors" else NUMBER
        if self.has("loops") and self.chance(2):
            self.count("appends in a loop")
            count = self.counter()
            inner = scope.inner(counters=(*scope.counters, count), hot=True)
            self.write(scope, f"for {count} in range({self.pick('3', *scope.counters[:1])}):")
            self.write(inner, f"{name}.append({self.element(inner, shape)})")
        self.count("pops in a loop")
        inner = scope.inner(looping=False, hot=True, frozen=True)
        self.write(scope, f"while len({name}) > 2:")
        self.bind(inner, shape, f"{name}.pop({self.pick('', '0')})", anything=True)
        self.block(inner)
        return None

    def do_leave(self, scope: Scope) -> None:
        options = ["return"] if scope.depth > 1 and scope.result.kind != "tuple" else []
        if scope.looping:
            options += ["break", "continue", "break", "continue"]
        if not options:
            return self.do_store(scope)
        form = self.pick(*options)
        self.count(f"leave: {form}")
        self.write(scope, f"if {self.test(scope)}:")
        inner = scope.inner(looping=False)
        if self.chance(2):
            self.do_store(inner)
        if form == "return":
            form = f"return {self.returned(inner)}".rstrip()
        self.write(inner, form)
        return None

    def returned(self, scope: Scope) -> str:
        """What a helper, or an early return, gives back."""
        kind, shape = scope.result.kind, scope.result.shape
        if kind == "none":
            return ""
        if kind in ("alias", "view"):
            names = [text for text, known in self.references(scope) if known == shape]
            if kind == "view":
                for text, known in self.references(scope):
                    parts = self.regions(text, known, ("slices",), scope)
                    names += [one[0] for _, one in parts if one[1] == shape][:3]
            if names:
                return self.pick(*names)
        if kind == "tuple":
            return f"{self.element(scope, shape)}, {self.element(scope, scope.result.second)}"
        return self.fresh(scope, shape, 1)

    # Functions.

    def random_helper(self) -> None:
        """Write a helper that does to its parameters what the statements above do to local names."""
        name = f"helper{len(self.helpers) + 1}"
        p, q, g, t = ("p", VECTOR), ("q", VECTOR), ("g", MATRIX), ("t", NUMBER)
        k = ("k", None)
        options: list[tuple[tuple[str, Shape | str | None], ...]]
        options = [(p,), (p, q), (p, t), (p, q, k), (p, t, k)]
        if self.has("matrices"):
            options += [(g, p)]
        if self.has("lists"):
            options += [(("rows", "vectors"), p), (("nums", "numbers"), p)]
        parameters = self.pick(*options)
        kinds = ["array", "none", "number"]
        if self.has("aliases"):
            kinds += ["alias", "alias"]
        if self.has("views", "aliases"):
            kinds += ["view", "view"]
        if self.has("tuples"):
            kinds += ["tuple"]
        kind = self.pick(*kinds)
        result = Result(kind, VECTOR, self.pick(VECTOR, NUMBER))
        if kind == "number":
            result = Result(kind)
        elif kind == "view":
            result = Result(kind, self.pick((3,), VECTOR, (2,)))
        shapes = {one: shape for one, shape in parameters if isinstance(shape, tuple)}
        lists = {one: kind for one, kind in parameters if isinstance(kind, str)}
        integers = tuple(one for one, shape in parameters if shape is None)
        tests = ("k > 1", "k % 2 == 0") if integers else ("p.size > 2", "len(p) > 4")
        scope = Scope(shapes, frozenset(), frozenset(), tests, result, lists=lists, counters=integers, hot=True)
        body = Writer(
            self.source, self.features, self.used, self.helpers, self.productions, [], themes=self.themes, budget=6
        )
        for _ in range(self.source.integer(1, 3)):
            body.statement(scope)
        value = body.returned(scope)
        if value:
            body.write(scope, f"return {value}")
        self.lines += [f"def {name}({', '.join(one for one, _ in parameters)}):", *body.lines, "", ""]
        self.helpers.append(Helper(name, tuple(shape for _, shape in parameters), result))

    def function(self, most: int) -> None:
        kept = frozenset() if self.has("parameter") else frozenset({"x", "w"})
        tests = ("n > 2", "flag", "n % 2 == 0", "not flag", "n == 3 or flag", "len(x) > n")
        result = Result("number")
        scope = Scope({"x": VECTOR, "w": MATRIX, "s": NUMBER}, kept, frozenset(), tests, result, counters=("n",))
        if not self.has("matrices"):
            scope.kept |= {"w"}
        self.lines.append("def f(x, w, s, n, flag):")
        for _ in range(self.source.integer(1, 2)):
            self.do_create(scope)
        self.budget -= 2
        count = 0
        # Asked before each one: hypothesis leaves statements out where it can.
        while count < 2 or (count < most and self.source.integer(0, 7) > 0):
            self.statement(scope)
            count += 1
        for helper in self.helpers:
            if not any(f"{helper.name}(" in line and "def " not in line for line in self.lines):
                self.call(scope, helper)
        self.finish(scope)

    def finish(self, scope: Scope) -> None:
        """Return a number that depends on every element of all that is alive."""
        arrays = [one for one in self.references(scope, owned=False) if "%" not in one[0]]
        terms = []
        while arrays:
            text, shape = arrays.pop(0)
            mate = next((one for one in arrays if one[1] == shape), None)
            if mate is not None and not self.chance(3):
                arrays.remove(mate)
                terms.append(f"np.sum({text} * {mate[0]})")
            else:
                size = int(np.prod(shape))
                weights = f"np.arange(1.0, {size}.5)"
                if len(shape) == 2:
                    weights += f".reshape({shape[0]}, {shape[1]})"
                terms.append(f"np.sum(np.sin({text}) * {weights})")
        numbers = self.numbers(scope)
        terms += [f"np.sin({one} * {other})" for one, other in zip(numbers, [*numbers[1:], "1.2"], strict=True)]
        terms += [f"np.sin(sum({name}))" for name, kind in scope.lists.items() if kind == "numbers"]
        terms += [f"np.sum(np.sin(np.array({name})))" for name, kind in scope.lists.items() if kind == "vectors"]
        self.write(scope, "return 0.3 * (")
        inner = scope.inner()
        for place, term in enumerate(terms):
            self.write(inner, f"+ {term}" if place else term)
        self.write(scope, ")")


def region_broadcasts(region: str, text: str, shape: Shape, scope: Scope) -> bool:
    """Whether a region of an array, as it is written, broadcasts to the whole array."""
    template = region.replace(text, "{}", 1)
    for name in scope.counters:
        template = template.replace(name + " %", "0 %")
    known = region_shape(template, shape)
    return known is not None and broadcasts(known, shape)


def reads(text: str, name: str) -> bool:
    return re.search(rf"\b{name}\b", text) is not None


def nested(scope: Scope) -> str:
    """The end of a loop variable's name: other ones in inner loops."""
    return "" if scope.depth == 1 else f"_{scope.depth}"


def bracket(text: str) -> str:
    """Brackets where an operator follows or precedes."""
    return f"({text})" if " " in text or text.startswith("-") else text


VECTORS = ([0.41, -0.72, 1.07, 0.23], [-0.93, 0.58, 0.34, -1.21], [1.31, 0.87, -0.44, 0.69])
MATRICES = ([0.62, -0.35, 0.91, 1.13], [-0.81, 0.47, 0.16, -1.02], [0.29, 1.24, -0.53, 0.76])
NUMBERS = (0.31, -0.47, 0.83, 1.21, -1.13)


def written(source: Source, features: frozenset[str] = ALL, most: int = 10) -> StorageProgram:
    """Write a program by the choices of ``source``, of so many statements at most, what is inside of others apart."""
    if unknown := features - ALL:
        raise ValueError(f"no such features: {', '.join(sorted(unknown))}")
    writer = Writer(source, features)
    common = sorted(features & THEMES)
    if common:
        writer.themes = frozenset(writer.pick(*common) for _ in range(source.integer(0, 3)))
    if {"calls", "helpers"} <= features:
        for _ in range(source.integer(0, 2)):
            writer.random_helper()
    writer.function(most)
    n, flag = writer.pick(3, 2, 4, 1, 0), writer.pick(True, False)
    x, s = np.array(writer.pick(*VECTORS)), writer.pick(*NUMBERS)
    w = np.array(MATRICES)[[writer.pick(0, 1, 2), 1, 2]] * writer.pick(1.0, -0.7)
    header = '"""A random program about storage."""\n\nimport math\n\nimport numpy as np\n\n\n'
    if any("SimpleNamespace" in line for line in writer.lines):
        header = header.replace("import math\n", "import math\nfrom types import SimpleNamespace\n")
    header += "".join(f"{CLASSES[name]}\n\n" for name in CLASSES if name in writer.used)
    header += "".join(f"{HELPERS[name]}\n\n" for name in HELPERS if name in writer.used)
    text = header + "\n".join(writer.lines) + "\n"
    name = "storage_" + hashlib.sha256(text.encode()).hexdigest()[:16]
    return StorageProgram(text, name, (x, w, s, n, flag), tuple(writer.productions.elements()))


def program_of(seed: int, features: frozenset[str] = ALL, most: int = 10) -> StorageProgram:
    """The program of a seed."""
    return written(RandomSource(seed), features, most)


@st.composite
def _programs(draw: Callable[[st.SearchStrategy[Any]], Any], features: frozenset[str]) -> StorageProgram:
    return written(DrawnSource(draw), features)


def programs(features: frozenset[str] = ALL) -> st.SearchStrategy[StorageProgram]:
    """Programs for hypothesis: what fails is shrunk to few and simple statements."""
    return _programs(features)
