"""The page gives the verdict of `check(f)`: a sample of all answers, and the committed table."""

from __future__ import annotations

import re
import zlib
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from browser import watched_page
from differential import page as on_page
from differential import routes
from differential.batches import Answer, batches, notebooks_of_people

from course_lib import checks
from course_lib.checks.question import Question

pytestmark = pytest.mark.long


def test_a_sample_gets_one_verdict(browser: Any, live_server: str, tmp_path: Path) -> None:
    """A known mistake of some questions, every form that fits any, and notebooks of people."""

    def one(question: Question, answers: list[Answer]) -> list[Answer]:
        mistakes = [answer for answer in answers if answer.kind == "mistake"]
        chosen = min(mistakes, key=lambda answer: zlib.crc32(answer.name.encode()))
        return [chosen] if zlib.crc32(question.name.encode()) % 2 else []

    people = notebooks_of_people()
    some = [*batches(one, checks.names()[::3]), *people[:: len(people) // 4]]
    with watched_page(browser) as page:
        page.set_default_timeout(300_000)
        page.goto(f"{live_server}exercises/00_before_you_start.html")
        verdicts = on_page.compared(some, page, tmp_path)
    said = routes.differences(some, verdicts)
    assert not said, "\n".join(said)
    kinds = Counter(answer.kind for batch in some for answer in batch.answers.values())
    assert kinds["mistake"] > 9
    assert kinds["form"] > 80
    assert kinds["notebook"]


def test_the_table_has_all_exercises_and_no_difference() -> None:
    text = (on_page.HERE / "page.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (\d\d_\w+) \| \d+ \| (.*) \| 0 \|$", text, re.M)
    assert [name for name, _ in rows] == checks.names()
    answers = sum(int(number) for _, counts in rows for number in counts.split(" | "))
    assert f"\n{answers} answers, 0 differences." in text
