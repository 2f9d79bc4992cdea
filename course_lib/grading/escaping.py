"""Students' names in places where a name must be nothing but a name: paths, tables, pages."""

from __future__ import annotations

import hashlib
import re

MAX_BYTES = 100
FORMULA = re.compile("((?:^|;)\\s*)(?=[=+@|%\\uff1d\\uff0b\\uff0d\\uff20-])")


def as_path(name: str) -> str:
    """Return a name as one path component: no separators, no dots in front, bounded.

    Letters and digits of every script stay; what is left is written as percent signs and hex,
    so two names never share a folder.

    >>> as_path("Ann Müller"), as_path("../etc"), as_path("=cmd()")
    ('Ann Müller', '%2E%2E%2Fetc', '%3Dcmd%28%29')
    """
    parts = []
    leading = True
    for sign in name:
        leading = leading and sign == "."
        if sign.isalnum() or (sign in "-_ ." and not leading):
            parts.append(sign)
        else:
            raw = sign.encode("utf-8", "surrogatepass")
            parts.append("".join(f"%{byte:02X}" for byte in raw))
    path = "".join(parts)
    if path != path.strip() or not path:
        path = path.replace(" ", "%20") or "%00"
    if len(path.encode()) > MAX_BYTES:
        mark = hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:12]
        kept = path.encode()[: MAX_BYTES - 13].decode("utf-8", "ignore")
        path = f"{kept}~{mark}"
    return path


def counted(number: int, thing: str) -> str:
    """Return a number with its noun, in the plural where it belongs.

    >>> counted(1, "notebook"), counted(0, "group")
    ('1 notebook', '0 groups')
    """
    return f"{number} {thing}" + ("" if number == 1 else "s")


def as_text(name: object) -> str:
    """Return anything as one line that can be printed, without control characters.

    >>> as_text("a\\nb"), as_text("x\\udc80")
    ('a\\\\nb', 'x\\\\udc80')
    """
    text = str(name).encode("utf-8", "backslashreplace").decode("utf-8")
    if text.isprintable():
        return text
    return "".join(
        sign if sign.isprintable() else sign.encode("unicode_escape").decode("ascii")
        for sign in text
    )


def as_cell(value: object) -> str:
    """Return a value for a table that a spreadsheet will open: never a formula.

    Signs of full width count where such scripts are in use. Where numbers have a comma, a semicolon
    ends a cell, whatever the quotes say.

    >>> as_cell("=cmd()"), as_cell(-1.5), as_cell("-x"), as_cell("\uff1d1"), as_cell("x; =cmd()")
    ("'=cmd()", '-1.5', "'-x", "'\uff1d1", "x; '=cmd()")
    """
    text = as_text(value)
    if isinstance(value, (int, float)):
        return text
    return FORMULA.sub(r"\1'", text)
