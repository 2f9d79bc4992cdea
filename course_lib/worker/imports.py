"""What a notebook may import where it is marked, and what becomes of every other import.

NumPy, the standard library and what the exercise's own notebook imports are there. Any other module
becomes a :class:`Placeholder`: to import it costs nothing, to use it raises :class:`NotAvailable`
with a sentence. So an answer that does not need the module is marked as it is, and one that does
gets the same error on every machine, whether the module is installed there or not.
"""

from __future__ import annotations

import ast
import builtins
import linecache
import sys
from collections.abc import Mapping
from functools import lru_cache
from types import ModuleType
from typing import Any

import numpy as np

from .shell import NoLoop

RULE = "NumPy, the standard library and what the exercise's own notebook imports"
STUBBED = (
    "IPython", "anywidget", "ipywidgets", "matplotlib", "matplotlib_inline", "mpl_toolkits",
    "pylab", "tqdm",
)  # fmt: skip
COURSE = {
    "course_lib": ("check", "checks", "data", "figures", "widgets"),
    "course_lib.checks": ("check", "earlier", "example", "panel"),
}
TOPS = frozenset(sys.stdlib_module_names) | {"__main__", "numpy", *STUBBED}


class NotAvailable(ModuleNotFoundError):
    """Something was used that is not there where work is marked."""


def available(module: str) -> bool:
    """Whether a notebook may import a module where it is marked.

    >>> available("numpy.linalg"), available("pandas"), available("course_lib.layers")
    (True, False, False)
    """
    top, _, rest = module.partition(".")
    if top == "course_lib":
        return not rest or rest.partition(".")[0] in COURSE[top]
    return top in TOPS


def sentence(name: str) -> str:
    """Say that a module, or something of it, is not there."""
    more = f": {RULE} are"
    if name.startswith("course_lib."):
        more = "; the exercise asks you to write it yourself"
    return f"{name} is not available where your work is marked{more}"


class Placeholder:
    """Stands in the place of something that is not there: every use raises a sentence.

    To name it, to take an attribute of it and to ask whether a value is an instance of it are no
    uses: none of them needs the module.
    """

    __slots__ = ("_name", "_text")

    def __init__(self, name: str, text: str = "") -> None:
        object.__setattr__(self, "_name", name)
        object.__setattr__(self, "_text", text or sentence(name))

    def __getattr__(self, name: str) -> Placeholder:
        if name.startswith("__") and name.endswith("__"):
            raise AttributeError(name)
        return Placeholder(f"{self._name}.{name}")

    def __instancecheck__(self, value: object) -> bool:
        return False

    def __subclasscheck__(self, value: object) -> bool:
        return False

    def __repr__(self) -> str:
        return f"<{self._name}, which is not available>"


def _refuse(self: Placeholder, *args: Any, **named: Any) -> Any:
    raise NotAvailable(str(object.__getattribute__(self, "_text")))


_OPERATIONS = """
    call mro_entries setattr getitem setitem delitem iter next len contains reversed bool float
    int complex index array enter exit await aenter aexit aiter anext lt le gt ge neg pos abs
    invert add sub mul truediv floordiv mod pow matmul and or xor lshift rshift radd rsub rmul
    rtruediv rfloordiv rmod rpow rmatmul rand ror rxor rlshift rrshift
"""
for _operation in _OPERATIONS.split():
    setattr(Placeholder, f"__{_operation}__", _refuse)


class Part(ModuleType):
    """A module of the course with the names that are there where work is marked."""

    def __init__(self, name: str, given: Mapping[str, Any]) -> None:
        super().__init__(name)
        self.__dict__.update(given)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") and name.endswith("__"):
            raise AttributeError(name)
        raise NotAvailable(sentence(f"{self.__name__}.{name}"), name=self.__name__)


