"""One outcome, as the judge gives it and the journal keeps it."""

from __future__ import annotations


def outcome(student: str = "ann", **fields: object) -> dict:
    """Return an outcome as the judge gives it."""
    question = {
        "name": "f",
        "score": 1.0,
        "max_score": 2.0,
        "status": "partly",
        "parts": [
            {"name": "dW", "points": 1.0, "max": 1.0},
            {"name": "db", "points": 0.0, "max": 1.0},
        ],
        "right": ["dW is right."],
        "symptom": "db is 11 times too large.",
        "question": "Which step contains N?",
        "place": "the last line",
        "section": "08_backward_pass.html#bias-gradient",
        "mistakes": ["B05"],
        "named": "The mean was taken twice.",
        "notes": [],
    }
    return {
        "student": student,
        "exercise": "08_backward_pass",
        "submission": "0" * 64,
        "score": 1,
        "max_score": 2,
        "status": "graded",
        "isolation": "full",
        "questions": [question],
        "cells": [{"number": 3, "kind": "raised", "text": "ValueError: x", "line": 2}],
        "notes": [],
        "others": [],
    } | fields
