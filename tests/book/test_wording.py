"""Wording that the book, the exercises and their feedback do not use, and what to write."""

import ast
import io
import re
import tokenize

import pytest
from book_sources import ROOT, pages, prose

from course_lib.notation import SYMBOLS, WORDS

INSTEAD = {
    r"\bways add\b|\b(?:along|across) (?:\w+ )?ways?\b|\bon (?:two|three|several|many) ways\b": (
        "path, contributions add"
    ),
    r"\bslopes? (?:by|for|towards) (?!each unit)|\blocal slopes?\b": "derivative with respect to",
    r"\b[Bb](?:end|ends|ent|ending)\b": "activation function, apply the activation function",
    r"\bway (?:up|down|back)\b": "backward pass, forward pass",
    r"\bwalk(?:s|ed|ing)?\b": "backward pass, gradient descent",
    r"\bstands?\b(?! for\b)|\bstood\b": "is, appears, tolerates",
    r"\b[Ww]hoever\b": "if you",
    r"\bhand(?:s|ed|ing)? (?:\w+ )?(?:on|back)\b|\b(?:paid|pays?) in\b": "pass on, contribute",
    r"\bshares? of (?:the )?(?:gradient|blame|error)s?\b": "contribution",
    r"\bblame\b": "error δ",
    r"\byes[- ]or[- ]no\b|\bfor an amount\b|\bfor amounts\b": "binary classification, regression",
    r"\bpencil\b": "by hand",
    r"\bmend(?:s|ed|ing)?\b|\bdear(?:er|est)?\b": "fix, expensive",
    r"\bbelongs? into\b|\bhanded nothing in\b": "belongs in, submitted nothing",
}
ALLOWED = {  # a page, and why the words may be there
    ("05_two_neurons", "blame"): "introduced there as another name of the error",
    ("08_backward_pass", "blame"): "blame and credit, the signs of the error",
    ("misreadings", "blame"): "a name that other texts use",
    ("02_one_neuron", "yes or no"): "what the oldest neuron said",
}


def words_of(page):
    """Return the prose of a page without code, targets and index entries."""
    text = re.sub(r"\{index\}`([^`<]*)[^`]*`", r"\1", prose(page))
    text = re.sub(r"^\([a-z0-9-]+\)=$", "", text, flags=re.M)
    return re.sub(r"`[^`\n]*`", "``", text)


def texts():
    """Yield every text that a reader or a student reads: its name and its words."""
    for page in pages():
        yield page.stem, words_of(page)
    yield "glossary", "\n".join(entry.meaning for entry in (*SYMBOLS, *WORDS))
    for solution in sorted((ROOT / "solutions").glob("[01]*.md")):
        yield f"solutions/{solution.stem}", words_of(solution)
    for module in sorted((ROOT / "course_lib" / "checks").rglob("ex[01]*/*.py")):
        tree = ast.parse(module.read_text("utf-8"))
        docs = {id(node.body[0].value) for node in ast.walk(tree)
                if isinstance(node, (ast.Module, ast.FunctionDef, ast.ClassDef))
                and node.body and isinstance(node.body[0], ast.Expr)}  # fmt: skip
        words = [node.value for node in ast.walk(tree)
                 if isinstance(node, ast.Constant) and isinstance(node.value, str)
                 and id(node) not in docs and node.value.count(" ") > 3]  # fmt: skip
        yield str(module.relative_to(ROOT / "course_lib")), "\n".join(words)


@pytest.mark.parametrize(("pattern", "instead"), INSTEAD.items(), ids=INSTEAD.values())
def test_no_text_uses_these_words(pattern, instead):
    passages = [
        f"{name}: {text[max(0, hit.start() - 50) : hit.end() + 30]!r}"
        for name, text in texts()
        for hit in re.finditer(pattern, text)
        if (name, hit[0].lower()) not in ALLOWED
    ]
    assert not passages, f"write: {instead}\n" + "\n".join(passages)


def test_every_exception_is_needed():
    known = dict(texts())
    for (name, words), why in ALLOWED.items():
        assert words in known[name].lower(), f"{name} no longer says {words!r} ({why})"


def test_derivative_is_the_usual_word():
    """The word slope is for the picture of a curve: chapter 0 defines it, few pages use it."""
    counted = {page.stem: len(re.findall(r"\bslopes?\b", prose(page))) for page in pages()}
    derivatives = sum(len(re.findall(r"\bderivatives?\b", prose(page))) for page in pages())
    assert sum(counted.values()) * 5 < derivatives, counted


CURVES = {  # where a string or comment speaks of the picture of a curve, and how
    "checks/ex00_before_you_start": "a line between two points",
    "checks/ex02_one_neuron/activation_slope.py": "a straight line",
    "figures/forward.py": "a line that touches a curve",
    "widgets/neuron.js": "the tangent that the widget draws",
}
# Graded functions keep their names; the glossary explains the word.
CONTRACT = r"\(w, slope, learning_rate\)|\[slope of its "
NAME = r"`+[^`]*`+|\$\{[^}]*\}|[\w(#-]slopes?\b|\bslopes?[\w(-]|\bslopes? (?:from z|written in a)\b"


def remarks(path):
    """Return the strings and comments of a module, one text."""
    text = path.read_text("utf-8")
    if path.suffix == ".js":
        return "\n".join(re.findall(r'"[^"\n]*"|`[^`]*`|//.*', text))
    kinds = (tokenize.STRING, tokenize.COMMENT, getattr(tokenize, "FSTRING_MIDDLE", None))
    tokens = tokenize.generate_tokens(io.StringIO(text).readline)
    return "\n".join(token.string for token in tokens if token.type in kinds)


def test_strings_and_comments_say_derivative_too():
    mentions = {}
    folders = [ROOT / "course_lib", ROOT / "book" / "_ext", ROOT / "book" / "frameworks"]
    for folder in [*folders, ROOT / "examples"]:
        for path in (file for kind in ("*.py", "*.js") for file in sorted(folder.rglob(kind))):
            name = path.relative_to(folder).as_posix()
            if any(name.startswith(picture) for picture in CURVES):
                continue
            for line in remarks(path).splitlines():
                words = re.sub(NAME, "", re.sub(CONTRACT, "", line))
                if re.search(r"\w\W*\bslopes?\b|\bslopes?\b\W*\w", words):
                    mentions.setdefault(name, []).append(line.strip())
    assert not mentions
