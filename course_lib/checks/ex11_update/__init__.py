# Generated from solutions/11_update.md by `course release`: change that file.
"""Exercise 11: the update."""

from course_lib.checks.ex11_update.adam_update import ADAM_UPDATE
from course_lib.checks.ex11_update.adam_walk import ADAM_WALK
from course_lib.checks.ex11_update.momentum_update import MOMENTUM_UPDATE
from course_lib.checks.ex11_update.momentum_walk import MOMENTUM_WALK
from course_lib.checks.ex11_update.rmsprop_update import RMSPROP_UPDATE
from course_lib.checks.ex11_update.sgd_update import SGD_UPDATE
from course_lib.checks.ex11_update.two_layer_step import TWO_LAYER_STEP
from course_lib.checks.ex11_update.update_by_hand import UPDATE_BY_HAND
from course_lib.checks.question import Exercise

EXERCISE = Exercise(
    name="11_update",
    title="The update",
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
