# Generated from solutions/03_forward_pass.md by `course release`: change that file.
"""Exercise 03: the forward pass."""

from course_lib.checks.ex03_forward_pass.dense_forward import DENSE_FORWARD
from course_lib.checks.ex03_forward_pass.dense_forward_one import DENSE_FORWARD_ONE
from course_lib.checks.ex03_forward_pass.network_forward import NETWORK_FORWARD
from course_lib.checks.question import Exercise

EXERCISE = Exercise(
    name="03_forward_pass",
    title="The forward pass",
    questions=(
        DENSE_FORWARD_ONE,
        DENSE_FORWARD,
        NETWORK_FORWARD,
    ),
)
