"""A clock for comparisons of growth."""

import time

import pytest


@pytest.fixture
def steps():
    """Return CPU seconds a function takes, the least of three runs."""

    def measure(function):
        times = []
        for _ in range(3):
            start = time.process_time()
            function()
            times.append(time.process_time() - start)
        return min(times)

    return measure
