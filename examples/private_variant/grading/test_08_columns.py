"""Marks exercise 08 with examples as columns."""


def test_dense_backward_columns(student, mark):
    mark("dense_backward_columns")


def test_softsign_backward(student, mark):
    mark("softsign_backward")
