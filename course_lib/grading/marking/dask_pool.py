"""Marking on several machines: chunks of submissions as tasks of a Dask cluster.

    dask scheduler                                       on one machine
    dask worker tcp://SCHEDULER:8786 --nthreads 4        on each, with as many threads as cores
    course grade SUBMISSIONS --out DIR --dask tcp://SCHEDULER:8786

Every machine needs the same version of the course; nothing else has to be there, because a task
carries its submissions and the marking suite (with ``--nbval`` the released notebooks are needed
too). Each task starts a judge of its own, in a process of its own with its own sandbox: a Dask
worker never runs student code and never marks in its own process. A worker that is lost loses
nothing: Dask gives its tasks to another one, and a mark depends on the submission, the suite and
the seed alone. A Dask cluster believes everybody who reaches its ports, so it belongs on a network
of your own, or behind TLS.
"""

from __future__ import annotations

import contextlib
import io
import multiprocessing
import os
import pickle
import subprocess
import sys
import tempfile
import threading
import uuid
import warnings
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from course_lib.address import install
from course_lib.grading.errors import GradingError
from course_lib.grading.marking.judge import Marked, Settings, suite_digest
from course_lib.grading.marking.worker_pool import JudgeHandle, Pool, serve
from course_lib.grading.sandbox.fork_server import ENVIRONMENT
from course_lib.grading.sandbox.isolation import find, forbidden_paths
from course_lib.grading.sandbox.worker_client import SandboxError
from course_lib.grading.submissions.ingest import Submission
from course_lib.worker import confine

# Tasks in flight for each thread of a worker, so that none waits for the next. There are no more
# than these in a class of ordinary size: a task starts a judge of its own, and should carry many.
AHEAD = 2


class ClusterError(GradingError):
    """The Dask cluster cannot be used; the text says why."""


class Cluster:
    """A Dask cluster that marks.

    Parameters
    ----------
    address : str
        Of the scheduler, such as ``"tcp://127.0.0.1:8786"``.
    settings : Settings
        The run's; its suite is sent along.

    Raises
    ------
    ClusterError
        If the scheduler does not answer, has no worker, or a worker has another version of the
        course or reaches another isolation.
    """

    def __init__(self, address: str, settings: Settings) -> None:
        try:
            from distributed import Client
        except ImportError as error:
            raise ClusterError(
                f"--dask needs the package distributed; install it with: {install('dask')}"
            ) from error
        try:
            self._client = Client(address, timeout="10s", set_as_default=False)
        except (OSError, ValueError) as error:
            raise ClusterError(
                f"no Dask scheduler answers at {address} ({error}); start one with: dask scheduler"
            ) from error
        self._suite = {
            path.relative_to(settings.suite).as_posix(): path.read_bytes()
            for path in sorted(settings.suite.rglob("*.py"))
        }
        try:
            self._inspect(address, settings)
        except BaseException:
            self._client.close()
            raise
        threads = sum(self._client.nthreads().values())
        self.jobs = AHEAD * threads

    def _inspect(self, address: str, settings: Settings) -> None:
        """Ask every worker what it would mark with."""
        replies = self._client.run(inspect, settings.level, settings.nbval)
        if not replies:
            raise ClusterError(
                f"the Dask scheduler at {address} has no worker; start some with: dask worker "
                f"{address} --nthreads N"
            )
        here = inspect(settings.level, settings.nbval)
        for worker, there in sorted(replies.items()):
            if there != here:
                raise ClusterError(
                    f"the Dask worker {worker} {there[1]} with the version {there[0][:12]} of "
                    f"the course; this machine {here[1]} with the version {here[0][:12]}. Marks "
                    "must not depend on the machine: mend or stop that worker"
                )

    def pool(self) -> Pool:
        """Return where judges come from: each marks one chunk after another in the cluster."""
        return Pool(lambda settings, slot: ClusterJudge(self, settings), self.jobs, turns=1)

    def submit(self, settings: Settings, chunk: list[Submission]) -> Any:
        """Send one task; return its future."""
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message="Sending large graph")
            return self._client.submit(
                mark_chunk, settings, self._suite, chunk, key=f"mark-{uuid.uuid4()}", pure=False
            )

    def __enter__(self) -> Cluster:
        return self

    def __exit__(self, *error: object) -> None:
        self._client.close()


