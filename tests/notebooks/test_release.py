"""From a solution to its notebook: the same bytes every time, and nothing given away."""

from __future__ import annotations

import json
from pathlib import Path

import nbformat
import pytest

from course_lib import checks
from course_lib.notebooks import release, source
from course_lib.notebooks.source import SolutionError

ROOT = Path(__file__).resolve().parents[2]
SOLUTIONS = release.paths(ROOT)
GRADED = [path for path in SOLUTIONS if path.stem not in checks.LABORATORIES]
HEADER = """---
jupytext:
  text_representation:
    extension: .md
    format_name: myst
---

"""
GOOD = """# A title

Text with `code`.

```{code-cell} ipython3
:tags: [setup]

import numpy as np
```

+++

A second cell of text. See [a section](08_backward_pass.html#batch-sum).

```{code-cell} ipython3
def half(x):
    '''Return a half.'''
    ### BEGIN SOLUTION
    answer = x / (1.0 + 1.0)
    return answer
    ### END SOLUTION
```

```{code-cell} ipython3
check(half)
```

```{code-cell} ipython3
:tags: [reference-output]

print(half(3))
```
"""
OUTPUT = [{"output_type": "stream", "name": "stdout", "text": "1.5\n"}]


def solution(tmp_path: Path, text: str = GOOD, header: str = HEADER) -> source.Solution:
    path = tmp_path / "98_half.md"
    path.write_text(header + text, encoding="utf-8")
    return source.read(path)


def reference_id(made: source.Solution) -> str:
    notebook = release.solved(made)
    return next(
        cell["id"]
        for cell in notebook["cells"]
        if "reference-output" in cell["metadata"].get("tags", [])
    )


def cells(notebook, kind="code"):
    return ["".join(cell["source"]) for cell in notebook["cells"] if cell["cell_type"] == kind]


def test_a_region_becomes_a_line_that_says_what_is_missing(tmp_path: Path) -> None:
    made = solution(tmp_path)
    notebook = release.released(made, {reference_id(made): OUTPUT})
    task = cells(notebook)[1]
    assert task == (
        "def half(x):\n    '''Return a half.'''\n"
        "    # Your lines here, in place of the next one.\n"
        '    raise NotImplementedError("half is not written yet.")'
    )
    namespace: dict = {}
    exec(task, namespace)
    with pytest.raises(NotImplementedError, match="half is not written yet"):
        namespace["half"](1)


def test_the_solved_notebook_keeps_the_solution_without_the_marks(tmp_path: Path) -> None:
    task = cells(release.solved(solution(tmp_path)))[1]
    assert "answer = x / (1.0 + 1.0)" in task
    assert "SOLUTION" not in task


def test_only_reference_outputs_are_kept(tmp_path: Path) -> None:
    made = solution(tmp_path)
    everything = {cell["id"]: OUTPUT for cell in release.solved(made)["cells"]}
    notebook = release.released(made, everything)
    kept = [cell["id"] for cell in notebook["cells"] if cell.get("outputs")]
    assert kept == [reference_id(made)]
    assert all(cell.get("execution_count") is None for cell in notebook["cells"])


def test_both_notebooks_are_valid(tmp_path: Path) -> None:
    made = solution(tmp_path)
    for notebook in (release.released(made, {reference_id(made): OUTPUT}), release.solved(made)):
        nbformat.validate(nbformat.reads(release.dump(notebook), as_version=4))


def test_ids_are_stable_and_tell_the_cells_apart(tmp_path: Path) -> None:
    first = [cell["id"] for cell in release.solved(solution(tmp_path))["cells"]]
    changed = GOOD.replace("A second cell", "Another cell")
    second = [cell["id"] for cell in release.solved(solution(tmp_path, changed))["cells"]]
    assert len(set(first)) == len(first)
    assert sum(one != two for one, two in zip(first, second, strict=True)) == 1
    assert {"setup", "solution-half", "check-half"} <= set(first)


def test_the_first_cell_says_what_to_install(tmp_path: Path, monkeypatch) -> None:
    first = cells(release.solved(solution(tmp_path)))[0]
    monkeypatch.setitem(__import__("sys").modules, "course_lib", None)
    with pytest.raises(ModuleNotFoundError, match="pip install"):
        exec(first, {})


