"""The third-party files are those of the committed list, or they are not used."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path

import pytest

from course_lib.live import build, files

EXERCISES = Path(__file__).resolve().parents[2] / "exercises"


@pytest.fixture
def entry(tmp_path: Path) -> dict:
    """A file of three bytes, in `tmp_path`, and what the list says of it."""
    (tmp_path / "a.wasm").write_bytes(b"abc")
    return {"name": "a.wasm", "size": 3, "sha256": hashlib.sha256(b"abc").hexdigest()}


def test_a_file_as_listed_is_used(tmp_path: Path, entry: dict) -> None:
    assert files.verified(tmp_path, entry) == b"abc"


@pytest.mark.parametrize("received", [b"abd", b"ab", b"", b"abcd"])
def test_a_wrong_byte_is_refused(tmp_path: Path, entry: dict, received: bytes) -> None:
    (tmp_path / "a.wasm").write_bytes(received)
    with pytest.raises(files.LiveFilesError) as refused:
        files.verified(tmp_path, entry)
    text = str(refused.value)
    assert "a.wasm" in text
    assert f"Expected: 3 bytes with SHA-256 {entry['sha256']}" in text
    assert f"{len(received)} bytes with SHA-256 {hashlib.sha256(received).hexdigest()}" in text


def test_a_missing_file_is_named_with_what_to_do(tmp_path: Path, entry: dict) -> None:
    (tmp_path / "a.wasm").unlink()
    with pytest.raises(files.LiveFilesError, match=r"a\.wasm is missing .*COURSE_PYODIDE"):
        files.verified(tmp_path, entry)


def test_a_folder_with_a_wrong_byte_places_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "pyodide.mjs").write_bytes(b"export {}")
    (tmp_path / "live").mkdir()
    monkeypatch.setenv(files.VARIABLE, str(tmp_path))
    with pytest.raises(files.LiveFilesError, match=r"pyodide\.mjs is not the file"):
        build.place(tmp_path, EXERCISES)
    assert not list((tmp_path / "live").rglob("pyodide.mjs"))


def test_a_folder_that_is_not_there_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(files.VARIABLE, "/no/such/folder")
    with pytest.raises(files.LiveFilesError, match="not a folder"):
        files.source()


def test_a_build_with_and_one_without_are_told_apart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(files.VARIABLE, str(tmp_path))
    assert files.wanted()
    there = files.state()
    monkeypatch.setenv(files.SWITCH, "0")
    assert not files.wanted()
    without = files.state()
    monkeypatch.delenv(files.SWITCH)
    monkeypatch.setenv(files.VARIABLE, "/no/such/folder")
    assert there != without == files.state()


def test_the_list_is_whole() -> None:
    entries = files.entries()
    assert len({entry["name"] for entry in entries}) == len(entries)
    for entry in entries:
        assert re.fullmatch("[0-9a-f]{64}", entry["sha256"])
        assert entry["size"] > 0
    packages = files.manifest()["packages"]
    for package in packages.values():
        assert set(package["depends"]) <= set(packages)
    assert set(json.loads(files.lock())["packages"]) == set(packages)
    named = " ".join(licence["name"].lower() for licence in files.manifest()["licences"])
    for name in [*packages, "pyodide", "cpython", "ipython", "codemirror"]:
        assert name.removesuffix("solver") in named, f"{name} has no licence in the list"


def test_the_lock_of_the_editor_names_versions_and_hashes_and_no_host() -> None:
    text = (build.HERE / "editor" / "package-lock.json").read_text(encoding="utf-8")
    assert "://" not in re.sub(r'"url": "[^"]*"', "", text)
    locked = json.loads(text)["packages"]
    asked = json.loads((build.HERE / "editor" / "package.json").read_text(encoding="utf-8"))
    for name, version in asked["dependencies"].items():
        assert re.fullmatch(r"[\d.]+", version)
        assert locked[f"node_modules/{name}"]["version"] == version
    assert all(item["integrity"].startswith("sha512-") for name, item in locked.items() if name)


def test_the_archive_has_what_a_page_needs_and_nothing_secret() -> None:
    import io
    import zipfile

    first = build.course_archive(EXERCISES)
    assert first == build.course_archive(EXERCISES)
    names = set(zipfile.ZipFile(io.BytesIO(first)).namelist())
    assert "course_lib/live/session.py" in names
    assert "IPython/core/inputtransformer2.py" in names
    assert "exercises/08_backward_pass.ipynb" in names
    assert not [name for name in names if name.startswith(("solutions", "course_lib/grading"))]
