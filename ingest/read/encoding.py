"""Bytes to text, without guessing wrong in silence."""

from __future__ import annotations

from pathlib import Path

from charset_normalizer import from_bytes

from policybot.errors import UnknownEncoding

BOMS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
CHAOS_LIMIT = 0.2
"""charset-normalizer's mess ratio (0 to 1) above which its best guess is not text."""


def read_decoded(path: Path) -> str:
    """The file's text, line ends as \\n. Raises UnknownEncoding."""
    data = path.read_bytes()
    for bom, name in BOMS:
        if data.startswith(bom):
            return _decode(path, data, name)
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        text = _guess(path, data)
    if "\x00" in text:
        raise UnknownEncoding(path.name, "it holds NUL bytes, so it is not text", "Save it again as UTF-8 text.")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _decode(path: Path, data: bytes, name: str) -> str:
    try:
        return data.decode(name).replace("\r\n", "\n").replace("\r", "\n")
    except UnicodeDecodeError as error:
        raise UnknownEncoding(
            path.name, f"it starts like {name} and then is not", "Save it again as UTF-8 text."
        ) from error


def _guess(path: Path, data: bytes) -> str:
    best = from_bytes(data).best()
    if best is None or best.chaos > CHAOS_LIMIT or b"\x00" in data:
        raise UnknownEncoding(path.name, "its bytes are text in no encoding known here", "Save it again as UTF-8 text.")
    # Western policies saved by Word are Windows-1252 far more often than the look-alikes a statistical guess prefers.
    try:
        return data.decode("cp1252")
    except UnicodeDecodeError:
        return str(best)
