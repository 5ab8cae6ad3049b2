"""Real arguments whose functions compute with complex numbers."""

import numpy as np

from tests.zoo import arr, ex, pos, program


@program(ex(arr(4)))
def power_spectrum(x):
    k = np.arange(len(x))
    spectrum = np.exp(-2j * np.pi * np.outer(k, k) / len(x)) @ x
    return np.sum(k * np.abs(spectrum) ** 2)


@program(ex(0.7, 1.2), ex(arr(3), arr(3)), ex(arr(2, 3), arr(3)), wrt=(0, 1))
def parts_joined(x, y):
    z = x + 1j * y
    return np.real(z * z * np.conj(z)) + np.imag(np.exp(z))


@program(ex(0.4, 0.9), wrt=(0, 1))
def quantum_probability(theta, phi):
    up = np.cos(theta)
    down = np.exp(1j * phi) * np.sin(theta)
    return np.abs(up + down) ** 2 / 2


@program(ex(1.5, 0.3, 2.0), wrt=(0, 1, 2))
def impedance(resistance, capacity, omega):
    z = resistance + 1 / (1j * omega * capacity)
    return abs(z / (z + 2.0))


@program(ex(0.3, 0.2, 4), ex(1.3, 1.1, 4), wrt=(0, 1))
def mandelbrot(x, y, n):
    z = 0.0
    for _ in range(n):
        if abs(z) > 2:
            break
        z = z * z + (x + 1j * y)
    return abs(z)


def rotated(z, angle):
    return z * np.exp(1j * angle)


@program(ex(arr(3), 0.4), wrt=(0, 1))
def callee_rotates(x, angle):
    return np.real(np.sum(rotated(x, angle) * rotated(x * x, -angle)))


@program(ex(pos(3)))
def real_and_complex_in_a_branch(x):
    if x[0] > 1:
        w = x * 1j
    else:
        w = x * x
    return np.sum(np.abs(w * w + 1))


@program(ex(arr(3, 3)))
def hermitian_matrix(a):
    m = a + 1j * a.T
    return np.real(np.trace(np.linalg.inv(m @ np.conj(m.T) + np.eye(3))))
