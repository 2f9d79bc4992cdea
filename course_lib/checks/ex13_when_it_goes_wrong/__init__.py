"""Exercise 13: initialisation, functions that diagnose a network, a hunt for planted bugs."""

from course_lib.checks.ex13_when_it_goes_wrong.chain import GRADIENT_FACTOR
from course_lib.checks.ex13_when_it_goes_wrong.hunt import FIRST_WRONG
from course_lib.checks.ex13_when_it_goes_wrong.hunt_lines import WRONG_LAYERS, WRONG_LINES
from course_lib.checks.ex13_when_it_goes_wrong.mended import MENDED_BACKWARD
from course_lib.checks.ex13_when_it_goes_wrong.page import PAGE
from course_lib.checks.ex13_when_it_goes_wrong.scale import WEIGHT_SCALE
from course_lib.checks.ex13_when_it_goes_wrong.spread import BACKWARD_SPREAD, FORWARD_SPREAD
from course_lib.checks.ex13_when_it_goes_wrong.start import INITIAL_WEIGHTS
from course_lib.checks.ex13_when_it_goes_wrong.units import DEAD_UNITS, DIFFERENT_UNITS, FLAT_SHARE
from course_lib.checks.question import Exercise

EXERCISE = Exercise(
    name="13_when_it_goes_wrong",
    title="When it goes wrong",
    chapter=PAGE,
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