class ClusterJudge(JudgeHandle):
    """A place in the cluster; what a task returns is passed on through a pipe, as a judge does."""

    def __init__(self, cluster: Cluster, settings: Settings) -> None:
        self._cluster, self._settings = cluster, settings
        self.link, self._theirs = multiprocessing.Pipe()
        self._future: Any = None
        self._sending = threading.Lock()

    def send(self, submissions: list[Submission]) -> None:
        self._future = self._cluster.submit(self._settings, submissions)
        self._future.add_done_callback(self._pass_on)

    def _pass_on(self, future: Any) -> None:
        with self._sending, contextlib.suppress(OSError):
            try:
                marked, ended = future.result()
            except BaseException as error:  # a cancelled task is none of the ordinary kind
                marked, ended = [], f"the Dask cluster gave the task up: {error!r}"
            for message in [*marked, ended]:
                self._theirs.send(message)

    def close(self) -> None:
        if self._future is not None and not self._future.done():
            self._future.cancel()
        self.link.close()
        with self._sending:
            self._theirs.close()


def inspect(level: str, nbval: bool = False) -> tuple[str, str]:
    """Return what a worker would mark with: the course's fingerprint, and its isolation.

    With `nbval` also what notebooks are compared with.
    """
    try:
        reached = find("limits" if level == "limits" else "best").level
        text = f"reaches the isolation {reached!r}"
        if nbval:
            from course_lib.grading.nbval import compare

            text += f" (with {compare.basis()})"
    except SandboxError as error:
        text = f"has no sandbox ({error})"
    except ImportError as error:
        text = f"lacks what --nbval needs ({error})"
    return suite_digest(None), text


def mark_chunk(
    settings: Settings, suite: dict[str, bytes], chunk: list[Submission]
) -> tuple[list[Marked], str]:
    """Mark a chunk in a judge of its own; this runs on a Dask worker.

    Returns
    -------
    list of Marked, str
        What was finished, in order, and ``"done"`` or why the judge ended before.
    """
    with tempfile.TemporaryDirectory() as folder:
        for name, raw in suite.items():
            path = Path(folder, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(raw)
        place = Path(folder).resolve()
        here = replace(settings, suite=place, forbidden=forbidden_paths(place))
        done = subprocess.run(
            [sys.executable, "-P", "-m", "course_lib.grading.marking.dask_pool"],
            input=pickle.dumps((here, chunk)),
            capture_output=True,
            env=os.environ | ENVIRONMENT,
            check=False,
        )
    said = list(_unpickled(done.stdout))
    if said and not isinstance(said[-1], Marked):
        return said[:-1], said[-1]
    last = done.stderr.decode("utf-8", "replace").strip()[-2000:]
    return said, f"the judge ended with status {done.returncode}: {last}"


def _unpickled(raw: bytes) -> Iterator[Any]:
    """Read one object after another: our own judge wrote them; the last may be cut off."""
    stream = io.BytesIO(raw)
    with contextlib.suppress(EOFError, pickle.UnpicklingError):
        while True:
            yield pickle.load(stream)


def main() -> None:
    """Be the judge of one chunk: read it from standard input, write what was marked."""
    confine.die_with_parent(os.getppid())
    settings, chunk = pickle.load(sys.stdin.buffer)
    # Whatever prints into standard output must not stand between two objects.
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)

    def say(message: Any) -> None:
        pickle.dump(message, out)
        out.flush()

    serve(settings, 0, [chunk], say)


if __name__ == "__main__":
    main()
