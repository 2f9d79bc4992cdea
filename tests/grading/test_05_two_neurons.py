# Generated from solutions/05_two_neurons.md by `course release`: change that file.


def test_two_neurons_forward(student, mark):
    mark("two_neurons_forward")


def test_two_neurons_by_hand(student, mark):
    mark("two_neurons_by_hand")


def test_two_neurons_backward(student, mark):
    mark("two_neurons_backward")


def test_two_neurons_step(student, mark):
    mark("two_neurons_step")


def test_two_neurons_epoch(student, mark):
    mark("two_neurons_epoch")
