"""`panel(draw, …)` in a notebook: sliders that drive a student's own functions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def panel(draw: Callable[..., Any], needs: Any = (), **controls: Any) -> Any:
    """Show sliders and redraw with `draw(**values)` whenever one moves.

    Parameters
    ----------
    draw : callable
        Draws or prints for the sliders' values; it calls the student's functions.
    needs : callable or sequence of callables
        The student's functions that `draw` uses. While one is not written, a sentence says
        so in place of the picture.
    **controls
        As for ``ipywidgets.interactive``: ``x=(-2.0, 2.0, 0.1)``.

    Returns
    -------
    widget or None
        None where ipywidgets is not installed (a sentence is printed).
    """
    functions = [needs] if callable(needs) else list(needs)
    names = " and ".join(getattr(function, "__name__", "a function") for function in functions)

    def guarded(**values: Any) -> None:
        try:
            draw(**values)
        except NotImplementedError:
            print(f"{names or 'A function'} not written yet: the picture comes once it is.")
        except Exception as error:
            print(f"No picture: {names or 'a function'} raised {type(error).__name__}: {error}")

    try:
        import ipywidgets
    except ModuleNotFoundError:
        print("The panel needs ipywidgets: python -m pip install ipywidgets")
        return None
    return ipywidgets.interactive(guarded, **controls)
