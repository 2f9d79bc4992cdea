# Generated from solutions/08_backward_pass.md by `course release`: change that file.


def test_backward_by_hand(student, mark):
    mark("backward_by_hand")


def test_dense_backward(student, mark):
    mark("dense_backward")


def test_activation_backward(student, mark):
    mark("activation_backward")


def test_softmax_cross_entropy_backward(student, mark):
    mark("softmax_cross_entropy_backward")


def test_network_backward(student, mark):
    mark("network_backward")