class Importer:
    """Takes the place of `__import__` for the code of one notebook, and of no other.

    `modules` is a `stubs.Modules`, or None where `sys.modules` holds what it would give.
    """

    def __init__(self, namespace: dict[str, Any], modules: Any = None) -> None:
        self._namespace, self._modules = namespace, modules
        self._real = builtins.__import__
        self._looped = False

    def __call__(
        self,
        name: str,
        globals: Mapping[str, Any] | None = None,
        locals: Mapping[str, Any] | None = None,
        fromlist: Any = (),
        level: int = 0,
    ) -> Any:
        """Import as `__import__` does, as far as it is available."""
        if globals is not self._namespace or level:
            return self._real(name, globals, locals, fromlist, level)
        guarded = "*" in (fromlist or ()) or _guarded(sys._getframe(1))
        if not available(name):
            if guarded:
                raise NotAvailable(sentence(name), name=name)
            return Placeholder(name if fromlist else name.partition(".")[0])
        module = self._modules.find(name, bool(fromlist)) if self._modules else None
        if module is None:
            asked = fromlist
            if name in COURSE and fromlist and "*" not in fromlist:
                asked = [member for member in fromlist if member in COURSE[name]] or ("__name__",)
            module = self._real(name, globals, locals, asked, level)
        if name.partition(".")[0] == "asyncio":
            self._start_loop()
        if name not in COURSE or not fromlist or "*" in fromlist:
            return module
        missing = [member for member in fromlist if member not in COURSE[name]]
        if missing and guarded:
            raise NotAvailable(sentence(f"{name}.{missing[0]}"), name=name)
        given = {member: getattr(module, member) for member in fromlist if member not in missing}
        return Part(name, given | {member: Placeholder(f"{name}.{member}") for member in missing})

    def _start_loop(self) -> None:
        """Have asyncio find a loop that is running, as it does in a notebook."""
        asyncio = sys.modules["asyncio"]
        if asyncio._get_running_loop() is None:
            asyncio._set_running_loop(NoLoop())
            self._looped = True

    def close(self) -> None:
        """Leave asyncio as it was."""
        if self._looped:
            sys.modules["asyncio"]._set_running_loop(None)
            self._looped = False


def _guarded(frame: Any) -> bool:
    """Whether an import is written where its failure is expected: in a `try` or a `with`."""
    return frame.f_lineno in _guarded_lines("".join(linecache.getlines(frame.f_code.co_filename)))


@lru_cache(maxsize=64)
def _guarded_lines(source: str) -> frozenset[int]:
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return frozenset()
    return frozenset(
        node.lineno
        for block in ast.walk(tree)
        if isinstance(block, (ast.Try, ast.TryStar, ast.With))
        for statement in block.body
        for node in ast.walk(statement)
        if isinstance(node, (ast.Import, ast.ImportFrom))
    )


def absent_names(namespace: Mapping[str, Any]) -> dict[str, Any]:
    """Return what takes the place of a namespace's modules that are not there where it is marked.

    A notebook's own kernel may have imported anything. What came of such a module, a function of it
    or an object made with it, is replaced as well.
    """
    substitutes: dict[str, Any] = {}
    for name, value in list(namespace.items()):
        if name.startswith("__"):
            continue
        if isinstance(value, ModuleType):
            if value.__name__ in COURSE:
                shown = COURSE[value.__name__]
                given = {
                    member: getattr(value, member) for member in shown if hasattr(value, member)
                }
                substitutes[name] = Part(value.__name__, given)
            elif not available(value.__name__):
                substitutes[name] = Placeholder(value.__name__)
            continue
        origin = _origin(value)
        if origin and origin != namespace.get("__name__") and not available(origin):
            own = getattr(value, "__name__", type(value).__name__)
            substitutes[name] = Placeholder(f"{origin.partition('.')[0]}.{own}")
    return substitutes


def names_of_kernel(namespace: Mapping[str, Any]) -> list[str]:
    """Return the names that a kernel has put into its notebook, such as ``exit``."""
    homes = {name: type(getattr(v, "__self__", v)).__module__ for name, v in namespace.items()}
    return [name for name in homes if homes[name].split(".")[0] in ("IPython", "ipykernel")]


def _origin(value: Any) -> str:
    """Return the module that a value comes from; empty where nobody knows."""
    if isinstance(value, np.ufunc):  # it does not say; SciPy has many
        # What NumPy has is NumPy's, also where another module shows it.
        modules = sorted(sys.modules.items(), key=lambda item: item[0].partition(".")[0] != "numpy")
        names = (
            name
            for name, module in modules
            if getattr(module, "__dict__", {}).get(value.__name__) is value
        )
        return next(names, "")
    module = getattr(value, "__module__", None) or type(value).__module__
    return module if isinstance(module, str) else ""
