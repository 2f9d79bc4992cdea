# Generated from solutions/05_two_neurons.md by `course release`: change that file.
"""Exercise 05: two neurons in a chain."""

from course_lib.checks.ex05_two_neurons.two_neurons_backward import TWO_NEURONS_BACKWARD
from course_lib.checks.ex05_two_neurons.two_neurons_by_hand import TWO_NEURONS_BY_HAND
from course_lib.checks.ex05_two_neurons.two_neurons_epoch import TWO_NEURONS_EPOCH
from course_lib.checks.ex05_two_neurons.two_neurons_forward import TWO_NEURONS_FORWARD
from course_lib.checks.ex05_two_neurons.two_neurons_step import TWO_NEURONS_STEP
from course_lib.checks.question import Exercise

EXERCISE = Exercise(
    name="05_two_neurons",
    title="Two neurons in a chain",
    questions=(
        TWO_NEURONS_FORWARD,
        TWO_NEURONS_BY_HAND,
        TWO_NEURONS_BACKWARD,
        TWO_NEURONS_STEP,
        TWO_NEURONS_EPOCH,
    ),
)
