"""Exercise 00: a diagnostic; every wrong answer leads to the section that repairs it."""

from course_lib.checks.ex00_before_you_start.arrays import (
    ALL_PRODUCTS,
    COLUMNS,
    MEANS,
    SHAPE,
    SUM,
)
from course_lib.checks.ex00_before_you_start.page import PAGE
from course_lib.checks.ex00_before_you_start.slopes import BETWEEN, PARTIAL, SQUARE_SLOPE
from course_lib.checks.question import Exercise

EXERCISE = Exercise(
    name="00_before_you_start",
    title="Before you start",
    chapter=PAGE,
    questions=(BETWEEN, SQUARE_SLOPE, PARTIAL, SUM, SHAPE, ALL_PRODUCTS, COLUMNS, MEANS),
)
