"""The library beside PyTorch: live where it is installed, by committed values everywhere."""

from __future__ import annotations

import numpy as np
import pytest
from needs import need
from reference.cases import Case, cases, ours, start
from reference.reading import stored

from course_lib.gradcheck import relative_error


def assert_same(case: Case, given: dict[str, np.ndarray], reference: dict[str, np.ndarray]) -> None:
    assert given.keys() == reference.keys()
    for name, values in reference.items():
        assert given[name].dtype == values.dtype, name
        assert relative_error(given[name], values) <= case.tolerance, name


@pytest.mark.parametrize("case", cases(), ids=lambda case: case.name)
def test_fifty_steps_agree_with_the_committed_values_of_pytorch(case: Case) -> None:
    data, reference = stored(case)
    assert_same(case, ours(case, data), reference)


@pytest.mark.long
@pytest.mark.parametrize("case", cases(), ids=lambda case: case.name)
def test_fifty_steps_agree_with_pytorch_run_now(case: Case) -> None:
    need("torch")
    from reference.pytorch import theirs

    data = start(case)
    assert_same(case, ours(case, data), theirs(case, data))


@pytest.mark.long
@pytest.mark.parametrize("case", cases(), ids=lambda case: case.name)
def test_the_committed_values_are_what_pytorch_computes(case: Case) -> None:
    need("torch")
    from reference.pytorch import theirs

    data, reference = stored(case)
    assert_same(case, theirs(case, data), reference)
