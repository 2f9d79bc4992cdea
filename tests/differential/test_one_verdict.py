"""`check(f)` in IPython, `course check` and `course grade` give one verdict on every answer."""

from __future__ import annotations

import zlib
from collections import Counter
from pathlib import Path

import pytest
from differential import alterations, batches, forms, routes
from differential.batches import Answer, Batch

from course_lib import checks
from course_lib.checks.proof import twins
from course_lib.checks.question import Question

DIFFERED = ["uses the course", "calls exit", "fails to assert", "asks for memory"]
"""Forms on which the routes once differed."""


def verdicts_agree(some: list[Batch], folder: Path) -> dict[str, routes.Verdicts]:
    """Fail unless all routes give equal verdicts; print what was compared."""
    results = routes.compared(some, folder)
    said = routes.differences(some, results)
    kinds = Counter(answer.kind for batch in some for answer in batch.answers.values())
    compared = sum(len(verdicts) for verdicts in results.values())
    print(
        f"{len(some)} notebooks, {sum(kinds.values())} answers ({dict(kinds)}), "
        f"{compared} verdicts, {len(said)} differences"
    )
    assert not said, "\n".join(said)
    return results


def each_answer_is_what_it_was(some: list[Batch], verdicts: routes.Verdicts) -> None:
    """A copy that a notebook carries is right, or makes its mistake, as the original does."""
    for batch in some:
        for name, answer in batch.answers.items():
            if answer.kind in ("right", "mistake"):
                result = verdicts[batch.name, name]
            if answer.kind == "right":
                assert result.status == "right", (batch.name, name, answer.name, result)
            if answer.kind == "mistake":
                named = set(result.mistakes) & twins(checks.find(name)[1], answer.name)
                assert result.status != "right", (batch.name, name, answer.name)
                # Where a call ran out of memory or time, that is said, and no name.
                assert named or result.status in ("memory", "timeout"), (name, answer.name, result)


@pytest.mark.long
def test_three_routes_to_one_verdict(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    some = [*batches.batches(), *batches.notebooks_of_people()]
    placed = Counter(answer.name for batch in some for answer in batch.answers.values())
    assert all(placed[name] == 1 for name in forms.of_any_question())
    with capsys.disabled():
        verdicts = verdicts_agree(some, tmp_path)
    each_answer_is_what_it_was(some, verdicts["check"])


def test_a_sample_of_it(tmp_path: Path) -> None:
    """Some answers to the questions of one exercise, and most forms."""

    def few(_question: Question, answers: list[Answer]) -> list[Answer]:
        return sorted(answers, key=lambda answer: zlib.crc32(answer.name.encode()))[:2]

    written = forms.BY_FUNCTION | forms.BY_CELL
    of_any = {name: written[name] for name in {*DIFFERED, *list(written)[::3]}}
    some = batches.batches(few, ["05_two_neurons"], of_any)
    verdicts = verdicts_agree(some, tmp_path)
    each_answer_is_what_it_was(some, verdicts["check"])


def test_a_sample_of_the_alterations(tmp_path: Path) -> None:
    some = alterations.altered(2, ["09_cost"])
    verdicts_agree(some, tmp_path)


def test_the_table_of_the_alterations_is_of_todays_questions() -> None:
    text = (Path(alterations.__file__).parent / "alterations.md").read_text(encoding="utf-8")
    assert ", 0 differences." in text
    for exercise in checks.names():
        for question in checks.load(exercise).questions:
            assert f"| `{question.name}` | {alterations.TRIED} |" in text


def test_a_difference_is_found() -> None:
    batch, *_ = batches.batches(exercises=["01_downhill"], of_any={})
    ref = routes.Verdict("right", 1.0, (), "", "", (), "")
    other = routes.Verdict("right", 1.0, (), "s", "", (), "")
    unmarked = routes.Verdict("unmarked", 0.0, (), "", "", (), "")
    keys = [(batch.name, name) for name in batch.answers]
    alike = {route: dict.fromkeys(keys, ref) for route in ("check", "course check", "course grade")}
    assert not routes.differences([batch], alike)
    for different in (other, unmarked):
        assert routes.differences(
            [batch], alike | {"check": {**alike["check"], keys[0]: different}}
        )
    assert routes.differences([batch], dict.fromkeys(alike, dict.fromkeys(keys, unmarked)))
    assert routes.differences([batch], alike | {"course grade": {}})
