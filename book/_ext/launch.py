"""Offer notebooks: every page's own, and a page's exercise on Colab and Binder where that works.

A page that was executed offers the notebook that came of it beside its source, in the theme's menu
of downloads. Colab and Binder open files of a public repository, so their links appear only once
``course_lib/address.toml`` holds its address: they then follow the paragraph that offers an
exercise as ``{download}`…<../exercises/NN_name.ipynb>```. Without one, no page links to either.
"""

from __future__ import annotations

import re
from pathlib import Path
from shutil import copyfile
from typing import Any

from docutils import nodes
from sphinx import addnodes
from sphinx.errors import ConfigError

from course_lib.address import DISTRIBUTION, repository

ADDRESS = re.compile(r"https://github\.com/([\w.-]+)/([\w.-]+?)(?:\.git)?/?")
EXERCISE = re.compile(r"(?:.*/)?(exercises/\d\d_\w+\.ipynb)")
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


def offer(doctree: nodes.document, repository: str) -> None:
    """Add a paragraph with links below every paragraph that offers an exercise."""
    for download in list(doctree.findall(addnodes.download_reference)):
        match = EXERCISE.fullmatch(download.get("reftarget", ""))
        found = links(repository, match[1]) if match else []
        place = download.parent
        while place is not None and not isinstance(place, nodes.paragraph):
            place = place.parent
        if not found or place is None:
            continue
        line = nodes.paragraph("", "Or open it in your browser, without installing anything: ")
        for number, (label, address) in enumerate(found):
            line += nodes.Text(" or " if number else "")
            line += nodes.reference("", label, refuri=address, internal=False)
        line += nodes.Text(". On Colab, run this in a cell of its own first: ")
        install = f'%pip install "{DISTRIBUTION} @ git+{repository.removesuffix("/")}"'
        line += nodes.literal("", install)
        line += nodes.Text(".")
        place.parent.insert(place.parent.index(place) + 1, line)


def _offer(app: Any, doctree: nodes.document) -> None:
    offer(doctree, app.config.course_repository)


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
    app.connect("doctree-read", _offer)
    # Before the theme puts its menu together.
    app.connect("html-page-context", _own_notebook, priority=400)
