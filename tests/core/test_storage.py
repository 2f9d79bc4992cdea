"""Parameters in a file: back as they were, or a clear error and nothing changed."""

from __future__ import annotations

import io
import pickle
import zipfile

import numpy as np
import pytest

from course_lib import Dense, MeanSquaredError, Network, ReLU
from course_lib.storage import load, save


def make(seed=0, dtype=np.float64, hidden=5) -> Network:
    return Network(
        Dense(4, hidden), ReLU(), Dense(hidden, 3), loss=MeanSquaredError(), seed=seed, dtype=dtype
    )


@pytest.fixture
def saved(tmp_path):
    path = tmp_path / "parameters.npz"
    save(make(7), path)
    return path


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_parameters_come_back_as_they_were(tmp_path, dtype):
    network, other = make(1, dtype), make(2, dtype)
    path = tmp_path / "any name"
    save(network, path)
    load(other, str(path))
    np.testing.assert_array_equal(other.theta, network.theta)
    assert other.theta.dtype == dtype
    assert [entry.name for entry in tmp_path.iterdir()] == ["any name"]


def test_a_file_in_double_precision_is_converted_for_a_float32_network(saved):
    network = make(0, np.float32)
    load(network, saved)
    np.testing.assert_array_equal(network.theta, make(7).theta.astype(np.float32))


def as_npy(array) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, array, allow_pickle=True)
    return buffer.getvalue()


def rewrite(path, change):
    with np.load(path) as archive:
        arrays = dict(archive)
    change(arrays)
    np.savez(path, **arrays)


def set_format(arrays):
    arrays["format"] = np.array("something else")


DAMAGE = {
    "cut": (lambda p: p.write_bytes(p.read_bytes()[:700]), "damaged"),
    "empty": (lambda p: p.write_bytes(b""), "damaged"),
    "text": (lambda p: p.write_text("W1, 3\n"), "damaged"),
    "a single array": (lambda p: p.write_bytes(as_npy(np.ones(3))), "damaged"),
    "a pickle": (lambda p: p.write_bytes(pickle.dumps({"W1": 3})), "damaged"),
    "flipped": (
        lambda p: p.write_bytes(p.read_bytes().replace(make(7).theta[2].tobytes(), b"\0" * 8)),
        "damaged",
    ),
    "foreign": (lambda p: np.savez(p, a=np.ones(3)), r"not written by.*\(it holds a\)"),
    "another format": (lambda p: rewrite(p, set_format), "not written by"),
    "a parameter missing": (lambda p: rewrite(p, lambda a: a.pop("b2")), "holds W1, b1, W2, but"),
    "a parameter more": (
        lambda p: rewrite(p, lambda a: a.update(W3=np.ones(3))),
        "W3, but the network has W1, b1, W2, b2",
    ),
    "a transpose": (lambda p: rewrite(p, lambda a: a.update(W1=a["W1"].T)), r"W1 in .*W\.T"),
    "NaN": (lambda p: rewrite(p, lambda a: a["b1"].fill(np.nan)), "b1 in .* holds nan"),
    "text for numbers": (
        lambda p: rewrite(p, lambda a: a.update(b1=np.array(list("abcde")))),
        "holds no numbers",
    ),
    "other layers": (lambda p: save(make(1, hidden=6), p), r"W1 in .*\(6, 4\).*\(5, 4\)"),
    "far larger": (lambda p: save(make(1, hidden=5000), p), "takes .* bytes, more than 20"),
}


@pytest.mark.parametrize("kind", DAMAGE)
def test_a_damaged_or_foreign_file_is_said_and_changes_nothing(saved, kind):
    damage, says = DAMAGE[kind]
    damage(saved)
    network = make(3)
    before = network.theta.copy()
    with pytest.raises(ValueError, match=f"(?s){says}"):
        load(network, saved)
    np.testing.assert_array_equal(network.theta, before)


def test_an_object_array_is_never_unpickled(saved):
    class Bomb:
        def __reduce__(self):
            return pytest.fail, ("a pickle was opened",)

    with np.load(saved) as archive:
        arrays = dict(archive)
    bomb = np.empty(5, object)
    bomb[:] = [Bomb()] * 5
    with zipfile.ZipFile(saved, "w") as archive:
        for name, array in arrays.items():
            archive.writestr(f"{name}.npy", as_npy(bomb if name == "b1" else array))
    with pytest.raises(ValueError, match=r"allow_pickle=False|damaged"):
        load(make(), saved)


def test_a_missing_file_is_missing(tmp_path):
    with pytest.raises(FileNotFoundError):
        load(make(), tmp_path / "none.npz")
