"""The theme's files are changed where this is asked, and a pattern that matches nothing is told."""

import subprocess
import sys
from collections import Counter

import pytest
from _ext.theme_patches import EVERY_PAGE, patched, require_matches
from book_sources import BOOK
from sphinx.errors import ExtensionError


def test_a_pattern_that_matches_nothing_is_named():
    rows = (("theme-old", "new"), ("theme-gone", "new"))
    matches = Counter()
    assert patched("a theme-old page", rows, matches) == "a new page"
    with pytest.raises(ExtensionError, match="'theme-gone'") as refused:
        require_matches(matches, rows)
    assert "theme-old" not in str(refused.value)


def test_no_two_rows_look_for_the_same():
    patterns = [pattern for pattern, _ in EVERY_PAGE]
    assert len(set(patterns)) == len(patterns)


@pytest.mark.long
def test_the_build_of_a_book_without_what_is_looked_for_fails(tmp_path):
    (tmp_path / "conf.py").write_text(
        f"import sys; sys.path.insert(0, {str(BOOK)!r})\n"
        "extensions = ['myst_parser', '_ext']\nhtml_theme = 'sphinx_book_theme'\n"
    )
    (tmp_path / "index.md").write_text("# Page\n\nOnly words.\n")
    command = [sys.executable, "-m", "sphinx", "-q", tmp_path, tmp_path / "out"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode
    assert "theme_patches: no built page" in done.stderr
    assert "doc-biblioentry" in done.stderr
    assert "pst-primary-sidebar" not in done.stderr, "what does match is not named"
