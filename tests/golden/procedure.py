import numpy as np
from srcgrad.runtime import unbroadcast


def jacobi_grad(A, B, steps, y_bar=(1.0, 1.0)):
    # reverse sweep
    # for t in range(steps):
    A_bar = np.full_like(A, y_bar[0])
    B_bar = np.full_like(B, y_bar[1])
    for t in reversed(range(steps)):
        # A[1:-1] = (B[:-2] + B[1:-1] + B[2:]) / 3.0
        tmp_bar = unbroadcast(A_bar[1:-1], B[:-2]) / 3.0
        A_bar[1:-1] = 0.0
        B_bar[2:] += tmp_bar
        B_bar[1:-1] += tmp_bar
        B_bar[:-2] += tmp_bar
        # B[1:-1] = (A[:-2] + A[1:-1] + A[2:]) / 3.0
        tmp_bar = unbroadcast(B_bar[1:-1], A[:-2]) / 3.0
        B_bar[1:-1] = 0.0
        A_bar[2:] += tmp_bar
        A_bar[1:-1] += tmp_bar
        A_bar[:-2] += tmp_bar
    return A_bar, B_bar
