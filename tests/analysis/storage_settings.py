"""A module with state that other modules read and change."""

import numpy as np

W = np.array([1.0, 2.0, 3.0])
K = 2.0
TABLE = {"w": np.array([1.0, 2.0, 3.0])}


class Config:
    """An object that holds an array."""

    def __init__(self):
        self.w = np.array([1.0, 2.0, 3.0])

    def step(self):
        self.w += 1.0

    def get(self):
        return self.w


CONFIG = Config()


def change_w():
    W[0] += 1.0


def change_default(v=W):
    v[0] += 1.0


def change_config():
    CONFIG.w[0] += 1.0


def count():
    global K
    K += 1.0


def reset():
    global K
    K = 2.0
    for w in (W, TABLE["w"], CONFIG.w):
        w[:] = [1.0, 2.0, 3.0]
