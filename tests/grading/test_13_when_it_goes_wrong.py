# Generated from solutions/13_when_it_goes_wrong.md by `course release`: change that file.


def test_weight_scale(student, mark):
    mark("weight_scale")


def test_initial_weights(student, mark):
    mark("initial_weights")


def test_forward_spread(student, mark):
    mark("forward_spread")


def test_backward_spread(student, mark):
    mark("backward_spread")


def test_gradient_factor(student, mark):
    mark("gradient_factor")


def test_dead_units(student, mark):
    mark("dead_units")


def test_flat_share(student, mark):
    mark("flat_share")


def test_different_units(student, mark):
    mark("different_units")


def test_first_wrong(student, mark):
    mark("first_wrong")


def test_wrong_layers(student, mark):
    mark("wrong_layers")


def test_wrong_lines(student, mark):
    mark("wrong_lines")


def test_mended_backward(student, mark):
    mark("mended_backward")
