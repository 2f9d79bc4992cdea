"""An aside is folded on the screen, open in print, and found by search and by links."""

import subprocess
import sys

import pytest
from _ext.search import records
from book_sources import BOOK
from browser import served, watched_page

from course_lib.course_files import read_titles

PAGE = """\
# Page

See {ref}`why-central`, {ref}`older-label`, [here](#older-label).

Above.

(older-label)=
(why-central)=
:::{aside} Why central, with *h*?

The wordunique of the fold.
:::

Below.

:::{aside} Another
Without a label.
:::
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    source = tmp_path_factory.mktemp("asides")
    (source / "conf.py").write_text(
        f"import sys; sys.path.insert(0, {str(BOOK)!r})\n"
        "extensions = ['myst_parser', '_ext']\n"
        "myst_enable_extensions = ['colon_fence']\n"
        "html_theme = 'basic'\n"
        f"html_static_path = [{str(BOOK / '_ext' / 'assets')!r}]\n"
        "html_css_files = ['course.css']\nhtml_favicon = None\n"
    )
    (source / "index.md").write_text(PAGE)
    command = [sys.executable, "-m", "sphinx", "-q", "-W", "-n", "-b", "html", source, source / "o"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert not done.returncode, done.stderr
    (source / "o" / "favicon.ico").write_bytes(b"")
    return source / "o"


def test_an_aside_is_a_fold_whose_labels_are_inside_it(folder):
    page = (folder / "index.html").read_text("utf-8")
    fold = page[page.index("<details") : page.index("</details>")]
    summary, inside = fold.split("</summary>")
    assert "Why central" in summary
    for label in ("why-central", "older-label"):
        assert f'id="{label}"' in inside
        assert f'id="{label}"' not in summary
    assert 'id="aside-another"' in page


def test_a_reference_without_words_reads_as_the_title(folder):
    page = (folder / "index.html").read_text("utf-8")
    assert page.count('href="#why-central"') == 1
    assert page.count('href="#older-label"') == 2
    body = page[page.index("<body") :]
    assert body.count("Why central, with") == 3  # two references and the fold


def test_search_knows_the_words_of_an_aside(folder):
    page = (folder / "index.html").read_text("utf-8")
    assert any("worduniqu" in record for record in records(page, "index.html", {}))


def test_an_empty_aside_is_refused(tmp_path):
    (tmp_path / "conf.py").write_text(
        f"import sys; sys.path.insert(0, {str(BOOK)!r})\n"
        "extensions = ['myst_parser', '_ext']\nmyst_enable_extensions = ['colon_fence']\n"
    )
    (tmp_path / "index.md").write_text("# Page\n\n:::{aside} Nothing\n:::\n")
    command = [sys.executable, "-m", "sphinx", "-q", tmp_path, tmp_path / "o"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert "'Nothing' is empty" in done.stderr


@pytest.mark.long
@pytest.mark.parametrize("scripts", [True, False])
def test_links_open_an_aside_and_print_shows_all(browser, folder, scripts):
    with (
        served(folder) as address,
        watched_page(browser, java_script_enabled=scripts) as page,
    ):
        page.goto(address + "index.html")
        words = page.get_by_text("wordunique")
        assert not words.is_visible()
        page.locator("summary").first.click()
        assert words.is_visible()
        page.emulate_media(media="print")
        assert page.get_by_text("Without a label").is_visible()
        page.emulate_media(media="screen")
        page.goto("about:blank")
        page.goto(address + "index.html#older-label")
        page.wait_for_timeout(200)
        assert words.is_visible()
        assert not page.get_by_text("Without a label").is_visible()


def test_labels_of_asides_and_of_bold_titles_have_titles(tmp_path):
    text = "# Page\n\n(a)=\n## Head\n\n(b)=\n(c)=\n:::{aside} A fold of $z$\nx\n:::\n\n"
    (tmp_path / "page.md").write_text(text + "(d)=\n**In bold.** More. **Not this.**\n")
    assert read_titles(tmp_path) == {
        "page.html": "Page",
        "page.html#a": "Head",
        "page.html#b": "A fold of z",
        "page.html#c": "A fold of z",
        "page.html#d": "In bold",
    }
