# Generated from solutions/10_gradient_check.md by `course release`: change that file.
"""Exercise 10: checking a gradient."""

from course_lib.checks.ex10_gradient_check.along_direction import ALONG_DIRECTION
from course_lib.checks.ex10_gradient_check.complex_gradient import COMPLEX_GRADIENT
from course_lib.checks.ex10_gradient_check.find_wrong import FIND_WRONG
from course_lib.checks.ex10_gradient_check.numerical_gradient import NUMERICAL_GRADIENT
from course_lib.checks.ex10_gradient_check.planted_verdicts import PLANTED_VERDICTS
from course_lib.checks.ex10_gradient_check.relative_error import RELATIVE_ERROR
from course_lib.checks.question import Exercise

EXERCISE = Exercise(
    name="10_gradient_check",
    title="Checking a gradient",
    questions=(
        NUMERICAL_GRADIENT,
        COMPLEX_GRADIENT,
        RELATIVE_ERROR,
        ALONG_DIRECTION,
        FIND_WRONG,
        PLANTED_VERDICTS,
    ),
)
