# Generated from solutions/01_downhill.md by `course release`: change that file.
"""Exercise 01: downhill."""

from course_lib.checks.ex01_downhill.loss_of_weight import LOSS_OF_WEIGHT
from course_lib.checks.ex01_downhill.numerical_slope import NUMERICAL_SLOPE
from course_lib.checks.ex01_downhill.slope_of_loss import SLOPE_OF_LOSS
from course_lib.checks.ex01_downhill.update_weight import UPDATE_WEIGHT
from course_lib.checks.ex01_downhill.walk_downhill import WALK_DOWNHILL
from course_lib.checks.question import Exercise

EXERCISE = Exercise(
    name="01_downhill",
    title="Downhill",
    questions=(
        LOSS_OF_WEIGHT,
        NUMERICAL_SLOPE,
        SLOPE_OF_LOSS,
        UPDATE_WEIGHT,
        WALK_DOWNHILL,
    ),
)
