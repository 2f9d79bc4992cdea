"""A cell leaves the functions here that it leaves in IPython, which is asked itself."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Iterator
from typing import Any

import pytest
from IPython.core.interactiveshell import InteractiveShell

from course_lib import data
from course_lib.checks.notebook_file import prepared
from course_lib.worker.executor import Notebook
from course_lib.worker.stubs import Modules

RUN = ("capture", "prun", "time", "timeit")
F = "def f(x):\n    return x + 1\n"


def indented(text: str, by: str = "    ") -> str:
    return "".join(by + line for line in text.splitlines(keepends=True))


def prompted(first: str, more: str) -> str:
    head, *rest = F.splitlines()
    return "\n".join([first + head, *(more + line for line in rest)])


FORMS = [
    F,
    f"!pip install -q numpy \\\n    matplotlib\n{F}",
    f"%load_ext \\\n    autoreload\n{F}",
    f"{F}!ls",
    f"   !ls\n{F}",
    indented(F),
    indented(F, "\t"),
    f"\n\n{indented(F)}",
    f"  import math\n{indented(F, '  ')}",
    f"import math\n{indented(F)}",  # not indented as a whole: an error
    f"\f\n{F}",
    f"\f%time x = 1\n{F}",
    prompted(">>> ", "... "),
    prompted("In [3]: ", "   ...: "),
    prompted("In [3]: ", "...: "),
    prompted("    >>> ", "    ... "),
    f'{F}s = """\n>>> f(1)\n2\n"""\n',
    f"%%time\n{F}",
    f"\n \n%%time\n{F}",
    f"   %%time\n{indented(F)}",
    f"%%time \n{F}",
    f"# first\n%%time\n{F}",
    f"x = 1\n%%time\n{F}",
    f"%%time x = 1\n{F}",
    f"%%time --no-raise-error\n{F}",
    f"%%capture\n{F}",
    f"%%capture out\n{F}",
    f"%%capture --no-stderr out\n{F}g = lambda: out.show()\n",
    f"%%capture out\n{F}1 / 0\ndef g(): pass\n",
    f"%%capture out\n%%time\n{F}",
    f"%%time\n%%capture\n{F}",
    f"%%prun\n{F}",
    f"%%prun -q -s time\n{F}",
    f"%%prun -l 3\n{F}",
    f"%%timeit -n1 -r1\n{F}",
    f"%%timeit -n1 -r1 y = 1\n{F}",
    f"%%time\n%matplotlib inline\n!ls\n{F}",
    f"%%time\n{F}x = !ls\n",
    f"{F}x = %time f(1)\ndef g(): return x\n",
    f"{F}x = %time f(\\\n    1)\ndef g(): return x\n",
    f"{F}%time g = f\n",
    f"{F}%time %time g = f\n",
    f"{F}%prun g = f\n",
    f"{F}%prun -q g = f\n",
    f"{F}%timeit -n1 -r1 g = f\n",
    f"{F}x = %timeit -n1 -r1 -o f(1)\n",
    f"%%time\n{F}%time g = f\n",
    "if True:\n    %time y = 1\n    def f(x): return y\n",
    "def f(x):\n    %timeit -n1 -r1 x\n    return 3\n",
    "def f(x):\n    !ls\n    return 3\n",
    "def f(x):\n    files = !ls {x}\n    return list(files)\n",
    "def f(x):\n    %time y = 1\n    return 4\n",
    "for i in range(2):\n    %time i\ndef f(x): return i\n",
    f"files = !ls\nz = 5\nz %= 2\nw = z != 3\n{F}",
    f"a = b = !ls\n{F}",
    f"f.files = !ls\n{F}",
    f"x = (5\n% 3)\n{F}",
    f"x = (5 !\n)\n{F}",
    f"np.dot?\n{F}",
    f"?np\n{F}",
    f"np??\n{F}",
    f"{F}f?",
    f"{F}f?  # what\n",
    f"%%time?\n{F}",
    f"%who?\n{F}",
    f"%%bash\n{F}",
    f"%%javascript\n{F}",
    f"%%html\n{F}",
    f"%%writefile f.py\n{F}",
    f"%%\n{F}",
    f"%\n{F}",
    f"!\n{F}",
    f"!!ls\n{F}",
    f"?\n{F}",
    f",print a b\n{F}",
    f";print a b\n{F}",
    f"/print a\n{F}",
    f"s = '''\n%time\n!ls\n'''\n{F}",
    f's = f"""\n%d {{1}}\n"""\n{F}',
    f"s = 'it''s' '%' \\\n    '!'\n{F}",
    f"# it's 100%\n%who it's\n{F}",
    f"import asyncio\nawait asyncio.sleep(0)\n{F}",
    f"async def one(): return 1\nx = await one()\n{F}y = f(x)\n",
    "async def two():\n    yield 2\nasync for f in two(): pass\n",
    "async def two():\n    yield 2\nx = [y async for y in two()]\ndef f(z): return x\n",
    "class A:\n    async def __aenter__(self): return 5\n    async def __aexit__(self, *e): pass\n"
    "async with A() as y:\n    def f(x): return y\n",
    f"%%time\nasync def one(): return 1\nx = 1\n{F}",
    f"from __future__ import annotations\n{F}",
    f"return 3\n{F}",
    f"{F}break\n",
    f"x = 1 +\n{F}",
    f"{F}\n\x0c\n",
    "f = lambda x: x\nf = 3\n",
    f"{F}del f\n",
    f"{F}# %time\n",
    "%time\n" + F,
    f"{F}exit()\n",
    "def f(x):\r\n    %time y = 1\r\n    return 4\r\n".replace("\r\n", "\n"),
    "f = %time lambda x: x + 1\n",
    f"get_ipython().run_line_magic('time', 'x = 1')\nget_ipython().system('ls')\n{F}",
    f"get_ipython().run_cell_magic('time', '', 'def g(): return 1')\n{F}",
    f"from IPython.display import display, Markdown\ndisplay(Markdown('x'))\n{F}",
    f"display(3)\n{F}",
]


@pytest.fixture(scope="module")
def shell() -> Iterator[InteractiveShell]:
    """An IPython in which commands do nothing, but for those that run Python."""
    made = InteractiveShell()
    made.system = made.getoutput = lambda *args, **kwargs: []  # type: ignore[method-assign]
    for kind, magics in made.magics_manager.magics.items():
        for name in set(magics) - set(RUN):
            magics[name] = lambda *args, **kwargs: None
        assert set(magics) > set(RUN) - {"capture"}, kind
    made.at_first = set(made.user_ns)
    yield made
    InteractiveShell.clear_instance()


def functions(space: dict[str, Any]) -> dict[str, str]:
    """Return the student's functions of a namespace, and what each gives."""
    results = {}
    for name in ("f", "g"):
        function = space.get(name)
        if function is not None:
            try:
                results[name] = repr(function(3) if name == "f" else function())
            except Exception as error:
                results[name] = type(error).__name__
    return results


