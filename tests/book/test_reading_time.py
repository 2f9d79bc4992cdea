"""The reading time is counted from the core of a page, by one rule."""

import re
import subprocess
import sys

import pytest
from _ext.reading_time import Counts, counted
from book_sources import BOOK
from docutils import nodes

CORE = "one two three. " * 50  # 150 words: a minute
PAGE = f"""\
# The title has five words

{CORE}

```python
none of these words
```

$$ a = b $$

$$ c = d $$

:::{{question}} choice
Is this counted as one minute?

- [x] yes => It is.
- [ ] no => Words of a question are no core.
:::

:::{{prediction}} choice
A guess?

- [x] a
- [ ] b
=> One minute as well.
:::

:::{{aside}} A fold
{CORE}

$$ e = f $$
:::
"""


def built(folder):
    (folder / "conf.py").write_text(
        f"import sys; sys.path.insert(0, {str(BOOK)!r})\n"
        "extensions = ['myst_parser', '_ext']\nroot_doc = 'start'\n"
        "myst_enable_extensions = ['colon_fence', 'dollarmath']\nhtml_theme = 'basic'\n"
    )
    (folder / "start.md").write_text("# Start\n\n```{toctree}\npage\n```\n")
    (folder / "page.md").write_text(PAGE)
    command = [sys.executable, "-m", "sphinx", "-q", "-b", "html", folder, folder / "o"]
    subprocess.run(command, capture_output=True, text=True, check=True)
    return folder / "o"


def test_a_page_states_the_reading_time_of_its_core(tmp_path):
    pages = built(tmp_path)
    text = (pages / "page.html").read_text("utf-8")
    # 155 words, two formulas, a question and a prediction: 1 + 1 + 2 minutes.
    assert "Reading time: about 4 minutes, without the folded asides." in text
    assert 'data-core-words="155"' in text
    assert 'data-formulas="2"' in text
    assert text.index("Reading time") > text.index("</h1>")
    assert "Reading time" not in (pages / "start.html").read_text("utf-8")


def test_words_are_counted_and_numbers_code_and_signs_are_not():
    page = nodes.paragraph("", "The batch’s first-layer loss is 0.25 – see ")
    page += [
        nodes.literal_block("", "code here"),
        nodes.math("", "x y z"),
        nodes.emphasis("", "it"),
    ]
    assert counted(page) == Counts(core=7)


@pytest.mark.parametrize(
    ("more", "minutes"), [({"faded": 1}, 3), ({"widgets": 2}, 10), ({"formulas": 4}, 2)]
)
def test_what_takes_minutes_of_its_own(more, minutes):
    assert Counts(**more).minutes == minutes
    assert Counts(core=1500, **more).minutes == 10 + minutes


@pytest.mark.long
@pytest.mark.parametrize("name", ["04_loss", "08_backward_pass"])
def test_a_chapter_in_the_new_form_keeps_its_bounds(built_book, name):

    text = (built_book / f"{name}.html").read_text("utf-8")
    counts = dict(re.findall(r'data-(core-words|page-words|minutes)="(\d+)"', text))
    assert int(counts["core-words"]) <= 2000
    assert int(counts["page-words"]) <= 3500
    assert int(counts["minutes"]) <= 45
