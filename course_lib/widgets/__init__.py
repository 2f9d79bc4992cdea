"""The course's widgets for a live notebook: the same ES modules that the book mounts.

>>> from course_lib.widgets import Stepper
>>> stepper = Stepper(network="4-2-3", example=2)
>>> stepper.state["example"]
2

Every class takes the settings its module reads (see ``README.md`` beside this file). ``state`` is
what a link would hold, and follows the reader; ``values`` maps the name of each number shown to
its value at full precision.
"""

from __future__ import annotations

from typing import Any

import anywidget
import traitlets

from course_lib.widgets.bundle import bundle, style


class CourseWidget(anywidget.AnyWidget):
    """One of the course's widgets: a subclass names its module and holds the text.

    Parameters
    ----------
    **settings
        The starting state, as the module reads it; what it refuses is said inside the widget.
    """

    module = ""
    _css = style()
    state = traitlets.Dict().tag(sync=True)
    values = traitlets.Dict().tag(sync=True)

    def __init__(self, **settings: Any) -> None:
        super().__init__(state=settings)


class Playground(CourseWidget):
    """Points of two classes and a network that learns them: boundary, loss, every gradient."""

    module = "playground"
    _esm = bundle(module)


class Loop(CourseWidget):
    """The three lines of training, lit up as they run, on two half moons of points."""

    module = "loop"
    _esm = bundle(module)


class Shapes(CourseWidget):
    """Z = A Wᵀ + b and the three gradients, assembled from A, W, Δ and their transposes."""

    module = "shapes"
    _esm = bundle(module)


class Stepper(CourseWidget):
    """Forward, loss, backward and update of a small network, step by step."""

    module = "stepper"
    _esm = bundle(module)


class Cost(CourseWidget):
    """Multiplications of forward, backward, forward mode and differences, by width and depth."""

    module = "cost"
    _esm = bundle(module)


class Depth(CourseWidget):
    """What activation and initialisation do to activations and gradients through many layers."""

    module = "depth"
    _esm = bundle(module)


class Descent(CourseWidget):
    """A curve or a surface, and up to four optimisers going down it, each with its own rate."""

    module = "descent"
    _esm = bundle(module)


class GradientCheck(CourseWidget):
    """Three ways to ask for a slope, and their error against h, in two precisions."""

    module = "gradient_check"
    _esm = bundle(module)


class Graph(CourseWidget):
    """An expression you type, its values forward and its gradients backward."""

    module = "graph"
    _esm = bundle(module)


class Loss(CourseWidget):
    """Scores and a target to probabilities, loss and gradient, and descent on the scores."""

    module = "loss"
    _esm = bundle(module)


class Neuron(CourseWidget):
    """Two features, two weights, a bias: the line, the activation's curve and its tangent."""

    module = "neuron"
    _esm = bundle(module)


__all__ = [
    "Cost",
    "CourseWidget",
    "Depth",
    "Descent",
    "GradientCheck",
    "Graph",
    "Loop",
    "Loss",
    "Neuron",
    "Playground",
    "Shapes",
    "Stepper",
]
