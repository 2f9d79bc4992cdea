"""Exercise 10: differences, the complex step, a direction, and the hunt for a wrong gradient."""

from course_lib.checks.ex10_gradient_check.complex import COMPLEX
from course_lib.checks.ex10_gradient_check.differences import NUMERICAL
from course_lib.checks.ex10_gradient_check.direction import DIRECTION
from course_lib.checks.ex10_gradient_check.measure import RELATIVE_ERROR
from course_lib.checks.ex10_gradient_check.page import PAGE
from course_lib.checks.ex10_gradient_check.planted import PLANTED_VERDICTS
from course_lib.checks.ex10_gradient_check.report import FIND_WRONG
from course_lib.checks.question import Exercise

EXERCISE = Exercise(
    name="10_gradient_check",
    title="Checking a gradient",
    chapter=PAGE,
    questions=(NUMERICAL, COMPLEX, RELATIVE_ERROR, DIRECTION, FIND_WRONG, PLANTED_VERDICTS),
)
