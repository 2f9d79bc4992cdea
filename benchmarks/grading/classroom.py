"""A class that hands in exercise 08: each notebook right but for some of the usual slips.

Notebook number n is the solution with the slips whose digits are set in n, so the same n is the
same notebook wherever it is made, about one in five is right, and any two of the first thousand
differ in their code.
"""

from __future__ import annotations

import json
from pathlib import Path
from random import Random

from course_lib.course_files import folder
from course_lib.notebooks import release, source

REPOSITORY = Path(__file__).resolve().parents[2]
EXERCISE = "08_backward_pass"
NOTEBOOK = f"{EXERCISE}.ipynb"
SLIPS = (
    ("delta.sum(axis=0)", "delta.mean(axis=0)"),
    ("dW = delta.T @ a\n", "dW = delta.T @ a / len(a)\n"),
    ("return delta / len(y)", "return delta"),
    ("1 - np.tanh(z) ** 2", "1 - np.tanh(z)"),
    ("value * (1 - value)", "value"),
    ("(z > 0).astype(float)", "(z > -1).astype(float)"),
    ("for i in reversed(range(len(W))):", "for i in range(len(W)):"),
    ("activation_backward(da, z[i - 1], activation)", "activation_backward(da, z[i], activation)"),
    ("    da = delta @ W\n", "    da = delta @ W.T\n"),
    ("    return dW, db, da\n", "    raise NotImplementedError\n"),
)
PER_SLIP = 0.15


def solution() -> dict:
    """Return the solved notebook as Jupyter writes it."""
    text = release.dump(release.solved(source.read(folder("solutions") / f"{EXERCISE}.md")))
    return json.loads(text)


def notebook(number: int, solved: dict) -> bytes:
    """Return one student's notebook: their slips, and a note of their own."""
    draw = Random(number)
    slips = [slip for slip in SLIPS if draw.random() < PER_SLIP]
    made = json.loads(json.dumps(solved))
    for cell in made["cells"]:
        if cell["cell_type"] == "code":
            text = "".join(cell["source"])
            for right, wrong in slips:
                text = text.replace(right, wrong)
            cell["source"] = text
    code = next(cell for cell in made["cells"] if cell["cell_type"] == "code")
    code["source"] += f"\n# notebook {number}"
    return json.dumps(made, indent=1, ensure_ascii=False).encode()


def write(folder: Path, count: int) -> None:
    """Write a folder with one folder per student."""
    solved = solution()
    for number in range(count):
        place = folder / f"student-{number:05}"
        place.mkdir(parents=True)
        (place / NOTEBOOK).write_bytes(notebook(number, solved))
