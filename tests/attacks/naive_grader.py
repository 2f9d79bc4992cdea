"""The grader that everyone writes first: a control that proves the attacks real.

It runs the student's cells in its own process, in the student's folder, and compares what the
functions return in the usual ways; the best way counts, so an attack succeeds here if it fools any
of them. It reports through an inherited pipe and a file. Used by the tests alone, as
``python naive_grader.py NOTEBOOK RESULT`` or ``python naive_grader.py --class LIST`` (a JSON list
of [notebook, result, seconds], each marked in a forked child).
"""

import builtins
import contextlib
import json
import math
import os
import signal
import sys
import time


def reference(delta, a, W):
    """Return ∂ℒ/∂W, ∂ℒ/∂b and ∂ℒ/∂a of a dense layer for a batch."""
    return delta.T @ a, delta.sum(axis=0), delta @ W


def ways(np, namespace):
    """Yield the usual comparisons, each a function of (found, expected) that raises if it fails."""

    def by_allclose(actual, expected):
        assert np.allclose(actual, expected)

    def by_testing(actual, expected):
        np.testing.assert_allclose(actual, expected, rtol=1e-6)

    def by_isclose(actual, expected):
        assert np.isclose(actual, expected).all()

    def by_equal(actual, expected):
        assert np.array_equal(actual, expected)

    def by_operators(actual, expected):
        assert actual.shape == expected.shape
        assert (abs(actual - expected) < 1e-6).all()

    def by_swapped_operators(actual, expected):
        assert (expected == actual) is True or np.all(abs(expected - actual) < 1e-6)

    def by_builtins(actual, expected):
        pairs = builtins.zip(actual.ravel(), expected.ravel(), strict=False)
        assert all(builtins.abs(float(x) - float(y)) < 1e-6 for x, y in pairs)

    def by_math(actual, expected):
        pairs = zip(actual.ravel(), expected.ravel(), strict=True)
        assert all(math.isclose(x, y, rel_tol=1e-6) for x, y in pairs)

    def in_the_notebook(actual, expected):
        namespace.update(_found=actual, _expected=expected)
        exec("import numpy as np\nassert np.allclose(_found, _expected)", namespace)

    def by_text(actual, expected):
        assert repr(actual) == repr(expected)

    yield from (by_allclose, by_testing, by_isclose, by_equal, by_operators)
    yield from (by_swapped_operators, by_builtins, by_math, in_the_notebook, by_text)


def grade(notebook, result):
    """Mark `dense_backward` of `notebook` out of 3 and write {"score": …} to `result`."""
    os.chdir(os.path.dirname(notebook))
    sys.path.insert(0, "")
    sys.path.append(os.environ["COURSE"])
    with open(notebook, encoding="utf-8") as file:
        cells = [c for c in json.load(file)["cells"] if c["cell_type"] == "code"]
    import numpy as np

    rng = np.random.default_rng(int(os.environ["SEED"]))
    inputs = rng.normal(size=(11, 7)), rng.normal(size=(11, 3)), rng.normal(size=(7, 3))
    expected = reference(*inputs)
    namespace = {"__name__": "__main__"}
    for cell in cells:
        try:
            exec("".join(cell["source"]), namespace)
        except Exception as error:
            print(repr(error), file=sys.stderr)
    scores = [0]
    for way in ways(np, namespace):
        score = 0
        try:
            answer = namespace["dense_backward"](*inputs)
            for i in range(3):
                way(answer[i], expected[i])
                score += 1
        except Exception as error:
            print(repr(error), file=sys.stderr)
        scores.append(score)
    report(sorted(scores)[-1], result)


def report(score, result):
    """Write the score to the file `result`, and to the pipe if there is one."""
    line = json.dumps({"score": score, "of": 3}) + "\n"
    if "CHANNEL" in os.environ:
        os.write(int(os.environ["CHANNEL"]), line.encode())
    with open(result, "a", encoding="utf-8") as file:
        file.write(line)


def grade_class(entries):
    """Mark each notebook in a child of its own, and end the child after its seconds."""
    import numpy  # noqa: F401  (once for all children)

    for notebook, result, seconds in entries:
        read, write = os.pipe()
        os.set_inheritable(write, True)
        child = os.fork()
        if child == 0:
            os.setsid()
            os.close(read)
            os.environ["CHANNEL"] = str(write)
            try:
                grade(notebook, result)
            finally:
                os._exit(0)
        os.close(write)
        until = time.monotonic() + seconds
        while time.monotonic() < until and os.waitpid(child, os.WNOHANG) == (0, 0):
            time.sleep(0.002)
        for end in (lambda: os.killpg(child, signal.SIGKILL), lambda: os.waitpid(child, 0)):  # noqa: B023
            with contextlib.suppress(ChildProcessError, ProcessLookupError):
                end()
        os.set_blocking(read, False)
        with contextlib.suppress(BlockingIOError), open(result + ".channel", "wb") as file:
            file.write(os.read(read, 4096).split(b"\n")[0])
        os.close(read)


if __name__ == "__main__":
    if sys.argv[1] == "--class":
        with open(sys.argv[2], encoding="utf-8") as file:
            grade_class(json.load(file))
    else:
        grade(os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2]))
