"""Exercise 09: counting multiplications, then a reverse-mode engine on a tape."""

from course_lib.checks.ex09_cost.counts import PASSES, WAYS
from course_lib.checks.ex09_cost.forward import LOCAL, RUN
from course_lib.checks.ex09_cost.network import NETWORK
from course_lib.checks.ex09_cost.order import ORDER
from course_lib.checks.ex09_cost.page import PAGE
from course_lib.checks.ex09_cost.sweeps import FORWARD, REVERSE
from course_lib.checks.question import Exercise

EXERCISE = Exercise(
    name="09_cost",
    title="What it costs: a reverse-mode engine in a page of code",
    chapter=PAGE,
    questions=(PASSES, WAYS, RUN, LOCAL, REVERSE, FORWARD, ORDER, NETWORK),
)
