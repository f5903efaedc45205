"""Bytes to text, without guessing wrong in silence."""

from __future__ import annotations

from pathlib import Path

from charset_normalizer import from_bytes

from policybot.errors import UnknownEncoding

CURE = "Save it again as UTF-8 text."
BOMS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
CHAOS_LIMIT = 0.2
"""charset-normalizer's mess ratio (0 to 1) above which its best guess is not text."""
WESTERN_LIMIT = 0.1
"""Share of bytes outside ASCII, from 0 to 1, up to which text that is not UTF-8 is taken for Windows-1252."""


def read_decoded(path: Path) -> str:
    """The file's text, line ends as \\n. Raises UnknownEncoding."""
    data = path.read_bytes()
    text = _decoded(path, data)
    if "\x00" in text:
        raise UnknownEncoding(path.name, "it holds NUL bytes, so it is not text", CURE)
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _decoded(path: Path, data: bytes) -> str:
    name = next((name for bom, name in BOMS if data.startswith(bom)), None)
    try:
        return data.decode(name or "utf-8")
    except UnicodeDecodeError as error:
        if name is not None:
            raise UnknownEncoding(path.name, f"it starts like {name} and then is not", CURE) from error
        return _guess(path, data)


def _guess(path: Path, data: bytes) -> str:
    best = from_bytes(data).best()
    if best is None or best.chaos > CHAOS_LIMIT or b"\x00" in data:
        raise UnknownEncoding(path.name, "its bytes are text in no encoding known here", CURE)
    # Western policies saved by Word are Windows-1252 far more often than the look-alikes a statistical guess
    # prefers; they are mostly ASCII, which text in another script is not.
    if sum(byte > 127 for byte in data) < WESTERN_LIMIT * len(data):
        try:
            return data.decode("cp1252")
        except UnicodeDecodeError:
            pass
    return str(best)
