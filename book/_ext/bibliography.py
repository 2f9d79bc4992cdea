"""A bibliography whose labels read as the text refers to them: names and year."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from pybtex.database import Entry
from pybtex.plugin import register_plugin
from pybtex.style.formatting.alpha import Style as AlphaStyle
from pybtex.style.labels import BaseLabelStyle


def label(entry: Entry) -> str:
    """Return the names and the year of an entry.

    >>> from pybtex.database import Person
    >>> people = [Person("Ada Lovelace"), Person("van der Berg, Jan"), Person("Wu, Li")]
    >>> [label(Entry("book", {"year": "1843"}, {"author": people[:n]})) for n in (1, 2, 3)]
    ['Lovelace, 1843', 'Lovelace and van der Berg, 1843', 'Lovelace et al., 1843']
    """
    people = entry.persons.get("author") or entry.persons["editor"]
    names = [" ".join(map(str, (*who.rich_prelast_names, *who.rich_last_names))) for who in people]
    shown = " and ".join(names) if len(names) < 3 else f"{names[0]} et al."
    return f"{shown}, {entry.fields.get('year', 'n.d.')}"


class NamesAndYear(BaseLabelStyle):
    """Labels of pybtex: see `label`."""

    def format_labels(self, sorted_entries: Iterable[Entry]) -> Iterator[str]:
        """Yield the label of each entry."""
        return map(label, sorted_entries)


class Style(AlphaStyle):
    """The alphabetical style with other labels."""

    default_label_style = NamesAndYear


def connect(app: Any) -> None:
    """Make the style known to Sphinx's bibliography."""
    register_plugin("pybtex.style.formatting", "names_and_year", Style)
