"""Cost, gradient check, depth and playground in a real browser, held to Python and the library."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from widgets.library import OPTIMIZER, apart, library, row_by_row

from course_lib.data import worked_network
from course_lib.layers import Dense, ReLU, Sigmoid, Tanh

pytestmark = pytest.mark.long


def multiplications(sizes: list[int], N: int) -> dict[str, int]:
    """Count the multiplications by walking through the products of one training step."""
    forward = sum(N * a * b for a, b in pairwise(sizes))
    backward = 0
    for layer in range(len(sizes) - 1, 0, -1):
        dW = (sizes[layer], N, sizes[layer - 1])  # Δᵀ A: rows, inner size, columns
        dA = (N, sizes[layer], sizes[layer - 1])  # Δ W
        backward += math.prod(dW) + (math.prod(dA) if layer > 1 else 0)
    P = sum(b * (a + 1) for a, b in pairwise(sizes))
    return {
        "forward": forward,
        "backward": backward,
        "forward_mode": P * forward,
        "one_sided": (P + 1) * forward,
        "central": 2 * P * forward,
        "parameters": P,
    }


@pytest.mark.parametrize(("width", "depth"), [(32, 1), (128, 5), (7, 0)])
def test_counted_operations_are_those_of_the_products(opened, width: int, depth: int) -> None:
    widget = opened(("cost", {"width": width, "depth": depth, "N": 20, "n_in": 30, "n_out": 4}))
    shown = widget.values()
    counted = multiplications([30, *[width] * depth, 4], 20)
    assert shown["parameters"] == counted.pop("parameters")
    for way, count in counted.items():
        assert shown[f"count.{way}"] == count
        assert shown[f"ratio.{way}"] == pytest.approx(count / counted["forward"])
    assert shown["ratio.backward"] < 2


def test_bars_have_one_scale_and_long_ones_leave_the_drawing(opened) -> None:
    widget = opened(("cost", {}))
    bars = widget.root.locator("rect.cw-amount")
    lengths = [bars.nth(i).bounding_box()["width"] for i in range(bars.count())]
    shown = widget.values()
    assert lengths[1] / lengths[0] == pytest.approx(shown["ratio.backward"], rel=1e-3)
    assert widget.root.inner_text().count("leaves the drawing") == 3


def value(name: str, w: Any) -> Any:
    """Return the function of the gradient check, in w's own precision."""
    one, two = w.dtype.type(1), w.dtype.type(2)
    if name == "cubic":
        return w * w * w
    if name == "rational":
        return (w * w * w + one) / (w * w + one)
    return w + two * (w if w.real > 0 else w.dtype.type(0))


@pytest.mark.parametrize("name", ["cubic", "rational", "kink"])
@pytest.mark.parametrize("precision", ["float64", "float32"])
@pytest.mark.parametrize("h", [1e-13, 1e-7, 0.01])
def test_quotients_are_numpys_bit_for_bit(opened, name: str, precision: str, h: float) -> None:
    widget = opened(("gradient_check", {"f": name, "precision": precision, "w": 0.7, "h": h}))
    shown = widget.values()
    real = {"float64": np.float64, "float32": np.float32}[precision]
    w, step = real(0.7), real(h)
    one_sided = (value(name, w + step) - value(name, w)) / step
    central = (value(name, w + step) - value(name, w - step)) / (real(2) * step)
    pair = {"float64": np.complex128, "float32": np.complex64}[precision]
    imaginary = value(name, pair(complex(float(w), float(step)))).imag / step
    assert shown["one_sided"] == float(one_sided)
    assert shown["central"] == float(central)
    assert shown["complex"] == pytest.approx(
        float(imaginary), rel=1e-14 if real is np.float64 else 1e-6
    )
    assert shown["error.central"] == pytest.approx(
        abs(float(central) - shown["exact"]) / shown["exact"], rel=1e-9
    )


def test_the_networks_slope_is_the_librarys_gradient(opened) -> None:
    widget = opened(("gradient_check", {"f": "network", "h": 1e-5}))
    example = worked_network()
    network = example.network()
    network.forward(example.x, example.y)
    network.backward()
    shown = widget.values()
    assert shown["exact"] == pytest.approx(network.gradients["W1"][0, 0], rel=1e-12)
    assert shown["error.central"] < 1e-8
    widget.enter("h", 1e-15)
    assert widget.values()["error.central"] > 1e-3
    assert widget.values()["error.complex"] < 1e-12
    assert "rounding decides" in widget.status()


def uniforms(seed: int) -> Iterator[float]:
    """Yield the numbers of mulberry32, written down again from its published recurrence."""
    state = seed
    mask = 0xFFFFFFFF
    while True:
        state = (state + 0x6D2B79F5) & mask
        t = ((state ^ (state >> 15)) * (state | 1)) & mask
        t ^= (t + ((t ^ (t >> 7)) * (t | 61) & mask)) & mask
        yield ((t ^ (t >> 14)) & mask) / 2**32


