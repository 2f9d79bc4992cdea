"""The site that is published takes Pyodide from its makers' release, byte by byte as listed."""

from __future__ import annotations

import argparse
import hashlib
import io
import os
import subprocess
import sys
import tarfile
import types
from pathlib import Path

import pytest
import yaml

from course_lib import site
from course_lib.live import files, official

ROOT = Path(__file__).resolve().parents[2]
STEPS = yaml.safe_load((ROOT / ".github/workflows/site.yml").read_text("utf-8"))["jobs"]["site"][
    "steps"
]
CONTENT = {"pyodide.mjs": b"export {}", "numpy.whl": b"numpy", "python_stdlib.zip": b"stdlib"}


def packed(archive: Path, content: dict[str, bytes]) -> Path:
    """Write an archive of the release's layout, with a file that the course does not take."""
    with tarfile.open(archive, "w:bz2", compresslevel=1) as made:
        for name, data in {**content, "console.html": b"<html>"}.items():
            member = tarfile.TarInfo(f"pyodide/{name}")
            member.size = len(data)
            made.addfile(member, io.BytesIO(data))
    return archive


@pytest.fixture
def listed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A list of three small files."""
    entries = [
        {"name": name, "size": len(data), "sha256": hashlib.sha256(data).hexdigest()}
        for name, data in CONTENT.items()
    ]
    monkeypatch.setattr(files, "entries", lambda: entries)


@pytest.mark.usefixtures("listed")
def test_a_release_as_listed_is_unpacked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    archive, folder = packed(tmp_path / "release.tar.bz2", CONTENT), tmp_path / "new" / "folder"
    assert official.main([str(archive), str(folder)]) == 0
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == CONTENT
    assert "3 files are as listed" in capsys.readouterr().out


@pytest.mark.usefixtures("listed")
@pytest.mark.parametrize(
    ("content", "said"),
    [
        ({"numpy.whl": b"numpx"}, ["pyodide/numpy.whl", "is not the file", "Received: 5 bytes"]),
        ({"numpy.whl": b""}, ["pyodide/numpy.whl", "is not the file", "Received: 0 bytes"]),
        ({"numpy.whl": None}, ["lacks numpy.whl"]),
        ({"numpy.whl": None, "pyodide.mjs": None}, ["lacks pyodide.mjs, numpy.whl"]),
    ],
)
def test_a_wrong_byte_or_a_missing_file_is_said_and_nothing_is_written(
    tmp_path: Path,
    content: dict[str, bytes | None],
    said: list[str],
    capsys: pytest.CaptureFixture[str],
) -> None:
    received = {name: data for name, data in {**CONTENT, **content}.items() if data is not None}
    archive = packed(tmp_path / "release.tar.bz2", received)
    assert official.main([str(archive), str(tmp_path / "out")]) == 1
    error = capsys.readouterr().err
    assert all(phrase in error for phrase in said), error
    assert not (tmp_path / "out").exists()


@pytest.mark.usefixtures("listed")
@pytest.mark.parametrize("kind", ["missing", "a page", "cut off"])
def test_what_is_no_archive_is_said(
    tmp_path: Path, kind: str, capsys: pytest.CaptureFixture[str]
) -> None:
    archive = tmp_path / "release.tar.bz2"
    if kind == "a page":
        archive.write_bytes(b"<html>Not Found</html>" * 1000)
    if kind == "cut off":
        packed(archive, CONTENT)
        archive.write_bytes(archive.read_bytes()[:-40])
    assert official.main([str(archive), str(tmp_path / "out")]) == 1
    assert "cannot be read as an archive" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def steps_with(text: str) -> list[str]:
    return [step["run"] for step in STEPS if text in step.get("run", "")]


def test_the_workflow_takes_the_version_of_the_list() -> None:
    [taken] = steps_with("curl")
    version = files.manifest()["info"]["version"]
    assert f"/{version}/pyodide-{version}.tar.bz2" in taken
    [built] = steps_with("course book")
    assert "REQUIRE_TOOLS=1" in built


@pytest.mark.long
def test_the_lines_of_the_workflow_accept_the_real_files_and_no_others(tmp_path: Path) -> None:
    folder = files.source()
    content = {entry["name"]: files.verified(folder, entry) for entry in files.entries()}
    [line] = steps_with("course_lib.live.official")
    [built] = steps_with("course book")
    name = "pyodide.tar.bz2"
    assert f'"$RUNNER_TEMP/{name}"' in line
    assert f'"$RUNNER_TEMP/{name}"' in steps_with("curl")[0]
    variables = os.environ | {"RUNNER_TEMP": str(tmp_path)}
    variables["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{variables['PATH']}"

    def run(script: str) -> subprocess.CompletedProcess[str]:
        command = ["bash", "-e", "-c", script]
        return subprocess.run(
            command, cwd=ROOT, env=variables, text=True, capture_output=True, check=False
        )

    packed(tmp_path / name, content)
    done = run(line)
    assert done.returncode == 0, done.stderr
    # The build is given the folder that was written, and finds in it all that it needs.
    given = built.partition("course book")[0]
    look = 'python -c "from course_lib.live import files; files.verify_all(files.source())"'
    assert run(f"{given} {look}").returncode == 0
    numpy = next(name for name in content if name.startswith("numpy"))
    wrong = bytearray(content[numpy])
    wrong[1000] ^= 1
    packed(tmp_path / name, {numpy: bytes(wrong)})  # what is missing is not said first
    done = run(line)
    assert done.returncode == 1
    assert f"pyodide/{numpy}" in done.stderr
    assert "is not the file that the course expects" in done.stderr


# --- the build of the book with a folder that is not as it should be -----------------------------


@pytest.fixture
def book(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> types.SimpleNamespace:
    """A build of the book into a folder that had Python on its pages before."""
    for name in ("exercises/08_backward_pass.html", "live/a/pyodide.mjs", "service-worker.js"):
        (tmp_path / "site" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "site" / name).write_text("old", encoding="utf-8")
    (tmp_path / "site" / "index.html").write_text("a chapter", encoding="utf-8")
    monkeypatch.delenv("REQUIRE_TOOLS", raising=False)
    monkeypatch.syspath_prepend(ROOT / "book")
    return types.SimpleNamespace(
        outdir=str(tmp_path / "site"),
        confdir=str(ROOT / "book"),
        builder=types.SimpleNamespace(format="html"),
    )


@pytest.fixture(params=["no folder", "empty", "a wrong byte"])
def bad_folder(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> str:
    """A folder that `COURSE_PYODIDE` names; return what is said of it."""
    folder = tmp_path / "pyodide"
    monkeypatch.setenv(files.VARIABLE, str(folder))
    if request.param == "no folder":
        return f"{files.VARIABLE} names {folder}, which is not a folder"
    folder.mkdir()
    first = files.entries()[0]["name"]
    if request.param == "empty":
        return f"{first} is missing in {folder}"
    (folder / first).write_bytes(b"export {}")
    return f"{folder / first} is not the file that the course expects and is not used."


def test_a_book_is_built_without_what_is_wrong_and_says_so(
    book: types.SimpleNamespace,
    bad_folder: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from _ext import exercise_pages

    said: list[str] = []
    monkeypatch.setattr(exercise_pages.logger, "info", lambda text, **_: said.append(text))
    exercise_pages._write(book, None)
    exercise_pages._write_service_worker(book, None)
    assert [path.name for path in Path(book.outdir).iterdir()] == ["index.html"]
    assert len(said) == 1
    assert bad_folder in said[0]
    monkeypatch.setattr(site, "build", lambda _root: Path(book.outdir))
    assert site.run(argparse.Namespace(no_live=False, no_serve=True)) == 0
    assert f"The book has no Python on its pages: {bad_folder}" in capsys.readouterr().out


def test_where_tools_are_required_the_build_stops(
    book: types.SimpleNamespace, bad_folder: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from _ext import exercise_pages
    from sphinx.errors import ExtensionError

    monkeypatch.setenv("REQUIRE_TOOLS", "1")
    with pytest.raises(ExtensionError) as stopped:
        exercise_pages._write(book, None)
    assert bad_folder in str(stopped.value)
