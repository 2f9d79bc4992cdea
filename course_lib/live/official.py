"""Taking Pyodide's files out of its makers' release, for the site that is published.

    python -m course_lib.live.official pyodide-VERSION.tar.bz2 FOLDER

writes the files of the committed list into FOLDER, which `COURSE_PYODIDE` may then name. Nothing is
written that is not what the list says.
"""

from __future__ import annotations

import argparse
import sys
import tarfile
from pathlib import Path, PurePosixPath

from course_lib.live import files
from course_lib.live.files import LiveFilesError


def unpack(archive: Path, folder: Path) -> int:
    """Unpack the listed files of a release; return how many there are.

    Raises
    ------
    LiveFilesError
        If the archive cannot be read, lacks files, or has one that is not what it should be.
    """
    wanted = {entry["name"]: entry for entry in files.entries()}
    unpacked: dict[str, bytes] = {}
    try:
        with tarfile.open(archive, "r|*") as content:
            for member in content:
                name = PurePosixPath(member.name).name
                if name in wanted and (stream := content.extractfile(member)):
                    place = f"{member.name} of {archive}"
                    unpacked[name] = files.checked(stream.read(), wanted[name], place)
    except (OSError, EOFError, tarfile.TarError) as error:
        raise LiveFilesError(f"{archive} cannot be read as an archive: {error}") from error
    missing = [name for name in wanted if name not in unpacked]
    if missing:
        raise LiveFilesError(f"{archive} lacks {', '.join(missing)}")
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in unpacked.items():
        (folder / name).write_bytes(data)
    return len(unpacked)


def main(arguments: list[str]) -> int:
    """Carry out the command; return its exit status."""
    parser = argparse.ArgumentParser(prog="python -m course_lib.live.official")
    parser.add_argument("archive", type=Path)
    parser.add_argument("folder", type=Path)
    asked = parser.parse_args(arguments)
    try:
        print(f"{unpack(asked.archive, asked.folder)} files are as listed: {asked.folder}")
    except LiveFilesError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
