"""``policy.toml``: dates, late steps, extensions, excuses, weights, questions that are dropped.

::

    timezone = "Europe/Berlin"

    [default]
    grace = "15 min"
    late = { each = "1 day", minus = "5 %", floor = "50 %" }

    [exercise.08]
    due = 2026-11-02T23:59:00
    last = 2026-11-09T23:59:00
    attempt = "last before due"
    weight = 2
    drop = { activation_backward = "full points" }

    [student."Ann Archer"]
    due = { 08 = 2026-11-05T23:59:00 }
    excused = ["05"]

    [total]
    drop_lowest = 1
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from course_lib.grading.escaping import as_text
from course_lib.grading.policy.policy import (
    ATTEMPTS,
    DROPS,
    UNITS,
    Amount,
    Duration,
    Key,
    Known,
    Late,
    Policy,
    PolicyError,
    Rules,
)

Where = tuple[str | int, ...]
SUCH = {
    "drop": '; such as drop = { QUESTION = "removed" } was expected',
    "late": '; such as late = { each = "1 day", minus = "5 %" } was expected',
    "due": "; such as due = { 08 = 2026-11-05T23:59:00 } was expected",
}


def read(path: Path, known: Known) -> Policy:
    """Read a policy.

    Raises
    ------
    PolicyError
        If it cannot be read, names what is not known, or contradicts itself.
    """
    try:
        text = path.read_bytes().decode("utf-8-sig").replace("\r\n", "\n")
        content = tomllib.loads(text)
    except OSError as error:
        raise PolicyError(f"{path} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise PolicyError(f"{path}, line {line}: it is not text in UTF-8") from error
    except tomllib.TOMLDecodeError as error:
        said = re.search(r"line (\d+)", str(error))
        number = said[1] if said else len(text.splitlines())
        raise PolicyError(
            f"{path}, line {number}: it is not TOML: {error}. A date is written "
            "such as 2026-11-02T23:59:00, and a text in quotes"
        ) from error
    try:
        return _Reader(content, known).policy()
    except _WrongError as error:
        raise PolicyError(f"{path}, line {line_of(text, error.where)}: {error}") from error


def line_of(text: str, where: Where) -> int:
    """Return the line of a TOML file in which an entry is complete.

    >>> line_of("a = 1\\n[b]\\nc = [1,\\n 2]\\n", ("b", "c", 1))
    4
    """
    lines = text.splitlines()
    for number in range(1, len(lines) + 1):
        try:
            value: Any = tomllib.loads("\n".join(lines[:number]))
            for name in where:
                value = value[name]
        except (tomllib.TOMLDecodeError, LookupError, TypeError):
            continue
        return number
    return len(lines)


def duration(text: str) -> Duration:
    """Return a length of time.

    Raises
    ------
    ValueError
        If it is none.

    Examples
    --------
    >>> duration("15 min").length
    datetime.timedelta(seconds=900)
    """
    match = re.fullmatch(r"(\d+) ?([a-z]+?)s?", text.strip())
    if not match or match[2] not in UNITS or int(match[1]) == 0:
        raise ValueError(
            f"{as_text(text)!r} came; such as '15 min', '12 h' or '1 day' was expected"
        )
    return Duration(text.strip(), timedelta(minutes=int(match[1]) * UNITS[match[2]]))


def amount(value: object) -> Amount:
    """Return points (a number) or a part of the earned points (a text such as ``"5 %"``).

    Raises
    ------
    ValueError
        If it is neither.
    """
    match = re.fullmatch(r"(\d+(?:\.\d+)?) ?%", value.strip()) if isinstance(value, str) else None
    if match and float(match[1]) <= 100:
        return Amount(float(match[1]), percent=True)
    if isinstance(value, (int, float)) and not isinstance(value, bool) and 0 <= value < 1e6:
        return Amount(float(value), percent=False)
    raise ValueError(f"{as_text(value)!r} came; points, or such as '5 %' was expected")


class _WrongError(Exception):
    """What is wrong, and where in the file."""

    def __init__(self, text: str, *where: str | int) -> None:
        super().__init__(text)
        self.where = where


class _Reader:
    """Reads the tables of one policy; every error knows its place."""

    def __init__(self, content: dict[str, Any], known: Known) -> None:
        self._content, self._known = content, known
        self._zone: tzinfo | None = None

    def policy(self) -> Policy:
        content = self._table((), ("timezone", "default", "exercise", "student", "total"))
        self._zone = self._given((), content, timezone=_zone).get("timezone")
        default = self._table(("default",), ("grace", "late", "attempt"))
        total = self._table(("total",), ("drop_lowest",))
        exercises = {}
        for exercise, name in self._named(("exercise",), self._known.exercise).items():
            exercises[exercise] = self._rules(name, exercise, default)
        for key in ("grace", "late"):
            if key in default and not any(rules.due for rules in exercises.values()):
                raise _WrongError(f"{key} needs an exercise with a due date", "default", key)
        attempt = self._common(("default",), default).get("attempt")
        base = Rules(attempt="best" if attempt == "best" else "last")
        of_students = self._students(exercises)
        drop = total.get("drop_lowest", 0)
        weights = [exercise for exercise in exercises if exercises[exercise].weight != 0]
        if type(drop) is not int or drop < 0:
            raise _WrongError("drop_lowest is a whole number from 0", "total", "drop_lowest")
        if exercises and drop >= len(weights) and drop:
            raise _WrongError(
                f"drop_lowest is {drop}, and {len(weights)} exercises count: nothing would be left",
                "total",
                "drop_lowest",
            )
        return Policy(self._zone, base, exercises, *of_students, drop)

    def _rules(self, name: str, exercise: str, default: dict[str, Any]) -> Rules:
        where = ("exercise", name)
        keys = (
            "due", "last", "grace", "late", "attempt", "weight", "points", "drop",
            "question_points",
        )  # fmt: skip
        own = self._table(where, keys)
        given = self._given(where, own, due=self._date, last=self._date)
        given |= self._common(where, own)
        if "due" in given:
            given = self._common(("default",), default) | given
        elif "attempt" in default and default["attempt"] != "last before due":
            given.setdefault("attempt", default["attempt"])
        given |= self._given(where, own, weight=_number, points=_number)
        for key, read_one in (("drop", _drop), ("question_points", _number)):
            inside = (*where, key)
            named = self._named(inside, lambda question: self._known.question(exercise, question))
            given[key] = {question: self._as((*inside, question), read_one) for question in named}
        rules = Rules(**given)
        self._check(where, exercise, rules, own)
        return rules

    def _common(self, where: Where, own: dict[str, Any]) -> dict[str, Any]:
        """Return what an exercise and the default may both have."""
        given = self._given(where, own, grace=duration)
        if "late" in own:
            inside = (*where, "late")
            late = self._table(inside, ("each", "minus", "floor"))
            for key in ("each", "minus"):
                if key not in late:
                    raise _WrongError(f"late has no {key!r}", *inside)
            steps = self._given(inside, late, each=duration, minus=amount, floor=amount)
            given["late"] = Late(**steps)
        return given | self._given(where, own, attempt=_attempt)

    def _check(self, where: Where, exercise: str, rules: Rules, own: dict[str, Any]) -> None:
        if rules.due is None:
            for key in ("last", "grace", "late"):
                if key in own:
                    raise _WrongError(f"{key} needs a due date", *where, key)
            if own.get("attempt") == "last before due":
                raise _WrongError("'last before due' needs a due date", *where, "attempt")
        elif rules.last is not None:
            end = rules.due + (rules.grace.length if rules.grace else timedelta())
            if rules.last < end:
                raise _WrongError(
                    "the last date is before the due date with its grace", *where, "last"
                )
        if rules.points == 0:
            raise _WrongError("points must be above 0", *where, "points")
        for name in rules.question_points:
            if name in rules.drop:
                raise _WrongError(f"{name} is dropped as well", *where, "question_points", name)
        if rules.maximum(self._known.questions[exercise]) <= 0 or not (
            set(self._known.questions[exercise])
            - {name for name, how in rules.drop.items() if how == "removed"}
        ):
            raise _WrongError("no question is left", *where, "drop")

    def _students(
        self, exercises: Mapping[str, Rules]
    ) -> tuple[dict[Key, datetime], dict[Key, datetime], frozenset[Key]]:
        extensions: dict[Key, datetime] = {}
        submitted: dict[Key, datetime] = {}
        excused: set[Key] = set()
        for who, name in self._named(("student",), self._known.student).items():
            where = ("student", name)
            own = self._table(where, ("due", "submitted", "excused"))
            for key, dates in (("due", extensions), ("submitted", submitted)):
                inside = (*where, key)
                for exercise, text in self._named(inside, self._known.exercise).items():
                    dates[who, exercise] = self._as((*inside, text), self._date)
                    if key == "due":
                        due = exercises[exercise].due if exercise in exercises else None
                        if due is None:
                            needs = f"an extension needs `due` in [exercise.{exercise[:2]}]"
                            raise _WrongError(f"{exercise} has no due date: {needs}", *inside, text)
                        if dates[who, exercise] < due:
                            raise _WrongError("an extension before the due date", *inside, text)
            listed = own.get("excused", [])
            if not isinstance(listed, list):
                raise _WrongError("excused is a list such as ['08']", *where, "excused")
            for number in range(len(listed)):
                exercise = self._as((*where, "excused", number), self._known.exercise)
                if (who, exercise) in extensions:
                    raise _WrongError(
                        f"{as_text(name)} is excused from {exercise} and has an extension for it",
                        *where, "excused", number,
                    )  # fmt: skip
                excused.add((who, exercise))
        return extensions, submitted, frozenset(excused)

    def _table(self, where: Where, keys: tuple[str, ...] | None = None) -> dict[str, Any]:
        """Return a table, or an empty one; refuse it if it has other keys than those named."""
        table = self._at(where)
        if not isinstance(table, dict):
            raise _WrongError(f"{where[-1]} is no table{SUCH.get(str(where[-1]), '')}", *where)
        for key in table:
            if keys and key not in keys:
                raise _WrongError(
                    f"{key!r} is no key here; there are: {', '.join(keys)}", *where, key
                )
        return table

    def _named(self, where: Where, resolve: Callable[[str], str]) -> dict[str, str]:
        """Return the keys of a table that name something, each once, by what they name."""
        seen: dict[str, str] = {}
        for name in self._table(where):
            try:
                meant = resolve(name)
            except ValueError as error:
                raise _WrongError(str(error), *where, name) from error
            if meant in seen:
                raise _WrongError(f"{name!r} and {seen[meant]!r} are the same", *where, name)
            seen[meant] = name
        return seen

    def _at(self, where: Where) -> Any:
        value: Any = self._content
        for name in where:
            if isinstance(value, dict) and name not in value:
                return {}
            value = value[name]
        return value

    def _given(
        self, where: Where, own: dict[str, Any], **readers: Callable[[Any], Any]
    ) -> dict[str, Any]:
        """Return those entries of a table that it has, each read by its reader."""
        return {
            key: self._as((*where, key), read_one)
            for key, read_one in readers.items()
            if key in own
        }

    def _as(self, where: Where, read_one: Callable[[Any], Any]) -> Any:
        value = self._at(where)
        try:
            if read_one in (duration, self._known.exercise) and not isinstance(value, str):
                such = "'1 day'" if read_one == duration else "'08'"
                raise ValueError(f"{value} came; a text in quotes, such as {such}, was expected")
            return read_one(value)
        except ValueError as error:
            name = next(key for key in reversed(where) if isinstance(key, str))
            raise _WrongError(f"{name}: {error}", *where) from error

    def _date(self, value: object) -> datetime:
        if not isinstance(value, datetime):
            raise ValueError(
                f"{as_text(value)!r} came; a date and a time without quotes, such as "
                "2026-11-02T23:59:00, was expected"
            )
        if value.tzinfo is not None:
            return value
        return value.replace(tzinfo=self._zone) if self._zone else value.astimezone()


def _zone(value: object) -> tzinfo:
    if value == "UTC":
        return UTC
    try:
        return ZoneInfo(str(value))
    except (KeyError, ValueError, OSError) as error:
        if not available_timezones():
            raise ValueError(
                "this machine has no list of time zones; install one: pip install tzdata"
            ) from error
        raise ValueError(
            f"{as_text(value)!r} is no time zone that this machine knows; such as 'Europe/Berlin' "
            "was expected"
        ) from error


def _number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value < 1e6:
        raise ValueError(f"{as_text(value)!r} came; a number from 0 was expected")
    return float(value)


def _attempt(value: object) -> str:
    if value not in ATTEMPTS:
        raise ValueError(f"{as_text(value)!r} came; one of {', '.join(ATTEMPTS)} was expected")
    return str(value)


def _drop(value: object) -> str:
    if value not in DROPS:
        raise ValueError(f"{as_text(value)!r} came; 'full points' or 'removed' was expected")
    return str(value)
