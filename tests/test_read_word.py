"""The Word reader, on documents made here with python-docx."""

from __future__ import annotations

from pathlib import Path

import docx
import pytest
from docx.oxml import OxmlElement, parse_xml
from docx.oxml.ns import nsdecls, qn

from ingest.document import Block, BlockKind
from ingest.read import open_document
from ingest.read.text import read_text
from ingest.read.word import read_word
from ingest.read.word_numbering import counted
from policybot.errors import BrokenDocument, EmptyDocument, EncryptedDocument, UnsupportedFormat

SHARED = Path(__file__).resolve().parents[2] / "shared" / "policies"
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def saved(document: docx.document.Document, folder: Path) -> Path:
    path = folder / "garden.docx"
    document.save(str(path))
    return path


def kinds(blocks: tuple[Block, ...]) -> list[tuple[BlockKind, str]]:
    return [(b.kind, b.text) for b in blocks]


def numbered_list(document: docx.document.Document, levels: list[tuple[str, str]]) -> str:
    """Adds a list definition of (format, pattern) levels; its numId."""
    root = document.part.numbering_part.element
    body = "".join(
        f'<w:lvl w:ilvl="{i}"><w:start w:val="1"/><w:numFmt w:val="{fmt}"/><w:lvlText w:val="{pattern}"/></w:lvl>'
        for i, (fmt, pattern) in enumerate(levels)
    )
    root.insert(0, parse_xml(f'<w:abstractNum {nsdecls("w")} w:abstractNumId="77">{body}</w:abstractNum>'))
    root.append(parse_xml(f'<w:num {nsdecls("w")} w:numId="77"><w:abstractNumId w:val="77"/></w:num>'))
    return "77"


def put_in_list(paragraph: docx.text.paragraph.Paragraph, number_id: str, ilvl: int) -> None:
    mark = f'<w:numPr {nsdecls("w")}><w:ilvl w:val="{ilvl}"/><w:numId w:val="{number_id}"/></w:numPr>'
    paragraph._p.get_or_add_pPr().append(parse_xml(mark))


def test_styles_say_title_headings_and_bullets(tmp_path: Path) -> None:
    document = docx.Document()
    document.add_heading("Garden Policy", level=0)
    document.add_heading("Watering", level=2)
    document.add_paragraph("Water the beds every day.")
    document.add_paragraph("the roses", style="List Bullet")
    document.add_paragraph("the old ones", style="List Bullet 2")

    raw = read_word(saved(document, tmp_path))

    assert raw.title == "Garden Policy"
    assert [(b.kind, b.text, b.level, b.marked) for b in raw.blocks] == [
        (BlockKind.HEADING, "Garden Policy", 1, True),
        (BlockKind.HEADING, "Watering", 2, True),
        (BlockKind.PARAGRAPH, "Water the beds every day.", None, False),
        (BlockKind.ITEM, "the roses", 1, False),
        (BlockKind.ITEM, "the old ones", 2, False),
    ]


def test_automatic_numbers_are_computed(tmp_path: Path) -> None:
    document = docx.Document()
    number_id = numbered_list(document, [("decimal", "%1."), ("lowerLetter", "(%2)")])
    places = [("You must ask the gardener first.", 0), ("by letter, which she must answer;", 1),
              ("or by mouth;", 1), ("You must then shut the gate behind you.", 0), ("at night too.", 1)]  # fmt: skip
    for text, ilvl in places:
        put_in_list(document.add_paragraph(text), number_id, ilvl)

    blocks = read_word(saved(document, tmp_path)).blocks

    assert [(b.marker, b.level) for b in blocks] == [("1.", 1), ("(a)", 2), ("(b)", 2), ("2.", 1), ("(a)", 2)]


def test_a_section_number_stays_in_the_text(tmp_path: Path) -> None:
    document = docx.Document()
    number_id = numbered_list(document, [("decimal", "%1."), ("decimal", "%1.%2")])
    heading = document.add_heading("Watering", level=1)
    put_in_list(heading, number_id, 0)
    put_in_list(document.add_paragraph("You must water the beds every day."), number_id, 1)

    assert kinds(read_word(saved(document, tmp_path)).blocks) == [
        (BlockKind.HEADING, "1. Watering"),
        (BlockKind.PARAGRAPH, "1.1 You must water the beds every day."),
    ]


