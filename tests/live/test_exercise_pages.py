"""The exercise pages in headless Chromium, with the network off but for this machine."""

from __future__ import annotations

import ast
import gzip
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from browser import served, until, watched_page
from differential.named import ENTRIES
from grader.members import notebook

from course_lib import checks
from course_lib.live import session
from course_lib.notebooks import release, source

pytestmark = pytest.mark.long

ROOT = Path(__file__).resolve().parents[2]
CHAPTER = "08_backward_pass"
WRONG = "def dense_backward(delta, a, W):\n    return delta.T @ a, delta.mean(axis=0), delta @ W\n"
RIGHT = WRONG.replace("mean", "sum")
CHECK = "([name, source, hint]) => window.course.check(name, source, hint ?? 0)"


def open_page(page: Any, server: str, name: str = CHAPTER) -> None:
    page.goto(f"{server}exercises/{name}.html")
    page.wait_for_selector("[data-task] .cm-editor, [data-task] textarea")


@pytest.fixture
def page(browser: Any, live_server: str) -> Iterator[Any]:
    """The page of exercise 8, in a browser without any work."""
    with watched_page(browser) as opened:
        opened.set_default_timeout(90_000)
        open_page(opened, live_server)
        yield opened


@pytest.fixture(scope="module")
def started(browser: Any, live_server: str) -> Iterator[Any]:
    """The page of exercise 8 for tests that write their own code: one start of Python for all."""
    with watched_page(browser) as opened:
        opened.set_default_timeout(90_000)
        open_page(opened, live_server)
        yield opened


def check(page: Any, name: str, text: str, hint: int = 0) -> dict[str, Any]:
    return page.evaluate(CHECK, [name, text, hint])


def feedback(page: Any, name: str = "dense_backward") -> Any:
    return page.locator(f"[data-task={name}] [data-feedback]")


def kept(page: Any) -> dict[str, Any]:
    """Wait for a pause in typing to be over; return the notebook."""
    page.wait_for_timeout(700)
    return page.evaluate("() => window.course.notebook()")


def solutions(name: str) -> dict[str, str]:
    solved = release.solved(source.read(ROOT / "solutions" / f"{name}.md"))
    cells = {cell["id"]: "".join(cell["source"]) for cell in solved["cells"]}
    return {task.name: cells[f"solution-{task.name}"] for task in checks.load(name).questions}


def test_all_solutions_on_all_pages_get_full_points(
    browser: Any, live_server: str, tmp_path: Path
) -> None:
    """And the notebooks handed in get the same from the grader."""
    submitted = tmp_path / "submissions" / "somebody"
    submitted.mkdir(parents=True)
    notebooks = {}
    with watched_page(browser) as page:
        for name in checks.names():
            open_page(page, live_server, name)
            for function, text in solutions(name).items():
                answer = check(page, function, text)
                assert answer["score"] == answer["max_score"] > 0, answer
                whole = f"{answer['score']:g} of {answer['max_score']:g}"
                assert whole in feedback(page, function).inner_text()
            notebooks[name] = page.evaluate("() => window.course.notebook()")
        assert sum(len(checks.load(name).questions) for name in notebooks) == 90
        points = sum(float(q.points) for name in notebooks for q in checks.load(name).questions)
        shown = page.locator("[data-progress]").inner_text()
        assert f"The course: {points:g} of {points:g} points" in shown
    for name, handed in notebooks.items():
        (submitted / f"{name}.ipynb").write_text(json.dumps(handed), encoding="utf-8")
    marks = tmp_path / "marks"
    command = [sys.executable, "-m", "course_lib.cli", "grade", str(submitted.parent)]
    subprocess.run([*command, "--out", str(marks)], cwd=ROOT, check=True, capture_output=True)
    graded = [
        json.loads(line) for line in (marks / "results.jsonl").read_text("utf-8").splitlines()
    ]
    assert {outcome["exercise"] for outcome in graded} == set(notebooks)
    assert all(outcome["score"] == outcome["max_score"] for outcome in graded), graded


