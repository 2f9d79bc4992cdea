"""Exercise 08: the backward pass of a batch, layer by layer and through a whole network."""

from course_lib.checks.ex08_backward_pass.activation import ACTIVATION_BACKWARD
from course_lib.checks.ex08_backward_pass.dense import DENSE_BACKWARD
from course_lib.checks.ex08_backward_pass.network import NETWORK_BACKWARD
from course_lib.checks.ex08_backward_pass.page import PAGE
from course_lib.checks.ex08_backward_pass.pencil import BACKWARD_BY_HAND
from course_lib.checks.ex08_backward_pass.softmax import SOFTMAX_CROSS_ENTROPY_BACKWARD
from course_lib.checks.question import Exercise

EXERCISE = Exercise(
    name="08_backward_pass",
    title="The backward pass",
    chapter=PAGE,
    questions=(
        BACKWARD_BY_HAND,
        DENSE_BACKWARD,
        ACTIVATION_BACKWARD,
        SOFTMAX_CROSS_ENTROPY_BACKWARD,
        NETWORK_BACKWARD,
    ),
)
