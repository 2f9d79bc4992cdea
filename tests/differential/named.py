"""What people get wrong, and what the checks say of it: before the second edition and now.

`people/` holds wrong answers as data: of each, the function it answers, what is wrong, and its
body. `catalogue.txt` goes through the catalogue of published mistakes, `functions.txt` through the
functions of the course. After ``=`` are the names of known mistakes that are right for an answer;
without any, the right thing to say is no name::

    PYTHONPATH=tests python -m differential.named

judges all answers with the checks of today and, in a work tree of their own, with those of the
commit `BEFORE`, and writes the table `named.md` beside this file.
"""

from __future__ import annotations

import importlib
import json
import os
import re
import subprocess
import sys
import tempfile
import textwrap
import types
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

HERE = Path(__file__).parent
BEFORE = "601e5c1"
SEEDS = (0, 1, 2)
VERDICTS = ("named", "localised", "unnamed", "named wrongly", "accepted", "failed")


@dataclass(frozen=True)
class Entry:
    """One wrong answer.

    Parameters
    ----------
    source : str
        The file that it is from.
    function, what : str
        The function that it answers, and what is wrong.
    names : tuple of str
        Known mistakes that are the right ones to name.
    body : str
        The body of the function.
    """

    source: str
    function: str
    what: str
    names: tuple[str, ...]
    body: str

    def made(self) -> Callable[..., Any]:
        """Return the function."""
        from course_lib.checks import find

        question = find(self.function)[1]
        space = given()
        arguments = ", ".join(question.arguments)
        exec(f"def {self.function}({arguments}):\n{self.body}\n", space)
        return space[self.function]


def _entries() -> Iterator[Entry]:
    for source in ("catalogue", "functions"):
        text = (HERE / "people" / f"{source}.txt").read_text(encoding="utf-8")
        for head, body in re.findall(r"^(\w.*)\n((?:[ ].*\n)+)", text, re.MULTILINE):
            what, _, names = head.partition(" = ")
            function, _, what = what.partition(": ")
            yield Entry(source, function, what, tuple(names.split()), body)


ENTRIES = list(_entries())
"""The wrong answers of both files."""


def given() -> dict[str, Any]:
    """Return what the bodies may use: right answers, and two functions with a part to exchange."""
    from course_lib.checks import names
    from course_lib.checks.ex01_downhill import reference as ex01
    from course_lib.checks.ex10_gradient_check import reference as ex10

    right = types.SimpleNamespace()
    for name in names():
        module = importlib.import_module(f"course_lib.checks.ex{name}.reference")
        vars(right).update({k: v for k, v in vars(module).items() if callable(v)})

    def network(
        delta: Any,
        a: Any,
        z: Any,
        W: Any,
        activation: str,
        dense_backward: Any = right.dense_backward,
        activation_backward: Any = right.activation_backward,
    ) -> Any:
        dW, db = [None] * len(W), [None] * len(W)
        for i in reversed(range(len(W))):
            dW[i], db[i], da = dense_backward(delta, a[i], W[i])
            delta = activation_backward(da, z[i - 1], activation) if i else None
        return dW, db

    def step(
        x: Any,
        a: Any,
        delta2: Any,
        W1: Any,
        b1: Any,
        W2: Any,
        b2: Any,
        rate: float,
        slope: Any = None,
    ) -> Any:
        delta1 = delta2 @ W2 * (1 - a**2 if slope is None else slope)
        return (
            W1 - rate * delta1.T @ x,
            b1 - rate * delta1.sum(0),
            W2 - rate * delta2.T @ a,
            b2 - rate * delta2.sum(0),
        )

    def adam_walk_from(t: int, theta: Any, gradients: Any, *rest: Any) -> Any:
        m, s, path = np.zeros_like(theta), np.zeros_like(theta), []
        for number, gradient in enumerate(gradients, start=t):
            theta, m, s = right.adam_update(theta, gradient, m, s, number, *rest)
            path.append(theta)
        return np.array(path)

    def one_sided(f: str, x: Any, h: float) -> Any:
        steps = h * np.eye(x.size).reshape(-1, *x.shape)
        rises = [ex10.FUNCTIONS[f](x + step) - ex10.FUNCTIONS[f](x) for step in steps]
        return np.reshape(rises, x.shape)

    right.adam_walk_from = adam_walk_from
    return {
        "np": np,
        "right": right,
        "CURVES": ex01.CURVES,
        "sigmoid": lambda z: 1 / (1 + np.exp(-z)),
        "network": network,
        "step": step,
        "one_sided": one_sided,
    }


