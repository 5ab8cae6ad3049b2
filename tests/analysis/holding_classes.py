"""A class that holds what it is given, and an object of it."""

from tests.analysis import held_classes


class Holder:
    def __init__(self, a):
        self.a = a


def holder():
    return Holder(held_classes.Counter())
