"""Objects that hold others or None: linked lists, trees, parts that are made when they are first asked for."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tests.zoo import arr, ex, pos, program


class Node:
    def __init__(self, value, rest=None):
        self.value = value
        self.rest = rest

    def total(self):
        if self.rest is None:
            return np.sum(self.value * self.value)
        return np.sum(self.value * self.value) + self.rest.total()

    def scale(self, factor):
        self.value = self.value * factor
        if self.rest is not None:
            self.rest.scale(factor * 2.0)

    def last(self):
        node = self
        while node.rest is not None:
            node = node.rest
        return node


def chain(x):
    return Node(x, Node(x * x, Node(2.0 * x)))


@program(ex(arr(3)), ex(0.7), needs_kinds=True)
def total_of_a_chain(x):
    return chain(x).total()


@program(ex(arr(3)), ex(0.7), needs_kinds=True)
def walk_along_a_chain(x):
    first = chain(x)
    node, total = first, 0.0
    while node is not None:
        node.value = node.value * x + total
        total = total + np.sum(node.value)
        node = node.rest
    return total * np.sum(first.value)


@program(ex(arr(3)), ex(0.7), needs_kinds=True)
def chain_that_is_scaled(x):
    first = chain(x)
    first.scale(x)
    end = first.last()
    end.value = end.value * first.value
    return first.total()


@dataclass
class Tree:
    value: float
    left: Tree | None = None
    right: Tree | None = None

    def weighted(self, depth=1):
        total = self.value**2 * depth
        if self.left is not None:
            total = total + self.left.weighted(depth + 1)
        if self.right:
            total = total + self.right.weighted(depth + 1)
        return total


def product_of(tree):
    if tree is None:
        return 1.0
    return tree.value * product_of(tree.left) * product_of(tree.right)


@program(ex(arr(3)), ex(0.7), needs_kinds=True)
def trees(x):
    tree = Tree(x, Tree(x * x), Tree(2.0 * x, Tree(x + 1.0)))
    if tree.left is not None:
        tree.left.value = tree.left.value * x
    return np.sum(tree.weighted() + product_of(tree))


class Lazy:
    def __init__(self, weight):
        self.weight = weight
        self.product = None
        self.part = None

    def product_with(self, x):
        if self.product is None:
            self.product = self.weight * x
        return self.product

    def part_of(self, x):
        if self.part is None:
            self.part = Node(self.weight * x)
        return self.part


@program(ex(arr(3), pos(3)), ex(0.7, 1.2), needs_kinds=True)
def parts_made_when_asked_for(x, w):
    lazy = Lazy(w)
    first, second = lazy.product_with(x), lazy.product_with(x * x)
    part, same = lazy.part_of(x), lazy.part_of(x * x)
    return np.sum(first * second + part.value * same.value)


@program(ex(arr(3), True), ex(arr(3), False), ex(0.7, True), needs_kinds=True, wrt=(0,))
def object_or_none(x, flag):
    node = Node(x * x) if flag else None
    other = None
    if not flag:
        other = Node(x)
    y = x * node.value if node else x
    if other is not None:
        y = y * other.value
    return np.sum(y)


@program(ex(pos(3)), needs_kinds=True)
def best_of_several(x):
    best = None
    for node in [Node(x[0]), Node(x[1] * 2.0), Node(x[2])]:
        if best is None or node.value > best.value:
            best = node
    best.value = best.value * x[0]
    return best.value**2
