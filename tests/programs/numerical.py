"""Kernels of scientific computing that compute in arrays and return them."""

import numpy as np

from tests.zoo import arr, ex, pos, program


def definite(n, seed=0):
    """A symmetric positive definite matrix."""
    a = arr(n, n, seed=seed)
    return a @ a.T + n * np.eye(n)


def dominant(n, seed=0):
    """A matrix with a large diagonal."""
    return arr(n, n, seed=seed) * 0.5 + n * np.eye(n)


# Stencils.


@program(ex(arr(6), 3), ex(arr(6), 0))
def jacobi_1d(a, steps):
    b = a.copy()
    for _ in range(steps):
        b[1:-1] = (a[:-2] + a[1:-1] + a[2:]) / 3.0
        a[1:-1] = (b[:-2] + b[1:-1] + b[2:]) / 3.0
    return a, b


@program(ex(arr(4, 5), 2))
def jacobi_2d(a, steps):
    b = np.zeros_like(a)
    for _ in range(steps):
        b[1:-1, 1:-1] = 0.2 * (a[1:-1, 1:-1] + a[1:-1, :-2] + a[1:-1, 2:] + a[2:, 1:-1] + a[:-2, 1:-1])
        a[1:-1, 1:-1] = b[1:-1, 1:-1] * np.cos(a[1:-1, 1:-1])
    return a


@program(ex(arr(3, 3, 3), 0.1, 2), wrt=(0, 1))
def heat_3d(u, k, steps):
    un = np.empty_like(u)
    for _ in range(steps):
        un[...] = u
        c = un[1:-1, 1:-1, 1:-1]
        u[1:-1, 1:-1, 1:-1] += k * (
            un[2:, 1:-1, 1:-1]
            + un[:-2, 1:-1, 1:-1]
            + un[1:-1, 2:, 1:-1]
            + un[1:-1, :-2, 1:-1]
            + un[1:-1, 1:-1, 2:]
            + un[1:-1, 1:-1, :-2]
            - 6.0 * c
        )
        u[0] = u[1]
    return u


@program(ex(arr(4, 4), 2))
def seidel_2d(a, steps):
    n, m = a.shape
    for _ in range(steps):
        for i in range(1, n - 1):
            for j in range(1, m - 1):
                a[i, j] = (a[i - 1 : i + 2, j - 1 : j + 2].sum() + a[i, j] * a[i, j - 1]) / 9.0
    return a


@program(ex(arr(4, 4), 1), ex(arr(4, 4), 2))
def alternating_directions(u, steps):
    n = len(u)
    v, p, q = np.zeros((n, n)), np.zeros((n, n)), np.zeros((n, n))
    a, b = -0.3, 1.6
    for _ in range(steps):
        for src, dst in ((u, v), (v, u)):
            dst[0] = dst[-1] = 1.0
            p[:, 0] = 0.0
            q[:, 0] = dst[0]
            for j in range(1, n - 1):
                p[1:-1, j] = -a / (a * p[1:-1, j - 1] + b)
                q[1:-1, j] = (src[j, 1:-1] * 0.4 + 0.3 * src[j, :-2] - a * q[1:-1, j - 1]) / (a * p[1:-1, j - 1] + b)
            for j in range(n - 2, 0, -1):
                dst[j, 1:-1] = p[1:-1, j] * dst[j + 1, 1:-1] + q[1:-1, j]
    return u, v


@program(ex(arr(3, 4), arr(4, 3), arr(4, 4), 2), wrt=(0, 1, 2))
def finite_difference_time_domain(ex_, ey, hz, steps):
    for t in range(steps):
        ey[0, :] = t + 1.0
        ey[1:, :] -= 0.5 * (hz[1:, :3] - hz[:-1, :3])
        ex_[:, 1:] -= 0.5 * (hz[:3, 1:] - hz[:3, :-1])
        hz[:3, :3] -= 0.7 * (ex_[:, 1:] - ex_[:, :-1] + ey[1:, :] - ey[:-1, :])
        hz[3] *= hz[0]
    return ex_, ey, hz


