# Generated from solutions/04_loss.md by `course release`: change that file.
"""Exercise 04: the loss."""

from course_lib.checks.ex04_loss.binary_cross_entropy import BINARY_CROSS_ENTROPY
from course_lib.checks.ex04_loss.cross_entropy import CROSS_ENTROPY
from course_lib.checks.ex04_loss.mean_squared_error import MEAN_SQUARED_ERROR
from course_lib.checks.ex04_loss.mean_squared_error_backward import MEAN_SQUARED_ERROR_BACKWARD
from course_lib.checks.ex04_loss.softmax import SOFTMAX
from course_lib.checks.question import Exercise

EXERCISE = Exercise(
    name="04_loss",
    title="The loss",
    questions=(
        MEAN_SQUARED_ERROR,
        MEAN_SQUARED_ERROR_BACKWARD,
        SOFTMAX,
        CROSS_ENTROPY,
        BINARY_CROSS_ENTROPY,
    ),
)
