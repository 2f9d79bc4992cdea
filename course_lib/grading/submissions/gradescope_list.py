"""Gradescope's list of who submitted what, ``submission_metadata.yml``."""

from __future__ import annotations

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
    found = {}
    for folder, submission in listed.items() if isinstance(listed, dict) else ():
        when = _entry(submission, "created_at")
        if isinstance(when, str):
            found[str(folder)] = when
    return found


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


def _content(raw: bytes) -> object:
    """Return the first document of a YAML file as mappings, lists and texts alone.

    It is built from the parser's events: no object is made, whatever a tag says, 0012 stays 0012,
    and neither deep nesting nor the length of what a test printed costs anything.
    """
    anchors: dict[str, object] = {}
    whole: list[object] = []
    open_ones: list[tuple[object, list[object]]] = [(None, whole)]  # each with its entries so far
    for event in yaml.parse(raw, _LOADER):
        if isinstance(event, (yaml.MappingStartEvent, yaml.SequenceStartEvent)):
            mapping = isinstance(event, yaml.MappingStartEvent)
            made: dict[object, object] | list[object] = {} if mapping else []
            open_ones.append((made, []))
            if len(open_ones) > MAX_NESTED:
                raise RefusedError("it is nested too deeply")
            value: object = made
        elif isinstance(event, (yaml.MappingEndEvent, yaml.SequenceEndEvent)):
            made_before, entries = open_ones.pop()
            if len(open_ones) <= DEPTH and isinstance(made_before, list):
                made_before.extend(entries)
            elif len(open_ones) <= DEPTH and isinstance(made_before, dict):
                pairs = zip(entries[::2], entries[1::2], strict=False)
                made_before.update((key, one) for key, one in pairs if isinstance(key, str))
            continue
        elif isinstance(event, yaml.ScalarEvent):
            value = event.value
        elif isinstance(event, yaml.AliasEvent):
            value = anchors.get(event.anchor)
        elif isinstance(event, yaml.DocumentEndEvent):
            break
        else:
            continue
        parents = open_ones[:-1] if value is open_ones[-1][0] else open_ones
        if len(parents) <= DEPTH + 1:
            parents[-1][1].append(value)
            if getattr(event, "anchor", None):
                anchors[event.anchor] = value
    return whole[0] if whole else None
