"""The search finds the section that a question is about among its first two results."""

import csv
import re
import tomllib
from html import escape

import pytest
from _ext.search import records
from book_sources import BOOK

pytestmark = pytest.mark.long

# A question, and the sections that answer it: one of them is among the first two results.
ASKED = {
    "why transpose": {"questions#why-is-w-transposed", "07_many_neurons#", "08_backward_pass#"},
    "bias gradient": {"questions#why-is-the-gradient", "08_backward_pass#", "backpropagation#"},
    "vanishing gradient": {"13_when_it_goes_wrong#", "notation#"},
    "softmax derivative": {"07_many_neurons#", "04_loss#", "08_backward_pass#"},
    "δ": {"08_backward_pass#", "notation#", "05_two_neurons#", "backpropagation#"},
    "exercise 8": {"08_backward_pass#", "exercises/08"},
    "install": {"get_the_course"},
    "Adam": {"11_update#", "notation#"},
    "dropout": {"questions#", "notation#", "13_when_it_goes_wrong#", "12_training_loop#"},
    "forward vs backward propagation": {"forward_and_backward"},
    "what is backpropagation": {"backpropagation", "08_backward_pass", "questions#"},
    "how do forward and backward propagation work together": {
        "forward_and_backward", "questions#", "backpropagation"},
}  # fmt: skip


def table(name):
    with (BOOK / name).open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def claims():
    """Return word → the places that explain it: sections that cover it, the page of its term.

    A word that three places claim fails below: only two can be first and second.
    """
    places = {}
    for row in table("coverage.csv"):
        for word in filter(None, map(str.strip, row["words"].split(";"))):
            places.setdefault(word, set()).add(row["place"])
    for row in table("terms.csv"):
        sections = places.setdefault(row["term"], set())
        if not any(place.startswith(f"{row['page']}#") for place in sections):
            sections.add(f"{row['page']}#")
    return places


CLAIMS = claims()
# As people type: another spelling, a plural, an abbreviation, a short form, a mistake in capitals.
CHOSEN = tomllib.loads((BOOK / "_ext" / "search_words.toml").read_text("utf-8"))
TYPED = {
    "Optimizer": "optimiser",
    "regularization": "regularisation",
    "generalization": "generalisation",
    "loss functions": "loss function",
    "hidden layers": "hidden layer",
    "vanishing gradients": "vanishing gradient",
    "what is the learning rate?": "learning rate",
    "RELU": "ReLU",
    "cross entropy": "cross-entropy",
    "minibatch": "mini-batch",
}


@pytest.fixture(scope="module")
def found(browser, server):
    """Ask the search page everything at once: the sections for each query, best first."""
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"{server}search.html")
    queries = [*ASKED, *CLAIMS, *TYPED, *", ".join(CHOSEN.values()).split(", "), "∂ ℒ"]
    answers = page.evaluate(
        """async (queries) => {
          const { find } = await import("./_static/search.js");
          const answers = {};
          for (const query of queries) answers[query] = (await find(query)).sections.slice(0, 12);
          return answers;
        }""",
        list(dict.fromkeys(queries)),
    )
    context.close()
    return answers


@pytest.fixture(scope="module")
def place_of(built_book):
    """Return what tells the section of a page that has the element with this id: its address."""
    pages = {}

    def place(target):
        page, _, wanted = target.partition("#")
        if page not in pages:
            html = (built_book / f"{page}.html").read_text("utf-8")
            body = html[html.index("<article") :]
            pages[page] = [
                (match.start(), match[1], match[2])
                for match in re.finditer(r'<(\w+)[^>]*? id="([^"]+)"', body)
            ]
        ids = pages[page]
        at = next(at for at, _, name in ids if name == wanted)
        sections = [name for start, tag, name in ids if tag == "section" and start <= at]
        # A target before its heading is an element within the heading's section.
        return page if len(sections) == 1 else f"{page}#{sections[-1]}"

    return place


def first_two(results, query):
    return [section["address"].replace(".html", "") for section in results[query][:2]]


@pytest.mark.parametrize("query", ASKED)
def test_a_question_finds_its_section_first_or_second(found, query):
    names = first_two(found, query)
    assert any(name.startswith(tuple(ASKED[query])) for name in names), names


@pytest.mark.parametrize("word", CLAIMS)
def test_a_word_finds_every_section_that_explains_it_first_or_second(found, place_of, word):
    explaining = {claim[:-1] if claim.endswith("#") else place_of(claim) for claim in CLAIMS[word]}
    first = first_two(found, word)
    missed = {
        place
        for place in explaining
        if place not in first and ("#" in place or not any(f"{place}#" in name for name in first))
    }
    assert not missed, (missed, first)


@pytest.mark.parametrize("place", CHOSEN)
def test_a_word_that_was_chosen_for_a_section_finds_it(found, place_of, place):
    for word in CHOSEN[place].split(", "):
        assert place_of(place) in first_two(found, word), (word, first_two(found, word))


@pytest.mark.parametrize("typed", TYPED)
def test_a_word_is_found_as_people_type_it(found, typed):
    assert set(first_two(found, typed)) & set(first_two(found, TYPED[typed]))


def test_formulas_are_found_by_their_letters(found):
    assert all("∂ ℒ" in " ".join(section["content"].split()) for section in found["∂ ℒ"][:2])


def test_pages_that_a_build_left_as_they_were_are_indexed_as_when_they_were_written(
    found, built_book
):
    """The index is made of finished pages: a second build finds the same in each of them."""
    for section in found["∂ ℒ"][:4]:
        name = section["address"].partition("#")[0]
        again = records((built_book / name).read_text("utf-8"), name, {})
        text = " ".join(section["content"].split("⁂")[1].split())
        assert "∂ ℒ" in text
        assert any(escape(text) in " ".join(record.split()) for record in again)


def test_an_excerpt_is_of_the_text_and_marks_what_was_asked(browser, server):
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"{server}search.html?q=gradients+of+the+weights")
    page.wait_for_selector("html[data-search=ready]")
    for item in page.locator("#search-results li").all()[:4]:
        marked = {word.lower().strip(".,:;") for word in item.locator("mark").all_inner_texts()}
        assert marked
        assert all(word.startswith(("gradient", "weight")) for word in marked)
        assert len(item.locator("p").inner_text().split()) <= 30
    context.close()


def test_no_answer_that_a_page_hides_is_found(found):
    for query, sections in found.items():
        for section in sections:
            assert "Not this one" not in section["content"], query
            assert "If this is your answer" not in section["content"], query


def test_nothing_is_loaded_before_a_search(browser, server):
    context = browser.new_context()
    page = context.new_page()
    asked = []
    context.on("request", lambda request: asked.append(request.url))
    for name in ("index", "08_backward_pass", "search"):
        page.goto(f"{server}{name}.html")
        page.wait_for_load_state("networkidle")
    assert not [url for url in asked if "pagefind" in url or "searchindex" in url]
    page.goto(f"{server}search.html?q=gradient")
    page.wait_for_selector("a[data-result]")
    first = page.locator("a[data-result]").first
    first.click()
    page.wait_for_selector("article h1")
    context.close()
