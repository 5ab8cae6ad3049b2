"""Procedures: they return nothing and write their results into their arguments.

``PROCEDURES`` holds the function, the arguments of a call, by what it is differentiated, and what of.
"""

import types

import numpy as np

from tests.zoo import arr, pos


def definite(n, seed=0):
    """A symmetric positive definite matrix."""
    a = arr(n, n, seed=seed)
    return a @ a.T + n * np.eye(n)


def squares(x, out):
    out[:] = x * x


def squares_in_place(x):
    x *= x


def jacobi_1d(a, b, steps):
    for _ in range(steps):
        b[1:-1] = (a[:-2] + a[1:-1] + a[2:]) / 3.0
        a[1:-1] = (b[:-2] + b[1:-1] + b[2:]) / 3.0


def logistic_field(u, r, steps):
    for _ in range(steps):
        u[1:-1] = r * u[1:-1] * (1.0 - u[2:])
        u[0] = u[-2]


def seidel_2d(a, f, k):
    for i in range(1, a.shape[0] - 1):
        for j in range(1, a.shape[1] - 1):
            a[i, j] = k * (a[i - 1, j] + a[i + 1, j] + a[i, j - 1] + a[i, j + 1]) + f[i, j] * a[i, j]


def waves(u, old, c, steps):
    for _ in range(steps):
        new = 2.0 * u - old
        new[1:-1] += c * c * (u[2:] - 2.0 * u[1:-1] + u[:-2])
        new[0] = new[-1] = 0.0
        old[:] = u
        u[:] = new


def matrix_products(alpha, beta, a, b, c):
    c *= beta
    for i in range(c.shape[0]):
        for k in range(a.shape[1]):
            c[i] += alpha * a[i, k] * b[k]


def rank_updates(a, u1, v1, u2, v2, x, w, alpha):
    a += np.outer(u1, v1) + np.outer(u2, v2)
    x += alpha * (v1 @ a)
    w[...] = a @ x * x


def lu(a):
    for k in range(len(a)):
        for i in range(k + 1, len(a)):
            a[i, k] /= a[k, k]
            a[i, k + 1 :] -= a[i, k] * a[k, k + 1 :]


def triangular_solve(low, x, b):
    for i in range(len(b)):
        x[i] = (b[i] - low[i, :i] @ x[:i]) / low[i, i]


def thomas(low, diagonal, up, x):
    for i in range(1, len(x)):
        w = low[i] / diagonal[i - 1]
        diagonal[i] -= w * up[i - 1]
        x[i] -= w * x[i - 1]
    x[-1] /= diagonal[-1]
    for i in range(len(x) - 2, -1, -1):
        x[i] = (x[i] - up[i] * x[i + 1]) / diagonal[i]


def gram_schmidt(a, q, r):
    for k in range(a.shape[1]):
        r[k, k] = np.sqrt(np.sum(a[:, k] ** 2))
        np.divide(a[:, k], r[k, k], out=q[:, k])
        for j in range(k + 1, a.shape[1]):
            r[k, j] = q[:, k] @ a[:, j]
            a[:, j] -= r[k, j] * q[:, k]


def softmax(x, w):
    x -= np.max(x, axis=1, keepdims=True)
    np.exp(x, out=x)
    for row in x:
        row /= np.sum(row)
        row *= w


def correlation(data, mean, std, corr):
    np.mean(data, axis=0, out=mean)
    data -= mean
    std[:] = np.sqrt(np.mean(data**2, axis=0))
    data /= std * np.sqrt(len(data))
    for i in range(len(corr)):
        corr[i, i] = 1.0
        for j in range(i):
            corr[i, j] = corr[j, i] = np.sum(data[:, i] * data[:, j])


def kick_and_drift(x, v, mass, dt):
    forces = np.zeros_like(x)
    accumulate_forces(x, mass, forces)
    v += dt * forces
    x += dt * v


def accumulate_forces(x, mass, forces):
    for i in range(len(x)):
        for j in range(i):
            r = x[i] - x[j]
            f = r / (r @ r + 0.2)
            forces[i] -= mass[j] * f
            forces[j] += mass[i] * f


def adam(w, m, v, gradient, rate):
    m *= 0.9
    m += 0.1 * gradient
    v[:] = 0.99 * v + 0.01 * gradient * gradient
    w -= rate * m / (np.sqrt(v) + 1e-2)


def overwritten_and_left_alone(x, y, z):
    y[0] = x[1]
    y[1:] = 0.5
    t = x * y
    y[2] += t[0]
    z.fill(t[2])
    x[1] = 3.0


def early_exits(x, y, limit):
    for i in range(len(x)):
        if x[i] > limit:
            y[i] *= x[i] * limit
            return
        y[i] += np.sin(x[i])
    x *= 2.0


def views_of_arguments(x, y):
    top, low = x[:2], x[2:]
    t = y.T
    top *= low
    t[0] = top[0]
    t[1] += low[1]
    x[::-1][0] = t[0] * 2.0


def rebound_name(x, y):
    x *= y
    x = x * 2.0
    x[0] = y[1]
    y += x


