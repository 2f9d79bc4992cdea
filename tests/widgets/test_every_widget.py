"""What every widget promises, whatever it shows."""

from __future__ import annotations

import base64
import gzip
import json
import re
from typing import Any

import pytest
from widgets.shown import Shown

from course_lib import widgets
from course_lib.widgets.bundle import HERE, bundle, modules

NAMES = modules()
MOVING = [name for name in NAMES if "restart" in (HERE / f"{name}.js").read_text(encoding="utf-8")]
CLASSES = {name: getattr(widgets, widgets.class_name(name)) for name in NAMES}


@pytest.mark.parametrize("name", NAMES)
def test_a_module_is_small_and_says_what_it_teaches(name: str) -> None:
    text = bundle(name)
    assert len(gzip.compress(text.encode())) <= 30 * 1024
    own = (HERE / f"{name}.js").read_text(encoding="utf-8")
    assert own.startswith("// Insight: ")
    assert "// Misconception it breaks: " in own
    for word in ("innerHTML", "eval(", "new Function", "http:", "https:", "fetch("):
        assert word not in text.replace("http://www.w3.org/2000/svg", ""), word


@pytest.mark.parametrize("name", NAMES)
def test_a_notebook_gets_the_same_module_without_imports(name: str) -> None:
    made = CLASSES[name]()
    text = str(made._esm)
    assert text == bundle(name)
    assert not re.search(r"^\s*import\b|\bimport\(|^export (?!default)", text, re.MULTILINE)
    made.state = {"unknown": 1}
    assert made.get_state()["state"] == {"unknown": 1}


def link_to(name: str, payload: str) -> str:
    """Return the fragment that gives widget `name` on a test page this JSON text."""
    text = base64.urlsafe_b64encode(payload.encode()).decode().rstrip("=")
    return f"#cw-{name}-1--{text}"


def copied(widget: Shown) -> str:
    """Press Copy link and return its fragment."""
    link = widget.press("copy").root.locator(".cw-link").input_value()
    return link[link.index("#") :]


def packed(fragment: str) -> dict[str, Any]:
    """Return the state inside a link's fragment."""
    text = fragment.split("--", 1)[1]
    return json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))


@pytest.mark.long
@pytest.mark.parametrize("name", NAMES)
def test_a_copied_link_restores_the_state_in_a_new_page(opened, name: str) -> None:
    widget = opened((name, {}))
    if name in MOVING:
        widget.press("step", 7)
    again = opened((name, {}), link=copied(widget))
    assert again.texts() == widget.texts()
    assert "Restored from the link" in again.status()


@pytest.mark.long
@pytest.mark.parametrize("name", NAMES)
def test_a_hostile_link_is_refused_with_a_sentence(opened, name: str) -> None:
    widget = opened((name, {}))
    state = packed(copied(widget))
    before = widget.texts()
    script = "<img src=x onerror=window.hit=1><script>window.hit=1</script>"
    bad = ['"NaN"', "1e999", "-1e308", json.dumps(script), "null", '{"a":1}', "[[1]]"]
    payloads = [
        json.dumps(state)[:-1],
        "[]",
        "null",
        "7",
        '"x"',
        json.dumps(state | {"other": 1}),
        json.dumps(state | {"constructor": 1}),
        '{"__proto__": {"a": 1}}',
    ]
    for key, value in state.items():
        for text in bad:
            changed = json.dumps({k: v for k, v in state.items() if k != key})[:-1]
            payloads.append(f"{changed}{', ' if len(state) > 1 else ''}{json.dumps(key)}: {text}}}")
            if isinstance(value, list) and value and text != "[[1]]":
                inside = json.dumps(value[:-1])[:-1] + (", " if len(value) > 1 else "") + text + "]"
                payloads.append(
                    f"{changed}{', ' if len(state) > 1 else ''}{json.dumps(key)}: {inside}}}"
                )
    fragments = [link_to(name, text) for text in payloads]
    fragments += [f"#cw-{name}-1--%%%", f"#cw-{name}-1--{'A' * 30000}", f"#cw-{name}-1--"]
    answers = widget.page.evaluate(
        """async (fragments) => {
          const go = (hash) => new Promise((done) => {
            addEventListener('hashchange', done, { once: true });
            location.hash = hash;
          });
          const answers = [];
          for (const fragment of fragments) {
            const status = document.querySelector('[role=status]');
            status.textContent = '';
            await go(fragment);
            answers.push(status.textContent);
            await go('#none');
          }
          return answers;
        }""",
        fragments,
    )
    for fragment, answer in zip(fragments, answers, strict=True):
        assert "refused" in answer, (fragment, answer)
    assert widget.texts() == before
    assert widget.page.evaluate("window.hit") is None


