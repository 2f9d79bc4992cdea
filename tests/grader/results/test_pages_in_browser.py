"""Feedback pages and the class report in a real browser: nothing runs, nothing is fetched."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from browser import watched_page
from grader.members import DENSE, EXERCISE, WRONG, Member, write_class
from grader.runs import LIMITS, SEED, course_grade

from course_lib.grading.escaping import as_path

pytestmark = pytest.mark.long

HOSTILE = '"><script>window.hit=1<\\script><img src=x onerror=window.hit=1>'
STUDENT = HOSTILE.replace("/", "")
MEMBERS = [
    Member("right"),
    Member("wrong", (DENSE + WRONG, "1 / 0")),
    Member("transposed", (DENSE + "return a.T @ delta, delta.sum(0), delta @ W",)),
    Member(STUDENT, (DENSE + f"raise ValueError({HOSTILE!r})", f"raise TypeError({HOSTILE!r})")),
]


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small class, marked at the level that says most."""
    root = tmp_path_factory.mktemp("pages")
    write_class(root / "in", MEMBERS)
    more = ("--seed", SEED, *LIMITS, "--feedback", "named", "--jobs", "1")
    done = course_grade(root / "in", root / "out", *more)
    assert done.returncode == 0, done.stderr
    return root / "out"


def all_pages(out: Path) -> list[Path]:
    """Every page that was written."""
    return sorted(out.rglob("*.html"))


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_page_passes_axe_and_runs_nothing(pages: Path, browser: Any, scheme: str) -> None:
    from axe_playwright_python.sync_playwright import Axe

    assert len(all_pages(pages)) == len(MEMBERS) + 1
    for path in all_pages(pages):
        # axe itself is a script, which the page's policy would forbid.
        options = {"color_scheme": scheme, "bypass_csp": True}
        with watched_page(browser, **options) as page:
            page.goto(path.as_uri())
            assert page.evaluate("window.hit") is None
            result = Axe().run(page)
            assert not result.response["violations"], result.generate_report()
            assert page.locator("script").count() == 0
            assert page.evaluate("document.documentElement.scrollWidth") <= 1280


def test_names_and_errors_of_students_are_text(pages: Path, browser: Any) -> None:
    path = pages / "feedback" / as_path(STUDENT) / f"{EXERCISE}.html"
    with watched_page(browser) as page:
        page.goto(path.as_uri())
        assert STUDENT in page.inner_text("h1")
        assert HOSTILE in page.inner_text("main")
        assert page.locator("main img, main script").count() == 0


def test_the_policy_forbids_a_script_even_if_one_got_in(pages: Path, browser: Any) -> None:
    path = all_pages(pages)[0]
    text = path.read_text(encoding="utf-8")
    spoiled = path.with_name("spoiled.html")
    spoiled.write_text(
        text.replace(
            "<main>", "<main><script>window.hit=1</script><img src=x onerror='window.hit=1'>"
        ),
        encoding="utf-8",
    )
    page = browser.new_page()
    page.goto(spoiled.as_uri())
    page.wait_for_timeout(200)
    assert page.evaluate("window.hit") is None
    page.close()
    spoiled.unlink()


@pytest.mark.parametrize("width", [320, 1280])
def test_pages_fit_a_phone_and_a_sheet_of_paper(pages: Path, browser: Any, width: int) -> None:
    for path in all_pages(pages):
        with watched_page(browser, viewport={"width": width, "height": 800}) as page:
            page.goto(path.as_uri())
            assert page.evaluate("document.documentElement.scrollWidth") <= width
            # A name of code in a table stands in one line; the table scrolls instead.
            lines = "(all) => all.map((one) => one.getClientRects().length)"
            named = page.locator("td code").evaluate_all(lines)
            assert set(named) == ({1} if path.name == "report.html" else set())
            assert page.pdf(format="A4").startswith(b"%PDF")
