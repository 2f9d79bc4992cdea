"""The class at a glance: distribution, hardest questions, most frequent mistakes, one page.

The page is made from the journal's outcomes alone. Its figures are part of the page; nothing is
loaded, and it opens offline.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from statistics import fmean, median
from typing import Any

from course_lib import checks
from course_lib.checks.sheets import another
from course_lib.grading.policy.apply import OPEN
from course_lib.grading.results.pages import render
from course_lib.grading.results.reports import verdict
from course_lib.grading.submissions.attempts import NotMarked

BINS = 10


def page(
    outcomes: Sequence[dict[str, Any]],
    isolation: str,
    book: str,
    not_marked: Sequence[NotMarked] = (),
) -> str:
    """Return the report of a class from its sorted outcomes, and everyone who has no mark.

    `isolation` is the sentence about what was reached; `book` is an address or an empty text.
    """
    names = sorted({outcome["exercise"] for outcome in outcomes})
    return render(
        "class_report",
        title="Class report",
        notebooks=len(outcomes),
        students=len({outcome["student"] for outcome in outcomes}),
        exercises=[_exercise(name, outcomes) for name in names],
        changed=[
            (
                outcome["student"],
                outcome["exercise"],
                f"{outcome['computed']:g}",
                f"{outcome['score']:g}",
                why,
            )
            for outcome in outcomes
            if (why := " ".join([*outcome.get("changes", []), *outcome.get("beneath", [])]))
        ],
        not_marked=sorted(
            (unmarked.student, unmarked.status, f"{unmarked.sentence()}.")
            for unmarked in not_marked
        ),
        isolation=isolation,
        book=book,
    )


def _exercise(name: str, everything: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Return what the report says of one exercise."""
    outcomes = [outcome for outcome in everything if outcome["exercise"] == name]
    shares = sorted(
        min(1, outcome["score"] / outcome["max_score"])
        for outcome in outcomes
        if outcome["status"] != "unmarked"
    )
    by: dict[str, list[str]] = defaultdict(list)
    for outcome in outcomes:
        by[outcome["status"]].append(outcome["student"])
    complete = sum(share == 1 for share in shares)
    summary = (
        f"Mean {fmean(shares):.0%}, median {median(shares):.0%}, {complete} complete."
        if shares
        else "None was marked."
    )
    return {
        "name": name,
        "title": checks.load(name).title,
        "notebooks": len(outcomes),
        "summary": summary,
        "verdicts": [
            (verdict(status), len(names), ", ".join(names)) for status, names in sorted(by.items())
        ],
        "by_hand": [
            (outcome["student"], _open_questions(outcome) or "the whole notebook")
            for outcome in outcomes
            if outcome["status"] == "unmarked"
        ],
        "questions": _questions(name, outcomes),
        **_histogram(name, shares),
        **_mistakes(name, outcomes),
    }


def _open_questions(outcome: dict[str, Any]) -> str:
    return ", ".join(
        question["name"] for question in outcome["questions"] if question["status"] in OPEN
    )


def _histogram(exercise: str, shares: Sequence[float]) -> dict[str, Any]:
    """Return how the points are distributed, as numbers and in words."""
    bins = [0] * BINS
    for share in shares:
        bins[min(int(share * BINS), BINS - 1)] += 1
    listed = ", ".join(
        f"{100 * place // BINS} to {100 * (place + 1) // BINS} %: {count}"
        for place, count in enumerate(bins)
        if count
    )
    return {
        "bins": bins,
        "histogram_alt": f"Histogram of {exercise}: notebooks per share of the points. {listed}.",
    }


def _questions(exercise: str, outcomes: Sequence[dict[str, Any]]) -> list[tuple[str, ...]]:
    """Return a row for each question, the hardest first."""
    rows = []
    for question in checks.load(exercise).questions:
        results = [
            result
            for outcome in outcomes
            for result in outcome["questions"]
            if result["name"] == question.name and result["status"] not in ("unmarked", "dropped")
        ]
        if results:
            share = sum(result["score"] / result["max_score"] for result in results) / len(results)
            right = sum(result["status"] == "right" for result in results)
            tried = sum(result["status"] not in ("missing", "unwritten") for result in results)
            rows.append((share, question.name, right, tried, len(results)))
    return [
        (name, f"{share:.0%}", f"{right} of {count}", f"{tried} of {count}")
        for share, name, right, tried, count in sorted(rows)
    ]


def _mistakes(exercise: str, outcomes: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Return the most frequent mistakes, each with the section that derives the right way."""
    known = {
        (question.name, mistake.id): (mistake.name, mistake.section or question.section)
        for question in checks.load(exercise).questions
        for mistake in (*question.mistakes, *([another(question)] if question.sheet else ()))
    }
    counts: Counter[tuple[str, str]] = Counter()
    unnamed = 0
    for outcome in outcomes:
        for result in outcome["questions"]:
            named = {(result["name"], each) for each in result["mistakes"]} & known.keys()
            counts.update(named)
            unnamed += result["status"] in ("wrong", "partly") and not named
    mistakes = [
        {"count": count, "question": key[0], "name": known[key][0], "section": known[key][1]}
        for key, count in sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    ]
    return {"mistakes": mistakes, "unnamed": unnamed}
