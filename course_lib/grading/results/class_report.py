"""The class at a glance: distribution, hardest questions, most frequent mistakes, one page.

The page is made from the journal's outcomes alone. Its figures are drawn with matplotlib and
stand in the page; nothing is loaded, and it opens offline.
"""

from __future__ import annotations

import base64
import io
from collections import Counter
from collections.abc import Sequence
from statistics import fmean, median
from typing import Any

from course_lib import checks
from course_lib.grading.escaping import as_html, counted
from course_lib.grading.results.reports import VERDICTS, document, section_link
from course_lib.grading.submissions.attempts import NotMarked

BINS = 10


def page(
    outcomes: Sequence[dict[str, Any]],
    isolation: str,
    book: str,
    not_marked: Sequence[NotMarked] = (),
) -> str:
    """Return the report of a class.

    Parameters
    ----------
    outcomes : sequence of dict
        As in the journal, sorted.
    isolation : str
        The sentence about what was reached.
    book : str
        Address of the book, or an empty text.
    not_marked : sequence of NotMarked
        Everyone who has no mark.
    """
    exercises = sorted({one["exercise"] for one in outcomes})
    parts = [
        "<h1>Class report</h1>",
        f"<p>{counted(len(outcomes), 'notebook')}, "
        f"{counted(len({one['student'] for one in outcomes}), 'student')}.</p>",
    ]
    for exercise in exercises:
        mine = [one for one in outcomes if one["exercise"] == exercise]
        parts += _exercise(exercise, mine, book)
    if not_marked:
        rows = [(one.student, one.status, f"{one.sentence()}.") for one in not_marked]
        parts.append("<h2>Without a mark</h2>")
        parts.append(_table("People", "the class", ("student", "status", "why"), sorted(rows)))
    parts.append(f"<footer><p>Isolation while this was marked: {as_html(isolation)}.</p></footer>")
    return document("Class report", "\n".join(parts), images=True)


def _exercise(exercise: str, outcomes: list[dict[str, Any]], book: str) -> list[str]:
    marked = [one for one in outcomes if one["status"] != "unmarked"]
    shares = sorted(one["score"] / one["max_score"] for one in marked)
    counts = Counter(one["status"] for one in outcomes)
    complete = sum(share == 1 for share in shares)
    said = (
        f"Mean {fmean(shares):.0%}, median {median(shares):.0%}, {complete} complete."
        if shares
        else "None was marked."
    )
    rows = [(VERDICTS.get(status, status), f"{counts[status]}") for status in sorted(counts)]
    return [
        f"<h2>{as_html(checks.load(exercise).title)} <code>{as_html(exercise)}</code></h2>",
        f"<p>{counted(len(outcomes), 'notebook')}. {said}</p>",
        _histogram(exercise, shares),
        _table("Verdicts", exercise, ("verdict", "notebooks"), rows),
        _by_hand(exercise, outcomes),
        _questions(exercise, outcomes),
        _mistakes(exercise, outcomes, book),
    ]


def _by_hand(exercise: str, outcomes: list[dict[str, Any]]) -> str:
    """List what the grader itself could not mark."""
    rows = []
    for one in outcomes:
        if one["status"] == "unmarked":
            names = [each["name"] for each in one["questions"] if each["status"] == "unmarked"]
            rows.append((one["student"], ", ".join(names) or "the whole notebook"))
    return _table("To be marked by hand", exercise, ("student", "questions"), rows) if rows else ""


