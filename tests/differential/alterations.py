"""Fifty automatic alterations of every right answer, on all three routes to a verdict.

None may make the checks themselves fail, and the routes must agree. What came of it is committed::

    PYTHONPATH=tests python -m differential.alterations

writes `alterations.md` beside this file; exercises may be named to try these alone.
"""

from __future__ import annotations

import random
import sys
import tempfile
import zlib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from differential import carrier, routes
from differential.batches import Answer, Batch, of_answers
from mutations.mutants import compiled, mutants, source

from course_lib import checks
from course_lib.checks.question import Question

HERE = Path(__file__).parent
TRIED = 50
SECONDS = 0.5

WRAPPED = {
    "None": "None",
    "a text": "str(result)",
    "a dictionary": "{'result': result}",
    "a set": "{1, 2}",
    "a list of itself": "[result]",
    "three times": "(result, result, result)",
    "reversed": "result[::-1]",
    "the first of it": "result[0]",
    "a number": "float(np.sum(np.asarray(result[0])))",
    "transposed": "over(lambda one: np.asarray(one).T)",
    "flattened": "over(lambda one: np.asarray(one).ravel())",
    "with one more axis": "over(lambda one: np.asarray(one)[None])",
    "without its last row": "over(lambda one: np.asarray(one)[:-1])",
    "empty": "over(lambda one: np.zeros(0))",
    "NaN": "over(lambda one: np.asarray(one) * np.nan)",
    "infinite": "over(lambda one: np.asarray(one) + np.inf)",
    "complex": "over(lambda one: np.asarray(one) * 1j)",
    "as truth values": "over(lambda one: np.asarray(one) > 0)",
    "as whole numbers": "over(lambda one: np.asarray(one).astype(int))",
    "as objects": "over(lambda one: np.asarray(one, dtype=object))",
    "as text": "over(lambda one: np.asarray(one).astype(str))",
    "a function": "lambda: result",
    "an iterator": "iter(result)",
    "of the wrong sign": "over(lambda one: -np.asarray(one))",
    "with huge numbers": "over(lambda one: np.asarray(one) * 1e300)",
}
"""What an altered function returns, written with its right `result`."""

REPLACED = {
    "calls itself without end": "return NAME(ARGS)",
    "never ends": "while True: pass",
    "yields": "yield 1.0",
    "asks for memory": "return np.zeros(2**40)",
    "interrupts": "raise KeyboardInterrupt",
    "exits": "raise SystemExit",
    "raises its arguments": "raise ValueError(repr((ARGS)))",
    "uses an unknown name": "return resutl",
    "returns its arguments": "return ARGS",
}
"""What the body of an altered function is."""

SHAPE = """
def over(change):
    return type(result)(map(change, result)) if type(result) in (list, tuple) else change(result)
"""


ABOUT = f"""# Alterations of right answers

Each right answer in {TRIED} altered forms, judged by `check(f)`, `course check` and `course grade`
(`python -m differential.alterations`). Internal errors are verdicts `unmarked`; differences are
answers on which two routes disagree.

{{answers}} answers, {{differences}} differences.
"""


def alterations(question: Question) -> Iterator[tuple[str, Callable[..., Any]]]:
    """Yield what is altered in a right answer to a question, and the altered function."""
    reference = question.reference
    arguments = ", ".join(argument.arg for argument in source(reference).args.args)
    name = question.called

    def returning(value: str) -> Callable[..., Any]:
        body = f"result = right({arguments})\n{SHAPE}return {value}"
        return _function(name, arguments, body, right=reference)

    for what, value in WRAPPED.items():
        yield f"returns {what}", returning(value)
    for what, text in REPLACED.items():
        body = text.replace("NAME", name).replace("ARGS", arguments)
        yield what, _function(name, arguments, body)
    yield "has no arguments", _function(name, "", "return 0.0")
    yield (
        "has one argument more",
        _function(name, ", ".join(filter(None, [arguments, "more"])), "return 0.0"),
    )
    pool = [
        mutant
        for right in (reference, *question.correct.values())
        if not carrier.needs_the_course(right)
        for mutant in mutants(right, rounded=False)
    ]
    random.Random(zlib.crc32(question.name.encode())).shuffle(pool)
    for mutant in pool:
        function, _ = mutant.made()
        if function is not None:
            yield mutant.change, function
    for factor in range(2, TRIED):  # of answers with little to alter
        yield f"returns {factor} times", returning(f"over(lambda one: {factor} * np.asarray(one))")


