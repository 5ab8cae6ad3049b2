"""Methods of objects outside of the function, and such objects that are called."""

import numpy as np

from tests.zoo import arr, ex, program


class Linear:
    scale = 2.0

    def __init__(self, w):
        self.w = w

    def __call__(self, x):
        return self.w * x * self.scale

    def shifted(self, x, by=0.0):
        return self(x) + by

    def power(self, x, n):
        return x if n == 0 else self.power(x, n - 1) * self.w

    def by_default(self, x, k=scale, *, m=np.array([2.0])):
        return x * k * m[0] * self.w

    @staticmethod
    def square(x):
        return x * x

    @classmethod
    def scaled(cls, x):
        return x * cls.scale

    @property
    def twice(self):
        return self.w * 2.0


class Model(Linear):
    def __init__(self, w):
        super().__init__(w)
        self.inner = Linear(w + 1.0)
        self.activation = np.tanh
        self.link = lambda v: v * v * 3.0

    def __call__(self, x):
        return super().__call__(x) + self.inner.shifted(x, by=x)

    def predict(self, x):
        y = self.activation(self(x))
        for k in range(2):
            y = y + self.link(y) * self.__weight(k)
        return y

    def __weight(self, k):
        return self.w**k

    def halved(self, x):
        x[0] = x[0] * self.w
        return np.sum(x)


LINEAR, MODEL = Linear(np.array([1.5, -0.5, 0.7])), Model(0.4)


@program(ex(0.7), ex(arr(3)), saves=False)
def methods(x):
    return np.sum(LINEAR.shifted(x, by=x) * LINEAR.square(x) * LINEAR.by_default(x)) + np.sum(
        LINEAR.scaled(x) * LINEAR.twice
    )


@program(ex(0.7), ex(arr(3)), saves=False)
def objects_that_are_called(x):
    return np.sum(MODEL(x) * LINEAR(x))


@program(ex(0.7), ex(arr(3)), saves=False)
def what_objects_hold(x):
    return np.sum(MODEL.predict(x) + MODEL.inner.shifted(x) * MODEL.link(x))


@program(ex(0.7), saves=False)
def recursive_methods(x):
    return MODEL.power(x, 3) * MODEL.power(x * x, 1)


@program(ex(0.7), saves=False)
def second_names(x):
    model = MODEL
    predict = model.predict
    return predict(x) * predict(2.0 * x) + sum(map(MODEL.inner.shifted, [x, x * x]))


def applied(f, x):
    return f(x) * x


@program(ex(0.7), saves=False)
def as_arguments(x):
    return applied(MODEL.predict, x) + applied(MODEL, x)


@program(ex(arr(3)), saves=False)
def methods_that_store_to_what_they_get(x):
    y = x * 2.0
    return MODEL.halved(y) * y[0] + np.sum(y * y)


@program(ex(0.7), saves=False)
def of_what_is_not_differentiated(x):
    return MODEL(2.0) * x + len([k for k in range(4) if MODEL.scaled(k) > 1.0]) * x


PREDICT, SHIFTED = MODEL.predict, LINEAR.shifted


@program(ex(0.7), ex(arr(3)), saves=False)
def methods_with_names(x):
    return np.sum(PREDICT(x) * SHIFTED(x, by=2.0 * x))


@program(ex(0.7, PREDICT), ex(arr(3), SHIFTED), saves=False)
def methods_as_arguments(x, method):
    return np.sum(method(x) * x)
