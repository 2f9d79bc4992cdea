# Generated from solutions/08_backward_pass.md by `course release`: change that file.
"""Exercise 08: the backward pass."""

from course_lib.checks.ex08_backward_pass.activation_backward import ACTIVATION_BACKWARD
from course_lib.checks.ex08_backward_pass.backward_by_hand import BACKWARD_BY_HAND
from course_lib.checks.ex08_backward_pass.dense_backward import DENSE_BACKWARD
from course_lib.checks.ex08_backward_pass.network_backward import NETWORK_BACKWARD
from course_lib.checks.ex08_backward_pass.softmax_cross_entropy_backward import SOFTMAX_CROSS_ENTROPY_BACKWARD
from course_lib.checks.question import Exercise

EXERCISE = Exercise(
    name="08_backward_pass",
    title="The backward pass",
    questions=(
        BACKWARD_BY_HAND,
        DENSE_BACKWARD,
        ACTIVATION_BACKWARD,
        SOFTMAX_CROSS_ENTROPY_BACKWARD,
        NETWORK_BACKWARD,
    ),
)