def test_links_lead_to_the_book(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setenv("COURSE_BOOK", "https://example.org/course")
    text = "\n".join(cells(release.solved(solution(tmp_path)), "markdown"))
    assert "(https://example.org/course/08_backward_pass.html#batch-sum)" in text


def test_without_an_address_a_link_says_where_to_read(tmp_path: Path) -> None:
    text = "\n".join(cells(release.solved(solution(tmp_path)), "markdown"))
    assert "See a section (chapter 8, section “Sums over the batch”)." in text


PROBLEMS = {
    "a region that is not closed": (
        GOOD.replace("    ### END SOLUTION\n", ""),
        "### BEGIN SOLUTION",
        "not closed",
    ),
    "a region that never opened": (
        GOOD.replace("    ### BEGIN SOLUTION\n", ""),
        "### END SOLUTION",
        "never opened",
    ),
    "a region inside a region": (
        GOOD.replace("    answer", "    ### BEGIN SOLUTION\n    answer"),
        None,
        "inside a region",
    ),
    "a mark beside code": (
        GOOD.replace("    return answer", "    return answer  ### END SOLUTION"),
        "return answer",
        "stand alone",
    ),
    "a region in Markdown": (
        GOOD.replace("Text with", "### BEGIN SOLUTION\nText with"),
        "# A title",
        "stands in Markdown",
    ),
    "a function defined twice": (
        GOOD + "\n```{code-cell} ipython3\ndef half(x):\n    return 0\n```\n",
        None,
        "half is defined a second time",
    ),
    "an import outside the allowed set": (
        GOOD.replace("import numpy as np", "import numpy as np\nimport scipy.optimize"),
        "import scipy.optimize",
        "may not import scipy.optimize",
    ),
    "an import of the library's layers": (
        GOOD.replace("import numpy as np", "from course_lib.layers import Dense"),
        "from course_lib.layers",
        "may not import course_lib.layers",
    ),
    "code that is not Python": (
        GOOD.replace("print(half(3))", "print(half(3)"),
        "print(half(3)",
        "not Python",
    ),
    "a code cell that is not closed": (GOOD.rstrip().removesuffix("```"), None, "not closed"),
    "an unknown tag": (GOOD.replace("[reference-output]", "[refernce]"), None, "'refernce'"),
    "an unknown option": (
        GOOD.replace(":tags: [setup]", ":name: x"),
        ":name: x",
        "only `:tags: [...]`",
    ),
}


@pytest.mark.parametrize("problem", PROBLEMS)
def test_a_text_that_cannot_be_released_is_refused_with_its_line(tmp_path, problem: str) -> None:
    text, at, message = PROBLEMS[problem]
    with pytest.raises(SolutionError) as caught:
        solution(tmp_path, text)
    assert message in caught.value.text
    assert str(caught.value).startswith(f"{tmp_path / '98_half.md'}:{caught.value.line}: ")
    if at is not None:
        line = (HEADER + text).splitlines()[caught.value.line - 1]
        assert at in line


def test_a_text_without_the_header_is_refused(tmp_path: Path) -> None:
    for header in ("", "---\njupytext: {}\n---\n"):
        with pytest.raises(SolutionError) as caught:
            solution(tmp_path, header=header)
        assert caught.value.line == 1


LEAKS = {
    "prose": GOOD.replace("Text with `code`.", "Write `answer = x/(1.0+1.0)` there."),
    "given code": GOOD.replace("print(half(3))", "answer = x / (1.0 + 1.0)\nprint(half(3))"),
}


@pytest.mark.parametrize("leak", LEAKS)
def test_solution_text_elsewhere_is_refused_with_its_line(tmp_path, leak: str) -> None:
    made = solution(tmp_path, LEAKS[leak])
    with pytest.raises(SolutionError, match="shows the solution of line") as caught:
        release.released(made, {reference_id(made): OUTPUT})
    line = (HEADER + LEAKS[leak]).splitlines()[caught.value.line - 1]
    assert "1.0" in line
    assert "return" not in line


def test_solution_text_in_an_output_is_refused(tmp_path: Path) -> None:
    made = solution(tmp_path)
    output = [{"output_type": "stream", "name": "stdout", "text": "answer = x / (1.0 + 1.0)"}]
    with pytest.raises(SolutionError, match="shows the solution"):
        release.released(made, {reference_id(made): output})


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("0.30000000000000004\n", "unrounded number 0.30000000000000004"),
        ("[1.2345678e-05]", "unrounded"),
        ("", "prints nothing"),
    ],
)
def test_a_reference_output_that_differs_between_machines_is_refused(
    tmp_path: Path, text: str, message: str
) -> None:
    made = solution(tmp_path)
    output = [{"output_type": "stream", "name": "stdout", "text": text}]
    with pytest.raises(SolutionError, match=message) as caught:
        release.released(made, {reference_id(made): output})
    assert "print(half(3))" in (HEADER + GOOD).splitlines()[caught.value.line - 1]


def test_an_error_is_no_reference_output(tmp_path: Path) -> None:
    made = solution(tmp_path)
    output = [{"output_type": "error", "ename": "E", "evalue": "x", "text": "E: x"}]
    with pytest.raises(SolutionError, match="is an error"):
        release.released(made, {reference_id(made): output})


