"""The fourth route to a verdict: the exercise page, in headless Chromium.

All answers are compared with those of `check(f)` on the same inputs; what came of it is committed::

    PYTHONPATH=tests python -m differential.page

writes `page.md` beside this file; exercises may be named to try these alone.
"""

from __future__ import annotations

import dataclasses
import re
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from differential import routes
from differential.batches import Batch, batches, notebooks_of_people
from differential.routes import SEED, Verdict, Verdicts
from grader.members import notebook

from course_lib import checks
from course_lib.grading.marking.judge import question_seed

HERE = Path(__file__).parent
KINDS = ("right", "mistake", "form", "notebook")
ABOUT = """# The page

Every right answer, known mistake and untidy form, and the notebooks of people, on the exercise page
and by `check(f)`, with the same inputs (`python -m differential.page`). Differences are answers on
which the two disagree in status, points, symptom, question or mistakes, or on which one has failed.

{answers} answers, {differences} differences.

| exercise | notebooks | right answers | mistakes | forms | in notebooks | differences |
|---|---|---|---|---|---|---|
"""


def by_page(some: Iterable[Batch], page: Any) -> Verdicts:
    """Check the functions of each notebook by the Python of an open exercise page."""
    verdicts: Verdicts = {}
    for batch in some:
        for question in checks.load(batch.exercise).questions:
            asked = {
                "kind": "check",
                "exercise": batch.exercise,
                "notebook": notebook(*batch.cells).decode(),
                "function": question.name,
                "seed": str(question_seed(SEED, batch.exercise, question.name)),
            }
            answer = page.evaluate("asked => window.course.ask(asked)", asked)
            assert "result" in answer, (batch.name, question.name, answer)
            verdicts[batch.name, question.name] = comparable(routes.verdict(answer["result"]))
    return verdicts


LIMITS = re.compile(r"(was stopped after|gave no answer within) [\d.]+ seconds( of CPU time)?")


def comparable(verdict: Verdict) -> Verdict:
    """Return a verdict without the limits on time: those of a page are its own."""
    return dataclasses.replace(verdict, symptom=LIMITS.sub(r"\1 … seconds", verdict.symptom))


def compared(some: Sequence[Batch], page: Any, folder: Path) -> dict[str, Verdicts]:
    """Return the verdicts of `check(f)` and of the page on some notebooks."""
    here = routes.by_check(some, folder)
    return {
        "check": {key: comparable(verdict) for key, verdict in here.items()},
        "page": by_page(some, page),
    }


def main(exercises: list[str]) -> int:
    """Compare all answers, exercise by exercise; return how many differences there are."""
    from browser import chromium, served, watched_page
    from live import small_site

    total: Counter[str] = Counter()
    rows = []
    everything = [*batches(exercises=exercises), *notebooks_of_people()]
    with tempfile.TemporaryDirectory() as folder, chromium() as browser:
        small_site.make(Path(folder) / "site")
        with served(Path(folder) / "site") as server, watched_page(browser) as page:
            page.set_default_timeout(600_000)
            page.goto(f"{server}exercises/00_before_you_start.html")
            for exercise in exercises or checks.names():
                some = [batch for batch in everything if batch.exercise == exercise]
                verdicts = compared(some, page, Path(folder) / exercise)
                said = routes.differences(some, verdicts)
                print(exercise, len(some), "notebooks;", *said, sep="\n", flush=True)
                kinds = Counter(answer.kind for batch in some for answer in batch.answers.values())
                total["answers"] += kinds.total()
                total["differences"] += len(said)
                counts = [len(some), *(kinds[kind] for kind in KINDS), len(said)]
                rows.append(f"| {exercise} | {' | '.join(map(str, counts))} |")
    if not exercises:
        text = ABOUT.format(**total) + "\n".join(rows) + "\n"
        (HERE / "page.md").write_text(text, encoding="utf-8")
    print(dict(total))
    return total["differences"]


if __name__ == "__main__":
    sys.exit(bool(main(sys.argv[1:])))
