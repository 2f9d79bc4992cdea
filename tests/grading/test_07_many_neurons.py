# Generated from solutions/07_many_neurons.md by `course release`: change that file.


def test_many_by_hand(student, mark):
    mark("many_by_hand")


def test_hidden_error_entry(student, mark):
    mark("hidden_error_entry")


def test_layer_backward(student, mark):
    mark("layer_backward")


def test_softmax_vjp(student, mark):
    mark("softmax_vjp")


def test_output_error(student, mark):
    mark("output_error")


def test_one_example_backward(student, mark):
    mark("one_example_backward")
