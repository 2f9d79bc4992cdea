"""The index of the built site leads to every subject of chapters 5 to 8, on the chapter's page."""

from html.parser import HTMLParser

import pytest

pytestmark = pytest.mark.long

TOPICS = {
    "05_two_neurons": [
        ("chain rule", "in a chain of neurons"),
        ("upstream gradient", None),
        ("local gradient", None),
        ("update", "after all gradients, at the old parameters"),
    ],
    "06_computational_graphs": [
        ("computational graph", None),
        ("backward pass", "starts with 1"),
        ("fan-out", None),
        ("gradient accumulation", "three meanings"),
    ],
    "07_many_neurons": [
        ("Jacobian", None),
        ("vector–Jacobian product", None),
        ("sum", "over the next layer, not the previous one"),
        ("outer product", "error times activation"),
        ("transpose", "where it comes from"),
        ("transpose", "why not the inverse"),
        ("transpose", "W transposed times the errors"),
        ("Hadamard product", "in the backward pass"),
        ("square matrix", "what it hides"),
    ],
    "08_backward_pass": [
        ("backward pass", "picture of both passes"),
        ("backpropagation", "updates nothing"),
        ("blame and credit", None),
        ("output layer", "its error"),
        ("hidden layer", "its error"),
        ("derivative of the activation", "at z, written in z or in a"),
        ("derivative of the activation", "none at the output with softmax and cross-entropy"),
        ("batch", "where its sum goes"),
        ("bias gradient", "why it is a sum"),
        ("product", "where * and where @ in the backward pass"),
        ("square matrix", "what it hides"),
    ],
}


class Index(HTMLParser):
    """The index page: `found` maps (term, subterm or None) to the pages that it leads to."""

    def __init__(self, text):
        super().__init__()
        self.found, self.path, self.page, self.on = {}, [], None, False
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        classes = dict(attributes).get("class") or ""
        if tag == "table":
            self.on, self.path = "genindextable" in classes, []
        elif tag == "li":
            self.path.append("")
        elif tag == "a" and self.on:
            self.page = (dict(attributes).get("href") or "").partition(".html#")[0]

    def handle_endtag(self, tag):
        if tag == "table":
            self.on = False
        elif tag == "li" and self.path:
            self.path.pop()
        elif tag == "a" and self.on and self.path:
            key = (self.path[0], self.path[1] if len(self.path) > 1 else None)
            self.found.setdefault(key, set()).add(self.page)
            self.page = None

    def handle_data(self, data):
        words = " ".join(data.split())
        if self.on and self.path and words and not self.path[-1]:
            self.path[-1] = words


@pytest.fixture(scope="module")
def index(built_book):
    return Index((built_book / "genindex.html").read_text("utf-8")).found


@pytest.mark.parametrize("page", TOPICS)
def test_the_index_leads_to_each_subject(index, page):
    missing = [topic for topic in TOPICS[page] if page not in index.get(topic, ())]
    assert not missing