@program(ex(arr(5, 5), 0.3), wrt=(0, 1))
def horizontal_diffusion(field, coefficient):
    lap = 4.0 * field[1:-1, 1:-1] - (field[2:, 1:-1] + field[:-2, 1:-1] + field[1:-1, 2:] + field[1:-1, :-2])
    flux = lap[1:, 1:-1] - lap[:-1, 1:-1]
    drop = flux * (field[2:-1, 2:-2] - field[1:-2, 2:-2]) > 0
    flux[drop] = 0.0
    out = field.copy()
    out[2:-2, 2:-2] -= coefficient * (flux[1:] - flux[:-1])
    return out, lap


@program(ex(arr(6), 0.2, 0.1, 3), wrt=(0, 1, 2))
def burgers(u, dt, nu, steps):
    for _ in range(steps):
        un = u.copy()
        u[1:-1] = un[1:-1] - dt * un[1:-1] * (un[1:-1] - un[:-2]) + nu * (un[2:] - 2.0 * un[1:-1] + un[:-2])
        u[0] = un[0] - dt * un[0] * (un[0] - un[-2])
        u[-1] = u[0]
    return u


@program(ex(arr(4, 4), arr(4, 4, seed=1), 2), wrt=(0, 1))
def cavity_pressure(p, b, steps):
    pn = np.empty_like(p)
    for _ in range(steps):
        pn[:] = p
        p[1:-1, 1:-1] = 0.25 * (pn[1:-1, 2:] + pn[1:-1, :-2] + pn[2:, 1:-1] + pn[:-2, 1:-1]) - b[1:-1, 1:-1]
        p[:, -1] = p[:, -2]
        p[0, :] = p[1, :]
        p[:, 0] = p[:, 1] * 0.5
        p[-1, :] = 0.0
    return p


@program(ex(arr(4, 5), arr(3, 2)), wrt=(0, 1))
def convolution_by_loops(image, kernel):
    h, w = kernel.shape
    out = np.zeros((image.shape[0] - h + 1, image.shape[1] - w + 1))
    for i in range(out.shape[0]):
        for j in range(out.shape[1]):
            out[i, j] = np.sum(image[i : i + h, j : j + w] * kernel)
    np.maximum(out, 0.1 * out, out=out)
    return out


@program(ex(arr(2, 4, 2), arr(2, 2, 2, 2), arr(2)), wrt=(0, 1, 2))
def convolution_layer(x, w, bias):
    size = w.shape[0]
    out = np.empty((1, x.shape[1] - size + 1, w.shape[3]))
    for i in range(out.shape[0]):
        for j in range(out.shape[1]):
            out[i, j, :] = np.sum(x[i : i + size, j : j + size, :, None] * w, axis=(0, 1, 2))
    out += bias
    return np.tanh(out)


# Linear algebra.


@program(ex(definite(3)), ex(dominant(3)))
def lu_without_pivots(a):
    for i in range(len(a)):
        for j in range(i):
            a[i, j] -= a[i, :j] @ a[:j, j]
            a[i, j] /= a[j, j]
        for j in range(i, len(a)):
            a[i, j] -= a[i, :i] @ a[:i, j]
    return a


@program(ex(arr(3, 3)), ex(dominant(3)))
def lu_with_pivots(a):
    lu = a.copy()
    order = np.arange(len(a))
    for k in range(len(a) - 1):
        p = k + int(np.argmax(np.abs(lu[k:, k])))
        if p != k:
            lu[[k, p]] = lu[[p, k]]
            order[k], order[p] = order[p], order[k]
        lu[k + 1 :, k] /= lu[k, k]
        lu[k + 1 :, k + 1 :] -= np.outer(lu[k + 1 :, k], lu[k, k + 1 :])
    return lu * (1.0 + order)


@program(ex(definite(3)), ex(definite(1)))
def cholesky_by_columns(a):
    low = np.zeros_like(a)
    for j in range(len(a)):
        low[j, j] = np.sqrt(a[j, j] - np.sum(low[j, :j] ** 2))
        for i in range(j + 1, len(a)):
            low[i, j] = (a[i, j] - np.dot(low[i, :j], low[j, :j])) / low[j, j]
    return low


