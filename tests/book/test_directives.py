"""The directives refuse what a reader could not answer, and say what is wrong."""

import re
import subprocess
import sys
import textwrap

import pytest
from _ext.question import split
from _ext.source_listing import listing
from book_sources import BOOK, pages

HEADER = """\
---
jupytext:
  text_representation:
    extension: .md
    format_name: myst
kernelspec:
  display_name: Python 3
  language: python
  name: python3
---

# Page

```{code-cell} ipython3
:tags: [remove-cell]

a = 2.0
```

"""


def lines(text):
    return textwrap.dedent(text).strip().splitlines()


def test_a_question_is_split_into_prompt_options_and_feedback():
    prompt, options, reveal = split(
        lines("""
        What is it?

        - [ ] this => because
          of that
        - [x] those
          => yes,

          in two paragraphs
        """)
    )
    assert prompt == ["What is it?", ""]
    assert [option.right for option in options] == [False, True]
    assert options[0].text == ["this "]
    assert options[0].feedback == ["because", "of that"]
    assert options[1].text == ["those"]
    assert options[1].feedback == ["yes,", "", "in two paragraphs"]
    assert reveal == []


def test_a_prediction_ends_with_its_reveal():
    _, options, reveal = split(lines("Guess\n- [ ] up\n- [x] down\n=> It falls,\nand stays."))
    assert [option.text for option in options] == [["up"], ["down"]]
    assert reveal == ["It falls,", "and stays."]


LISTED = re.compile(r"^```\{library\} (.+)$", re.M)


def test_a_listing_of_the_library_has_no_comments_for_tools():
    names = [name for page in pages() for line in LISTED.findall(page.read_text("utf-8"))
             for name in line.split()]  # fmt: skip
    assert "course_lib.graph.Value.backward" in names
    for name in names:
        assert not re.search(r"# *(?:noqa|type|pragma|fmt)\b", listing(name)), name


RIGHT = """\
Value {calc}`a / 3 ; .3f` and {tex}`x = «-a ; .1f»`.

:::{question} number
:answer: a
What is a?

- [x] => Yes, {tex}`y = «-a * 1e-9 ; .0e»`.
- [ ] `-a` => The sign.
- [ ] => Look above.
:::
"""

WRONG = {
    "{calc}`missing`": "NameError",
    ":::{question} choice\nP?\n\n- [ ] x => no\n- [ ] y => no\n:::": "one of them marked",
    ":::{question} choice\nP?\n\n- [x] x => yes\n- [ ] y\n:::": "has no feedback",
    ":::{question} number\nP?\n\n- [x] => y\n:::": "needs :answer:",
    ":::{question} number\n:answer: a\nP?\n\n- [x] => y\n- [ ] `a + 1e-4` => n\n- [ ] => o\n:::": (
        "cannot be told from"
    ),
    ":::{prediction} choice\nP?\n\n- [x] x\n- [ ] y\n:::": "what the reader then sees",
    ":::{faded}\nNothing to fill\n:::": "at least one {blank}",
    ":::{faded}\n{blank}`a ; .3f`\n:::": "expected 'expression",
    ":::{faded}\n{blank}`a ; .1f ; a ; hint ; 5 => x ; 2 + 3 => y`\n:::": "'2 + 3 => y': too near",
    "$$ a = b $$ (wrong-name)": "should begin with 'eq-'",
    "```{drawing} 1\ncaption\n```": "needs :alt:",
    "```{library} course_lib.nothing.here\n```": "has no attribute 'nothing'",
}


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """Build a right page and a wrong one; return the pages, and what was said."""
    folder = tmp_path_factory.mktemp("pages")
    extensions = ["myst_nb", "_ext"]
    settings = {
        "extensions": extensions,
        "nb_execution_mode": "inline",
        "nb_eval_name_regex": "(?s)^.*$",
        "myst_enable_extensions": ["colon_fence", "dollarmath"],
    }
    config = [f"import sys; sys.path.insert(0, {str(BOOK)!r})"]
    config += [f"{name} = {value!r}" for name, value in settings.items()]
    (folder / "conf.py").write_text("\n".join(config))
    (folder / "index.md").write_text(f"{HEADER}{RIGHT}\n```{{toctree}}\nwrong\n```\n")
    (folder / "wrong.md").write_text(HEADER + "\n\n".join(WRONG))
    command = [sys.executable, "-m", "sphinx", "-q", "-b", "html", ".", "out"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    return folder / "out", done.stderr


@pytest.mark.long
def test_a_right_page_builds_in_silence_and_shows_computed_values(built):
    pages, said = built
    assert "index.md" not in said
    page = (pages / "index.html").read_text("utf-8")
    assert "0.667" in page
    assert "x = -2.0" in page
    assert r"y = -2\cdot 10^{-9}" in page  # as TeX inside a directive too
    assert 'data-value="2.0"' in page


@pytest.mark.long
@pytest.mark.parametrize("message", WRONG.values())
def test_what_cannot_be_answered_is_refused(built, message):
    assert message in built[1]
