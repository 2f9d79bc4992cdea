# Generated from solutions/02_one_neuron.md by `course release`: change that file.


def test_weighted_sum(student, mark):
    mark("weighted_sum")


def test_activate(student, mark):
    mark("activate")


def test_activation_slope(student, mark):
    mark("activation_slope")


def test_neuron_slopes(student, mark):
    mark("neuron_slopes")
