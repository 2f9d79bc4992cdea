"""Family: names of students and texts of errors that want to be formulas, markup or paths."""

import base64
import csv
import json
import xml.etree.ElementTree as ElementTree
from html.parser import HTMLParser
from pathlib import Path

import pytest
from attacks.hostile import Attack, each

NOTHING = ("def dense_backward(delta, a, W):\n    return None",)
SCRIPT = "<script>document.title='pwned'</script>"
IMAGE = "<img src=x onerror=\"document.title='pwned'\">"

NAMES = [
    ("formula", "=cmd|' C calc'!A0"),
    ("formula-plus", "+1+cmd"),
    ("formula-minus", "-2+3+cmd"),
    ("formula-at", "@SUM(1,1)"),
    ("formula-tab", "\t=1+1"),
    ("formula-return", "\r=1+1"),
    ("formula-full-width", "＝1+1"),
    ("formula-semicolon", "x;=1+1;\uff1d1+1"),
    ("formula-quoted", '"=1+1","9","9'),
    ("newline", "one\ntwo,08_backward_pass,9,9,graded"),
    ("markup-script", "<script>document.title='pwned'<\u2215script>"),
    ("markup-image", "<img src=x onerror=\"document.title='pwned'\">"),
    ("markup-attribute", '" onmouseover="document.title=\'pwned\'" x="'),
    ("markup-entity", "&lt;b&gt;&amp;&#0;"),
    ("markup-cdata", "]]><failure>x<![CDATA["),
    ("option", "--out=x"),
    ("option-short", "-h"),
    ("shell", "$(touch x);`touch y`|&"),
    ("percent", "%2e%2e%2fx%00"),
    ("braces", "{student.__class__} {0} %s %(x)s"),
    ("backslash", "..\\..\\x"),
    ("dots", "..."),
    ("space", " "),
    ("space-end", "name "),
    ("right-to-left", "\u202excod.\u202c"),
    ("unicode", "Иванова 李 نور 👩‍🔬"),
    ("unicode-composed", "Ren\u00e9"),
    ("unicode-decomposed", "Rene\u0301"),
    ("case-upper", "SAME"),
    ("case-lower", "same"),
    ("zero-width", "sa\u200bme"),
    ("control", "a\x1b[2Jb\x07\x7f"),
    ("undecodable", "bytes-\udcff\udcfe"),
    ("long", "n" * 250),
    ("device", "CON"),
    ("grades", "grades.csv"),
    ("number", "1e5"),
    ("null", "null"),
]

TEXTS = [
    ("script", SCRIPT),
    ("image", IMAGE),
    ("end-of-block", "</pre></code></td></table>" + SCRIPT),
    ("cdata", "]]>" + SCRIPT + "<![CDATA["),
    ("control", "\x00\x01\x08\x0b\x1b]0;pwned\x07\x1b[2J\ufffe\uffff"),
    ("surrogate", "\ud800 \udfff"),
    ("newlines", "one\r\n=1+1\r\n\u2028\u2029\x85two"),
    ("format", "{0.__class__} %(x)s %s ${x} `x`"),
    ("markdown", "[click](javascript:document.title='pwned') ![x](http://127.0.0.1/x)"),
    ("right-to-left", "\u202e\u2066\u2067 .points 9 of 9"),
    ("formula", '=HYPERLINK("http://127.0.0.1","9")'),
]

