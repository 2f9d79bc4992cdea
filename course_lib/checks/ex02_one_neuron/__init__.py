# Generated from solutions/02_one_neuron.md by `course release`: change that file.
"""Exercise 02: one neuron."""

from course_lib.checks.ex02_one_neuron.activate import ACTIVATE
from course_lib.checks.ex02_one_neuron.activation_slope import ACTIVATION_SLOPE
from course_lib.checks.ex02_one_neuron.neuron_slopes import NEURON_SLOPES
from course_lib.checks.ex02_one_neuron.weighted_sum import WEIGHTED_SUM
from course_lib.checks.question import Exercise

EXERCISE = Exercise(
    name="02_one_neuron",
    title="One neuron",
    questions=(
        WEIGHTED_SUM,
        ACTIVATE,
        ACTIVATION_SLOPE,
        NEURON_SLOPES,
    ),
)
