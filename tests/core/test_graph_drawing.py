"""The drawing of a graph: what it shows, that it is safe to embed, and that it can be read."""

import re
import xml.etree.ElementTree as ET
from itertools import pairwise

import pytest
from book_pages import CELL, cells

from course_lib import graph_drawing
from course_lib.course_files import checkout
from course_lib.graph import Value, dot

SVG = "{http://www.w3.org/2000/svg}"


def example():
    x, y, z = Value(-2.0, "x"), Value(5.0, "y"), Value(-4.0, "z")
    q = x + y
    q.label = "q"
    f = q * z
    f.backward()
    return f


def fan_out():
    x = Value(3.0, "x")
    y = (x * x + x) * (x.tanh() - 2.0) ** 2
    y.backward()
    return y


def neurons():
    x = [Value(-1.0, "x0"), Value(-2.0, "x1")]
    hidden = [(dot([Value(0.25 * i + j, "w") for j in range(2)], x) + 0.5).tanh() for i in range(3)]
    y = dot([1.0, 2.0, -1.0], hidden)
    y.backward()
    return y


DRAWN = re.compile(r"^```\{drawing\} (\w+)\n:name: (\S+)", re.M)


def of_the_book():
    """Every graph that a page of the book draws, by the figure's name."""
    for page in sorted((checkout() / "book").glob("*.md")):
        text = page.read_text("utf-8")
        if not DRAWN.search(text):
            continue
        parts = re.split(CELL.pattern, text, flags=CELL.flags)
        names = {"print": lambda *_: None}
        for prose, cell in zip(parts[::2], [*cells(page), ""], strict=True):
            for what, name in DRAWN.findall(prose):
                yield name, names[what]
            exec(cell, names)


def expressions():
    """Graphs in which values are used several times, in every kind of place."""
    p, q, r = Value(2.0, "p"), Value(-3.0, "q"), Value(0.5, "r")
    return {
        "p p": p * p,
        "p + p + p": p + p + p,
        "p - p": p - p,
        "p q - p": p * q - p,
        "(p - q) p + q r": (p - q) * p + q * r,
        "(p + q) (q + 1)": (p + q) * (q + 1),
        "p / (p + q)": p / (p + q),
        "tanh p (1 - tanh p)": (t := p.tanh()) * (1 - t),
        "neuron": dot([q, r], [p, 1.0]).sigmoid(),
    }


GRAPHS = {**dict(of_the_book()), **expressions()}


def lines(value):
    """The wires of a drawing, as points, and the tips of its arrowheads."""
    wires, tips = [], []
    for path in ET.fromstring(value.draw()).iter(f"{SVG}path"):
        steps = re.findall(r"([MHCl])([^MHClz]*)", path.get("d"))
        x, y = map(float, steps[0][1].split(","))
        if path.get("fill") != "none":
            tips.append((x, y))
            continue
        points = [(x, y)]
        for command, numbers in steps[1:]:
            if command == "H":
                x = float(numbers)
                points.append((x, y))
                continue
            (x1, y1), (x2, y2), (x3, y3) = (map(float, pair.split(",")) for pair in numbers.split())
            for k in range(1, 21):
                u, v = k / 20, 1 - k / 20
                points.append(
                    (
                        v**3 * x + 3 * v * v * u * x1 + 3 * v * u * u * x2 + u**3 * x3,
                        v**3 * y + 3 * v * v * u * y1 + 3 * v * u * u * y2 + u**3 * y3,
                    )
                )
            x, y = x3, y3
        wires.append(points)
    return wires, tips


def height(points, x):
    """The height of a wire at `x`."""
    for (x0, y0), (x1, y1) in pairwise(points):
        if x0 <= x <= x1 and x1 > x0:
            return y0 + (y1 - y0) * (x - x0) / (x1 - x0)
    return None


def texts(value, **options):
    return [t.text for t in ET.fromstring(value.draw(**options)).iter(f"{SVG}text")]


