"""What this book adds to Sphinx, as one extension; README.md says how to write with it."""

from __future__ import annotations

from typing import Any

from . import (
    aside,
    bibliography,
    drawing,
    elements,
    equations,
    exercise,
    exercise_pages,
    fill_in,
    formulas,
    icons,
    launch,
    not_found,
    notation_table,
    page,
    prune,
    question,
    reading_time,
    search,
    source_listing,
    theme_patches,
    values,
    widget,
)

# In the order in which they work on the built pages.
PARTS = (
    elements,
    bibliography,
    values,
    drawing,
    source_listing,
    question,
    fill_in,
    aside,
    widget,
    notation_table,
    equations,
    exercise_pages,
    formulas,
    page,
    icons,
    not_found,
    theme_patches,
    search,
    prune,
    launch,
    reading_time,
    exercise,
)


def setup(app: Any) -> dict[str, Any]:
    """Make every directive, role and step of the build known to Sphinx."""
    for part in PARTS:
        part.connect(app)
    return {"version": "1", "env_version": 1, "parallel_read_safe": False}
