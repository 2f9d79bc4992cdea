"""From a way to call a student's function to points and a diagnosis.

The same code marks in a notebook, where `call` runs the function in place, and in the grader,
where it runs in a process that is not trusted. Whatever `call` returns is looked at as data.
"""

from __future__ import annotations

import copy
import re
import warnings
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from functools import lru_cache
from typing import Any, Protocol

import numpy as np

from course_lib.checks.answers import Compared, Leaf, compare, constant_ratio, leaves, same
from course_lib.checks.question import Fixture, Question

KINDS = ("missing", "unwritten", "raised", "timeout", "memory", "crashed", "reply")
FATAL = ("missing", "unwritten", "timeout", "memory", "crashed")


class StudentError(Exception):
    """A student's function gave no answer.

    Parameters
    ----------
    kind : str
        ``"missing"`` (no such function), ``"unwritten"`` (NotImplementedError), ``"raised"``,
        ``"timeout"``, ``"memory"``, ``"crashed"`` (the process ended), ``"reply"`` (what came
        back is not plain data).
    text : str
        What to tell the student, as plain text.
    """

    def __init__(self, kind: str, text: str) -> None:
        if kind not in KINDS:
            raise ValueError(f"kind is {kind!r}; one of {', '.join(KINDS)} was expected")
        super().__init__(kind, text)
        self.kind = kind
        self.text = text


def why_missing(name: str, failed: Iterable[tuple[str, str]]) -> str:
    """Say which cell should have made a function that is not there; nothing if none should.

    Parameters
    ----------
    name : str
        The function.
    failed : iterable of (str, str)
        The source of each cell that failed, and its error.

    >>> why_missing("f", [("def f(x:", "SyntaxError: '(' was never closed")])
    "The cell that defines f fails: SyntaxError: '(' was never closed. So there is no f."
    >>> why_missing("f", [("def g(x:", "SyntaxError: '(' was never closed")])
    ''
    """
    for source, error in failed:
        if re.search(rf"^def {re.escape(name)}\b", source, re.MULTILINE):
            return (
                f"The cell that defines {name} fails: {error.rstrip('.')}. So there is no {name}."
            )
    return ""


@dataclass(frozen=True)
class Reply:
    """An answer as plain data, with the arguments as they stood after the call.

    ``arguments`` is None where the caller knows that they stood as before.
    ``aliases`` are the positions of arguments whose memory the answer shares, where the
    caller can know it (in a notebook); it never changes a mark.
    """

    value: Any
    arguments: tuple | None
    aliases: tuple[int, ...] = ()


class StudentCall(Protocol):
    """How marking reaches a student's function."""

    def __call__(self, name: str, *args: Any, cpu_seconds: float | None = None) -> Reply:
        """Call function `name`; raise :class:`StudentError` when there is no answer."""


@dataclass(frozen=True)
class Trial:
    """One call and what came of it."""

    fixture: Fixture
    seed: int
    args: tuple
    expected: Any
    compared: list[Compared] = field(default_factory=list)
    whole: str = ""
    value: Any = None
    error: StudentError | None = None
    changed: tuple[int, ...] = ()
    again: str = ""
    second: Any = None
    differing: tuple[Leaf, ...] = ()
    aliases: tuple[int, ...] = ()
    carried: bool = False


@dataclass(frozen=True)
class PartResult:
    """The points of one part."""

    name: str
    points: float
    max: float


@dataclass(frozen=True)
class QuestionResult:
    """The mark of one question and what to tell the student.

    ``status`` is ``"right"``, ``"partly"``, ``"wrong"`` or a kind of :class:`StudentError`.
    ``symptom`` and ``question`` are for everyone, ``place`` and ``section`` are the first
    hint, ``named`` is the second. ``mistakes`` are ids of the catalogue.
    """

    name: str
    score: float
    max_score: float
    status: str
    parts: tuple[PartResult, ...] = ()
    right: tuple[str, ...] = ()
    symptom: str = ""
    question: str = ""
    place: str = ""
    section: str = ""
    mistakes: tuple[str, ...] = ()
    named: str = ""
    notes: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """Return the result as plain data that JSON can hold."""
        plain = asdict(self)
        for key in ("parts", "right", "mistakes", "notes"):
            plain[key] = list(plain[key])
        return plain


