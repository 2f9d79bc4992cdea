"""What people and other systems read: a page per submission, Gradescope's file, JUnit's.

Pages are text in a frame of their own: everything a student wrote is escaped, nothing is loaded,
and the page's policy forbids scripts even if something got through.
"""

from __future__ import annotations

import base64
import hashlib
import xml.etree.ElementTree as ET
from collections.abc import Sequence
from typing import Any

from course_lib import checks
from course_lib.address import section_title
from course_lib.checks.verdict import of_points
from course_lib.grading.escaping import as_html, as_text
from course_lib.grading.submissions.attempts import NotMarked

VERDICTS = {
    "right": "right",
    "partly": "partly right",
    "wrong": "not right yet",
    "missing": "no such function",
    "unwritten": "not written yet",
    "raised": "stopped with an error",
    "timeout": "ran out of time",
    "memory": "ran out of memory",
    "crashed": "ended its process",
    "reply": "returned something that is not numbers",
    "graded": "marked",
    "rejected": "could not be marked",
    "unmarked": "not marked yet",
}

STYLE = """
:root { color-scheme: light dark; --line: #767676; --soft: #f3f3f3; }
@media (prefers-color-scheme: dark) { :root { --line: #999; --soft: #262626; } }
body { font: 1rem/1.55 system-ui, sans-serif; max-width: 46rem; margin: 2rem auto;
  padding: 0 1rem; overflow-wrap: anywhere; }
h1 { font-size: 1.4rem; line-height: 1.3; } h2 { font-size: 1.1rem; margin: 0; }
.score { font-size: 1.2rem; font-weight: 600; }
section { border: 1px solid var(--line); border-radius: .5rem; padding: .8rem 1rem;
  margin: 1rem 0; break-inside: avoid; }
table { border-collapse: collapse; margin: .5rem 0; }
th, td { text-align: left; padding: .15rem .8rem .15rem 0; font-weight: normal; }
p, ul { margin: .5rem 0; } h3 { font-size: 1rem; margin: 1.2rem 0 .3rem; }
figure { margin: 1rem 0; } img { max-width: 100%; background: #fff; }
.wide { overflow-x: auto; overflow-wrap: normal; } thead th { font-weight: 600; }
.wide code { white-space: nowrap; }
.wide tr { border-top: 1px solid var(--line); } .wide :is(th, td) { vertical-align: top; }
td { min-width: 4rem; } .text { min-width: 9rem; }
code { background: var(--soft); padding: 0 .2em; }
footer { font-size: .85rem; margin-top: 2rem; }
@media print { body { margin: 0; max-width: none; } section { border-color: #000; }
  tr { break-inside: avoid; } h2, h3 { break-after: avoid; } }
"""


def page(outcome: dict[str, Any], level: str, book: str) -> str:
    """Return the feedback page of one submission.

    Parameters
    ----------
    outcome : dict
        A line of the journal.
    level : str
        ``"score"`` shows points, ``"symptom"`` what is right, the first symptom and a leading
        question, ``"named"`` the place and the name of the mistake as well.
    book : str
        Address of the book, for links to sections; without it sections are named as text.
    """
    student = as_html(outcome["student"])
    exercise = as_html(checks.load(outcome["exercise"]).title)
    parts = [
        f"<h1>{exercise}: feedback for {student}</h1>",
        f"<p>Exercise <code>{as_html(outcome['exercise'])}</code></p>",
        f'<p class="score">{of_points(outcome["score"], outcome["max_score"])}</p>',
    ]
    if outcome["status"] == "rejected":
        parts.append("<p>This file could not be marked, and nothing in it was run.</p>")
    if outcome["status"] == "unmarked":
        parts.append(
            "<p>Something here is not marked yet. This is not your mistake. Its points are missing "
            "in this sum: the final mark is still to come.</p>"
        )
    parts += [f"<p>{as_html(note)}</p>" for note in outcome["notes"]]
    if outcome["others"]:
        listed = ", ".join(as_html(name) for name in outcome["others"])
        parts.append(f"<p>Only one of your files counts. Not marked: {listed}.</p>")
    parts += [_question(one, outcome["exercise"], level, book) for one in outcome["questions"]]
    if outcome["cells"] and level != "score":
        parts.append(_cells(outcome["cells"]))
    if "nbval" in outcome and level != "score":
        parts.append(
            "<section>\n<h2>Beside the released notebook: no points</h2>\n"
            f"<p>{as_html(COMPARED)}</p>\n<p>{as_html(compared(outcome['nbval']))}</p>\n</section>"
        )
    parts.append(
        f"<footer><p>Isolation while this was marked: {as_html(outcome['isolation'])}. "
        f"File: <code>{as_html(outcome['submission'][:16])}</code>.</p></footer>"
    )
    return document(f"{exercise}: feedback for {student}", "\n".join(parts))


