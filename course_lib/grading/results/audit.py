"""``audit.jsonl``: every mark with what was computed, and each step to the final mark."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

AUDIT = "audit.jsonl"
FIELDS = (
    "student", "exercise", "version", "submission", "submitted", "time_from", "computed", "score",
    "max_score", "status", "changes", "comments", "decided", "beneath",
)  # fmt: skip
QUESTION = ("name", "computed", "score", "max_score", "status")


def audit(outcomes: Iterable[dict[str, Any]]) -> str:
    """Return one line for each final mark."""
    lines = []
    for outcome in outcomes:
        line = {name: outcome[name] for name in FIELDS if name in outcome}
        line["questions"] = [
            {name: one[name] for name in QUESTION if name in one} for one in outcome["questions"]
        ]
        lines.append(json.dumps(line, ensure_ascii=False, sort_keys=True) + "\n")
    return "".join(lines)


def read_audit(path: Path) -> list[dict[str, Any]]:
    """Return the marks of an earlier run; none where it has written no such file."""
    try:
        return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    except (OSError, ValueError):
        return []
