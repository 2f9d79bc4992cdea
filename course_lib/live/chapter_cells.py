"""The code cells of a chapter in the browser's Python: those above a cell run before it."""

from __future__ import annotations

import builtins
import contextlib
import sys
import warnings
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from course_lib.checks.notebook_file import prepared
from course_lib.live.output import Output, absent, close_figures, described, drawing, figures, plain
from course_lib.worker.executor import Notebook, replaced
from course_lib.worker.shell import Shell

SECONDS = 60.0  # of one cell; some train a network, and there is a button that stops them


class ChapterCells:
    """The cells of one page that have run, and the names that they have left.

    `post` is told, while cells run, of limits and of output.
    """

    def __init__(self, post: Callable[[dict[str, Any]], object]) -> None:
        self._post = post
        self._start()

    def _start(self) -> None:
        self._book = Notebook()
        self._run: list[str] = []
        self._printing = np.get_printoptions()

    def run(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        """Run cells up to the last of ``sources`` and show what that one prints, returns and draws.

        What has run is not run again while it is the beginning of ``sources``; otherwise all cells
        run, from the first one, with no name defined.

        Returns
        -------
        dict
            ``value``, ``error``, ``absent`` (the module that a cell needs and the page has not),
            ``images`` (PNG in base64), ``drawings`` (SVG), ``dropped`` (characters of output),
            ``cell`` (the number, from 1, of the last cell that ran) and ``ran`` (how many cells
            ran).
        """
        sources: list[str] = asked["sources"]
        done = len(self._run)
        if done >= len(sources) or sources[:done] != self._run:
            self._start()
        first = len(self._run) + 1
        shown: dict[str, Any] = dict.fromkeys(("value", "error", "absent"), "")
        shown |= {"images": [], "drawings": []}
        given = {"get_ipython": Shell(self._book.namespace).itself, "display": print}
        main = {"__main__": self._book.module}
        with (
            replaced(vars(builtins), given),
            replaced(sys.modules, main),
            warnings.catch_warnings(),
            np.printoptions(**self._printing),
        ):
            warnings.simplefilter("ignore")
            for number, source in enumerate(sources[first - 1 :], start=first):
                last = number == len(sources)
                self._post({"limit": SECONDS, "key": f"cell {number}"})
                out = Output((lambda text: self._post({"output": text})) if last else None)
                value = None
                try:
                    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):
                        value = self._book.show(number, prepared(source))
                except BaseException as error:
                    shown |= {"error": described(error), "absent": absent(error)}
                if last:
                    shown["drawings"] = drawing(value)
                    shown["value"] = "" if shown["drawings"] else plain(value)
                    shown["images"] = figures(value)
                close_figures()
                shown |= {"cell": number, "ran": number - first + 1, "dropped": out.dropped}
                self._run.append(source)
                if shown["error"]:
                    break
            self._printing = np.get_printoptions()
        if shown["error"]:
            self._start()  # nothing half done is kept
        return shown
