"""Time Python on the page in headless Chromium; write ``live.csv, live.md, live_cells.csv``.

    python benchmarks/live.py                  the built book
    python benchmarks/live.py --site FOLDER    another folder that holds the exercise pages

``first`` is the time from Check on a page that was never visited to its verdict, ``second`` the
same on a later visit, ``warm`` a check of an answer that has just been changed, over all questions
of all exercises, ``key`` the work of the page for one typed character (its part of a frame),
``weight`` the kilobytes of an exercise's page before its first Check, after gzip, ``chapter`` those
that a chapter has more because its cells can be edited. The cells of every page of the book run in
their order; ``live_cells.csv`` says how long that took and how many raised an error. One run
measures all of it.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import math
import re
import shutil
import statistics
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from course_lib import checks
from course_lib.course_files import checkout
from course_lib.notebooks import release, source
from course_lib.site import CHROMIUM, build, server

RESULTS = Path(__file__).parent / "results"
PROMISED = {"warm": 100, "key": 16.7, "weight": 250, "chapter": 10}
LOADED = "[data-task] .cm-editor, [data-task] textarea"
CHECK = """async ([name, source]) => {
  const began = performance.now();
  const answer = await window.course.check(name, source);
  return [performance.now() - began, answer.score === answer.max_score];
}"""
KEY = """async () => {
  const place = document.querySelector("[data-editor] .cm-content, [data-editor] textarea");
  place.focus();
  const times = [];
  for (let k = 0; k < 100; k += 1) {
    const began = performance.now();
    document.execCommand("insertText", false, "x");
    place.getBoundingClientRect();
    times.push(performance.now() - began);
    await new Promise(requestAnimationFrame);
  }
  return times;
}"""

RUN_CELLS = Path(__file__).with_name("live_cells.js")
SCRIPT = re.compile(rb'<script type="module" data-live="[^"]*" src="([^"]*)"></script>\n')


@contextmanager
def browser() -> Iterator[Any]:
    """Start headless Chromium."""
    from playwright.sync_api import sync_playwright

    chromium = shutil.which("chromium")
    if chromium is None:
        raise SystemExit("live: chromium is missing; install it with: apt-get install chromium")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium, args=list(CHROMIUM))
        yield started
        started.close()


def solutions(name: str) -> dict[str, str]:
    """Return the right answers of an exercise by function, as a reader types them."""
    solved = release.solved(source.read(checkout() / "solutions" / f"{name}.md"))
    cells = {cell["id"]: "".join(cell["source"]) for cell in solved["cells"]}
    return {task.name: cells[f"solution-{task.name}"] for task in checks.load(name).questions}


def opened(context: Any, address: str, name: str) -> tuple[Any, set[str]]:
    """Open the page of an exercise; return it with the paths that it asks for."""
    page = context.new_page()
    page.set_default_timeout(120_000)
    asked: set[str] = set()
    page.on("request", lambda request: asked.add(urlsplit(request.url).path.lstrip("/")))
    page.goto(f"{address}exercises/{name}.html")
    page.wait_for_selector(LOADED)
    page.wait_for_load_state("networkidle")
    return page, set(asked)


def kilobytes(site: Path, paths: set[str]) -> float:
    """Return the weight of files as a web server sends them."""
    total = 0
    for path in paths:
        if (site / path).is_file():
            data = (site / path).read_bytes()
            total += len(data if path.endswith((".woff", ".woff2")) else gzip.compress(data, 6))
    return total / 1000


def added(site: Path, page: Path) -> float:
    """Return what a page of the book weighs more with its cells to edit."""
    html = page.read_bytes()
    script = SCRIPT.search(html)
    assert script is not None
    whole = len(gzip.compress(html, 6)) - len(gzip.compress(SCRIPT.sub(b"", html), 6))
    return whole / 1000 + kilobytes(site, {script[1].decode()})


def measure_cells(site: Path, address: str, browser: Any) -> list[dict[str, Any]]:
    """Run the cells of every page of the book; return a row for each page."""
    page = browser.new_page()
    results = []
    for path in sorted((site / "live" / "cells").glob("*.json")):
        page.goto(f"{address}{path.stem}.html")
        ran = page.evaluate(RUN_CELLS.read_text(encoding="utf-8"), path.stem)
        row = {
            "page": path.stem,
            "cells": len(ran),
            "seconds": round(sum(seconds for _, _, seconds in ran), 1),
            "errors": sum(answer.get("error") != "" for answer, _, _ in ran),
        }
        print(row, flush=True)
        results.append(row)
    page.close()
    return results


def measure(site: Path, address: str, rounds: int, browser: Any) -> dict[str, list[float]]:
    """Return all measurements of one run: milliseconds, and kilobytes of what has a weight."""
    samples: dict[str, list[float]] = {
        kind: [] for kind in ("first", "second", "warm", "key", "weight", "chapter")
    }
    for path in sorted((site / "live" / "cells").glob("*.json")):
        samples["chapter"].append(added(site, site / f"{path.stem}.html"))
    for _ in range(rounds):
        context = browser.new_context()
        for visit in ("first", "second"):
            page, _asked = opened(context, address, "08_backward_pass")
            answer = ["dense_backward", solutions("08_backward_pass")["dense_backward"]]
            samples[visit].append(page.evaluate(CHECK, answer)[0])
            page.wait_for_function("navigator.serviceWorker.controller !== null")
            page.close()
        context.close()
    for name in checks.names():
        context = browser.new_context()
        page, asked = opened(context, address, name)
        samples["weight"].append(kilobytes(site, asked))
        samples["key"] += page.evaluate(KEY)
        for function, text in solutions(name).items():
            page.evaluate(CHECK, [function, text])
            taken, right = page.evaluate(CHECK, [function, f"{text}\n# once more"])
            assert right, function
            samples["warm"].append(taken)
        context.close()
        print(name, time.strftime("%H:%M:%S"), flush=True)
    return samples


def rows(samples: dict[str, list[float]]) -> list[dict[str, Any]]:
    """Return a row with median, 95th percentile and the largest for each measurement."""
    made = []
    for name, values in samples.items():
        ordered = sorted(values)
        made.append(
            {
                "what": name,
                "median": round(statistics.median(ordered), 1),
                "p95": round(ordered[math.ceil(0.95 * len(ordered)) - 1], 1),
                "largest": round(ordered[-1], 1),
                "count": len(ordered),
                "promised": PROMISED.get(name, ""),
            }
        )
    return made


def table(made: list[dict[str, Any]]) -> str:
    """Return the rows as Markdown."""
    lines = [
        "# Python on the page",
        "",
        "Milliseconds (kilobytes for weight and chapter) in headless Chromium, served from "
        "127.0.0.1 on the shared machine that builds this book. The promise is about the median "
        "for a warm check, and about the largest for the others.",
        "",
        "| what | median | 95 % | largest | measurements | promised |",
        "|---|---|---|---|---|---|",
    ]
    lines += ["| " + " | ".join(str(value) for value in row.values()) + " |" for row in made]
    return "\n".join(lines) + "\n"


def main() -> None:
    """Measure and write the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--site", type=Path, help="a folder that holds the exercise pages")
    args = parser.parse_args()
    site = args.site or build(checkout(), quiet=True)
    if not (site / "exercises").is_dir():
        raise SystemExit("live: this site was built without Python on its pages")
    serving = server(site, 0)
    threading.Thread(target=serving.serve_forever, daemon=True).start()
    address = f"http://127.0.0.1:{serving.server_port}/"
    with browser() as started:
        cells = measure_cells(site, address, started)
        made = rows(measure(site, address, args.rounds, started))
    serving.shutdown()
    for name, lines in (("live.csv", made), ("live_cells.csv", cells)):
        with (RESULTS / name).open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, lines[0], lineterminator="\n")
            writer.writeheader()
            writer.writerows(lines)
    (RESULTS / "live.md").write_text(table(made), encoding="utf-8")
    print(table(made))


if __name__ == "__main__":
    main()