def filled_lists(x, states, sums):
    for i in range(len(x)):
        states.append(x[i] * x[i - 1])
        sums[0] += states[-1] ** 2
    sums.append(x[0] * sums[0])


def updated_dictionary(params, gradients, rate):
    for name in gradients:
        params[name] -= rate * gradients[name] ** 2
    params["b"] = params["b"] * params["w"][0]


def stepped_object(state, dt):
    state.q = state.q + dt * state.p
    state.p[:] -= dt * np.sin(state.q)
    state.t += dt


def in_place_quicksort(y):
    if len(y) > 1:
        low, high = y[y < y[0]], y[y >= y[0]]
        pivot = high[0]
        n = len(low)
        y[:n], y[n], y[n + 1 :] = low, pivot, high[1:]
        in_place_quicksort(y[:n])
        in_place_quicksort(y[n + 1 :])


def arrays_without_elements(x, y, n):
    y[:] = x * 2.0
    for i in range(n):
        y[i] *= x[i]
    x += y


PROCEDURES = [
    (squares, (arr(3), np.zeros(3)), ("x",), ("out",)),
    (squares, (arr(3), arr(3, seed=1)), ("x", "out"), ("x", "out")),
    (squares_in_place, (arr(2, 2),), ("x",), ("x",)),
    (jacobi_1d, (arr(6), arr(6, seed=1), 2), ("a", "b"), ("a", "b")),
    (jacobi_1d, (arr(6), arr(6, seed=1), 2), ("a",), ("b",)),
    (jacobi_1d, (arr(6), arr(6, seed=1), 0), ("a", "b"), ("b",)),
    (logistic_field, (pos(5) * 0.6, 1.9, 3), ("u", "r"), ("u",)),
    (seidel_2d, (arr(4, 4), arr(4, 4, seed=1), 0.2), ("a", "f", "k"), ("a",)),
    (waves, (arr(5), arr(5, seed=1), 0.4, 3), ("u", "old", "c"), ("u", "old")),
    (waves, (arr(5), arr(5, seed=1), 0.4, 2), ("c",), ("u",)),
    (
        matrix_products,
        (0.7, 1.3, arr(2, 3), arr(3, 2), arr(2, 2)),
        ("alpha", "beta", "a", "b", "c"),
        ("c",),
    ),
    (
        rank_updates,
        (arr(3, 3), arr(3), arr(3, seed=1), arr(3, seed=2), arr(3, seed=3), arr(3, seed=4), np.full(3, 7.0), 0.6),
        ("a", "u1", "v2", "x", "alpha"),
        ("x", "w"),
    ),
    (lu, (definite(3),), ("a",), ("a",)),
    (triangular_solve, (definite(3), np.zeros(3), arr(3)), ("low", "b"), ("x",)),
    (triangular_solve, (definite(3), arr(3, seed=1), arr(3)), ("low", "x", "b"), ("x",)),
    (thomas, (arr(4), pos(4) + 3.0, arr(4, seed=1), arr(4, seed=2)), ("low", "diagonal", "up", "x"), ("x", "diagonal")),
    (gram_schmidt, (arr(3, 2), np.zeros((3, 2)), np.zeros((2, 2))), ("a",), ("q", "r")),
    (softmax, (arr(2, 3), arr(3)), ("x", "w"), ("x",)),
    (correlation, (arr(4, 3), np.full(3, 7.0), np.full(3, 7.0), np.zeros((3, 3))), ("data",), ("corr", "mean")),
    (kick_and_drift, (arr(3, 2), arr(3, 2, seed=1), pos(3), 0.1), ("x", "v", "mass", "dt"), ("x", "v")),
    (
        adam,
        (arr(3), arr(3, seed=1), pos(3), arr(3, seed=2), 0.1),
        ("w", "m", "v", "gradient", "rate"),
        ("w", "m", "v"),
    ),
    (overwritten_and_left_alone, (arr(3), arr(3, seed=1), np.zeros(2)), ("x", "y"), ("x", "y", "z")),
    (early_exits, (arr(3), arr(3, seed=1), 0.4), ("x", "y", "limit"), ("x", "y")),
    (early_exits, (arr(3), arr(3, seed=1), 3.0), ("x", "y"), ("x", "y")),
    (views_of_arguments, (arr(4, 2), arr(2, 3)), ("x", "y"), ("x", "y")),
    (rebound_name, (arr(3), arr(3, seed=1)), ("x", "y"), ("x", "y")),
    (filled_lists, (arr(3), [], [0.4]), ("x", "sums"), ("states", "sums")),
    (
        updated_dictionary,
        ({"w": arr(2), "b": 0.4}, {"w": arr(2, seed=1), "b": 0.7}, 0.2),
        ("params", "gradients", "rate"),
        ("params",),
    ),
    (
        stepped_object,
        (types.SimpleNamespace(q=arr(2), p=arr(2, seed=1), t=0.3), 0.1),
        ("state", "dt"),
        ("state",),
    ),
    (in_place_quicksort, (arr(5),), ("y",), ("y",)),
    (arrays_without_elements, (arr(0), arr(0), 0), ("x", "y"), ("x", "y")),
    (arrays_without_elements, (arr(2), arr(2, seed=1), 2), ("x", "y"), ("x", "y")),
]
