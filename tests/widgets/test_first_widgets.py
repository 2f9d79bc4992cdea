"""The widgets of one neuron, of the loss and of descent, in a real browser, held to the library."""

from __future__ import annotations

import json
import re
from typing import Any

import numpy as np
import pytest
from widgets.library import OPTIMIZER
from widgets.shown import agree

from course_lib.course_files import checkout
from course_lib.layers import Dense, ReLU, Sigmoid, Softmax, Tanh
from course_lib.losses import MeanSquaredError, SoftmaxCrossEntropy
from course_lib.network import Network

pytestmark = pytest.mark.long


@pytest.mark.parametrize("activation", ["sigmoid", "tanh", "relu", "linear"])
@pytest.mark.parametrize("x1", [-3.5, 1.0])
def test_a_neurons_numbers_are_the_librarys(opened, activation: str, x1: float) -> None:
    given = {"x1": x1, "x2": 0.4, "w1": 1.7, "w2": -0.6, "b": -0.2}
    widget = opened(("neuron", given | {"activation": activation}))
    x = np.array([[given["x1"], given["x2"]]])
    dense = Dense(2, 1)
    dense.W, dense.b = np.array([[given["w1"], given["w2"]]]), np.array([given["b"]])
    z = dense.forward(x)
    kind = {"sigmoid": Sigmoid, "tanh": Tanh, "relu": ReLU}.get(activation)
    bend = kind() if kind else None
    a = bend.forward(z) if bend else z
    slope = bend.backward(np.ones((1, 1))) if bend else np.ones((1, 1))
    da_dx = dense.backward(slope)
    agree(
        widget.values(),
        given
        | {
            "z": z.item(),
            "a": a.item(),
            "slope": slope.item(),
            "da_dw1": dense.dW[0, 0],
            "da_dw2": dense.dW[0, 1],
            "da_db": dense.db[0],
            "da_dx1": da_dx[0, 0],
            "da_dx2": da_dx[0, 1],
        },
    )


def test_typing_and_sliding_change_a_neuron_at_once(opened) -> None:
    widget = opened(("neuron", {}))
    widget.enter("w1", 2.25)
    assert widget.values()["w1"] == 2.25
    slider = widget.root.locator("input[type=range]").first
    slider.focus()
    before = widget.values()["z"]
    widget.page.keyboard.press("ArrowRight")
    assert widget.values()["z"] == pytest.approx(before + 0.05)
    widget.enter("w1", 50)
    assert "a number from −4 to 4" in widget.status()
    assert widget.values()["w1"] == 2.25


def losses(name: str, z: Any, target: int) -> tuple[float, np.ndarray, np.ndarray, np.ndarray]:
    """Return loss, p, gradient at p and gradient at z, from the library's layers."""
    z = np.asarray(z)[None, :]
    softmax = Softmax()
    p = softmax.forward(z)
    if name == "mse":
        loss = MeanSquaredError()
        value = loss.forward(p, np.eye(z.shape[1])[[target]])
        dp = loss.backward()
        return value, p[0], dp[0], softmax.backward(dp)[0]
    fused = SoftmaxCrossEntropy()
    value = fused.forward(z, np.array([target]))
    dp = np.where(np.arange(z.shape[1]) == target, -1 / p[0], 0)
    return value, p[0], dp, fused.backward()[0]


@pytest.mark.parametrize("name", ["cross-entropy", "mse"])
@pytest.mark.parametrize("z", [[2, 1, 0], [8.5, -3, 0.4, -9.5]])
def test_loss_and_gradient_are_the_librarys_at_every_step(
    opened, name: str, z: list[float]
) -> None:
    state = {"classes": len(z), "z": z, "target": 1, "loss": name, "rate": 0.7}
    widget = opened(("loss", state))
    now = np.array(z, dtype=float)
    for steps in range(4):
        value, p, dp, dz = losses(name, now, 1)
        expected = {"loss": value, "steps": steps, "rate": 0.7}
        for j in range(len(z)):
            y = float(j == 1)
            expected |= {f"z[{j}]": now[j], f"p[{j}]": p[j], f"y[{j}]": y, f"p-y[{j}]": p[j] - y}
            expected |= {f"dp[{j}]": dp[j], f"dz[{j}]": dz[j]}
        agree(widget.values(), expected)
        widget.press("step")
        now = now - 0.7 * dz
    after = widget.texts()
    widget.press("step", 3).press("back", 3)
    assert widget.texts() == after