def page_without_mark(none: NotMarked) -> str:
    """Return the page of somebody who has no mark: it says why, and shows no points."""
    student = as_html(none.student)
    known = none.exercise in checks.names()
    heading = as_html(checks.load(none.exercise).title) if known else "Your submission"
    sentence = none.sentence()
    parts = [
        f"<h1>{heading}: feedback for {student}</h1>",
        f"<p>{as_html(sentence[:1].upper() + sentence[1:] if not none.files else sentence)}.</p>",
        f"<p>{WITHOUT_MARK[none.status]}</p>",
    ]
    return document(f"{heading}: feedback for {student}", "\n".join(parts))


WITHOUT_MARK = {
    "missing": "There is no mark for this exercise. If you submitted your work, tell your teacher.",
    "unmarked": "There is no mark yet. Tell your teacher, who can mark your work once it is clear "
    "which file is meant and it can be read.",
    "laboratory": "A laboratory has no points, so there is no mark.",
}


def document(title: str, body: str, *, images: bool = False) -> str:
    """Return a whole page whose policy allows its own style, its own images, and nothing else.

    Parameters
    ----------
    title, body : str
        As HTML.
    images : bool
        Whether images that stand in the page itself are shown.
    """
    allowed = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
    policy = (
        f"default-src 'none'; style-src 'sha256-{allowed}'; base-uri 'none'; form-action 'none'"
    )
    if images:
        policy += "; img-src data:"
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{title}</title>\n<style>{STYLE}</style>\n</head>\n"
        f"<body>\n<main>\n{body}\n</main>\n</body>\n</html>\n"
    )


def _question(one: dict[str, Any], exercise: str, level: str, book: str) -> str:
    name = as_html(one["name"])
    verdict = VERDICTS.get(one["status"], one["status"])
    lines = [
        f"<h2><code>{name}</code>: {one['score']:g} of {one['max_score']:g}, {verdict}</h2>",
    ]
    if level != "score":
        if len(one["parts"]) > 1:
            rows = "".join(
                f'<tr><th scope="row">{as_html(part["name"])}</th>'
                f"<td>{part['points']:g} of {part['max']:g}</td></tr>"
                for part in one["parts"]
            )
            lines.append(f"<table>{rows}</table>")
        if one["right"] and one["status"] != "right":
            items = "".join(f"<li>{as_html(text)}</li>" for text in one["right"])
            lines.append(f"<ul>{items}</ul>")
        lines += [f"<p>{as_html(one[key])}</p>" for key in ("symptom", "question") if one[key]]
        lines += [f"<p>{as_html(note)}</p>" for note in one.get("notes", [])]
    if level == "named":
        if one["place"]:
            lines.append(f"<p>{as_html(one['place'])}</p>")
        if one["named"]:
            lines.append(f"<p><strong>What happened:</strong> {as_html(one['named'])}</p>")
    section = section_of(one, exercise, level)
    if section:
        lines.append(f"<p><strong>Read again:</strong> {section_link(section, book)}</p>")
    return "<section>\n" + "\n".join(lines) + "\n</section>"


def section_of(one: dict[str, Any], exercise: str, level: str) -> str:
    """Return the section that feedback of a level points to, or ''.

    A recognised mistake may have a section of its own, which would give its name away.
    """
    if level == "score" or one["status"] == "right":
        return ""
    if level == "named":
        return one["section"]
    for asked in checks.load(exercise).questions:
        if asked.name == one["name"]:
            ours = {asked.section, *(part.section for part in asked.parts)}
            return one["section"] if one["section"] in ours else asked.section
    return one["section"]


def section_link(section: str, book: str) -> str:
    """Return a link to a section of the book, or its name where the book's address is unknown."""
    name = as_html(section_title(section))
    if not book:
        return f"{name} (in the book)"
    address = as_html(f"{book.rstrip('/')}/{section}")
    return f'<a href="{address}">{name}</a>'


def _cells(cells: Sequence[dict[str, Any]]) -> str:
    items = []
    for cell in cells[:50]:
        line = f", line {cell['line']}" if cell["line"] else ""
        kind = VERDICTS.get(cell["kind"], cell["kind"])
        items.append(
            f"<li>Cell {cell['number']}{line}: {kind}. <code>{as_html(cell['text'])}</code></li>"
        )
    more = f"<p>And {len(cells) - 50} more.</p>" if len(cells) > 50 else ""
    return (
        "<section>\n<h2>Cells that did not run to their end</h2>\n"
        f"<p>The cells after them were run nevertheless.</p>\n<ul>{''.join(items)}</ul>{more}\n"
        "</section>"
    )


COMPARED = (
    "Your cells were set into the released notebook and run. Where that notebook shows an output, "
    "yours was compared with it as text, so what a function prints counts as a difference here."
)


