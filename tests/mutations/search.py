"""The mutation search: does every small change of a right answer lose points on every seed?

``python tests/mutations/search.py --exercise 04`` tries every mutant (see `mutants.py`) of the
reference and of each other right answer on 30 seeds. A mutant survives if it gets full marks on one
of them; the large calls, which take long, are made on the first seed alone. Where the answer is a
few numbers, without arguments, each number is changed. A survivor is either killed, by better
inputs of its question, or it computes what a right answer computes; then it is listed with the
reason in ``equivalent/NN_name.toml``:

    [function]
    "reference: return np.dot(u, v) → return np.dot(v, u)" = "a sum in another order"
    "… → …np.abs(rate)…" = "no learning rate is negative"

The script writes ``results/NN_name.md`` and ends with 1 where a survivor is not explained
(it prints these lines, ready to be given a reason), or where an entry of the list does not belong
there: its mutant is gone, or loses points on some seed.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib
import json
import os
import re
import resource
import signal
import sys
import tomllib
import types
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from mutations.mutants import Mutant, Probe, mutants

from course_lib.checks import load, names
from course_lib.checks.local import LocalCall
from course_lib.checks.marking import answered
from course_lib.checks.question import Question

Call = Callable[..., Any]
Make = Callable[[], tuple[Call, Probe]]
HERE = Path(__file__).resolve().parent
SEEDS = range(30)
MEMORY = 2 * 1024**3  # bytes
SECONDS = 3.0  # of processor time for all small calls


@dataclass
class Found:
    """What came of the mutants of one question; `survivors` holds on how many seeds each passes."""

    question: str
    tried: int = 0
    survivors: dict[str, int] = field(default_factory=dict)


def changed(exercise: str, question: Question) -> Iterator[tuple[str, Make]]:
    """Yield the mutants of a question's right answers: the name it is listed under, how to make it.

    Raises
    ------
    LookupError
        If the source of a right answer cannot be told from another's.
    """
    if not question.arguments:
        yield from other_numbers(question)
        return
    module = importlib.import_module(f"course_lib.checks.ex{exercise}.reference")
    reference = getattr(module, question.name)
    for label, function in {"reference": reference, **question.correct}.items():
        if label == "float32":
            continue  # another one of the answers, with other numbers
        marked = [function]
        if function is reference and question.entry:
            marked.insert(0, getattr(module, question.entry))
        below = helpers(function)
        for name, part in {"": function, **below}.items():
            callers = [caller for caller in (*marked, *below.values()) if caller is not part]
            made = partial(_made, callers if name else marked[:-1])
            for mutant in mutants(part, rounded=function is reference):
                yield f"{label}{name and f', {name}'}: {mutant.change}", partial(made, mutant)


def helpers(function: Call) -> dict[str, Call]:
    """Return the private functions of its module that a function calls, and that those call."""
    calls: dict[str, Call] = {}
    waiting = [function]
    while waiting:
        caller = waiting.pop()
        for name in _names(caller.__code__):
            used = caller.__globals__.get(name)
            if (
                name.startswith("_")
                and isinstance(used, types.FunctionType)
                and used.__module__ == function.__module__
                and used not in (function, *calls.values())
            ):
                calls[name] = used
                waiting.append(used)
    return calls


def _names(code: types.CodeType) -> Iterator[str]:
    yield from code.co_names
    for inner in code.co_consts:
        if isinstance(inner, types.CodeType):
            yield from _names(inner)


def _made(callers: list[Call], mutant: Mutant) -> tuple[Call, Probe]:
    """Return a mutant as the function that is marked: the first of those that call it, if any."""
    function, probe = mutant.made()
    space = function.__globals__
    copies = []
    for caller in callers:
        copy = types.FunctionType(
            caller.__code__, space, caller.__name__, caller.__defaults__, caller.__closure__
        )
        copy.__kwdefaults__ = caller.__kwdefaults__
        copies.append(copy)
        space[caller.__name__] = copy
    return (copies[0] if copies else function), probe


def other_numbers(question: Question) -> Iterator[tuple[str, Make]]:
    """Yield answers with one of the numbers changed."""
    right = [float(value) for value in question.reference()]
    for index, (name, value) in enumerate(zip(question.returns, right, strict=True)):
        changes = (-value, value + 1, value - 1, 2 * value, value / 2, np.round(value), *right)
        for other in dict.fromkeys(float(change) for change in changes if change != value):
            numbers = (*right[:index], other, *right[index + 1 :])
            yield f"{name}: {value:g} → {other:g}", partial(_numbers, numbers)


def _numbers(numbers: tuple[float, ...]) -> tuple[Call, Probe]:
    return lambda: numbers, Probe()


def parted(question: Question) -> tuple[Question, Question]:
    """Return a question with its small calls alone and one with its large calls alone."""
    small = tuple(fixture for fixture in question.fixtures if not fixture.large)
    large = tuple(fixture for fixture in question.fixtures if fixture.large)
    return replace(question, fixtures=small), replace(question, fixtures=large)


class Endless(Exception):
    """A function does not come to an end."""


def full_marks(question: Question, function: Call, seed: int) -> bool:
    """Whether a function is right in all calls; most are wrong in the first, which is enough.

    Raises
    ------
    Endless
        If that takes more than `SECONDS`, apart from large calls, which have limits of their own.
    """
    call = LocalCall({question.called: function})
    records = (
        answered(question, fixture, call, seed) for fixture in question.fixtures if fixture.marked
    )
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with limited(SECONDS if not any(fixture.large for fixture in question.fixtures) else 0.0):
            return all(record.flawless for record in records)


@contextlib.contextmanager
def limited(seconds: float) -> Iterator[None]:
    """Stop what takes more processor time; 0: no limit. A thread for every call takes longer."""
    fired = []

    def stop(*_: Any) -> None:
        fired.append(True)
        raise Endless

    before = signal.signal(signal.SIGVTALRM, stop)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0.0)
        signal.signal(signal.SIGVTALRM, before)
    if fired:  # a call that was stopped looks like one that raised an exception
        raise Endless


def searched(exercise: str, name: str) -> Found:
    """Try all mutants of one question."""
    question = load(exercise).question(name)
    small, large = parted(question)
    copies = {key: make() for key, make in changed(exercise, question)}
    passed, endless = dict.fromkeys(copies, 0), set()
    for seed in SEEDS:  # the inputs of one seed serve all mutants
        for key in (key for key in copies if key not in endless):
            try:
                passed[key] += full_marks(small, copies[key][0], seed)
            except Endless:
                endless.add(key)
    result = Found(name)
    for key, (function, probe) in copies.items():
        if passed[key]:
            passed[key] *= full_marks(large, function, SEEDS[0])
        if passed[key] and probe.idle:
            continue
        result.tried += 1
        if passed[key]:
            result.survivors[key] = passed[key]
    return result


def explained(exercise: str) -> dict[str, dict[str, str]]:
    """Return the listed survivors of an exercise by question, each with its reason."""
    path = HERE / "equivalent" / f"{exercise}.toml"
    return tomllib.loads(path.read_text(encoding="utf-8")) if path.exists() else {}


def reason(key: str, reasons: dict[str, str]) -> str:
    """Return why a mutant is equivalent, or an empty text; in the list, … is any text.

    >>> reason("reference: a → np.abs(a)", {"… → np.abs(a)": "a is a size"})
    'a is a size'
    """
    return next((why for pattern, why in reasons.items() if matches(pattern, key)), "")


def matches(pattern: str, key: str) -> bool:
    """Whether an entry of the list stands for a mutant."""
    return re.fullmatch(".*".join(map(re.escape, pattern.split("…"))), key) is not None


def complaints(exercise: str, results: list[Found]) -> list[str]:
    """Return what is wrong with the survivors, or with their list."""
    listed = explained(exercise)
    lines = []
    for result in results:
        reasons = listed.get(result.question, {})
        wrong = []
        for key, passed in result.survivors.items():
            if passed < len(SEEDS):
                wrong.append(f"# full marks on {passed} seeds: {key}")
            elif not reason(key, reasons):
                wrong.append(f'{json.dumps(key, ensure_ascii=False)} = ""')
        for pattern in reasons:
            if not any(matches(pattern, key) for key in result.survivors):
                wrong.append(f"# listed, and does not survive: {pattern}")
        lines += [f"[{result.question}]", *wrong] if wrong else []
    return lines


def table(exercise: str, results: list[Found]) -> str:
    """Return the results of one exercise as Markdown."""
    listed = explained(exercise)
    lines = [
        f"# Mutants of exercise {exercise}",
        "",
        f"Written by `python tests/mutations/search.py --exercise {exercise[:2]}`. Killed: loses",
        f"points on each of {len(SEEDS)} seeds. Equivalent: computes what a right answer computes.",
        "",
        "| function | mutants | killed | equivalent | not explained |",
        "|---|---|---|---|---|",
    ]
    rest = []
    for result in results:
        reasons = {
            key: passed == len(SEEDS) and reason(key, listed.get(result.question, {}))
            for key, passed in result.survivors.items()
        }
        equal = sum(map(bool, reasons.values()))
        killed, left = result.tried - len(reasons), len(reasons) - equal
        lines.append(f"| `{result.question}` | {result.tried} | {killed} | {equal} | {left} |")
        if reasons:
            rest += ["", f"## `{result.question}`", ""]
            for key, passed in result.survivors.items():
                why = reasons[key] or f"**full marks on {passed} of {len(SEEDS)} seeds**"
                rest.append(f"- `{key}`: {why}")
    return "\n".join(lines + rest) + "\n"


def _with_little_memory() -> None:
    """Let a mutant that asks for a table of all pairs in a large call fail."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))


