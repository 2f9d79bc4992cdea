"""What takes the place of modules that a notebook may import, beside NumPy and Python's own.

Plotting, panels and progress bars do nothing: every call answers with another stub. `course_lib`
gives its data, and checks, figures and widgets that do nothing. What else a notebook imports is not
there; see `imports.py`.
"""

from __future__ import annotations

import importlib.abc
import importlib.machinery
import opcode
import sys
import types
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from itertools import accumulate
from typing import Any

import numpy as np

from . import imports
from .shell import Nothing


def nothing(*args: Any, **kwargs: Any) -> None:
    """Do nothing."""


class Stub(Nothing):
    """An object that answers everything with itself and does nothing."""

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        # A decorator gives its function back, so that @interact keeps the name usable.
        if len(args) == 1 and not kwargs and isinstance(args[0], types.FunctionType):
            return args[0]
        return self

    def __iter__(self) -> Iterator[Any]:
        # `low, high = ax.get_xlim()` wants two, `line, = ax.plot(y)` one: the caller's own
        # instruction says how many.
        caller = sys._getframe(1)
        code, place = caller.f_code.co_code, caller.f_lasti
        unpacks = opcode.opname[code[place]] == "UNPACK_SEQUENCE"
        return iter((self,) * (code[place + 1] if unpacks else 1))

    def __array__(self, *args: Any, **kwargs: Any) -> np.ndarray:
        return np.zeros(())

    def __float__(self) -> float:
        return 0.0

    def __int__(self) -> int:
        return 0

    def __format__(self, how: str) -> str:
        return repr(self)

    def __lt__(self, other: Any) -> bool:
        return False

    __gt__ = __le__ = __ge__ = __lt__

    def __len__(self) -> int:
        return 1

    __exit__ = __setitem__ = nothing

    def _same(self, *others: Any) -> Any:
        return self

    __enter__ = __getitem__ = __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = (
        __or__
    ) = _same
    __truediv__ = __rtruediv__ = __neg__ = __pow__ = __matmul__ = _same

    def __repr__(self) -> str:
        return "<nothing is drawn while your work is marked>"


STUB = Stub()


class StubModule(types.ModuleType):
    """A module of which every name is a stub, but for those set on it."""

    __version__ = "0.0"

    def __getattr__(self, name: str) -> Any:
        return STUB.__getattr__(name)


class Progress:
    """A progress bar that shows nothing: it iterates, and takes every call."""

    def __init__(self, iterable: Iterable[Any] | None = None, *args: Any, **kwargs: Any) -> None:
        self.iterable = () if iterable is None else iterable
        self.n = 0

    def __iter__(self) -> Iterator[Any]:
        return iter(self.iterable)

    def __len__(self) -> int:
        return len(self.iterable)  # type: ignore[arg-type]

    def __enter__(self) -> Progress:
        return self

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return nothing

    __exit__ = nothing
    write = staticmethod(nothing)


def subplots(nrows: int = 1, ncols: int = 1, *, squeeze: bool = True, **kwargs: Any) -> Any:
    """Return a figure and as many axes as were asked for."""
    axes = np.empty((nrows, ncols), dtype=object)
    axes.fill(STUB)
    if squeeze:
        axes = axes[0, 0] if axes.size == 1 else axes.squeeze()
    return STUB, axes


def trange(*args: Any, **kwargs: Any) -> Progress:
    """Return a progress bar over whole numbers."""
    return Progress(range(*args))


def hist(*args: Any, **kwargs: Any) -> Any:
    """Return no counts, two edges and nothing to see."""
    return np.zeros(1), np.zeros(2), STUB


def stub_module(name: str) -> StubModule:
    """Make one of the modules that draw, ask and count, with the few names that answer more."""
    module = StubModule(name)
    if name in ("matplotlib.pyplot", "pylab"):
        module.__dict__.update(subplots=subplots, hist=hist)
    elif name.partition(".")[0] == "tqdm":
        module.__dict__.update(tqdm=Progress, tqdm_notebook=Progress, trange=trange)
    return module


