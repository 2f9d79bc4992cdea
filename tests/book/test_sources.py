"""What the pages' sources promise: no typed numbers, plain words, alternative texts."""

import re
import shutil
import subprocess
import sys

import pytest
from book_sources import BOOK, ROOT, pages, prose
from needs import absent

CHAPTERS = [page for page in pages() if re.match(r"\d\d_", page.name)]
every_page = pytest.mark.parametrize("page", pages(), ids=lambda page: page.stem)
every_chapter = pytest.mark.parametrize("page", CHAPTERS, ids=lambda page: page.stem)


@every_page
def test_no_decimal_number_is_typed_in_prose(page):
    typed = re.findall(r"(?<![\w.])\d+\.\d+(?![\w.])", prose(page))
    assert not typed, f"write these as {{calc}}, {{tex}} or «…»: {typed}"


@every_page
def test_no_word_makes_light_of_a_difficulty(page):
    hits = re.findall(
        r"\b(?:clearly|simply|obviously|just|easy|easily|trivial\w*)\b", prose(page), re.I
    )
    assert not hits


@every_page
def test_every_drawing_says_what_it_shows(page):
    text = page.read_text("utf-8")
    for block in re.findall(
        r"^(?:```|:::+)\{(?:drawing|widget)\}.*?^(?:```|:::+)$", text, re.M | re.S
    ):
        alt = re.search(r"^:alt: (.+)$", block, re.M)
        assert alt, block
        assert len(alt[1].split()) >= 8, f"too short to tell what is shown: {alt[1]}"


@every_chapter
def test_other_pages_can_name_a_chapter(page):
    assert re.search(r"^\(chapter-[a-z-]+\)=\n# \d", page.read_text("utf-8"), re.M)


@every_chapter
def test_a_chapter_has_six_to_eight_sections(page):
    sections = re.findall(r"^## (.+)$", prose(page), re.M)
    assert 6 <= len(sections) <= 8, sections
    assert sections[-1].endswith("and further reading")


@every_chapter
def test_a_chapter_asks_before_and_after(page):
    parts = re.split(r"^## ", page.read_text("utf-8"), flags=re.M)
    asked = {
        part.splitlines()[0]: len(re.findall(r"^:::+\{question\}", part, re.M)) for part in parts
    }
    assert asked.get("Before you read") == 2
    assert 3 <= asked.get("Questions", 0) <= 5


@every_chapter
def test_the_right_answer_does_not_always_stand_at_the_same_place(page):
    places = []
    for block in re.findall(
        r"^:::+\{question\} choice.*?^:::+$", page.read_text("utf-8"), re.M | re.S
    ):
        marks = re.findall(r"^- \[([x ])\]", block, re.M)
        places.append(marks.index("x"))
    assert len(places) < 3 or len(set(places)) > 1


@every_chapter
def test_a_summary_has_at_most_ten_lines(page):
    summary = re.search(r"^## Summary\n(.*?)^## ", page.read_text("utf-8"), re.M | re.S)
    assert summary
    assert len([line for line in summary[1].splitlines() if line.strip()]) <= 10


@every_chapter
def test_a_chapter_takes_fifteen_to_thirty_minutes(page):
    """Words at 200 a minute, a formula at 12 seconds, a question at 40."""
    text = prose(page)
    formulas = len(re.findall(r"^\$\$$", page.read_text("utf-8"), re.M)) / 2
    questions = len(re.findall(r"^:::+\{(?:question|prediction)\}", text, re.M))
    words = len(re.findall(r"[A-Za-z]{2,}", re.sub(r"\$[^$]*\$", " ", text)))
    minutes = words / 200 + formulas * 0.2 + questions * 0.67
    assert 10 <= minutes <= 35, f"about {minutes:.0f} minutes"


def test_spelling():
    tool = shutil.which("codespell") or shutil.which("codespell", path=str(sys.prefix) + "/bin")
    if tool is None:
        absent("codespell is missing", "pip install -e '.[dev]' -c constraints.txt")
    files = [
        *map(str, BOOK.glob("*.md")),
        str(BOOK / "_ext"),
        str(ROOT / "course_lib" / "figures"),
    ]
    done = subprocess.run([tool, *files], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
