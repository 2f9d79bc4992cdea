# Generated from solutions/09_cost.md by `course release`: change that file.
"""Exercise 09: what it costs, and an engine that differentiates."""

from course_lib.checks.ex09_cost.count_passes import COUNT_PASSES
from course_lib.checks.ex09_cost.count_ways import COUNT_WAYS
from course_lib.checks.ex09_cost.forward_sweep import FORWARD_SWEEP
from course_lib.checks.ex09_cost.local_slopes import LOCAL_SLOPES
from course_lib.checks.ex09_cost.network_gradient import NETWORK_GRADIENT
from course_lib.checks.ex09_cost.reverse_sweep import REVERSE_SWEEP
from course_lib.checks.ex09_cost.run_tape import RUN_TAPE
from course_lib.checks.ex09_cost.topological_order import TOPOLOGICAL_ORDER
from course_lib.checks.question import Exercise

EXERCISE = Exercise(
    name="09_cost",
    title="What it costs, and an engine that differentiates",
    questions=(
        COUNT_PASSES,
        COUNT_WAYS,
        RUN_TAPE,
        LOCAL_SLOPES,
        REVERSE_SWEEP,
        FORWARD_SWEEP,
        TOPOLOGICAL_ORDER,
        NETWORK_GRADIENT,
    ),
)
