"""A sample of the mutation search; `search.py` tries all mutants, on 30 seeds."""

from __future__ import annotations

import random
import zlib

import numpy as np
import pytest
from mutations import search
from mutations.mutants import mutants

from course_lib.checks import find, load, names
from course_lib.checks.local import LocalCall
from course_lib.checks.marking import mark_question

SEARCHED = sorted(path.stem for path in (search.HERE / "results").glob("*.md"))
QUESTIONS = [(name, question) for name in SEARCHED for question in load(name).questions]
TRIED, SEEDS = 5, range(2)


def test_results_and_reasons_belong_to_exercises() -> None:
    assert SEARCHED
    assert set(SEARCHED) <= set(names())
    assert {path.stem for path in (search.HERE / "equivalent").glob("*")} <= set(SEARCHED)


@pytest.mark.parametrize(
    ("exercise", "question"), QUESTIONS, ids=lambda one: getattr(one, "name", "")
)
def test_some_mutants_of_every_question_lose_points(exercise, question) -> None:
    """The table's rows are those of today's questions, the list names mutants of today."""
    text = (search.HERE / "results" / f"{exercise}.md").read_text(encoding="utf-8")
    assert f"| `{question.name}` |" in text
    small = search.without_large_calls(question)
    survivors = text.partition(f"## `{question.name}`")[2].partition("\n## ")[0]
    changed = list(search.changed(exercise, small))
    for pattern, why in search.explained(exercise).get(question.name, {}).items():
        assert why.strip(), pattern
        assert any(search.matches(pattern, key) for key, _ in changed), pattern
    random.Random(zlib.crc32(question.name.encode())).shuffle(changed)
    for key, mutant in changed[:TRIED]:
        function, probe = search.made(exercise, question, mutant)
        if function is None or f"- `{key}`:" in survivors:
            continue
        for seed in SEEDS:
            try:
                kept = search.full_marks(small, function, seed)
            except search.Endless:
                break
            assert not kept or probe.idle, f"{key} (seed {seed})"


def test_the_search_marks_as_the_checks_do() -> None:
    """It leaves a question at the first wrong call; the verdict is the same."""
    question = search.without_large_calls(load("02_one_neuron").question("activation_slope"))
    for _, mutant in list(search.changed("02_one_neuron", question))[:60]:
        function, _ = mutant.made()
        if function is None:
            continue
        result = mark_question(question, LocalCall({question.name: function}, 1.0), 3)
        full = result.score == question.points
        assert search.full_marks(question, function, 3) is full


def test_mutants_are_small_changes_that_people_make() -> None:
    def f(u, v):
        """Return the largest of both."""
        return np.maximum(u, v).sum(axis=1)

    changes = {one.change.partition(" → ")[2] for one in mutants(f)}
    assert {
        "return np.minimum(u, v).sum(axis=1)",
        "return np.maximum(u, v).sum(axis=0)",
        "return np.maximum(u, v).mean(axis=1)",
        "return np.maximum(np.abs(u), v).sum(axis=1)",
        "return -np.maximum(u, v).sum(axis=1)",
        "return np.maximum(u, v)",
        "return np.round(np.maximum(u, v).sum(axis=1))",
    } <= changes


def test_a_change_that_can_change_nothing_is_no_mutant() -> None:
    mutant = next(one for one in mutants(len_of) if "np.round(n)" in one.change)
    function, probe = mutant.made()
    assert function is not None
    assert not probe.idle
    assert function([1, 2, 3]) == 3
    assert probe.idle


def len_of(values):
    """Return the number of values."""
    n = len(values)
    return n + 0


@pytest.mark.parametrize(
    "name",
    [
        *("slope_between", "slope_of_square", "sum_of_products"),
        *("slope_of_loss", "update_weight", "numerical_slope"),
    ],
)
@pytest.mark.parametrize("sign", [1, -1])
def test_a_wrong_absolute_value_loses_points_on_every_seed(name: str, sign: int) -> None:
    question = search.without_large_calls(find(name)[1])
    for seed in search.SEEDS:
        absolute = search.full_marks(
            question, lambda *args: sign * abs(question.reference(*args)), seed
        )
        assert not absolute, seed
