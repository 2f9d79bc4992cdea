"""The built site stands alone: no other host, no dead link, no picture without words."""

import html
import importlib
import inspect
import re
from html.parser import HTMLParser
from urllib.parse import unquote, urlsplit

import pytest
from book_sources import ROOT
from core.parts import api_modules

pytestmark = pytest.mark.long

LOADING = {
    "audio": {"src"}, "embed": {"src"}, "iframe": {"src"}, "image": {"href", "xlink:href"},
    "img": {"src", "srcset"}, "input": {"src"}, "object": {"data"}, "script": {"src"},
    "source": {"src", "srcset"}, "track": {"src"}, "use": {"href", "xlink:href"},
    "video": {"src", "poster"}, "form": {"action"}, "button": {"formaction"}, "base": {"href"},
}  # fmt: skip
IDLE_LINKS = {"canonical", "author", "license", "next", "prev", "index", "search", "help"}
OTHER_HOST = re.compile(r"""^\s*(?:https?:|wss?:|ftp:|//)""", re.IGNORECASE)
IMPORT = re.compile(
    r"""(?:\bimport\s*(?:[\w*{][^;"'`]{0,400}?\bfrom\s*)?\(?\s*|\bimportScripts\(\s*)"""
    r"""["'`](?:https?:)?//""",
)


class Page(HTMLParser):
    """What a page loads, links to, shows and names."""

    def __init__(self, text):
        super().__init__()
        self.loads, self.links, self.ids, self.mute = [], [], [], []
        self.styles = re.findall(r"url\(\s*['\"]?([^'\")]+)", text)
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        values = dict(attributes)
        for name in LOADING.get(tag, ()):
            if values.get(name):
                self.loads.append(values[name])
        relation = set((values.get("rel") or "").split())
        if tag == "link" and not relation <= IDLE_LINKS:
            self.loads.append(values.get("href") or "")
        if tag == "a" and values.get("href"):
            self.links.append(values["href"])
        if values.get("id"):
            self.ids.append(values["id"])
        if tag == "img" and not (values.get("alt") or "").strip():
            self.mute.append(values.get("src"))
        if tag == "svg" and values.get("role") == "img" and not values.get("aria-label"):
            self.mute.append("an svg")


@pytest.fixture(scope="module")
def pages(built_book):
    return {
        path: Page(path.read_text("utf-8"))
        for path in sorted(built_book.rglob("*.html"))
        if "_static" not in path.relative_to(built_book).parts
    }


def test_no_page_loads_from_another_host(pages, built_book):
    for path, page in pages.items():
        foreign = [address for address in page.loads + page.styles if OTHER_HOST.match(address)]
        assert not foreign, f"{path.name}: {foreign}"


def test_no_style_sheet_and_no_script_loads_from_another_host(built_book):
    for path in sorted(built_book.rglob("*.css")):
        text = path.read_text("utf-8", "replace")
        addresses = re.findall(r"(?:url\(\s*|@import\s+)['\"]?([^'\")\s]+)", text)
        assert not [address for address in addresses if OTHER_HOST.match(address)], path
    for path in sorted(built_book.rglob("*.*js")):
        assert not IMPORT.search(path.read_text("utf-8", "replace")), path


def test_the_pattern_for_imports_finds_them():
    for bad in ('import x from "https://a.b/c.js"', "import('//a.b/c.js')", 'import "https://a.b"'):
        assert IMPORT.search(bad)
    assert not IMPORT.search('import x from "./core.js"; const home = "https://a.b"')


def test_every_link_inside_the_site_leads_somewhere(pages, built_book):
    dead = []
    for path, page in pages.items():
        for link in page.links:
            parts = urlsplit(link)
            if parts.scheme or parts.netloc or not link.strip("#"):
                continue
            target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            if target.is_dir():
                target /= "index.html"
            known = target.is_file()
            if known and parts.fragment and target in pages:
                known = unquote(parts.fragment) in pages[target].ids
            if not known:
                dead.append(f"{path.name} -> {link}")
    assert not dead, dead


def test_what_exercises_and_checks_link_to_is_there(pages, built_book):
    pattern = re.compile(r"\b(\d\d_[a-z_]+\.html)(?:#([a-z0-9-]+))?")
    missing = set()
    for folder in ("course_lib", "solutions"):
        for path in (ROOT / folder).rglob("*"):
            if path.suffix not in {".py", ".md"}:
                continue
            for name, anchor in pattern.findall(path.read_text("utf-8")):
                target = pages.get(built_book / name)
                if target is None or (anchor and anchor not in target.ids):
                    missing.add(f"{path.name}: {name}#{anchor}")
    assert not missing, sorted(missing)


def test_every_picture_has_words(pages):
    for path, page in pages.items():
        assert not page.mute, f"{path.name}: no alternative text for {page.mute}"


def test_ids_of_a_page_are_unique(pages):
    for path, page in pages.items():
        twice = {name for name in page.ids if page.ids.count(name) > 1}
        assert not twice, f"{path.name}: {sorted(twice)}"


def read(text):
    """Return the words that a piece of a page shows, without brackets and commas."""
    shown = html.unescape(re.sub(r"<[^>]*>", "", text))
    return " ".join(re.sub(r"[\[\],]", " ", shown).split())


def test_a_reference_reads_like_the_entry_that_it_leads_to(built_book):
    entry = re.compile(r'class="citation" id="([^"]+)".*?class="label">(.*?\])', re.DOTALL)
    page = (built_book / "bibliography.html").read_text("utf-8")
    labels = {name: read(label) for name, label in entry.findall(page)}
    assert len(labels) > 50
    assert len(set(labels.values())) == len(labels)
    seen = set()
    for path in built_book.glob("*.html"):
        text = path.read_text("utf-8")
        for link in re.finditer(r'<a [^>]*href="bibliography\.html#([^"]+)"[^>]*>.*?</a>', text):
            before = text[max(0, link.start() - 300) : link.end()]
            if link[1] in labels:
                assert read(before).endswith(labels[link[1]]), (path.name, labels[link[1]])
                seen.add(link[1])
    assert len(seen) > 40


def test_every_public_name_of_the_library_has_an_entry(pages, built_book):
    entries = set(pages[built_book / "api.html"].ids)
    for name in api_modules():
        module = importlib.import_module(name)
        for member in getattr(module, "__all__", vars(module)):
            thing = getattr(module, member)
            own = getattr(thing, "__module__", "") == name and not member.startswith("_")
            if own and inspect.getdoc(thing):
                assert f"{name}.{member}" in entries
    assert {"course_lib.layers.Dense", "course_lib.graph.Value.exp"} <= entries