@pytest.mark.long
@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing(opened, name: str, theme: str) -> None:
    from axe_playwright_python.sync_playwright import Axe

    options = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
    for width in (320, 1000):
        widget = opened((name, {}), theme=theme, viewport={"width": width, "height": 900})
        if name in MOVING:
            widget.press("step", 9)
        widget.root.evaluate(
            "(el) => el.querySelectorAll('details').forEach((d) => (d.open = true))"
        )
        result = Axe().run(widget.page, context=".cw", options=options)
        assert result.violations_count == 0, result.generate_report()
        wide = widget.page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert wide <= 0, f"{wide} px too wide at {width}"
        small = widget.root.evaluate(
            """(root) => [...root.querySelectorAll('button, select, input, summary, [role=button]')]
              .map((node) => [node.outerHTML.slice(0, 80), node.getBoundingClientRect()])
              .filter(([, box]) => box.width < 24 || box.height < 24).map(([text]) => text)"""
        )
        assert not small, small


@pytest.mark.long
@pytest.mark.parametrize("name", NAMES)
def test_two_on_one_page_do_not_touch_each_other(opened, name: str) -> None:
    first = opened((name, {}), (name, {}))
    second = first.other(1)
    still = (second.texts(), second.html())
    if name in MOVING:
        first.press("step", 5)
    else:
        first.open_settings().root.locator("input[type=range]").first.focus()
        first.page.keyboard.press("ArrowRight")
    assert first.texts() != second.texts()
    assert (second.texts(), second.html()) == still
    ids = first.page.evaluate("[...document.querySelectorAll('[id]')].map((node) => node.id)")
    assert len(ids) == len(set(ids))


@pytest.mark.long
@pytest.mark.parametrize("name", NAMES)
def test_cleanup_leaves_no_timer_no_listener_and_no_element(opened, name: str) -> None:
    widget = opened((name, {}))
    if name in MOVING:
        widget.press("play")
        widget.page.wait_for_timeout(150)
        assert widget.page.evaluate("running.size") > 0
    widget.page.evaluate(
        "document.querySelector('[data-widget]').dispatchEvent(new Event('cw-remove'))"
    )
    widget.page.wait_for_timeout(100)
    assert widget.page.evaluate("running.size") == 0
    assert widget.page.locator(".cw").count() == 0
    widget.page.evaluate(
        "location.hash = '#cw-" + name + "-1--AAAA'; dispatchEvent(new Event('resize'))"
    )
    widget.page.wait_for_timeout(50)
    assert widget.page.locator(".cw").count() == 0


@pytest.mark.long
@pytest.mark.parametrize("name", NAMES)
def test_every_control_is_reached_by_tab_alone(opened, name: str) -> None:
    widget = opened((name, {}))
    page = widget.page
    wanted = widget.root.evaluate(
        """(root) => [...root.querySelectorAll('button, select, input, summary, [tabindex="0"]')]
          .filter((node) => node.checkVisibility() && node.tabIndex >= 0)
          .map((node, i) => (node.dataset.order = i)).length"""
    )
    reached = set()
    for _ in range(wanted + 5):
        page.keyboard.press("Tab")
        reached.add(page.evaluate("document.activeElement.dataset.order"))
    assert len(reached - {None}) == wanted


