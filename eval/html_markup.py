"""HTML by parts: everything that is put in as text is escaped, so that no run can add markup of its own."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import escape

_NOT_HTML = re.compile("[^\t\n\r -\x7e\xa0-\ud7ff\ue000-\ufdcf\ufdf0-\ufffd\U00010000-\U0010ffff]")
"""Control characters, half surrogate pairs and non-characters, which no HTML document may hold."""


@dataclass(frozen=True, slots=True)
class Markup:
    """HTML that is ready to be put into a page."""

    html: str

    def __add__(self, other: Markup) -> Markup:
        return Markup(self.html + other.html)


Content = Markup | str
"""What stands in an element: markup as it is, or text, which is escaped."""
Row = Sequence[Content]


def clean(text: str) -> str:
    """`text` with U+FFFD for each character that no HTML document may hold."""
    return _NOT_HTML.sub("\ufffd", text)


def markup(content: Content) -> Markup:
    """Text, escaped; markup as it is."""
    return content if isinstance(content, Markup) else Markup(escape(clean(content)))


def joined(contents: Iterable[Content]) -> Markup:
    """All of it, one after the other; empty markup of nothing."""
    return Markup("".join(markup(content).html for content in contents))


def element(name: str, *contents: Content, **attributes: str | None) -> Markup:
    """`<name attribute="...">contents</name>`.

    An attribute's `_` is written `-`, a last one is left off (class_, for_); None leaves the attribute
    out, '' gives its name alone.
    """
    return Markup(f"<{name}{_attributes(attributes)}>{joined(contents).html}</{name}>")


def table(caption: Content, heads: Row, rows: Sequence[Row], words: Iterable[int] = ()) -> Markup:
    """A table that scrolls sideways by itself where it is too wide, by keyboard too.

    The first cell of a row is its heading. Columns are figures, set right; those in `words` (from 0) are not.
    """
    left = {0, *words}

    def kind(at: int) -> str | None:
        return None if at in left else "n"

    head = element("tr", *(element("th", cell, scope="col", class_=kind(at)) for at, cell in enumerate(heads)))
    body = (
        element(
            "tr",
            element("th", row[0], scope="row"),
            *(element("td", cell, class_=kind(at)) for at, cell in enumerate(row[1:], 1)),
        )
        for row in rows
    )
    grid = element("table", element("caption", caption), element("thead", head), element("tbody", *body))
    label = re.sub("<[^>]*>", "", caption.html) if isinstance(caption, Markup) else caption
    return element("div", grid, class_="scroll", tabindex="0", role="region", aria_label=f"Table: {label}")


def folded(summary: Content, *contents: Content, open_: bool = False) -> Markup:
    """A part that is folded away until it is asked for; it prints unfolded."""
    return element("details", element("summary", summary), *contents, open="" if open_ else None)


def anchor(prefix: str, name: str) -> str:
    """An id for an element, another for every name: 'case-c1'; letters that an id may not have as _hex_."""
    return f"{prefix}-" + re.sub(r"[^A-Za-z0-9.-]", lambda found: f"_{ord(found[0]):x}_", name)


def counted(number: int, one: str, many: str | None = None) -> str:
    """'1 case', '2 cases'."""
    return f"{number} {one if number == 1 else many or one + 's'}"


def _attributes(attributes: Mapping[str, str | None]) -> str:
    given = ((name.rstrip("_").replace("_", "-"), value) for name, value in attributes.items() if value is not None)
    return "".join(f' {name}="{escape(clean(value))}"' if value else f" {name}" for name, value in given)