def test_a_sure_and_wrong_answer_gets_almost_no_gradient_from_squares(opened) -> None:
    widget = opened(("loss", {"z": [9, 0, -9], "target": 2}))
    cross = abs(widget.values()["dz[2]"])
    widget.choose("loss", "mse")
    assert abs(widget.values()["dz[2]"]) < 1e-6 < 0.99 < cross


SURFACES = {
    "parabola": lambda w, c: [c * w[0]],
    "valleys": lambda w, c: [w[0] ** 3 - 2 * w[0] + 0.25],
    "ravine": lambda w, c: [w[0], c * w[1]],
    "saddle": lambda w, c: [w[0], -w[1] + w[1] ** 3 / 2],
    "plateau": lambda w, c: [4 * w[0] / (1 + w[0] ** 2) ** 2],
    "bend": lambda w, c: [
        w[0] - 1 - 4 * (w[1] - w[0] ** 2 / 2) * w[0],
        4 * (w[1] - w[0] ** 2 / 2),
    ],
}


@pytest.mark.parametrize("surface", SURFACES)
def test_every_optimisers_path_and_memory_are_the_librarys(opened, surface: str) -> None:
    rates = {"sgd": 0.11, "momentum": 0.03, "rmsprop": 0.04, "adam": 0.09}
    state = {f"{kind}_rate": rate for kind, rate in rates.items()} | dict.fromkeys(rates, True)
    widget = opened(("descent", state | {"surface": surface, "curvature": 6, "steps": 20}))
    widget.press("step", 5)
    shown = widget.values()
    for kind, rate in rates.items():
        # A network of two or three parameters lends its flat vectors; the gradient is the curve's.
        network = Network(Dense(2, 1), loss=MeanSquaredError())
        network.forward(np.ones((1, 2)), np.ones((1, 1)))
        network.backward()
        optimizer = OPTIMIZER[kind](network, learning_rate=rate)
        network.theta[...] = [-2.5, 1.5, 0]
        v, s, m = np.zeros(2), np.zeros(2), np.zeros(2)
        for _ in range(25):
            slope = SURFACES[surface](network.theta, 6)
            g = np.array([*slope, 0])[:2]
            beta = 0.999 if kind == "adam" else 0.9
            v, s, m = 0.9 * v + g, beta * s + (1 - beta) * g**2, 0.9 * m + 0.1 * g
            network.gradient[...] = [*slope, *[0] * (3 - len(slope))]
            optimizer.update()
        slope = SURFACES[surface](network.theta, 6)
        names = ["1", "2"] if len(slope) == 2 else [""]
        for i, name in enumerate(names):
            assert shown[f"{kind}.w{name}"] == pytest.approx(network.theta[i], rel=1e-9, abs=1e-12)
            kept = {"momentum": {"v": v}, "rmsprop": {"s": s}, "adam": {"m": m, "s": s}}
            for memory, value in kept.get(kind, {}).items():
                assert shown[f"{kind}.{memory}{name}"] == pytest.approx(value[i], rel=1e-9)
            assert shown[f"{kind}.dw{name}"] == pytest.approx(slope[i], rel=1e-8, abs=1e-12)
    assert shown["steps"] == shown["adam.t"] == 25


@pytest.mark.parametrize(("rate", "lost"), [(0.95, False), (1.05, True)])
def test_on_a_parabola_descent_is_lost_beyond_two_over_the_curvature(
    opened, rate: float, lost: bool
) -> None:
    widget = opened(("descent", {"curvature": 2, "sgd_rate": rate, "steps": 400, "offer": "sgd"}))
    assert widget.values()["limit"] == 1
    assert ("lost" in widget.status()) == lost
    if not lost:
        assert abs(widget.values()["sgd.w"]) < 1e-15


