"""Gradescope's autograder: built, and run as Gradescope's public documentation says.

The zip lies unpacked in ``/autograder/source``, its ``setup.sh`` is run once as root, and for each
submission ``/autograder/run_autograder``, a copy, in ``/autograder``.
"""

from __future__ import annotations

import json
import os
import shutil
import stat
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

import jsonschema
import pytest
from grader.members import DENSE, NOTEBOOK, POINTS, SOLVED, notebook
from needs import absent

from course_lib import cli

CONTAINER = Path(__file__).parents[1] / "container.py"
JAMMY = 'PRETTY_NAME="Ubuntu 22.04.5 LTS"\nID=ubuntu\nVERSION_ID="22.04"\n'
# After Gradescope's published description of results.json.
VISIBILITY = {"enum": ["hidden", "after_due_date", "after_published", "visible"]}
GRADESCOPE = {
    "type": "object",
    "anyOf": [{"required": ["score"]}, {"required": ["tests"]}],
    "properties": {
        "score": {"type": "number"},
        "execution_time": {"type": "number"},
        "output": {"type": "string"},
        "output_format": {"enum": ["text", "html", "simple_format", "md", "ansi"]},
        "visibility": VISIBILITY,
        "stdout_visibility": VISIBILITY,
        "extra_data": {"type": "object"},
        "tests": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "score": {"type": "number"},
                    "max_score": {"type": "number"},
                    "status": {"enum": ["passed", "failed"]},
                    "name": {"type": "string"},
                    "number": {"type": "string"},
                    "output": {"type": "string"},
                    "output_format": {"enum": ["text", "html", "simple_format", "md", "ansi"]},
                    "tags": {"type": "array"},
                    "visibility": VISIBILITY,
                },
                "additionalProperties": False,
            },
        },
    },
    "additionalProperties": False,
}


@pytest.fixture(scope="module")
def unpacked() -> Iterator[Path]:
    """Gradescope's image before it is built: the zip is unpacked, nothing is installed."""
    if not hasattr(os, "geteuid") or os.geteuid() != 0:
        absent("root", "run these tests as root, as CI does")
    python = shutil.which("python3.11", path=f"{sys.base_prefix}/bin:{os.environ['PATH']}")
    python = python or absent("Python 3.11", "apt-get install python3.11 python3.11-venv")
    with tempfile.TemporaryDirectory(prefix="autograder-") as folder:
        root = Path(folder)
        root.chmod(0o755)
        image, programs = root / "image", root / "programs"
        for path in ("autograder/submission", "autograder/results", "opt/course"):
            (image / path).mkdir(parents=True)
        (image / "os-release").write_text(JAMMY)
        assert cli.main(["export", "gradescope", "--out", str(root / "a.zip")]) == 0
        with zipfile.ZipFile(root / "a.zip") as archive:
            archive.extractall(image / "autograder/source")
        run = image / "autograder/run_autograder"
        shutil.copy(image / "autograder/source/run_autograder", run)
        run.chmod(0o755)
        programs.mkdir()
        for name, text in (
            ("apt-get", f'echo "$@" >> {root}/apt'),
            ("python3.11", f'exec {python} "$@"'),
        ):
            (programs / name).write_text(f"#!/bin/sh\n{text}\n")
            (programs / name).chmod(0o755)
        yield root


def setup(root: Path) -> subprocess.CompletedProcess[str]:
    """Run ``setup.sh``, as root; the packages of the image are there already."""
    command = [sys.executable, str(CONTAINER), f"gradescope={root}", "/bin/bash"]
    return subprocess.run(
        [*command, "/autograder/source/setup.sh"],
        env=os.environ
        | {"PATH": f"{root}/programs:{os.environ['PATH']}", "PIP_NO_COMPILE": "1"},
        capture_output=True, text=True, check=False,
    )  # fmt: skip


@pytest.fixture(scope="module")
def built(unpacked: Path) -> Path:
    """The image after ``setup.sh``."""
    done = setup(unpacked)
    assert done.returncode == 0, done.stdout + done.stderr
    return unpacked


