"""The proof table, both ways: right answers get everything, wrong ones lose and are named."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from course_lib.checks import load, names
from course_lib.checks.local import LocalCall, plain
from course_lib.checks.marking import mark_question
from course_lib.checks.proof import answers, proof_table, rows, twins
from course_lib.checks.question import Question
from course_lib.checks.verdict import generator

QUESTIONS = [question for name in names() for question in load(name).questions]
BOOK = Path(__file__).resolve().parents[2] / "book"
BY_NAME = {question.name: question for question in QUESTIONS}


@pytest.fixture(params=[question.name for question in QUESTIONS])
def question(request: pytest.FixtureRequest) -> Question:
    return BY_NAME[request.param]


def test_function_names_are_unique_in_the_course() -> None:
    assert len(BY_NAME) == len(QUESTIONS)


def test_every_row_of_the_proof_table(question: Question) -> None:
    for row in rows(question, seed=11):
        result, label = row.result, f"{question.name}: {row.kind} {row.answer}"
        json.dumps(result.as_dict(), allow_nan=False)
        assert sum(part.points for part in result.parts) == result.score, label
        if row.kind == "right":
            assert (result.score, result.status) == (question.points, "right"), label
            assert result.mistakes == (), label
            assert result.symptom == "", label
            continue
        assert result.score < question.points, label
        assert result.status != "right", label
        assert result.symptom, label
        if row.kind == "mistake":
            assert result.mistakes, label
            assert "/" in row.answer or row.answer in result.mistakes, label
            assert set(result.mistakes) <= twins(question, row.answer), label
            assert result.named, label
            assert result.question.endswith("?"), label
            assert result.section.split("#")[0].endswith(".html"), label
            assert result.place, label
        else:
            assert result.score == 0, label
            assert row.answer != "unedited" or result.status == "unwritten", label


def test_twins_compute_the_same_arrays_and_others_do_not(question: Question) -> None:
    """Held on inputs of another seed than the table's, without the diagnosis."""

    def values(wrong):
        results = []
        for fixture in question.fixtures:
            if fixture.large:
                continue
            args = question.inputs(generator(question, fixture, 99), fixture)
            try:
                with np.errstate(all="ignore"):
                    results.append(repr(_rounded(plain(wrong(*args)))))
            except Exception as error:
                results.append(f"{type(error).__name__}: {error}")
        return results

    computed = {
        mistake.id: values(mistake.wrong)
        for mistake in question.mistakes
        if "B35" not in mistake.id and "place" not in mistake.id
    }
    for label, outputs in computed.items():
        for other, others in computed.items():
            if label < other:
                assert (outputs == others) == (other in twins(question, label)), (label, other)


def _rounded(value):
    if isinstance(value, (list, tuple)):
        return [_rounded(entry) for entry in value]
    if value is None or isinstance(value, str):
        return value
    return np.asarray(value, dtype=float).round(6).tolist()


def test_mistakes_are_told_apart_on_other_seeds(question: Question) -> None:
    cheap = tuple(fixture for fixture in question.fixtures if not fixture.large)
    for mistake in question.mistakes:
        call = LocalCall({question.called: mistake.wrong})
        for seed in (2026,):
            result = mark_question(replace(question, fixtures=cheap), call, seed)
            assert mistake.id in result.mistakes, (mistake.id, seed)
            assert set(result.mistakes) <= twins(question, mistake.id), (mistake.id, seed)


def test_marking_is_the_same_when_done_twice(question: Question) -> None:
    for _, name, function in answers(question):
        if name in ("B01", "B12", "random numbers", "reference"):
            function = question.reference if name == "random numbers" else function
            call = LocalCall({question.called: function})
            first = mark_question(question, call, 4).as_dict()
            assert mark_question(question, call, 4).as_dict() == first


def test_no_feedback_shows_a_right_value(question: Question) -> None:
    """Symptoms speak of shapes, factors and sizes, never of an entry of the answer."""
    for row in rows(question, seed=3, large=False):
        text = " ".join([row.result.symptom, row.result.question, *row.result.right])
        for fixture in question.fixtures:
            if fixture.large:
                continue
            args = question.inputs(generator(question, fixture, 3), fixture)
            for value in np.concatenate(
                [np.ravel(part).astype(float) for part in _flat(question.reference(*args))]
            )[:50]:
                if abs(value) not in (0, 1) and value != round(value, 2):
                    assert f"{value:.4f}" not in text


def _flat(value):
    if isinstance(value, (list, tuple)):
        for entry in value:
            yield from _flat(entry)
    else:
        yield value


def test_the_table_as_a_page_has_a_row_for_every_answer() -> None:
    name = names()[-1]
    page = proof_table([name], large=False)
    count = sum(len(list(answers(question))) for question in load(name).questions)
    questions = len(load(name).questions)
    assert sum(line.startswith("| ") for line in page.splitlines()) == count + questions
    assert "| unedited | 0 of" in page


def test_sections_lead_to_labels_of_the_chapters(question: Question) -> None:
    """Every hint leads to a page; where the chapter is written, its label exists."""
    sections = {question.section}
    sections |= {part.section for part in question.parts if part.section}
    sections |= {mistake.section for mistake in question.mistakes if mistake.section}
    for section in sections:
        page, _, anchor = section.partition(".html#")
        assert anchor, f"{question.name}: {section} names no label"
        chapter = BOOK / f"{page}.md"
        if chapter.is_file():
            text = chapter.read_text(encoding="utf-8")
            assert f"({anchor})=" in text, f"{question.name}: {section}"