@program(ex(definite(3)))
def cholesky_in_place(a):
    a[0, 0] = np.sqrt(a[0, 0])
    for i in range(1, a.shape[0]):
        for j in range(i):
            a[i, j] -= np.dot(a[i, :j], a[j, :j])
            a[i, j] /= a[j, j]
        a[i, i] -= np.dot(a[i, :i], a[i, :i])
        a[i, i] = np.sqrt(a[i, i])
    return a


@program(ex(definite(3)))
def ldl_decomposition(a):
    n = len(a)
    low = np.eye(n)
    d = np.zeros(n)
    for j in range(n):
        d[j] = a[j, j] - np.sum(low[j, :j] ** 2 * d[:j])
        for i in range(j + 1, n):
            low[i, j] = a[i, j] - np.sum(low[i, :j] * low[j, :j] * d[:j])
            low[i, j] /= d[j]
    return low, d


@program(ex(arr(4, 3)), ex(arr(2, 2)))
def gram_schmidt(a):
    q = np.zeros_like(a)
    r = np.zeros((a.shape[1], a.shape[1]))
    for k in range(a.shape[1]):
        r[k, k] = np.sqrt(np.dot(a[:, k], a[:, k]))
        q[:, k] = a[:, k] / r[k, k]
        for j in range(k + 1, a.shape[1]):
            r[k, j] = np.dot(q[:, k], a[:, j])
            a[:, j] -= q[:, k] * r[k, j]
    return q, r


@program(ex(arr(3, 2)), ex(dominant(3)))
def householder_qr(a):
    r = a.copy()
    q = np.eye(len(a))
    for k in range(a.shape[1]):
        v = r[k:, k].copy()
        v[0] += np.sign(v[0]) * np.sqrt(np.sum(v * v))
        v /= np.sqrt(v @ v)
        r[k:] -= 2.0 * np.outer(v, v @ r[k:])
        q[:, k:] -= 2.0 * np.outer(q[:, k:] @ v, v)
    return q, r


@program(ex(arr(3, 3)))
def givens_qr(a):
    r = a.copy()
    for j in range(2):
        for i in range(2, j, -1):
            h = np.hypot(r[i - 1, j], r[i, j])
            c, s = r[i - 1, j] / h, r[i, j] / h
            top, low = r[i - 1].copy(), r[i].copy()
            r[i - 1] = c * top + s * low
            r[i] = c * low - s * top
    return r


@program(ex(pos(4) * 0.3))
def durbin(r):
    y = np.zeros_like(r)
    alpha, beta = -r[0], 1.0
    y[0] = -r[0]
    for k in range(1, len(r)):
        beta *= 1.0 - alpha * alpha
        alpha = -(r[k] + np.dot(np.flip(r[:k]), y[:k])) / beta
        y[:k] += alpha * np.flip(y[:k])
        y[k] = alpha
    return y


@program(ex(dominant(3), arr(3)), ex(dominant(3), arr(3, 2)), wrt=(0, 1))
def forward_and_back_substitution(a, b):
    n = len(b)
    y = np.zeros_like(b)
    for i in range(n):
        y[i] = (b[i] - a[i, :i] @ y[:i]) / a[i, i]
    x = np.empty_like(b)
    for i in range(n - 1, -1, -1):
        x[i] = (y[i] - a[i, i + 1 :] @ x[i + 1 :]) / a[i, i]
    return x


@program(ex(dominant(3), arr(3)), wrt=(0, 1))
def gaussian_elimination(a, b):
    m = np.hstack([a, b[:, None]])
    n = len(b)
    for k in range(n):
        m[k] /= m[k, k]
        for i in range(n):
            if i != k:
                m[i] -= m[i, k] * m[k]
    return m[:, -1]


@program(ex(arr(4), pos(4) + 3.0, arr(4, seed=1), arr(4, seed=2)), wrt=(0, 1, 2, 3))
def tridiagonal_solver(low, diagonal, up, rhs):
    for k in range(1, len(rhs)):
        w = low[k] / diagonal[k - 1]
        diagonal[k] -= w * up[k - 1]
        rhs[k] -= w * rhs[k - 1]
    rhs[-1] /= diagonal[-1]
    for k in range(len(rhs) - 2, -1, -1):
        rhs[k] = (rhs[k] - up[k] * rhs[k + 1]) / diagonal[k]
    return rhs


