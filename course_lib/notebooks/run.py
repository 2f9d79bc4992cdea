"""Running a solved notebook once, in a kernel of its own, to take its outputs."""

from __future__ import annotations

import tempfile
from typing import Any

from course_lib.notebooks import release, source
from course_lib.notebooks.source import Solution, SolutionError

CELL_SECONDS = 60
ATTEMPTS = 3


def outputs(solution: Solution, *, everything: bool = False) -> dict[str, list[Any]]:
    """Run the solved cells and return their outputs by cell id.

    Without a reference output (and without `everything`) nothing is run.

    Raises
    ------
    SolutionError
        With the line of the cell, if one raises.
    SystemExit
        If the packages that run notebooks are missing.
    """
    if not everything and not any(source.REFERENCE in cell.tags for cell in solution.cells):
        return {}
    try:
        import nbformat
        from nbclient.exceptions import CellExecutionError
    except ModuleNotFoundError as error:
        raise SystemExit(
            f"course release: {error.name} is missing; python -m pip install -e '.[dev]'"
        ) from error
    notebook = nbformat.reads(release.dump(release.solved(solution)), as_version=4)
    with tempfile.TemporaryDirectory() as folder:
        try:
            execute(notebook, folder)
        except CellExecutionError as error:
            position = next(
                index
                for index, cell in enumerate(notebook.cells)
                if any(output.output_type == "error" for output in cell.get("outputs", []))
            )
            cells = solution.cells
            line = cells[position].line if position < len(cells) else cells[-1].line
            raise SolutionError(
                solution.path, line, f"this cell raises {error.ename}: {error.evalue}"
            ) from error
    return {
        cell.id: [dict(output) for output in cell.outputs]
        for cell in notebook.cells
        if cell.cell_type == "code"
    }


def execute(notebook: Any, folder: str) -> None:
    """Run the cells of `notebook` in place, in a new kernel that works in `folder`.

    Now and then a message between client and kernel is lost, and both wait for ever: a cell that
    does not end in its time is tried again, with the whole notebook, in another kernel.
    """
    from nbclient import NotebookClient
    from nbclient.exceptions import CellTimeoutError

    for left in reversed(range(ATTEMPTS)):
        for cell in notebook.cells:
            if cell.cell_type == "code":
                cell.outputs, cell.execution_count = [], None
        client = NotebookClient(
            notebook,
            timeout=CELL_SECONDS,
            # All of a stream in one piece: how many arrive depends on the machine's load.
            coalesce_streams=True,
            kernel_name="python3",
            resources={"metadata": {"path": folder}},
            extra_arguments=["--log-level=40"],
        )
        try:
            client.execute()
            return
        except CellTimeoutError:
            if not left:
                raise