Marked = Mapping[str, tuple[Question, QuestionResult]]
"""The questions of the exercise that are marked already, by the function that each calls."""


def by_function(questions: Iterable[Question], results: Mapping[str, QuestionResult]) -> Marked:
    """Return what is marked already of some questions, as `mark_question` takes it."""
    done = [question for question in questions if question.name in results]
    return {one.entry or one.name: (one, results[one.name]) for one in done}


def generator(question: Question, fixture: Fixture, seed: int) -> np.random.Generator:
    """Return the generator of one call's inputs; it depends on nothing but its arguments."""
    text = f"{question.name}/{fixture.name}".encode()
    return np.random.default_rng([seed, zlib.crc32(text)])


@lru_cache(maxsize=64)
def prepared(question: Question, fixture: Fixture, seed: int) -> tuple[tuple, Any]:
    """Return the inputs of one call and the right answer; a class is marked with the same ones.

    Whoever passes the inputs on copies them first.
    """
    args = question.inputs(generator(question, fixture, seed), fixture)
    return args, question.reference(*copy.deepcopy(args))


def mark_question(
    question: Question, call: StudentCall, seed: int = 0, marked: Marked | None = None
) -> QuestionResult:
    """Call a student's function on fresh inputs, give points and find out what went wrong.

    Parameters
    ----------
    question : Question
        What was asked.
    call : callable
        ``call(name, *args, cpu_seconds=None) -> Reply``; raises :class:`StudentError`.
    seed : int
        The inputs depend on it and on nothing else.
    marked : mapping, optional
        What is marked already of the exercise: what was right there is not asked of the student
        again where a later question builds on it.

    Returns
    -------
    QuestionResult
        The same for the same answers, whatever the machine's load.
    """
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # an answer may hold numbers that overflow
        return _mark(question, call, seed, marked or {})


def _mark(question: Question, call: StudentCall, seed: int, marked: Marked) -> QuestionResult:
    from course_lib.checks.diagnosis import diagnose

    trials: list[Trial] = []
    for fixture in question.fixtures:
        if fixture.marked and not fixture.large:
            trials.append(attempt(question, fixture, call, seed, marked))
            if _fatal(trials[-1]):
                break
    earned = _points(question, trials)
    ended = any(_fatal(trial) for trial in trials)
    if not ended and sum(earned.values()) != question.points:
        for fixture in question.fixtures:
            if not fixture.marked:
                trials.append(attempt(question, fixture, call, seed, marked))
                if _fatal(trials[-1]):
                    break
        earned = _points(question, trials)
        ended = any(_fatal(trial) for trial in trials)
    if not ended and any(earned.values()):
        for fixture in question.fixtures:
            if fixture.marked and fixture.large:
                trials.append(attempt(question, fixture, call, seed, marked))
        earned = _points(question, trials)
    score = sum(earned.values())
    complete = score == question.points
    status = _status(trials, score, complete)
    parts = tuple(PartResult(part.name, earned[part.name], part.points) for part in question.parts)
    result = QuestionResult(
        name=question.name,
        score=score,
        max_score=question.points,
        status=status,
        parts=parts,
        right=_what_is_right(question, trials, earned),
        notes=_notes(question, trials),
    )
    return result if complete else diagnose(question, trials, result, call)


