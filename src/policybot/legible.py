"""What a message looks like to a reader's eye: no invisible characters, no look-alike letters, no
encoded blobs, and text-speak in words. What is searched and decided on is this, never the raw bytes."""

from __future__ import annotations

import base64
import binascii
import re
import unicodedata

_LOOK_ALIKES = str.maketrans(
    "аеорсухіјѕԁһкмтвнАЕОРСУХІЈЅКМТВНαορνικΑΒΕΖΗΙΚΜΝΟΡΤΥΧ",
    "aeopcyxijsdhkmtbhAEOPCYXIJSKMTBHaopvikABEZHIKMNOPTYX",
)
"""Cyrillic and Greek letters that look like Latin ones; only used inside words that are otherwise Latin."""
_MIXED = re.compile(r"\S*[A-Za-z]\S*")
_BLOB = re.compile(r"(?<!\S)[A-Za-z0-9+/_-]{22,}={0,2}(?!\S)")
_HEX = re.compile(r"(?<!\S)(?:(?:\\x[0-9a-f]{2}){8,}|[0-9a-f]{2}(?:[ :][0-9a-f]{2}){7,}|[0-9a-f]{32,})(?!\w)", re.I)
_KEPT = {"\n", "\t"}
_SPEAK = {
    "u": "you", "ur": "your", "r": "are", "y": "why", "pls": "please", "plz": "please", "ppl": "people", "b4": "before",
    "cos": "because", "coz": "because", "cuz": "because", "bcos": "because", "wot": "what", "wat": "what", "wen": "when",
    "wud": "would", "cud": "could", "shud": "should", "cn": "can", "w": "with", "wiv": "with", "dat": "that", "da": "the",
    "gonna": "going to", "wanna": "want to", "gotta": "have to", "2moro": "tomorrow", "2nite": "tonight", "msg": "message",
    "msgs": "messages", "txt": "text", "acc": "account",
    "accs": "accounts", "abt": "about", "bf": "boyfriend", "gf": "girlfriend", "yr": "year", "yrs": "years", "govs": "governors",
    "tchr": "teacher", "tchrs": "teachers", "stdnt": "student", "stdnts": "students", "pw": "password", "pwd": "password",
    "diff": "different", "prob": "probably", "def": "definitely", "idk": "I do not know", "asap": "at once",
}  # fmt: skip
_WORD = re.compile(r"(?<![\w'’.@/])(" + "|".join(map(re.escape, sorted(_SPEAK, key=len, reverse=True))) + r")(?![\w'’@/])", re.I)
_NOT_ALONE = {"y", "r", "w", "da", "acc", "def", "yr"}
"""Short ones that are also initials and classes ("yr 9", "class R"): read only where the message has other text-speak."""


def legible(text: str) -> str:
    """`text` as a person would read it aloud; `text` itself where nothing readable is left."""
    plain = unicodedata.normalize("NFKC", text)
    plain = "".join(c for c in plain if c in _KEPT or unicodedata.category(c) not in ("Cf", "Cc", "Co", "Cn", "Cs"))
    plain = _MIXED.sub(lambda m: m.group().translate(_LOOK_ALIKES), plain)
    plain = _HEX.sub(" ", _BLOB.sub(lambda m: " " if _encoded(m.group()) else m.group(), plain))
    plain = re.sub(r"[ \t]+", " ", _spoken(plain)).strip()
    return plain or text


def _encoded(token: str) -> bool:
    """Whether `token` is base64 of text, and no long word, name or number."""
    if len(token) < 24 or token.endswith("="):
        return len(token) >= 24
    whole = token[: len(token) - (len(token) % 4 == 1)]
    try:
        said = base64.b64decode(whole + "=" * (-len(whole) % 4), altchars=b"-_" if set("-_") & set(whole) else None, validate=True)
    except binascii.Error:
        return False
    text = said.decode("utf-8", "replace")
    return sum((c.isprintable() or c.isspace()) and c != "\ufffd" for c in text) >= 0.9 * len(text)


def _spoken(text: str) -> str:
    found = {m.group(1).lower() for m in _WORD.finditer(text)}
    read = found if found - _NOT_ALONE else set()
    return _WORD.sub(lambda m: _SPEAK[m.group(1).lower()] if m.group(1).lower() in read else m.group(), text)
