"""The HTML reader."""

from __future__ import annotations

from pathlib import Path

import pytest

from ingest.document import Block
from ingest.read.html import read_html
from policybot.errors import EmptyDocument, ImageOnlyDocument


def blocks_of(folder: Path, body: str, head: str = "") -> tuple[Block, ...]:
    path = folder / "garden.html"
    path.write_text(f"<!doctype html><html><head>{head}</head><body>{body}</body></html>", encoding="utf-8")
    return read_html(path).blocks


def seen(blocks: tuple[Block, ...]) -> list[tuple[str, str]]:
    return [(b.kind.value, b.text) for b in blocks]


def test_headings_paragraphs_and_entities(tmp_path: Path) -> None:
    blocks = blocks_of(
        tmp_path, "<h1>Garden &amp; yard</h1><p>Water\n  the <b>beds</b>&nbsp;daily.</p><!-- no -->Loose text."
    )

    assert seen(blocks) == [
        ("heading", "Garden & yard"),
        ("paragraph", "Water the beds daily."),
        ("paragraph", "Loose text."),
    ]
    assert (blocks[0].level, blocks[0].marked) == (1, True)


def test_nested_lists_have_levels_and_numbers(tmp_path: Path) -> None:
    body = (
        "<ol start=3><li>You must ask.<ul><li>the gardener<li><p>or the cook</p></ul><li>You must go."
        "<p>Soon.</p></ol><ol type=a><li>You must run.</ol>"
    )

    assert [(b.kind.value, b.text, b.level, b.marker) for b in blocks_of(tmp_path, body)] == [
        ("item", "You must ask.", 1, "3."),
        ("item", "the gardener", 2, None),
        ("item", "or the cook", 2, None),
        ("item", "You must go.", 1, "4."),
        ("paragraph", "Soon.", None, None),
        ("item", "You must run.", 1, "a."),
    ]


def test_tables_know_their_header_and_spans(tmp_path: Path) -> None:
    body = (
        "<table><caption>Tools</caption><thead><tr><th>Tool<th>Who<th>When</tr></thead>"
        "<tr><td rowspan=2>Spade<td>Staff<br>only<td>Daily</tr><tr><td colspan=2>Nobody else</tr></table>"
    )

    blocks = blocks_of(tmp_path, body)

    assert blocks[0].text == "Tools"
    assert [(b.cells, b.header) for b in blocks[1:]] == [
        (("Tool", "Who", "When"), True),
        (("Spade", "Staff only", "Daily"), False),
        (("", "Nobody else", ""), False),
    ]


def test_a_layout_table_is_read_as_text(tmp_path: Path) -> None:
    body = "<table><tr><td><h2>Watering</h2><p>Water the beds.</p></td></tr></table>"

    assert seen(blocks_of(tmp_path, body)) == [("heading", "Watering"), ("paragraph", "Water the beds.")]


def test_definitions_are_rows(tmp_path: Path) -> None:
    blocks = blocks_of(tmp_path, "<dl><dt>Bed<dd>Where roses grow.<dt>Hose<dt>Pipe<dd>It carries<dd>water.</dl>")

    assert [b.cells for b in blocks] == [("Bed", "Where roses grow."), ("Hose, Pipe", "It carries water.")]


def test_the_frame_of_the_page_is_furniture_and_menus_go(tmp_path: Path) -> None:
    body = (
        "<header><p>Village School</p></header><nav><a href=/>Home</a></nav><script>var x</script><style>p{}</style>"
        "<main><header><h1>Garden</h1></header><p>Water daily.</p><p hidden>No.</p></main><footer>Version 4</footer>"
    )

    assert seen(blocks_of(tmp_path, body)) == [
        ("furniture", "Village School"),
        ("heading", "Garden"),
        ("paragraph", "Water daily."),
        ("furniture", "Version 4"),
    ]


def test_line_breaks(tmp_path: Path) -> None:
    body = "<p>Version: 3<br>Review date: May 2030</p><p>Water<br>daily.</p><p>One rule.<br><br>Another rule.</p>"

    assert [b.text for b in blocks_of(tmp_path, body)] == [
        "Version: 3",
        "Review date: May 2030",
        "Water daily.",
        "One rule.",
        "Another rule.",
    ]


def test_bold_paragraphs_and_typed_bullets(tmp_path: Path) -> None:
    body = "<p><strong>Watering</strong></p><p>•&nbsp;&nbsp; the roses</p><div>Text <p>inside</p> after</div>"

    assert seen(blocks_of(tmp_path, body)) == [
        ("heading", "Watering"),
        ("item", "the roses"),
        ("paragraph", "Text"),
        ("paragraph", "inside"),
        ("paragraph", "after"),
    ]


def test_the_title_is_what_the_head_claims(tmp_path: Path) -> None:
    blocks_of(tmp_path, "<p>Water daily.</p>", "<title>Garden\n Policy</title>")

    assert read_html(tmp_path / "garden.html").title == "Garden Policy"


@pytest.mark.parametrize(
    ("body", "error"), [("<nav>Home</nav><p> </p>", EmptyDocument), ("<img src=scan.png>", ImageOnlyDocument)]
)
def test_a_page_without_words_says_so(tmp_path: Path, body: str, error: type[Exception]) -> None:
    with pytest.raises(error, match=r"garden\.html"):
        blocks_of(tmp_path, body)
