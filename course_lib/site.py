"""The book as a site: built when a source has changed, then served on this machine alone."""

from __future__ import annotations

import argparse
import hashlib
import http.server
import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from course_lib.course_files import LEFT_OUT, checkout
from course_lib.live import files

SOURCES = ("book", "course_lib", "exercises", "solutions", "benchmarks/results")
# How Chromium opens pages of the course: without a network, and with nothing of its own to do.
CHROMIUM = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
)
EXECUTED = ("course_lib", "book/_ext", "benchmarks/results")  # what the pages' code reads


def digest(root: Path, *folders: str, suffixes: tuple[str, ...] = ()) -> str:
    """Return a fingerprint of every file under `folders` (names and bytes; suffixes if given)."""
    seen = hashlib.sha256()
    for folder in folders:
        for path in sorted((root / folder).rglob("*")):
            if LEFT_OUT.intersection(path.parts) or not path.is_file():
                continue
            if suffixes and path.suffix not in suffixes:
                continue
            seen.update(str(path.relative_to(root)).encode() + b"\0")
            seen.update(hashlib.sha256(path.read_bytes()).digest())
    return seen.hexdigest()


@contextmanager
def alone(root: Path) -> Iterator[None]:
    """Hold the book for one build at a time, where the system has advisory locks."""
    with open(root / "book" / "_config.yml", "rb") as held:
        if importlib.util.find_spec("fcntl"):
            import fcntl

            fcntl.flock(held, fcntl.LOCK_EX)
        yield


def build(root: Path, *, quiet: bool = False) -> Path:
    """Build the book if one of its sources has changed, warnings as errors; return its folder.

    A change in the library, or in what benchmarks measured, runs every page's code again, and so
    does Python on the pages when it comes or goes; a change in a page only that page's.

    Raises
    ------
    SystemExit
        When a tool is missing or the build fails: the next call builds again.
    """
    with alone(root):
        return _build(root, quiet)


def _build(root: Path, quiet: bool) -> Path:
    site = root / "book" / "_build" / "html"
    record = root / "book" / "_build" / "sources.txt"
    now = [
        digest(root, *SOURCES),
        digest(root, *EXECUTED, suffixes=(".py", ".npz", ".csv", ".toml")),
        files.state(),
    ]
    before = record.read_text().split() if record.is_file() else ["", "", ""]
    if now == before and (site / "index.html").is_file():
        return site
    if importlib.util.find_spec("jupyter_book") is None:
        raise SystemExit(
            "course: jupyter-book is missing; install it with: "
            "pip install -e '.[book]' -c constraints.txt"
        )
    if before[1:] != now[1:]:
        shutil.rmtree(root / "book" / "_build", ignore_errors=True)
    record.unlink(missing_ok=True)
    command = [sys.executable, "-c", "from jupyter_book.cli.main import main; main()"]
    command += ["build", str(root / "book")]
    command += ["--warningiserror", "--keep-going", "--nitpick"] + (["--quiet"] if quiet else [])
    done = _run(command)
    if done.returncode and "ExecutionError" in done.stderr:
        # Now and then a message between a page and its kernel is lost, and both wait for ever.
        print("course: a page did not run to its end; once more, in a new kernel.", flush=True)
        done = _run(command)
    if done.returncode:
        raise SystemExit("course: the book did not build; the first message above says why.")
    record.write_text("\n".join(now) + "\n")
    return site


def _run(command: list[str]) -> subprocess.CompletedProcess[str]:
    """Run a build; show its messages when it has ended."""
    done = subprocess.run(command, check=False, stderr=subprocess.PIPE, text=True)
    sys.stderr.write(done.stderr)
    return done


class Handler(http.server.SimpleHTTPRequestHandler):
    """Serve files without a line in the terminal for each, and the site's own page for a 404."""

    extensions_map = {  # noqa: RUF012 - the base class's own attribute
        **http.server.SimpleHTTPRequestHandler.extensions_map,
        ".js": "text/javascript",
        ".mjs": "text/javascript",
    }

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Answer a missing page with the site's 404 page where it has one."""
        page = Path(self.directory) / "404.html"
        if code == 404 and page.is_file():
            self.error_message_format = page.read_text(encoding="utf-8").replace("%", "%%")
        super().send_error(code, message, explain)


def server(folder: Path, port: int = 8000) -> http.server.ThreadingHTTPServer:
    """Return a server of `folder` on 127.0.0.1: at `port`, or at a free one when that is taken."""
    handler = partial(Handler, directory=str(folder))
    try:
        return http.server.ThreadingHTTPServer(("127.0.0.1", port), handler)
    except OSError:
        return http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)


def run(args: argparse.Namespace) -> int:
    """Carry out `course book`."""
    if args.no_live:
        os.environ[files.SWITCH] = "0"
    site = build(checkout())
    if not (site / "exercises").is_dir():
        print(f"The book has no Python on its pages: {files.why_not()}.")
    if args.no_serve:
        print(f"The book is built: {site / 'index.html'}")
        return 0
    with server(site, args.port) as serving:
        print(f"The book is open at http://127.0.0.1:{serving.server_port}/", flush=True)
        print("Press Ctrl+C to stop.", flush=True)
        try:
            serving.serve_forever()
        except KeyboardInterrupt:
            print()
    return 0


def register(subparsers: argparse._SubParsersAction) -> None:
    """Add `course book` to the command."""
    parser = subparsers.add_parser(
        "book", help="build the book, serve it on 127.0.0.1 and print the address"
    )
    parser.add_argument("--no-serve", action="store_true", help="build only")
    parser.add_argument("--no-live", action="store_true", help="without Python on the pages")
    parser.add_argument("--port", type=int, default=8000, help="port to serve at (8000)")
    parser.set_defaults(run=run)
