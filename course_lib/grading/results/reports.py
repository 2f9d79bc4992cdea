"""What other systems read of a submission: Gradescope's file and JUnit's, and the words of both."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Sequence
from typing import Any

from course_lib import checks
from course_lib.address import section_title
from course_lib.grading.escaping import as_text

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

OPEN = ("unmarked", "to mark")
"""Statuses of a question that has no points yet."""


def verdict(status: str) -> str:
    """Return the words for a status."""
    return VERDICTS.get(status, status)


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
        said = [verdict(one["status"])]
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
    notes = [*outcome.get("changes", []), *outcome.get("comments", []), *outcome["notes"]]
    notes.append(verdict(outcome["status"]))
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
        by_hand = sum(one["status"] in OPEN for one in outcome["questions"])
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
            if one["status"] in OPEN:
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
