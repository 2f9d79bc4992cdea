"""What the feedback of the proof table says, as text: plain English in the field's terms.

``python -m course_lib.checks.proof --feedback [EXERCISE …]`` prints all of it.
"""

from __future__ import annotations

import re

import pytest

from course_lib.checks import load, names
from course_lib.checks.notebook.check import report
from course_lib.checks.proof import rows
from course_lib.checks.question import Question

QUESTIONS = [question for name in names() for question in load(name).questions]
PATTERNS = {
    "an internal traceback": r"Traceback|File \"",
    "NumPy's own words": r"gufunc|inhomogeneous|broadcast together|core dimension|not aligned",
    "what was tried": r"No constant factor|no known factor|nothing more is guessed",
    "nothing that is seen": r"is not the right number|its entries are wrong|only prepared\?",
    "words to replace": r"\b(stand(?:s|ing)?|stood|whoever|hand(?:s|ed|ing)? (?:on|back|down)|"
    r"paid in|pays? in|blam(?:e|es|ed)|mend(?:ed|s)?|zygote|pencil|slope by|dear|rectifiers?|"
    r"bends?|bent|exchang(?:e|es|ed)|meets?|met|fed (?:with|to)|asked for|once more)\b",
    "'belongs' for 'should be'": r"\bbelongs? (?:there|here|into)\b|where \S+ belongs?\b",
    "a share": r"\b(?:the|a|its|each|one|two|both|whole|of|first|last|no|which) shares?\b",
    "ways for paths": r"\b(?:two|both|several|each|every|along one) ways?\b|\b[Ww]ays add\b",
    "a turn for an iteration": r"\b(?:each|every|one|first|last|next|second|this) turns?\b",
    "a deviation that is not called standard": r"(?<!standard )\bdeviations?\b",
    "an inverted question": r"How many [\w ]+ has\b|\bWhat has the\b|"
    r"\bwhich (?:shape|base|sign|axis|length|size|coefficient|power|form) has\b",
    "'is Y; it is Z' for 'should be'": r"; (?:it|they|that|this|these|those) (?:is|are|was|were)\b|"
    r"\b(?:was|were) expected\b|\b(?:is|are) to be\b",
    "an old frame": r"Or, with the same numbers|In the step of|known mistakes\.|costs half",
    "one points": r"\bof 1 points",
    "a factor without a name": r"\d\.\d+ times|times (?:about )?\d\.\d",
    "a fraction below a fraction": r"/\S+/1/|\btimes \S+ and 1/",
    "one that are": r"\b1 of \d+ [^.,:]*\bare right",
    "a list without commas": r"\bwhere [^.,]* and [^.,]* and ",
    "a picture for 'uses'": r"\binserts [pz]\b|belongs? together",
    "doubled brackets": r"√\(\([^()]*\)\)",
    "a plural that is singular": r"(?<![`\w])\w+ and \w+ is (?:right|not|wrong)\b",
    "a result without its verb": r"(?:^|[.:] )(?:means|losses|weights|values) is\b",
    "a point that is half said": r"has the right shape\.$",
    "a person for a line of code": r"\bwho\b",
    "an earlier function that is right here": r" calls your \w+, which is not right yet",
}


def lines_of(question: Question) -> list[tuple[str, str, str]]:
    lines = []
    for row in rows(question, 0, large=False):
        assert row.result.status != "unmarked", (row.answer, row.result.fault)
        for hint in (0, 1, 2):
            lines += [
                (row.answer, kind, text)
                for kind, text in report(question, row.result, hint)
                if kind != "more"
            ]
    return list(dict.fromkeys(lines))


OLD_IDENTIFIERS = re.compile(
    r"slope|\bways?\b|walk|shares?\b|\bhand|paid|bend|bent|stand|blam|mend|taken|kept|\bturn|exchang"
    r"|uphill|downhill|surprise|meet|moves?\b|upside|\b(?:lost|room|twin|place)$"
)


def test_identifiers_of_mistakes_are_in_the_fields_terms() -> None:
    """Teachers see them in `results.jsonl` and in the report."""
    for question in QUESTIONS:
        for mistake in question.mistakes:
            assert re.fullmatch(r"[A-Za-z0-9_]+(-{1,2}[A-Za-z0-9_]+)*", mistake.id), mistake.id
            assert not OLD_IDENTIFIERS.search(mistake.id), f"{question.name}: {mistake.id}"


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.name)
def test_the_feedback_of_the_proof_table_is_readable(question: Question) -> None:
    variants = {fixture.variant for fixture in question.fixtures if fixture.variant}
    said = {part.variant for part in question.parts}
    for answer, kind, text in lines_of(question):
        label = f"{answer}: {kind}: {text}"
        for what, pattern in PATTERNS.items():
            assert not re.search(pattern, text, re.IGNORECASE), f"{what} in {label}"
        if kind == "question":
            assert text.rstrip().endswith(("?", ".")), label
        if kind != "symptom":
            continue
        for words in re.split(r"\bWith ", text)[1:]:
            assert words.startswith(tuple(said & variants)) or re.match(r'\w+ "', words), label
        assert text.endswith((".", "?", ")")), label
        for number in re.findall(r"\d\.\d{3,}", text):
            assert "Error" in text, f"{number} in {label}"


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.name)
def test_an_answer_that_is_not_recognised_gets_a_next_step(question: Question) -> None:
    """What to compute, or where to look; never a mark without a question."""
    for row in rows(question, 0, large=False):
        if row.kind == "nothing" and row.result.status != "unwritten":
            assert row.result.question.rstrip().endswith(("?", "."))
            assert len(row.result.question.split()) >= 4, row.answer


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.name)
def test_zeros_are_asked_whether_anything_is_computed(question: Question) -> None:
    """No known mistake alone explains an answer that consists of zeros: it may be empty."""
    for row in rows(question, 0, large=False):
        if row.answer == "zeros" and row.result.status != "right":
            assert "0" in row.result.symptom, row.result.symptom
            if row.result.mistakes:
                assert "(a) Nothing is computed." in row.result.named, row.result.named


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.name)
def test_questions_and_first_hints_fit_the_symptom(question: Question) -> None:
    """A step is named with its mistake; a changed argument or another order has its own place."""
    for row in rows(question, 0, large=False):
        result, label = row.result, f"{question.name}: {row.answer}"
        step, slash, _ = result.mistakes[0].partition("/") if result.mistakes else ("", "", "")
        wrote = result.symptom.startswith("The numbers are right, but the call changes")
        if slash:
            named = step if step.endswith("_step") else f"{step} step"
            assert f"About your {named}: " in result.question, label
            assert wrote or result.place.startswith(f"In your {named}, "), label
            assert f"In your {named}, " in result.named, label
        assert wrote == ("`+=`" in result.place), label
        if re.search(
            r"In which order (should the function return|does the (task|signature))",
            result.question,
        ):
            assert re.search("order of your results|use each argument", result.place), label


def test_no_text_of_the_lines_tells_the_layers() -> None:
    """Which layer of a machine is wrong is another question's answer, and earns points there."""
    question = next(task for task in QUESTIONS if task.name == "wrong_lines")
    for answer, kind, text in lines_of(question):
        assert not re.search(r"layer \d", text), f"{answer}: {kind}: {text}"
