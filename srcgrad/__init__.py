"""srcgrad: derivatives of NumPy functions as Python source."""

from srcgrad import rules
from srcgrad.api import elementwise_grad, grad, hessian, hvp, jacobian, jvp, linearize, value_and_grad, vjp
from srcgrad.derivative import Derivative
from srcgrad.errors import DifferentiationError
from srcgrad.linearization import Pushforward
from srcgrad.modes import (
    is_recording,
    is_training,
    pause,
    predict_mode,
    record,
    set_training,
    stop_gradient,
    train_mode,
)
from srcgrad.pullback import Pullback
from srcgrad.surgery import on_reverse
from srcgrad.version import __version__

__all__ = [
    "Derivative",
    "DifferentiationError",
    "Pullback",
    "Pushforward",
    "__version__",
    "elementwise_grad",
    "grad",
    "hessian",
    "hvp",
    "is_recording",
    "is_training",
    "jacobian",
    "jvp",
    "linearize",
    "on_reverse",
    "pause",
    "predict_mode",
    "record",
    "rules",
    "set_training",
    "stop_gradient",
    "train_mode",
    "value_and_grad",
    "vjp",
]