def compared(nbval: dict[str, Any]) -> str:
    """Return in one sentence what came of the comparison with the release.

    >>> compared({"outputs": [{"name": "f", "same": True}, {"name": "g", "same": False}]})
    'nbval: 1 of 2 outputs are the same; different: g.'
    """
    outputs = nbval["outputs"]
    if not outputs:
        return f"nbval: {nbval['said']}."
    other = [one["name"] for one in outputs if not one["same"]]
    named = f"; different: {', '.join(other)}" if other else ""
    return f"nbval: {len(outputs) - len(other)} of {len(outputs)} outputs are the same{named}."


def _all_same(nbval: dict[str, Any]) -> bool:
    return bool(nbval["outputs"]) and all(one["same"] for one in nbval["outputs"])


def gradescope(outcome: dict[str, Any], level: str) -> dict[str, Any]:
    """Return the content of Gradescope's ``results.json``; no time in it, so it can be compared."""
    tests = []
    for number, one in enumerate(outcome["questions"], start=1):
        said = [VERDICTS.get(one["status"], one["status"])]
        if level != "score":
            said += [*one["right"], one["symptom"], one["question"]]
        if level == "named":
            said += [one["place"], one["named"]]
        section = section_of(one, outcome["exercise"], level)
        if section:
            title = section_title(section)
            said.append(f"Read again: {title} (in the book)")
        tests.append(
            {
                "name": one["name"],
                "number": str(number),
                "score": one["score"],
                "max_score": one["max_score"],
                "output": "\n".join(as_text(text) for text in said if text),
                "output_format": "text",
                "visibility": "visible",
            }
        )
    if "nbval" in outcome:
        said = [compared(outcome["nbval"])] if level != "score" else []
        tests.append(
            {
                "name": "nbval",
                "number": str(len(tests) + 1),
                "score": 0,
                "max_score": 0,
                "status": "passed" if _all_same(outcome["nbval"]) else "failed",
                "output": "\n".join(as_text(text) for text in said),
                "output_format": "text",
                "visibility": "visible",
            }
        )
    notes = [*outcome["notes"], VERDICTS.get(outcome["status"], outcome["status"])]
    return {
        "score": outcome["score"],
        "output": "\n".join(as_text(note) for note in notes),
        "output_format": "text",
        "visibility": "visible",
        "stdout_visibility": "hidden",
        "tests": tests,
        "extra_data": {
            "exercise": outcome["exercise"],
            "isolation": outcome["isolation"],
            "status": outcome["status"],
            "submission": outcome["submission"],
        },
    }


def junit(outcomes: Sequence[dict[str, Any]], isolation: str = "") -> str:
    """Return all questions of all submissions as JUnit XML, with the isolation as a property."""
    suites = ET.Element("testsuites")
    for outcome in outcomes:
        by_hand = sum(one["status"] == "unmarked" for one in outcome["questions"])
        failed = sum(one["score"] < one["max_score"] for one in outcome["questions"]) - by_hand
        rejected = outcome["status"] in ("rejected", "unmarked") and not outcome["questions"]
        nbval = outcome.get("nbval")
        differs = nbval is not None and not _all_same(nbval)
        suite = ET.SubElement(
            suites,
            "testsuite",
            name=f"{as_text(outcome['student'])}/{outcome['exercise']}",
            tests=str(len(outcome["questions"]) + rejected + (nbval is not None)),
            failures=str(failed + differs),
            errors=str(int(rejected) + by_hand),
            skipped="0",
        )
        if isolation:
            properties = ET.SubElement(suite, "properties")
            ET.SubElement(properties, "property", name="isolation", value=as_text(isolation))
        if rejected:
            case = ET.SubElement(suite, "testcase", name="notebook", classname=outcome["exercise"])
            note = as_text(" ".join(outcome["notes"]))
            ET.SubElement(case, "error", message=note, type=outcome["status"])
        for one in outcome["questions"]:
            case = ET.SubElement(suite, "testcase", name=one["name"], classname=outcome["exercise"])
            if one["status"] == "unmarked":
                ET.SubElement(case, "error", message=as_text(one["symptom"]), type="unmarked")
            elif one["score"] < one["max_score"]:
                message = f"{one['score']:g} of {one['max_score']:g}: {as_text(one['symptom'])}"
                ET.SubElement(case, "failure", message=message, type=one["status"])
        if nbval is not None:
            case = ET.SubElement(suite, "testcase", name="nbval", classname=outcome["exercise"])
            if differs:
                message = f"0 of 0: {as_text(compared(nbval))}"
                ET.SubElement(case, "failure", message=message, type="nbval")
    ET.indent(suites)
    return ET.tostring(suites, encoding="unicode", xml_declaration=True) + "\n"
