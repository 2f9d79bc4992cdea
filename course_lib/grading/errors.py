"""Why a run ends without its results; each error knows the exit status of `course grade`."""

from __future__ import annotations


class GradingError(Exception):
    """The grader itself failed; no mark was given, and what was finished is kept."""

    exit_status = 1


class CallError(GradingError):
    """The call cannot be carried out as it was made; nothing was written."""

    exit_status = 2
