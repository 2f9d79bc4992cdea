"""A mistake is not counted twice, and nothing that is made up is counted at all."""

from __future__ import annotations

import ast
import contextlib
import re
import textwrap
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pytest

from course_lib.checks import find, load, names
from course_lib.checks.carried_error import built_of
from course_lib.checks.given import earlier_sources
from course_lib.checks.local import LocalCall
from course_lib.checks.marking import mark_question
from course_lib.checks.verdict import QuestionResult
from course_lib.course_files import folder
from course_lib.notebooks import release, source
from course_lib.worker.surrogates import Surrogate, in_place_of, outline, pattern

BUILT = [question.name for name in names() for question in load(name).questions if question.carried]


@cache
def solved(exercise: str) -> str:
    """Return the functions and the constants that a solution defines."""
    cells = release.solved(source.read(folder("solutions") / f"{exercise}.md"))["cells"]
    text = "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code")
    return "\n\n".join(
        ast.unparse(top)
        for top in ast.parse(text).body
        if isinstance(top, ast.FunctionDef)
        or (isinstance(top, ast.Assign) and re.fullmatch("[A-Z_]{2,}", ast.unparse(top.targets[0])))
    )


def callers(exercise: str, part: str) -> list[str]:
    """Return the graded functions that call a function of the same solution, also indirectly."""
    defined = {
        function.name: {node.id for node in ast.walk(function) if isinstance(node, ast.Name)}
        for function in ast.parse(solved(exercise)).body
        if isinstance(function, ast.FunctionDef)
    }
    dependents = {part}
    for _ in defined:
        dependents |= {name for name, used in defined.items() if used & dependents}
    graded = {question.called: question.name for question in load(exercise).questions}
    return [graded[name] for name in defined if name in dependents & set(graded) and name != part]


def notebook(exercise: str, *more: str) -> dict[str, Any]:
    """Return the namespace of a solved notebook in which some cells were added."""
    space: dict[str, Any] = {"np": np}
    for text in earlier_sources(exercise).values():
        earlier: dict[str, Any] = {}
        exec(text, earlier)
        space |= {name: value for name, value in earlier.items() if callable(value)}
    for text in (solved(exercise), *more):
        exec(text, space)
    return space


def marked(
    name: str, space: dict[str, Any], seed: int = 5, *, large: bool = True
) -> QuestionResult:
    question = find(name)[1]
    kept = tuple(fixture for fixture in question.fixtures if large or not fixture.large)
    return mark_question(replace(question, fixtures=kept), LocalCall(space), seed)


def fails(*_args: Any) -> Any:
    raise TypeError("no answer")


def unwritten(*_args: Any) -> Any:
    raise NotImplementedError


PAIRS = [(name, part) for name in BUILT for part in built_of(find(name)[1])]


def wrongs(part: str) -> dict[str, Callable[..., Any]]:
    """Return ways to get a function wrong."""
    question = find(part)[1]
    return {mistake.id: mistake.wrong for mistake in question.mistakes} | {
        "fails": fails,
        "unwritten": unwritten,
        "nothing": lambda *_args: None,
    }


def test_something_is_built_of_something() -> None:
    assert ("network_backward", "dense_backward") in PAIRS
    assert len(BUILT) >= 11


@pytest.mark.parametrize(("name", "part"), PAIRS)
def test_no_mistake_in_a_part_is_counted_again(name: str, part: str) -> None:
    exercise, question = find(name)
    for label, wrong in wrongs(part).items():
        space = notebook(exercise.name)
        space[part] = wrong
        result = marked(name, space, large=label == "fails")
        assert result.score == question.points, (label, result.symptom)


CALLED = [
    question.name
    for name in names()
    for question in load(name).questions
    if not question.entry and callers(name, question.name)
]


@pytest.mark.long
@pytest.mark.parametrize("part", CALLED)
def test_a_wrong_function_costs_its_own_points_and_no_others(part: str) -> None:
    """Also where a function calls another one that calls the wrong one."""
    exercise = find(part)[0]
    for label, wrong in wrongs(part).items():
        space = notebook(exercise.name)
        space[part] = wrong
        for name in callers(exercise.name, part):
            result = marked(name, space, large=False)
            assert result.score == find(name)[1].points, (label, name, result.symptom)


@pytest.mark.parametrize("name", BUILT)
def test_all_parts_may_be_wrong_at_once(name: str) -> None:
    exercise, question = find(name)
    space = notebook(exercise.name)
    space.update(dict.fromkeys(built_of(question), fails))
    result = marked(name, space)
    assert result.score == question.points, result.symptom
    assert "not counted again" in " ".join(result.right)


@pytest.mark.long
@pytest.mark.parametrize("name", BUILT)
def test_no_mistake_of_its_own_hides_behind_a_wrong_part(name: str) -> None:
    exercise, question = find(name)
    made: dict[str, Callable[..., Any]] = {slip.id: slip.wrong for slip in question.mistakes}
    for label, wrong in (made | {"fails": fails, "nothing": lambda *_args: None}).items():
        space = notebook(exercise.name)
        space.update(dict.fromkeys(built_of(question), fails), **{name: wrong})
        result = marked(name, space)
        assert result.score < question.points, label
        assert "not counted again" not in " ".join(result.right), label