def main(arguments: list[str] | None = None) -> int:
    """Search one exercise or all of them; write the results and return the exit status."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--exercise", action="append", metavar="NN", help="default: all of them")
    parser.add_argument("--question", help="only this function; writes no results")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    given = parser.parse_args(arguments)
    exercises = [name for name in names() if not given.exercise or name[:2] in given.exercise]
    wanted = {
        (exercise, question.name): None
        for exercise in exercises
        for question in load(exercise).questions
        if given.question in (None, question.name)
    }
    results: dict[tuple[str, str], Found] = {}
    with ProcessPoolExecutor(given.jobs, initializer=_with_little_memory) as pool:
        running = {pool.submit(searched, *pair): pair for pair in wanted}
        for done in as_completed(running):
            result = results[running[done]] = done.result()
            text = f"{result.question}: {result.tried} mutants, {len(result.survivors)} survive"
            print(f"[{len(results)} of {len(wanted)}] {text}", file=sys.stderr, flush=True)
    wrong = []
    for exercise in exercises:
        chosen = [results[pair] for pair in wanted if pair[0] == exercise]
        if given.question is None:
            path = HERE / "results" / f"{exercise}.md"
            path.parent.mkdir(exist_ok=True)
            path.write_text(table(exercise, chosen), encoding="utf-8")
        wrong += complaints(exercise, chosen)
    print("\n".join(wrong) or "Every survivor is explained.")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
