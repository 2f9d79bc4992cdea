"""The drawing of a graph: what it shows, that it is safe to embed, and that it can be read."""

import re
import xml.etree.ElementTree as ET

import pytest

from course_lib import graph_drawing
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


def texts(value, **options):
    return [t.text for t in ET.fromstring(value.draw(**options)).iter(f"{SVG}text")]


def test_every_value_and_gradient_stands_on_its_wire():
    found = texts(example())
    for name in ("x", "y", "z", "q = +", "×"):
        assert found.count(name) == 1
    for number in ("▸ −2", "▸ 5", "▸ −4", "▸ 3", "▸ −12", "◂ 3", "◂ 1"):
        assert found.count(number) == 1
    assert found.count("◂ −4") == 3, "x, y and q"


def test_wires_out_of_a_value_used_more_than_once_show_their_shares():
    y = fan_out()
    found = [t for t in texts(y) if t.startswith("◂")]
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
        assert f"◂ {share:.4g}".replace("-", "−") in found


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


def contrast(one, other):
    def luminance(colour):
        parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("colour", ["INK", "FORWARD", "BACKWARD", "LINE"])
def test_colours_stand_out_from_the_pictures_own_paper(colour):
    """Where the book's style sheet is not near, the colour after the comma is used."""
    mine, paper = (
        getattr(graph_drawing, name).rpartition(",")[2].strip(" )") for name in (colour, "PAPER")
    )
    assert contrast(mine, paper) >= 4.5


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
