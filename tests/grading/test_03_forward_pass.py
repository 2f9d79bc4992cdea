"""Marks exercise 03, the forward pass."""


def test_dense_forward_one(student, mark):
    mark("dense_forward_one")


def test_dense_forward(student, mark):
    mark("dense_forward")


def test_network_forward(student, mark):
    mark("network_forward")