@pytest.mark.long
@pytest.mark.parametrize("name", NAMES)
def test_the_drawing_comes_first_then_one_primary_button(opened, name: str) -> None:
    for width in (360, 1000):
        widget = opened((name, {}), viewport={"width": width, "height": 740})
        order = widget.root.evaluate(
            """(root) => {
              const top = (node) => node.getBoundingClientRect().top + scrollY;
              const controls = [...root.querySelectorAll('button, input, select')]
                .filter((node) => node.checkVisibility());
              const first = root.querySelector('svg').getBoundingClientRect();
              return { drawing: first.bottom + scrollY, wide: first.width / root.clientWidth,
                controls: controls.map(top), primary: root.querySelectorAll('.cw-primary').length,
                folded: !root.querySelector('.cw-settings').open };
            }"""
        )
        assert all(top >= order["drawing"] - 1 for top in order["controls"])
        assert order["primary"] == (1 if name in MOVING else 0)
        assert order["folded"]
        assert len(order["controls"]) <= 9
        # Drawing and what is pressed first share a phone's screen.
        assert order["wide"] > 0.4
        assert min(order["controls"]) < 740


@pytest.mark.long
@pytest.mark.parametrize("name", ["descent", "neuron", "loss", "gradient_check"])
def test_what_can_be_dragged_shows_it_and_answers_pointer_and_keys(opened, name: str) -> None:
    widget = opened((name, {}))
    before = widget.texts()
    handle = widget.root.locator(".cw-drag").last
    assert handle.evaluate("(node) => getComputedStyle(node).cursor") == "grab"
    assert "drag" in widget.root.inner_text()
    box = handle.locator("circle").bounding_box()
    mouse = widget.page.mouse
    mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    mouse.down()
    mouse.move(box["x"] - 20, box["y"] + box["height"] / 2, steps=4)
    mouse.up()
    dragged = widget.texts()
    assert dragged != before
    handle.focus()
    widget.page.keyboard.press("ArrowRight")
    assert widget.texts() != dragged


@pytest.mark.long
@pytest.mark.parametrize("name", MOVING)
def test_keyboard_alone_steps_back_resets_and_plays(opened, name: str) -> None:
    widget = opened((name, {}))
    page = widget.page
    start = widget.texts()

    def go_to(what: str) -> None:
        for _ in range(60):
            if page.evaluate("document.activeElement.dataset.do") == what:
                return
            page.keyboard.press("Tab")
        raise AssertionError(f"{what} is not reached by Tab")

    go_to("step")
    page.keyboard.press("Enter")
    page.keyboard.press("Space")
    moved = widget.texts()
    assert moved != start
    go_to("back")
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    assert widget.texts() == start
    go_to("play")
    page.keyboard.press("Enter")
    page.wait_for_function("document.querySelector('[data-do=play]').textContent === 'Pause'")
    page.keyboard.press("Enter")
    go_to("reset")
    page.keyboard.press("Enter")
    assert widget.texts() == start


@pytest.mark.long
@pytest.mark.parametrize("name", NAMES)
def test_the_notebooks_text_renders_from_a_blob_and_answers_python(opened, site, name: str) -> None:
    """anywidget imports the text from a blob and gives a model whose state Python may change."""
    widget = opened((name, {}))
    made = CLASSES[name]()
    result = widget.page.evaluate(
        """async ([esm, css]) => {
          const url = URL.createObjectURL(new Blob([esm], { type: 'text/javascript' }));
          const module = await import(url);
          const traits = { state: {}, values: {} };
          const handlers = {};
          const saved = [];
          const model = {
            get: (name) => traits[name],
            set: (name, value) => {
              traits[name] = value;
              (handlers['change:' + name] ?? []).forEach((f) => f());
            },
            save_changes: () => saved.push(1),
            on: (event, f) => (handlers[event] ??= []).push(f),
            off: (event, f) => { handlers[event] = handlers[event].filter((g) => g !== f); },
          };
          const el = document.createElement('div');
          const cleanup = await module.default.render({ model, el });
          document.body.append(el);
          await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
          const values = { ...traits.values };
          const state = traits.state;
          traits.state = state;
          handlers['change:state'].forEach((f) => f());
          const again = { ...traits.values };
          const copy = el.querySelector('[data-do=copy]');
          cleanup();
          return { values, again, state, copy: copy !== null, left: el.childElementCount,
            listening: handlers['change:state'].length, saved: saved.length };
        }""",
        [str(made._esm), str(made._css)],
    )
    assert result["values"] == widget.values()
    assert result["again"] == result["values"]
    assert result["state"]
    assert result["saved"] > 0
    assert not result["copy"], "a link cannot lead into a notebook"
    assert result["left"] == 0
    assert result["listening"] == 0


