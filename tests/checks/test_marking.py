"""Marking: points by part, side effects, hostile answers, calls that never answer."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from course_lib.checks import find, load, names
from course_lib.checks.answers import judge
from course_lib.checks.ex08_backward_pass.reference import (
    activation_backward,
    dense_backward,
    network_backward,
)
from course_lib.checks.local import LocalCall, plain
from course_lib.checks.marking import mark_question
from course_lib.checks.student_call import KINDS, Reply, StudentError

DENSE = find("dense_backward")[1]


def parts(result):
    return {part.name: part.points for part in result.parts}


def test_parts_are_marked_apart(mark) -> None:
    result = mark("dense_backward", lambda d, a, W: (d.T @ a, d.mean(0), d @ W))
    assert parts(result) == {"dW": 2, "db": 0, "da": 2}
    assert (result.status, result.score, result.max_score) == ("partly", 4, 5)


def test_variants_are_marked_apart(mark) -> None:
    def no_relu(da, z, activation):
        if activation == "relu":
            raise KeyError(activation)
        return activation_backward(da, z, activation)

    result = mark("activation_backward", no_relu)
    assert parts(result) == {"tanh": 1, "sigmoid": 1, "relu": 0}
    assert result.status == "partly"
    assert "KeyError" in result.symptom


def test_right_numbers_with_a_changed_argument_get_half(mark) -> None:
    def changes(delta, a, W):
        results = dense_backward(delta, a, W)
        a[:] = 0
        return results

    result = mark("dense_backward", changes)
    assert result.score == DENSE.points / 2
    assert "the call changes the argument a" in result.symptom
    assert result.notes == ("Your function modifies its argument a (half the points deducted).",)


def test_a_second_call_must_give_the_same(mark) -> None:
    sums: dict = {}

    def adds_up(delta, a, W):
        dW, db, da = dense_backward(delta, a, W)
        sums[W.shape] = sums.get(W.shape, 0) + dW
        return sums[W.shape], db, da

    result = mark("dense_backward", adds_up)
    assert parts(result) == {"dW": 0, "db": 1, "da": 2}
    assert result.mistakes == ("B19",)


def test_a_forward_pass_per_parameter_is_stopped_on_the_large_layer(mark) -> None:
    def differences(delta, a, W):
        dW = np.zeros(W.shape)
        for place in np.ndindex(W.shape):
            shifted = W.astype(complex)
            shifted[place] += 1e-30j
            dW[place] = (delta * (a @ shifted.T)).sum().imag / 1e-30
        return dW, delta.sum(0), delta @ W

    result = mark("dense_backward", differences)
    assert (result.status, result.score) == ("timeout", 0)
    assert "forward pass for every single parameter" in result.question


RAGGED = [[1.0], [1.0, 2.0]]
DEEP: list = []
for _ in range(200):
    DEEP = [DEEP]
HOSTILE = [
    None,
    True,
    7,
    float("nan"),
    "x" * 1000,
    {},
    {"dW": 1},
    [],
    (),
    [None, None, None],
    (RAGGED, RAGGED, RAGGED),
    ("a", "b", "c"),
    DEEP,
    [DEEP, DEEP, DEEP],
    (10**400, 10**400, 10**400),
    np.zeros(0),
    np.zeros((3, 0)),
    np.array(["a", "b", "c"]),
    np.array([None, None, None]),
    np.zeros(3, dtype="datetime64[s]"),
    np.zeros(3, dtype=[("x", float)]),
    np.zeros((3, 2), dtype=complex),
    np.full((3, 13, 7), np.inf),
    np.full((3, 13, 7), 1e308),
]


@pytest.mark.parametrize("value", HOSTILE, ids=range(len(HOSTILE)))
@pytest.mark.parametrize("name", ["dense_backward", "network_backward", "activation_backward"])
def test_any_data_is_an_answer_with_a_verdict(name: str, value: object) -> None:
    question = find(name)[1]
    cheap = tuple(fixture for fixture in question.fixtures if not fixture.large)

    def call(_name, *args, **_rest):
        return Reply(value, args)

    result = mark_question(replace(question, fixtures=cheap), call, 0)
    assert result.score == 0
    assert result.symptom
    json.dumps(result.as_dict(), allow_nan=False)


@pytest.mark.parametrize(("left", "share"), [("nothing", 0.5), ((), 0.5), (None, 1)])
def test_arguments_that_come_back_as_something_else_cost_points(left: object, share: float) -> None:
    def call(_name, *args, **_rest):
        return Reply(DENSE.reference(*args), left)

    assert mark_question(DENSE, call, 0).score == share * DENSE.points


@pytest.mark.parametrize("kind", KINDS)
def test_a_call_without_an_answer_keeps_its_kind(kind: str) -> None:
    calls = []

    def call(name, *args, **_rest):
        calls.append(name)
        raise StudentError(kind, "This is the text.")

    result = mark_question(DENSE, call, 0)
    assert (result.status, result.score) == (kind, 0)
    assert result.symptom
    if kind in ("missing", "unwritten", "timeout", "memory", "crashed"):
        assert len(calls) == 1, "nothing more is asked of a function that ended so"


def test_an_unknown_kind_is_refused() -> None:
    with pytest.raises(ValueError, match="'lazy'"):
        StudentError("lazy", "")


def test_the_student_gets_copies(mark) -> None:
    seen = []

    def spoils(delta, a, W):
        seen.append((delta.copy(), a.copy(), W.copy()))
        results = dense_backward(delta, a, W)
        delta[:] = a[:] = W[:] = 0
        return results

    mark("dense_backward", spoils)
    np.testing.assert_array_equal(seen[0][2], seen[1][2])
    assert seen[0][2].all()


def test_inputs_depend_on_the_seed_and_the_fixture(mark) -> None:
    seen = []

    def looks(delta, a, W):
        seen.append(W)
        return None

    for seed in (1, 1, 2):
        mark("dense_backward", looks, seed=seed)
    by_seed = len(seen) // 3
    np.testing.assert_array_equal(seen[0], seen[by_seed])
    assert not np.array_equal(seen[0], seen[2 * by_seed])


def test_plain_refuses_what_is_not_data() -> None:
    class Liar(np.ndarray):
        def __eq__(self, other):
            return True

    assert type(plain(np.zeros(2).view(Liar))) is np.ndarray
    assert plain((np.float64(1.5), [np.int64(2)])) == (1.5, [2])
    for value in (object(), {1: 2}, {1.0, 2.0}, lambda: 0, np.array([object()])):
        with pytest.raises(StudentError) as caught:
            plain(value)
        assert caught.value.kind == "reply"


def test_system_exit_is_an_error_of_the_function(mark) -> None:
    def outputs_of(delta, a, W):
        raise SystemExit(3)

    assert mark("dense_backward", outputs_of).status == "raised"


def test_an_endless_loop_is_stopped_where_a_limit_is_set() -> None:
    def endless(delta, a, W):
        while True:
            pass

    call = LocalCall({"dense_backward": endless}, default_seconds=0.05)
    assert mark_question(DENSE, call, 0).status == "timeout"


def test_names_and_load() -> None:
    assert names() == sorted(names())
    assert all(load(name).name == name for name in names())
    with pytest.raises(ValueError, match="'99_nothing'"):
        load("99_nothing")
    with pytest.raises(ValueError, match="'nothing'"):
        load("08_backward_pass").question("nothing")
    with pytest.raises(ValueError, match="'nothing'"):
        find("nothing")


def test_a_network_reference_of_one_layer_is_the_dense_layer() -> None:
    rng = np.random.default_rng(0)
    delta, a, W = rng.normal(size=(4, 3)), rng.normal(size=(4, 2)), rng.normal(size=(3, 2))
    dW, db = network_backward(delta, [a], [a @ W.T], [W], "tanh")
    np.testing.assert_array_equal(dW[0], dense_backward(delta, a, W)[0])
    np.testing.assert_array_equal(db[0], dense_backward(delta, a, W)[1])


def test_what_came_in_place_of_several_values_is_said_in_whole_sentences():
    expected = (np.ones((2, 2)), np.ones(2))
    question = find("network_backward")[1]
    said = [judge(question, value, expected)[1] for value in (None, 1.0, {}, [1])]
    assert said == [
        "Your function returned None. It should return dW, db",
        "Your function returned a single number. It should return dW, db",
        "Your function returned a dictionary. It should return dW, db",
        "Your function returned a list of 1 entry. It should return dW, db",
    ]