@pytest.mark.parametrize(
    ("number", "numbering", "printed"),
    [
        (28, "lowerLetter", "bb"),
        (4, "upperRoman", "IV"),
        (49, "lowerRoman", "xlix"),
        (3, "decimalZero", "03"),
        (7, "none?", "7"),
    ],
)
def test_ways_to_count(number: int, numbering: str, printed: str) -> None:
    assert counted(number, numbering) == printed


def test_tables_are_rows_and_merged_cells_speak_once(tmp_path: Path) -> None:
    document = docx.Document()
    table = document.add_table(rows=3, cols=3)
    for row, texts in zip(
        table.rows, [("Tool", "Who", "When"), ("Spade", "Staff", "2023"), ("Rake", "Anybody", "")], strict=True
    ):
        for cell, text in zip(row.cells, texts, strict=True):
            cell.text = text
    table.cell(2, 1).merge(table.cell(2, 2))

    rows = read_word(saved(document, tmp_path)).blocks

    assert [r.cells for r in rows] == [("Tool", "Who", "When"), ("Spade", "Staff", "2023"), ("Rake", "Anybody", "")]
    assert [r.header for r in rows] == [True, False, False]
    assert rows[1].text == "Spade\tStaff\t2023"


def test_a_table_of_one_column_is_a_frame(tmp_path: Path) -> None:
    document = docx.Document()
    document.add_table(rows=1, cols=1).cell(0, 0).text = "Nobody may light a fire here."

    assert kinds(read_word(saved(document, tmp_path)).blocks) == [
        (BlockKind.PARAGRAPH, "Nobody may light a fire here.")
    ]


def test_running_lines_are_furniture_without_page_numbers(tmp_path: Path) -> None:
    document = docx.Document()
    document.add_paragraph("Water the beds every day.")
    document.sections[0].header.paragraphs[0].text = "Garden rules"
    footer = document.sections[0].footer.paragraphs[0]
    footer.add_run("Version 4 Page ")
    for kind in ("begin", None, "separate", "7", "end"):
        run = footer.add_run("7" if kind == "7" else "")
        if kind is None:
            instruction = OxmlElement("w:instrText")
            instruction.text = " PAGE "
            run._r.append(instruction)
        elif kind != "7":
            run._r.append(parse_xml(f'<w:fldChar {nsdecls("w")} w:fldCharType="{kind}"/>'))

    assert kinds(read_word(saved(document, tmp_path)).blocks) == [
        (BlockKind.FURNITURE, "Garden rules"),
        (BlockKind.PARAGRAPH, "Water the beds every day."),
        (BlockKind.FURNITURE, "Version 4"),
    ]


def test_tracked_changes_read_as_accepted(tmp_path: Path) -> None:
    document = docx.Document()
    paragraph = document.add_paragraph("Staff ")._p
    change = f'{nsdecls("w")} w:id="1" w:author="A"'
    paragraph.append(parse_xml(f"<w:del {change}><w:r><w:delText>may </w:delText></w:r></w:del>"))
    paragraph.append(parse_xml(f"<w:ins {change}><w:r><w:t>must </w:t></w:r></w:ins>"))
    paragraph.append(parse_xml(f"<w:r {nsdecls('w')}><w:t>shut the gate.</w:t></w:r>"))

    assert [b.text for b in read_word(saved(document, tmp_path)).blocks] == ["Staff must shut the gate."]


def test_line_breaks_part_details_and_join_prose(tmp_path: Path) -> None:
    document = docx.Document()
    document.add_paragraph("Version: 3\nReview date: May 2030")
    document.add_paragraph("Water the beds\nevery day.")

    assert [b.text for b in read_word(saved(document, tmp_path)).blocks] == [
        "Version: 3",
        "Review date: May 2030",
        "Water the beds every day.",
    ]


def test_typed_bullets_and_bold_titles_count(tmp_path: Path) -> None:
    document = docx.Document()
    document.add_paragraph().add_run("Watering").bold = True
    document.add_paragraph("• the roses")
    document.add_paragraph("(b) you must also water the lawn;")
    document.add_paragraph("Roses").add_run(" matter.").bold = True

    assert [(b.kind, b.text, b.marker, b.marked) for b in read_word(saved(document, tmp_path)).blocks] == [
        (BlockKind.HEADING, "Watering", None, False),
        (BlockKind.ITEM, "the roses", None, False),
        (BlockKind.ITEM, "you must also water the lawn;", "(b)", False),
        (BlockKind.PARAGRAPH, "Roses matter.", None, False),
    ]