def attempt(
    question: Question, fixture: Fixture, call: StudentCall, seed: int, marked: Marked
) -> Trial:
    """Make one call (two where the fixture says so) and compare the answer."""
    args, expected = prepared(question, fixture, seed)
    name = question.entry or question.name

    def trial(**found: Any) -> Trial:
        return Trial(fixture=fixture, seed=seed, args=args, expected=expected, **found)

    try:
        reply = call(name, *copy.deepcopy(args), cpu_seconds=fixture.cpu_seconds)
        compared, whole = judge(question, reply.value, expected)
        carried = False
        if question.carried and not all(item.right for item in compared):
            other = _carry(question, call, args, expected, marked)
            if other is not None:
                again, _ = judge(question, reply.value, other)
                if all(item.right for item in again):
                    compared, whole, carried = again, "", True
        changed = forbidden_changes(question, args, reply.arguments)
        again_text, second, differing = "", None, []
        if fixture.repeat:
            second = call(name, *copy.deepcopy(args), cpu_seconds=fixture.cpu_seconds).value
            if not same(second, reply.value):
                again_text = "a second call with the same arguments gives another answer"
                repeated, _ = judge(question, second, expected)
                differing = [
                    one.leaf
                    for one, two in zip(compared, repeated, strict=True)
                    if not two.right or not one.right
                ]
    except StudentError as error:
        return trial(error=error)
    return trial(
        compared=compared,
        whole=whole,
        value=reply.value,
        changed=changed,
        again=again_text,
        second=second,
        differing=tuple(differing),
        aliases=tuple(reply.aliases),
        carried=carried,
    )


def judge(question: Question, value: Any, expected: Any) -> tuple[list[Compared], str]:
    """Compare a value with the right one, as the question's tolerance says."""
    return compare(
        value,
        expected,
        question.returns,
        tolerance=question.tolerance,
        absolute=question.absolute,
        per=question.per,
    )


def changed_arguments(before: tuple, after: Any) -> tuple[int, ...]:
    """Return the positions of arguments that are not as they were; None: all of them are."""
    if after is None:
        return ()
    if type(after) not in (tuple, list) or len(after) != len(before):
        return tuple(range(len(before)))
    return tuple(
        index
        for index, (one, two) in enumerate(zip(before, after, strict=True))
        if not same(two, one, tolerance=0.0)
    )


def forbidden_changes(question: Question, before: tuple, after: Any) -> tuple[int, ...]:
    """Return the positions of arguments that were changed and that the question wants kept."""
    if not question.pure:
        return ()
    allowed = {question.arguments.index(name) for name in question.in_place}
    return tuple(index for index in changed_arguments(before, after) if index not in allowed)


def _carry(
    question: Question, call: StudentCall, args: tuple, expected: Any, marked: Marked
) -> Any:
    """Assemble the answer from the student's own functions, or None when it proves nothing.

    It must hold no zero or constant array, and one of its arrays must be the right one up to a
    factor (single numbers aside): functions that make numbers up carry nothing over. Where the
    answer is no list of layers, or has its `own_proof`, the question's own `carried` refuses
    (ValueError) what proves nothing.
    """

    def value(name: str, *arguments: Any) -> Any:
        answer = call(name, *copy.deepcopy(arguments)).value
        return _as_marked(answer, arguments, *marked[name]) if name in marked else answer

    assert question.carried is not None
    try:
        answer = question.carried(value, *copy.deepcopy(args))
        arrays = [array for _, array in leaves(answer, question.returns)]
    except Exception:  # whatever a student's function returned, it is not an answer
        return None
    right = [array for _, array in leaves(expected, question.returns)]
    if [array.shape for array in arrays] != [array.shape for array in right]:
        return None
    if not all(np.isfinite(array).all() for array in arrays):
        return None
    if question.own_proof or all(
        leaf.index is None for leaf, _ in leaves(expected, question.returns)
    ):
        return answer
    pairs = [pair for pair in zip(arrays, right, strict=True) if pair[1].size > 1]
    if not all(np.ptp(array) > 0 for array, _ in pairs):
        return None
    if any(constant_ratio(*pair) is not None for pair in pairs):
        return answer
    return None


def _as_marked(answer: Any, arguments: tuple, question: Question, result: QuestionResult) -> Any:
    """Return a function's answer, with the right values where its own question was right.

    A function that was right when it was marked and answers otherwise here would make right
    whatever its student likes.
    """
    wrong = [part for part, got in zip(question.parts, result.parts, strict=True) if not got.points]
    count = len(question.returns)
    every = set(range(count))
    lost = {index for part in wrong for index in part.outputs or every}
    if lost == every:
        return answer
    right = question.reference(*copy.deepcopy(arguments))
    if not lost:
        return right
    given = list(answer)
    return [given[index] if index in lost else right[index] for index in range(count)]


