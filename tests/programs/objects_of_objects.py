"""Objects that hold objects, lists of them and functions, and whose methods store: networks, systems, solvers."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from tests.zoo import arr, ex, pos, program


class Layer:
    def __init__(self, w):
        self.w = w
        self.out = None

    def forward(self, x):
        self.out = np.tanh(self.w * x)
        return self.out


class Network:
    def __init__(self, w):
        self.layers = [Layer(w), Layer(2.0 * w)]
        self.last = Layer(w * w)
        self.seen = []

    def __call__(self, x):
        for layer in self.layers:
            x = layer.forward(x)
            self.seen.append(x)
        return self.last.forward(x)


@program(ex(arr(3)), ex(0.7), needs_kinds=True)
def network(x):
    net = Network(x)
    y = net(x)
    return np.sum(y * net.layers[0].out) + np.sum(net.seen[1])


class Particle:
    def __init__(self, pos, vel, mass=1.0):
        self.pos, self.vel, self.mass = pos, vel, mass

    def kick(self, force, dt):
        self.vel = self.vel + force / self.mass * dt

    def drift(self, dt):
        self.pos = self.pos + self.vel * dt

    @property
    def energy(self):
        return 0.5 * self.mass * self.vel**2


class System:
    def __init__(self, particles):
        self.particles = particles
        self.time = 0.0

    def step(self, dt):
        for p in self.particles:
            force = 0.0
            for q in self.particles:
                if q is not p:
                    force = force + (q.pos - p.pos)
            p.kick(force, dt)
        for p in self.particles:
            p.drift(dt)
        self.time += dt

    def energy(self):
        return sum(p.energy for p in self.particles)


@program(ex(arr(3)), ex(arr(4)), needs_kinds=True)
def system_of_particles(x):
    system = System([Particle(x[i], 0.1 * i, 1.0 + i) for i in range(3)])
    for _ in range(3):
        system.step(0.1)
    return system.energy() * system.time


class Chain:
    def __init__(self, v):
        self.v = v

    def add(self, u):
        self.v = self.v + u
        return self

    def scale(self, u):
        self.v = self.v * u
        return self


@program(ex(arr(3)), ex(1.3), needs_kinds=True)
def chained_calls(x):
    c = Chain(x).add(2.0 * x).scale(x)
    d = c.scale(0.5).add(x)
    return np.sum(d.v * c.v)


class Solver:
    def __init__(self, f, n):
        self.f = f
        self.k = np.zeros((4, n))

    def step(self, y, h):
        k = self.k
        k[0] = self.f(y)
        k[1] = self.f(y + 0.5 * h * k[0])
        k[2] = self.f(y + 0.5 * h * k[1])
        k[3] = self.f(y + h * k[2])
        return y + h / 6 * (k[0] + 2 * k[1] + 2 * k[2] + k[3])


def oscillator(y):
    return np.array([y[1], -y[0] * y[0]])


@program(ex(arr(2)), ex(arr(2, seed=4)), needs_kinds=True)
def runge_kutta_with_a_buffer(x):
    solver = Solver(oscillator, 2)
    y = x
    for _ in range(3):
        y = solver.step(y, 0.1)
    return np.sum(y**2)


class Machine:
    def __init__(self):
        self.items = []

    def push(self, v):
        self.items.append(v)

    def pop(self):
        return self.items.pop()


@program(ex(arr(3)), needs_kinds=True)
def reverse_polish(x):
    machine = Machine()
    for token in ["0", "1", "+", "2", "*", "1", "*"]:
        if token in "+*":
            b = machine.pop()
            a = machine.pop()
            machine.push(a + b if token == "+" else a * b)
        else:
            machine.push(x[int(token)])
    return machine.pop()


class Ring:
    def __init__(self, n):
        self.data = np.zeros(n)
        self.i = 0

    def put(self, v):
        self.data[self.i % len(self.data)] = v
        self.i += 1

    def mean(self):
        return self.data.mean()


@program(ex(arr(5)), ex(arr(2)), needs_kinds=True)
def ring_buffers(x):
    one, other = Ring(3), Ring(2)
    s = 0.0
    for v in x:
        one.put(v)
        s += one.mean() ** 2
        one, other = other, one
    return s + np.sum(one.data) * np.sum(other.data)


@dataclass
class Adam:
    lr: float = 0.1
    m: dict = field(default_factory=dict)
    v: dict = field(default_factory=dict)
    t: int = 0

    def step(self, params, grads):
        self.t += 1
        for k in params:
            self.m[k] = 0.9 * self.m.get(k, 0.0) + 0.1 * grads[k]
            self.v[k] = 0.99 * self.v.get(k, 0.0) + 0.01 * grads[k] ** 2
            params[k] = params[k] - self.lr * self.m[k] / (np.sqrt(self.v[k]) + 1e-2)


@program(ex(pos(3)), needs_kinds=True)
def adam(x):
    params = {"w": x * 1.0, "b": x[0]}
    optimiser = Adam()
    for _ in range(2):
        optimiser.step(params, {k: 2 * v for k, v in params.items()})
    return np.sum(params["w"]) * params["b"]


@program(ex(arr(3)), ex(pos(2)), needs_kinds=True)
def momentum(x):
    p = {"a": x.copy(), "b": x * 2.0}
    v = {k: np.zeros_like(a) for k, a in p.items()}
    for _ in range(3):
        for k in p:
            v[k] = 0.9 * v[k] + p[k] ** 2
            p[k] -= 0.1 * v[k]
    return np.sum(p["a"] * p["b"])


@program(ex(arr(3)), needs_kinds=True)
def dict_of_many_kinds(x):
    state = {"lr": 0.1, "w": x.copy(), "history": [], "n": 0}
    for _ in range(3):
        state["w"] -= state["lr"] * state["w"] ** 2
        state["history"].append(np.sum(state["w"]))
        state["lr"] *= 0.5
        state["n"] += 1
    return state["history"][0] * state["history"][-1] * state["n"]


@program(ex(arr(5)), needs_kinds=True)
def lists_of_one_dict(x):
    d = {"a": [x[0]], "b": x[1]}
    kept = d["a"]
    d["a"] = [x[2], x[3]]
    kept.append(x[4])
    return sum(d["a"]) * kept[1] * kept[0]


@program(ex(arr(4)), needs_kinds=True)
def place_of_the_largest(x):
    values = [x[0], x[1], x[2]]
    i = values.index(max(values))
    values[i] = values[i] * 2
    for j, (a, b) in enumerate(list(zip(x, x[1:]))):
        values[j] = values[j] + a * b
    return values[0] * values[1] + values[2]


@program(ex(arr(4, 4)), needs_kinds=True)
def rows_as_columns(x):
    y = x * x
    y[:, 0] = y[3]
    for i in range(4):
        y[i, :i] = y[:i, i]
    y[0] = y[:, 1]
    return y


@dataclass
class Recorder:
    start: np.ndarray
    seen: list = field(default_factory=list)

    def __post_init__(self):
        self.seen.append(self.start * 2.0)


@program(ex(arr(3)), ex(0.7), needs_kinds=True)
def list_filled_after_the_fields(x):
    recorder = Recorder(x * x)
    recorder.seen.append(x)
    return np.sum(recorder.seen[0] * recorder.seen[1])
