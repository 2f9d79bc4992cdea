"""Exercise 01: a numerical derivative, and gradient descent with one weight."""

from course_lib.checks.ex01_downhill.page import PAGE
from course_lib.checks.ex01_downhill.slopes import DERIVED, LOSS, MEASURED
from course_lib.checks.ex01_downhill.walk import UPDATE, WALK
from course_lib.checks.question import Exercise

EXERCISE = Exercise(
    name="01_downhill",
    title="Downhill: what training is",
    chapter=PAGE,
    questions=(LOSS, MEASURED, DERIVED, UPDATE, WALK),
)
