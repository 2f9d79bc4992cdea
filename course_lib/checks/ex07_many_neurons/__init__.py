"""Exercise 07: one example, with indices, then with matrices; softmax and p − y."""

from course_lib.checks.ex07_many_neurons.entry import BY_HAND, ENTRY
from course_lib.checks.ex07_many_neurons.layer import LAYER
from course_lib.checks.ex07_many_neurons.network import NETWORK
from course_lib.checks.ex07_many_neurons.output import OUTPUT_ERROR, SOFTMAX_VJP
from course_lib.checks.ex07_many_neurons.page import PAGE
from course_lib.checks.question import Exercise

EXERCISE = Exercise(
    name="07_many_neurons",
    title="From one neuron to many",
    chapter=PAGE,
    questions=(BY_HAND, ENTRY, LAYER, SOFTMAX_VJP, OUTPUT_ERROR, NETWORK),
)
