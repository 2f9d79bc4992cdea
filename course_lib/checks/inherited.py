"""Mistakes of a step, inside a function of several steps.

`network_backward` consists of the steps that `dense_backward` and `activation_backward` perform,
and their known mistakes can be made inside it as well. Each of them, put in the place of its step,
is a known mistake of the whole function.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from course_lib.checks import find
from course_lib.checks.answers import lower
from course_lib.checks.question import Mistake, Question
from course_lib.checks.verdict import prepared


@lru_cache(maxsize=256)
def inherited(question: Question) -> tuple[Mistake, ...]:
    """Return the known mistakes of the steps of a function, as mistakes of the function.

    >>> [one.id for one in inherited(find("network_backward")[1])][:2]
    ['dense_backward/B01', 'dense_backward/B02']
    """
    made = question.steps or question.carried
    if made is None:
        return ()
    return tuple(
        _inside(made, find(name)[1], mistake)
        for name in steps_of(question)
        for mistake in find(name)[1].mistakes
    )


@lru_cache(maxsize=256)
def steps_of(question: Question) -> tuple[str, ...]:
    """Return the names of the functions whose steps a function does, in the order of first use.

    >>> steps_of(find("network_backward")[1])
    ('dense_backward', 'activation_backward')
    """
    made = question.steps or question.carried
    if made is None:
        return ()
    found: dict[str, None] = {}

    def right(name: str, *given: Any) -> Any:
        found.setdefault(name)
        return find(name)[1].reference(*copy.deepcopy(given))

    for fixture in question.fixtures:
        if not fixture.large:
            made(right, *copy.deepcopy(prepared(question, fixture, 0)[0]))
    return tuple(found)


def _inside(made: Callable[..., Any], step: Question, mistake: Mistake) -> Mistake:
    """Put a mistake of a step into the function that does it."""

    def call(name: str, *given: Any) -> Any:
        return (mistake.wrong if name == step.name else find(name)[1].reference)(*given)

    return Mistake(
        id=f"{step.name}/{mistake.id}",
        name=f"In your {step.name.removesuffix('_step')} step, {lower(mistake.name)}",
        wrong=lambda *args: made(call, *args),
        question=mistake.question,
        section=mistake.section or step.section,
        place=mistake.place or step.place,
    )
