"""Which exercise a notebook belongs to: by the name of its file, else by what is in it.

`course check` and `course grade` ask the same two functions. A file is renamed by browsers, by
Colab, by learning management systems and by people, so its name counts wherever the exercise's own
name appears in it, and its functions count where it does not.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from urllib.parse import unquote

from course_lib.checks import LABORATORIES, load, names


def by_name(name: str, exercises: Sequence[str] | None = None) -> str | None:
    """Return the exercise or laboratory whose name appears in a file's name, if it is one alone.

    Case, and what separates the words, do not matter. All exercises and laboratories are looked
    for, or those named.

    >>> by_name("Copy of 08_backward_pass.ipynb"), by_name("08 Backward-Pass (1).ipynb")
    ('08_backward_pass', '08_backward_pass')
    >>> by_name("08.ipynb"), by_name("homework.ipynb"), by_name("01_downhill and 04_loss.ipynb")
    ('08_backward_pass', None, None)
    """
    known = [*names(), *sorted(LABORATORIES)] if exercises is None else list(exercises)
    text = _words(name)
    number = re.fullmatch(r"(\d\d)(?:_ipynb)?", text)
    if number:
        candidates = {exercise for exercise in known if exercise.startswith(f"{number[1]}_")}
        return candidates.pop() if len(candidates) == 1 else None
    # From the left, the longest name first: one exercise's name may begin with another's.
    longest = sorted(known, key=len, reverse=True)
    pattern = "|".join(re.escape(_words(exercise)) for exercise in longest)
    by_words = {_words(exercise): exercise for exercise in known}
    matches = re.finditer(rf"(?<!\d)({pattern})(?![a-z])", text) if known else ()
    candidates = {by_words[match[1]] for match in matches}
    candidates = candidates or {
        exercise for exercise in longest if text.startswith(_words(exercise))
    }
    return candidates.pop() if len(candidates) == 1 else None


def begins(name: str, exercises: Sequence[str]) -> bool:
    """Return whether a file's name begins with the name of an exercise.

    >>> begins("08-backward_pass-1.ipynb", ["08_backward_pass"])
    True
    """
    return any(_words(name).startswith(_words(exercise)) for exercise in exercises)


def by_functions(sources: Iterable[str], tags: Iterable[str] = ()) -> str | None:
    """Return the exercise that asks for most of a notebook's functions, if it is one alone.

    `sources` are the code cells; `tags` are the functions that the notebook's own cell tags name
    (nbgrader's ``solution-NAME``).

    >>> by_functions(["def dense_backward(delta, a, W):\\n    return None"])
    '08_backward_pass'
    >>> by_functions(["x = 1"]) is None
    True
    """
    text = "\n".join(sources)
    defined = set(re.findall(r"^[ \t]*(?:async[ \t]+)?def[ \t]+(\w+)[ \t]*\(", text, re.MULTILINE))
    defined |= set(re.findall(r"^(\w+)[ \t]*=(?!=)", text, re.MULTILINE)) | set(tags)
    counts = {name: sum(one.name in defined for one in load(name).questions) for name in names()}
    most = max(counts.values(), default=0)
    best = [name for name, count in counts.items() if count == most]
    return best[0] if most and len(best) == 1 else None


def _words(name: str) -> str:
    """Return a name in one form: composed, lower case, words joined by one underscore.

    >>> _words("Copy%20of 08-Backward  pass.ipynb")
    'copy_of_08_backward_pass_ipynb'
    """
    plain = unicodedata.normalize("NFC", unquote(name)).casefold()
    return re.sub(r"[\W_]+", "_", plain).strip("_")
