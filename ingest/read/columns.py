"""Whether a table's first row names its columns, where the format does not say so."""

from __future__ import annotations

from collections.abc import Sequence

NAME_WORDS = 5
"""Most words of a column's name."""


def names_columns(rows: Sequence[Sequence[str]], bold: Sequence[bool] = ()) -> bool:
    """Whether the first of `rows` (cells' texts) is a header.

    `bold`: for each row, whether all its words are. Bold unlike the rest says yes;
    else short names, without figures, over three columns or more whose cells below
    hold figures or blanks. A table of two columns is more often a name and its value.
    """
    if len(rows) < 2 or not all(rows[0]):
        return False
    if bold and bold[0]:
        return not all(bold)
    named = all(len(t.split()) <= NAME_WORDS and not any(c.isdigit() for c in t) for t in rows[0])
    filled = any(not t or any(c.isdigit() for c in t) for row in rows[1:] for t in row)
    return named and filled and len(rows[0]) >= 3 and len(rows) >= 3
