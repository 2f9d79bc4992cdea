"""What other systems read of a submission: Gradescope's file and JUnit's, and the words of both."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from course_lib import checks
from course_lib.address import section_title
from course_lib.grading.escaping import as_text
from course_lib.grading.policy.apply import OPEN

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
    "to mark": "not marked yet",
    "by hand": "marked by the teacher",
    "dropped": "dropped for everyone",
    "excused": "excused",
}


def verdict(status: str) -> str:
    """Return the words for a status."""
    return VERDICTS.get(status, status)


def section_of(question: dict[str, Any], exercise: str, level: str) -> str:
    """Return the section that feedback of a level points to, or ''.

    A recognised mistake may have a section of its own, which would give its name away.
    """
    if level == "score" or question["status"] == "right":
        return ""
    if level == "named":
        return question["section"]
    for asked in checks.load(exercise).questions:
        if asked.name == question["name"]:
            ours = {asked.section, *(part.section for part in asked.parts)}
            return question["section"] if question["section"] in ours else asked.section
    return question["section"]


def compared(nbval: dict[str, Any]) -> str:
    """Return in one sentence what came of the comparison with the release.

    >>> compared({"outputs": [{"name": "f", "same": True}, {"name": "g", "same": False}]})
    'nbval: 1 of 2 outputs are the same; different: g.'
    """
    outputs = nbval["outputs"]
    if not outputs:
        return f"nbval: {nbval['said']}."
    other = [output["name"] for output in outputs if not output["same"]]
    named = f"; different: {', '.join(other)}" if other else ""
    return f"nbval: {len(outputs) - len(other)} of {len(outputs)} outputs are the same{named}."


def _all_same(nbval: dict[str, Any]) -> bool:
    return bool(nbval["outputs"]) and all(output["same"] for output in nbval["outputs"])


def gradescope(outcome: dict[str, Any], level: str) -> dict[str, Any]:
    """Return the content of Gradescope's ``results.json``; no time in it, so it can be compared."""
    tests: list[dict[str, Any]] = []
    for question in outcome["questions"]:
        said = [verdict(question["status"])]
        if level != "score":
            said += [*question["right"], question["symptom"], question["question"]]
        if level == "named":
            said += [question["place"], question["named"]]
        section = section_of(question, outcome["exercise"], level)
        if section:
            said.append(f"Read again: {section_title(section)} (in the book)")
        marks = {name: question[name] for name in ("name", "score", "max_score")}
        tests.append(marks | _shown(said) | {"number": str(len(tests) + 1)})
    if "nbval" in outcome:
        said = [compared(outcome["nbval"])] if level != "score" else []
        status = "passed" if _all_same(outcome["nbval"]) else "failed"
        marks = {"name": "nbval", "score": 0, "max_score": 0, "status": status}
        tests.append(marks | _shown(said) | {"number": str(len(tests) + 1)})
    notes = [*outcome.get("changes", []), *outcome.get("comments", []), *outcome["notes"]]
    notes.append(verdict(outcome["status"]))
    known = ("exercise", "isolation", "status", "submission")
    return _shown(notes) | {
        "score": outcome["score"],
        "stdout_visibility": "hidden",
        "tests": tests,
        "extra_data": {name: outcome[name] for name in known},
    }


def _shown(said: Iterable[str]) -> dict[str, Any]:
    """Return how Gradescope is told what a student reads."""
    output = "\n".join(as_text(text) for text in said if text)
    return {"output": output, "output_format": "text", "visibility": "visible"}


def junit(outcomes: Sequence[dict[str, Any]], isolation: str = "") -> str:
    """Return all questions of all submissions as JUnit XML, with the isolation as a property."""
    suites = ET.Element("testsuites")
    for outcome in outcomes:
        cases = list(_cases(outcome))
        elements = Counter(element for _, element, _, _ in cases)
        suite = ET.SubElement(
            suites,
            "testsuite",
            name=f"{as_text(outcome['student'])}/{outcome['exercise']}",
            tests=str(len(cases)),
            failures=str(elements["failure"]),
            errors=str(elements["error"]),
            skipped="0",
        )
        if isolation:
            properties = ET.SubElement(suite, "properties")
            ET.SubElement(properties, "property", name="isolation", value=as_text(isolation))
        for name, element, message, kind in cases:
            case = ET.SubElement(suite, "testcase", name=name, classname=outcome["exercise"])
            if element:
                ET.SubElement(case, element, message=as_text(message), type=kind)
    ET.indent(suites)
    return ET.tostring(suites, encoding="unicode", xml_declaration=True) + "\n"


def _cases(outcome: dict[str, Any]) -> Iterator[tuple[str, str, str, str]]:
    """Yield JUnit's cases: the name, the element inside or ``""``, its message and its type."""
    if outcome["status"] in ("rejected", "unmarked") and not outcome["questions"]:
        yield "notebook", "error", " ".join(outcome["notes"]), outcome["status"]
    for question in outcome["questions"]:
        if question["status"] in OPEN:
            yield question["name"], "error", question["symptom"], "unmarked"
        else:
            element = "failure" if question["score"] < question["max_score"] else ""
            message = f"{question['score']:g} of {question['max_score']:g}: {question['symptom']}"
            yield question["name"], element, message, question["status"]
    if "nbval" in outcome:
        element = "" if _all_same(outcome["nbval"]) else "failure"
        yield "nbval", element, f"0 of 0: {compared(outcome['nbval'])}", "nbval"