@program(ex(arr(2, 4), arr(2, 4, seed=1), 0.4), wrt=(0, 1, 2))
def vertical_advection(u, wind, dt):
    c = np.zeros_like(u)
    d = np.empty_like(u)
    levels = u.shape[1]
    for k in range(levels):
        a = -0.25 * dt * wind[:, k] if k > 0 else np.zeros(len(u))
        up = 0.25 * dt * wind[:, k] if k < levels - 1 else np.zeros(len(u))
        b = 2.0 - a - up
        d[:, k] = b * u[:, k] - a * u[:, k - 1]
        if k == 0:
            c[:, 0] = up / b
            d[:, 0] /= b
        else:
            divided = 1.0 / (b - c[:, k - 1] * a)
            c[:, k] = up * divided
            d[:, k] = (d[:, k] - d[:, k - 1] * a) * divided
    for k in range(levels - 2, -1, -1):
        d[:, k] -= c[:, k] * d[:, k + 1]
    return d


@program(ex(pos(4) + 1.0, arr(3), arr(4)), wrt=(0, 1, 2))
def bidiagonal_solver(diagonal, upper, b):
    x = b / diagonal
    for i in reversed(range(len(b) - 1)):
        x[i] -= upper[i] * x[i + 1] / diagonal[i]
    return x


@program(ex(definite(3), arr(3), 2), wrt=(0, 1))
def conjugate_gradients(a, b, steps):
    x = np.zeros_like(b)
    r = b.copy()
    p = r.copy()
    rho = r @ r
    for _ in range(steps):
        q = a @ p
        alpha = rho / (p @ q)
        x += alpha * p
        r -= alpha * q
        rho, old = r @ r, rho
        p *= rho / old
        p += r
    return x


@program(ex(definite(3), pos(3), 3), wrt=(0, 1))
def power_iteration_in_place(a, v, steps):
    values = np.zeros(steps)
    for k in range(steps):
        v[:] = a @ v
        values[k] = np.sqrt(np.sum(v * v))
        v /= values[k]
    return v, values


@program(ex(arr(3, 3), arr(3), arr(3, seed=1), arr(3, seed=2), 0.6), wrt=(0, 1, 2, 3, 4))
def rank_updates_and_products(a, u, v, y, alpha):
    a += np.outer(u, v)
    a -= np.outer(v, y)
    x = np.zeros(3)
    x += alpha * y @ a
    x += u
    w = np.zeros(3)
    w += alpha * a @ x
    return w, x


@program(ex(arr(3, 2), arr(3, 3), 0.6), wrt=(0, 1, 2))
def symmetric_rank_k_and_triangular_product(a, c, alpha):
    for i in range(len(c)):
        c[i, : i + 1] *= 0.8
        for k in range(a.shape[1]):
            c[i, : i + 1] += alpha * a[i, k] * a[: i + 1, k]
    b = a.copy()
    for i in range(len(b)):
        for j in range(b.shape[1]):
            b[i, j] += np.dot(c[i + 1 :, i], b[i + 1 :, j])
    b *= alpha
    return b, c


# Graphs and dynamic programming.


@program(ex(pos(4, 4)), ex(pos(4, 4, seed=3)))
def floyd_warshall(path):
    for k in range(len(path)):
        for i in range(len(path)):
            for j in range(len(path)):
                if i != k != j and path[i, k] + path[k, j] < path[i, j]:
                    path[i, j] = path[i, k] + path[k, j]
    return path


@program(ex(arr(3, 4, seed=2)), ex(arr(1, 4)))
def cheapest_path_through_a_grid(cost):
    best = np.full((cost.shape[0], cost.shape[1] + 1), np.inf)
    best[:, 1] = cost[:, 0]
    for j in range(1, cost.shape[1]):
        for i in range(len(cost)):
            best[i, j + 1] = cost[i, j] + np.min(best[max(i - 1, 0) : i + 2, j])
    return best[:, 1:]


