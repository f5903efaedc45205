"""Bytes into text."""

from __future__ import annotations

from pathlib import Path

import pytest

from ingest.read.encoding import read_decoded
from policybot.errors import UnknownEncoding

PROSE = "The manager’s approval is needed – always – before any “post” goes live. Cafés too. " * 3
RUSSIAN = "Сотрудники не должны публиковать фотографии детей без согласия родителей и руководителя. " * 5
JAPANESE = "職員は、保護者の同意なしに子どもの写真を投稿してはならない。管理者に相談してください。" * 5


def written(tmp_path: Path, data: bytes) -> Path:
    path = tmp_path / "policy.txt"
    path.write_bytes(data)
    return path


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_what_word_processors_save_is_read_as_written(tmp_path: Path, encoding: str) -> None:
    assert read_decoded(written(tmp_path, PROSE.encode(encoding))) == PROSE


@pytest.mark.parametrize(("text", "encoding"), [(RUSSIAN, "cp1251"), (JAPANESE, "shift_jis")])
def test_another_script_is_not_taken_for_western(tmp_path: Path, text: str, encoding: str) -> None:
    assert read_decoded(written(tmp_path, text.encode(encoding))) == text


def test_line_ends_are_newlines(tmp_path: Path) -> None:
    assert read_decoded(written(tmp_path, b"a\r\nb\rc\n")) == "a\nb\nc\n"


@pytest.mark.parametrize(
    "data",
    [
        bytes(range(256)) * 8,
        "abc".encode("utf-16-le") * 9,
        b"\xff\xfe\x00\x00" + "abc".encode("utf-32-le"),
        b"\xff\xfea",
        b"\xef\xbb\xbf\xff\xff",
    ],
    ids=["binary", "utf-16 without mark", "utf-32", "odd utf-16", "broken utf-8"],
)
def test_what_is_not_text_is_refused_with_a_cure(tmp_path: Path, data: bytes) -> None:
    with pytest.raises(UnknownEncoding) as caught:
        read_decoded(written(tmp_path, data))
    assert caught.value.thing == "policy.txt"
    assert "UTF-8" in caught.value.cure