def test_every_value_and_gradient_stands_on_its_wire():
    labels = texts(example())
    for name in ("x", "y", "z", "q = +", "×"):
        assert labels.count(name) == 1
    for number in ("▸ −2", "▸ 5", "▸ −4", "▸ 3", "▸ −12", "◂ 3", "◂ 1"):
        assert labels.count(number) == 1
    assert labels.count("◂ −4") == 3, "x, y and q"


def test_wires_out_of_a_value_used_more_than_once_show_their_shares():
    y = fan_out()
    labels = [t for t in texts(y) if t.startswith("◂")]
    (sum_node, _), (square, _) = y.inputs()
    tanh_share = square.inputs()[0][0].inputs()[0][0]
    x = next(v for v, _ in tanh_share.inputs())
    shares = [
        sum_node.grad * 3,
        sum_node.grad * 3,
        sum_node.grad,
        tanh_share.inputs()[0][1] * tanh_share.grad,
    ]
    assert sum(shares) == pytest.approx(x.grad)
    for share in (*shares, x.grad):
        assert f"◂ {share:.4g}".replace("-", "−") in labels


def test_the_book_draws_a_graph_with_fan_out():
    assert "fig-graph-fan-out" in GRAPHS


@pytest.mark.parametrize("name", GRAPHS)
def test_each_use_of_a_value_has_a_wire_of_its_own_with_an_arrowhead(name):
    values = graph_drawing._in_order(GRAPHS[name])
    wires, tips = lines(GRAPHS[name])
    assert len(wires) == 1 + sum(len(value.inputs()) for value in values)
    assert len({points[0] for points in wires}) == len(wires), "each leaves at a place of its own"
    assert sorted(tips) == sorted(points[-1] for points in wires)


@pytest.mark.parametrize("name", GRAPHS)
def test_no_wires_cross(name):
    wires, _ = lines(GRAPHS[name])
    for i, wire in enumerate(wires):
        for other in wires[:i]:
            apart = []
            for x in sorted({x for x, _ in wire + other}):
                here, there = height(wire, x), height(other, x)
                if here is not None and there is not None:
                    apart.append(here - there)
            assert all(d > 1 for d in apart) or all(d < -1 for d in apart)


@pytest.mark.parametrize("name", GRAPHS)
def test_a_contribution_is_written_in_the_middle_of_its_wire(name):
    end = GRAPHS[name]
    end.backward()
    values = graph_drawing._in_order(end)
    root = ET.fromstring(end.draw())
    labels = [
        (float(text.get("x")), float(text.get("y")), text.text)
        for text in root.iter(f"{SVG}text")
        if text.text.startswith("◂")
    ]
    wires, _ = lines(end)
    several = [v for v in values if sum(v is node for w in values for node, _ in w.inputs()) > 1]
    uses = [(v, slope * w.grad) for w in values for v, slope in w.inputs()]
    for points, (value, contribution) in zip(wires, uses, strict=False):
        if not any(value is node for node in several):
            continue
        first, last = points[0][0], points[-1][0]
        near = [
            text
            for x, y, text in labels
            if first + (last - first) / 4 < x < last - (last - first) / 4
            and 0 < y - (height(points, x) or 0) < 20
        ]
        assert near == [f"◂ {contribution:.4g}".replace("-", "−")]


def test_before_a_backward_pass_no_gradient_is_claimed():
    drawn = Value(2.0, "a") * Value(3.0, "b")
    assert not [t for t in texts(drawn) if "◂" in t]
    drawn.backward()
    assert [t for t in texts(drawn) if "◂" in t]


def test_the_picture_has_a_name_and_says_everything_in_words():
    root = ET.fromstring(example().draw(title="Three inputs"))
    assert root.get("role") == "img"
    assert root.find(f"{SVG}title").text == "Three inputs"
    words = root.find(f"{SVG}desc").text
    assert "x: −2, gradient −4." in words
    assert "q, + of x, y: 3, gradient −4." in words
    assert "value 5, * of q, z: −12, gradient 1." in words