@pytest.fixture(params=SOLUTIONS, ids=lambda path: path.stem)
def path(request: pytest.FixtureRequest) -> Path:
    return request.param


def committed(path: Path) -> dict:
    text = (ROOT / "exercises" / f"{path.stem}.ipynb").read_text(encoding="utf-8")
    return json.loads(text)


def test_the_committed_exercise_is_what_the_solution_gives(path: Path) -> None:
    """Without running it: its reference outputs are taken from the file itself."""
    old = committed(path)
    outputs = {cell["id"]: cell["outputs"] for cell in old["cells"] if cell.get("outputs")}
    new = release.dump(release.released(source.read(path), outputs))
    file = ROOT / "exercises" / f"{path.stem}.ipynb"
    assert new.encode() == file.read_bytes(), "run `course release`"


def test_a_solution_has_checks_or_is_a_laboratory(path: Path) -> None:
    """So that forgotten checks are noticed, and a laboratory has no cell for points."""
    assert (path.stem in checks.names()) != (path.stem in checks.LABORATORIES)
    if path.stem in checks.LABORATORIES:
        assert not any(source.functions(cell) for cell in source.read(path).cells)
        assert not any("nbgrader" in cell["metadata"] for cell in committed(path)["cells"])


def test_only_a_laboratory_may_import_a_framework(tmp_path: Path) -> None:
    text = HEADER + "\n# Small\n\n```{code-cell} ipython3\nimport torch\n```\n"
    for stem, refused in (("97_small", True), (min(checks.LABORATORIES), False)):
        file = tmp_path / f"{stem}.md"
        file.write_text(text, encoding="utf-8")
        if refused:
            with pytest.raises(SolutionError, match="may not import torch"):
                source.read(file)
        else:
            source.read(file)


@pytest.mark.parametrize("path", GRADED, ids=lambda path: path.stem)
def test_the_exercise_asks_for_the_functions_that_are_checked(path: Path) -> None:
    exercise = checks.load(path.stem)
    asked = [name for cell in source.read(path).cells for name in source.functions(cell)]
    assert asked == [question.name for question in exercise.questions]
    ids = [cell["id"] for cell in committed(path)["cells"]]
    for name in asked:
        assert ids.index(f"solution-{name}") < ids.index(f"check-{name}")
    points = {
        cell["id"].removeprefix("points-"): cell["metadata"]["nbgrader"]["points"]
        for cell in committed(path)["cells"]
        if cell["id"].startswith("points-")
    }
    assert points == {question.name: question.points for question in exercise.questions}


def test_grade_ids_are_unique_and_graded_cells_are_locked(path: Path) -> None:
    entries = [
        cell["metadata"]["nbgrader"]
        for cell in committed(path)["cells"]
        if "nbgrader" in cell["metadata"]
    ]
    ids = [entry["grade_id"] for entry in entries]
    assert len(set(ids)) == len(ids)
    assert all(entry["locked"] == entry["grade"] != entry["solution"] for entry in entries)


def test_no_solution_text_is_in_any_released_notebook() -> None:
    """Every telling line of every solution against every notebook, not only its own."""
    texts = {}
    for path in SOLUTIONS:
        notebook = committed(path)
        shown = [
            "".join(cell["source"]) + release.output_text(cell.get("outputs", []))
            for cell in notebook["cells"]
        ]
        texts[path.stem] = source.squeeze("\n".join(shown))
        assert "BEGINSOLUTION" not in texts[path.stem]
    for path in SOLUTIONS:
        for secret, line in source.secrets(source.read(path)):
            own = texts[path.stem]
            assert secret not in own, f"{path.name}:{line}"
            if len(secret) < 18:
                continue
            for name, text in texts.items():
                assert secret not in text, f"{path.name}:{line} can be read in {name}"


def test_the_search_would_find_a_solution() -> None:
    path = next(book for book in SOLUTIONS if book.stem.startswith("08_"))
    secrets = source.secrets(source.read(path))
    shown = source.squeeze("\n".join(cells(release.solved(source.read(path)))))
    assert len(secrets) >= 3
    assert all(secret in shown for secret, _ in secrets)


def test_links_name_sections_that_the_checks_or_the_chapters_know(path: Path) -> None:
    """A link into a chapter that is written leads to a label of it."""
    import re

    for page, anchor in re.findall(r"\]\((\w+)\.html(?:#([\w-]+))?\)", path.read_text("utf-8")):
        chapter = ROOT / "book" / f"{page}.md"
        if chapter.is_file() and anchor:
            assert f"({anchor})=" in chapter.read_text(encoding="utf-8"), (page, anchor)
