"""Untidy forms: how people write a function, and what surrounds it in their notebooks.

In each form, `NAME` is the function that a question asks for and `RIGHT` a right answer, defined
before; both are put in for whichever question has room for the form.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

from checks.test_ends_by_exception import RAISED
from checks.test_one_way_to_run import LOSES_NOTHING
from checks.test_what_ipython_runs import FORMS
from grader.members import MEMBERS

CASES = json.loads((Path(__file__).parent / "cases.json").read_text(encoding="utf-8"))
"""Notebooks of people: by name, the exercise and the code cells."""

NOT_IN_A_KERNEL = {
    "exits": "the student's own kernel ends with it",
    "loops-at-the-top": "the cell never ends, so no check is reached",
    "replaces-allclose": "it replaces what check itself computes with, in the same process",
}
"""Members of the class of `grader.members` that have no check in a notebook to compare with."""

BY_FUNCTION = {
    **{f"raises {what}": f"def NAME(*x):\n    raise {what}\n" for what in RAISED[:3]},
    "raises an exception of its own": "class Own(BaseException): pass\n"
    "def NAME(*x):\n    raise Own('0.7314')\n",
    "raises an exception without a text": "class Mute(Exception):\n"
    "    def __str__(self): raise self\ndef NAME(*x):\n    raise Mute\n",
    "raises an exception with the arguments": "def NAME(*x):\n    raise ValueError(repr(x))\n",
    "fails to assert": "def NAME(*x):\n    assert False, x\n",
    "calls exit": "def NAME(*x):\n    exit()\n",
    "calls itself without end": "def NAME(*x):\n    return NAME(*x)\n",
    "asks for memory": "def NAME(*x):\n    return np.zeros(2**40)\n",
    "asks for memory in a list": "def NAME(*x):\n    return [0] * 2**36\n",
    "waits for input": "def NAME(*x):\n    return float(input('?'))\n",
    "returns nothing": "def NAME(*x):\n    RIGHT(*x)\n",
    "returns a text": "def NAME(*x):\n    return str(RIGHT(*x))\n",
    "returns a generator": "def NAME(*x):\n    yield RIGHT(*x)\n",
    "is a coroutine": "async def NAME(*x):\n    return RIGHT(*x)\n",
    "returns a function": "def NAME(*x):\n    return RIGHT\n",
    "returns a dictionary": "def NAME(*x):\n    return {'result': RIGHT(*x)}\n",
    "returns a dictionary with numbers as keys": "def NAME(*x):\n    return {1: RIGHT(*x)}\n",
    "returns a list": "def NAME(*x):\n    return [RIGHT(*x)]\n",
    "returns nested lists": "def NAME(*x):\n    result = RIGHT(*x)\n"
    "    listed = lambda one: one.tolist() if hasattr(one, 'tolist') else one\n"
    "    return tuple(map(listed, result)) if type(result) is tuple else listed(result)\n",
    "returns objects": "def NAME(*x):\n    return np.array(RIGHT(*x), dtype=object)\n",
    "returns itself in a list": "def NAME(*x):\n    r = []\n    r.append(r)\n    return r\n",
    "returns a matrix": "def NAME(*x):\n    return np.matrix(RIGHT(*x))\n",
    "returns a masked array": "def NAME(*x):\n    return np.ma.masked_array(RIGHT(*x))\n",
    "returns a set": "def NAME(*x):\n    return {1.0, 2.0}\n",
    "returns bytes": "def NAME(*x):\n    return b'12'\n",
    "returns NaN": "def NAME(*x):\n    return np.nan\n",
    "returns an exact fraction": "from fractions import Fraction\n"
    "def NAME(*x):\n    return Fraction(1, 3)\n",
    "returns float32": "def NAME(*x):\n    result = RIGHT(*x)\n"
    "    short = lambda one: one.astype(np.float32) if isinstance(one, np.ndarray) else one\n"
    "    return tuple(map(short, result)) if type(result) is tuple else short(result)\n",
    "changes its arguments": "def NAME(*x):\n    result = RIGHT(*x)\n    for one in x:\n"
    "        if isinstance(one, np.ndarray) and one.dtype.kind == 'f':\n            one *= 2\n"
    "    return result\n",
    "appends to its arguments": "def NAME(*x):\n    for one in x:\n"
    "        if isinstance(one, list):\n            one.append(lambda: 0)\n    return RIGHT(*x)\n",
    "right once": "times = []\ndef NAME(*x):\n    times.append(1)\n"
    "    return RIGHT(*x) if len(times) % 2 else None\n",
    "takes no arguments": "def NAME():\n    return 0.0\n",
    "takes one too many": "def NAME(one, two, *x, key):\n    return RIGHT(one, two, *x)\n",
    "ignores its arguments": "def NAME(*x):\n    return 1.0\n",
    "returns its first argument": "def NAME(*x):\n    return x[0]\n",
    "returns its arguments": "def NAME(*x):\n    return x\n",
    "is not written": "def NAME(*x):\n    raise NotImplementedError\n",
    "is empty": "def NAME(*x):\n    ...\n",
    "is a lambda": "NAME = lambda *x: RIGHT(*x)\n",
    "is another name": "NAME = RIGHT\n",
    "is an object": "class Layer:\n    def __call__(self, *x): return RIGHT(*x)\nNAME = Layer()\n",
    "is a method": "class Layer:\n    def run(self, *x): return RIGHT(*x)\nNAME = Layer().run\n",
    "is a class": "class NAME:\n    def __init__(self, *x): self.x = x\n",
    "is partial": "import functools\nNAME = functools.partial(RIGHT)\n",
    "is cached": "import functools\nNAME = functools.lru_cache(RIGHT)\n",
    "is decorated": "def loud(f):\n    def wrapper(*x):\n        print(x)\n        return f(*x)\n"
    "    return wrapper\n@loud\ndef NAME(*x):\n    return RIGHT(*x)\n",
    "is a context manager's": "import contextlib\n@contextlib.contextmanager\n"
    "def NAME(*x):\n    yield RIGHT(*x)\n",
    "prints and warns": "import warnings\ndef NAME(*x):\n    print('x' * 10**5)\n"
    "    warnings.warn('careful')\n    return RIGHT(*x)\n",
    "draws": "import matplotlib.pyplot as plt\ndef NAME(*x):\n    plt.plot([1, 2])\n"
    "    return RIGHT(*x)\n",
    "has a loud NumPy": "def NAME(*x):\n    np.seterr(all='raise')\n    return RIGHT(*x)\n",
    "needs a module that is not there": "import scipy.special as special\n"
    "def NAME(*x):\n    return special.expit(RIGHT(*x))\n",
    "uses the course": "def NAME(*x):\n    from course_lib import Dense\n    return RIGHT(*x)\n",
    "uses a name that is nowhere": "def NAME(*x):\n    return resutl\n",
    "uses a name before it is there": "def NAME(*x):\n    return later_NAME(*x)\n"
    "later_NAME = RIGHT\n",
    "is defined twice": "def NAME(*x):\n    return None\ndef NAME(*x):\n    return RIGHT(*x)\n",
    "is typed": "def NAME(*x: 'np.ndarray') -> 'np.ndarray':\n    return RIGHT(*x)\n",
    "has a nested function": "def NAME(*x):\n    def inner():\n        return RIGHT(*x)\n"
    "    return inner()\n",
    "is global": "def NAME(*x):\n    global kept_NAME\n    kept_NAME = RIGHT(*x)\n"
    "    return kept_NAME\n",
    "uses threads": "import threading\ndef NAME(*x):\n    found = []\n"
    "    one = threading.Thread(target=lambda: found.append(RIGHT(*x)))\n"
    "    one.start(); one.join()\n    return found[0]\n",
    "reads a file": "def NAME(*x):\n    return np.loadtxt('weights.txt')\n",
    "uses random numbers": "def NAME(*x):\n    np.random.seed(0)\n    return np.random.rand()\n",
}  # fmt: skip
"""By name: cells with one function."""

BY_CELL = {
    **{f"cell raises {what}": f"def NAME(*x):\n    return RIGHT(*x)\nraise {what}\n"
       for what in RAISED[:3]},
    "cell fails above": "1 / 0\ndef NAME(*x):\n    return RIGHT(*x)\n",
    "cell does not parse": "def NAME(*x):\n    return RIGHT(*x\n",
    "cell deletes it": "def NAME(*x):\n    return RIGHT(*x)\ndel NAME\n",
    "cell gives it another value": "def NAME(*x):\n    return RIGHT(*x)\nNAME = 3\n",
    "cell checks it": "def NAME(*x):\n    return RIGHT(*x)\ncheck(NAME)\n",
    "cell tests it": "def NAME(*x):\n    return RIGHT(*x)\nassert NAME() == 3\n",
}  # fmt: skip
"""By name: cells that do more than define a function."""


def of_any_question() -> dict[str, str]:
    """Return by name the forms that fit every question."""
    return {
        **{f"ipython {n}": _renamed(form) for n, form in enumerate(FORMS)},
        **BY_FUNCTION,
        **BY_CELL,
    }


def of_one_question() -> list[tuple[str, str, tuple[str, ...]]]:
    """Return name, question and cells of the forms that other tests have for one question."""
    forms = [(f"harmless: {name}", "dense_backward", (src,)) for name, src in LOSES_NOTHING.items()]
    for member in MEMBERS:
        if member.cells and member.name not in NOT_IN_A_KERNEL:
            asked = member.lost[0] if member.lost else "dense_backward"
            forms.append((f"member: {member.name}", asked, member.cells))
    return forms


def filled(form: str, name: str, right: str) -> str:
    """Put a question's names into a form."""
    return form.replace("NAME", name).replace("RIGHT", right)


def _renamed(cell: str) -> str:
    """Turn a cell about `f` into a form."""
    cell = cell.replace("def f(x):", "def f(*x):").replace("return x + 1", "return RIGHT(*x)")
    return re.sub(r"\bf\b(?!['\"])", "NAME", cell)
