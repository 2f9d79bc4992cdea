"""The whole book as one PDF: every built page, printed by Chromium, in the order of the contents.

    python book/make_pdf.py [FILE]          or: make pdf

Formulas are set, widgets stand as figures, the answers to the questions are opened. The proof table
is left out: it is a hundred pages long, and to be searched rather than read.
"""

from __future__ import annotations

import io
import re
import shutil
import sys
import threading
from pathlib import Path

from course_lib.course_files import checkout
from course_lib.site import CHROMIUM, build, server

FOOT = (
    '<div style="font: 8pt sans-serif; width: 100%; text-align: center; color: #555">'
    "Forward, Backward, Update: {title}</div>"
)


def contents(root: Path) -> list[str]:
    """Return the names of all pages in the order of the table of contents."""
    listed = (root / "book" / "_toc.yml").read_text(encoding="utf-8")
    names = re.findall(r"(?:file|root): (\S+)", listed)
    return [name for name in names if name != "proof_table"]


def printed(site: Path, names: list[str]) -> list[tuple[str, bytes]]:
    """Return title and PDF of every page."""
    from playwright.sync_api import sync_playwright

    chromium = shutil.which("chromium")
    if chromium is None:
        raise SystemExit("pdf: chromium is missing; install it with: apt-get install chromium")
    serving = server(site, 0)
    threading.Thread(target=serving.serve_forever, daemon=True).start()
    pages = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=list(CHROMIUM))
        page = browser.new_page()
        page.emulate_media(media="print", color_scheme="light")
        for name in names:
            page.goto(f"http://127.0.0.1:{serving.server_port}/{name}.html")
            page.wait_for_load_state("networkidle")
            page.evaluate("document.querySelectorAll('details').forEach((one) => one.open = true)")
            title = page.title().split(" — ")[0]
            raw = page.pdf(
                format="A4",
                margin={"top": "16mm", "bottom": "18mm", "left": "16mm", "right": "16mm"},
                display_header_footer=True,
                header_template="<span></span>",
                footer_template=FOOT.format(title=title),
            )
            pages.append((title, raw))
        browser.close()
    serving.shutdown()
    return pages


def main() -> None:
    """Write the PDF."""
    from pypdf import PdfReader, PdfWriter

    root = checkout()
    out = Path(sys.argv[1]) if len(sys.argv) > 1 else root / "book" / "_build" / "book.pdf"
    site = build(root, quiet=True)
    writer = PdfWriter()
    for title, raw in printed(site, contents(root)):
        writer.append(PdfReader(io.BytesIO(raw)), outline_item=title)
    writer.add_metadata({"/Title": "Forward, Backward, Update"})
    with out.open("wb") as file:
        writer.write(file)
    print(f"{out}: {len(writer.pages)} pages")


if __name__ == "__main__":
    main()
