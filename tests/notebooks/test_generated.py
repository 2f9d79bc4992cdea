"""What `course release` writes beside the notebooks: references, exercises and suites."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import numpy as np
import pytest

from course_lib import checks
from course_lib.checks.given import earlier_sources
from course_lib.notebooks import generated, release, source
from course_lib.notebooks.source import SolutionError

ROOT = Path(__file__).resolve().parents[2]
SOLUTIONS = [path for path in release.paths(ROOT) if path.stem in checks.names()]
HEAD = "---\nformat_name: myst\n---\n\n# Exercise 97: small\n\n"


def written(folder: Path, *cells: str, head: str = HEAD) -> source.Solution:
    """A solution with these code cells; a first line `:tags:` gives a cell its tags."""
    path = folder / "97_small.md"
    fences = [f"```{{code-cell}} ipython3\n{cell}\n```\n" for cell in cells]
    path.write_text(head + "\n".join(fences), encoding="utf-8")
    return source.read(path)


def answer(name: str, body: str, arguments: str = "x") -> str:
    return f"def {name}({arguments}):\n    ### BEGIN SOLUTION\n    {body}\n    ### END SOLUTION"


@pytest.mark.parametrize("path", SOLUTIONS, ids=lambda path: path.stem)
def test_everything_generated_is_as_the_solution_says(path: Path) -> None:
    """The notebook is compared by `course release --check`, which runs the solutions."""
    texts = generated.files(source.read(path), ROOT, checks.folder_of(path.stem))
    assert len(texts) == 3
    for target, text in texts.items():
        assert target.read_text(encoding="utf-8") == text, target
        assert text.startswith(f"# Generated from solutions/{path.name} by `course release`")


@pytest.mark.parametrize("path", SOLUTIONS, ids=lambda path: path.stem)
def test_a_reference_is_the_solutions_code_and_is_complete_without_the_course(path: Path) -> None:
    solution = source.read(path)
    text = generated.reference(solution)
    names: dict = {"__name__": "alone"}
    exec(compile(text, "reference.py", "exec"), names)
    imports = {
        alias.name
        for node in ast.walk(ast.parse(text))
        if isinstance(node, (ast.Import, ast.ImportFrom))
        for alias in node.names
    }
    assert imports <= {"numpy", "math"}
    for cell in solution.cells:
        for name in source.functions(cell):
            assert callable(names[name])
            (function,) = (
                node
                for node in ast.parse(source.without_marks(cell)).body
                if isinstance(node, ast.FunctionDef) and node.name == name
            )
            assert ast.unparse(function) in ast.unparse(ast.parse(text)), name


def test_every_question_has_a_file_of_its_name() -> None:
    for name in checks.names():
        folder = checks.folder_of(name)
        for question in checks.load(name).questions:
            assert f'name="{question.name}"' in (folder / f"{question.name}.py").read_text("utf-8")


def test_the_order_of_questions_is_that_of_the_notebook() -> None:
    for path in SOLUTIONS:
        graded = [name for cell in source.read(path).cells for name in source.functions(cell)]
        assert graded == [question.name for question in checks.load(path.stem).questions]


def test_a_reference_holds_what_its_functions_need_and_nothing_else(tmp_path: Path) -> None:
    solution = written(
        tmp_path,
        "import math\nimport numpy as np\n\nfrom course_lib.checks import check",
        "SCALE = 3.0\nOTHER = 4.0\n\n\ndef tripled(x):\n    return SCALE * x",
        answer("twice", "return tripled(np.abs(x))"),
        "def twice_named(name):\n    return twice(len(name))",
        ":tags: [nbval-ignore-output]\n\ndef drawn(x):\n    return twice(x)",
        "def unused(x):\n    return math.sin(x)",
        "check(twice)",
    )
    text = generated.reference(solution)
    names = [getattr(node, "name", "") for node in ast.parse(text).body]
    assert [name for name in names if name] == ["tripled", "twice", "twice_named"]
    assert "SCALE = 3.0" in text
    assert not re.search("OTHER|math|check|SOLUTION", text)


def test_a_local_name_is_not_a_value_of_the_notebook(tmp_path: Path) -> None:
    solution = written(
        tmp_path, "z = 5", answer("twice", "z = 2 * x + 0 * len([x])\n    return z"), "x = 7"
    )
    assert "5" not in generated.reference(solution)
    assert "7" not in generated.reference(solution).replace("97", "")


def test_functions_of_earlier_exercises_are_copied_with_what_they_need(tmp_path: Path) -> None:
    solution = written(
        tmp_path,
        "import numpy as np",
        'network_forward = earlier("network_forward")',
        answer("scores", "return network_forward(x, *rest)[1][-1]", "x, *rest"),
    )
    names: dict = {}
    exec(generated.reference(solution), names)
    x, W = np.ones((2, 3)), [np.ones((4, 3)), np.ones((2, 4))]
    scores = names["scores"](x, W, [np.zeros(4), np.zeros(2)], "tanh")
    np.testing.assert_allclose(scores, 4 * np.tanh(3.0))


@pytest.mark.parametrize(
    ("cells", "line", "said"),
    [
        (['f = earlier("network_forward")', answer("g", "return f(x) + f(x)")], 8, "keep its name"),
        (['nosuch = earlier("nosuch")', answer("g", "return nosuch(x)")], 8, "no earlier exercise"),
        (
            ["from course_lib.data import moons", answer("g", "return moons(x)")],
            8,
            "references import NumPy alone",
        ),
    ],
)
def test_what_a_reference_cannot_hold_is_named_with_its_line(
    tmp_path: Path, cells: list[str], line: int, said: str
) -> None:
    with pytest.raises(SolutionError, match=said) as caught:
        generated.reference(written(tmp_path, *cells))
    assert caught.value.line == line


def test_a_graded_function_without_a_question_is_named_with_its_line(tmp_path: Path) -> None:
    solution = written(tmp_path, answer("twice", "return 2 * x"))
    with pytest.raises(SolutionError, match=r"97_small.md:8: twice is graded, but .*/twice.py"):
        generated.files(solution, tmp_path, tmp_path / "ex97_small")


def test_a_missing_heading_is_named(tmp_path: Path) -> None:
    solution = written(tmp_path, answer("twice", "return 2 * x"), head=HEAD.partition("#")[0])
    with pytest.raises(SolutionError, match="no heading"):
        generated.exercise(solution, "ex97_small")


def test_a_later_exercise_gets_no_answer_of_its_own() -> None:
    for name in checks.names():
        sources = earlier_sources(name)
        assert sorted(sources) == [other for other in checks.names() if other[:2] < name[:2]]
        own = {question.name for question in checks.load(name).questions}
        text = "\n".join(sources.values())
        assert not own & set(re.findall(r"^def (\w+)\(", text, re.MULTILINE))