@pytest.mark.parametrize(
    "label", ["</text><script>alert(1)</script>", 'a" onload="x', "a & b", "\x00\x1b[31m", "θ₁"]
)
def test_a_label_is_text_whatever_it_contains(label):
    drawn = Value(1.0, label).exp().draw(title=label)
    root = ET.fromstring(drawn)
    assert {element.tag.removeprefix(SVG) for element in root.iter()} <= {
        *("svg", "title", "desc", "rect", "path", "text")
    }
    shown = "".join(c if c.isprintable() else "�" for c in label)
    assert shown in [t.text for t in root.iter(f"{SVG}text")]


def test_several_pictures_on_one_page_share_no_name_and_no_style():
    drawn = neurons().draw()
    assert not re.search(r"\bid=|<style|class=|url\(|href", drawn)


def test_the_same_graph_gives_the_same_text():
    assert neurons().draw() == neurons().draw()


def test_a_graph_too_large_to_read_is_refused_and_shows_as_text_in_a_notebook():
    x = Value(1.0)
    y = x
    for _ in range(5000):
        y = y + x
    with pytest.raises(ValueError, match="the graph has 5001 values"):
        y.draw()
    assert y._repr_svg_() is None


def test_a_notebook_shows_the_picture():
    from IPython.core.formatters import DisplayFormatter

    data, _ = DisplayFormatter().format(example())
    assert data["image/svg+xml"].startswith("<svg")
    assert data["text/plain"].startswith("Value(data=-12.0, grad=1.0")


def test_a_single_value_can_be_drawn():
    assert "▸ 7" in texts(Value(7.0, "only"))


def contrast(first, other):
    def luminance(colour):
        parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    light, dark = sorted((luminance(first), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("colour", ["INK", "FORWARD", "BACKWARD", "LINE"])
def test_colours_stand_out_from_the_pictures_own_paper(colour):
    """Where the book's style sheet is not near, the colour after the comma is used."""
    ink, paper = (
        getattr(graph_drawing, name).rpartition(",")[2].strip(" )") for name in (colour, "PAPER")
    )
    assert contrast(ink, paper) >= 4.5


@pytest.mark.parametrize("make", [example, fan_out, neurons])
def test_boxes_and_numbers_stay_inside_the_picture_and_off_each_other(make):
    root = ET.fromstring(make().draw())
    width, height = float(root.get("width")), float(root.get("height"))
    boxes = []
    for rect in list(root.iter(f"{SVG}rect"))[1:]:
        x, y, w, h = (float(rect.get(k)) for k in ("x", "y", "width", "height"))
        assert x >= 0
        assert y >= 0
        assert x + w <= width
        assert y + h <= height
        boxes.append((x, y, x + w, y + h))
    for i, a in enumerate(boxes):
        for b in boxes[:i]:
            assert a[2] <= b[0] or b[2] <= a[0] or a[3] <= b[1] or b[3] <= a[1]


@pytest.mark.parametrize("make", [example, fan_out, neurons])
def test_on_a_phone_a_wide_picture_scrolls_before_its_letters_are_too_small(make):
    root = ET.fromstring(make().draw())
    least = float(re.search(r"min-width:(\d+)px", root.get("style"))[1])
    assert 13 * least / float(root.get("width")) >= 8  # pixels: the size of its letters


@pytest.mark.long
@pytest.mark.parametrize("make", [example, fan_out, neurons])
def test_in_a_real_browser_no_text_covers_another(make, browser):
    page = browser.new_page()
    page.set_content(make().draw())
    places = page.evaluate(
        """() => [...document.querySelectorAll('svg text')].map(t => {
            const b = t.getBBox();
            return [t.textContent, b.x, b.y + 3, b.x + b.width, b.y + b.height - 3];
        })"""
    )
    page.close()
    assert len(places) > 8
    for i, (text, *a) in enumerate(places):
        for other, *b in places[:i]:
            apart = a[2] <= b[0] or b[2] <= a[0] or a[3] <= b[1] or b[3] <= a[1]
            assert apart, f"{text!r} covers {other!r}"
