# Generated from solutions/06_computational_graphs.md by `course release`: change that file.
"""Exercise 06: computational graphs."""

from course_lib.checks.ex06_computational_graphs.fan_out_backward import FAN_OUT_BACKWARD
from course_lib.checks.ex06_computational_graphs.graph_backward import GRAPH_BACKWARD
from course_lib.checks.ex06_computational_graphs.graph_by_hand import GRAPH_BY_HAND
from course_lib.checks.ex06_computational_graphs.local_one import LOCAL_ONE
from course_lib.checks.ex06_computational_graphs.local_two import LOCAL_TWO
from course_lib.checks.ex06_computational_graphs.node_backward import NODE_BACKWARD
from course_lib.checks.ex06_computational_graphs.walk_backwards import WALK_BACKWARDS
from course_lib.checks.question import Exercise

EXERCISE = Exercise(
    name="06_computational_graphs",
    title="Computational graphs",
    questions=(
        LOCAL_TWO,
        LOCAL_ONE,
        GRAPH_BY_HAND,
        NODE_BACKWARD,
        FAN_OUT_BACKWARD,
        GRAPH_BACKWARD,
        WALK_BACKWARDS,
    ),
)
