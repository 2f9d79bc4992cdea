# Generated from solutions/00_before_you_start.md by `course release`: change that file.
"""Exercise 00: before you start."""

from course_lib.checks.ex00_before_you_start.add_to_columns import ADD_TO_COLUMNS
from course_lib.checks.ex00_before_you_start.all_products import ALL_PRODUCTS
from course_lib.checks.ex00_before_you_start.mean_of_columns import MEAN_OF_COLUMNS
from course_lib.checks.ex00_before_you_start.partial_slopes import PARTIAL_SLOPES
from course_lib.checks.ex00_before_you_start.product_shape import PRODUCT_SHAPE
from course_lib.checks.ex00_before_you_start.slope_between import SLOPE_BETWEEN
from course_lib.checks.ex00_before_you_start.slope_of_square import SLOPE_OF_SQUARE
from course_lib.checks.ex00_before_you_start.sum_of_products import SUM_OF_PRODUCTS
from course_lib.checks.question import Exercise

EXERCISE = Exercise(
    name="00_before_you_start",
    title="Before you start",
    questions=(
        SLOPE_BETWEEN,
        SLOPE_OF_SQUARE,
        PARTIAL_SLOPES,
        SUM_OF_PRODUCTS,
        PRODUCT_SHAPE,
        ALL_PRODUCTS,
        ADD_TO_COLUMNS,
        MEAN_OF_COLUMNS,
    ),
)
