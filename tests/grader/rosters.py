"""Tables as Canvas and Moodle export them, and people in them."""

from __future__ import annotations

from pathlib import Path

from course_lib.grading.submissions.owners import Person
from course_lib.grading.submissions.roster import Roster

CANVAS = """\
Student,ID,SIS User ID,SIS Login ID,Section,Exercise 5 (98),Exercise 8 (99),Exam (97),Current Score
,,,,,Manual Posting,,,
    Points Possible,,,,,14,19,100,(read only)
"Archer, Ann",17,A1,aa,"S1 and S2",3.5,,50,80
"Beck, Ben",18,B2,bb,S1,,12.25,60,70
"Cole (Cat)",19,,cc,S2,,N/A,,
"Student, Test",20,,tt,S1,,,,
"""


ANN = Person("archerann_17", "canvas", "17", ("archerann",))


SHEET = """\
Identifier,Full name,Email address,Status,Grade,Maximum grade,Grade can be changed,\
Last modified (submission),Last modified (grade),Feedback comments
Participant 5,Ann Archer,ann@example.org,Submitted for grading,,19.00,Yes,"Monday, 2 November \
2026, 9:00 AM",-,
Participant 6,Ben Beck,ben@example.org,Submitted for grading,12.00,19.00,Yes,"Monday, 2 November \
2026, 9:00 AM","Friday, 6 November 2026, 1:00 PM",Well done
Participant 7,Cat Cole,cat@example.org,No submission,,19.00,Yes,-,-,
"""


MOODLE_ANN = Person("Ann Archer_5", "moodle", "5", ("Ann Archer",))


def roster(tmp_path: Path, text: str, *people: Person, encoding: str = "utf-8") -> Roster:
    """Read a roster and link these people with it."""
    path = tmp_path / "roster.csv"
    path.write_bytes(text.encode(encoding))
    return Roster.read(path).linked({person.name: person for person in people})


GRADES = (
    "First name,Last name,ID number,Email address,Assignment: Exercise 8 (Real),"
    "Last downloaded from this course\n"
    "Ann,Archer,{},ann@example.org,-,1764500000\n"
    "Ben,Beck,902,ben@example.org,12.00,1764500000\n"
    "Cat,Cole,903,cat@example.org,-,1764500000\n"
)
