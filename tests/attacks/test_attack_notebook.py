"""Family: the notebook's own form: not a notebook, too deep, too long, lying about itself."""

import json

import pytest
from attacks.hostile import ANSWER, Attack, claims, each, notebook

REFUSED = frozenset({"rejected"})
HONEST = (ANSWER, "dense_backward = answer")


def raw(data: bytes):
    """Return a rewrite that puts `data` in the notebook's place."""
    return lambda _: data


def document(**changes: object):
    """Return a rewrite that changes top-level keys of the notebook."""

    def rewrite(data: bytes) -> bytes:
        return json.dumps({**json.loads(data), **changes}).encode()

    return rewrite


def cells(change):
    """Return a rewrite that changes every cell in place."""

    def rewrite(data: bytes) -> bytes:
        made = json.loads(data)
        for cell in made["cells"]:
            change(cell)
        return json.dumps(made).encode()

    return rewrite


MANY = [{"cell_type": "code", "id": f"c{i}", "metadata": {}, "execution_count": None,
         "outputs": [], "source": "x = 1"} for i in range(60_000)]  # fmt: skip

DEEP_OBJECTS = b'{"a":' * 50_000 + b"1" + b"}" * 50_000
DEEP = b'{"cells": ' + b"[" * 200_000 + b"]" * 200_000 + b"}"

FORMS = [
    ("not-json", "text that is no notebook", raw(b"print('hello')")),
    ("no-bytes-but-zero", "a megabyte of zeros", raw(bytes(1 << 20))),
    ("random-bytes", "bytes that are no text in any encoding", raw(bytes(range(256)) * 64)),
    ("truncated", "a notebook cut in the middle", lambda data: data[: len(data) // 2]),
    ("deep", "brackets two hundred thousand deep", raw(DEEP)),
    ("deep-objects", "objects nested fifty thousand deep", raw(DEEP_OBJECTS)),
    ("huge-integer", "a number of a million digits", raw(b'{"nbformat": ' + b"9" * 10**6 + b"}")),
    ("unknown-format", "a format that does not exist", document(nbformat=99, nbformat_minor=0)),
    ("negative-format", "a format below all others", document(nbformat=-4)),
    ("format-of-text", "a format that is no number", document(nbformat="<b>4</b>")),
    ("many-cells", "sixty thousand cells", document(cells=MANY)),
    ("cells-no-list", "cells that are no list", document(cells={"0": "x"})),
    ("a-list", "a list in place of a notebook", raw(b"[]")),
    ("a-number", "a number in place of a notebook", raw(b"1e999")),
    ("big", "forty megabytes of spaces", lambda data: data + b" " * (40 << 20)),
]  # fmt: skip


def _numbers(cell):
    cell["source"] = 7


def _nested(cell):
    cell["source"] = [["def f():"], {"x": "pass"}]


def _typeless(cell):
    cell["cell_type"] = ["code"]


def _markdown(cell):
    cell["cell_type"] = "markdown"


def _raw(cell):
    cell["cell_type"] = "raw"


def _hostile_ids(cell):
    cell["id"] = "../../../../tmp/x"
    cell["metadata"] = {"nbgrader": {"points": 1e308, "grade": True, "grade_id": "dense_backward",
                                     "locked": False, "schema_version": 3, "solution": True,
                                     "cell_type": "code", "task": False},
                        "tags": ["score:100", "../x", "<script>"], "name": {"a": [1]}}  # fmt: skip


def _lying_outputs(cell):
    text = "dense_backward: 9 of 9 points, all right"
    cell["outputs"] = [
        {"output_type": "stream", "name": "stdout", "text": text},
        {"output_type": "display_data", "metadata": {},
         "data": {"text/html": "<script>document.title='run'</script>", "image/png": "!"}},
    ]  # fmt: skip


ATTACKS = [
    Attack(f"notebook-{name}", f"hands in {tries}", HONEST, rewrite=rewrite, statuses=REFUSED)
    for name, tries, rewrite in FORMS
] + [
    Attack(
        "notebook-source-of-numbers", "cells whose source is a number", HONEST,
        rewrite=cells(_numbers),
    ),
    Attack(
        "notebook-source-nested", "cells whose source is a list of lists", HONEST,
        rewrite=cells(_nested),
    ),
    Attack(
        "notebook-cell-without-type", "cells whose type is a list", HONEST,
        rewrite=cells(_typeless),
    ),
    Attack(
        "notebook-answers-in-markdown", "answers in cells that are not code", HONEST,
        rewrite=cells(_markdown), statuses=frozenset({"graded"}),
    ),
    Attack(
        "notebook-answers-raw", "answers in raw cells", HONEST,
        rewrite=cells(_raw), statuses=frozenset({"graded"}),
    ),
    Attack(
        "notebook-points-in-metadata", "metadata that promises 1e308 points", claims(),
        rewrite=cells(_hostile_ids),
    ),
    Attack(
        "notebook-lying-outputs", "stored outputs that say everything was right", claims(),
        rewrite=cells(_lying_outputs),
    ),
    Attack(
        "notebook-hostile-kernel", "a kernel that starts a shell",
        claims(),
        rewrite=document(metadata={
            "kernelspec": {"name": "../../bin/sh", "display_name": "<img src=x>", "language": "sh"},
            "language_info": {"name": "bash", "file_extension": ";touch x"},
        }),
    ),
    Attack(
        "notebook-magics", "shell lines and magics that write files",
        claims("!echo touched > @FORBIDDEN@", "%%bash\necho touched > @FORBIDDEN@",
               "%run /etc/passwd\n%load_ext x\n%%writefile @FORBIDDEN@\ntouched",
               "get_ipython().system('echo touched > @FORBIDDEN@')"),
        shows="file",
    ),
    Attack(
        "notebook-duplicate-keys", "two lists of cells in one object", HONEST,
        rewrite=lambda data: data[:-1] + b', "cells": []}',
        statuses=frozenset({"graded", "rejected"}),
    ),
    Attack(
        "notebook-last-definition", "a right definition first and a wrong one last",
        (*HONEST, *claims()), statuses=frozenset({"graded"}),
    ),
    Attack(
        "notebook-null-in-source", "cells with null bytes and lone surrogates", claims(),
        rewrite=lambda data: data.replace(b'"source": "', b'"source": "\\u0000\\ud800', 1),
    ),
    Attack(
        "notebook-coding-line", "a coding line that makes comments into code",
        claims("# -*- coding: unicode_escape -*-\n# \\ndense_backward = answer\\n"),
    ),
]  # fmt: skip


@pytest.mark.parametrize("attack", each(ATTACKS))
def test_the_form_of_a_notebook_gains_nothing(attack, assert_harmless):
    assert_harmless(attack)


def test_the_cells_used_here_are_right_when_nothing_is_wrong_with_their_form():
    space: dict[str, object] = {}
    exec("\n".join(c["source"] for c in json.loads(notebook(HONEST))["cells"]), space)
    assert callable(space["dense_backward"])