def judged(entry: Entry) -> dict[str, Any]:
    """Return what the checks of this process say of an answer; the first seed's is shown."""
    from course_lib.checks import find
    from course_lib.checks.local import LocalCall
    from course_lib.checks.marking import mark_question

    question = find(entry.function)[1]
    verdicts: list[tuple[str, Any]] = []
    for seed in SEEDS:
        call = LocalCall({question.entry or question.name: entry.made()})
        try:
            result = mark_question(question, call, seed)
        except Exception as error:  # the checks of those days could fail
            return {"verdict": "failed", "names": [], "said": repr(error)}
        verdicts.append((_verdict(entry, result), result))
    worst, shown = max(verdicts, key=lambda pair: VERDICTS.index(pair[0]))
    return {"verdict": worst, "names": list(shown.mistakes), "said": shown.named or shown.symptom}


def _verdict(entry: Entry, result: Any) -> str:
    if result.status == "unmarked":
        return "failed"
    if result.score == result.max_score:
        return "accepted"
    if result.mistakes:
        return "named" if set(result.mistakes) & set(entry.names) else "named wrongly"
    vague = re.search(r"not the right|(are|is) wrong|wrong size|explains them", result.symptom)
    right = [line for line in result.right if "shape" not in line]
    return "localised" if right or not vague else "unnamed"


def before() -> list[dict[str, Any]]:
    """Return what the checks of the commit `BEFORE` say."""
    with tempfile.TemporaryDirectory() as folder:
        tree = f"{folder}/tree"
        subprocess.run(
            ["git", "worktree", "add", "-q", "--detach", tree, BEFORE], check=True, cwd=HERE
        )
        try:
            paths = os.pathsep.join([tree, str(HERE.parent)])
            done = subprocess.run(
                [sys.executable, "-m", "differential.named", "--judge"],
                env=os.environ | {"PYTHONPATH": paths},
                cwd=folder,
                check=True,
                capture_output=True,
                text=True,
            )
        finally:
            subprocess.run(["git", "worktree", "remove", "--force", tree], check=True, cwd=HERE)
    return json.loads(done.stdout)


def table(old: list[dict[str, Any]], new: list[dict[str, Any]]) -> str:
    """Return the page."""
    rows = list(zip(ENTRIES, old, new, strict=True))
    lines = ["# Wrong answers that people give, before and now", "", *textwrap.wrap(
        f"What the checks say of {len(rows)} wrong answers, at the commit {BEFORE} and now, by "
        "`python -m differential.named`. *Named*: the feedback names the mistake. *Localised*: no "
        "name, but which results are right, or how the wrong ones differ. *Accepted*: full points; "
        "a convention that the tasks leave open, or an answer that is right here. "
        "*Failed*: the checks themselves raised.", 100), ""]  # fmt: skip
    lines += ["| | " + " | ".join(VERDICTS) + " |", "|---|" + "---|" * len(VERDICTS)]
    for source in ("catalogue", "functions"):
        for when, place in (("before", 1), ("now", 2)):
            counted = Counter(row[place]["verdict"] for row in rows if row[0].source == source)
            counts = " | ".join(str(counted[verdict]) for verdict in VERDICTS)
            lines.append(f"| {source}, {when} | {counts} |")
    for source in ("catalogue", "functions"):
        lines += ["", f"## {source}", "", "| answer | before | now |", "|---|---|---|"]
        for entry, past, two in rows:
            if entry.source == source:
                cells = [f"{each['verdict']}{_names(each)}" for each in (past, two)]
                lines.append(f"| `{entry.function}`: {entry.what} | {' | '.join(cells)} |")
    return "\n".join([*lines, ""])


def _names(each: dict[str, Any]) -> str:
    return f" ({', '.join(each['names'])})" if each["names"] else ""


def main(arguments: list[str]) -> int:
    """Judge all answers; write the table, or print what this process's checks say."""
    new = [judged(entry) for entry in ENTRIES]
    if arguments == ["--judge"]:
        print(json.dumps(new))
        return 0
    if arguments == ["--show"]:
        for entry, judgment in zip(ENTRIES, new, strict=True):
            print(f"{entry.function}: {entry.what} → {judgment}")
        return 0
    (HERE / "named.md").write_text(table(before(), new), encoding="utf-8")
    return int(any(judgment["verdict"] == "named wrongly" for judgment in new))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
