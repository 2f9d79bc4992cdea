"""Time the widgets in headless Chromium; write ``results/widgets.csv`` and ``results/frames.csv``.

    python benchmarks/widgets.py                     every widget, 100 moves of a slider each
    python benchmarks/widgets.py --only stepper --moves 300
    python benchmarks/widgets.py --frames            the playground while it trains, in the book

For each widget the first slider is moved as a reader's arrow key moves it. ``work`` is the time the
input event keeps the page busy (everything is computed and patched in it), ``paint`` the time from
the event to the first message after the frame that shows it; both in milliseconds. The promise is
10 for the median and 20 for the 95th percentile of ``paint``; ``kilobytes`` is the module with all
it imports, compressed, at most 30. Other programs lengthen both: the quietest round is reported.

``--frames`` opens chapter 12 of the built book and presses Play at the greatest speed. ``busy`` is
the time for which a frame keeps the page from answering, in milliseconds: from its first callback
to the first message after its paint, training and drawing included. The promise is under 16 for
2-8-8-1 on 200 points; ``late`` is the share of frames, in percent, that took longer.
``processor`` is the processor time of the page's main thread for a frame, which other programs
hardly lengthen. They do lengthen the rest: the quietest round is reported here as well.
"""

from __future__ import annotations

import argparse
import base64
import csv
import gzip
import json
import shutil
import statistics
import sys
import tempfile
import threading
from pathlib import Path
from typing import Any

from course_lib.course_files import checkout
from course_lib.data import moons
from course_lib.site import CHROMIUM, build, server
from course_lib.widgets.bundle import bundle, copy_modules, modules, page_html

RESULTS = Path(__file__).parent / "results"
NAMES = modules()

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


# Every frame until the widget has come to `epochs`, or `most` frames.
WATCH = """async ([epochs, most]) => {
  const busy = [];
  const epoch = () => Number(document.querySelector('.cw [data-q=epoch]').dataset.value);
  const began = epoch(), start = performance.now();
  await new Promise((done) => {
    const frame = () => {
      const from = performance.now();
      const channel = new MessageChannel();
      channel.port1.onmessage = () => {
        busy.push(performance.now() - from);
        if (epoch() >= epochs || busy.length === most) done();
      };
      channel.port2.postMessage(0);
      if (busy.length < most) requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
    document.querySelector('.cw [data-do=play]').click();
  });
  const rate = (1000 * (epoch() - began)) / (performance.now() - start);
  document.querySelector('.cw [data-do=play]').click();
  return [busy, rate];
}"""


def playing() -> list[tuple[str, dict[str, Any]]]:
    """Return what the playground trains while its frames are watched: names and states."""
    x, y = moons(200, noise=0.2, seed=0)
    points = [
        [*map(float, at), int(label)]
        for at, label in zip(x.clip(-2.2, 2.2).round(3), y, strict=True)
    ]
    own = {"data": "own", "points": points, "first": 8, "second": 8}
    return [
        ("xor 2-3-1", {}),
        ("spirals 2-8-8-1", {"data": "spirals", "first": 8, "second": 8}),
        ("200 points 2-8-8-1", own),
        ("200 points 2-8-8-1, sigmoid", own | {"activation": "sigmoid"}),
    ]


def watch(epochs: int, rounds: int) -> list[dict[str, Any]]:
    """Return a row for every state in which chapter 12's playground trains for `epochs`."""
    from playwright.sync_api import sync_playwright

    rows = []
    site = build(checkout(), quiet=True)
    with sync_playwright() as playwright:
        serving = server(site, 0)
        threading.Thread(target=serving.serve_forever, daemon=True).start()
        browser = playwright.chromium.launch(executable_path=chromium(), args=list(CHROMIUM))
        address = f"http://127.0.0.1:{serving.server_port}/12_training_loop.html"
        for name, state in playing():
            runs = [_watch_once(browser, address, state, epochs) for _ in range(rounds)]
            rows.append({"training": name} | min(runs, key=lambda row: row["busy_p95"]))
            print(rows[-1], file=sys.stderr, flush=True)
        browser.close()
        serving.shutdown()
        serving.server_close()
    return rows


def _watch_once(browser: Any, address: str, state: dict[str, Any], epochs: int) -> dict[str, Any]:
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    link = base64.urlsafe_b64encode(json.dumps(state).encode()).decode().rstrip("=")
    page.goto(f"{address}#cw-playground-widget--{link}")
    page.wait_for_selector("html[data-widgets=ready]")
    page.locator(".cw-settings").evaluate("(fold) => { fold.open = true; }")
    page.locator(".cw .cw-speed select").select_option(label="300 epochs/s")
    page.wait_for_timeout(1000)
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable", {"timeDomain": "threadTicks"})
    before = work(session)
    busy, rate = page.evaluate(WATCH, [epochs, 10 * epochs])
    spent = work(session) - before
    page.close()
    return {
        "epochs": epochs,
        "frames": len(busy),
        "busy_median": round(statistics.median(busy), 1),
        "busy_p95": round(statistics.quantiles(busy, n=20)[-1], 1),
        "processor": round(1000 * spent / len(busy), 1),
        "late": round(100 * sum(duration > 16 for duration in busy) / len(busy), 1),
        "epochs_per_second": round(rate),
    }


def work(session: Any) -> float:
    """Return the processor time that the page's main thread has used so far, in seconds."""
    metrics = session.send("Performance.getMetrics")["metrics"]
    return float(next(metric["value"] for metric in metrics if metric["name"] == "TaskDuration"))


def chromium() -> str:
    """Return the browser's program."""
    program = shutil.which("chromium")
    if program is None:
        raise SystemExit("widgets: chromium is missing; install it with: apt-get install chromium")
    return program


def measure(names: list[str], moves: int, rounds: int) -> list[dict[str, Any]]:
    """Return a row for every widget in `names`."""
    from playwright.sync_api import sync_playwright

    rows = []
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        root = Path(folder)
        copy_modules(root / "course-widgets")
        for name in names:
            (root / f"{name}.html").write_text(page_html([(name, {})]), encoding="utf-8")
        serving = server(root, 0)
        threading.Thread(target=serving.serve_forever, daemon=True).start()
        browser = playwright.chromium.launch(executable_path=chromium(), args=list(CHROMIUM))
        for name in names:
            page = browser.new_page(viewport={"width": 900, "height": 900})
            page.goto(f"http://127.0.0.1:{serving.server_port}/{name}.html")
            page.wait_for_selector("html[data-widgets=ready]")
            if page.query_selector("[data-do=step]"):
                for _ in range(5):
                    page.click("[data-do=step]")
            page.evaluate(MOVE, 10)
            runs = [page.evaluate(MOVE, moves) for _ in range(rounds)]
            work, paint = min(runs, key=lambda run: statistics.median(run[1]))
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
    parser.add_argument("--frames", action="store_true")
    parser.add_argument("--rounds", type=int, default=7)
    options = parser.parse_args(arguments)
    if options.frames:
        write("frames", watch(1000, options.rounds))
        return
    rows = measure(options.only, options.moves, options.rounds)
    if options.only == NAMES:
        write("widgets", rows)


def write(name: str, rows: list[dict[str, Any]]) -> None:
    """Write a file of results."""
    with (RESULTS / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


if __name__ == "__main__":
    main()
