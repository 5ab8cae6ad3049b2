"""Functions and constants that programs of other modules call and read."""

import math

import numpy as numerics

FACTOR = 1.5
TABLE = [0.5, 2.0, 1.0]
MATRIX = numerics.array([[0.5, -1.0], [0.25, 2.0]])


def scaled_sine(x):
    return FACTOR * numerics.sin(x)


def helper(x, power=2, *, shift=0.25):
    """Shadow no name of the caller: its globals are this module's."""
    return inner(x) ** power + shift


def inner(x):
    return x * FACTOR


def polynomial(x):
    y = 0.0
    for c in TABLE:
        y = y * x + c
    return y


def apply_matrix(v):
    return MATRIX @ v


def scalar_sine(x):
    return math.sin(x) * math.pi
