"""Static pictures of the widgets, for readers without JavaScript and for print.

    python book/widget_figures.py

opens each widget that a page of the book places without a picture of its own in headless Chromium,
with that page's starting state, and writes its drawing to ``book/widget-figures``. Pictures that no
page asks for any more are removed.
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from course_lib.course_files import checkout
from course_lib.site import CHROMIUM, server
from course_lib.widgets.bundle import copy_modules, modules, page_html

PLACE = re.compile(r"^(`{3,}|:{3,})\{widget\} *(\w+) *\n(.*?)^\1 *$", re.MULTILINE | re.DOTALL)
WIDTH = 740
# How often Step is pressed before the picture is taken: without it no number would be known yet.
POSE = {"stepper": 15, "descent": 6, "loss": 1, "graph": 40, "playground": 60, "loop": 120}
# The stage at which a picture is taken sooner.
STAGE = {"stepper": "update"}


def figure_name(name: str, state: dict[str, Any]) -> str:
    """Return the file name of the picture of widget `name` in `state`.

    Examples
    --------
    >>> figure_name("stepper", {})
    'stepper.svg'
    >>> figure_name("stepper", {"network": "1-1-1"})
    'stepper-968532b8.svg'
    """
    if not state:
        return f"{name}.svg"
    text = json.dumps(state, sort_keys=True)
    return f"{name}-{hashlib.sha256(text.encode()).hexdigest()[:8]}.svg"


def placed(book: Path, pages: str = "*") -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield name and state of every widget that `book` places without a picture of its own."""
    for page in sorted(book.rglob(f"{pages}.md")):
        if "_build" in page.parts:
            continue
        for match in PLACE.finditer(page.read_text(encoding="utf-8")):
            options = re.findall(r"^:(\w+): *(.*)$", match[3], re.MULTILINE)
            body = re.sub(r"^:\w+:.*\n", "", match[3], flags=re.MULTILINE).strip()
            if dict(options).get("figure", "auto") == "auto":
                yield match[2], json.loads(body or "{}")


# Takes the widget's first row of drawings as a file of its own:
# computed styles become attributes.
TAKE = """(place) => {
  const drawings = [...place.querySelector('.cw-row').querySelectorAll('svg')]
    .filter((node) => !node.parentElement.closest('svg'));
  const STYLE = ['fill', 'stroke', 'stroke-width', 'stroke-dasharray', 'opacity', 'font-size',
    'font-weight', 'text-anchor'];
  const KEEP = /^(x|y|x1|x2|y1|y2|cx|cy|r|rx|dx|dy|width|height|d|viewBox)$/;
  const short = (text, digits) => text.replace(/-?\\d+\\.\\d{2,}/g,
    (n) => String(Number(Number(n).toFixed(digits))));
  const take = (drawn) => {
    const copy = drawn.cloneNode(true);
    const from = [drawn, ...drawn.querySelectorAll('*')];
    [copy, ...copy.querySelectorAll('*')].forEach((node, i) => {
      for (const { name, value } of [...node.attributes]) {
        if (KEEP.test(name)) node.setAttribute(name, short(value, name === 'd' ? 1 : 2));
        else node.removeAttribute(name);
      }
      if (['svg', 'g'].includes(node.tagName)) return;
      const style = getComputedStyle(from[i]);
      const text = node.tagName === 'text';
      for (const name of STYLE) {
        const value = style.getPropertyValue(name);
        if (/^(font|text)/.test(name) !== text && name !== 'fill' && name !== 'opacity') continue;
        if (name.startsWith('stroke') && style.stroke === 'none') continue;
        if ((name === 'opacity' && value === '1') || value === 'none' && name !== 'fill') continue;
        node.setAttribute(name, value);
      }
    });
    // What can be dragged on the page cannot be dragged in a picture.
    [copy, ...copy.querySelectorAll('*')].filter((_, i) => from[i].matches?.('.cw-drag'))
      .forEach((node) => node.remove());
    return copy;
  };
  const boxes = drawings.map((drawn) => drawn.getBoundingClientRect());
  const [left, top] = [Math.min(...boxes.map((b) => b.left)), Math.min(...boxes.map((b) => b.top))];
  const size = [Math.max(...boxes.map((b) => b.right)) - left,
    Math.max(...boxes.map((b) => b.bottom)) - top].map(Math.ceil);
  const make = (tag, attributes) => {
    const node = document.createElementNS('http://www.w3.org/2000/svg', tag);
    for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
    return node;
  };
  const whole = make('svg', { width: size[0], height: size[1], viewBox: `0 0 ${size.join(' ')}`,
    'font-family': 'system-ui, sans-serif' });
  whole.append(make('rect', { width: '100%', height: '100%', fill: '#fff' }));
  drawings.forEach((drawn, i) => {
    const copy = take(drawn);
    copy.setAttribute('x', Math.round(boxes[i].left - left));
    copy.setAttribute('y', Math.round(boxes[i].top - top));
    whole.append(copy);
  });
  return new XMLSerializer().serializeToString(whole);
}"""


def draw(places: list[tuple[str, dict[str, Any]]], target: Path) -> list[Path]:
    """Write the picture of every place into `target`; return the files.

    Raises
    ------
    SystemExit
        Without Chromium, saying what to install; when a widget refuses its starting state.
    """
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        raise SystemExit("figures: chromium is missing; install it with: apt-get install chromium")
    from playwright.sync_api import sync_playwright

    target.mkdir(parents=True, exist_ok=True)
    files = []
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        root = Path(folder)
        copy_modules(root / "course-widgets")
        serving = server(root, 0)
        threading.Thread(target=serving.serve_forever, daemon=True).start()
        browser = playwright.chromium.launch(executable_path=chromium, args=list(CHROMIUM))
        page = browser.new_page(viewport={"width": WIDTH, "height": 900}, reduced_motion="reduce")
        for i, (name, state) in enumerate(places):
            (root / f"{i}.html").write_text(page_html([(name, state)]), encoding="utf-8")
            page.goto(f"http://127.0.0.1:{serving.server_port}/{i}.html")
            page.wait_for_selector("html[data-widgets=ready]")
            said = page.inner_text("[role=status]")
            if "refused" in said:
                raise SystemExit(f"figures: widget {name} with {json.dumps(state)}: {said}")
            for _ in range(POSE.get(name, 0)):
                stage = page.query_selector(".cw-where strong")
                if name in STAGE and stage is not None and stage.inner_text() == STAGE[name]:
                    break
                page.click("[data-do=step]", force=True)
            file = target / figure_name(name, state)
            file.write_text(page.locator(".cw").evaluate(TAKE) + "\n", encoding="utf-8")
            files.append(file)
        browser.close()
        serving.shutdown()
        serving.server_close()
    return files


def main() -> None:
    """Draw what the book's pages ask for, and each widget's own default."""
    book = checkout() / "book"
    target = book / "widget-figures"
    files = draw([*((name, {}) for name in modules()), *placed(book)], target)
    for old in set(target.glob("*.svg")) - set(files):
        old.unlink()
    for file in files:
        print(file.relative_to(book.parent))


if __name__ == "__main__":
    main()
