"""Inline marks off, white space folded: what every text reader does to a line."""

from __future__ import annotations

import html
import re
import unicodedata

TAGS = re.compile(r"</?(?:b|i|u|em|strong|sup|sub|span|font|br|p|small)\b[^>]*>", re.I)
BOLD = re.compile(r"(\*\*|__)(?=[^\s*_]|[*_][^\s*_])(.+?)(?<=[^\s])\1(?![*_](?![*_]))")
ITALIC = re.compile(r"(?<![\w*_\\])([*_])(?=[^\s*_])([^*_]+?)(?<=[^\s\\])\1(?![\w*_])")
LINK = re.compile(r"\[([^\]]+)\]\((?:[^()\s]|\([^()]*\))+\)")
ESCAPE = re.compile(r"\\([\\`*_{}\[\]()#+.!|<>-])")
INVISIBLE = dict.fromkeys([0x200B, 0x200C, 0x200D, 0x2060, 0xFEFF, 0x00AD])


def fold(text: str) -> str:
    """White space to single spaces, ends stripped, invisible characters gone."""
    return " ".join(unicodedata.normalize("NFC", text).translate(INVISIBLE).split())


def plain(text: str) -> str:
    """A line without Markdown or HTML emphasis, entities resolved, folded."""
    text = TAGS.sub("", text)
    for _ in range(2):
        text = BOLD.sub(r"\2", text)
    text = ITALIC.sub(r"\2", text)
    text = LINK.sub(r"\1", text)
    return fold(html.unescape(ESCAPE.sub(r"\1", text)))
