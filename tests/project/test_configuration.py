"""Files that other programs read: they parse, and name what exists."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
YAML = [
    *WORKFLOWS,
    ROOT / ".pre-commit-config.yaml",
    ROOT / "CITATION.cff",
    ROOT / "book" / "_config.yml",
    ROOT / "book" / "_toc.yml",
]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]


class Strict(yaml.SafeLoader):
    """YAML as it is, and an error where a key stands twice."""

    def construct_mapping(self, node, deep=False):
        keys = [self.construct_object(key, deep=deep) for key, _ in node.value]
        twice = {key for key in keys if keys.count(key) > 1}
        assert not twice, f"twice in one mapping: {twice}"
        return super().construct_mapping(node, deep)


def read(path: Path):
    return yaml.load(path.read_text("utf-8"), Strict)


@pytest.mark.parametrize("path", YAML, ids=lambda path: path.name)
def test_yaml_parses_and_no_key_stands_twice(path: Path) -> None:
    assert isinstance(read(path), dict)


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_a_workflow_has_jobs_with_steps_and_asks_for_no_more_rights_than_it_uses(path) -> None:
    workflow = read(path)
    assert workflow["permissions"]["contents"] == "read"
    # YAML reads the key `on` as true.
    assert workflow[True]
    for job in workflow["jobs"].values():
        for step in job["steps"]:
            assert ("run" in step) != ("uses" in step), step
            assert "@" in step.get("uses", "@")


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_a_workflow_names_files_and_extras_that_exist(path: Path) -> None:
    text = path.read_text("utf-8")
    for extras in re.findall(r"\.\[([\w,]+)\]", text):
        assert set(extras.split(",")) <= set(PROJECT["optional-dependencies"]), extras
    for name in re.findall(r"(?<=\s)(?:tests|benchmarks)/[\w/.]+|constraints\.txt", text):
        assert (ROOT / name).exists(), name


def test_the_tests_run_on_every_python_that_the_package_promises() -> None:
    job = read(ROOT / ".github" / "workflows" / "test.yml")["jobs"]["linux"]
    promised = [
        classifier.rpartition(" ")[2]
        for classifier in PROJECT["classifiers"]
        if re.fullmatch(r"Programming Language :: Python :: 3\.\d+", classifier)
    ]
    assert set(promised) <= set(job["strategy"]["matrix"]["python"])


def test_what_is_cited_has_the_packages_version() -> None:
    assert str(read(ROOT / "CITATION.cff")["version"]) == PROJECT["version"]


def test_hooks_run_the_projects_own_tools() -> None:
    (local,) = read(ROOT / ".pre-commit-config.yaml")["repos"]
    assert local["repo"] == "local"
    assert {hook["id"] for hook in local["hooks"]} == {
        "ruff-format",
        "ruff",
        "codespell",
        "release",
    }
    for hook in local["hooks"]:
        assert hook["entry"].startswith(".venv/bin/")
