"""Make ``course_lib/datasets/digits.npz`` from scikit-learn's copy of the UCI optical digits.

Run once: ``python tests/core/make_digits.py``. The test beside it holds the file to the same
source. The held-out mask takes a fifth of every digit, in a random order drawn here and stored,
so that no later version of a random generator can move an example from one part to the other.
"""

from pathlib import Path

import numpy as np

TARGET = Path(__file__).parents[2] / "course_lib" / "datasets" / "digits.npz"


def held_out_fifth(labels: np.ndarray, seed: int = 0) -> np.ndarray:
    """Return a mask that is true for a fifth of the examples of every label."""
    rng = np.random.default_rng(seed)
    mask = np.zeros(labels.shape, dtype=bool)
    for label in np.unique(labels):
        examples = rng.permutation(np.flatnonzero(labels == label))
        mask[examples[: round(len(examples) / 5)]] = True
    return mask


def main() -> None:
    """Write the file."""
    from sklearn.datasets import load_digits

    images, labels = load_digits(return_X_y=True)
    np.savez_compressed(
        TARGET,
        images=images.astype(np.uint8),
        labels=labels.astype(np.uint8),
        held_out=held_out_fifth(labels),
    )


if __name__ == "__main__":
    main()
