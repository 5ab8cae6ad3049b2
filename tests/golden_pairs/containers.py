"""Containers: the adjoint of a list is a list, of a dict a dict, with the same keys; what appends is undone by pop."""

import numpy as np

from srcgrad.runtime import unbroadcast, zeros_like


def net(params, x):
    acts = []
    for layer in params["layers"]:
        x = np.tanh(np.dot(x, layer["w"]) + layer["b"])
        acts.append(x)
    return np.sum(acts[-1]) + params["scale"] * np.sum(acts[0])


def net_grad(params, x, y_bar=1.0):
    # forward sweep
    acts = []
    x_stack = []
    for layer in params["layers"]:
        x_stack.append(x)
        x = np.tanh(np.dot(x, layer["w"]) + layer["b"])
        acts.append(x)
    # reverse sweep
    params_bar = zeros_like(params)
    acts_bar = zeros_like(acts)
    # return np.sum(acts[-1]) + params["scale"] * np.sum(acts[0])
    acts_bar[-1] += y_bar
    params_bar["scale"] += y_bar * np.sum(acts[0])
    acts_bar[0] += y_bar * params["scale"]
    x_bar = zeros_like(x)
    # for layer in params["layers"]:
    for layer, layer_bar in zip(reversed(params["layers"]), reversed(params_bar["layers"])):
        # acts.append(x)
        x_bar = x_bar + acts_bar.pop()
        # x = np.tanh(np.dot(x, layer["w"]) + layer["b"])
        z_bar = x_bar * (1.0 - x * x)
        x = x_stack.pop()
        layer_bar["b"] += unbroadcast(z_bar, layer["b"])
        layer_bar["w"] += np.dot(x.T, z_bar)
        x_bar = np.dot(z_bar, layer["w"].T)
    return params_bar


def example(rng):
    params = {"layers": [{"w": rng.normal(size=(3, 3)), "b": rng.normal(size=3)} for _ in range(3)], "scale": 0.7}
    return net, net_grad, (params, rng.normal(size=(2, 3))), (0,)
