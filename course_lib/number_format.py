"""How the book writes a computed number: in prose, and in mathematics."""

from __future__ import annotations

import re

import numpy as np


def text(value: object, spec: str = "") -> str:
    """Write a computed value for prose: a real minus sign, no minus before a rounded zero.

    Parameters
    ----------
    value : number, str, or array
        An array is written as a list in brackets, row by row.
    spec : str
        A format of Python's mini-language such as ``.3f``; without one, four decimals for a
        number that is no integer.

    Examples
    --------
    >>> text(-0.25, ".3f"), text(12), text(-0.0001, ".2f"), text([0.5, -1.0], ".1f")
    ('−0.250', '12', '0.00', '[0.5, −1.0]')
    >>> text(2.5e-7, ".1e"), text(0.0, ".0e")
    ('2.5 · 10⁻⁷', '0')
    """
    if isinstance(value, str):
        return value
    if np.ndim(value):  # type: ignore[arg-type]
        return "[" + ", ".join(text(item, spec) for item in np.asarray(value)) + "]"
    digits, exponent = _parts(value, spec)
    digits = digits.replace("-", "−")
    if exponent is None:
        return digits
    return f"{digits} · 10{str(exponent).translate(_RAISED)}"


def tex(value: object, spec: str = "") -> str:
    """Write a computed value for mathematics; a vector becomes a column, an array a matrix.

    Examples
    --------
    >>> tex(-0.25, ".2f"), tex(3e-9, ".0e")
    ('-0.25', '3\\\\cdot 10^{-9}')
    >>> tex([[1.0, -2.0], [0.5, 4.0]], ".1f")
    '\\\\begin{bmatrix}1.0 & -2.0 \\\\\\\\ 0.5 & 4.0\\\\end{bmatrix}'
    """
    if isinstance(value, str):
        return value
    if np.ndim(value):  # type: ignore[arg-type]
        rows = np.asarray(value)
        rows = rows[:, None] if rows.ndim == 1 else rows
        inside = r" \\ ".join(" & ".join(tex(item, spec) for item in row) for row in rows)
        return rf"\begin{{bmatrix}}{inside}\end{{bmatrix}}"
    digits, exponent = _parts(value, spec)
    return digits if exponent is None else rf"{digits}\cdot 10^{{{exponent}}}"


_RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def _parts(value: object, spec: str) -> tuple[str, int | None]:
    if isinstance(value, (bool, np.bool_)):
        return str(bool(value)).lower(), None
    if not spec:
        spec = "d" if isinstance(value, (int, np.integer)) else ".4f"
    written = format(value, spec)
    if re.fullmatch(r"-0*\.?0*%?", written):
        written = written[1:]
    mantissa, _, exponent = written.partition("e")
    return mantissa, int(exponent) if exponent and float(mantissa) else None
