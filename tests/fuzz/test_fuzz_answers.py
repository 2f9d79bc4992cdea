"""Any plain data at all as a student's answer: a mark within bounds and a text, never a crash."""

import json
from dataclasses import asdict
from unittest import mock

import numpy as np
import pytest
from fuzz.campaign import fuzzed
from fuzz.mutation import VALUES
from hypothesis import given
from hypothesis import strategies as st

from course_lib import checks
from course_lib.checks.marking import mark_question
from course_lib.checks.student_call import Reply, StudentError
from course_lib.grading.sandbox.submission_runner import KINDS, SubmissionRunner
from course_lib.grading.sandbox.worker_client import Budget
from course_lib.grading.submissions.ingest import Submission
from course_lib.worker import protocol

QUESTIONS = [(name, q.name) for name in checks.names() for q in checks.load(name).questions]
NUMBERS = (0.0, -0.0, np.nan, np.inf, -np.inf, 1e308, -1e308, 5e-324, 1.0, 1 + 1e-9)
DTYPES = ("?", "i1", "u8", "f2", "f4", "f8", "c8", "c16")


@st.composite
def spoiled(draw, like):
    """Draw something that resembles the right answer `like`: another shape, dtype or number."""
    if isinstance(like, (list, tuple)):
        made = [draw(spoiled(item)) for item in like]
        made = made[: draw(st.integers(0, len(made)))] if draw(st.integers(0, 9)) == 0 else made
        return made if draw(st.booleans()) else tuple(made)
    if isinstance(like, dict):
        return {key: draw(spoiled(item)) for key, item in like.items()}
    how = draw(st.sampled_from(("same", "number", "dtype", "flat", "other", "one")))
    array = np.array(like)
    with np.errstate(all="ignore"):
        if how == "number":
            return np.full(array.shape, draw(st.sampled_from(NUMBERS)))
        if how == "dtype":
            return array.astype(draw(st.sampled_from(DTYPES)))
        if how == "flat":
            return array.reshape(-1)
        if how == "one" and array.size:
            changed = array.astype(float)
            changed.flat[draw(st.integers(0, array.size - 1))] = draw(st.sampled_from(NUMBERS))
            return changed
    return draw(VALUES) if how == "other" else array


@pytest.mark.filterwarnings("ignore::numpy.exceptions.ComplexWarning")
@fuzzed
@given(st.sampled_from(QUESTIONS), st.data())
def test_an_answer_is_marked_whatever_it_is(where, data):
    exercise, name = where
    question = next(q for q in checks.load(exercise).questions if q.name == name)

    def call(function, *args, **_rest):
        how = data.draw(st.sampled_from(("spoiled", "any", "error")))
        if how == "error":
            kind = data.draw(st.sampled_from(("raised", "reply", "timeout", "crashed", "memory")))
            raise StudentError(kind, data.draw(st.text(max_size=9)))
        left = tuple(args) if data.draw(st.booleans()) else tuple(data.draw(st.lists(VALUES)))
        if how == "any":
            return Reply(data.draw(VALUES), left)
        try:
            right = question.reference(*args)
        except Exception:  # a call of another question's function
            return Reply(data.draw(VALUES), left)
        return Reply(data.draw(spoiled(right)), left)

    result = mark_question(question, call, seed=1)
    assert 0 <= result.score <= result.max_score == question.points
    text = json.dumps(result.as_dict(), allow_nan=False)
    assert len(text) < 20_000


ERRORS = st.sampled_from((*KINDS, "right", "")) | VALUES
TEXTS = st.sampled_from(("NameError: name 'x' is not defined", "", "\x1b[2J" * 300)) | VALUES
ANSWERS = (
    VALUES
    | st.fixed_dictionaries({"kind": ERRORS, "text": TEXTS, "line": st.integers() | VALUES})
    | st.fixed_dictionaries({"value": VALUES, "arguments": st.none() | VALUES})
)


class Liar:
    """A worker in a student's hands: it answers every question of the judge with anything."""

    cpu_used = rested = 0.0

    def __init__(self, data):
        self.data = data

    def ask(self, kind, question, cpu_seconds, wall_seconds):
        answer = self.data.draw(ANSWERS)
        try:
            sent = protocol.encode(answer)
        except protocol.NotDataError:
            sent = protocol.encode(None)
        return self.data.draw(st.sampled_from(protocol.ANSWERS)), protocol.decode(sent)

    def cpu_clock(self):
        return 0.0

    def close(self):
        pass

    def worker(self, budget):
        return self


@pytest.mark.filterwarnings("ignore::numpy.exceptions.ComplexWarning")
@fuzzed
@given(st.sampled_from(QUESTIONS), st.data())
def test_a_worker_that_lies_spoils_its_own_questions_alone(where, data):
    exercise, name = where
    question = next(q for q in checks.load(exercise).questions if q.name == name)
    submission = Submission("s", exercise, ((1, "x"), (2, "y")))
    with mock.patch("course_lib.grading.sandbox.submission_runner.begin"):
        runner = SubmissionRunner(Liar(data), submission, [name], Budget(), {}, "")
        result = mark_question(question, runner.call, seed=1)
    assert 0 <= result.score <= result.max_score == question.points
    report = [result.as_dict(), [asdict(failure) for failure in runner.failures.values()]]
    text = json.dumps(report, allow_nan=False)
    assert len(text) < 20_000
    assert not set(text) & set("\x00\x1b\n")
