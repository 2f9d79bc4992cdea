"""The suites of this folder mark whatever the judge gives them; by themselves, the solutions."""

import pytest

from course_lib.course_files import folder
from course_lib.grading.marking.judge import Judge, Session, Settings, solved
from course_lib.grading.sandbox.isolation import find


class Solutions(Session):
    """A session over the solutions, at the best isolation this machine has."""

    def __init__(self, config: pytest.Config) -> None:
        self._suite = config.rootpath / "tests" / "grading"
        super().__init__(self, solved(folder("solutions")), lambda *_: None)
        self._own: Judge | None = None

    def start(self, submission):
        if self._own is None:
            level = find("limits").level
            self._own = Judge(Settings(self._suite, "the solutions' own seed", level))
        return self._own.start(submission)

    def pytest_sessionfinish(self) -> None:
        self.finish()
        if self._own is not None:
            self._own.close()


def pytest_configure(config: pytest.Config) -> None:
    if not any(isinstance(one, Session) for one in config.pluginmanager.get_plugins()):
        config.pluginmanager.register(Solutions(config), "solutions")
