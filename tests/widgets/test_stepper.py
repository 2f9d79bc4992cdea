"""The stepper in a real browser, held to the library at every step."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from widgets.library import stepper_round
from widgets.shown import Shown, agree

from course_lib.widgets.bundle import networks

pytestmark = pytest.mark.long
STEPS = {"1-1-1": 11, "2-3-1": 14, "4-2-3": 15}


def after(widget: Shown, updates: int, step: int, reference: dict[str, float]) -> None:
    """Hold what is shown now to `reference`."""
    agree(widget.values(), reference | {"updates": updates, "step": step})


@pytest.mark.parametrize("name", STEPS)
@pytest.mark.parametrize("batch", [False, True])
def test_every_number_of_two_rounds_is_the_librarys(opened, name: str, batch: bool) -> None:
    widget = opened(("stepper", {"network": name, "example": 1, "batch": batch, "rate": 0.4}))
    N = len(networks()[name]["x"]) // networks()[name]["sizes"][0]
    examples = list(range(N)) if batch else [1]
    theta = np.array(networks()[name]["theta"])
    widget.press("step", STEPS[name])
    first = stepper_round(name, theta, examples, 0.4, batch)
    after(widget, 0, STEPS[name], first)
    names = [key.removesuffix("_new") for key in first if key.endswith("_new")]
    theta = np.array([first[f"{key}_new"] for key in names])
    widget.press("step", 1 + STEPS[name])
    after(widget, 1, STEPS[name], stepper_round(name, theta, examples, 0.4, batch))


def test_each_step_shows_only_what_is_known_by_then(opened) -> None:
    widget = opened(("stepper", {"network": "4-2-3"}))
    theta = networks()["4-2-3"]["theta"]
    reference = stepper_round("4-2-3", theta, [0], 0.5, False)
    seen: set[str] = set()
    for step in range(16):
        shown = widget.values()
        agree(
            shown, {k: v for k, v in reference.items() if k in shown} | {"updates": 0, "step": step}
        )
        assert seen <= set(shown)
        new = {name.split("[")[0] for name in set(shown) - seen}
        seen = set(shown)
        if step == 7:
            assert "loss" in shown
            assert not any(name.startswith(("d", "delta")) for name in shown)
        if step in {9, 13}:
            assert new == {"dW2" if step == 9 else "dW1"}
        if step == 12:
            assert new == {"delta1"}
        widget.press("step")
    assert set(reference) | {"updates", "step"} == seen


@pytest.mark.parametrize("by", ["neuron", "layer"])
def test_back_restores_every_earlier_state_exactly(opened, by: str) -> None:
    widget = opened(("stepper", {"network": "2-3-1", "by": by}))
    states = [(widget.texts(), widget.html())]
    for _ in range(33):
        widget.press("step")
        states.append((widget.texts(), widget.html()))
    for before in reversed(states[:-1]):
        widget.press("back")
        assert (widget.texts(), widget.html()) == before
    assert widget.root.locator("[data-do=back]").get_attribute("aria-disabled") == "true"


def test_a_rate_changed_on_the_way_is_in_the_link(opened) -> None:
    widget = opened(("stepper", {"by": "layer"}))
    widget.press("step", 20)
    widget.enter("rate", 0.05)
    widget.choose("example", "3")
    widget.press("step", 17)
    widget.press("copy")
    link = widget.root.locator(".cw-link").input_value()
    again = opened(("stepper", {"by": "layer"}), link=link[link.index("#") :])
    assert again.texts() == widget.texts()
    for _ in range(37):
        widget.press("back")
        again.press("back")
    assert again.values()["updates"] == widget.values()["updates"] == 0
    first, second = widget.texts(), again.texts()
    assert first["W1[0,0]"] == second["W1[0,0]"] == "0.5"


def test_the_drawing_answers_the_arrow_keys_with_the_formula(opened) -> None:
    widget = opened(("stepper", {"step": 15}))
    page = widget.page
    widget.root.locator("[data-pick='W1[0,0]']").focus()
    for _ in range(6):
        page.keyboard.press("ArrowRight")
    picked = page.evaluate("document.activeElement.dataset.pick")
    shown = widget.values()
    j, k = picked[3:-1].split(",")
    formula = widget.root.locator(".cw-formulas").inner_text()
    assert f"δ1[{j}] · x[{k}]" in formula
    assert f"∂ℒ/∂{picked}" in formula
    product = shown[f"delta1[{j}]"] * shown[f"x[{k}]"]
    assert product == pytest.approx(shown[f"d{picked}"], rel=1e-12)
    assert f"∂ℒ/∂{picked}" in widget.status()


def test_a_whole_round_is_one_press_and_the_goal_of_chapter_5_takes_25(opened) -> None:
    widget = opened(("stepper", {"network": "1-1-1"}))
    widget.press("round")
    assert (widget.values()["updates"], widget.values()["step"]) == (1, 0)
    by_steps = opened(("stepper", {"network": "1-1-1"})).press("step", STEPS["1-1-1"] + 1)
    assert widget.texts() == by_steps.texts()
    widget.press("round", 24).press("step", 3)
    assert widget.values()["loss"] < 0.01


def test_on_a_phone_every_weight_and_its_gradient_is_a_number(opened) -> None:
    widget = opened(("stepper", {}), viewport={"width": 360, "height": 740}).press("step", 15)
    shown = widget.root.locator(".cw-whole").inner_text().replace("−", "-")
    values = widget.values()
    for name in [name for name in values if name[0] in "Wb" and "_new" not in name]:
        weight, gradient = (float(f"{values[key]:.2g}") for key in (name, f"d{name}"))
        assert f"{weight:g}" in shown, name
        assert f"∂ {gradient:g}" in shown, name


LINES = """(root) => [...root.querySelectorAll('.cw-pick > rect')].flatMap((box) => {
  const [x, y, w, h] = ['x', 'y', 'width', 'height'].map((key) => Number(box.getAttribute(key)));
  const inside = ({ x: u, y: v }) => u > x && u < x + w && v > y && v < y + h;
  const lines = [...root.querySelectorAll('line.cw-edge')].filter((line) => {
    const long = line.getTotalLength();
    const points = Array.from({ length: 600 }, (_, i) => line.getPointAtLength(long * i / 599));
    return points.some(inside);
  });
  const boxes = [...root.querySelectorAll('.cw-pick > rect')].filter((other) => other !== box
    && Math.abs(other.x.baseVal.value - x) < w && Math.abs(other.y.baseVal.value - y) < h);
  const own = box.parentNode.dataset.pick[0] === 'W' ? 1 : 0;
  return lines.length === own && !boxes.length ? [] : [box.parentNode.dataset.pick];
})"""


@pytest.mark.parametrize("name", STEPS)
@pytest.mark.parametrize("width", [360, 420, 690, 740])
def test_the_box_of_a_weight_lies_on_its_own_line_alone(opened, name: str, width: int) -> None:
    view = {"width": width, "height": 740}
    widget = opened(("stepper", {"network": name, "step": STEPS[name]}), viewport=view)
    assert widget.root.evaluate(LINES) == []


def test_the_targets_are_in_the_drawing_from_the_start(opened) -> None:
    for width in (360, 1000):
        widget = opened(("stepper", {}), viewport={"width": width, "height": 740})
        drawn = widget.root.locator("svg.cw-net text").all_text_contents()
        assert [text[-1] for text in drawn if text.startswith(("y ", "target "))] == list("100")


def test_a_diverging_run_stops_and_says_why(opened) -> None:
    state: dict[str, Any] = {
        "network": "1-1-1",
        "hidden": "linear",
        "output": "linear",
        "by": "layer",
    }
    weights = [900, 900, 900, 900]
    widget = opened(("stepper", state | {"weights": weights, "rate": 100}))
    for _ in range(90):
        widget.press("step")
        if "Stopped" in widget.status():
            break
    assert "overflowed" in widget.status()
    before = widget.texts()
    widget.press("step")
    assert widget.texts() == before
    widget.press("reset")
    assert widget.values()["W1[0,0]"] == 900


def test_play_is_silent_and_pause_speaks(opened) -> None:
    widget = opened(("stepper", {}))
    widget.open_settings().root.locator(".cw-speed select").select_option("5")
    widget.press("play")
    widget.page.wait_for_function(
        "Number(document.querySelector('[data-q=updates]').dataset.value) >= 2"
    )
    assert widget.root.locator("[role=status]").get_attribute("aria-live") == "off"
    widget.press("play")
    assert widget.root.locator("[role=status]").get_attribute("aria-live") == "polite"
    still = widget.texts()
    widget.page.wait_for_timeout(300)
    assert widget.texts() == still
