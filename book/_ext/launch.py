"""Offer a chapter's exercise: in the menu of downloads, and on Colab and Binder where that works.

Colab and Binder open files of a public repository, so their links appear only once
``course_lib/address.toml`` holds its address: they are then on the exercise's card (see
`exercise.py`). Without one, no page links to either.
"""

from __future__ import annotations

import re
from pathlib import Path
from shutil import copyfile
from typing import Any

from sphinx.errors import ConfigError

from course_lib.address import repository

ADDRESS = re.compile(r"https://github\.com/([\w.-]+)/([\w.-]+?)(?:\.git)?/?")
BRANCH = "main"


def links(repository: str, notebook: str) -> list[tuple[str, str]]:
    """Return labels and addresses of the services that open a notebook of a repository.

    Parameters
    ----------
    repository : str
        Its address on GitHub; empty for none, and then there is no link.
    notebook : str
        The notebook's path in the repository.

    Raises
    ------
    ConfigError
        If the address is none of GitHub's.

    Examples
    --------
    >>> links("", "exercises/01_downhill.ipynb")
    []
    >>> links("https://github.com/me/course", "exercises/01_downhill.ipynb")[0]
    ('Colab', 'https://colab.research.google.com/github/me/course/blob/main/exercises/01_downhill.ipynb')
    """
    if not repository:
        return []
    match = ADDRESS.fullmatch(repository)
    if match is None:
        raise ConfigError(
            f"the repository is {repository!r}; https://github.com/OWNER/NAME was expected, "
            "or nothing"
        )
    place = f"{match[1]}/{match[2]}"
    colab = f"https://colab.research.google.com/github/{place}/blob/{BRANCH}/{notebook}"
    binder = f"https://mybinder.org/v2/gh/{place}/{BRANCH}?labpath={notebook.replace('/', '%2F')}"
    return [("Colab", colab), ("Binder", binder)]


def _offer_exercise(app: Any, pagename: str, _template: str, context: dict, doctree: Any) -> None:
    """Let the theme's menu of downloads offer a chapter's exercise."""
    exercise = Path(app.confdir).parent / "exercises" / f"{pagename}.ipynb"
    if doctree is None or app.builder.format != "html" or not exercise.is_file():
        return
    target = Path(app.outdir) / "_sources" / exercise.name
    target.parent.mkdir(parents=True, exist_ok=True)
    copyfile(exercise, target)
    context["ipynb_source"] = exercise.name


def _name_exercise(_app: Any, _page: str, _template: str, context: dict, _doctree: Any) -> None:
    """Name it in the menu, and offer no chapter's source: its answers are in clear there."""
    for group in context.get("header_buttons", []):
        if group.get("label") != "download-buttons":
            continue
        group["buttons"] = [
            button | {"text": "exercise", "tooltip": "Download this chapter's exercise, a notebook"}
            if button["label"] == "download-notebook-button"
            else button
            for button in group["buttons"]
            if button["label"] != "download-source-button"
        ]


def connect(app: Any) -> None:
    app.add_config_value("course_repository", repository(), "env", [str])
    # Before the theme puts its menu together.
    app.connect("html-page-context", _offer_exercise, priority=400)
    app.connect("html-page-context", _name_exercise, priority=600)
