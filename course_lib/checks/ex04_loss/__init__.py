"""Exercise 04: the mean squared error, softmax, and both cross-entropies, safe for any score."""

from course_lib.checks.ex04_loss.binary import BINARY
from course_lib.checks.ex04_loss.classes import CROSS_ENTROPY, SOFTMAX
from course_lib.checks.ex04_loss.page import PAGE
from course_lib.checks.ex04_loss.squares import ERROR, ERROR_BACKWARD
from course_lib.checks.question import Exercise

EXERCISE = Exercise(
    name="04_loss",
    title="The loss",
    chapter=PAGE,
    questions=(ERROR, ERROR_BACKWARD, SOFTMAX, CROSS_ENTROPY, BINARY),
)