class StubFinder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Finds every module of the packages that draw, ask and count."""

    def find_spec(
        self, name: str, path: Any = None, target: Any = None
    ) -> importlib.machinery.ModuleSpec | None:
        """Find whatever lies below one of the packages."""
        if name.partition(".")[0] not in imports.STUBBED:
            return None
        return importlib.machinery.ModuleSpec(name, self, is_package=True)

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> types.ModuleType:
        """Make the module."""
        return stub_module(spec.name)

    exec_module = nothing


class Absent(importlib.abc.MetaPathFinder):
    """The last finder asked: says in a sentence that a module is not there."""

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> None:
        """Raise ModuleNotFoundError with a sentence; top-level names only."""
        if sys._getframe(2).f_globals.get("__name__") == "importlib.util":
            return  # it was only asked whether there is one
        top = name.partition(".")[0]
        if name == top or top == "course_lib":
            raise imports.NotAvailable(imports.sentence(name), name=name)


class Modules:
    """What a notebook imports in a process that has the real packages as well.

    `data` is what `course_lib.data` is there, `earlier` what `course_lib.checks.earlier` is.
    """

    def __init__(self, data: types.ModuleType, earlier: Callable[..., Any]) -> None:
        self._found: dict[str, types.ModuleType] = {}
        for name, module in (course_modules() | {"course_lib.data": data}).items():
            put(self._found, name, module)
        self._found["course_lib.checks"].earlier = earlier  # type: ignore[attr-defined]

    def find(self, name: str, submodule: bool) -> types.ModuleType | None:
        """Return a module, or its package; None where the real one is meant."""
        top = name.partition(".")[0]
        if top not in imports.STUBBED and top != "course_lib":
            return None
        package = None
        for whole in accumulate(name.split("."), "{}.{}".format):
            if whole not in self._found:
                if top == "course_lib" and not isinstance(package, StubModule):
                    raise imports.NotAvailable(imports.sentence(whole), name=whole)
                put(self._found, whole, stub_module(whole))
            package = self._found[whole]
        return self._found[name if submodule else top]


def no_input(prompt: object = "") -> str:
    """Take the place of `input`."""
    raise RuntimeError(
        "input() cannot be answered while your work is marked; give the value in the code"
    )


def stub(*args: Any, **kwargs: Any) -> Stub:
    """Give a stub, in the place of what a check or a panel answers."""
    return STUB


def course_modules() -> dict[str, types.ModuleType]:
    """Make the modules of the course that do nothing, by name, packages first."""
    checks = dict.fromkeys(("check", "example", "panel"), stub)
    return {
        "course_lib": imports.Part("course_lib", {"check": stub}),
        "course_lib.checks": imports.Part("course_lib.checks", checks),
        "course_lib.figures": StubModule("course_lib.figures"),
        "course_lib.widgets": StubModule("course_lib.widgets"),
    }


def put(modules: dict[str, types.ModuleType], name: str, module: types.ModuleType) -> None:
    """Put a module among others, and into the package that it belongs to."""
    modules[name] = module
    parent, _, child = name.rpartition(".")
    if parent:
        setattr(modules[parent], child, module)


def _install(name: str, module: types.ModuleType) -> None:
    module.__path__ = []
    module.__spec__ = importlib.machinery.ModuleSpec(name, None, is_package=True)
    put(sys.modules, name, module)


def install() -> None:
    """Put every stub into `sys.modules`, and the finder that says what is absent."""
    for name, module in course_modules().items():
        _install(name, module)
    sys.meta_path += [StubFinder(), Absent()]


def install_data(source: str, digits: tuple[np.ndarray, ...]) -> None:
    """Give `course_lib.data` its functions, the digits from arrays instead of a file."""
    module = types.ModuleType("course_lib.data")
    module.__file__ = "course_lib/data.py"
    _install("course_lib.data", module)
    exec(compile(source, "course_lib/data.py", "exec"), module.__dict__)
    module.digits = lambda: tuple(array.copy() for array in digits)  # type: ignore[attr-defined]


def install_earlier(sources: dict[str, str]) -> None:
    """Have `course_lib.checks.earlier` give the course's own functions of earlier exercises.

    `sources` are texts by module name; each stands alone on NumPy, and is run when one of its
    functions is first asked for.
    """

    @cache
    def made(module: str) -> dict[str, Any]:
        names = {"__name__": module}
        exec(compile(sources[module], f"{module}.py", "exec"), names)
        return names

    def function(name: str) -> Callable[..., Any]:
        for module, source in sources.items():
            if f"def {name}(" in source:
                return made(module)[name]
        raise ValueError(f"no earlier exercise asks for a function called {name!r}")

    def earlier(*names: str, folder: object = ".") -> Any:
        return function(*names) if len(names) == 1 else tuple(map(function, names))

    sys.modules["course_lib.checks"].earlier = earlier  # type: ignore[attr-defined]


def install_example(source: str, names: dict[str, list[str]]) -> None:
    """Have `course_lib.checks.example` print results as it does for a student.

    `source` is the text of :mod:`course_lib.checks.printing`; `names` are those of the results, by
    name of the function. No result itself is known here.
    """
    printing = types.ModuleType("printing")
    exec(compile(source, "printing.py", "exec"), printing.__dict__)

    def example(function: Any, *args: Any) -> None:
        name = getattr(function, "__name__", "the function")
        try:
            with np.errstate(all="ignore"):
                value = function(*args)
        except NotImplementedError as error:
            print(printing.sentence(name, "unwritten", str(error)))
        except Exception as error:
            print(printing.sentence(name, "raised", f"{type(error).__name__}: {error}"))
        else:
            printing.show_results(names.get(name, [name]), value)

    sys.modules["course_lib.checks"].example = example  # type: ignore[attr-defined]
