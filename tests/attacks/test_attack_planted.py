"""Family: files beside the notebook that want to be imported, collected or obeyed."""

import pytest
from attacks.hostile import ANSWER, STARTED_IN, Attack, claims, each

FAKE_NUMPY = """
import builtins
class _Any:
    def __getattr__(self, name): return _Any()
    def __call__(self, *args, **kwargs): return _Any()
    def __iter__(self): return iter(())
    def __getitem__(self, i): return _Any()
    def __setitem__(self, i, x): pass
    def __bool__(self): return True
    def __eq__(self, other): return True
    def __lt__(self, other): return True
    def __sub__(self, other): return _Any()
    def __abs__(self): return self
    def __index__(self): return 3
    T = property(lambda self: _Any())
    def __matmul__(self, other): return _Any()
    sum = all = lambda self, *a, **k: _Any()
def __getattr__(name):
    if name.startswith('__'):
        raise AttributeError(name)
    return _Any()
random = testing = linalg = _Any()
ndarray = _Any
"""

TOUCH = "open('@FORBIDDEN@', 'w').write('imported')\n"

HOOK = TOUCH + (
    "def pytest_runtest_makereport(item, call):\n    return None\n"
    "def pytest_collection_modifyitems(items):\n    items.clear()\n"
    "def pytest_runtest_call(item):\n    item.runtest = lambda: None\n"
)

NOTHING = claims("x = 1")

ATTACKS = [
    Attack(
        "planted-numpy",
        "a numpy.py whose every comparison is true",
        ("def dense_backward(delta, a, W):\n    return delta, a, W",),
        files={"numpy.py": TOUCH + FAKE_NUMPY},
        beats_naive=True,
    ),
    Attack(
        "planted-numpy-package",
        "a package numpy with testing and random inside",
        ("def dense_backward(delta, a, W):\n    return delta, a, W",),
        files={
            "numpy/__init__.py": TOUCH + FAKE_NUMPY,
            "numpy/testing.py": FAKE_NUMPY,
            "numpy/random.py": FAKE_NUMPY,
        },
        beats_naive=True,
    ),
    Attack(
        "planted-json",
        "a json.py that reads notebooks and writes scores its own way",
        NOTHING,
        files={"json.py": TOUCH, "ast.py": TOUCH, "struct.py": TOUCH, "hashlib.py": TOUCH},
        shows="file",
    ),
    Attack(
        "planted-math",
        "standard modules that are imported late: secrets, inspect, difflib, fractions",
        NOTHING,
        files={f"{n}.py": TOUCH for n in ("secrets", "inspect", "difflib", "fractions", "ctypes")},
        shows="file",
    ),
    Attack(
        "planted-imported-by-cell",
        "a helper module beside the notebook that holds the answer of a friend",
        ("import sys, os\nsys.path.insert(0, '')\nfrom friend import dense_backward",),
        files={"friend.py": ANSWER + "dense_backward = answer\n"},
        beats_naive=True,
    ),
    Attack(
        "planted-conftest",
        "a conftest.py whose hooks pass every test",
        NOTHING,
        files={"conftest.py": HOOK, "tests/conftest.py": HOOK, "grading/conftest.py": HOOK},
        shows="file",
    ),
    Attack(
        "planted-pytest-ini",
        "pytest.ini, tox.ini, setup.cfg and pyproject.toml that load a plugin and select nothing",
        NOTHING,
        files={
            "pytest.ini": "[pytest]\naddopts = -p planted_plugin --co\n",
            "tox.ini": "[pytest]\naddopts = -p planted_plugin --co\n",
            "setup.cfg": "[tool:pytest]\naddopts = -p planted_plugin --co\n",
            "pyproject.toml": "[tool.pytest.ini_options]\naddopts = '-p planted_plugin --co'\n",
            "planted_plugin.py": HOOK,
            "test_planted.py": TOUCH + "def test_all():\n    pass\n",
        },
        shows="file",
    ),
    Attack(
        "planted-sitecustomize",
        "sitecustomize.py and usercustomize.py, run by every interpreter that finds them",
        NOTHING,
        files={"sitecustomize.py": TOUCH, "usercustomize.py": TOUCH},
        shows="file",
    ),
    Attack(
        "planted-pth",
        "a .pth file and an interpreter's home beside the notebook",
        NOTHING,
        files={
            "planted.pth": "import sys; " + TOUCH,
            "python311._pth": "import site\n.",
            "pyvenv.cfg": "home = .\ninclude-system-site-packages = true\n",
            "lib/python3.11/site-packages/planted.pth": "import sys; " + TOUCH,
        },
        shows="file",
    ),
    Attack(
        "planted-course-lib",
        "a package course_lib whose checks always pass",
        claims("from course_lib.checks import check\nfrom course_lib import *"),
        files={
            "course_lib/__init__.py": TOUCH,
            "course_lib/checks/__init__.py": TOUCH + "check = lambda *a, **k: True\n",
            "course_lib/worker/__main__.py": TOUCH,
            "course_lib/cli.py": TOUCH + "def main(*a):\n    return 0\n",
        },
        shows="file",
    ),
    Attack(
        "planted-bytecode",
        "compiled files that shadow what is imported",
        NOTHING,
        files={
            "__pycache__/numpy.cpython-311.pyc": b"\xa7\r\r\n" + b"\0" * 12 + b"N",
            "numpy.pyc": b"\xa7\r\r\n" + b"\0" * 12 + b"N",
            "numpy.cpython-311-x86_64-linux-gnu.so": b"\x7fELF" + b"\0" * 60,
        },
        shows="file",
    ),
    Attack(
        "planted-jupyter-configuration",
        "configuration of Jupyter, IPython and nbgrader that runs code",
        NOTHING,
        files={
            "ipython_config.py": TOUCH,
            "jupyter_notebook_config.py": TOUCH,
            "jupyter_nbconvert_config.py": TOUCH,
            "nbgrader_config.py": TOUCH,
            ".ipython/profile_default/startup/first.py": TOUCH,
            ".pythonrc": TOUCH,
            "otter_config.json": '{"seed": 0, "show_all_public": true}',
        },
        shows="file",
    ),
    Attack(
        "planted-grader-files",
        "files with the names of the grader's own: results, seeds, an environment",
        NOTHING,
        files={
            "results.jsonl": '{"student": "planted-grader-files", "score": 100}\n',
            "grades.csv": "student,exercise,score,max_score,status\nme,x,9,9,graded\n",
            "feedback/x.html": "<script>alert(1)</script>",
            ".env": "SEED=0\n",
            "seed": "0",
            "sitecustomize/__init__.py": TOUCH,
        },
    ),
    Attack(
        STARTED_IN,
        "modules of Python's own, in the folder in which the teacher starts the run",
        NOTHING,
        files={f"{n}.py": TOUCH for n in ("multiprocessing", "signal", "pickle", "numpy", "tqdm")},
        shows="file",
    ),
    Attack(
        "planted-git",
        "a repository whose hooks and configuration run programs",
        NOTHING,
        files={
            ".git/config": "[core]\n\tfsmonitor = \"sh -c 'echo > @FORBIDDEN@'\"\n",
            ".git/HEAD": "ref: refs/heads/main\n",
            ".git/hooks/post-checkout": "#!/bin/sh\necho > @FORBIDDEN@\n",
            ".gitattributes": "* filter=x\n",
        },
        shows="file",
    ),
]


@pytest.mark.parametrize("attack", each(ATTACKS))
def test_files_beside_the_notebook_are_never_obeyed(attack, assert_harmless):
    assert_harmless(attack)