@program(ex(arr(3), arr(4)), wrt=(0, 1))
def soft_time_warping(x, y):
    d = np.full((len(x) + 1, len(y) + 1), 50.0)
    d[0, 0] = 0.0
    for i in range(1, len(x) + 1):
        for j in range(1, len(y) + 1):
            least = -np.log(np.exp(-d[i - 1, j]) + np.exp(-d[i, j - 1]) + np.exp(-d[i - 1, j - 1]))
            d[i, j] = (x[i - 1] - y[j - 1]) ** 2 + least
    return d[-1, -1], d[1:, 1:]


# Particles and differential equations.


@program(ex(arr(3, 2), arr(3, 2, seed=1), pos(3), 0.05, 2), wrt=(0, 1, 2))
def n_body(x, v, mass, dt, steps):
    n = len(x)
    a = np.zeros_like(x)
    for _ in range(steps):
        a[:] = 0.0
        for i in range(n):
            for j in range(i + 1, n):
                r = x[j] - x[i]
                f = r / (np.sum(r * r) + 0.1) ** 1.5
                a[i] += mass[j] * f
                a[j] -= mass[i] * f
        v += dt * a
        x += dt * v
    return x, v


@program(ex(arr(3), 0.1, 3, 1.1), wrt=(0, 1, 3))
def runge_kutta(y0, dt, steps, w):
    ys = np.empty((steps + 1, len(y0)))
    ys[0] = y0
    k = np.zeros((4, len(y0)))
    for n in range(steps):
        for stage, c in enumerate((0.0, 0.5, 0.5, 1.0)):
            z = ys[n] + c * dt * k[stage - 1] if stage else ys[n]
            k[stage, 0] = w * z[1]
            k[stage, 1] = -w * np.sin(z[0]) + z[2]
            k[stage, 2] = z[0] * z[1] - z[2]
        ys[n + 1] = ys[n] + dt / 6.0 * (k[0] + 2.0 * k[1] + 2.0 * k[2] + k[3])
    return ys


@program(ex(arr(3), arr(3, seed=1), 0.1, 3), wrt=(0, 1, 2))
def velocity_verlet(q, p, dt, steps):
    energies = np.zeros(steps)
    force = -np.sin(q)
    for k in range(steps):
        p += 0.5 * dt * force
        q += dt * p
        np.negative(np.sin(q), out=force)
        p += 0.5 * dt * force
        energies[k] = 0.5 * p @ p - np.cos(q).sum()
    return q, p, energies


# Signals and statistics.


@program(ex(arr(2, 5), 0.7, 0.3), wrt=(0, 1, 2))
def recursive_filter(image, a, b):
    forward = np.zeros_like(image)
    backward = np.zeros_like(image)
    for j in range(image.shape[1]):
        forward[:, j] = a * image[:, j]
        if j > 0:
            forward[:, j] += b * forward[:, j - 1] + 0.1 * image[:, j - 1]
    for j in range(image.shape[1] - 2, -1, -1):
        backward[:, j] = a * image[:, j + 1] + b * backward[:, j + 1]
    forward += backward
    for i in range(1, image.shape[0]):
        forward[i] += b * forward[i - 1]
    return forward


@program(ex(arr(2, 3)), ex(arr(4)))
def softmax_in_place(x):
    y = x - np.max(x, axis=-1, keepdims=True)
    np.exp(y, out=y)
    y /= np.sum(y, axis=-1, keepdims=True)
    return y * x


@program(ex(arr(4)), ex(arr(3, 2)))
def cumulative_sums_by_hand(x):
    y = x.copy()
    for i in range(1, len(y)):
        y[i] += y[i - 1]
    z = np.ones((len(y) + 1,) + x.shape[1:])
    for i in range(len(y)):
        z[i + 1] = z[i] * (1.0 + y[i] / len(y))
    return y, z


