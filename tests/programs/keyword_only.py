"""Keyword-only, positional-only and default parameters."""

import numpy as np

from tests.zoo import arr, ex, program


@program(ex(0.7, scale=2.0), ex(0.7), ex(arr(2), scale=0.5))
def keyword_only_constant(x, *, scale=3.0):
    return scale * x * x


@program(ex(0.7, scale=2.0), ex(arr(2), scale=0.5), wrt=("x", "scale"))
def keyword_only_active(x, *, scale):
    return scale * x * x + scale**2


@program(ex(0.7, scale=2.0), ex(arr(2), scale=0.5), wrt="scale")
def only_the_keyword(x, *, scale):
    return scale * x * x + scale**2


@program(ex(0.7, 2.0), ex(0.7), ex(0.7, b=0.5), ex(x=0.7, a=0.2), wrt="x")
def defaults(x, a=1.5, b=2.5):
    return a * x * x + b * x


@program(ex(0.7, 2.0), ex(x=arr(2), a=0.3), ex(0.7, a=0.4), wrt=("x", "a"))
def passed_by_name_or_position(x, a):
    return a * np.sin(x)


@program(ex(0.7, 2.0), wrt=(0, 1))
def positional_only(x, a, /):
    return a * np.sin(x)


@program(ex(0.7, 2.0, b=0.3), ex(0.7, 2.0), wrt=(0, "a"))
def all_three(x, /, a, *, b=0.5):
    return a * np.sin(x) * b


@program(ex(0.7), ex(0.7, 3), ex(0.7, n=0))
def default_count(x, n=2):
    for _ in range(n):
        x = x * x
    return x


@program(ex(0.7), ex(arr(2)))
def default_is_none(x, bias=None):
    if bias is None:
        bias = 0.5
    return x * x + bias


@program(ex(0.7))
def annotated(x: float, *, scale: "float | None" = 2.0) -> float:
    return x * x * scale
