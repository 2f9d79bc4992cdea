"""Where the course's own files are: in the repository around the package, or inside the wheel.

The repository's ``setup.py`` calls `ship`, which puts copies into the wheel.
"""

from __future__ import annotations

import json
import re
import shutil
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
WHEEL = Path(__file__).with_name("shipped")
#: What `folder` knows, and where it is in the repository.
FOLDERS = {"exercises": "exercises", "suites": "tests/grading", "solutions": "solutions"}
SHIPPED = ("exercises", "suites")  # what marking and students need
TITLES = Path(__file__).with_name("sections.json")
LABELLED = re.compile(
    r"^((?:\([\w-]+\)=\n+)*)(?:#+ (.+)|:::+\{aside\} (.+)|\*\*([^*]+?)[.:]?\*\*.*)$", re.MULTILINE
)
LEFT_OUT = {"_build", "__pycache__", ".ipynb_checkpoints"}  # of every copy


def checkout() -> Path:
    """Return the folder of the repository this package runs from.

    Raises
    ------
    SystemExit
        With a sentence, where the package was installed without the repository around it.
    """
    if not (ROOT / "book" / "_config.yml").is_file():
        raise SystemExit(
            "course: this command needs the repository (the folder with book/ and exercises/), "
            f"but course_lib runs from {ROOT}. Clone the repository and install it with "
            "`pip install -e .`."
        )
    return ROOT


def folder(name: str) -> Path:
    """Return the folder of ``"exercises"``, ``"suites"`` or ``"solutions"``.

    >>> folder("exercises").is_dir()
    True
    """
    return WHEEL / name if WHEEL.is_dir() else ROOT / FOLDERS[name]


def ship(package: Path) -> None:
    """Write into a copy of the package what it cannot find without the repository."""
    for name in SHIPPED:
        target = package / WHEEL.name / name
        ignored = shutil.ignore_patterns(*LEFT_OUT)
        shutil.copytree(ROOT / FOLDERS[name], target, ignore=ignored, dirs_exist_ok=True)
    (package / TITLES.name).write_bytes(titles_file())


def titles_file() -> bytes:
    """Return the content of the file of titles that a package without the book has."""
    return json.dumps(read_titles(ROOT / "book"), ensure_ascii=False, indent=0).encode()


@cache
def section_titles() -> dict[str, str]:
    """Return the titles of the book's pages and labelled sections.

    >>> section_titles()["08_backward_pass.html#batch-sum"]
    'Sums over the batch'
    """
    if TITLES.is_file():
        return json.loads(TITLES.read_text("utf-8"))
    return read_titles(ROOT / "book")


def read_titles(book: Path) -> dict[str, str]:
    """Return the titles as the book's pages have them: a page's own, and each label's.

    A label is above a heading, an aside, or a paragraph that begins with its title in bold.
    """
    titles: dict[str, str] = {}
    for path in sorted(book.glob("*.md")):
        text = path.read_text("utf-8")
        page = f"{path.stem}.html"
        for labels, *kinds in LABELLED.findall(text):
            title = re.sub(r"[$`]([^$`]*)[$`]", _plain, "".join(kinds))
            titles.setdefault(page, title)
            for label in re.findall(r"\(([\w-]+)\)=", labels):
                titles[f"{page}#{label}"] = title
    return titles


def _plain(formula: re.Match[str]) -> str:
    return formula[1].replace("'", "′").replace(r"\beta", "β")
