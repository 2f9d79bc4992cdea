"""Time the widgets from input to paint, in headless Chromium; write ``results/widgets.csv``.

    python benchmarks/widgets.py                     every widget, 100 moves of a slider each
    python benchmarks/widgets.py --only stepper --moves 300

For each widget the first slider is moved as a reader's arrow key moves it. ``work`` is the time the
input event keeps the page busy (everything is computed and patched in it), ``paint`` the time from
the event to the first message after the frame that shows it; both in milliseconds. The promise is
10 for the median and 20 for the 95th percentile of ``paint``; ``kilobytes`` is the module with all
it imports, compressed, at most 30.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import shutil
import statistics
import sys
import tempfile
import threading
from pathlib import Path
from typing import Any

from course_lib.site import server
from course_lib.widgets.bundle import HERE, bundle
from course_lib.widgets.figures import CHROMIUM, copy_modules, page_html

RESULTS = Path(__file__).parent / "results"
NAMES = sorted(
    path.stem
    for path in HERE.glob("*.js")
    if "export default widget(" in path.read_text(encoding="utf-8")
)

# One move after the other, at changing distances from the screen's own beat.
MOVE = """async (moves) => {
  const slider = document.querySelector('.cw input[type=range]');
  const after = () => new Promise((done) => requestAnimationFrame(() => {
    const channel = new MessageChannel();
    channel.port1.onmessage = () => done(performance.now());
    channel.port2.postMessage(0);
  }));
  const work = [], paint = [];
  for (let i = 0; i < moves; i++) {
    await new Promise((done) => setTimeout(done, 20 + (i * 7) % 17));
    if (i % 10 < 5) slider.stepUp(); else slider.stepDown();
    const start = performance.now();
    slider.dispatchEvent(new Event('input', { bubbles: true }));
    work.push(performance.now() - start);
    paint.push((await after()) - start);
  }
  return [work, paint];
}"""


def measure(names: list[str], moves: int) -> list[dict[str, Any]]:
    """Return a row for every widget in `names`."""
    from playwright.sync_api import sync_playwright

    chromium = shutil.which("chromium")
    if chromium is None:
        raise SystemExit("widgets: chromium is missing; install it with: apt-get install chromium")
    rows = []
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        root = Path(folder)
        copy_modules(root / "course-widgets")
        for name in names:
            (root / f"{name}.html").write_text(page_html([(name, {})]), encoding="utf-8")
        serving = server(root, 0)
        threading.Thread(target=serving.serve_forever, daemon=True).start()
        browser = playwright.chromium.launch(executable_path=chromium, args=list(CHROMIUM))
        for name in names:
            page = browser.new_page(viewport={"width": 900, "height": 900})
            page.goto(f"http://127.0.0.1:{serving.server_port}/{name}.html")
            page.wait_for_selector("html[data-widgets=ready]")
            if page.query_selector("[data-do=step]"):
                for _ in range(5):
                    page.click("[data-do=step]")
            page.evaluate(MOVE, 10)
            work, paint = page.evaluate(MOVE, moves)
            cut = statistics.quantiles(paint, n=20)[-1]
            rows.append(
                {
                    "widget": name,
                    "moves": moves,
                    "work_median": round(statistics.median(work), 2),
                    "paint_median": round(statistics.median(paint), 2),
                    "paint_p95": round(cut, 2),
                    "kilobytes": round(len(gzip.compress(bundle(name).encode())) / 1024, 1),
                }
            )
            print(rows[-1], file=sys.stderr, flush=True)
            page.close()
        browser.close()
        serving.shutdown()
        serving.server_close()
    return rows


def main(arguments: list[str] | None = None) -> None:
    """Measure and write the CSV."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", nargs="+", choices=NAMES, default=NAMES)
    parser.add_argument("--moves", type=int, default=100)
    options = parser.parse_args(arguments)
    rows = measure(options.only, options.moves)
    if options.only == NAMES:
        with (RESULTS / "widgets.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)


if __name__ == "__main__":
    main()