ATTACKS = [
    Attack(f"name-{name}", f"a student called {student!r}", NOTHING, student=student)
    for name, student in NAMES
] + [
    Attack(
        f"text-{name}",
        f"an error, its class and its notes say {text[:30]!r}",
        (
            f"text = {text!r}",
            """
            kind = type(text.replace('\\0', '') or 'x', (Exception,), {'__doc__': text})
            error = kind(text)
            error.add_note(text)
            print(text)
            """,
            "raise error",
            "def dense_backward(delta, a, W):\n    raise error",
            "def activation_backward(*args):\n    return {text: text, 'x': [text]}",
        ),
    )
    for name, text in TEXTS
] + [
    Attack(
        "text-in-file-names",
        "files beside the notebook whose names are markup and formulas",
        NOTHING,
        files={f"{name}.ipynb": "{}" for name in (
            "=cmd", "<b>x<i>", "new\nline", "08_backward_pass (1)", "08_backward_pass-checkpoint",
            "\u202excod", "undecodable-\udcff", "--help", " ",
        )},
    ),
    Attack(
        "text-in-attempt-names",
        "earlier attempts whose names are markup and formulas",
        NOTHING,
        files={f"08_backward_pass{name}.ipynb": "{}" for name in (
            "<img src=x onerror=\"document.title='pwned'\">", "=cmd()", "\n+1", "\udcff", "\u202ex",
        )},
        statuses=frozenset({"graded", "rejected"}),
    ),
    Attack(
        "text-in-code-and-metadata",
        "names of variables, cells' tags and outputs that are markup",
        (
            f"# {SCRIPT}\nx = {SCRIPT!r}",
            f"def dense_backward(delta, a, W):\n    '''{IMAGE}'''\n    assert False, {SCRIPT!r}",
        ),
    ),
    Attack(
        "text-in-argument-names",
        "a signature whose names and defaults are odd",
        (
            "def dense_backward(ℒ, *, 二=1, __class__=2):\n    return ℒ",
        ),
    ),
]  # fmt: skip


class Elements(HTMLParser):
    """Collects the elements and attributes of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))


def pages(out: Path) -> list[Path]:
    return sorted(p for p in out.rglob("*.html") if p.is_file())


@pytest.mark.parametrize("attack", each(ATTACKS))
def test_a_name_or_a_text_stays_a_text(attack, assert_harmless):
    assert_harmless(attack)


def test_the_grades_hold_one_row_a_notebook_and_no_formula(marked):
    with open(marked.out / "grades.csv", newline="", encoding="utf-8") as file:
        rows = list(csv.reader(file))
    assert len({len(row) for row in rows}) == 1
    assert len(rows) - 1 == len(marked.results)
    for row in rows[1:]:
        for cell in row:
            number = cell.lstrip("-").replace(".", "", 1).isdigit()
            for part in [] if number else cell.split(";"):  # where a semicolon ends a cell
                assert not part.lstrip().startswith(tuple("=+-@\uff1d\uff0b\uff0d\uff20"))
            assert not set(cell) & set("\t\r\n\0\x1b")


def test_the_pages_hold_no_element_of_a_student(marked):
    assert pages(marked.out)
    for page in pages(marked.out):
        parser = Elements()
        parser.feed(page.read_text(encoding="utf-8"))
        for tag, attributes in parser.found:
            assert tag not in {"script", "iframe", "object", "embed", "form", "base"}, page
            if tag == "img":  # the report of the class has a figure of its own
                assert page.parent == marked.out
                kind, _, drawing = (attributes.pop("src") or "").partition(",")
                assert kind == "data:image/svg+xml;base64"
                inside = Elements()
                inside.feed(base64.b64decode(drawing).decode("utf-8"))
                assert not {tag for tag, _ in inside.found} & {"script", "foreignobject", "image"}
            for name, value in attributes.items():
                assert not name.startswith("on"), page
                assert not (value or "").strip().lower().startswith(("javascript:", "data:")), page


def test_the_machine_readable_files_are_well_formed(marked):
    ElementTree.parse(marked.out / "junit.xml")
    for path in (marked.out / "gradescope").rglob("results.json"):
        json.loads(path.read_text(encoding="utf-8"))
    for line in (marked.out / "results.jsonl").read_text(encoding="utf-8").splitlines():
        json.loads(line)


def test_no_name_leads_a_file_out_of_the_results(marked):
    assert marked.strays == set()
    for path in marked.out.rglob("*"):
        assert not path.is_symlink()


@pytest.mark.long
def test_a_feedback_page_runs_nothing_in_a_browser(marked, browser):
    asked, spoke = [], []
    page = browser.new_page()
    page.on("request", lambda request: asked.append(request.url))
    page.on("dialog", lambda dialog: (spoke.append(dialog.message), dialog.dismiss()))
    page.on("console", lambda message: spoke.append(message.text))
    shown = pages(marked.out)
    for path in shown:
        page.goto(path.as_uri())
        page.mouse.move(200, 200)
        assert page.title() != "pwned", path
        assert page.evaluate("document.scripts.length") == 0, path
    page.close()
    assert not spoke
    assert all(url.startswith("file:") and url.endswith(".html") for url in asked)
    assert len(shown) >= len(marked.results)
