"""Which walls this machine gives, found by trying, and named by what they guarantee."""

from __future__ import annotations

import contextlib
import errno
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from course_lib import course_files
from course_lib.checks import teacher_exercises
from course_lib.grading.sandbox.fork_server import FIRST_USER, ForkServer, begin
from course_lib.grading.sandbox.worker_client import Budget, SandboxError
from course_lib.worker import confine

TRUSTED = "for trusted students only"


@dataclass(frozen=True)
class Isolation:
    """The level that is reached, by what it guarantees."""

    level: str
    holds: tuple[str, ...]
    lacks: tuple[str, ...] = ()
    why: tuple[str, ...] = field(default=(), compare=False)

    def sentence(self) -> str:
        """Return one line for reports.

        >>> Isolation("full", ("own mounts",)).sentence()
        'full (own mounts)'
        """
        lacks = f"; without: {', '.join(self.lacks)}" if self.lacks else ""
        trust = f", {TRUSTED}" if self.level == "limits" else ""
        return f"{self.level}{trust} ({', '.join(self.holds)}{lacks})"


WITH_ROOT = "own user, root given up"
WITHOUT_ROOT = "own user namespace without rights"
FULL = (
    "own mounts: system read-only, nothing of the course, of submissions or of homes",
    "own processes",
    "no network",
    "own IPC",
    "landlock",
    "seccomp",
    "limits on CPU, memory, files, threads",
)
LIMITS = Isolation(
    "limits",
    ("own process", "limits on CPU, memory, files"),
    ("own user", "own mounts", "own processes", "no network", "landlock", "seccomp"),
)


def find(wanted: str, forbidden: tuple[str, ...] = ()) -> Isolation:
    """Return the best isolation this machine gives, found by trying.

    Parameters
    ----------
    wanted : str
        ``"full"`` (nothing less), ``"limits"`` (anything at all), or ``"best"`` (`full`, or
        another user where root is at hand).
    forbidden : tuple of str
        Paths that student code must not be able to read.

    Raises
    ------
    SandboxError
        If less is reached than is wanted; the text says why and what can be done.
    """
    why = []
    levels = ["full"] if sys.platform == "linux" else []
    if sys.platform == "linux" and wanted != "full" and os.geteuid() == 0:
        levels.append("user")
    for level in levels:
        try:
            held = probe(level, forbidden)
        except SandboxError as error:
            advice = remedies(error.number) if level == "full" else []
            why.append(" ".join([f"{level}: {error}.", *advice]))
            continue
        if level == "full":
            root = os.geteuid() == 0 and confine.exists(FIRST_USER)
            return Isolation("full", (WITH_ROOT if root else WITHOUT_ROOT, *FULL))
        filters = [name for name in ("landlock", "seccomp") if not held[name]]
        lacking = [f"{name} ({held[name]})" for name in ("landlock", "seccomp") if held[name]]
        return Isolation(
            "user",
            (
                "own user, root given up: references cannot be read nor results written",
                "limits on CPU, memory, files, threads",
                *filters,
            ),
            ("own mounts", "own processes", "no network", "own IPC", *lacking),
            tuple(why),
        )
    if wanted == "limits":
        probe("limits", ())
        return replace(LIMITS, why=tuple(why))
    raise SandboxError(
        "student code cannot be isolated on this machine. "
        + (" ".join(why) or f"{sys.platform} has no namespaces.")
        + " Or mark on another Linux machine, or pass `--isolation limits`: "
        f"processes with limits alone, {TRUSTED}."
    )


def kernel_setting(name: str) -> str:
    """Return a setting of the kernel, or an empty text where there is none."""
    try:
        return Path("/proc/sys", name).read_text(encoding="ascii").strip()
    except (OSError, ValueError):
        return ""


def remedies(number: int, setting: Callable[[str], str] = kernel_setting) -> list[str]:
    """Say why this machine refuses namespaces, and how an administrator allows them.

    It is a sentence for each of the kernel's settings that can have caused the error of that
    number; none where something else failed. `setting` reads one.
    """
    if number not in (errno.EPERM, errno.EACCES, errno.ENOSPC, errno.EINVAL, errno.ENOSYS):
        return []
    if number == errno.ENOSPC or setting("user/max_user_namespaces") == "0":
        return [
            "User namespaces are switched off here: `sysctl user.max_user_namespaces=15000` "
            "allows them; outside a container, root can do without."
        ]
    said = []
    if setting("kernel/unprivileged_userns_clone") == "0" and os.geteuid() != 0:
        said.append(
            "Only root may make namespaces here: `sysctl kernel.unprivileged_userns_clone=1` "
            "allows everyone to, or mark as root."
        )
    if setting("kernel/apparmor_restrict_unprivileged_userns") == "1" and os.geteuid() != 0:
        said.append(
            "AppArmor allows namespaces only to programs with a profile (Ubuntu since 23.10): "
            "`sysctl kernel.apparmor_restrict_unprivileged_userns=0` lifts that, or give this "
            "Python a profile with the rule `userns,`, or mark as root."
        )
    if any(os.path.exists(path) for path in CONTAINER_MARKS) or POD in os.environ:
        said.append(
            "This is a container whose engine forbids namespaces: start it with `docker run "
            "--security-opt seccomp=unconfined --security-opt apparmor=unconfined --cap-add "
            "SYS_ADMIN` (Kubernetes: securityContext with seccompProfile type Unconfined and the "
            "capability SYS_ADMIN)."
        )
    return said or ["The kernel, or a filter around this process, does not allow namespaces."]


CONTAINER_MARKS = ("/.dockerenv", "/run/.containerenv")
POD = "KUBERNETES_SERVICE_HOST"


def probe(level: str, forbidden: tuple[str, ...]) -> dict[str, Any]:
    """Put up the walls of one level once, and return what a worker found by trying.

    Raises
    ------
    SandboxError
        If the level is not reached.
    """
    with (
        contextlib.closing(ForkServer(level, forbidden)) as server,
        contextlib.closing(server.worker(Budget())) as worker,
    ):
        return begin(server, worker, {}, "")


def forbidden_paths(*more: Path) -> tuple[str, ...]:
    """Paths of this machine that no worker may be able to read, and some more."""
    package = Path(__file__).parents[2]
    own = teacher_exercises.source()
    paths = [
        *((own, own / "checks", own / "solutions") if own else ()),
        package / "checks" / "__init__.py",
        *sorted((package / "checks").glob("ex*/reference.py")),
        *(course_files.folder(name) for name in ("solutions", "suites")),
        *more,
        Path.home(),
    ]
    # A home that is the root itself, as in some containers, cannot be told from the worker's own.
    return tuple(str(path.absolute()) for path in paths if path.absolute() != Path("/"))