@program(ex(arr(6), pos(6)), wrt=(0, 1))
def weighted_histogram(x, weights):
    edges = np.linspace(-3.0, 3.0, 5)
    sums = np.zeros(4)
    counts = np.zeros(4, dtype=int)
    for v, w in zip(x, weights):
        b = int(np.floor((v - edges[0]) / 1.5))
        sums[b] += w * v
        counts[b] += 1
    sums[counts > 0] /= counts[counts > 0]
    return sums


@program(ex(arr(6), 4))
def linear_binning(x, n):
    grid = np.zeros(n + 2)
    for v in np.tanh(x):
        position = (v + 1.0) * n / 2.0
        k = int(position)
        w = position - k
        grid[k] += 1.0 - w
        grid[k + 1] += w * w
    return grid


@program(ex(arr(4, 3)))
def correlation(data):
    mean = np.mean(data, axis=0)
    std = np.sqrt(np.mean((data - mean) ** 2, axis=0))
    std[std <= 0.1] = 1.0
    data -= mean
    data /= np.sqrt(len(data)) * std
    corr = np.eye(data.shape[1])
    for i in range(data.shape[1] - 1):
        corr[i + 1 :, i] = corr[i, i + 1 :] = data[:, i] @ data[:, i + 1 :]
    return corr


@program(ex(arr(4, 3)))
def covariance(data):
    data -= np.mean(data, axis=0)
    n = data.shape[1]
    cov = np.zeros((n, n))
    for i in range(n):
        for j in range(i, n):
            cov[i, j] = np.sum(data[:, i] * data[:, j]) / (len(data) - 1.0)
            cov[j, i] = cov[i, j]
    return cov


@program(ex(arr(2), definite(2), arr(3, 1), 0.3), wrt=(0, 1, 2, 3))
def kalman_filter(x, p, zs, q):
    f = np.array([[1.0, 0.1], [0.0, 1.0]])
    h = np.array([[1.0, 0.0]])
    means = np.zeros((len(zs), 2))
    for k in range(len(zs)):
        x = f @ x
        p = f @ p @ f.T
        p[1, 1] += q
        gain = p @ h.T / (h @ p @ h.T + 0.5)
        x += gain @ (zs[k] - h @ x)
        p -= gain @ h @ p
        means[k] = x
    return means, p


# Networks.


@program(ex(arr(3, 2), arr(2, 2), arr(2, 2, seed=1), arr(2)), wrt=(0, 1, 2, 3))
def recurrent_states(xs, w, u, b):
    states = np.zeros((len(xs) + 1, 2))
    for t in range(len(xs)):
        states[t + 1] = np.tanh(w @ states[t] + u @ xs[t] + b)
    states[0] = states[-1] * xs[0]
    return states


@program(ex(arr(3, 2), arr(4, 8), 2), wrt=(0, 1))
def long_short_term_memory(xs, w, n):
    h = np.zeros((len(xs) + 1, n))
    c = np.zeros((len(xs) + 1, n))
    gates = np.empty(4 * n)
    for t, x in enumerate(xs):
        gates[:] = np.concatenate([x, h[t]]) @ w
        gates[: 3 * n] = 1.0 / (1.0 + np.exp(-gates[: 3 * n]))
        np.tanh(gates[3 * n :], out=gates[3 * n :])
        i, f, o, g = np.split(gates, 4)
        c[t + 1] = f * c[t] + i * g
        h[t + 1] = o * np.tanh(c[t + 1])
    return h, c


@program(ex(arr(3, 2), arr(3), 0.1, 3), wrt=(0, 1, 2))
def training_with_momentum(x, y, rate, steps):
    w = np.zeros(2)
    velocity = np.zeros_like(w)
    losses = np.zeros(steps)
    for k in range(steps):
        error = x @ w - y
        losses[k] = np.mean(error**2)
        velocity *= 0.9
        velocity -= rate * x.T @ error
        w += velocity
    return w, losses


@program(ex(arr(2, 4), pos(4), arr(4)), wrt=(0, 1, 2))
def batch_normalisation_in_place(x, gamma, beta):
    y = x.copy()
    y -= y.mean(axis=1, keepdims=True)
    y /= np.sqrt(np.mean(y * y, axis=1, keepdims=True) + 1e-3)
    y *= gamma
    y += beta
    y[y < 0] *= 0.1
    return y
