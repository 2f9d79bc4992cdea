"""Where a browser or an address lacks something: a sentence says what, and the rest works."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from browser import served, watched_page
from live.test_exercise_pages import CHAPTER, RIGHT, check, kept, open_page
from needs import need

from course_lib.live import files
from course_lib.site import CHROMIUM

pytestmark = pytest.mark.long

TYPED = "# typed here\n"
NOT_KEPT = "does not keep your work (a private window, or storage is not allowed)"
THROWS = "throw new DOMException('not allowed', 'SecurityError')"
FULL = 2000  # bytes of storage: less than the work of one exercise


def said(page: Any) -> list[str]:
    """Return the sentences above the exercise."""
    return page.locator("[data-notice] p").all_inner_texts()


def typed(page: Any) -> None:
    """Write a line into the first editor."""
    page.locator("[data-task] .cm-content").first.click()
    page.keyboard.press("Control+Home")
    page.keyboard.insert_text(TYPED)


def works_but_for(page: Any, *missing: str) -> None:
    """What is typed is in the notebook, and can be exported as well."""
    typed(page)
    assert TYPED in "".join("".join(cell["source"]) for cell in kept(page)["cells"])
    with page.expect_download() as waiting:
        page.locator("[data-hand-in]").click()
    assert TYPED.strip() in Path(waiting.value.path()).read_text(encoding="utf-8")
    with page.expect_download() as waiting:
        page.locator("[data-export]").click()
    works = json.loads(Path(waiting.value.path()).read_text(encoding="utf-8"))["works"]
    assert TYPED.strip() in json.dumps(works)
    sentences = said(page)
    assert len(sentences) == len(missing), sentences
    for sentence, text in zip(sentences, missing, strict=True):
        assert text in sentence


def test_a_page_that_was_opened_as_a_file_can_be_read(browser: Any, live_site: Path) -> None:
    page = browser.new_context().new_page()
    page.goto((live_site / "exercises" / f"{CHAPTER}.html").as_uri())
    notice = page.locator("[data-notice]").inner_text()
    assert "can be read, but nothing can be written or run" in notice
    assert "course book" in notice
    assert page.locator("[data-task]").count() == 5
    assert "def dense_backward" in page.locator("[data-task=dense_backward]").inner_text()
    assert page.locator("button:enabled, input:enabled").count() == 0
    page.context.close()


@pytest.fixture
def plain(browser: Any, live_server: str) -> Iterator[tuple[Any, str]]:
    """A browser for which this machine is another host, and its address there."""
    rules = "--host-resolver-rules=MAP example.test 127.0.0.1"
    args = [*CHROMIUM, rules]
    started = browser.browser_type.launch(executable_path=need("chromium"), args=args)
    yield started, live_server.replace("127.0.0.1", "example.test")
    started.close()


def test_plain_http_from_another_host(plain: tuple[Any, str]) -> None:
    browser, address = plain
    page = browser.new_context().new_page()
    page.set_default_timeout(90_000)
    open_page(page, address)
    assert not page.evaluate("window.isSecureContext")
    works_but_for(page, "This address is not secure")
    assert "but the use without a network" in said(page)[0]
    assert check(page, "dense_backward", RIGHT)["score"] == 5
    page.reload()
    page.wait_for_selector(".cm-editor")
    assert TYPED in "".join("".join(cell["source"]) for cell in kept(page)["cells"])
    assert len(said(page)) == 1


@pytest.mark.parametrize("missing", ["WebAssembly", "Worker"])
def test_a_browser_without_what_python_needs(browser: Any, live_server: str, missing: str) -> None:
    with watched_page(browser) as page:
        page.add_init_script(f"delete window.{missing};")
        open_page(page, live_server)
        works_but_for(page, "cannot run Python here. You can read, write and hand in")
        assert "cannot run in this browser" in check(page, "dense_backward", RIGHT)["text"]
        page.reload()
        page.wait_for_selector(".cm-editor")
        assert TYPED in "".join("".join(cell["source"]) for cell in kept(page)["cells"])


@pytest.mark.parametrize(
    "script",
    [
        "delete window.indexedDB; window.indexedDB = undefined;",
        f"Object.defineProperty(window, 'indexedDB', {{get() {{ {THROWS}; }}}});",
        f"IDBFactory.prototype.open = () => {{ {THROWS}; }};",
        f"window.BroadcastChannel = class {{ constructor() {{ {THROWS}; }} }};"
        f"IDBFactory.prototype.open = () => {{ {THROWS}; }};"
        f"Object.defineProperty(window, 'localStorage', {{get() {{ {THROWS}; }}}});",
    ],
    ids=["no indexedDB", "not to be asked", "not to be opened", "nothing is allowed"],
)
def test_a_browser_that_keeps_nothing(browser: Any, live_server: str, script: str) -> None:
    with watched_page(browser) as page:
        page.add_init_script(script)
        open_page(page, live_server)
        works_but_for(page, NOT_KEPT)


def test_a_private_window_is_spoken_of(browser: Any, live_server: str) -> None:
    with watched_page(browser) as page:
        open_page(page, live_server)
        assert page.get_by_text("a private window forgets it").is_visible()


def storage(page: Any, address: str, most: int) -> None:
    """Let an address keep no more than `most` bytes."""
    session = page.context.new_cdp_session(page)
    origin = {"origin": address.rstrip("/"), "quotaSize": most}
    session.send("Storage.overrideQuotaForOrigin", origin)


def test_a_full_storage_is_told_and_costs_nothing_else(browser: Any, live_site: Path) -> None:
    with served(live_site) as server, watched_page(browser) as page:
        page.set_default_timeout(90_000)
        open_page(page, server)
        storage(page, server, FULL)
        works_but_for(page, "does not keep your work (its storage is full)")
        assert check(page, "dense_backward", RIGHT)["score"] == 5
        page.get_by_text("has no room to keep it").wait_for()
        assert len(said(page)) == 2


def test_a_storage_that_has_become_full_keeps_nobody_from_the_page(
    browser: Any, live_site: Path
) -> None:
    with served(live_site) as server, watched_page(browser) as page:
        page.set_default_timeout(90_000)
        open_page(page, server)
        check(page, "dense_backward", RIGHT)
        page.wait_for_function("navigator.serviceWorker.controller !== null")
        storage(page, server, FULL)
        for name in (CHAPTER, "03_forward_pass"):
            open_page(page, server, name)
        name = files.manifest()["packages"]["cycler"]["name"]  # kept when it is first used
        place = page.evaluate("JSON.parse(document.querySelector('#live-place').textContent)")
        take = "address => fetch(address).then((answer) => answer.ok)"
        assert page.evaluate(take, f"../{place['live']}{name}")
