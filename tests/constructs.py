"""One small program for each construct of code that changes arrays, lists, dicts and objects.

``docs/constructs.md`` is what becomes of them, written by ``table()``: test_constructs.py compares it, and rewrites it
under ``--update-golden``.
"""

from __future__ import annotations

import ast
import contextlib
import functools
import inspect
import itertools
import operator
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any, NamedTuple

import numpy as np

import srcgrad
from srcgrad.testing import check_grads

X = np.array([0.5, -0.3, 0.8, 0.2])
M = np.array([[0.5, -0.3, 0.8], [0.1, 0.7, -0.4]])


@dataclass(frozen=True)
class Construct:
    """A program, the construct that it is about, and its arguments."""

    group: str
    shown: str
    function: Callable[..., Any]
    args: tuple[Any, ...]


CONSTRUCTS: list[Construct] = []


def construct(group: str, shown: str, *args: Any) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Register a program."""

    def register(function: Callable[..., Any]) -> Callable[..., Any]:
        CONSTRUCTS.append(Construct(group, shown, function, args or (X,)))
        return function

    return register


# --- stores


@construct("Stores", "y[i] = v")
def element(x):
    y = x * x
    y[1] = y[0] * y[1]
    return np.sum(y * y)


@construct("Stores", "y[i, j] = v", M)
def element_of_a_matrix(x):
    y = x * x
    y[0, -1] = y[1, 0] * y[0, 1]
    return np.sum(y * y)


@construct("Stores", "y[0][1] = v", M)
def element_of_a_row(x):
    y = x * x
    y[0][1] = y[1, 0]
    return np.sum(y * y)


@construct("Stores", "y[1:] = v (any step)")
def part(x):
    y = x * x
    y[::-2] = y[:2] * 3.0
    return np.sum(y * y)


@construct("Stores", "y[:2] = y[1:3] (overlap)")
def overlap(x):
    y = x * x
    y[:2] = y[1:3]
    return np.sum(y * y)


@construct("Stores", "y[..., None] = v")
def ellipsis(x):
    y = x * x
    y[..., None] = np.sum(x)
    return np.sum(y * x)


@construct("Stores", "y[mask] = v")
def mask(x):
    y = x * x
    y[x > 0] = x[0]
    return np.sum(y * y)


@construct("Stores", "y[[0, 2, 0]] = v (the last counts)")
def places(x):
    y = x * x
    y[[0, 2, 0]] = x[:3] * 2.0
    return np.sum(y * y)


@construct("Stores", "y[i] = constant")
def constant(x):
    y = x * x
    y[1] = 3.0
    return np.sum(y * y)


@construct("Stores", "y[1:] += v")
def linear_update(x):
    y = x * x
    for _ in range(3):
        y[1:] += 0.5 * y[:-1]
    return np.sum(y)


@construct("Stores", "y[1:] *= y[:-1]")
def product_update(x):
    y = x * x
    for _ in range(3):
        y[1:] *= y[:-1]
    return np.sum(y)


@construct("Stores", "y[i] = f(y[i - 1]) in a loop")
def recurrence(x):
    y = np.zeros(4)
    y[0] = x[0]
    for i in range(1, 4):
        y[i] = np.sin(y[i - 1]) * x[i]
    return np.sum(y)


@construct("Stores", "y += v, seen through every name")
def whole_update(x):
    y = x * x
    z = y
    y += x
    return np.sum(z * y)


@construct("Stores", "u, v = v, u (buffers)")
def buffers(x):
    u, v = x.copy(), np.zeros(4)
    for _ in range(3):
        v[1:-1] = 0.5 * (u[2:] + u[:-2])
        u, v = v, u
    return np.sum(u * x)


@construct("Stores", "x[i] = v (an argument)")
def argument(x):
    x[0] = x[1] * x[2]
    return np.sum(x * x)


@construct("Stores", "in branches, while loops, with breaks")
def in_a_while_loop(x):
    y = x * 1.0
    n = 0
    while True:
        if y[n] < 0:
            y[n] = y[0] * y[n]
        n += 1
        if n == 3:
            break
    return np.sum(y * y)


# --- views


@construct("Views", "v = y[1:]; v[0] = ...")
def slice_of(x):
    y = x * x
    v = y[1:]
    v[0] = x[3]
    return np.sum(y * y)


@construct("Views", "y.T, y.reshape(...), y.ravel(), y[..., None]", M)
def transposed(x):
    y = x * x
    v = y.T.reshape(-1)[1:]
    w = y.T
    w[0] = v[0]
    return np.sum(y * y)


@construct("Views", "np.split, np.asarray, np.flip")
def split(x):
    y = x * x
    a, b = np.split(y, 2)
    c = np.asarray(b)
    c[0] = a[1]
    return np.sum(y * y)


@construct("Views", "c = a if p else b")
def chosen(x):
    a, b = x * 1.0, x * x
    c = a if x[0] > 0 else b
    c[1] = x[2] * 5.0
    return np.sum(a * b)


@construct("Views", "for row in m: row *= ...", M)
def rows(x):
    m = x * x
    for row in m:
        row *= row[0]
    return np.sum(m)


@construct("Views", "views that are bound again in loops")
def moving(x):
    y = x * x
    v = y
    for _ in range(2):
        v = v[1:]
        v[0] *= 2.0
    return np.sum(y * y)


# --- functions of NumPy


@construct("Functions of NumPy", "np.add(a, b, out=y)")
def out(x):
    y = np.zeros(4)
    np.multiply(x, x, out=y)
    np.sin(y, out=y)
    return np.sum(y)


@construct("Functions of NumPy", "np.multiply(..., out=y, where=mask)")
def out_where(x):
    y = x * 1.0
    np.multiply(x, x, out=y, where=x > 0)
    return np.sum(y)


@construct("Functions of NumPy", "np.add.at(y, i, v)")
def add_at(x):
    y = np.zeros(3)
    np.add.at(y, [0, 2, 0, 1], x * x)
    return np.sum(y * y)


@construct("Functions of NumPy", "np.copyto, np.put, np.place, np.putmask")
def copies(x):
    y = x * x
    np.copyto(y, x[::-1], where=x > 0)
    np.put(y, [0, 1], x[2:])
    np.place(y, y > 0.5, x[:1])
    return np.sum(y * y)


@construct("Functions of NumPy", "y.fill(v), np.fill_diagonal", M)
def fills(x):
    y = x * x
    y[0].fill(x[0, 1])
    np.fill_diagonal(y, x[1, 1])
    return np.sum(y * y)


@construct("Functions of NumPy", "y.sort()")
def sorts(x):
    y = x * x
    y.sort()
    return np.sum(y * np.arange(4.0))


@construct("Functions of NumPy", "y.partition(k)")
def partitions(x):
    y = x * x
    y.partition(2)
    return y[2]


# --- lists


@construct("Lists and tuples", "lst.append(v), lst.pop()")
def stack(x):
    items = []
    for i in range(4):
        items.append(x[i] * x[i])
    while len(items) > 1:
        items.append(items.pop() * items.pop())
    return items[0]


@construct("Lists and tuples", "extend, insert, remove, reverse, clear, copy, del")
def list_methods(x):
    items = [x[0], x[1]]
    items.extend([x[2], x[3]])
    items.insert(1, x[0] * x[1])
    items.reverse()
    other = items.copy()
    del items[0]
    other.clear()
    return items[0] * items[1] + len(other)


@construct("Lists and tuples", "lst[i] = v, lst[1:3] = [...], lst + lst")
def list_stores(x):
    items = [x[0], x[1], x[2]]
    items[0] = items[1] * items[2]
    items[1:3] = [x[3]]
    items = items + [items[0]]
    return items[0] * items[1] * items[2]


@construct("Lists and tuples", "an array that changes in a list")
def array_in_a_list(x):
    a = x * x
    items = [a, x]
    a[0] = x[1]
    items[0][1] = x[2] * 3.0
    return np.sum(a * items[0])


@construct("Lists and tuples", "one array twice in a list")
def twice_in_a_list(x):
    a = x * x
    items = [a, a]
    items[0][1] = x[2] * 3.0
    return np.sum(items[1] * a)


@construct("Lists and tuples", "[f(v) for v in x]")
def comprehension(x):
    items = [v * v for v in x]
    return items[0] * items[1]


@construct("Lists and tuples", "items.sort()")
def list_sort(x):
    items = [x[0], x[1]]
    items.sort()
    return items[0] * 2.0


@construct("Lists and tuples", "a + b of tuples")
def tuple_sum(x):
    pair = (x[0], x[1])
    more = pair + (x[2],)
    return more[0] * more[2]


@construct("Lists and tuples", "sorted(y), y.sort()")
def list_in_order(x):
    y = sorted([x[0], x[1], x[2]])
    y.sort(key=lambda v: -v)
    return y[0] * y[1]


@construct("Lists and tuples", "a, *b = y")
def star(x):
    first, *others = x
    return first * others[0] + others[-1] ** 2


@construct("Lists and tuples", "map, filter")
def mapped(x):
    s = 0.0
    for v in map(np.sin, filter(lambda v: v > 0, [x[0], x[1], x[2]])):
        s = s + v * v
    return s


@construct("Lists and tuples", "t = t + (v,) in a loop")
def growing_tuple(x):
    t = ()
    for i in range(3):
        t = t + (x[i] ** 2,)
    return t[0] * t[2]


@construct("Lists and tuples", "np.ndindex, np.ndenumerate", M)
def every_place(x):
    s = 0.0
    for (i, j), v in np.ndenumerate(x):
        s = s + v * v * (i + j + 1)
    for place in np.ndindex(x.shape):
        s = s + x[place] ** 3
    return s


# --- dicts


@construct("Dicts", "d[k] = v, d[k] += v, del d[k]")
def dict_stores(x):
    d = {"a": x[0], "b": x[1]}
    d["a"] = d["a"] * d["b"]
    d["c"] = x[2]
    d["c"] += d["a"]
    del d["b"]
    return d["a"] * d["c"]


@construct("Dicts", "update, pop, setdefault, get, clear, copy, a | b, {**a}")
def dict_methods(x):
    d = {"a": x[0]}
    d.update({"b": x[1]}, c=x[2])
    z = d.setdefault("z", x[3]) * d.pop("b")
    e = d | {"d": z}
    f = {**e, "a": d["c"]}
    d.clear()
    return f["a"] * f["d"] * f.get("c", 0.0) + len(d)


@construct("Dicts", "for k, v in d.items(), values(), keys()")
def dict_loops(x):
    d = {"a": x[0], "b": x[1]}
    total = 0.0
    for k in d:
        d[k] = d[k] * x[2]
    for _, v in d.items():
        total = total * v + v
    return total


@construct("Dicts", "a dict, or a list, as an argument and as a result", {"w": X, "b": [0.5, X]})
def dict_argument(p):
    return {"y": p["w"] * p["b"][0], "z": [p["b"][1]]}


# --- objects


@dataclass
class Point:
    x: float
    y: float = 2.0

    def moved(self, k):
        return Point(self.x * k, self.y + k)

    def move(self, k):
        self.x = self.x * k
        return self.x

    @property
    def area(self):
        return self.x * self.y


class Model:
    def __init__(self, w):
        self.w = w
        self.calls = 0
        self.past = []

    def __call__(self, x):
        self.calls += 1
        self.past.append(x * self.w)
        return np.sin(self.past[-1])


class Pair(NamedTuple):
    left: Any
    right: Any


@construct("Objects", "p.x, p.x = v, p.x += v", Point(0.5))
def attributes(p):
    p.x = p.x * p.y
    p.y += p.x
    return p.x * p.y


@construct("Objects", "p.a.b[0] = v", SimpleNamespace(a=SimpleNamespace(b=X)))
def nested(p):
    p.a.b[0] = p.a.b[1] * 2.0
    return np.sum(p.a.b)


@construct("Objects", "methods and properties that read", Point(0.5))
def methods(p):
    return p.moved(3.0).area * p.area


@construct("Objects", "methods that store", Point(0.5), 0.7)
def storing_methods(p, k):
    if p.move(k) > 0:
        p.y = p.move(k)
    return p.area


@construct("Objects", "__init__, __call__, lists in objects", X)
def constructors(x):
    model = Model(x[0])
    y = model(x[1]) * model(x[2])
    return y * model.past[0] * model.calls


@construct("Objects", "several names, objects in lists, as results", Point(0.5), 0.7)
def aliases(p, k):
    points = [p, p.moved(k)]
    points[0].x = k * k
    return points


@construct("Objects", "named tuples, _replace", Pair(0.5, X))
def named(pair):
    other = pair._replace(left=pair.left * 2.0)
    return other.left * np.sum(other.right)


@construct("Objects", "del p.x", Point(0.5))
def deletes(p):
    y = p.x * p.y
    del p.x
    return y


class Vector:
    def __init__(self, x, y):
        self.x = x
        self.y = y
        self.asked = 0

    def __add__(self, other):
        return Vector(self.x + other.x, self.y + other.y)

    def __iadd__(self, other):
        self.x = self.x + other.x
        self.y = self.y + other.y
        return self

    def __neg__(self):
        return Vector(-self.x, -self.y)

    def __getitem__(self, place):
        return self.x if place == 0 else self.y

    def __setitem__(self, place, value):
        if place == 0:
            self.x = value
        else:
            self.y = value

    def __len__(self):
        self.asked += 1
        return 2

    def __bool__(self):
        self.asked += 1
        return self.asked > 1


@construct("Objects", "p + q, -p, p += q (operators of a class)")
def operators(x):
    p = Vector(x, x * x)
    q = -p + p + p
    q += p
    return np.sum(q.x * q.y)


@construct("Objects", "p[k], p[k] = x, len(p), if p")
def special_methods(x):
    p = Vector(x, x * x)
    p[0] = p[1] * len(p)
    if p:
        p[1] = p[0] * x
    return np.sum(p[0] * p[1] * p.asked)


# --- calls


def writes(y, v):
    y[0] = v * v
    return y


def tail(y):
    return y[1:]


def both(a, b):
    a[0] = b[1] * 2.0
    return b[0]


def shrunk(y):
    y *= 0.5
    return y[0]


def halved(y, n):
    y *= 0.5
    return y[0] if n == 0 else halved(y, n - 1)


@construct("Calls", "functions that change an argument")
def changing_call(x):
    y = x * x
    z = writes(y, x[1])
    return np.sum(y * z)


@construct("Calls", "functions that return a view")
def view_of_a_call(x):
    y = x * x
    v = tail(y)
    v[0] = x[0]
    return np.sum(y * y)


@construct("Calls", "one array as two arguments")
def same_twice(x):
    y = x * x
    return both(y, y) * y[0]


@construct("Calls", "in tests of if and while")
def call_in_a_test(x):
    y = x * x
    while shrunk(y) > 0.01:
        y[1] += y[0]
    return np.sum(y)


@construct("Calls", "recursive functions that change an argument")
def recursive(x):
    y = x * x
    z = halved(y, 2)
    return z * np.sum(y)


# --- the outside

LOG: list[float] = []
STATE = np.zeros(4)


@construct("The outside", "a global list that gets what is not differentiated")
def logs(x):
    LOG.append(1.0)
    return np.sum(x * x)


@construct("The outside", "a global array that gets what is differentiated")
def stores_outside(x):
    STATE[0] = x[0]
    return np.sum(STATE * x)


# --- functions as values


@construct("Functions", "def inside, closures, nonlocal")
def inner_functions(x):
    total = 0.0

    def add(v, by=x[0]):
        nonlocal total
        total = total + v * by

    for v in x:
        add(v)
    return total


@construct("Functions", "generator functions: for v in gen(), sum(gen()), yield from")
def inner_generators(x):
    def squares(n):
        for i in range(n):
            yield x[i] ** 2

    def both(n):
        yield from squares(n)
        yield x[0]

    total = 1.0
    for v in both(3):
        if v > 9.0:
            break
        total = total * v
    return total + sum(squares(2))


@construct("Functions", "lambdas with names, called later and often")
def lambdas(x):
    square = lambda a, k=2.0: a * a * k  # noqa: E731
    return np.sum(square(x)) + square(x[0], k=x[1])


def applied(g, a, *more, **named):
    return g(a, *more, **named)


@construct("Functions", "functions as arguments, *args and **kwargs on both sides")
def callbacks(x):
    k = x[1]
    pair = [x[0], x[2]]
    return applied(lambda a, b, c=1.0: a * b * c * k, *pair, c=x[3]) + applied(np.sin, x[0])


@construct("Functions", "*args of the function itself", X, 2.0, X[:2])
def any_number(x, *args):
    return np.sum(x) * args[0] + sum(np.sum(a * a) for a in args)


@construct("Functions", "functions as results, decorators")
def makers(x):
    def scaled(k):
        def inner(a):
            return a * k

        return inner

    def doubled(g):
        return lambda *args: 2.0 * g(*args)

    @doubled
    def square(a):
        return a * a

    return scaled(x[0])(x[1]) + square(x[2])


@construct("Functions", "partial, reduce, accumulate, itemgetter")
def functional(x):
    power = functools.partial(lambda base, exponent: base**exponent, exponent=3.0)
    total = functools.reduce(lambda p, q: p * q + 1.0, x)
    first = sorted([(x[0], x[1]), (x[2], x[3])], key=operator.itemgetter(0))[0]
    return total + power(x[0]) + sum(itertools.accumulate(x)) * first[1]


@construct("Functions", "one of several functions, tables of functions, loops over functions")
def tables(x):
    act = np.tanh if x[0] > 0.0 else (lambda v: v * v)
    table = {"sine": np.sin, "exp": np.exp}
    total = np.sum(act(x)) * table["sine"](x[0])
    for g in (np.cos, np.tanh):
        total = total + g(x[1])
    return total


@construct("Functions", "what is known at run time only: getattr(np, name)(x)")
def found_by_name(x):
    name = "tanh" if x[0] > 0.0 else "sin"
    return np.sum(getattr(np, name)(x) * x)


@construct("Functions", "an inner function that calls itself")
def recursive_inner(x):
    def power(n):
        return x[0] if n == 0 else x[1] * power(n - 1)

    return power(3)


@construct("Functions", "a function kept from a turn of a loop")
def kept_function(x):
    for i in range(3):
        g = lambda a, c=x[i]: a * c  # noqa: E731
        if i == 1:
            kept = g
    return kept(x[0])


# --- blocks


@construct("Blocks", "try, except, else, finally")
def tries(x):
    s = x[0]
    for i in range(6):
        try:
            s = s * x[i]
        except IndexError:
            s = s + x[0]
            continue
        else:
            s = s * 2.0
        finally:
            s = s + 1.0
    return s


@construct("Blocks", "what an exception holds")
def exception_values(x):
    try:
        raise ValueError(x[0] * 2.0)
    except ValueError as error:
        return error.args[0]


@construct("Blocks", "with, left by return and break too")
def managers(x):
    for k in range(3):
        with np.errstate(all="ignore"), contextlib.nullcontext(2.0) as by:
            if k == 2:
                return np.sum(np.log(x * x)) * by
            x = x * by
    return 0.0


@construct("Blocks", "match")
def matches(x):
    total = 0.0
    for part in ([x[0]], (x[1], x[2]), {"scale": x[3]}):
        match part:
            case [a]:
                total = total + a
            case (a, b) if len(part) == 2:
                total = total + a * b
            case {"scale": k}:
                total = total * k
    return total


# --- expressions


@construct("Expressions", ":=")
def walrus(x):
    return (y := x[0] * 2.0) * y if (z := x[1]) > -9.0 else z


@construct("Expressions", "and, or as values")
def and_or(x):
    return (x[0] and x[1]) * (0.0 or x[2])


@construct("Expressions", "generator functions")
def generators(x):
    return sum(squares(x))


def squares(x):
    for v in x:
        yield v * v


# --- the table


def outcome(one: Construct) -> tuple[str, str]:
    """What becomes of a program in reverse mode, and what its derivative keeps."""
    wrt = tuple(range(len(one.args)))
    try:
        text = srcgrad.grad(one.function, wrt).source_for(*one.args)
    except srcgrad.DifferentiationError as error:
        return f"refused: {error.reason}", ""
    check_grads(one.function, one.args, modes=("rev",))
    return "right", ", ".join(f"`{kept}`" for kept in dict.fromkeys(recorded(text))) or "nothing"


def recorded(text: str) -> Iterator[str]:
    """What the forward sweep of a derivative pushes on stacks, or keeps of what is overwritten."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "append":
            stack = node.func.value
            if isinstance(stack, ast.Name) and "_stack" in stack.id and "_old" not in ast.unparse(node.args[0]):
                yield ast.unparse(node.args[0])
        elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            name = node.targets[0].id
            if "_old" in name and "_stack" not in name and "_stack" not in ast.unparse(node.value):
                yield ast.unparse(node.value)