def normals(seed: int) -> Iterator[float]:
    """Yield normal numbers from pairs of uniform ones (Box and Muller)."""
    source = uniforms(seed)
    while True:
        radius = math.sqrt(-2 * math.log(1 - next(source)))
        yield radius * math.cos(2 * math.pi * next(source))


@pytest.mark.parametrize("activation", ["tanh", "sigmoid", "relu"])
@pytest.mark.parametrize("start", ["small", "he", "xavier"])
def test_deviations_through_the_layers_are_the_librarys(
    opened, activation: str, start: str
) -> None:
    n, N, layers = 16, 48, 6
    state = {"layers": layers, "width": n, "activation": activation, "start": start, "seed": 5}
    shown = opened(("depth", state)).values()
    draw = normals(5)

    def take(rows: int, columns: int, scale: float = 1.0) -> np.ndarray:
        numbers = [next(draw) * scale for _ in range(rows * columns)]
        return np.array(numbers).reshape(rows, columns)

    sigma = {"small": 0.01, "he": math.sqrt(2 / n), "xavier": math.sqrt(1 / n)}[start]
    a = take(N, n)
    stack: list[Any] = []
    for layer in range(1, layers + 1):
        dense = Dense(n, n)
        dense.W, dense.b = take(n, n, sigma), np.zeros(n)
        bend = {"tanh": Tanh, "sigmoid": Sigmoid, "relu": ReLU}[activation]()
        a = bend.forward(dense.forward(a))
        stack.append((dense, bend))
        assert shown[f"spread_a[{layer}]"] == pytest.approx(np.sqrt((a**2).mean()), rel=1e-9)
    up = take(N, n)
    for layer in range(layers, 0, -1):
        dense, bend = stack[layer - 1]
        delta = bend.backward(up)
        assert shown[f"spread_delta[{layer}]"] == pytest.approx(
            np.sqrt((delta**2).mean()), rel=1e-9
        )
        up = dense.backward(delta)


def test_he_keeps_what_small_weights_lose(opened) -> None:
    widget = opened(("depth", {"activation": "relu", "start": "small", "layers": 20, "width": 40}))
    assert "has vanished" in widget.status()
    widget.choose("start", "he")
    assert widget.status().count("is kept") == 2


def test_the_goal_of_chapter_13_is_reached_with_the_root_of_two_alone(opened) -> None:
    deep = {"activation": "relu", "layers": 30, "width": 48, "start": "own", "own": 1.4}
    widget = opened(("depth", deep))
    for draw in (1, 2, 3):
        assert widget.enter("seed", draw).status().count("is kept") == 2
    for factor in (1, 1.6):
        assert widget.enter("own", factor).status().count("is kept") == 0


@pytest.mark.parametrize("data", ["xor", "moons", "spirals"])
@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
def test_fifty_epochs_of_training_are_the_librarys(opened, data: str, optimizer: str) -> None:
    state = {"data": data, "first": 5, "second": 3, "optimizer": optimizer, "rate": 0.05}
    widget = opened(("playground", state))
    shown = widget.values()
    N = sum(name.startswith("y[") for name in shown)
    x = np.array([[shown[f"x[{i},0]"], shown[f"x[{i},1]"]] for i in range(N)])
    y = np.array([[shown[f"y[{i}]"]] for i in range(N)])
    assert 0.4 < y.mean() < 0.6
    names = [name for name in shown if name[:2] in {"W1", "W2", "W3", "b1", "b2", "b3"}]
    theta = [shown[name] for name in names]
    network = library([2, 5, 3, 1], ["tanh", "tanh", "linear"], "sigmoid-bce", theta)
    update = OPTIMIZER[optimizer](network, learning_rate=0.05)
    for _ in range(50):
        network.forward(x, y)
        network.backward()
        update.update()
    loss = network.forward(x, y)
    network.backward()
    widget.click_fast("step", 50)
    after = widget.values()
    assert after["epoch"] == 50
    assert after["loss"] == pytest.approx(loss, rel=1e-6)
    assert apart([after[name] for name in names], row_by_row(network.parameters)) < 1e-6
    assert apart([after[f"d{name}"] for name in names], row_by_row(network.gradients)) < 1e-6
    right = np.mean((np.ravel(network.predict(x)) >= 0.5) == (y[:, 0] == 1))
    assert after["right"] == pytest.approx(right)
    norms = [network.gradients[f"W{n}"] for n in (1, 2, 3)]
    biases = [network.gradients[f"b{n}"] for n in (1, 2, 3)]
    for n, (W, b) in enumerate(zip(norms, biases, strict=True), 1):
        assert after[f"norm[{n}]"] == pytest.approx(math.hypot(*W.ravel(), *b), rel=1e-6)
    widget.click_fast("back", 50)
    assert widget.values() == shown


def test_xor_is_learned_and_the_goal_is_said(opened) -> None:
    widget = opened(("playground", {"data": "xor", "first": 4, "rate": 0.1}))
    widget.click_fast("step", 150)
    assert widget.values()["right"] == 1
    assert "with 4 hidden units" in widget.status()


