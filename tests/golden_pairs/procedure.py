"""A procedure: what it writes into its arguments is differentiated (`of`); seeds come in, gradients go out, the caller's
arrays stay as they were. The update is linear: nothing is recorded, and without the values the forward sweep is dead."""

import numpy as np


def jacobi(A, B, steps):
    for t in range(steps):
        B[1:-1] = (A[:-2] + A[1:-1] + A[2:]) / 3.0
        A[1:-1] = (B[:-2] + B[1:-1] + B[2:]) / 3.0


# srcgrad.grad(jacobi, wrt=("A", "B"), of=("A", "B"))
def jacobi_grad(A, B, steps):
    # reverse sweep
    A_bar = np.ones_like(A)
    B_bar = np.ones_like(B)
    # for t in range(steps):
    for t in reversed(range(steps)):
        # A[1:-1] = (B[:-2] + B[1:-1] + B[2:]) / 3.0
        v_bar = A_bar[1:-1] / 3.0
        A_bar[1:-1] = 0.0
        B_bar[:-2] += v_bar
        B_bar[1:-1] += v_bar
        B_bar[2:] += v_bar
        # B[1:-1] = (A[:-2] + A[1:-1] + A[2:]) / 3.0
        v_bar = B_bar[1:-1] / 3.0
        B_bar[1:-1] = 0.0
        A_bar[:-2] += v_bar
        A_bar[1:-1] += v_bar
        A_bar[2:] += v_bar
    return A_bar, B_bar


OF = ("A", "B")


def example(rng):
    return jacobi, jacobi_grad, (rng.normal(size=7), rng.normal(size=7), 3), ("A", "B")
