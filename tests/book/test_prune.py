"""What no page uses is left out of the site, and the next build still finds what it reads."""

import subprocess
import sys

from book_sources import BOOK


def test_a_build_of_one_changed_page_has_no_warning(tmp_path):
    (tmp_path / "conf.py").write_text(
        f"import sys; sys.path.insert(0, {str(BOOK)!r})\n"
        "from _ext import prune\n"
        "extensions, templates_path = ['myst_parser'], ['templates']\n"
        "def setup(app): prune.connect(app)\n"
    )
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates" / "search.html").write_text("a search of our own")
    (tmp_path / "index.md").write_text("# Start\n\n```{toctree}\nother\nthird\n```\n")
    (tmp_path / "third.md").write_text("# Third\n")
    out = tmp_path / "out"
    for text in ("# Other\n\nWords.\n", "# Other\n\nMore words.\n"):
        (tmp_path / "other.md").write_text(text)
        command = [sys.executable, "-m", "sphinx", "-qW", "-d", tmp_path / "read", tmp_path, out]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert not done.returncode, done.stderr
        assert (out / "other.html").is_file()
