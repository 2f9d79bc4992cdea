# Generated from solutions/04_loss.md by `course release`: change that file.


def test_mean_squared_error(student, mark):
    mark("mean_squared_error")


def test_mean_squared_error_backward(student, mark):
    mark("mean_squared_error_backward")


def test_softmax(student, mark):
    mark("softmax")


def test_cross_entropy(student, mark):
    mark("cross_entropy")


def test_binary_cross_entropy(student, mark):
    mark("binary_cross_entropy")
