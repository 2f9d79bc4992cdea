"""Questions, predictions and blanks answer in a browser; without JavaScript they can be read."""

import gzip
import re

import pytest
from browser import watched_page

pytestmark = pytest.mark.long

CHAPTER = "08_backward_pass.html"
BOXES = ".fbu-question, .fbu-prediction, .fbu-faded"


def words(text):
    return re.sub(r"\s+", " ", text).strip()


@pytest.fixture
def chapter(page, server):
    page.goto(server + CHAPTER)
    page.wait_for_selector(".fbu-form")
    return page


def feedback_of(locator):
    """The text that the source gives, whether it is shown or not."""
    return words(locator.evaluate("node => node.textContent"))


def test_every_choice_is_answered_with_its_own_words(chapter):
    boxes = chapter.locator('.fbu-question[data-kind="choice"]')
    assert boxes.count() >= 4
    for box in boxes.all():
        status = box.get_by_role("status")
        answers = set()
        for item in box.locator(".fbu-choices > li").all():
            item.locator("input").check()
            box.get_by_role("button", name="Check").click()
            answer = words(status.text_content())
            assert feedback_of(item.locator(".fbu-feedback")) in answer
            right = item.get_attribute("data-right") is not None
            assert answer.startswith("✓ Right." if right else "✗ Not this one.")
            answers.add(answer)
        assert len(answers) == box.locator(".fbu-choices > li").count()


def test_every_known_wrong_number_is_answered_with_its_own_words(chapter):
    boxes = chapter.locator('.fbu-question[data-kind="number"]')
    assert boxes.count() >= 2
    for box in boxes.all():
        field, status = box.get_by_role("textbox"), box.get_by_role("status")
        digits = int(box.get_attribute("data-digits"))

        def answer(text, field=field, status=status):
            field.fill(text)
            field.press("Enter")
            return words(status.text_content())

        assert answer("many").startswith("Write a number")
        for item in box.locator(".fbu-known .fbu-feedback[data-value]").all():
            value = float(item.get_attribute("data-value"))
            reply = answer(f"{value:.{digits}f}")
            assert reply.startswith("✗")
            assert feedback_of(item) in reply
        assert feedback_of(box.locator("[data-other]")) in answer("987654")
        right = float(box.get_attribute("data-value"))
        assert answer(f"{right:.{digits}f}".replace("-", "−").replace(".", ",")).startswith("✓")


def test_predictions_can_be_made_and_skipped(chapter):
    box = chapter.locator(".fbu-prediction").first
    reveal = feedback_of(box.locator(".fbu-answer .fbu-feedback"))
    box.get_by_role("button", name="Predict").click()
    assert "Choose one, or skip" in box.get_by_role("status").text_content()
    box.locator("input").first.check()
    box.get_by_role("button", name="Predict").click()
    assert reveal in words(box.get_by_role("status").text_content())
    chapter.reload()
    box.get_by_role("button", name="Skip").click()
    assert reveal in words(box.get_by_role("status").text_content())


def test_blanks_answer_at_once(chapter):
    box = chapter.locator(".fbu-faded").first
    status = box.get_by_role("status")
    blanks = box.locator(".fbu-blank").all()
    for blank in blanks:
        field, digits = blank.locator("input"), int(blank.get_attribute("data-digits"))
        field.fill("77")
        field.press("Enter")
        assert blank.get_attribute("data-hint") in status.text_content()
        assert field.get_attribute("aria-invalid") == "true"
        field.fill(f"{-float(blank.get_attribute('data-value')):.{digits}f}")
        field.press("Enter")
        assert "not yet" in status.text_content()
        field.fill(f"{float(blank.get_attribute('data-value')):.{digits}f}")
        field.press("Tab")
        assert field.get_attribute("aria-invalid") == "false"
    assert "All blanks are filled" in status.text_content()


