"""Exercise 02: one neuron, its weighted sum, its activation function, and its derivatives."""

from course_lib.checks.ex02_one_neuron.bend import ACTIVATE, SLOPE_OF
from course_lib.checks.ex02_one_neuron.page import PAGE
from course_lib.checks.ex02_one_neuron.whole import SLOPES, SUM
from course_lib.checks.question import Exercise

EXERCISE = Exercise(
    name="02_one_neuron",
    title="One neuron",
    chapter=PAGE,
    questions=(SUM, ACTIVATE, SLOPE_OF, SLOPES),
)