def _function(name: str, arguments: str, body: str, **known: Any) -> Callable[..., Any]:
    lines = "\n".join(f"    {line}" for line in body.strip().splitlines())
    space: dict[str, Any] = {"np": __import__("numpy"), **known}
    exec(compiled(f"def {name}({arguments}):\n{lines}\n"), space)
    return space[name]


def altered(tried: int = TRIED, exercises: Sequence[str] = ()) -> list[Batch]:
    """Return notebooks with altered answers to each question."""
    batches = []
    for exercise in exercises or checks.names():
        questions = checks.load(exercise).questions
        columns = [_answers(question, tried) for question in questions]
        for number in range(tried):
            # not the same alteration in every question: some take time
            row = [column[(number + 7 * place) % tried] for place, column in enumerate(columns)]
            answers = {task.name: answer for task, answer in zip(questions, row, strict=True)}
            batches.append(of_answers(f"{exercise[:2]}-{number:03}", exercise, answers))
    return batches


def _answers(question: Question, tried: int) -> list[Answer]:
    name = question.called
    answers: list[Answer] = []
    for what, function in alterations(question):
        if len(answers) == tried:
            break
        if "probe" in function.__globals__:
            function.__globals__["probe"] = _applied
        answers.append(Answer("form", what, (carrier.cell(name, function),)))
    return answers


def _applied(function: Callable[..., Any], value: Any) -> Any:
    """Take the place of a mutant's probe."""
    return function(value)


def report(exercise: str, some: list[Batch], marks: dict[str, routes.Verdicts]) -> list[str]:
    """Return the rows of an exercise's questions."""
    rows = []
    for question in checks.load(exercise).questions:
        kept = [batch for batch in some if question.name in batch.answers]
        verdicts = [marks["course grade"][batch.name, question.name] for batch in kept]
        counted = Counter("right" if mark.status == "right" else "not right" for mark in verdicts)
        failed = sum(mark.status == "unmarked" for mark in verdicts)
        rows.append(
            f"| `{question.name}` | {len(kept)} | {counted['right']} | {failed} | "
            f"{sum(question.name in line.split()[1] for line in routes.differences(kept, marks))} |"
        )
    return rows


def main(exercises: list[str]) -> int:
    """Try all alterations, exercise by exercise; return how many differences there are."""
    lines: list[str] = []
    total: Counter[str] = Counter()
    for exercise in exercises or checks.names():
        some = altered(exercises=[exercise])
        with tempfile.TemporaryDirectory() as folder:
            marks = routes.compared(some, Path(folder), SECONDS)
        said = routes.differences(some, marks)
        print(exercise, len(some), "notebooks;", *said, sep="\n", flush=True)
        total["answers"] += sum(len(batch.answers) for batch in some)
        total["differences"] += len(said)
        head = "| question | altered | still right | internal errors | differences |"
        lines += [f"## {exercise}", "", head, "|---|---|---|---|---|"]
        lines += [*report(exercise, some, marks), ""]
    if not exercises:
        title = ABOUT.format(**total)
        (HERE / "alterations.md").write_text("\n".join([title, *lines]), encoding="utf-8")
    print(dict(total))
    return total["differences"]


if __name__ == "__main__":
    sys.exit(bool(main(sys.argv[1:])))