def test_a_changed_rate_redraws_the_same_number_of_steps(opened) -> None:
    widget = opened(("descent", {"sgd_rate": 0.1}))
    widget.press("step", 4)
    widget.enter("sgd_rate", 0.3)
    shown = widget.values()
    assert shown["steps"] == 4
    assert shown["sgd.w"] == pytest.approx(-2.5 * (1 - 0.3 * 2) ** 4)
    widget.press("back", 4)
    assert widget.values()["sgd.w"] == -2.5


RAVINE = {"surface": "ravine", "sgd": True, "momentum": True, "rmsprop": True, "adam": True}


def test_dragging_the_ball_begins_again_there(opened) -> None:
    widget = opened(("descent", {"offer": "sgd"})).press("step", 3)
    widget.page.wait_for_timeout(400)  # the ball has come to rest
    ball = widget.root.locator(".cw-drag circle").bounding_box()
    widget.page.mouse.move(ball["x"] + 15, ball["y"] + 15)
    widget.page.mouse.down()
    widget.page.mouse.move(ball["x"] + 95, ball["y"] + 15, steps=5)
    widget.page.mouse.up()
    shown = widget.values()
    assert shown["steps"] == 0
    assert shown["sgd.w"] == shown["start1"] != -2.5


def test_the_axes_follow_a_ball_that_is_thrown_out(opened) -> None:
    widget = opened(("descent", {"curvature": 2, "sgd_rate": 1.05, "offer": "sgd"})).press(
        "step", 9
    )
    assert abs(widget.values()["sgd.w"]) > 4
    frame = widget.root.locator("svg.cw-plot rect").first.bounding_box()
    ball = widget.root.locator("svg.cw-plot circle.cw-dot").first.bounding_box()
    assert frame["x"] <= ball["x"] <= frame["x"] + frame["width"]
    assert frame["y"] <= ball["y"] <= frame["y"] + frame["height"]
    widget.press("step", 60)
    assert "Outside the drawing" in widget.root.inner_text()


def test_another_loss_starts_anew_with_a_rate_that_suits_it(opened) -> None:
    widget = opened(("descent", {"sgd_rate": 0.5, "offer": "sgd"})).press("step", 2)
    widget.choose("surface", "valleys")
    assert widget.values()["steps"] == 0
    assert "lost" not in widget.press("step", 30).status()


def test_the_chapters_comparison_starts_where_memory_helps(opened) -> None:
    page = (checkout() / "book" / "11_update.md").read_text("utf-8")
    state = json.loads(re.search(r"^\{\"surface\": \"ravine\".*\}$", page, re.MULTILINE)[0])
    widget = opened(("descent", state))
    for _ in range(5):
        widget.press("step", 10)
        shown = widget.values()
        if shown["steps"] >= 20:
            assert shown["sgd.loss"] == max(
                value for name, value in shown.items() if name.endswith(".loss")
            )


@pytest.mark.parametrize(("curvature", "limit"), [(10, 0.2), (0.5, 2.0)])
def test_the_bounds_are_those_of_the_steepest_direction(opened, curvature, limit) -> None:
    """A ravine with c below 1 bends most along w₁."""
    widget = opened(("descent", RAVINE | {"curvature": curvature}))
    assert widget.values()["limit"] == pytest.approx(limit)
    assert widget.values()["momentum_limit"] == pytest.approx(1.9 * limit)


def test_momentum_stands_a_rate_that_throws_plain_descent_out(opened) -> None:
    rates = {"sgd_rate": 0.25, "momentum_rate": 0.25}
    widget = opened(("descent", RAVINE | rates | {"curvature": 10, "steps": 300}))
    assert "SGD is lost" in widget.status()
    assert "Momentum is lost" not in widget.status()
    assert abs(widget.values()["momentum.w2"]) < 1e-3


def test_the_paths_of_rmsprop_and_adam_do_not_know_the_curvature(opened) -> None:
    widget = opened(("descent", RAVINE | {"curvature": 10, "steps": 20}))
    before = widget.values()
    widget.enter("curvature", 13)
    after = widget.values()
    for kind in ("rmsprop", "adam"):
        assert after[f"{kind}.w2"] == pytest.approx(before[f"{kind}.w2"], abs=1e-6)
    for kind in ("sgd", "momentum"):
        assert abs(after[f"{kind}.w2"] - before[f"{kind}.w2"]) > 1e-3
