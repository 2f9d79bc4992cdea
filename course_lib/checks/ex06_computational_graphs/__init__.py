"""Exercise 06: local gradients, fan-out, and the backward pass of small and large graphs."""

from course_lib.checks.ex06_computational_graphs.contributions import BY_HAND, FAN_OUT, NODE
from course_lib.checks.ex06_computational_graphs.local import LOCAL_ONE, LOCAL_TWO
from course_lib.checks.ex06_computational_graphs.page import PAGE
from course_lib.checks.ex06_computational_graphs.walk import WALK
from course_lib.checks.ex06_computational_graphs.whole import GRAPH
from course_lib.checks.question import Exercise

EXERCISE = Exercise(
    name="06_computational_graphs",
    title="Computational graphs",
    chapter=PAGE,
    questions=(LOCAL_TWO, LOCAL_ONE, BY_HAND, NODE, FAN_OUT, GRAPH, WALK),
)