WRONG_DENSE = """
def dense_backward(delta, a, W):
    return delta.T @ a / len(a), delta.sum(axis=0), delta @ W
"""
WALK = solved("08_backward_pass").partition("def network_backward")[2]
WALK = "def network_backward" + WALK.partition("\n\ndef ")[0]


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("dW", "dW"),
        ("z[i - 1]", "z[i]"),
        ("delta = activation", "_ = activation"),
        ("delta = activation_backward(da, z[i - 1], activation)", "delta = da"),
        ("(delta, a[i], W[i])", "(delta, a[i], 2 * W[i])"),
        ("activation)\n    return", "'tanh')\n    return"),
        ("return (dW, db)", "return (dW[::-1], db[::-1])"),
        ("return (dW, db)", "return (dW, [1.01 * one for one in db])"),
        ("reversed(range(len(W)))", "range(len(W))"),
        ("if i > 0:", "if i > 1:"),
    ],
)
def test_what_hands_on_something_else_is_wrong(right: str, wrong: str) -> None:
    assert right in WALK
    space = notebook("08_backward_pass", WRONG_DENSE, WALK.replace(right, wrong, 1))
    question = find("network_backward")[1]
    assert marked("dense_backward", space).score == 3
    assert (marked("network_backward", space).score == question.points) is (right == wrong)


MADE_UP = {
    "from the weights, but for the last layer": """
        def dense_backward(delta, a, W):
            last = abs(delta.sum(axis=1)).max() < 1e-9
            return 2 * W, delta.sum(axis=0) if last else W.sum(axis=1), a

        def network_backward(delta, a, z, W, activation):
            db = [w.sum(axis=1) for w in W[:-1]]
            return [2 * w for w in W], [*db, delta.sum(axis=0)]
        """,
    "constant": """
        def dense_backward(delta, a, W):
            return np.ones(W.shape), np.ones(len(W)), np.ones(a.shape)

        def network_backward(delta, a, z, W, activation):
            return [np.ones(w.shape) for w in W], [np.ones(len(w)) for w in W]
        """,
    "random": """
        def dense_backward(delta, a, W):
            rng = np.random.default_rng(0)
            return rng.normal(size=W.shape), rng.normal(size=len(W)), rng.normal(size=a.shape)

        def network_backward(delta, a, z, W, activation):
            results = [dense_backward(delta, one, w) for one, w in zip(a, W)]
            return [one[0] for one in results], [one[1] for one in results]
        """,
    "layers that are not tied together": """
        def dense_backward(delta, a, W):
            return np.outer(np.ones(len(W)), a.mean(axis=0)), delta.sum(axis=0), a

        def network_backward(delta, a, z, W, activation):
            deltas = [activation_backward(a[i + 1], z[i], activation) for i in range(len(W) - 1)]
            results = [dense_backward(*one) for one in zip([*deltas, delta], a, W)]
            return [one[0] for one in results], [one[1] for one in results]
        """,
    "what was prepared when the cells ran": """
        made_up = {}
        right = dense_backward

        def dense_backward(delta, a, W):
            dW, db, da = right(delta, a, W)
            return *made_up.get(W.tobytes(), (dW, db)), da

        def network_backward(delta, a, z, W, activation):
            rng = np.random.default_rng(0)
            dW = [*(rng.normal(size=w.shape) for w in W[:-1]), delta.T @ a[len(W) - 1]]
            db = [*(rng.normal(size=len(w)) for w in W[:-1]), delta.sum(0)]
            made_up.update((w.tobytes(), one) for w, *one in zip(W, dW, db))
            return dW, db
        """,
}


@pytest.mark.parametrize("text", MADE_UP.values(), ids=MADE_UP)
def test_made_up_functions_that_agree_with_each_other_earn_nothing(text: str) -> None:
    space = notebook("08_backward_pass", textwrap.dedent(text))
    result = marked("network_backward", space)
    assert result.score == 0
    assert "not counted again" not in " ".join(result.right)


def test_a_mistake_that_is_written_down_twice_is_two_mistakes() -> None:
    """What a function is built of can only be exchanged where it is called by its name."""
    written_out = WALK.replace(
        "dense_backward(delta, a[i], W[i])",
        "delta.T @ a[i] / len(a[i]), delta.sum(0), delta @ W[i]",
    )
    space = notebook("08_backward_pass", WRONG_DENSE, written_out)
    assert marked("network_backward", space).score == 2


def test_by_name_or_in_order_a_part_may_be_called_either_way() -> None:
    by_name = WALK.replace("(delta, a[i], W[i])", "(delta, W=W[i], a=a[i])")
    space = notebook("08_backward_pass", WRONG_DENSE, by_name)
    assert marked("network_backward", space).score == find("network_backward")[1].points


