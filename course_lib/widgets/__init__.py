"""The course's widgets for a live notebook: the same ES modules that the book mounts.

>>> from course_lib.widgets import Stepper
>>> stepper = Stepper(network="4-2-3", example=2)
>>> stepper.state["example"]
2

There is a class for every widget's module, made when it is first asked for. It takes the settings
that its module reads (see ``README.md`` beside this file). ``state`` is what a link would hold, and
follows the reader; ``values`` maps the name of each number shown to its value at full precision.
"""

from __future__ import annotations

from typing import Any

import anywidget
import traitlets

from course_lib.widgets.bundle import bundle, modules, purpose, style


class CourseWidget(anywidget.AnyWidget):
    """One of the course's widgets: a subclass has its module's name and text.

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


def class_name(module: str) -> str:
    """Return the class of a module.

    >>> class_name("gradient_check")
    'GradientCheck'
    """
    return module.title().replace("_", "")


_MODULES = {class_name(module): module for module in modules()}
__all__ = ["CourseWidget", *_MODULES]


def __getattr__(name: str) -> type[CourseWidget]:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module = _MODULES[name]
    content = {"__doc__": purpose(module), "module": module, "_esm": bundle(module)}
    content["__module__"] = __name__
    globals()[name] = type(name, (CourseWidget,), content)
    return globals()[name]


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
