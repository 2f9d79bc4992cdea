"""Exercise 08 with examples as columns, and with softsign for an activation."""

from course_lib.checks.ex08_columns.dense import DENSE
from course_lib.checks.ex08_columns.softsign import SOFTSIGN
from course_lib.checks.question import Exercise

EXERCISE = Exercise(
    name="08_columns",
    title="The backward pass, with columns",
    chapter="08_backward_pass.html",
    questions=(DENSE, SOFTSIGN),
)
