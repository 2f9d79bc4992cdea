"""What the tests of the checks share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from course_lib.checks import find
from course_lib.checks.local import LocalCall
from course_lib.checks.marking import mark_question
from course_lib.checks.verdict import QuestionResult


@pytest.fixture
def mark() -> Callable[..., QuestionResult]:
    """Mark one function (others of the notebook by keyword) as the question of its name."""

    def marked(name: str, function: Any, seed: int = 5, **others: Any) -> QuestionResult:
        _, question = find(name)
        return mark_question(question, LocalCall({name: function, **others}), seed)

    return marked


@pytest.fixture
def inside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work in an empty folder."""
    monkeypatch.chdir(tmp_path)
    return tmp_path
