# Generated from solutions/10_gradient_check.md by `course release`: change that file.


def test_numerical_gradient(student, mark):
    mark("numerical_gradient")


def test_complex_gradient(student, mark):
    mark("complex_gradient")


def test_relative_error(student, mark):
    mark("relative_error")


def test_along_direction(student, mark):
    mark("along_direction")


def test_find_wrong(student, mark):
    mark("find_wrong")


def test_planted_verdicts(student, mark):
    mark("planted_verdicts")