def wrong_answers() -> list[tuple[str, bytes]]:
    """Return wrong answers of people that need nothing but NumPy: function and notebook."""
    answers = []
    for entry in ENTRIES:
        used = {
            node.id
            for node in ast.walk(ast.parse(f"def f():\n{entry.body}"))
            if isinstance(node, ast.Name)
        }
        if not used & {"right", "network", "step"}:
            arguments = ", ".join(checks.find(entry.function)[1].arguments)
            text = f"def {entry.function}({arguments}):\n{entry.body}"
            answers.append((entry.function, notebook("import numpy as np", text)))
    return answers


def test_known_mistakes_are_told_as_elsewhere(
    page: Any, live_server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What people get wrong: the browser's Python says what CPython says, word by word."""
    monkeypatch.setenv("COURSE_BOOK", live_server)
    here = session.Session(tmp_path / "work", lambda _told: None)
    compared = 0
    for function, text in wrong_answers():
        asked = {"kind": "check", "exercise": checks.find(function)[0].name, "earlier": {}}
        asked |= {"function": function, "notebook": text.decode(), "hint": 2}
        own = here.check(asked)
        if own["result"]["status"] in ("timeout", "memory"):
            continue
        there = page.evaluate("asked => window.course.ask(asked)", asked)
        assert there["text"] == own["text"], function
        assert there["result"] == own["result"]
        compared += 1
    assert compared >= 60


def test_a_chapter_is_one_click_away_from_the_first_line(browser: Any, live_server: str) -> None:
    with watched_page(browser) as page:
        page.goto(live_server)
        page.get_by_role("link", name="Write it here").click()
        page.locator("[data-task] .cm-content").first.wait_for()
        assert page.url == f"{live_server}exercises/{CHAPTER}.html"


def test_a_mistake_is_told_with_its_hints(started: Any) -> None:
    task = started.locator("[data-task=dense_backward]")
    task.locator("[data-editor] .cm-content").click()
    started.keyboard.press("Control+a")
    started.keyboard.insert_text(WRONG)
    started.keyboard.press("Control+Enter")
    feedback(started).get_by_text("4 of 5 points").wait_for()
    for hint in (1, 2, 3):
        task.locator("[data-hint]").click()
        started.wait_for_function(
            "hint => document.querySelectorAll('[data-task=dense_backward] [data-feedback] > *')"
            ".length > 5 + hint - 1",
            arg=hint,
        )
    assert task.locator("[data-hint]").is_hidden()
    assert feedback(started).locator("pre").count() == 1
    task.locator("[data-editor] .cm-content").click()
    started.keyboard.press("Control+a")
    started.keyboard.insert_text(RIGHT)
    task.locator("[data-check]").click()
    feedback(started).get_by_text("5 of 5 points").wait_for()


@pytest.mark.parametrize("name", [CHAPTER, "07_many_neurons"])
def test_no_python_is_loaded_before_it_is_needed(
    browser: Any, live_server: str, live_site: Path, name: str
) -> None:
    """And the page weighs at most 250 KB after gzip; that of chapter 7 is the heaviest."""
    with watched_page(browser) as page:
        asked: set[str] = set()
        page.on("request", lambda request: asked.add(request.url.removeprefix(live_server)))
        open_page(page, live_server, name)
        page.wait_for_load_state("networkidle")
        assert not [path for path in asked if "pyodide" in path or path.endswith((".zip", ".whl"))]
        assert (
            page.evaluate("navigator.serviceWorker.getRegistrations().then((r) => r.length)") == 0
        )
        files = [live_site / path.partition("?")[0] for path in asked]
        assert sum(len(gzip.compress(path.read_bytes(), 6)) for path in files) <= 250_000


def test_endless_loops_leave_the_page_the_work_and_the_points_of_the_other_calls(
    page: Any, live_server: str, tmp_path: Path
) -> None:
    """More loops than one check has ever had: the verdict is that of `course check`."""
    name = "06_computational_graphs"
    open_page(page, live_server, name)
    text = solutions(name)["local_one"]
    source = (
        f"{text}\nright = local_one\n\n\ndef local_one(operation, p):\n"
        "    while operation in ('square', 'reciprocal', 'exp', 'log'):\n        pass\n"
        "    return right(operation, p)\n"
    )
    answer = check(page, "local_one", source)
    assert answer["score"] == 3, answer["text"]
    assert "was stopped after" in answer["text"]
    assert page.evaluate("1 + 1") == 2
    assert check(page, "local_one", text)["score"] == 7


def test_a_crash_of_the_interpreter_is_told_and_leaves_the_work(
    browser: Any, live_server: str
) -> None:
    source = (
        "def dense_backward(delta, a, W):\n    import ctypes\n"
        "    ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_int)(77)(1)\n"
    )
    page = browser.new_context().new_page()  # Python says on the console that it has crashed
    page.set_default_timeout(90_000)
    open_page(page, live_server)
    answer = check(page, "dense_backward", source)
    assert answer["score"] == 0
    assert "ended the process" in answer["text"]
    assert source in ["".join(cell["source"]) for cell in kept(page)["cells"]]
    assert check(page, "dense_backward", RIGHT)["score"] == 5
    page.context.close()


def test_a_worker_that_no_longer_listens_is_replaced(browser: Any, live_server: str) -> None:
    with watched_page(browser) as page:
        page.set_default_timeout(90_000)
        page.clock.install()
        open_page(page, live_server)
        check(page, "dense_backward", WRONG)
        page.workers[0].evaluate("() => { self.onmessage = null; }")
        page.evaluate(f"void (window.answer = ({CHECK})(['dense_backward', {json.dumps(RIGHT)}]))")
        page.locator("[data-task=dense_backward][aria-busy]").wait_for()
        page.wait_for_timeout(1000)
        page.clock.fast_forward(31_000)
        assert page.evaluate("window.answer.then((answer) => answer.score)") == 5


def test_a_running_check_can_be_stopped(started: Any) -> None:
    endless = "def dense_backward(delta, a, W):\n    while True:\n        pass\n"
    started.evaluate("text => void window.course.check('dense_backward', text)", endless)
    stop = started.locator("[data-task=dense_backward] [data-stop]")
    stop.click()
    feedback(started).get_by_text("Stopped").wait_for()
    assert stop.is_hidden()
    assert check(started, "dense_backward", f"%%time\n{RIGHT}")["score"] == 5


@pytest.mark.parametrize(
    "bomb",
    [
        "    return np.ones((200_000, 200_000))\n",
        "    kept = []\n    while True:\n        kept.append(np.ones(2_000_000))\n",
        "    return bytearray(2**33)\n",
    ],
)
def test_a_memory_bomb_is_told(started: Any, bomb: str) -> None:
    answer = check(started, "dense_backward", f"def dense_backward(delta, a, W):\n{bomb}")
    assert answer["score"] == 0
    assert "memory" in answer["text"] or "was stopped after" in answer["text"], answer
    assert check(started, "dense_backward", RIGHT)["score"] == 5


def test_endless_printing_and_recursion_are_bounded(started: Any) -> None:
    printing = "def dense_backward(delta, a, W):\n    while True:\n        print('x' * 1000)\n"
    assert "was stopped after" in check(started, "dense_backward", printing)["text"]
    deep = "def dense_backward(delta, a, W):\n    return dense_backward(delta, a, W)\n"
    assert "RecursionError" in check(started, "dense_backward", deep)["text"]
    assert check(started, "dense_backward", RIGHT)["score"] == 5


def test_work_survives_a_reload_and_reset_can_be_undone(page: Any) -> None:
    task = page.locator("[data-task=dense_backward]")
    task.locator("[data-editor] .cm-content").click()
    page.keyboard.press("Control+a")
    page.keyboard.insert_text(WRONG)
    before = kept(page)
    page.reload()
    page.wait_for_selector(".cm-editor")
    assert kept(page) == before
    task.locator("[data-reset]").click()
    assert "NotImplementedError" in json.dumps(kept(page))
    task.locator("[data-undo]").click()
    assert kept(page) == before


def test_it_works_without_a_network(browser: Any, live_site: Path) -> None:
    with served(live_site) as server, watched_page(browser) as page:
        page.set_default_timeout(90_000)
        open_page(page, server)
        assert check(page, "dense_backward", WRONG)["score"] == 4
        page.wait_for_function("navigator.serviceWorker.controller !== null")
        page.context.set_offline(True)
        for _ in range(2):
            page.reload()
            page.wait_for_selector(".cm-editor")
            assert check(page, "dense_backward", RIGHT)["score"] == 5
        page.goto(f"{server}exercises/03_forward_pass.html")
        page.wait_for_selector(".cm-editor")


def rebuilt(site: Path) -> None:
    """Change a built site as a new build would: a page, and the course's package."""
    [old] = (site / "live").glob("course-*.zip")
    new = old.rename(old.with_name("course-0123456789ab.zip"))
    worker = site / "service-worker.js"
    for path in (site / "exercises" / f"{CHAPTER}.html", worker):
        text = path.read_text("utf-8").replace(old.name, new.name)
        path.write_text(text.replace("</h1>", " (rebuilt)</h1>", 1), "utf-8")
    text, changed = re.subn(r"pages [0-9a-f]{8,}", "pages 0123456789ab", worker.read_text("utf-8"))
    assert changed == 1
    worker.write_text(text, "utf-8")


def test_a_rebuilt_book_is_not_taken_from_an_old_cache(
    browser: Any, live_site: Path, tmp_path: Path
) -> None:
    """Neither its pages nor the course's package, also when the network goes after that."""
    shutil.copytree(live_site, tmp_path / "site")
    with served(tmp_path / "site") as server, watched_page(browser) as page:
        page.set_default_timeout(90_000)
        open_page(page, server)
        check(page, "dense_backward", WRONG)
        page.wait_for_function("navigator.serviceWorker.controller !== null")
        rebuilt(tmp_path / "site")
        page.reload()
        assert "(rebuilt)" in page.locator("h1").inner_text()
        page.wait_for_selector(".cm-editor")
        assert "mean(axis=0)" in json.dumps(kept(page))
        assert check(page, "dense_backward", WRONG)["score"] == 4
        until(
            page,
            """async () => {
              const names = await caches.keys();
              if (names.filter((name) => name.includes("pages")).length !== 1) return false;
              if (!names.some((name) => name.includes("pages 0123456789ab"))) return false;
              const caught = await Promise.all(names.map(async (name) =>
                (await caches.open(name)).keys()));
              const courses = caught.flat().map(({ url }) => url)
                .filter((url) => /course-.*zip/.test(url));
              return courses.length === 1 && courses[0].includes("0123456789ab");
            }""",
        )
        page.context.set_offline(True)
        page.reload()
        assert "(rebuilt)" in page.locator("h1").inner_text()
        page.wait_for_selector(".cm-editor")
        assert check(page, "dense_backward", RIGHT)["score"] == 5


def test_hand_in_saves_what_opens_again(started: Any, tmp_path: Path) -> None:
    odd = 'def dense_backward(delta, a, W):\n\t"""Δ — \'\'\' 🙂"""\n\treturn None\n'
    check(started, "dense_backward", odd)
    with started.expect_download() as waiting:
        started.locator("[data-hand-in]").click()
    path = tmp_path / waiting.value.suggested_filename
    waiting.value.save_as(path)
    assert path.name == f"{CHAPTER}.ipynb"
    handed = json.loads(path.read_text(encoding="utf-8"))
    assert handed == started.evaluate("() => window.course.notebook()")
    started.locator("[data-task=dense_backward] [data-reset]").click()
    handed["cells"].insert(
        2,
        {
            "cell_type": "code",
            "execution_count": 1,
            "id": "mine",
            "metadata": {},
            "outputs": [],
            "source": "MY_NUMBERS = 17",
        },
    )
    path.write_text(json.dumps(handed), encoding="utf-8")
    started.locator("[data-open]").set_input_files(path)
    started.get_by_text("1 other code cells are kept").wait_for()
    started.get_by_text("this page checks with the book's numbers").wait_for()
    assert kept(started) == handed
    started.locator("[data-restore]").click()
    assert "NotImplementedError" in json.dumps(kept(started))


def test_all_work_goes_into_one_file_and_back(
    browser: Any, live_server: str, tmp_path: Path
) -> None:
    with watched_page(browser) as page:
        open_page(page, live_server)
        page.locator("[data-task=dense_backward] .cm-content").click()
        page.keyboard.press("Control+a")
        page.keyboard.insert_text(WRONG)
        before = kept(page)
        with page.expect_download() as waiting:
            page.locator("[data-export]").click()
        waiting.value.save_as(tmp_path / "work.json")
    with watched_page(browser) as page:
        open_page(page, live_server)
        page.locator("[data-import]").set_input_files(tmp_path / "work.json")
        page.get_by_text("Imported: 08_backward_pass").wait_for()
        assert kept(page) == before


def test_the_later_of_two_tabs_is_told(page: Any, live_server: str) -> None:
    second = page.context.new_page()
    open_page(second, live_server)
    second.get_by_text("already open in another tab").wait_for()
    second.get_by_role("button", name="Write here instead").click()
    second.wait_for_selector(".cm-editor")
    page.get_by_text("here nothing is saved any more").wait_for()


def test_a_cell_shows_what_the_own_functions_give(started: Any) -> None:
    check(started, "dense_backward", RIGHT)
    cell = started.locator("[data-cell=code-5f670b22eb]")
    cell.locator("[data-run]").click()
    started.wait_for_function(
        "() => document.querySelector('[data-cell=code-5f670b22eb] [data-output]')"
        ".textContent.includes('da =')"
    )
    shown = cell.locator("[data-output] pre").first.inner_text()
    assert shown.strip() == cell.locator("[data-expected]").inner_text().strip()


def test_a_panel_draws_with_the_own_function(started: Any) -> None:
    text = solutions(CHAPTER)["activation_backward"]
    check(started, "activation_backward", text)
    cell = started.locator("[data-cell]:has-text('draw_tangent')").first
    cell.locator("[data-run]").click()
    cell.locator("[data-output] img").wait_for()
    before = cell.locator("[data-output] img").get_attribute("src")
    cell.locator("input[type=number]").fill("2")
    cell.locator("input[type=number]").press("Tab")
    started.wait_for_function(
        "([cell, before]) => { const img = cell.querySelector('[data-output] img');"
        " return img && img.src !== before; }",
        arg=[cell.element_handle(), before],
    )


def test_the_keyboard_alone_is_enough(started: Any) -> None:
    started.locator("[data-task=backward_by_hand] .cm-content").focus()
    started.keyboard.press("Control+a")
    started.keyboard.insert_text("def backward_by_hand():\n")
    started.keyboard.press("Tab")
    started.keyboard.type("return 2.5, 0.4, 0.45")
    started.keyboard.press("Escape")
    started.keyboard.press("Tab")
    focused = started.evaluate("document.activeElement.hasAttribute('data-check')")
    assert focused
    started.keyboard.press("Enter")
    feedback(started, "backward_by_hand").get_by_text("3 of 3 points").wait_for()


@pytest.mark.parametrize("name", [CHAPTER, "13_when_it_goes_wrong"])
def test_a_page_fits_a_phone(browser: Any, live_server: str, name: str) -> None:
    with watched_page(browser, viewport={"width": 360, "height": 740}) as page:
        open_page(page, live_server, name)
        assert page.evaluate("document.documentElement.scrollWidth") <= 360
        page.get_by_text("On a phone").wait_for()


def test_axe_finds_nothing_in_either_theme(browser: Any, live_server: str) -> None:
    from axe_playwright_python.sync_playwright import Axe

    with watched_page(browser, color_scheme="light") as page:
        page.set_default_timeout(90_000)
        open_page(page, live_server)
        check(page, "dense_backward", WRONG)
        page.evaluate(
            "() => { for (const box of document.querySelectorAll('mjx-container'))"
            " box.replaceWith('f'); }"
        )
        for theme in ("light", "dark"):
            assert page.evaluate("document.documentElement.dataset.theme") == theme
            result = Axe().run(page, options={"resultTypes": ["violations"], "preload": False})
            assert not result.response["violations"], result.generate_report()
            page.locator("[data-theme-switch]").click()
