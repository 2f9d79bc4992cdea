"""Which computed files are as a run has written them: one that somebody has changed is kept."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path

from course_lib.grading.results.store import write_file

LOG = "written.jsonl"


class Written:
    """Replaces computed files of a folder, and keeps aside those that were changed by hand.

    Before a file is replaced its new digest is added to a log, so whatever a run that was killed
    has left behind is known as its own.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.kept: list[tuple[str, str]] = []  # changed by hand, each with the name it has now
        self._before: dict[str, set[str]] = {}
        self._now: dict[str, str] = {}
        log = folder / LOG
        for line in log.read_bytes().splitlines() if log.is_file() else ():
            try:
                name, digest = json.loads(line)
            except (ValueError, TypeError):
                continue  # cut off by a kill
            self._before.setdefault(name, set()).add(digest)
        self._log = log.open("a", encoding="utf-8")

    def write(self, path: Path, content: str | bytes) -> None:
        """Write a file whole or not at all."""
        raw = content.encode("utf-8", "backslashreplace") if isinstance(content, str) else content
        name, digest = self._name(path), hashlib.sha256(raw).hexdigest()
        there = self._set_aside(path)
        self._now[name] = digest
        if there != digest:
            self._log.write(_line(name, digest))
            self._log.flush()
            write_file(path, raw)

    def remove(self, path: Path) -> None:
        """Remove a file that an earlier call has written."""
        if self._set_aside(path):
            path.unlink()

    def __enter__(self) -> Written:
        return self

    def __exit__(self, kind: type | None, *error: object) -> None:
        """Let the log hold what is there, in order, if all was written."""
        self._log.close()
        if kind is not None:
            return
        lines = (_line(name, self._now[name]) for name in sorted(self._now))
        write_file(self.folder / LOG, lines)
        for part in self.folder.rglob(".*.part"):  # of a run that was killed
            part.unlink()

    def _name(self, path: Path) -> str:
        return path.relative_to(self.folder).as_posix()

    def _set_aside(self, path: Path) -> str:
        """Rename a file that was changed by hand; return the digest of one that was not."""
        try:
            digest = hashlib.sha256(path.read_bytes()).hexdigest()
        except FileNotFoundError:
            return ""
        name = self._name(path)
        if digest in self._before.get(name, {digest}):
            return digest
        number, aside = 1, path.with_name(f"{path.name}.kept")
        while aside.exists():
            number += 1
            aside = path.with_name(f"{path.name}.kept-{number}")
        os.replace(path, aside)
        self.kept.append((name, aside.name))
        return ""


def _line(name: str, digest: str) -> str:
    return json.dumps([name, digest], ensure_ascii=False) + "\n"
