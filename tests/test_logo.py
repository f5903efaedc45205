"""An organisation's logo: named in organisation.toml, read from its folder."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest

from ingest.description import logo_of, read_description
from policybot.errors import CorpusError
from policybot.organisation import LOGO_LIMIT, Logo

PNG, SVG = b"\x89PNG\r\n\x1a\n" + b"0" * 20, b'<?xml version="1.0"?>\n<!-- x --><svg xmlns="http://www.w3.org/2000/svg"/>'


def folder(corpus: Path, toml: str, **files: bytes) -> Path:
    home = corpus / "elm"
    home.mkdir(parents=True)
    (home / "organisation.toml").write_text(toml, encoding="utf-8")
    for name, content in files.items():
        (home / name.replace("_", ".")).write_bytes(content)
    return home


@pytest.mark.parametrize(
    ("content", "media"),
    [(PNG, "image/png"), (SVG, "image/svg+xml"), (b"\xff\xd8\xff\xe0", "image/jpeg"), (b"RIFF\n\0\0\0WEBP", "image/webp")],
)
def test_a_logo_is_known_by_its_content(content: bytes, media: str) -> None:
    head, _, data = Logo(content).address.partition(",")
    assert head == f"data:{media};base64" and base64.b64decode(data) == content


@pytest.mark.parametrize("content", [b"", b"<html><svg/></html>", b"GIF89a", PNG + b"0" * LOGO_LIMIT])
def test_what_is_no_small_picture_is_refused(content: bytes) -> None:
    with pytest.raises(ValueError, match="a logo"):
        Logo(content)


LONG = (
    b"<!---->" * 10_000, b"<!-- - -- --- -->" * 10_000, b"<?xml?>" * 10_000, b"<!DOCTYPE svg>\n" * 10_000, b"<!-- <svg>-->" * 10_000,
    b" " * 200_000, b"<!--" * 50_000,
)  # fmt: skip


@pytest.mark.parametrize("begins", LONG)
def test_a_long_beginning_is_read_to_its_end(begins: bytes) -> None:
    """With a pattern that can be matched in more ways than one this does not end."""
    with pytest.raises(ValueError, match="a logo is a PNG"):
        Logo(begins + b"<html><svg/>")


@pytest.mark.parametrize("begins", LONG[:-1])
def test_an_svg_may_begin_with_much_else(begins: bytes) -> None:
    assert Logo(b"\n\xef\xbb\xbf" + begins + b"<SVG/>").address.startswith("data:image/svg+xml")


def test_the_folder_s_logo_is_found(tmp_path: Path) -> None:
    folder(tmp_path, 'name = "Elm"\nlogo = "sign.svg"\n', sign_svg=SVG)
    assert logo_of(tmp_path, "elm") == Logo(SVG)
    assert logo_of(tmp_path, "ash") is None
    with pytest.raises(ValueError, match="slug"):
        logo_of(tmp_path, "../elm")


def test_without_the_key_there_is_none(tmp_path: Path) -> None:
    folder(tmp_path, 'name = "Elm"\n', sign_svg=SVG)
    assert logo_of(tmp_path, "elm") is None


@pytest.mark.parametrize(
    ("toml", "cause"),
    [
        ('logo = "../secret.svg"', "no file in its folder"),
        ('logo = "gone.png"', "no file"),
        ('logo = "sign.svg"', "picture"),
        (f'logo = "{"x" * 300}.svg"', "cannot be read .File name too long"),
        ("logo = 3", "no text"),
    ],
)
def test_a_wrong_logo_refuses_the_folder(tmp_path: Path, toml: str, cause: str) -> None:
    (tmp_path / "secret.svg").write_bytes(SVG)
    home = folder(tmp_path, toml, sign_svg=b"no picture")
    with pytest.raises(CorpusError, match=cause):
        read_description(home / "organisation.toml")
