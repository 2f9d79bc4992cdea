"""A sample of the mutation search; `search.py` tries all mutants, on 30 seeds."""

from __future__ import annotations

import random
import re
import zlib

import numpy as np
import pytest
from mutations import search
from mutations.mutants import mutants

from course_lib.checks import find, load, names
from course_lib.checks.local import LocalCall
from course_lib.checks.marking import mark_question

QUESTIONS = [(name, question) for name in names() for question in load(name).questions]
TRIED, SEEDS = 5, range(2)


def table_of(exercise: str) -> str:
    return (search.HERE / "results" / f"{exercise}.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("exercise", names())
def test_the_table_of_every_exercise_has_its_questions_and_explains_all_survivors(exercise) -> None:
    rows = re.findall(
        r"^\| `(\w+)` \| (\d+) \| (\d+) \| (\d+) \| (\d+) \|$", table_of(exercise), re.M
    )
    assert [row[0] for row in rows] == [question.name for question in load(exercise).questions]
    for name, *figures in rows:
        tried, killed, equivalent, unexplained = map(int, figures)
        assert tried, name
        assert killed + equivalent == tried, name
        assert not unexplained, name


def test_results_and_reasons_belong_to_exercises() -> None:
    for folder in ("results", "equivalent"):
        assert {path.stem for path in (search.HERE / folder).iterdir()} <= set(names())
    for exercise in names():
        reasons = search.explained(exercise)
        assert reasons.keys() <= {question.name for question in load(exercise).questions}


@pytest.mark.parametrize(
    ("exercise", "question"), QUESTIONS, ids=lambda value: getattr(value, "name", "")
)
def test_some_mutants_of_every_question_lose_points(exercise, question) -> None:
    """Table and list name mutants of today; a sample of the others loses points on every seed."""
    small, large = search.parted(question)
    changed = list(search.changed(exercise, question))
    part = table_of(exercise).partition(f"## `{question.name}`\n")[2].partition("\n## ")[0]
    survivors = set(re.findall(r"^- `(.*)`: ", part, re.M))
    again = f"an answer has changed: python tests/mutations/search.py --exercise {exercise[:2]}"
    assert survivors <= {key for key, _ in changed}, again
    for pattern, why in search.explained(exercise).get(question.name, {}).items():
        assert why.strip(), pattern
        assert any(search.matches(pattern, key) for key, _ in changed), pattern
    random.Random(zlib.crc32(question.name.encode())).shuffle(changed)
    for key, make in changed[:TRIED]:
        function, probe = make()
        if key in survivors:
            continue
        for seed in SEEDS:
            try:
                kept = search.full_marks(small, function, seed)
            except search.Endless:
                break
            kept = kept and not probe.idle and search.full_marks(large, function, seed)
            assert not kept, f"{key} (seed {seed})"


def test_the_search_marks_as_the_checks_do() -> None:
    """It leaves a question at the first wrong call; the verdict is the same."""
    question = load("02_one_neuron").question("activation_slope")
    for _, make in list(search.changed("02_one_neuron", question))[:60]:
        function, _ = make()
        result = mark_question(question, LocalCall({question.name: function}, 1.0), 3)
        full = result.score == question.points
        assert search.full_marks(question, function, 3) is full


def test_mutants_are_small_changes_that_people_make() -> None:
    def f(u, v):
        """Return the largest of both."""
        return np.maximum(u, v).sum(axis=1)

    changes = {mutant.change.partition(" → ")[2] for mutant in mutants(f)}
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
    mutant = next(candidate for candidate in mutants(len_of) if "np.round(n)" in candidate.change)
    function, probe = mutant.made()
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
    question = find(name)[1]
    for seed in search.SEEDS:
        absolute = search.full_marks(
            question, lambda *args: sign * abs(question.reference(*args)), seed
        )
        assert not absolute, seed


def test_private_functions_that_an_answer_calls_are_changed_too() -> None:
    question = load("07_many_neurons").question("softmax_vjp")
    answer = "the whole table, turned, _table: return np.diag(p) - np.outer(p, p) → return "
    changes = {
        f"{answer}np.diag(p) + np.outer(p, p)": False,
        f"{answer}np.diag(p) - np.abs(np.outer(p, p))": True,
    }
    makes = dict(search.changed("07_many_neurons", question))
    p, upstream = np.array([0.5, 0.2, 0.3]), np.array([1.0, 2.0, 3.0])
    right = question.reference(p, upstream)
    for key, same in changes.items():
        function, _ = makes[key]()
        assert np.allclose(function(p, upstream), right) is same
