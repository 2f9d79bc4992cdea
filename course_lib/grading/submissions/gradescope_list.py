"""Gradescope's list of who submitted what, ``submission_metadata.yml``."""

from __future__ import annotations

from collections.abc import Iterator

import yaml

from course_lib.checks.notebook_file import RefusedError
from course_lib.grading.escaping import as_text
from course_lib.grading.submissions.listing import one_form

LIST = "submission_metadata.yml"
MAX_LIST = 64 * 2**20  # bytes; the list holds every test's output as well
MAX_NESTED = 200
DEPTH = 4  # submission, submitters, person, entry: what is nested more deeply is passed over
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def created(raw: bytes) -> dict[str, str]:
    """Return when each submission's folder was submitted, as Gradescope wrote it.

    Examples
    --------
    >>> created(b"submission_7:\\n  :created_at: 2026-11-02 21:05:00.123 Z\\n")
    {'submission_7': '2026-11-02 21:05:00.123 Z'}
    """
    listed = _content(raw)
    times = {}
    for folder, submission in listed.items() if isinstance(listed, dict) else ():
        when = _entry(submission, "created_at")
        if isinstance(when, str):
            times[str(folder)] = when
    return times


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
        listed = _content(raw)
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        reason = str(getattr(error, "problem", None) or error)
        raise RefusedError(f"it is not YAML: {as_text(reason)}") from error
    if not isinstance(listed, dict):
        raise RefusedError("it is not a list of submissions")
    by_folder: dict[str, list[tuple[str, ...]]] = {}
    for folder, submission in listed.items():
        people = _entry(submission, "submitters")
        for person in people if isinstance(people, list) else []:
            said = [_entry(person, name) for name in ("sid", "email", "name")]
            names = tuple(
                one_form(value.strip())
                for value in said
                if isinstance(value, str) and value.strip() not in ("", "~", "null")
            )
            if names:
                by_folder.setdefault(str(folder), []).append(names)
    return by_folder


def _entry(value: object, name: str) -> object:
    """Return an entry of a mapping; Ruby writes a colon in front of its names."""
    if not isinstance(value, dict):
        return None
    return value.get(f":{name}", value.get(name))


def _content(raw: bytes) -> object:
    """Return the first document of a YAML file as mappings, lists and texts alone.

    It is built from the parser's events: no object is made, whatever a tag says, 0012 stays 0012,
    and the length of what a test printed costs nothing.
    """
    events = yaml.parse(raw, _LOADER)
    for event in events:
        if isinstance(event, yaml.NodeEvent):
            return _value(event, events, {}, 0)
    return None


def _value(
    event: yaml.Event, events: Iterator[yaml.Event], anchors: dict[str, object], depth: int
) -> object:
    """Return what begins with an event."""
    if isinstance(event, yaml.AliasEvent):
        return anchors.get(event.anchor)
    value: object = getattr(event, "value", "")
    if isinstance(event, yaml.CollectionStartEvent):
        if depth == MAX_NESTED:
            raise RefusedError("it is nested too deeply")
        entries = []
        while not isinstance(inner := next(events), yaml.CollectionEndEvent):
            item = _value(inner, events, anchors, depth + 1)
            if depth < DEPTH:
                entries.append(item)
        value = entries
        if isinstance(event, yaml.MappingStartEvent):
            pairs = zip(entries[::2], entries[1::2], strict=True)
            value = {key: item for key, item in pairs if isinstance(key, str)}
    anchors[event.anchor] = value
    return value
