"""Weigh and time the built book in headless Chromium; write ``results/site.csv`` and ``site.md``.

    python benchmarks/site.py                     every page
    python benchmarks/site.py --rounds 5          times are medians of five visits

Each page is opened twice by a reader with an empty cache (``first``, what the page alone needs) and
by one who comes from the page before it (``next``, what is new). Weights are kilobytes after gzip,
which every web server applies; fonts and pictures that are compressed already count as they are.
``readable`` is the time from the start of navigation until the whole page is painted, its formulas
in their own letters; ``usable`` until its widgets answer as well. The promises: on a first visit
the start page at most 350 and a chapter at most 400, the next page at most 100 more; readable and
usable within a second from 127.0.0.1. The last line of the table names what breaks one.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import re
import shutil
import statistics
import threading
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from course_lib.course_files import checkout
from course_lib.site import CHROMIUM, build, server

RESULTS = Path(__file__).parent / "results"
START, PROMISED = 350, {"first": 400, "next": 100, "readable": 1000, "usable": 1000}
PACKED = {".woff", ".woff2", ".png", ".gz", ".npz"}

SETTLED = """async () => {
  const wait = (test) => new Promise((done) => {
    const look = () => (test() ? done() : setTimeout(look, 2));
    look();
  });
  const painted = () => new Promise((done) =>
    requestAnimationFrame(() => requestAnimationFrame(() => done(performance.now()))));
  await wait(() => document.readyState !== 'loading');
  document.body.offsetHeight;  // the letters that the page needs are asked for when it is laid out
  await document.fonts.ready;
  const readable = await painted();
  if (!document.querySelector('.cw-mount')) return [readable, readable];
  await wait(() => document.documentElement.dataset.widgets === 'ready');
  return [readable, await painted()];
}"""


def weight(file: Path) -> float:
    """Return a file's kilobytes as a web server sends them."""
    data = file.read_bytes()
    return len(data if file.suffix in PACKED else gzip.compress(data, 6)) / 1000


class Visits:
    """Visits to a served site, with what each one loaded."""

    def __init__(self, browser: Any, site: Path, address: str) -> None:
        self.browser, self.site, self.address = browser, site, address

    def visit(self, *pages: str) -> tuple[list[set[str]], list[float]]:
        """Open the pages in turn with one cache; return the files of each, the last times."""
        context = self.browser.new_context(viewport={"width": 1280, "height": 900})
        page = context.new_page()
        loaded: list[set[str]] = []
        page.on("request", lambda request: loaded[-1].add(urlsplit(request.url).path.lstrip("/")))
        times: list[float] = []
        for name in pages:
            loaded.append(set())
            page.goto(self.address + name, wait_until="commit")
            times = page.evaluate(SETTLED)
            page.wait_for_load_state("networkidle")
        context.close()
        return loaded, times

    def kilobytes(self, files: set[str]) -> float:
        """Return the weight of these files together."""
        return sum(weight(self.site / name) for name in files if (self.site / name).is_file())


def measure(site: Path, rounds: int) -> list[dict[str, Any]]:
    """Return a row for every page that the table of contents reaches."""
    from playwright.sync_api import sync_playwright

    chromium = shutil.which("chromium")
    if chromium is None:
        raise SystemExit("site: chromium is missing; install it with: apt-get install chromium")
    listed = (checkout() / "book" / "_toc.yml").read_text("utf-8")
    pages = [f"{name}.html" for name in re.findall(r"(?:file|root): (\S+)", listed)]
    rows = []
    serving = server(site, 0)
    threading.Thread(target=serving.serve_forever, daemon=True).start()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=list(CHROMIUM))
        visits = Visits(browser, site, f"http://127.0.0.1:{serving.server_port}/")
        for number, name in enumerate(pages):
            before = pages[number - 1]
            (old, new), _ = visits.visit(before, name)
            runs = [visits.visit(name) for _ in range(rounds)]
            times = [run[1] for run in runs]
            rows.append(
                {
                    "page": name.removesuffix(".html"),
                    "first": round(visits.kilobytes(runs[0][0][0])),
                    "next": round(visits.kilobytes(new - old)),
                    "readable": round(statistics.median(pair[0] for pair in times)),
                    "usable": round(statistics.median(pair[1] for pair in times)),
                    "files": len(runs[0][0][0]),
                }
            )
            print(rows[-1], flush=True)
        browser.close()
    serving.shutdown()
    return rows


def table(rows: list[dict[str, Any]], site: Path) -> str:
    """Return the rows as Markdown, with the site's own weight."""
    files = [path for path in site.rglob("*") if path.is_file()]
    lines = [
        "# What a page weighs and how soon it answers",
        "",
        "Kilobytes after gzip, on a first visit and coming from the page before it; milliseconds "
        "from navigation until the page is painted with all its formulas and until its widgets "
        "answer (medians, served from 127.0.0.1 on the shared machine that builds this book).",
        "",
        "| page | first visit | next visit | formulas set | widgets answer |",
        "|---|---|---|---|---|",
    ]
    for row in rows:
        lines.append("| " + " | ".join(str(row[k]) for k in ("page", *PROMISED)) + " |")
    promised = " | ".join(f"*≤ {value}*" for value in PROMISED.values())
    broken = [
        f"{row['page']} ({what} {row[what]})"
        for row in rows
        for what, most in PROMISED.items()
        if row[what] > (START if (row["page"], what) == ("index", "first") else most)
    ]
    lines += [f"| *promised (start page: ≤ {START})* | {promised} |", ""]
    lines += [f"Above what was promised: {', '.join(broken) or 'no page'}.", ""]
    size = sum(path.stat().st_size for path in files) / 1e6
    lines.append(f"The whole site: {len(files)} files, {size:.1f} MB before compression.")
    return "\n".join(lines) + "\n"


def main() -> None:
    """Measure and write the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    args = parser.parse_args()
    site = build(checkout(), quiet=True)
    rows = measure(site, args.rounds)
    RESULTS.mkdir(exist_ok=True)
    with (RESULTS / "site.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, rows[0], lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    (RESULTS / "site.md").write_text(table(rows, site), encoding="utf-8")


if __name__ == "__main__":
    main()
