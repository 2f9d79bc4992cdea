"""Run a command, and say which processes outlive it.

Every orphan of the command becomes this process's child, however often it forked and whatever
session it moved to, so nothing can hide. ``python reaper.py REPORT SECONDS GRACE COMMAND…`` writes
{"status": …, "left": [...]} to REPORT; what is left after GRACE seconds is named and ended.
"""

import contextlib
import ctypes
import json
import os
import signal
import subprocess
import sys
import time

PR_SET_CHILD_SUBREAPER = 36


def children() -> dict[int, str]:
    """Return this process's descendants: number → name and command line."""
    parents: dict[int, int] = {}
    names: dict[int, str] = {}
    for entry in os.listdir("/proc"):
        if not entry.isdigit():
            continue
        try:
            with open(f"/proc/{entry}/stat") as file:
                text = file.read()
            with open(f"/proc/{entry}/cmdline") as file:
                command = file.read().replace("\0", " ").strip()
        except OSError:
            continue
        head, _, rest = text.rpartition(")")
        if rest.split()[0] != "Z":
            parents[int(entry)] = int(rest.split()[1])
            names[int(entry)] = f"{head.partition('(')[2]}: {command}"
    descendants: dict[int, str] = {}
    for pid in parents:
        up = pid
        while up in parents and up != os.getpid():
            up = parents[up]
        if up == os.getpid() and pid != os.getpid():
            descendants[pid] = names[pid]
    return descendants


def reap() -> None:
    """Collect every child that has ended."""
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        pass


def main() -> None:
    """Run the command line's command."""
    report, seconds, grace, *command = sys.argv[1:]
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    process = subprocess.Popen(command)
    try:
        status = process.wait(float(seconds))
    except subprocess.TimeoutExpired:
        status = None
        process.kill()
        process.wait()
    until = time.monotonic() + float(grace)
    reap()
    while children() and time.monotonic() < until:
        time.sleep(0.02)
        reap()
    left = children()
    for pid in left:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    with open(report, "w") as file:
        json.dump({"status": status, "left": sorted(left.values())}, file)


if __name__ == "__main__":
    main()
