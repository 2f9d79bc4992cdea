"""What the README promises holds."""

import ast
import inspect
import re
from pathlib import Path

import pytest

from course_lib import Dense, cli

README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", README, re.M | re.S)


def test_the_ten_lines_reach_96_percent_on_the_held_out_fifth(capsys):
    program, _ = blocks("python")
    exec(program, {})
    assert float(capsys.readouterr().out) >= 0.96


def bodies(source: str) -> dict[str, str]:
    """Return what each function of a source does, without docstrings and annotations."""
    texts = {}
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef):
            has_doc = ast.get_docstring(node) is not None
            names = ", ".join(argument.arg for argument in node.args.args)
            lines = map(ast.unparse, node.body[has_doc:])
            texts[node.name] = "\n".join([names, *lines])
    return texts


def test_the_layer_that_is_quoted_is_the_librarys():
    _, quoted = map(bodies, blocks("python"))
    own = bodies(inspect.getsource(Dense))
    assert set(quoted) == {"forward", "backward"}
    assert quoted == {name: own[name] for name in quoted}


@pytest.mark.parametrize(
    "line", sorted({m for b in blocks("") for m in re.findall(r"^course (\w+)", b, re.M)})
)
def test_every_command_named_exists(line, capsys):
    with pytest.raises(SystemExit) as stop:
        cli.main([line, "--help"])
    assert stop.value.code == 0
    assert line in capsys.readouterr().out


def test_every_linked_file_exists():
    root = Path(__file__).parents[2]
    for target in re.findall(r"\]\(([^)#]+)\)", README):
        assert (root / target).exists(), target


def test_a_problem_is_a_sentence_and_exit_2(capsys, monkeypatch):
    def refuse():
        raise SystemExit("course: this command needs the repository")

    monkeypatch.setattr(cli.site, "checkout", refuse)
    assert cli.main(["book", "--no-serve"]) == 2
    assert capsys.readouterr().err == "course: this command needs the repository\n"
