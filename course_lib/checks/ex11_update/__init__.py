"""Exercise 11: the update, from gradients to new parameters, over several steps."""

from course_lib.checks.ex11_update.adam import ADAM_UPDATE, ADAM_WALK
from course_lib.checks.ex11_update.at_once import TWO_LAYER_STEP
from course_lib.checks.ex11_update.by_hand import UPDATE_BY_HAND
from course_lib.checks.ex11_update.momentum import MOMENTUM_UPDATE, MOMENTUM_WALK
from course_lib.checks.ex11_update.page import PAGE
from course_lib.checks.ex11_update.plain import SGD_UPDATE
from course_lib.checks.ex11_update.rmsprop import RMSPROP_UPDATE
from course_lib.checks.question import Exercise

EXERCISE = Exercise(
    name="11_update",
    title="The update",
    chapter=PAGE,
    questions=(
        SGD_UPDATE,
        TWO_LAYER_STEP,
        UPDATE_BY_HAND,
        MOMENTUM_UPDATE,
        MOMENTUM_WALK,
        RMSPROP_UPDATE,
        ADAM_UPDATE,
        ADAM_WALK,
    ),
)
