"""Pages in HTML, from templates: whatever is put in is escaped, and a page loads nothing.

Each page's policy forbids scripts even if something got through.
"""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from course_lib import checks
from course_lib.address import section_title
from course_lib.checks.verdict import of_points
from course_lib.grading.escaping import as_text, counted
from course_lib.grading.results.code import functions
from course_lib.grading.results.reports import compared, section_of, verdict
from course_lib.grading.submissions.attempts import NotMarked

TEMPLATES = Path(__file__).parent / "templates"


def _printable(value: Any) -> Any:
    """Return what a template puts in as text without control characters; it is escaped then."""
    return value if hasattr(value, "__html__") else as_text(value)


_templates = Environment(
    loader=FileSystemLoader(TEMPLATES),
    autoescape=True,
    finalize=_printable,
    undefined=StrictUndefined,
    auto_reload=False,
    trim_blocks=True,
    lstrip_blocks=True,
)
_templates.globals |= {
    "compared": compared,
    "counted": counted,
    "of_points": of_points,
    "section_of": section_of,
    "section_title": section_title,
    "verdict": verdict,
}
_style = _templates.get_template("style.css").render().encode()
_templates.globals["style_digest"] = base64.b64encode(hashlib.sha256(_style).digest()).decode()


def render(template: str, **values: Any) -> str:
    """Return a page: `template` is the name of a file in ``templates``, such as ``"feedback"``."""
    return _templates.get_template(f"{template}.html.j2").render(values)


def feedback(outcome: dict[str, Any], level: str, book: str, code: str = "") -> str:
    """Return the feedback page of one submission.

    The level ``"score"`` shows points, ``"symptom"`` what is right, the first symptom and a leading
    question, ``"named"`` the place and the name of the mistake as well. Without the address of the
    `book` sections are named as text. Each question shows its function of the student's `code`, see
    `code.as_text`.
    """
    title = f"{checks.load(outcome['exercise']).title}: feedback for {outcome['student']}"
    sources = functions(code, [question["name"] for question in outcome["questions"]])
    return render("feedback", title=title, outcome=outcome, level=level, book=book, sources=sources)


def without_mark(none: NotMarked) -> str:
    """Return the page of somebody who has no mark: it says why, and shows no points."""
    known = none.exercise in checks.names()
    heading = checks.load(none.exercise).title if known else "Your submission"
    sentence = none.sentence()
    return render(
        "no_mark",
        title=f"{heading}: feedback for {none.student}",
        sentence=sentence if none.files else sentence[:1].upper() + sentence[1:],
        status=none.status,
    )
