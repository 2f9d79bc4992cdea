"""Offer notebooks: every page's own, and a page's exercise on Colab and Binder where that works.

A page that was executed offers the notebook that came of it beside its source, in the theme's menu
of downloads. Colab and Binder open files of a public repository, so their links appear only once
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


def _own_notebook(app: Any, pagename: str, _template: str, context: dict, doctree: Any) -> None:
    """Lay the executed page beside its source; the theme then names it in its menu."""
    made = Path(app.outdir).parent / "jupyter_execute" / f"{pagename}.ipynb"
    if doctree is None or app.builder.format != "html" or not made.is_file():
        return
    target = Path(app.outdir) / "_sources" / made.name
    target.parent.mkdir(parents=True, exist_ok=True)
    copyfile(made, target)
    context["ipynb_source"] = made.name


def connect(app: Any) -> None:
    app.add_config_value("course_repository", repository(), "env", [str])
    # Before the theme puts its menu together.
    app.connect("html-page-context", _own_notebook, priority=400)
