"""What the feedback of the proof table says, as text: plain English in the field's terms."""

from __future__ import annotations

import re

import pytest

from course_lib.checks import load, names
from course_lib.checks.notebook import report
from course_lib.checks.proof import rows
from course_lib.checks.question import Question

QUESTIONS = [question for name in names() for question in load(name).questions]
# Of the rules and the frame around them; the texts of the exercises are held by their own tests.
PATTERNS = {
    "an internal traceback": r"Traceback|File \"",
    "what was tried": r"No constant factor|no known factor|nothing more is guessed",
    "words to replace": r"\b(stands?|belongs? there|whoever|hand(?:s|ed)? (?:on|back)|paid in|"
    r"in which (?:share|blame)|mend(?:ed|s)?|zygote|belongs? into|with pencil|slope by|dear)\b",
    "a plural that is singular": r"(?<![`\w])\w+ and \w+ is (?:right|not|wrong)\b",
    "a result without its verb": r"(?:^|[.:] )(?:means|losses|weights|values) is\b",
    "a point that is half said": r"has the right shape\.$",
}


def lines_of(question: Question) -> list[tuple[str, str, str]]:
    found = []
    for row in rows(question, 0, large=False):
        for hint in (0, 1, 2):
            found += [
                (row.answer, kind, text)
                for kind, text in report(question, row.result, hint)
                if kind in ("title", "right", "symptom", "note")
                or (kind == "question" and not row.result.mistakes)
            ]
    return list(dict.fromkeys(found))


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.name)
def test_the_feedback_of_the_proof_table_is_readable(question: Question) -> None:
    variants = {fixture.variant for fixture in question.fixtures if fixture.variant}
    said = {part.variant for part in question.parts}
    for answer, kind, text in lines_of(question):
        label = f"{answer}: {kind}: {text}"
        for what, pattern in PATTERNS.items():
            assert not re.search(pattern, text, re.IGNORECASE), f"{what} in {label}"
        for words in re.split(r"\bWith ", text)[1:]:
            assert words.startswith(tuple(said & variants)) or re.match(r'\w+ "', words), label
        if kind == "symptom":
            assert text.endswith((".", "?", ")")), label
        for number in re.findall(r"\d\.\d{3,}", re.sub(r"about \S+", "", text)):
            assert "Error" in text, f"{number} in {label}"


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.name)
def test_an_answer_that_is_not_recognised_gets_a_next_step(question: Question) -> None:
    """What to compute, or where to look; never a mark without a question."""
    for row in rows(question, 0, large=False):
        if row.kind == "nothing" and row.result.status != "unwritten":
            assert row.result.question.rstrip().endswith(("?", "."))
            assert len(row.result.question.split()) >= 4, row.answer
