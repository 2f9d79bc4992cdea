"""Family: what stands where the notebook should be is not a regular file of the student's own."""

import json
import os
import socket
from pathlib import Path

import pytest
from attacks.hostile import ANSWER, NOTEBOOK, Attack, World, each, notebook

REFUSED = frozenset({"rejected", "unmarked"})


def _solved(world: World) -> Path:
    """A teacher's solved notebook outside the submissions."""
    path = world.root / "teacher" / NOTEBOOK
    if not path.exists():
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(notebook(world.solved))
    return path


def _symlink_to_solution(path: Path, world: World) -> None:
    path.symlink_to(_solved(world))


def _relative_symlink(path: Path, world: World) -> None:
    path.symlink_to(os.path.relpath(_solved(world), path.parent))


def _symlink_to_neighbour(path: Path, world: World) -> None:
    path.symlink_to(Path("..", "honest-a", NOTEBOOK))


def _hard_link_to_neighbour(path: Path, world: World) -> None:
    victim = path.parent.parent / "link-victim" / NOTEBOOK
    victim.parent.mkdir()
    victim.write_bytes(notebook(world.solved))
    os.link(victim, path)


def _hard_link_to_solution(path: Path, world: World) -> None:
    os.link(_solved(world), path)


def _symlinked_folder(path: Path, world: World) -> None:
    path.parent.rmdir()
    path.parent.symlink_to(_solved(world).parent, target_is_directory=True)


def _fifo(path: Path, world: World) -> None:
    os.mkfifo(path)


def _folder(path: Path, world: World) -> None:
    path.mkdir()
    (path / NOTEBOOK).write_bytes(notebook(world.solved))


def _socket(path: Path, world: World) -> None:
    listening = socket.socket(socket.AF_UNIX)
    here = os.getcwd()
    os.chdir(path.parent)  # a socket's path may have about a hundred bytes
    try:
        listening.bind(path.name)
    finally:
        os.chdir(here)
        listening.close()


def _dangling(path: Path, world: World) -> None:
    path.symlink_to("nothing-is-here")


def _ring(path: Path, world: World) -> None:
    path.symlink_to(path.name)


def _device(path: Path, world: World) -> None:
    path.symlink_to("/dev/zero")


def _process_file(path: Path, world: World) -> None:
    path.symlink_to("/proc/self/environ")


def _sparse(path: Path, world: World) -> None:
    with open(path, "wb") as file:
        file.truncate(1 << 40)


def _empty(path: Path, world: World) -> None:
    path.write_bytes(b"")


def _mixed(path: Path, world: World) -> None:
    path.write_bytes(notebook([ANSWER + "import helper", "dense_backward = helper.answer"]))
    (path.parent / "helper.py").symlink_to(_solved(world))


PLACES = [
    ("symlink-to-solution", "a symlink to the teacher's notebook", _symlink_to_solution),
    ("relative-symlink", "a relative symlink out of the submissions", _relative_symlink),
    ("symlink-to-neighbour", "a symlink to another student's notebook", _symlink_to_neighbour),
    ("hard-link-to-neighbour", "a hard link to another student's file", _hard_link_to_neighbour),
    ("hard-link-to-solution", "a hard link to the teacher's notebook", _hard_link_to_solution),
    ("symlinked-folder", "a student's folder that is a link to the teacher's", _symlinked_folder),
    ("fifo", "a pipe, which would block whoever opens it", _fifo),
    ("folder", "a folder with the name of a notebook", _folder),
    ("socket", "a socket with the name of a notebook", _socket),
    ("dangling", "a symlink to nothing", _dangling),
    ("ring", "a symlink to itself", _ring),
    ("device", "a symlink to a device without end", _device),
    ("process-file", "a symlink to the grader's own environment", _process_file),
    ("sparse", "a file of a terabyte that takes no room", _sparse),
]

ATTACKS = [
    Attack(f"link-{name}", f"hands in {tries}", place=place, statuses=REFUSED)
    for name, tries, place in PLACES
] + [
    Attack("link-empty", "hands in a file of no bytes", place=_empty, statuses=REFUSED),
    Attack("link-beside", "a link beside a real notebook", place=_mixed),
]


@pytest.mark.parametrize("attack", each(ATTACKS))
def test_only_a_regular_file_is_opened(attack, assert_harmless):
    assert_harmless(attack)


def test_the_notebook_behind_a_link_would_have_earned_everything(world):
    """Else a rejected link would prove nothing."""
    cells = json.loads(_solved(world).read_text())["cells"]
    assert any("def dense_backward" in cell["source"] for cell in cells)
