"""What the browser's Python does for an exercise page: run cells, check functions, draw.

The verdict is that of `course check`: the notebook that Hand in would save is run by
:func:`course_lib.checks.run_notebook.run`, and its functions are marked by
:func:`course_lib.checks.marking.mark_question`.

There is no thread and no timer in a browser's Python. Before every cell and every call the session
says how long it may take; the page ends the worker that takes longer and asks again in a new one,
with what it ended. Nothing here needs a browser, so the tests run it in CPython as well.
"""

from __future__ import annotations

import contextlib
import json
import re
import time
import warnings
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from course_lib import checks
from course_lib.checks.given import prelude
from course_lib.checks.limits import SLOWEST, TIMEOUT, EndedError, slowness
from course_lib.checks.local import LocalCall
from course_lib.checks.marking import mark_question
from course_lib.checks.notebook.check import Feedback, report
from course_lib.checks.notebook_file import code_cells
from course_lib.checks.run_notebook import Failed, quiet, run
from course_lib.checks.student_call import Reply, StudentError, seconds_of
from course_lib.live.chapter_cells import ChapterCells
from course_lib.live.output import Output, close_figures, control, described, figures, plain
from course_lib.worker.executor import Notebook, replaced

CELL_SECONDS = 3.0  # of one cell or call, on the machine for which limits were chosen
LONGEST = 30.0  # seconds that a reader waits for anything
PRODUCT = 2.0e-4  # seconds of a product of two 128 × 128 matrices on that machine

BETWEEN = {"limit": LONGEST, "key": ""}  # while nothing of the reader's is running

Post = Callable[[dict[str, Any]], object]
Ended = Mapping[str, tuple[str, str]]


