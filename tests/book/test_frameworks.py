"""What chapter 14 shows of PyTorch and JAX: beside the library, and beside both run now."""

import json
import subprocess
import sys

import numpy as np
import pytest
from book_sources import BOOK
from needs import need

from course_lib import SGD
from course_lib.data import worked_network
from course_lib.gradcheck import relative_error

SCRIPT = BOOK / "frameworks" / "make_outputs.py"
COMMITTED = json.loads((SCRIPT.parent / "outputs.json").read_text("utf-8"))
TOLERANCE = {"float32": 2e-6, "float64": 1e-14}
RUNS = [f"{library} {kind}" for library in ("PyTorch", "JAX") for kind in TOLERANCE]


def ours():
    example = worked_network()
    network = example.network()
    optimizer = SGD(network, learning_rate=0.5)
    losses, first = [], None
    for _ in range(5):
        losses.append(network.forward(example.x, example.y))
        network.backward()
        first = first or {name: array.copy() for name, array in network.gradients.items()}
        optimizer.update()
    return {"losses": losses, "gradients": first, "parameters": network.parameters}


def assert_same(actual, expected, tolerance):
    assert relative_error(actual["losses"], expected["losses"]) <= tolerance
    for what in ("gradients", "parameters"):
        assert actual[what].keys() == expected[what].keys()
        for name, values in expected[what].items():
            assert np.shape(actual[what][name]) == np.shape(values)
            assert relative_error(actual[what][name], values) <= tolerance, (what, name)


@pytest.mark.parametrize("run", RUNS)
def test_the_committed_answers_are_the_librarys(run):
    assert_same(COMMITTED[run], ours(), TOLERANCE[run.split()[1]])


@pytest.mark.long
def test_the_committed_answers_are_what_pytorch_and_jax_say_now():
    need("torch")
    need("jax")
    done = subprocess.run(
        [sys.executable, str(SCRIPT), "--print"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    answers = json.loads(done.stdout)
    assert answers.keys() == COMMITTED.keys()
    for run in RUNS:
        assert_same(answers[run], COMMITTED[run], TOLERANCE[run.split()[1]])
    for what in ("defaults", "tape", "backward twice", "recorded in no_grad"):
        assert answers[what] == COMMITTED[what]
