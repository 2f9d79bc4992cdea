"""``{question}`` and ``{prediction}``: asked on the page, answered on the page.

See README.md beside this file for how to write one. The HTML written here is a readable list with
the answers folded away (``<details>``); ``assets/course.js`` turns it into native inputs.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any, ClassVar

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.util.docutils import SphinxDirective

from .elements import html, inline, parse
from .values import ValueFault, filled, formatted, number, ready

OPTION = re.compile(r"^- \[(?P<mark>[x ])\](?: (?P<text>.*))?$")
KNOWN = re.compile(r"^`(?P<expression>.+)`$")


@dataclass
class Option:
    """One line ``- [x] text`` with what follows ``=>``."""

    right: bool
    text: list[str] = field(default_factory=list)
    feedback: list[str] = field(default_factory=list)


def spoken(parsed: list[nodes.Node]) -> str | None:
    """Return plain words for a choice that is one formula, which some readers cannot name."""
    if len(parsed) != 1 or not isinstance(parsed[0], nodes.math):
        return None
    return re.sub(r"\s+", " ", re.sub(r"\\[a-z]+|[{}$\\]", " ", parsed[0].astext())).strip()


def split(lines: list[str]) -> tuple[list[str], list[Option], list[str]]:
    """Return the prompt, the options and what follows an unindented ``=>`` (the reveal)."""
    prompt: list[str] = []
    options: list[Option] = []
    reveal: list[str] = []
    target = prompt
    for line in lines:
        match = OPTION.match(line)
        if match:
            options.append(Option(match["mark"] == "x"))
            target = options[-1].text
            line, arrow, feedback = (match["text"] or "").partition("=> ")
            if arrow:
                target.append(line)
                target, line = options[-1].feedback, feedback
        elif line.startswith("=>"):
            target, line = reveal, line[2:].strip()
        elif options and line.strip().startswith("=>"):
            target, line = options[-1].feedback, line.strip()[2:].strip()
        target.append(line[2:] if line.startswith("  ") else line)
    return prompt, options, reveal


class Asked(SphinxDirective):
    """What a question and a prediction share."""

    has_content = True
    required_arguments = 1
    option_spec: ClassVar[dict[str, Any]] = {
        "name": directives.unchanged_required,
        "answer": directives.unchanged_required,
        "digits": directives.nonnegative_int,
        "title": directives.unchanged_required,
    }
    titles = "Question"

    def run(self) -> list[nodes.Node]:
        kinds = {"choice": self.choice, "number": self.number}
        kind = self.arguments[0]
        if kind not in kinds:
            raise self.error(f"a question is 'choice' or 'number', not {kind!r}")
        ready(self.state.document, self.lineno)
        try:
            lines = filled(self.state.document, "\n".join(self.content)).splitlines()
            prompt, options, reveal = split(lines)
            if not any(line.strip() for line in prompt):
                raise self.error("a question needs a prompt before its answers")
            node = kinds[kind](prompt, options, reveal)
        except ValueFault as fault:
            raise self.error(str(fault)) from None
        self.add_name(node)
        if not node["ids"]:
            node["ids"].append(f"question-{self.env.new_serialno('question') + 1}")
        return [node]

    def box(self, kind: str, prompt: list[str], **more: Any) -> nodes.Element:
        title = html("p", nodes.Text(self.options.get("title", self.titles)), class_="fbu-kind")
        words = html("div", *parse(self, prompt), class_="fbu-prompt")
        role = type(self).__name__.lower()
        return html("div", title, words, class_=f"fbu-ask fbu-{role}", data_kind=kind, **more)

    def option(self, option: Option) -> nodes.Element:
        words = inline(parse(self, option.text))
        return html("span", *words, class_="fbu-choice", data_spoken=spoken(words))

    def feedback(self, lines: list[str], tag: str = "div", **more: Any) -> nodes.Element:
        return html(tag, *parse(self, lines), class_="fbu-feedback", **more)

    def bounds(self) -> dict[str, Any]:
        """The right value, how many decimals are asked, and how far off is still right."""
        if "answer" not in self.options:
            raise self.error("a number needs :answer:, a Python expression of this page")
        value = number(self.state.document, self.options["answer"])
        digits = self.options.get("digits", 3)
        tolerance = 10.0**-digits if digits else 1e-6
        return {"value": value, "digits": digits, "tolerance": tolerance}

    def choice(self, prompt: list[str], options: list[Option], reveal: list[str]) -> nodes.Element:
        raise NotImplementedError

    def number(self, prompt: list[str], options: list[Option], reveal: list[str]) -> nodes.Element:
        raise NotImplementedError


class Question(Asked):
    """``{question} choice`` or ``{question} number``: every wrong answer has its own feedback."""

    def choice(self, prompt: list[str], options: list[Option], reveal: list[str]) -> nodes.Element:
        if len(options) < 2 or sum(option.right for option in options) != 1:
            raise self.error("a choice needs two or more options, one of them marked - [x]")
        items = []
        for option in options:
            if not "".join(option.feedback).strip():
                raise self.error(f"the option {' '.join(option.text)!r} has no feedback (=> …)")
            text = self.option(option)
            verdict = "Right. " if option.right else "Not this one. "
            summary = html("summary", nodes.Text("If this is your answer"))
            why = html("details", summary, self.feedback(option.feedback), class_="fbu-answer")
            why.insert(1, html("span", nodes.Text(verdict), class_="fbu-verdict"))
            items.append(html("li", text, why, data_right="1" if option.right else None))
        box = self.box("choice", prompt)
        box += html("ol", *items, class_="fbu-choices")
        return box

    def number(self, prompt: list[str], options: list[Option], reveal: list[str]) -> nodes.Element:
        bounds = self.bounds()
        right = [option for option in options if option.right]
        wrong = [option for option in options if not option.right]
        other = [option for option in wrong if not "".join(option.text).strip()]
        known = [option for option in wrong if option not in other]
        if len(right) != 1 or len(other) != 1 or not known:
            raise self.error(
                "a number needs '- [x] => …' for the right value, '- [ ] `expression` => …' for "
                "each value a known mistake gives, and one '- [ ] => …' for every other"
            )
        taken = [bounds["value"]]
        items = []
        for option in known:
            match = KNOWN.match(" ".join(option.text).strip())
            if not match:
                raise self.error(f"a wrong value is written - [ ] `expression`, not {option.text}")
            value = number(self.state.document, match["expression"])
            if any(abs(value - earlier) <= 2 * bounds["tolerance"] for earlier in taken):
                raise self.error(
                    f"the wrong value {value:.6g} ({match['expression']}) cannot be told from "
                    f"another of this question's values {taken}"
                )
            taken.append(value)
            shown = self.shown(match["expression"], bounds["digits"])
            items.append(html("li", html("b", nodes.Text(shown)),
                              self.feedback(option.feedback, data_value=repr(value))))  # fmt: skip
        items.append(html("li", html("b", nodes.Text("anything else")),
                          self.feedback(other[0].feedback, data_other="1")))  # fmt: skip
        shown = self.shown(self.options["answer"], bounds["digits"])
        answer = html(
            "details",
            html("summary", nodes.Text("Show the answer")),
            html("p", nodes.Text(shown), class_="fbu-value"),
            self.feedback(right[0].feedback, data_value=repr(bounds["value"])),
            class_="fbu-answer",
        )
        summary = html("summary", nodes.Text("If your number is another"))
        others = html("details", summary, html("ul", *items), class_="fbu-known")
        box = self.box("number", prompt, data_value=repr(bounds["value"]),
                       data_digits=bounds["digits"],
                       data_tolerance=repr(bounds["tolerance"]))  # fmt: skip
        box += [answer, others]
        return box

    def shown(self, expression: str, digits: int) -> str:
        return formatted(self.state.document, f"{expression} ; .{digits}f")


class Prediction(Asked):
    """``{prediction}``: a guess before the reader sees, which may be skipped; then the reveal."""

    titles = "Predict first"

    def choice(self, prompt: list[str], options: list[Option], reveal: list[str]) -> nodes.Element:
        if len(options) < 2 or sum(option.right for option in options) != 1:
            raise self.error("a choice needs two or more options, one of them marked - [x]")
        box = self.box("choice", prompt)
        box += html("ol", *(
            html("li", self.option(option),
                 data_right="1" if option.right else None)
            for option in options
        ), class_="fbu-choices")  # fmt: skip
        box += self.reveal(reveal)
        return box

    def number(self, prompt: list[str], options: list[Option], reveal: list[str]) -> nodes.Element:
        bounds = self.bounds()
        box = self.box("number", prompt, data_value=repr(bounds["value"]),
                       data_digits=bounds["digits"],
                       data_tolerance=repr(bounds["tolerance"]))  # fmt: skip
        box += self.reveal(reveal)
        return box

    def reveal(self, lines: list[str]) -> nodes.Element:
        if not "".join(lines).strip():
            raise self.error("a prediction ends with '=> …', what the reader then sees")
        summary = html("summary", nodes.Text("What happens"))
        return html("details", summary, self.feedback(lines), class_="fbu-answer")


def connect(app: Any) -> None:
    app.add_directive("question", Question)
    app.add_directive("prediction", Prediction)
