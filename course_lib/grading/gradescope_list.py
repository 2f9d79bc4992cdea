"""Gradescope's list of who submitted what, ``submission_metadata.yml``."""

from __future__ import annotations

import yaml

from course_lib.grading.ingest import RefusedError
from course_lib.grading.listing import one_form
from course_lib.grading.names import as_text

LIST = "submission_metadata.yml"
MAX_LIST = 64 * 2**20  # bytes; the list holds every test's output as well


class _Loader(getattr(yaml, "CBaseLoader", yaml.BaseLoader)):  # type: ignore[misc]
    """Reads YAML as lists, mappings and texts alone: no object is made, and 0012 stays 0012."""


def submitters(raw: bytes) -> dict[str, list[tuple[str, ...]]]:
    """Return, for each submission's folder, the names of each of its submitters.

    Of each person the student's number comes first, then the address, then the name. A group has
    several people.

    Raises
    ------
    RefusedError
        If this is no such list.

    Examples
    --------
    >>> listed = b"submission_7:\\n  :submitters:\\n  - :name: Ann\\n    :sid: s12\\n"
    >>> submitters(listed)
    {'submission_7': [('s12', 'Ann')]}
    """
    try:
        listed = yaml.load(raw, _Loader)
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        reason = str(getattr(error, "problem", None) or error)
        raise RefusedError(f"it is not YAML: {as_text(reason)}") from error
    if not isinstance(listed, dict):
        raise RefusedError("it is not a list of submissions")
    found: dict[str, list[tuple[str, ...]]] = {}
    for folder, submission in listed.items():
        people = _entry(submission, "submitters")
        for one in people if isinstance(people, list) else []:
            said = [_entry(one, name) for name in ("sid", "email", "name")]
            names = tuple(
                one_form(value.strip())
                for value in said
                if isinstance(value, str) and value.strip() not in ("", "~", "null")
            )
            if names:
                found.setdefault(str(folder), []).append(names)
    return found


def _entry(value: object, name: str) -> object:
    """Return an entry of a mapping; Ruby writes a colon in front of its names."""
    if not isinstance(value, dict):
        return None
    return value.get(f":{name}", value.get(name))
