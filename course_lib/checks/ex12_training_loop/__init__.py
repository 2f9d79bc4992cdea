"""Exercise 12: mini-batches, one step, one epoch, the loop with its history, when to stop."""

from course_lib.checks.ex12_training_loop.accuracy import ACCURACY
from course_lib.checks.ex12_training_loop.batches import MINIBATCHES
from course_lib.checks.ex12_training_loop.by_hand import LOOP_BY_HAND
from course_lib.checks.ex12_training_loop.epoch import EPOCH
from course_lib.checks.ex12_training_loop.held_out import EARLY_STOPPING, HOLD_OUT
from course_lib.checks.ex12_training_loop.loop import TRAIN
from course_lib.checks.ex12_training_loop.page import PAGE
from course_lib.checks.ex12_training_loop.step import STEP
from course_lib.checks.question import Exercise

EXERCISE = Exercise(
    name="12_training_loop",
    title="The training loop",
    chapter=PAGE,
    questions=(
        LOOP_BY_HAND,
        MINIBATCHES,
        STEP,
        EPOCH,
        ACCURACY,
        HOLD_OUT,
        TRAIN,
        EARLY_STOPPING,
    ),
)