def test_a_list_run_on_in_one_paragraph_is_parted(tmp_path: Path) -> None:
    document = docx.Document()
    document.add_paragraph("1. You must ask the gardener first. 2. You must shut the gate. 3. Go home.")

    assert [(b.marker, b.text) for b in read_word(saved(document, tmp_path)).blocks] == [
        ("1.", "You must ask the gardener first."),
        ("2.", "You must shut the gate."),
        ("3.", "Go home."),
    ]


def test_text_boxes_and_content_controls_are_read_once(tmp_path: Path) -> None:
    document = docx.Document()
    box = "<w:txbxContent><w:p><w:r><w:t>In the box.</w:t></w:r></w:p></w:txbxContent>"
    compatible = "http://schemas.openxmlformats.org/markup-compatibility/2006"
    document.add_paragraph("Beside the box.")._p.append(
        parse_xml(
            f'<w:r {nsdecls("w")} xmlns:mc="{compatible}"><mc:AlternateContent>'
            f'<mc:Choice Requires="wps">{box}</mc:Choice>'
            f"<mc:Fallback>{box}</mc:Fallback></mc:AlternateContent></w:r>"
        )
    )
    control = (
        f"<w:sdt {nsdecls('w')}><w:sdtContent><w:p><w:r><w:t>In the control.</w:t></w:r></w:p></w:sdtContent></w:sdt>"
    )
    document.element.body.insert(1, parse_xml(control))

    assert [b.text for b in read_word(saved(document, tmp_path)).blocks] == [
        "Beside the box.",
        "In the box.",
        "In the control.",
    ]


def test_hidden_text_is_not_read(tmp_path: Path) -> None:
    document = docx.Document()
    paragraph = document.add_paragraph("Water daily.")
    paragraph.add_run(" Or do not.").font.hidden = True
    assert paragraph._p.find(".//" + qn("w:vanish")) is not None

    assert [b.text for b in read_word(saved(document, tmp_path)).blocks] == ["Water daily."]


@pytest.mark.parametrize(
    ("content", "error", "words"),
    [
        (OLE + b"\0" * 600 + "EncryptedPackage".encode("utf-16-le"), EncryptedDocument, "password"),
        (OLE + b"\0" * 600 + "WordDocument".encode("utf-16-le"), UnsupportedFormat, "save it as .docx"),
        (b"PK\x03\x04 and then no more", BrokenDocument, "cut short"),
        (b"just text", BrokenDocument, "no Word file"),
    ],
)
def test_what_cannot_be_read_says_why(tmp_path: Path, content: bytes, error: type[Exception], words: str) -> None:
    path = tmp_path / "garden.docx"
    path.write_bytes(content)

    with pytest.raises(error, match=words) as raised:
        read_word(path)
    assert str(raised.value).startswith("garden.docx: ")


def test_a_document_cut_short_is_broken(tmp_path: Path) -> None:
    document = docx.Document()
    document.add_paragraph("Water the beds every day.")
    path = saved(document, tmp_path)
    path.write_bytes(path.read_bytes()[:-2000])

    with pytest.raises(BrokenDocument):
        read_word(path)


def test_a_document_without_words_is_empty(tmp_path: Path) -> None:
    document = docx.Document()
    document.sections[0].header.paragraphs[0].text = "Garden rules"

    with pytest.raises(EmptyDocument):
        read_word(saved(document, tmp_path))


@pytest.mark.skipif(not SHARED.is_dir(), reason="../shared is not beside this checkout")
@pytest.mark.parametrize("organisation", sorted(p.name for p in SHARED.glob("docx/*")) or ["-"])
def test_says_what_the_text_edition_says(organisation: str) -> None:
    text = {
        b.text
        for b in read_text(SHARED / "txt" / organisation / "policy.txt").blocks
        if b.kind is not BlockKind.FURNITURE
    }
    word = {b.text for b in open_document(SHARED / "docx" / organisation / "policy.docx").blocks}

    assert len(text & word) >= 0.98 * len(text)