def _fatal(trial: Trial) -> bool:
    return trial.error is not None and trial.error.kind in FATAL


def _counts(part_variant: str, trial: Trial) -> bool:
    return trial.fixture.marked and part_variant in ("", trial.fixture.variant)


def _points(question: Question, trials: list[Trial]) -> dict[str, float]:
    """Points per part: all of them when every call that counts for it is right.

    Half of them when the numbers are right but an argument was changed on the way. Where the
    student's own earlier functions raise, a call with square layers shows whether they are
    used as they should be.
    """
    square = any(trial.carried for trial in trials if not trial.fixture.marked)
    earned = {}
    for part in question.parts:
        concerned = [trial for trial in trials if _counts(part.variant, trial)]
        planned = [
            fixture
            for fixture in question.fixtures
            if fixture.marked and not fixture.large and part.variant in ("", fixture.variant)
        ]
        done = len([trial for trial in concerned if not trial.fixture.large]) == len(planned)
        right = done and all(
            part_is_right(part.outputs, trial)
            or (square and trial.error is not None and trial.error.kind == "raised")
            for trial in concerned
        )
        share = 0.5 if any(trial.changed for trial in concerned) else 1.0
        earned[part.name] = part.points * share if right else 0.0
    return earned


def part_is_right(outputs: tuple[int, ...], trial: Trial) -> bool:
    """Whether the arrays of one part are right in one call, and again in a second one."""
    if trial.error is not None:
        return False
    chosen = [item for item in trial.compared if not outputs or item.leaf.output in outputs]
    return bool(chosen) and all(item.right and item.leaf not in trial.differing for item in chosen)


def _status(trials: list[Trial], score: float, complete: bool) -> str:
    if complete:
        return "right"
    errors = [trial.error for trial in trials if trial.error and trial.fixture.marked]
    fatal = [error.kind for error in errors if error.kind in FATAL]
    if fatal:
        return fatal[0]
    if score:
        return "partly"
    return errors[0].kind if errors else "wrong"


def _what_is_right(
    question: Question, trials: list[Trial], earned: dict[str, float]
) -> tuple[str, ...]:
    complete = all(earned[part.name] == part.points for part in question.parts)
    if complete and any(trial.carried for trial in trials):
        return (
            f"{question.name} uses your other functions as it should; "
            "what is still wrong in them is not counted again here.",
        )
    marked = [trial for trial in trials if trial.fixture.marked]
    answered = [trial for trial in marked if trial.error is None]
    sentences = []
    for part in question.parts:
        if earned[part.name]:
            sentences.append(f"{part.name} is right.")
            continue
        concerned = [
            item
            for trial in answered
            if _counts(part.variant, trial)
            for item in trial.compared
            if not part.outputs or item.leaf.output in part.outputs
        ]
        if concerned and all(item.right for item in concerned):
            sentences.append(f"{part.name} has the right numbers.")
        elif concerned and all(
            item.got is not None
            and item.got.shape == item.expected.shape
            and item.expected.size > 1
            for item in concerned
        ):
            sentences.append(f"{part.name} has the right shape.")
    return tuple(sentences)


def _notes(question: Question, trials: list[Trial]) -> tuple[str, ...]:
    names = question.arguments
    changed = {index for trial in trials for index in trial.changed}
    shared = {index for trial in trials for index in trial.aliases} - changed
    notes = [
        f"After the call {names[index]} is no longer what it was: that costs half of the points."
        for index in sorted(changed)
        if index < len(names)
    ]
    notes += [
        f"What you return shares its memory with the argument {names[index]}: "
        "who changes one later changes the other. A copy is safer."
        for index in sorted(shared)
        if index < len(names) and names[index] not in (*question.shares, *question.in_place)
    ]
    return tuple(notes)
