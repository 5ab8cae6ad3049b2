"""srcgrad: derivatives of NumPy functions as Python source."""

from srcgrad import rules
from srcgrad.api import grad, jvp, value_and_grad, vjp
from srcgrad.derivative import Derivative
from srcgrad.errors import DifferentiationError
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
from srcgrad.version import __version__

__all__ = [
    "Derivative",
    "DifferentiationError",
    "Pullback",
    "__version__",
    "grad",
    "is_recording",
    "is_training",
    "jvp",
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
