# Generated from solutions/13_when_it_goes_wrong.md by `course release`: change that file.
"""Exercise 13: when it goes wrong."""

from course_lib.checks.ex13_when_it_goes_wrong.backward_spread import BACKWARD_SPREAD
from course_lib.checks.ex13_when_it_goes_wrong.dead_units import DEAD_UNITS
from course_lib.checks.ex13_when_it_goes_wrong.different_units import DIFFERENT_UNITS
from course_lib.checks.ex13_when_it_goes_wrong.first_wrong import FIRST_WRONG
from course_lib.checks.ex13_when_it_goes_wrong.flat_share import FLAT_SHARE
from course_lib.checks.ex13_when_it_goes_wrong.forward_spread import FORWARD_SPREAD
from course_lib.checks.ex13_when_it_goes_wrong.gradient_factor import GRADIENT_FACTOR
from course_lib.checks.ex13_when_it_goes_wrong.initial_weights import INITIAL_WEIGHTS
from course_lib.checks.ex13_when_it_goes_wrong.mended_backward import MENDED_BACKWARD
from course_lib.checks.ex13_when_it_goes_wrong.weight_scale import WEIGHT_SCALE
from course_lib.checks.ex13_when_it_goes_wrong.wrong_layers import WRONG_LAYERS
from course_lib.checks.ex13_when_it_goes_wrong.wrong_lines import WRONG_LINES
from course_lib.checks.question import Exercise

EXERCISE = Exercise(
    name="13_when_it_goes_wrong",
    title="When it goes wrong",
    questions=(
        WEIGHT_SCALE,
        INITIAL_WEIGHTS,
        FORWARD_SPREAD,
        BACKWARD_SPREAD,
        GRADIENT_FACTOR,
        DEAD_UNITS,
        FLAT_SHARE,
        DIFFERENT_UNITS,
        FIRST_WRONG,
        WRONG_LAYERS,
        WRONG_LINES,
        MENDED_BACKWARD,
    ),
)