def test_answers_are_remembered_in_this_browser_until_they_are_cleared(chapter):
    choice = chapter.locator('.fbu-question[data-kind="choice"]').first
    number = chapter.locator('.fbu-question[data-kind="number"]').first
    prediction = chapter.locator(".fbu-prediction").first
    blank = chapter.locator(".fbu-blank input").first
    choice.locator("input").nth(1).check()
    choice.get_by_role("button", name="Check").click()
    number.locator("input").fill("-0,25")
    number.get_by_role("button", name="Check").click()
    prediction.get_by_role("button", name="Skip").click()
    blank.fill("0.5")
    blank.press("Enter")
    boxes = [choice, number, prediction, chapter.locator(".fbu-faded").first]
    said = [words(box.get_by_role("status").first.text_content()) for box in boxes]
    assert all(said)
    total = chapter.locator(".fbu-question, .fbu-prediction, .fbu-blank").count()
    answered = chapter.locator(".bd-links .fbu-answered")
    assert words(answered.text_content()) == f"4/{total}"

    chapter.reload()
    chapter.wait_for_selector(".fbu-form")
    assert [words(box.get_by_role("status").first.text_content()) for box in boxes] == said
    assert choice.locator("input").nth(1).is_checked()
    assert number.locator("input").input_value() == "-0,25"
    assert blank.input_value() == "0.5"
    assert words(answered.text_content()) == f"4/{total}"
    assert chapter.evaluate("document.activeElement === document.body")

    chapter.locator(".fbu-forget").click()
    chapter.reload()
    chapter.wait_for_selector(".fbu-form")
    assert not any(words(box.get_by_role("status").first.text_content()) for box in boxes)
    assert answered.count() == 0


def test_storage_that_holds_something_else_does_no_harm(chapter):
    for key in ("fbu-answers", "fbu-read"):
        for text in ("{", "7", '"x"', '{"08_backward_pass.html": 3}', "[[]]"):
            chapter.evaluate("([key, text]) => localStorage.setItem(key, text)", [key, text])
            chapter.reload()
            chapter.wait_for_selector(".fbu-form")


def test_the_keyboard_alone_answers_a_question(chapter):
    box = chapter.locator('.fbu-question[data-kind="choice"]').first
    box.locator("input").first.focus()
    chapter.keyboard.press("Space")
    chapter.keyboard.press("ArrowDown")
    chapter.keyboard.press("ArrowDown")
    chapter.keyboard.press("Tab")
    chapter.keyboard.press("Enter")
    assert words(box.get_by_role("status").text_content()).startswith("✓ Right.")


def test_without_javascript_every_answer_can_be_read(browser, server):
    with watched_page(browser, java_script_enabled=False) as page:
        page.goto(server + CHAPTER)
        for box in page.locator(BOXES).all():
            assert box.locator("input").count() == 0
            answers = box.locator("details")
            assert answers.count() > 0
            for answer in answers.all():
                answer.locator("summary").click()
                assert len(words(answer.inner_text())) > 20


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_in_them(browser, server, scheme):
    from axe_playwright_python.sync_playwright import Axe

    with watched_page(browser, color_scheme=scheme) as page:
        page.goto(server + CHAPTER)
        page.wait_for_selector(".fbu-form")
        for box in page.locator('.fbu-question[data-kind="choice"]').all()[:2]:
            box.locator("input").first.check()
            box.get_by_role("button", name="Check").click()
        field = page.locator(".fbu-blank input").first
        field.fill("77")
        field.press("Enter")
        # preload would ask for a style sheet at an address that axe guesses.
        faults = Axe().run(page, context=BOXES, options={"preload": False}).response["violations"]
        assert not [(rule["id"], [node["html"] for node in rule["nodes"]]) for rule in faults]


@pytest.mark.parametrize("width", [320, 1280])
def test_nothing_is_pushed_out_of_the_page_and_targets_can_be_hit(browser, server, width):
    with watched_page(browser, viewport={"width": width, "height": 800}) as page:
        page.goto(server + CHAPTER)
        page.wait_for_selector(".fbu-form")
        page.wait_for_load_state("networkidle")
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        small = page.evaluate(
            """selector => [...document.querySelectorAll(selector)]
              .flatMap((box) => [...box.querySelectorAll('label.fbu-label, button, summary, '
                + 'input[type=text]')])
              .filter((node) => node.checkVisibility())
              .map((node) => [node.outerHTML.slice(0, 80), node.getBoundingClientRect().height])
              .filter(([, height]) => height < 24)""",
            BOXES,
        )
        assert not small


def test_a_first_visit_stays_light_and_sets_its_formulas(page, server):
    bodies = []
    page.on("response", lambda response: bodies.append(response))
    page.goto(server + CHAPTER)
    page.wait_for_selector("mjx-container", state="attached")
    page.wait_for_load_state("networkidle")
    weights = {answer.url: len(gzip.compress(answer.body(), 6)) for answer in bodies if answer.ok}
    heaviest = sorted(weights.items(), key=lambda pair: -pair[1])[:8]
    assert sum(weights.values()) <= 900_000, heaviest
    assert page.locator("mjx-merror").count() == 0
    left = page.evaluate("document.querySelectorAll('.math:not(:has(mjx-container))').length")
    assert left == 0
