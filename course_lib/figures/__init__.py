"""The book's figures: ``figures.NAME(…)`` draws one, whichever part of the book it is for."""

from course_lib.figures.backward import *  # noqa: F403
from course_lib.figures.forward import *  # noqa: F403
from course_lib.figures.overview import *  # noqa: F403
from course_lib.figures.style import PALETTE as PALETTE
from course_lib.figures.style import svg as svg
from course_lib.figures.update import *  # noqa: F403