def mark(root: Path, name: str, raw: bytes) -> dict:
    """Run the autograder over one file: as root, in a container without namespaces."""
    submission, results = root / "image/autograder/submission", root / "image/autograder/results"
    for path in (*submission.iterdir(), *results.iterdir()):
        path.unlink()
    (submission / name).write_bytes(raw)
    enter = [sys.executable, str(CONTAINER)]
    with (results / "stdout").open("w") as output:
        done = subprocess.run(
            [*enter, f"gradescope={root}", *enter, "root", "/autograder/run_autograder"],
            stdout=output, stderr=subprocess.PIPE, text=True, check=False,
        )  # fmt: skip
    assert done.returncode == 0, (results / "stdout").read_text() + done.stderr
    report = json.loads((results / "results.json").read_text(encoding="utf-8"))
    jsonschema.validate(report, GRADESCOPE)
    return report


@pytest.mark.long
def test_the_container_has_the_python_and_the_versions_of_the_zip_and_no_other(built: Path) -> None:
    install = "install -y -qq --no-install-recommends python3.11 python3.11-venv"
    assert (built / "apt").read_text().splitlines() == ["update -qq", install]
    asked = "import sys; print('%d.%d' % sys.version_info[:2])"
    enter = [sys.executable, str(CONTAINER), f"gradescope={built}", "/opt/course/bin/python"]
    said = [
        subprocess.run([*enter, *options], capture_output=True, text=True, check=True).stdout
        for options in (("-c", asked), ("-m", "pip", "freeze", "--all", "--exclude-editable"))
    ]
    assert said[0] == "3.11\n"
    installed = {line for line in said[1].splitlines() if not line.startswith("pip==")}
    pinned = (built / "image/autograder/source/constraints.txt").read_text().splitlines()
    assert len(installed) > 20
    assert installed <= set(pinned), "not fixed by the zip"


@pytest.mark.long
def test_gradescopes_container_marks_and_shows_student_code_nothing(built: Path) -> None:
    reads = DENSE + "return open('/autograder/source/solutions/08_backward_pass.md').read()"
    results = mark(built, NOTEBOOK, notebook(*SOLVED, reads))
    assert results["score"] == POINTS - 5
    assert results["extra_data"]["isolation"].startswith(
        "user (own user, root given up: references cannot be read nor results written, limits on"
    )
    source = built / "image/autograder/source"
    assert stat.S_IMODE(source.stat().st_mode) == 0o700
    assert mark(built, NOTEBOOK, notebook(*SOLVED))["score"] == POINTS
    assert mark(built, "08_backward_pass (1).ipynb", notebook(*SOLVED))["score"] == POINTS
    nothing = mark(built, "work.pdf", notebook(*SOLVED))
    assert nothing["score"] == 0
    assert "Submit the notebook (.ipynb) itself" in nothing["output"]


def test_another_image_is_refused_before_anything_is_installed(unpacked: Path) -> None:
    release = unpacked / "image/os-release"
    release.write_text(JAMMY.replace("22.04", "24.04"))
    log = unpacked / "apt"
    before = log.read_text() if log.exists() else ""
    try:
        done = setup(unpacked)
    finally:
        release.write_text(JAMMY)
    assert done.returncode == 1
    assert done.stderr.startswith("This image is Ubuntu 24.04.5 LTS. Choose Ubuntu 22.04 as the")
    assert (log.read_text() if log.exists() else "") == before


def test_an_export_is_the_same_each_time_and_overwrites_nothing(tmp_path: Path) -> None:
    first, second = tmp_path / "a.zip", tmp_path / "b.zip"
    for path in (first, second):
        assert cli.main(["export", "gradescope", "--out", str(path)]) == 0
    assert first.read_bytes() == second.read_bytes()
    assert cli.main(["export", "gradescope", "--out", str(first)]) == 2
    assert first.read_bytes() == second.read_bytes()
    with zipfile.ZipFile(first) as archive:
        for name in ("setup.sh", "run_autograder"):
            assert archive.getinfo(name).external_attr >> 16 == 0o755
            checked = subprocess.run(["bash", "-n"], input=archive.read(name), check=False)
            assert checked.returncode == 0
        assert not [name for name in archive.namelist() if "__pycache__" in name]
