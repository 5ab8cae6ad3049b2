import numpy as np
from srcgrad.structures import add_into, restored, zeros_for


def net_grad(params, x, y_bar=1.0):
    # forward sweep
    acts = []
    items = params["layers"]
    x_stack = []
    for layer in items:
        x_stack.append(x)
        x = np.tanh(np.dot(x, layer["w"]) + layer["b"])
        acts.append(x)
    t = acts[0]
    # reverse sweep
    # return np.sum(acts[-1]) + params["scale"] * np.sum(acts[0])
    acts_bar = zeros_for(acts)
    add_into(acts_bar, 0, np.full_like(t, y_bar * params["scale"]))
    params_bar = zeros_for(params)
    add_into(params_bar, "scale", y_bar * np.sum(t))
    add_into(acts_bar, -1, np.full_like(acts[-1], y_bar))
    # for layer in params["layers"]:
    x_bar = np.zeros_like(x)
    items_bar = params_bar["layers"]
    for layer, layer_bar in zip(reversed(items), reversed(items_bar)):
        # acts.append(x)
        x_bar += acts_bar.pop()
        # x = np.tanh(np.dot(x, layer["w"]) + layer["b"])
        t_bar = x_bar * (1 - x * x)
        add_into(layer_bar, "b", np.sum(t_bar, axis=0))
        x_bar = np.dot(t_bar, layer["w"].T)
        x = x_stack.pop()
        add_into(layer_bar, "w", np.dot(x.T, t_bar))
    params_bar = restored(params_bar, params)
    return params_bar