@pytest.mark.long
def test_reduced_motion_plays_slowly_and_nothing_slides(opened) -> None:
    widget = opened(("stepper", {}), reduced_motion="reduce").press("step")
    speed = widget.open_settings().root.locator(".cw-speed select")
    assert speed.input_value() == "0"
    assert "1 step/s" in speed.locator("option").all_text_contents()
    moving = widget.root.evaluate(
        """(root) => [...root.querySelectorAll('*')].filter((node) => {
          const style = getComputedStyle(node);
          return style.transitionDuration !== '0s' || style.animationName !== 'none';
        }).length"""
    )
    assert moving == 0


@pytest.mark.long
@pytest.mark.parametrize("name", NAMES)
def test_no_mark_is_cut_at_the_border_of_a_drawing(opened, name: str) -> None:
    for width in (360, 690):
        widget = opened((name, {}), viewport={"width": width, "height": 740})
        for _ in range(3 if name in MOVING else 1):
            cut = widget.root.evaluate(
                """(root) => [...root.querySelectorAll('svg svg :is(circle, text, path.cw-dot)')]
                  .filter((mark) => {
                    const box = mark.getBoundingClientRect();
                    const frame = mark.closest('svg').getBoundingClientRect();
                    const middle = [(box.left + box.right) / 2, (box.top + box.bottom) / 2];
                    const seen = middle[0] >= frame.left && middle[0] <= frame.right
                      && middle[1] >= frame.top && middle[1] <= frame.bottom;
                    return seen && (box.left < frame.left || box.right > frame.right
                      || box.top < frame.top || box.bottom > frame.bottom);
                  }).map((mark) => mark.outerHTML)"""
            )
            assert not cut, (width, cut)
            if name in MOVING:
                widget.press("step")


@pytest.mark.long
@pytest.mark.parametrize("name", NAMES)
def test_the_status_says_nothing_that_the_line_below_it_says(opened, name: str) -> None:
    widget = opened((name, {}))
    for _ in range(4 if name in MOVING else 1):
        beside = " ".join(widget.root.locator(".cw-where, p.cw-formulas").all_inner_texts())
        said = set(re.findall(r"\d[\d.,]*\d", widget.status()))
        assert not said & set(re.findall(r"\d[\d.,]*\d", beside)), (widget.status(), beside)
        if name in MOVING:
            widget.press("step")


@pytest.mark.long
@pytest.mark.parametrize("name", ["playground", "loop"])
def test_a_class_map_has_a_legend_in_its_colours(opened, name: str) -> None:
    key = opened((name, {})).root.locator(".cw-key").first
    for mark, shade, label in (
        ("circle.cw-dot", "cw-one", "class 1"),
        ("path.cw-dot", "cw-two", "class 0"),
    ):
        word = key.locator(f".{shade}").first
        assert label in word.inner_text()
        colour = word.evaluate("(node) => getComputedStyle(node).color")
        drawn = key.page.locator(mark).first.evaluate("(node) => getComputedStyle(node).fill")
        assert colour == drawn
    assert "Background" in key.inner_text()


@pytest.mark.long
def test_what_is_studied_is_named_where_only_one_control_is_left(opened) -> None:
    check = opened(("gradient_check", {"f": "cubic", "w": 1.3}, True)).root.inner_text()
    assert "f(w) = w³" in check
    assert "w = 1.3" in check
    depth = opened(("depth", {"layers": 12, "width": 24, "activation": "tanh"}, True)).root
    assert "12 layers of 24 tanh neurons" in depth.inner_text()
    assert depth.locator("rect.cw-unit").count() == 12