@pytest.mark.parametrize("cell", FORMS, ids=range(len(FORMS)))
def test_a_cell_leaves_the_functions_that_it_leaves_in_ipython(
    cell: str, shell: InteractiveShell, tmp_path, monkeypatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in set(shell.user_ns) - shell.at_first:
        del shell.user_ns[name]
    book = Notebook(Modules(data, lambda *names: None))
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        shell.run_cell(cell)
        expected = functions(shell.user_ns)
        with book.active():
            with contextlib.suppress(BaseException):
                book.cell(1, prepared(cell))
            actual = functions(book.namespace)
    assert actual == expected, prepared(cell)


def every(kind: str) -> list[str]:
    return sorted(set(InteractiveShell().magics_manager.lsmagic()[kind]) - set(RUN))


@pytest.mark.parametrize("name", [*every("line"), "tensorflow_version", "load_ext autoreload"])
def test_a_command_of_one_line_costs_no_function(name: str) -> None:
    book = Notebook(Modules(data, lambda *names: None))
    with book.active():
        book.cell(1, prepared(f"%{name} some 'words\nx = %{name} 1\n{F}"))
    assert book.namespace["f"](1) == 2


@pytest.mark.parametrize("name", [*every("cell"), "sql", "cython"])
def test_a_command_of_a_whole_cell_runs_nothing_of_it(name: str) -> None:
    book = Notebook(Modules(data, lambda *names: None))
    with book.active():
        book.cell(1, prepared(f"%%{name} some words\n{F}"))
    assert "f" not in book.namespace


def test_waiting_is_refused_with_a_sentence() -> None:
    for cell in ("await asyncio.sleep(1)", "await asyncio.gather(asyncio.sleep(0))"):
        book = Notebook(Modules(data, lambda *names: None))
        with book.active(), pytest.raises(RuntimeError, match="waiting is not possible"):
            book.cell(1, f"import asyncio\n{cell}")


def test_a_running_loop_is_there_as_in_a_notebook() -> None:
    import asyncio

    book = Notebook(Modules(data, lambda *names: None))
    with book.active(), pytest.raises(RuntimeError, match="running event loop"):
        book.cell(1, "import asyncio\nasync def one(): pass\nmade = one()\nasyncio.run(made)")
    book.namespace["made"].close()
    with pytest.raises(RuntimeError, match="no running event loop"):
        asyncio.get_running_loop()


def test_a_line_keeps_its_number() -> None:
    book = Notebook(Modules(data, lambda *names: None))
    for cell in ("\n\n  x = 1\n  1 / 0", "%%time\n%who\n\n1 / 0", "\n\n%%capture out\n1 / 0"):
        with book.active(), pytest.raises(ZeroDivisionError) as caught:
            book.cell(1, prepared(cell))
        assert caught.traceback[-1].lineno + 1 == 4