def forward(one: Construct) -> str:
    """What becomes of a program in forward mode."""
    try:
        derivative = srcgrad.jvp(one.function, tuple(range(len(one.args))))
        dots = [name for name in inspect.signature(derivative).parameters if name.endswith("_dot")]
        derivative.source_for(*one.args, **dict(zip(dots, one.args, strict=True)))
    except srcgrad.DifferentiationError:
        return "refused"
    check_grads(one.function, one.args, modes=("fwd",))
    return "right"


def table() -> str:
    """The page of the documentation."""
    lines = [
        "# What is followed",
        "",
        "Every row is a program of `tests/constructs.py`, differentiated in both modes and compared with differences",
        "when this page is made. *Kept* is what the forward sweep keeps for the reverse sweep, beside the values that",
        "are still there: what is pushed on stacks, and what is overwritten and read again.",
        "",
    ]
    group = ""
    for one in CONSTRUCTS:
        if one.group != group:
            group = one.group
            lines += [
                f"## {group}",
                "",
                "| construct | reverse mode | forward mode | kept |",
                "| --- | --- | --- | --- |",
            ]
        reverse, kept = outcome(one)
        shown = f"`{one.shown}`".replace("|", "\\|")
        lines.append(f"| {shown} | {reverse} | {forward(one)} | {kept} |")
        if one is CONSTRUCTS[-1] or CONSTRUCTS[CONSTRUCTS.index(one) + 1].group != group:
            lines.append("")
    return "\n".join(lines)