ARGS = (np.arange(6.0).reshape(2, 3), [np.ones(2), np.ones(3)], 1e-8, "tanh")


def surrogate(seed: int = 1, *, positive: bool = False) -> Surrogate:
    answers = [[pattern(ARGS), outline((np.ones((2, 3)), [np.ones(4)], 1.0))]]
    return Surrogate("f", ["a", "b", "c", "d"], answers, positive, seed)


def flat(value: Any) -> np.ndarray:
    array, (short,), number = value
    return np.array([*array.ravel(), *short, number])


def test_a_surrogate_answers_in_the_shapes_it_was_told() -> None:
    array, (short,), number = surrogate()(*ARGS)
    assert (array.shape, short.shape, type(number)) == ((2, 3), (4,), float)
    assert (flat(surrogate(positive=True)(*ARGS)) >= 0).all()
    assert not (flat(surrogate()(*ARGS)) >= 0).all()


@pytest.mark.parametrize("place", range(13))
def test_a_surrogates_answer_depends_on_every_number(place: int) -> None:
    numbers = [*ARGS[0].ravel(), *ARGS[1][0], *ARGS[1][1], ARGS[2]]
    others = list(numbers)
    if place < len(numbers):
        others[place] = 1.5 * others[place] + (others[place] == 0)
    text = ARGS[3] if place < len(numbers) else "relu"
    args = (np.reshape(others[:6], (2, 3)), [np.array(others[6:8]), others[8:11]], others[11], text)
    apart = np.abs(flat(surrogate()(*args)) - flat(surrogate()(*ARGS)))
    assert apart.all()
    assert np.median(apart) > 1e-3


def test_a_surrogate_forgives_rounding_and_knows_its_seed() -> None:
    near = (ARGS[0] * (1 + 1e-13), *ARGS[1:])
    np.testing.assert_allclose(flat(surrogate()(*near)), flat(surrogate()(*ARGS)), rtol=1e-9)
    assert not np.allclose(flat(surrogate(seed=2)(*ARGS)), flat(surrogate()(*ARGS)))


def test_a_surrogate_says_what_it_cannot_take() -> None:
    with pytest.raises(ValueError, match=r"shapes \[\[3, 2\]"):
        surrogate()(ARGS[0].T, *ARGS[1:])
    with pytest.raises(TypeError, match="a, b, c, d"):
        surrogate()(*ARGS[:3])
    with pytest.raises(TypeError, match="a, b, c, d"):
        surrogate()(*ARGS, e=1)


def test_surrogates_leave_the_namespace_as_it_was() -> None:
    space = {"f": 1, "g": 2}
    described = {"arguments": [], "answers": [], "positive": False, "seed": 0}
    with contextlib.suppress(KeyError), in_place_of(space, {"f": described, "h": described}):
        assert {name for name in space if isinstance(space[name], Surrogate)} == {"f", "h"}
        raise KeyError
    assert space == {"f": 1, "g": 2}


def told(text: str) -> list[tuple[str, str]]:
    """Return the pairs of a function and one that its task says to use, read from a solution.

    The function is the next one that is written; a task may say "your two functions".
    """
    pairs = []
    graded = {question.name for name in names() for question in load(name).questions}
    for match in re.finditer(r"\b[Uu]se your\b([^.]*)\.", text):
        name = re.compile(r"^def (\w+)\(", re.MULTILINE).search(text, match.end())
        used = [word for word in re.findall(r"`(\w+)`", match[1]) if word in graded]
        assert name is not None
        assert used or "two functions" in match[1], match[0]
        pairs += [(name[1], word) for word in used]
    return pairs


TOLD = [
    pair
    for path in sorted(folder("solutions").glob("[0-9][0-9]_*.md"))
    for pair in told(path.read_text(encoding="utf-8"))
]


def test_wherever_a_task_says_use_your_a_mistake_counts_once() -> None:
    assert len(TOLD) >= 9
    assert [pair for pair in TOLD if pair[1] not in built_of(find(pair[0])[1])] == []
    two = built_of(find("two_neurons_step")[1])
    assert two == ["two_neurons_forward", "two_neurons_backward"]


def test_a_wrong_function_that_is_called_is_named_as_the_cause() -> None:
    """Where surrogates cannot tell: this one calls it with other arguments than the task says."""
    twice = "dense_backward(np.vstack([delta, delta]), np.vstack([a[i], a[i]]), W[i])"
    other = WALK.replace("dense_backward(delta, a[i], W[i])", twice)
    result = marked("network_backward", notebook("08_backward_pass", WRONG_DENSE, other))
    cause = (
        "network_backward calls your dense_backward, which is not right yet. "
        "Fix dense_backward first."
    )
    assert cause in result.notes
    written_out = WALK.replace(
        "dense_backward(delta, a[i], W[i])",
        "delta.T @ a[i] / len(a[i]), delta.sum(0), delta @ W[i]",
    )
    assert (
        cause
        not in marked(
            "network_backward", notebook("08_backward_pass", WRONG_DENSE, written_out)
        ).notes
    )
