# Generated from solutions/12_training_loop.md by `course release`: change that file.
"""Exercise 12: the training loop."""

from course_lib.checks.ex12_training_loop.accuracy import ACCURACY
from course_lib.checks.ex12_training_loop.early_stopping import EARLY_STOPPING
from course_lib.checks.ex12_training_loop.hold_out import HOLD_OUT
from course_lib.checks.ex12_training_loop.loop_by_hand import LOOP_BY_HAND
from course_lib.checks.ex12_training_loop.minibatches import MINIBATCHES
from course_lib.checks.ex12_training_loop.train import TRAIN
from course_lib.checks.ex12_training_loop.train_epoch import TRAIN_EPOCH
from course_lib.checks.ex12_training_loop.training_step import TRAINING_STEP
from course_lib.checks.question import Exercise

EXERCISE = Exercise(
    name="12_training_loop",
    title="The training loop",
    questions=(
        LOOP_BY_HAND,
        MINIBATCHES,
        TRAINING_STEP,
        TRAIN_EPOCH,
        ACCURACY,
        HOLD_OUT,
        TRAIN,
        EARLY_STOPPING,
    ),
)
