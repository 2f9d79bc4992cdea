"""What people get wrong is named, and nothing is named wrongly; the committed table says so."""

from __future__ import annotations

import re

import pytest
from differential import named
from differential.named import ENTRIES, Entry


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: f"{entry.function}: {entry.what}")
def test_an_answer_is_judged_as_the_table_says(entry: Entry) -> None:
    today = named.judged(entry)["verdict"]
    assert today not in ("named wrongly", "failed")
    assert today == "named" or entry.source == "catalogue"
    assert bool(entry.names) == (today == "named")
    text = (named.HERE / "named.md").read_text(encoding="utf-8")
    cells = re.findall(
        rf"^\| `{entry.function}`: {re.escape(entry.what)} \|.*\| (.*) \|$", text, re.M
    )
    assert any((cell.partition(" (")[0] == "named") is (today == "named") for cell in cells)


def test_the_table_has_a_row_for_each_answer() -> None:
    text = (named.HERE / "named.md").read_text(encoding="utf-8")
    assert len(re.findall(r"^\| `\w+`: ", text, re.M)) == len(ENTRIES)
    counts = re.findall(r"^\| (\w+, \w+) \| (.*) \|$", text, re.M)
    assert len(counts) == 4
    for when, row in counts:
        numbers = dict(zip(named.VERDICTS, map(int, row.split(" | ")), strict=True))
        assert sum(numbers.values()) == sum(row.source == when.partition(",")[0] for row in ENTRIES)
        assert when.endswith("before") or not numbers["named wrongly"] + numbers["failed"]
