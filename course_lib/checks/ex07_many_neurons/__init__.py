# Generated from solutions/07_many_neurons.md by `course release`: change that file.
"""Exercise 07: from one neuron to many."""

from course_lib.checks.ex07_many_neurons.hidden_error_entry import HIDDEN_ERROR_ENTRY
from course_lib.checks.ex07_many_neurons.layer_backward import LAYER_BACKWARD
from course_lib.checks.ex07_many_neurons.many_by_hand import MANY_BY_HAND
from course_lib.checks.ex07_many_neurons.one_example_backward import ONE_EXAMPLE_BACKWARD
from course_lib.checks.ex07_many_neurons.output_error import OUTPUT_ERROR
from course_lib.checks.ex07_many_neurons.softmax_vjp import SOFTMAX_VJP
from course_lib.checks.question import Exercise

EXERCISE = Exercise(
    name="07_many_neurons",
    title="From one neuron to many",
    questions=(
        MANY_BY_HAND,
        HIDDEN_ERROR_ENTRY,
        LAYER_BACKWARD,
        SOFTMAX_VJP,
        OUTPUT_ERROR,
        ONE_EXAMPLE_BACKWARD,
    ),
)
