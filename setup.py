"""Puts exercises, suites and the titles of the book's sections into the wheel."""

import sys
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

sys.path.insert(0, str(Path(__file__).parent))

from course_lib import course_files  # needs nothing but Python


class Build(build_py):
    """Put copies into the build, where an editable installation finds the repository itself."""

    def run(self) -> None:
        super().run()
        if not self.editable_mode:
            course_files.ship(Path(self.build_lib) / "course_lib")


setup(cmdclass={"build_py": Build})
