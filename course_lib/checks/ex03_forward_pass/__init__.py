"""Exercise 03: the forward pass of a dense layer, of a batch, of a network with its cache."""

from course_lib.checks.ex03_forward_pass.layer import BATCH, ONE
from course_lib.checks.ex03_forward_pass.network import NETWORK
from course_lib.checks.ex03_forward_pass.page import PAGE
from course_lib.checks.question import Exercise

EXERCISE = Exercise(
    name="03_forward_pass",
    title="The forward pass",
    chapter=PAGE,
    questions=(ONE, BATCH, NETWORK),
)
