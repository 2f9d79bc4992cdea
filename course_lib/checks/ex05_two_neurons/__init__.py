"""Exercise 05: two neurons in a chain, every derivative by hand, then the update."""

from course_lib.checks.ex05_two_neurons.derivatives import BACKWARD, BY_HAND
from course_lib.checks.ex05_two_neurons.forward import FORWARD
from course_lib.checks.ex05_two_neurons.page import PAGE
from course_lib.checks.ex05_two_neurons.update import EPOCH, STEP
from course_lib.checks.question import Exercise

EXERCISE = Exercise(
    name="05_two_neurons",
    title="Two neurons in a chain",
    chapter=PAGE,
    questions=(FORWARD, BY_HAND, BACKWARD, STEP, EPOCH),
)
