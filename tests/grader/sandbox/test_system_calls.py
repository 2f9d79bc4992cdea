"""Every number of a system call, in both columns, is the kernel's own."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from needs import absent

from course_lib.worker import confine, seccomp

GENERIC = "asm-generic/unistd.h"  # aarch64 has the generic table
OF_X86 = "asm/unistd_64.h"
DEFINED = re.compile(r"^#define __NR(?:3264)?_(\w+)\s+(\d+)$", re.MULTILINE)
ALIAS = re.compile(r"^#define __NR_(\w+)\s+__NR3264_(\w+)$", re.MULTILINE)


def numbers(header: str) -> dict[str, int]:
    """Read the numbers of a header, those under another name included (newfstatat is fstatat)."""
    paths = sorted(Path("/usr/include").rglob(header))
    if not paths:
        absent(f"the kernel's header {header}", "apt-get install linux-libc-dev")
    text = paths[0].read_text("ascii")
    own = {name: int(number) for name, number in DEFINED.findall(text)}
    for name, other in reversed(ALIAS.findall(text)):  # the first ones are those of 64 bits
        if other in own:
            own[name] = own[other]
    return own


def single() -> dict[str, tuple[int, int]]:
    """Return the calls that have a line of their own, by name."""
    return {
        name.lower(): value
        for name, value in vars(seccomp).items()
        if name.isupper() and isinstance(value, tuple) and len(value) == 2 and name.isalnum()
        and all(type(number) is int for number in value)
    }  # fmt: skip


def test_the_calls_with_rules_of_their_own_are_found() -> None:
    assert {"clone", "clone3", "prctl", "ioctl", "fcntl", "kill", "tgkill"} <= set(single())


@pytest.mark.parametrize(("column", "header"), [(0, OF_X86), (1, GENERIC)], ids=["x86_64", "arm"])
def test_every_number_is_that_of_the_kernels_headers(column: int, header: str) -> None:
    kernels = numbers(header)
    ours = {name: pair[column] for name, pair in (seccomp.ALLOWED | single()).items()}
    assert {name: kernels.get(name, -1) for name in ours} == ours
    machine = ("x86_64", "aarch64")[column]
    assert confine.SYS_PIVOT_ROOT[machine] == kernels["pivot_root"]
    assert kernels["mount_setattr"] == confine.SYS_MOUNT_SETATTR
    assert kernels["landlock_create_ruleset"] == confine.SYS_LANDLOCK_CREATE
    assert kernels["landlock_add_rule"] == confine.SYS_LANDLOCK_ADD
    assert kernels["landlock_restrict_self"] == confine.SYS_LANDLOCK_RESTRICT
