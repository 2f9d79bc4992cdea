"""No attack: correct work in every untidy form gets full marks."""

import json

import pytest
from attacks.hostile import SOLVED, Attack, each

NOISE = """
import warnings, sys, logging
import numpy as np
import matplotlib.pyplot as plt
print('working …', '\\u2713', '\\x1b[31mred\\x1b[0m')
print('error', file=sys.stderr)
warnings.warn('a warning')
logging.getLogger().warning('a log line')
np.float64(1) / np.float64(0)
plt.plot([1, 2], [3, 4]); plt.title('loss'); plt.show()
"""

PLOTS = """
import matplotlib as mpl, matplotlib.gridspec as gridspec
import matplotlib.pyplot as plt
from matplotlib.lines import Line2D
from mpl_toolkits.mplot3d import Axes3D
from IPython.core.interactiveshell import InteractiveShell
from ipywidgets.widgets import FloatSlider
import ipywidgets, IPython, tqdm as bars
import numpy as np
from tqdm.autonotebook import trange
InteractiveShell.ast_node_interactivity = 'all'
help(np.dot), exit, quit
np.memmap('kept.dat', dtype=float, mode='w+', shape=3).flush()
get_ipython().run_line_magic('matplotlib', 'inline')
mpl.rcParams['figure.dpi'] = 100
print(mpl.__version__, ipywidgets.__version__, IPython.__version__)
figure, axes = plt.subplots(2, 2)
for ax, title in zip(axes.flat, 'abcd'):
    ax.set_title(title)
low, high = axes[0, 0].get_xlim()
line, = plt.plot([1, 2])
counts, edges, patches = axes[0, 1].hist([1, 2])
grid = np.linspace(*plt.xlim(), 5)
print(f'{low:.2f} {float(high) + 1:.1f}', low < 3, int(low))
plt.colorbar(plt.imshow([[1]]), ax=axes)
for i in trange(3):
    for j in bars.tqdm(range(2)):
        pass
slider = FloatSlider(value=1.0)
slider.observe(print, names='value')
total = slider.value * 2 + 1
@ipywidgets.interact(x=(0, 1, 0.1))
def show(x=0.5):
    print(x)
"""

WRAPPED = """
import functools, warnings
import numpy as np
def noisy(function):
    @functools.wraps(function)
    def wrapper(*args, **kwargs):
        print('called', function.__name__, [type(a).__name__ for a in args])
        warnings.warn('inside ' + function.__name__)
        np.log(np.zeros(1))
        return function(*args, **kwargs)
    return wrapper
for name, value in list(globals().items()):
    if callable(value) and name.endswith('_backward') and hasattr(value, '__code__'):
        globals()[name] = noisy(value)
"""


def reverse_functions(data):
    """Put the cells in the opposite order, imports first."""
    made = json.loads(data)
    code = list(made["cells"])
    first = [c for c in code if "import " in c["source"]]
    rest = [c for c in code if "import " not in c["source"]]
    made["cells"] = first + rest[::-1]
    return json.dumps(made).encode()


def stripped(data):
    """Drop metadata, cell ids and the minor version."""
    made = json.loads(data)
    made["metadata"], made["nbformat_minor"] = {}, 2
    for cell in made["cells"]:
        cell.pop("id")
        cell["metadata"] = {}
    return json.dumps(made).encode()


def doubled(data):
    """Hand in every cell twice, ids and all."""
    made = json.loads(data)
    made["cells"] *= 2
    return json.dumps(made).encode()


def executed(data):
    """Store outputs: text, an error, an image, counts out of order."""
    made = json.loads(data)
    for i, cell in enumerate(made["cells"]):
        cell["execution_count"] = 99 - i
        cell["outputs"] = [
            {"output_type": "stream", "name": "stderr", "text": ["a\n", "b"]},
            {"output_type": "error", "ename": "ValueError", "evalue": "x", "traceback": ["x"]},
            {"output_type": "display_data", "metadata": {}, "data": {"image/png": "iVBORw0KGgo="}},
        ]
    return json.dumps(made).encode()


def lines(data):
    """Write sources as lists of lines, as Jupyter does, with Windows line ends."""
    made = json.loads(data)
    for cell in made["cells"]:
        cell["source"] = cell["source"].splitlines(keepends=True)
    return json.dumps(made, indent=1).replace("\n", "\r\n").encode("utf-8-sig")


def one_cell(data):
    """Put all the code into one cell."""
    made = json.loads(data)
    made["cells"][0]["source"] = "\n\n".join(c["source"] for c in made["cells"])
    del made["cells"][1:]
    return json.dumps(made).encode()


UTF16 = lambda data: json.dumps(json.loads(data)).encode("utf-16")  # noqa: E731

FORMS = [
    ("plain", "correct work", (SOLVED,), None),
    ("prints", "correct work that prints, warns, logs and plots", (NOISE, SOLVED, NOISE), None),
    ("noisy-functions", "functions that print and warn at every call", (SOLVED, WRAPPED), None),
    ("extra-cells", "cells of its own around", ("x = 1", SOLVED, "x / 0", "y ="), None),
    ("magics", "magics and shell lines", ("%matplotlib inline\n!pip install x", SOLVED), None),
    ("input", "a cell that asks for input", (SOLVED, "input()"), None),
    ("reordered", "cells in the opposite order", (SOLVED,), reverse_functions),
    ("stripped", "no metadata, no ids", (SOLVED,), stripped),
    ("doubled", "every cell twice", (SOLVED,), doubled),
    ("executed", "outputs of a run out of order", (SOLVED,), executed),
    ("windows", "a byte order mark, CRLF, lists of lines", (SOLVED,), lines),
    ("utf-16", "saved as UTF-16", (SOLVED,), UTF16),
    ("one-cell", "everything in one cell", (SOLVED,), one_cell),
    ("plots-in-one-cell", "plots, sliders and progress bars in the one cell of the answers",
     (PLOTS, SOLVED), one_cell),
    ("imports", "imports what a tidy student imports", (
        "import numpy as np, math, random, itertools, typing\nimport matplotlib.pyplot as plt\n"
        "from tqdm import tqdm\nimport ipywidgets as widgets\nfrom IPython.display import display",
        SOLVED), None),
    ("seeded", "sets seeds and print options", (
        "import numpy as np, random\nnp.random.seed(0); random.seed(0)\n"
        "np.set_printoptions(precision=2, suppress=True)", SOLVED), None),
    ("first-tries", "wrong first tries above the right answers", (
        "def dense_backward(delta, a, W):\n    return delta", SOLVED), None),
    ("exits", "a stray exit() at the end", (SOLVED, "exit()"), None),
]  # fmt: skip

ATTACKS = [
    Attack(f"honest-{name}", f"hands in {tries}", cells, rewrite=rewrite, full=True,
           statuses=frozenset({"graded"}))
    for name, tries, cells, rewrite in FORMS
]  # fmt: skip


@pytest.mark.parametrize("attack", each(ATTACKS))
def test_correct_work_gets_full_marks_in_any_form(attack, assert_harmless):
    assert_harmless(attack)
