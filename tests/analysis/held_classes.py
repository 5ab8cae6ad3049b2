"""A class that the tests see through an object only, which a class of another module holds."""


class Counter:
    def __init__(self):
        self.n = 1
        self.v = 2.0

    def sum(self):
        self.n += 1

    def dot(self, t):
        return t * self.v * t

    def get(self, items):
        items[0] *= 2.0