class Session:
    """One page's Python.

    It writes the reader's notebooks into a `folder` of its own; `post` is told, while a request is
    carried out, of limits and of output.
    """

    def __init__(self, folder: str | Path, post: Post) -> None:
        self._folder = Path(folder)
        self._folder.mkdir(parents=True, exist_ok=True)
        self._post = post
        self._checked: tuple[str, list[Failed], Notebook, list[str]] | None = None
        self._drawn: list[Any] = []
        self._shown: Notebook | None = None
        self._chapter = ChapterCells(post)

    def handle(self, text: str) -> str:
        """Carry out one request, given and answered as JSON."""
        asked = json.loads(text)
        kinds = {"check": self.check, "run": self.run, "draw": self.draw}
        kinds["cells"] = self._chapter.run
        return json.dumps(kinds[asked["kind"]](asked))

    def _write(self, asked: Mapping[str, Any]) -> Path:
        """Write the reader's notebooks; return the one that is asked about."""
        notebooks = {**asked.get("earlier", {}), asked["exercise"]: asked["notebook"]}
        for old in self._folder.glob("*.ipynb"):
            if old.stem not in notebooks:
                old.unlink()
        for name, text in notebooks.items():
            path = self._folder / f"{name}.ipynb"
            if not path.is_file() or path.read_text(encoding="utf-8") != text:
                path.write_text(text, encoding="utf-8")
        return self._folder / f"{asked['exercise']}.ipynb"

    def check(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        """Check one function of a notebook.

        Parameters
        ----------
        asked : mapping
            ``exercise``, ``notebook`` (its text), ``earlier`` (texts of other notebooks by name),
            ``function``, ``hint``, ``seed`` (of the inputs, 0 by default), and ``ended``: what was
            ended before by its key, as a kind of `StudentError` and a text.
        """
        path = self._write(asked)
        question = checks.find(asked["function"])[1]
        ended = asked.get("ended", {})
        failed, book, said = self._cells(path, asked, ended)
        call = PageCall(self._post, ended, failed, book)
        with quiet(self._folder), contextlib.redirect_stdout(Output()), book.active():
            result = mark_question(question, call, int(asked.get("seed", 0)))
        lines = report(question, result, asked.get("hint", 0))
        if call.own_message and result.status != "right":
            lines.append(("note", f"The exception's own text: {call.own_message[:500]}"))
        return {
            "lines": lines,
            "text": repr(Feedback(lines, result)),
            "score": result.score,
            "max_score": result.max_score,
            "result": result.as_dict(),
            "cells": [cell.sentence for cell in failed],
            "earlier": [whose(function) for function in said],
        }

    def _cells(
        self, path: Path, asked: Mapping[str, Any], ended: Ended
    ) -> tuple[list[Failed], Notebook, list[str]]:
        """Run the cells; where nothing has changed since the last time, give what came of it."""
        key = json.dumps([asked["notebook"], asked.get("earlier", {}), sorted(ended)])
        if self._checked is not None and self._checked[0] == key:
            return self._checked[1:]

        def cell(number: int, made: Callable[[], None]) -> None:
            key = f"cell {number}"
            if key in ended:
                raise EndedError(ended[key][1])
            self._post({"limit": ordinary(CELL_SECONDS), "key": key})
            with contextlib.redirect_stdout(Output()), contextlib.redirect_stderr(Output()):
                made()
            self._post(BETWEEN)

        said: dict[str, None] = {}
        self._post(BETWEEN)
        failed, book = run(path, asked["exercise"], cell, said.setdefault)
        self._checked = (key, failed, book, list(said))
        return failed, book, list(said)

    def run(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        """Run the cells of a notebook up to one of them, and show what that one prints and draws.

        Parameters
        ----------
        asked : mapping
            ``exercise``, ``notebook``, ``earlier``, and ``cell``: the number of the cell, from 1.
        """
        path = self._write(asked)
        book = self._shown = Notebook()
        self._drawn, panels = [], []

        def panel(draw: Callable[..., Any], needs: Any = (), **controls: Any) -> None:
            panels.append({"controls": {k: control(v) for k, v in controls.items()}})
            functions = [needs] if callable(needs) else list(needs)
            self._drawn.append((draw, functions))

        replacements: dict[str, Any] = {"panel": panel, "check": nothing}
        shown: dict[str, Any] = {"error": "", "value": "", "images": [], "panels": panels}
        with self._working(replacements, book):
            book.prelude(prelude(asked["exercise"]))
            for number, source in code_cells(path):
                last = number >= asked["cell"]
                self._post({"limit": ordinary(CELL_SECONDS * 3), "key": f"cell {number}"})
                self._drawn.clear()
                panels.clear()
                if not last:
                    with contextlib.redirect_stdout(Output()), contextlib.suppress(BaseException):
                        book.show(number, source)
                    close_figures()
                    continue
                vars(checks)["check"] = real("check")
                with self._showing(shown):
                    try:
                        shown["value"] = plain(book.show(number, source))
                    except BaseException as error:
                        shown["error"] = described(error)
                break
        return shown

    def draw(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        """Draw a panel of the last cell that was run with the values of its controls."""
        draw, needs = self._drawn[asked["panel"]]
        names = " and ".join(getattr(function, "__name__", "a function") for function in needs)
        shown: dict[str, Any] = {"error": "", "value": "", "images": [], "panels": []}
        assert self._shown is not None
        self._post({"limit": ordinary(CELL_SECONDS * 3), "key": "the panel"})
        mine = {"check": nothing, "panel": nothing}
        with self._working(mine, self._shown), self._showing(shown):
            try:
                draw(**asked["values"])
            except NotImplementedError:
                print(f"{names or 'A function'} not written yet: the picture comes once it is.")
            except Exception as error:
                own = f"{type(error).__name__}: {error}"
                print(f"No picture: {names or 'a function'} raised {own}")
        return shown

    @contextlib.contextmanager
    def _working(self, mine: dict[str, Any], book: Notebook) -> Iterator[None]:
        """Work in the reader's folder with the page's own functions in the place of some."""
        for name in ("example", "earlier"):
            vars(checks).pop(name, None)
        with (
            contextlib.chdir(self._folder),
            replaced(vars(checks), mine),
            book.active(),
            warnings.catch_warnings(),
        ):
            warnings.simplefilter("ignore")
            yield

    @contextlib.contextmanager
    def _showing(self, shown: dict[str, Any]) -> Iterator[None]:
        """Pass on what is printed; show what is drawn, and how much of the output was dropped."""
        out = Output(lambda text: self._post({"output": text}))
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):
            yield
        shown |= {"images": figures(), "dropped": out.dropped}


class PageCall(LocalCall):
    """Calls functions in place; the limits on their time are the page's."""

    def __init__(self, post: Post, ended: Ended, failed: list[Failed], book: Notebook) -> None:
        known = [(one.source, one.error) for one in failed]
        super().__init__(book.namespace, None, known, book)
        self._post, self._ended, self._made = post, ended, 0

    def __call__(
        self,
        name: str,
        *args: Any,
        cpu_seconds: float | None = None,
        surrogates: Mapping[str, Any] | None = None,
        share: float = 1.0,
    ) -> Reply:
        self._made += 1
        key = f"call {self._made}"
        if key in self._ended:
            raise StudentError(*self._ended[key])
        seconds = ordinary(seconds_of(CELL_SECONDS, share))
        if cpu_seconds is not None:
            seconds = min(max(cpu_seconds * product_slowness(), seconds), LONGEST)
        self._post({"limit": seconds, "key": key})
        try:
            return super().__call__(name, *args, surrogates=surrogates)
        finally:
            self._post(BETWEEN)


def ordinary(seconds: float) -> float:
    """Return a limit as this page's Python needs it; never more than a reader waits."""
    return min(seconds * min(max(slowness(), 1.0), SLOWEST), LONGEST)


@cache
def product_slowness() -> float:
    """Return how many times slower than the reference a product of matrices is here, at least 1."""
    matrix = np.ones((128, 128))
    best = TIMEOUT
    for _ in range(5):
        began = time.perf_counter()
        matrix @ matrix
        best = min(best, time.perf_counter() - began)
    return max(best / PRODUCT, slowness(), 1.0)


def whose(sentence: str) -> str:
    """Return what is said of an earlier function, for a page instead of a folder of notebooks.

    >>> whose("softmax: the course's (there is no 04_loss.ipynb beside this notebook)")
    "softmax: the course's"
    """
    return re.sub(r" \(there is no .*\)$", "", sentence).replace(".ipynb", "")


def nothing(*args: Any, **kwargs: Any) -> None:
    """Take the place of a check or a panel whose answer nobody sees."""


def real(name: str) -> Any:
    """Return what `course_lib.checks` gives under a name that notebooks import."""
    vars(checks).pop(name, None)
    return getattr(checks, name)