def _histogram(exercise: str, shares: Sequence[float]) -> str:
    from matplotlib import rc_context
    from matplotlib.figure import Figure
    from matplotlib.ticker import MaxNLocator

    bins = [0] * BINS
    for share in shares:
        bins[min(int(share * BINS), BINS - 1)] += 1
    # No clock value and no random mark in the file: two runs draw the same bytes.
    with rc_context({"svg.hashsalt": "course", "svg.fonttype": "none", "font.size": 10}):
        figure = Figure(figsize=(6, 2.4), layout="constrained")
        axes = figure.subplots()
        axes.bar(
            [(place + 0.5) / BINS for place in range(BINS)],
            bins,
            width=0.9 / BINS,
            color="#3b6ea8",
            edgecolor="#222222",
        )
        axes.set_xlabel("share of the points")
        axes.set_ylabel("notebooks")
        axes.set_xlim(0, 1)
        axes.set_xticks([0, 0.25, 0.5, 0.75, 1], ["0 %", "25 %", "50 %", "75 %", "100 %"])
        axes.yaxis.set_major_locator(MaxNLocator(integer=True))
        drawn = io.BytesIO()
        figure.savefig(drawn, format="svg", metadata={"Date": None, "Creator": None})
    source = base64.b64encode(drawn.getvalue()).decode()
    listed = ", ".join(
        f"{100 * place // BINS} to {100 * (place + 1) // BINS} %: {count}"
        for place, count in enumerate(bins)
        if count
    )
    alt = as_html(f"Histogram of {exercise}: notebooks per share of the points. {listed}.")
    return (
        f'<figure><img alt="{alt}" src="data:image/svg+xml;base64,{source}">'
        f"<figcaption>How the points of {as_html(exercise)} are distributed.</figcaption>"
        "</figure>"
    )


def _questions(exercise: str, outcomes: list[dict[str, Any]]) -> str:
    """The hardest questions first."""
    rows = []
    for question in checks.load(exercise).questions:
        found = [
            one
            for outcome in outcomes
            for one in outcome["questions"]
            if one["name"] == question.name and one["status"] != "unmarked"
        ]
        if found:
            share = sum(one["score"] / one["max_score"] for one in found) / len(found)
            right = sum(one["status"] == "right" for one in found)
            tried = sum(one["status"] not in ("missing", "unwritten") for one in found)
            rows.append((share, question.name, right, tried, len(found)))
    rows.sort()
    return _table(
        "Questions, the hardest first",
        exercise,
        ("question", "mean", "right", "tried"),
        [
            (name, f"{share:.0%}", f"{right} of {count}", f"{tried} of {count}")
            for share, name, right, tried, count in rows
        ],
    )


def _mistakes(exercise: str, outcomes: list[dict[str, Any]], book: str) -> str:
    """The most frequent mistakes by name, each with the section that derives the right way."""
    names: dict[tuple[str, str], tuple[str, str]] = {}
    for question in checks.load(exercise).questions:
        for mistake in question.mistakes:
            names[question.name, mistake.id] = (
                mistake.name,
                mistake.section or question.section,
            )
    counts: Counter[tuple[str, str]] = Counter()
    unnamed = 0
    for outcome in outcomes:
        for one in outcome["questions"]:
            known = {(one["name"], each) for each in one["mistakes"]} & names.keys()
            counts.update(known)
            unnamed += one["status"] in ("wrong", "partly") and not known
    if not counts and not unnamed:
        return ""
    rows = "".join(
        f'<tr><td>{count} of {len(outcomes)}</td><td class="text">'
        f"<code>{as_html(name)}</code><br>{as_html(names[name, each][0])}</td>"
        f'<td class="text">{section_link(names[name, each][1], book)}</td></tr>'
        for (name, each), count in sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    )
    head = "".join(f'<th scope="col">{text}</th>' for text in ("notebooks", "mistake", "section"))
    more = f"<p>Not recognised as a known mistake: {counted(unnamed, 'wrong answer')}.</p>"
    table = f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"
    named = _wide("Mistakes, the most frequent first", exercise, table) if rows else ""
    return named + (more if unnamed else "")


def _table(title: str, exercise: str, head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    columns = "".join(f'<th scope="col">{as_html(text)}</th>' for text in head)
    body = "".join(
        "<tr>" + "".join(f"<td>{as_html(text)}</td>" for text in row) + "</tr>" for row in rows
    )
    table = f"<table><thead><tr>{columns}</tr></thead><tbody>{body}</tbody></table>"
    return _wide(title, exercise, table)


def _wide(title: str, exercise: str, table: str) -> str:
    """Let a table scroll by itself on a narrow screen, by keyboard too."""
    name = as_html(title)
    region = f'class="wide" role="region" tabindex="0" aria-label="{name}: {as_html(exercise)}"'
    return f"<h3>{name}</h3><div {region}>{table}</div>"
