"""The search finds the section that a question is about among its first two results."""

from urllib.parse import quote_plus

import pytest

pytestmark = pytest.mark.long

# A question, and the sections that answer it: one of them is among the first two results.
ASKED = {
    "why transpose": {"questions#asked-transpose", "07_many_neurons#", "08_backward_pass#"},
    "bias gradient": {"questions#asked-bias-sum", "08_backward_pass#", "backpropagation#"},
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
# The words under which introductions present what the course covers.
WORDS = """
regression; classification; nonlinear; linear classifier; matrix multiplication; training a
neural network; loss function; training loop; epoch; convergence; input layer; pixels; forward
pass; forward propagation; hidden layer; weighted sum; pre-activation; activation function;
sigmoid; tanh; ReLU; softmax; feed-forward; cache; mean squared error; cross-entropy; binary
classification; multi-class classification; backward pass; chain rule; Hadamard product; error;
outer product; gradient of the weights; backpropagation; error signal; blame; gradient
accumulation; flow of backpropagation; two-layer network; sum over neurons; computational graph;
local gradient; cost of backpropagation; automatic differentiation; reverse mode; update rule;
learning rate; optimiser; PyTorch; autograd; generalisation; overfitting"""
TERMS = [" ".join(term.split()) for term in WORDS.split(";")]


@pytest.fixture(scope="module")
def found(browser, server):
    """Ask the search page: the addresses and texts of its results, best first."""
    context = browser.new_context()
    page = context.new_page()

    def ask(query):
        page.goto(f"{server}search.html?q={quote_plus(query)}")
        page.wait_for_selector("html[data-search=ready]")
        links = page.locator("a[data-result]")
        addresses = links.evaluate_all("(all) => all.map((a) => a.getAttribute('href'))")
        return addresses, page.locator("#search-results li").all_inner_texts()

    yield ask
    context.close()


@pytest.mark.parametrize("query", ASKED)
def test_a_question_finds_its_section_first_or_second(found, query):
    addresses, _ = found(query)
    names = [address.replace(".html", "") for address in addresses[:2]]
    assert any(name.startswith(tuple(ASKED[query])) for name in names), addresses[:6]


@pytest.mark.parametrize("term", TERMS)
def test_a_term_leads_to_a_section_that_uses_it(found, term):
    addresses, texts = found(term)
    assert addresses, term
    for text in texts[:2]:
        assert any(word.lower()[:5] in text.lower() for word in term.split()), text


def test_no_answer_that_a_page_hides_is_found(found):
    for query in ("why transpose", "bias gradient", "softmax derivative"):
        _, texts = found(query)
        for text in texts:
            assert "Not this one" not in text
            assert "If this is your answer" not in text


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