def test_points_are_placed_by_keyboard_and_by_pointer_and_go_into_the_link(opened) -> None:
    widget = opened(("playground", {"data": "own"}))
    assert "Place some points first" in widget.status()
    widget.enter("px", 1.5).enter("py", -1)
    widget.press("add")
    assert (widget.values()["x[0,0]"], widget.values()["x[0,1]"]) == (1.5, -1)
    widget.choose("label", "0")
    widget.root.locator("svg.cw-plot").first.click(position={"x": 120, "y": 100})
    shown = widget.values()
    assert shown["y[0]"] == 1
    assert shown["y[1]"] == 0
    widget.press("step", 3).press("copy")
    link = widget.root.locator(".cw-link").input_value()
    again = opened(("playground", {"data": "own"}), link=link[link.index("#") :])
    kept = {k: v for k, v in widget.texts().items() if k not in {"px", "py"}}
    assert {k: v for k, v in again.texts().items() if k not in {"px", "py"}} == kept


def test_discs_are_measured_by_epoch_0_so_that_they_shrink_with_the_gradients(opened) -> None:
    radii = (
        "(root) => [...root.querySelectorAll('.cw-gradient')].map((disc) => disc.r.baseVal.value)"
    )
    widget = opened(("playground", {"data": "moons", "first": 4, "rate": 0.1}))
    start = widget.values()
    assert start["scale"] == start["largest"] > 0
    before = widget.root.evaluate(radii)
    assert max(before) == 7
    widget.click_fast("step", 200)
    now = widget.values()
    gradients = [abs(now[name]) for name in now if name.startswith("dW")]
    assert now["scale"] == start["scale"] > 20 * now["largest"]
    assert now["largest"] == max(gradients)
    after = widget.root.evaluate(radii)
    assert len(after) == len(before) == len(gradients)
    expected = [7 * math.sqrt(g / now["scale"]) for g in gradients]
    assert sorted(after) == pytest.approx(sorted(r if r >= 0.5 else 0 for r in expected), abs=0.051)
    widget.press("copy")
    link = widget.root.locator(".cw-link").input_value()
    again = opened(("playground", {}), link=link[link.index("#") :])
    assert again.values()["scale"] == start["scale"]
    assert again.press("reset").values()["scale"] == start["scale"]


def test_while_it_plays_a_table_is_built_only_where_it_is_open(opened) -> None:
    widget = opened(("playground", {"data": "moons"}))
    rows = widget.root.locator("tbody tr")
    assert rows.count() > 100
    widget.press("play")
    assert rows.count() == 0
    widget.root.locator("summary", has_text="Numbers").click()
    widget.page.wait_for_function("document.querySelectorAll('.cw tbody tr').length > 5")
    assert rows.count() < 30
    widget.press("play")
    assert rows.count() > 100
    assert "epoch" in widget.values()


def test_each_neuron_is_drawn_as_what_it_outputs_over_the_plane(opened) -> None:
    widget = opened(("playground", {"data": "moons", "first": 4, "rate": 0.1}))
    widget.press("step", 150)
    shown = widget.root.evaluate(
        """(root) => {
          const colour = (name) => {
            const hex = getComputedStyle(root).getPropertyValue(`--fbu-${name}`).trim();
            return [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16));
          };
          const canvas = root.querySelector('canvas');
          const scale = canvas.width / canvas.clientWidth;
          const pen = canvas.getContext('2d');
          const squares = [...root.querySelectorAll('.cw-layers rect')].map((one) =>
            ['x', 'y', 'width'].map((key) => Number(one.getAttribute(key))));
          // Which class's colour is nearer, at (u, v) of a square, both from 0 to 1, v upwards.
          const nearer = ([x, y, size], u, v) => {
            const at = [x + u * size, y + (1 - v) * size].map((place) => scale * place);
            const pixel = pen.getImageData(...at, 1, 1).data;
            const far = (name) => colour(name).reduce((sum, c, k) => sum + (c - pixel[k]) ** 2, 0);
            return far('one') < far('two') ? 1 : 0;
          };
          const inputs = [[0, 0.1, 0.5], [0, 0.9, 0.5], [1, 0.5, 0.1], [1, 0.5, 0.9]]
            .map(([square, u, v]) => nearer(squares[square], u, v));
          const value = (q) => Number(root.querySelector(`[data-q="${q}"]`).dataset.value);
          const right = Array.from({ length: 100 }, (_, i) => {
            const [u, v] = [0, 1].map((k) => (value(`x[${i},${k}]`) + 2.2) / 4.4);
            return nearer(squares.at(-1), u, v) === value(`y[${i}]`);
          });
          return { inputs, right: right.filter(Boolean).length / 100, count: squares.length };
        }"""
    )
    assert shown["inputs"] == [0, 1, 0, 1]
    assert shown["count"] == 2 + 4 + 1
    # The output's square agrees with the share of points that are right, but for its edges.
    assert abs(shown["right"] - widget.values()["right"]) <= 0.05
    assert shown["right"] > 0.9
