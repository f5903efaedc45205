"""The PDF reader, on pages drawn here with reportlab: the geometry is in the tests."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from pypdf import PdfReader, PdfWriter
from reportlab.lib import colors
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import getSampleStyleSheet
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import BaseDocTemplate, Frame, PageTemplate, Paragraph, SimpleDocTemplate, Table

from ingest.document import Block, BlockKind
from ingest.read.pdf import read_pdf
from ingest.read.text import read_text
from policybot.errors import BrokenDocument, DocumentError, EmptyDocument, EncryptedDocument, ImageOnlyDocument

SHARED = Path(__file__).resolve().parents[2] / "shared" / "policies"
STYLES = getSampleStyleSheet()
WIDE = "Nobody who has not been shown the way may walk in the garden of the school after dark, except"
"""A line as long as the page is wide, in the middle of a sentence."""
Drawn = tuple[float, str, float]
"""Left edge in points, text, distance to the next line in points."""


def draw(folder: Path, *pages: Sequence[Drawn], font: str = "Helvetica", header: str = "", footer: str = "") -> Path:
    """Pages of lines from the top, in 11 point type; '{n}' in header and footer is the page's number."""
    path = folder / "garden.pdf"
    canvas = Canvas(str(path), pagesize=A4)
    for number, lines in enumerate(pages, start=1):
        canvas.setFont(font, 8)
        canvas.drawString(60, 815, header.format(n=number))
        canvas.drawString(60, 25, footer.format(n=number))
        canvas.setFont(font, 11)
        y = 780.0
        for x, text, step in lines:
            canvas.drawString(x, y, text)
            y -= step
        canvas.showPage()
    canvas.save()
    return path


def seen(blocks: Sequence[Block]) -> list[tuple[str, str]]:
    return [(b.kind.value, b.text) for b in blocks if b.kind is not BlockKind.FURNITURE]


def test_wrapped_lines_are_one_paragraph_and_short_ones_are_not(tmp_path: Path) -> None:
    path = draw(
        tmp_path, [(60, WIDE, 14), (60, "the gardener.", 28), (60, "Version: 3", 14), (60, "Owner: the cook", 14)]
    )

    raw = read_pdf(path)

    assert seen(raw.blocks) == [
        ("paragraph", f"{WIDE} the gardener."),
        ("paragraph", "Version: 3"),
        ("paragraph", "Owner: the cook"),
    ]
    assert raw.pages == 1
    (box,) = raw.blocks[0].boxes
    assert (box.page, box.x0) == (1, 60.0)
    assert 50 < box.top < box.bottom < 80


def test_hyphens_at_a_line_end(tmp_path: Path) -> None:
    """'compost' is a word of the document; 'e-safety' never comes without its hyphen."""
    before = "Nobody who has not been shown the way may walk over any heap of the kind that is called com-"
    again = "post. Compost is for roses. Whoever goes there must know the rules and the school's policy on e-"

    (block,) = read_pdf(draw(tmp_path, [(60, before, 14), (60, again, 14), (60, "safety as well.", 14)])).blocks

    assert "called compost. Compost" in block.text
    assert block.text.endswith("policy on e-safety as well.")


def test_a_list_without_its_bullets(tmp_path: Path) -> None:
    item = "put the tools away in the shed that stands behind the greenhouse, cleaned and dried, and all of"
    lines = [(60, "Gardeners must:", 20), (80, "close the gate;", 14), (80, item, 14), (80, "them oiled;", 14),
             (100, "not the rake;", 14), (80, "go home.", 28), (60, WIDE, 14), (60, "the gardener.", 14)]  # fmt: skip

    blocks = read_pdf(draw(tmp_path, lines)).blocks

    assert seen(blocks) == [
        ("paragraph", "Gardeners must:"),
        ("item", "close the gate;"),
        ("item", f"{item} them oiled;"),
        ("item", "not the rake;"),
        ("item", "go home."),
        ("paragraph", f"{WIDE} the gardener."),
    ]
    assert [b.level for b in blocks if b.kind is BlockKind.ITEM] == [1, 1, 2, 1]


@pytest.mark.parametrize("glyph", ["•", "-", "–", "o"])
def test_bullets_and_their_nesting(tmp_path: Path, glyph: str) -> None:
    path = tmp_path / "garden.pdf"
    canvas = Canvas(str(path), pagesize=A4)
    canvas.setFont("Helvetica", 11)
    canvas.drawString(60, 780, "Gardeners bring these things with them, whatever the weather may be like on the day:")
    for i, (x, text) in enumerate([(75, "gloves"), (75, "boots that"), (95, "fit"), (75, "a hat")]):
        canvas.drawString(x, 760 - 14 * i, glyph)
        canvas.drawString(x + 14, 760 - 14 * i, text)
    canvas.save()

    items = [b for b in read_pdf(path).blocks if b.kind is BlockKind.ITEM]

    assert [(b.text, b.level, b.marker) for b in items] == [
        ("gloves", 1, None), ("boots that", 1, None), ("fit", 2, None), ("a hat", 1, None)
    ]  # fmt: skip


def test_numbers_make_items_and_titles_keep_theirs(tmp_path: Path) -> None:
    lines = [(60, "1. Watering", 24), (60, WIDE, 14), (60, "the gardener.", 24), (75, "(a) you must ask the cook;", 14),
             (75, "(b) you must say why.", 24), (60, "1.2 You must water the beds every day.", 14)]  # fmt: skip

    blocks = read_pdf(draw(tmp_path, lines)).blocks

    assert [(b.kind.value, b.marker, b.text) for b in blocks] == [
        ("paragraph", None, "1. Watering"),
        ("paragraph", None, f"{WIDE} the gardener."),
        ("item", "(a)", "you must ask the cook;"),
        ("item", "(b)", "you must say why."),
        ("paragraph", None, "1.2 You must water the beds every day."),
    ]


def test_neighbours_that_only_look_like_titles_are_a_list(tmp_path: Path) -> None:
    blocks = read_pdf(draw(tmp_path, [(60, "1. Head Gardener", 14), (60, "2. Under Gardener", 14)])).blocks

    assert [(b.kind.value, b.marker) for b in blocks] == [("item", "1."), ("item", "2.")]


def test_a_dash_inside_a_sentence_begins_no_item(tmp_path: Path) -> None:
    (block,) = read_pdf(draw(tmp_path, [(60, WIDE, 14), (60, "- as is only right - the gardener.", 14)])).blocks

    assert block.kind is BlockKind.PARAGRAPH


def test_headings_by_size_and_weight(tmp_path: Path) -> None:
    path = tmp_path / "garden.pdf"
    canvas = Canvas(str(path), pagesize=A4)
    for y, font, size, text in [(780, "Helvetica-Bold", 18, "The Garden"), (740, "Helvetica", 14, "Watering"),
                                (710, "Helvetica-Bold", 11, "Roses"), (690, "Helvetica", 11, WIDE),
                                (676, "Helvetica", 11, "the gardener.")]:  # fmt: skip
        canvas.setFont(font, size)
        canvas.drawString(60, y, text)
    canvas.save()

    blocks = read_pdf(path).blocks

    assert [(b.text, b.level, b.marked) for b in blocks[:3]] == [
        ("The Garden", 1, False), ("Watering", 2, False), ("Roses", 3, False)
    ]  # fmt: skip
    assert [b.kind for b in blocks] == [BlockKind.HEADING] * 3 + [BlockKind.PARAGRAPH]


def test_a_sentence_torn_by_the_page_end_is_whole(tmp_path: Path) -> None:
    path = draw(
        tmp_path, [(60, "Water daily.", 28), (60, WIDE, 14)], [(60, "the gardener.", 28), (60, "Go home.", 14)],
        header="Garden rules", footer="Version 4 Page {n} of 2",
    )  # fmt: skip

    blocks = read_pdf(path).blocks

    assert seen(blocks) == [
        ("paragraph", "Water daily."),
        ("paragraph", f"{WIDE} the gardener."),
        ("paragraph", "Go home."),
    ]
    torn = blocks[2]
    assert (torn.page, [b.page for b in torn.boxes]) == (1, [1, 2])
    assert [(b.text, b.page) for b in blocks if b.kind is BlockKind.FURNITURE] == [
        ("Garden rules", 1), ("Version 4", 1), ("Garden rules", 2), ("Version 4", 2)
    ]  # fmt: skip


def test_a_new_sentence_overleaf_is_a_new_paragraph(tmp_path: Path) -> None:
    blocks = read_pdf(draw(tmp_path, [(60, f"{WIDE} me.", 14)], [(60, "Everybody else may.", 14)])).blocks

    assert [b.page for b in blocks] == [1, 2]


def test_a_ruled_table_over_two_pages(tmp_path: Path) -> None:
    path = tmp_path / "garden.pdf"
    body = STYLES["BodyText"]
    head = [Paragraph(f"<b>{t}</b>", body) for t in ("Tool", "Who may use it, if asked", "When")]
    rows = [[Paragraph(t, body) for t in (f"Spade {n}", "Staff who have been shown how", "Daily")] for n in range(30)]
    grid = [("GRID", (0, 0), (-1, -1), 0.5, colors.black)]
    table = Table([head, *rows], colWidths=[90, 90, 90], style=grid, repeatRows=1)
    SimpleDocTemplate(str(path), pagesize=A4).build([Paragraph("Before the table.", body), table])

    blocks = read_pdf(path).blocks
    found = [b for b in blocks if b.kind is BlockKind.ROW]

    assert blocks[0].text == "Before the table."
    assert [b.cells for b in found[:2]] == [
        ("Tool", "Who may use it, if asked", "When"),
        ("Spade 0", "Staff who have been shown how", "Daily"),
    ]
    assert [b.header for b in found] == [True] + [False] * 30
    assert {b.page for b in found} == {1, 2}


def test_columns_without_rules_are_a_table(tmp_path: Path) -> None:
    path = tmp_path / "garden.pdf"
    canvas = Canvas(str(path), pagesize=A4)
    canvas.setFont("Helvetica", 11)
    canvas.drawString(60, 780, WIDE)
    canvas.drawString(60, 766, "these:")
    for i, row in enumerate([("Who", "Week", "Telephone"), ("Ada", "1 to 3", "0123"), ("Bob", "4 to 6", "0124")]):
        for x, text in zip((60, 200, 330), row, strict=True):
            canvas.drawString(x, 740 - 16 * i, text)
    canvas.save()

    blocks = read_pdf(path).blocks

    assert [b.cells for b in blocks[1:]] == [
        ("Who", "Week", "Telephone"),
        ("Ada", "1 to 3", "0123"),
        ("Bob", "4 to 6", "0124"),
    ]
    assert [b.header for b in blocks[1:]] == [True, False, False]


def test_two_columns_are_read_one_after_the_other(tmp_path: Path) -> None:
    path = tmp_path / "garden.pdf"
    rule = "Rule {} says that staff must water the beds before nine, and that nobody may leave a hose running there."
    document = BaseDocTemplate(str(path), pagesize=A4)
    document.addPageTemplates(PageTemplate(frames=[Frame(50, 400, 235, 380), Frame(310, 400, 235, 380)]))
    document.build([Paragraph(rule.format(n), STYLES["BodyText"]) for n in range(20)])

    assert seen(read_pdf(path).blocks) == [("paragraph", rule.format(n)) for n in range(20)]


def test_the_title_is_the_metadata_s_unless_a_tool_made_it_up(tmp_path: Path) -> None:
    path = draw(tmp_path, [(60, "Water daily.", 14)])
    titles = {}
    for title in ("Garden Policy", "Microsoft Word - Garden.docx"):
        writer = PdfWriter(clone_from=PdfReader(path))
        writer.add_metadata({"/Title": title})
        writer.write(tmp_path / "titled.pdf")
        titles[title] = read_pdf(tmp_path / "titled.pdf").title

    assert titles == {"Garden Policy": "Garden Policy", "Microsoft Word - Garden.docx": None}


def test_a_password_is_asked_for_by_name(tmp_path: Path) -> None:
    path = draw(tmp_path, [(60, "Water daily.", 14)])
    writer = PdfWriter(clone_from=PdfReader(path))
    writer.encrypt("rosebud", algorithm="RC4-128")
    writer.write(path)

    with pytest.raises(EncryptedDocument, match=r"garden\.pdf: .*password"):
        read_pdf(path)


def test_a_lock_on_printing_alone_keeps_nobody_from_reading(tmp_path: Path) -> None:
    path = draw(tmp_path, [(60, "Water daily.", 14)])
    writer = PdfWriter(clone_from=PdfReader(path))
    writer.encrypt("", owner_password="rosebud", algorithm="RC4-128")
    writer.write(path)

    assert [b.text for b in read_pdf(path).blocks] == ["Water daily."]


def scan(folder: Path) -> Path:
    from PIL import Image

    Image.new("RGB", (60, 80), "grey").save(folder / "scan.png")
    canvas = Canvas(str(folder / "garden.pdf"), pagesize=A4)
    for number in (1, 2):
        canvas.drawImage(str(folder / "scan.png"), 0, 0, *A4)
        canvas.drawString(60, 25, f"{number}")
        canvas.showPage()
    canvas.save()
    return folder / "garden.pdf"


def test_a_scan_needs_ocr(tmp_path: Path) -> None:
    with pytest.raises(ImageOnlyDocument, match=r"needs OCR.*ocrmypdf"):
        read_pdf(scan(tmp_path))


def test_blank_pages_are_empty(tmp_path: Path) -> None:
    with pytest.raises(EmptyDocument):
        read_pdf(draw(tmp_path, []))


def test_a_file_cut_short_is_never_half_a_policy(tmp_path: Path) -> None:
    path = draw(tmp_path, *[[(60, WIDE, 14)]] * 5)
    whole = path.read_bytes()
    for share in (0.3, 0.6, 0.95):
        path.write_bytes(whole[: int(len(whole) * share)])
        with pytest.raises(BrokenDocument, match="cut short"):
            read_pdf(path)


def test_damage_inside_says_broken_and_not_a_parser_s_error(tmp_path: Path) -> None:
    path = draw(tmp_path, [(60, WIDE, 14)])
    whole = path.read_bytes()
    path.write_bytes(whole[:200] + b"\0" * (len(whole) - 240) + whole[-40:])

    with pytest.raises(DocumentError, match=r"garden\.pdf"):
        read_pdf(path)


def test_text_that_is_called_pdf_is_broken(tmp_path: Path) -> None:
    (tmp_path / "garden.pdf").write_text("Water the beds every day.")

    with pytest.raises(BrokenDocument, match="not a PDF"):
        read_pdf(tmp_path / "garden.pdf")


@pytest.mark.skipif(not SHARED.is_dir(), reason="../shared is not beside this checkout")
@pytest.mark.parametrize("organisation", sorted(p.name for p in SHARED.glob("pdf/*")) or ["-"])
def test_says_what_the_text_edition_says(organisation: str) -> None:
    text = {
        b.text
        for b in read_text(SHARED / "txt" / organisation / "policy.txt").blocks
        if b.kind is not BlockKind.FURNITURE
    }
    raw = read_pdf(SHARED / "pdf" / organisation / "policy.pdf")

    assert len(text & {b.text for b in raw.blocks}) >= 0.98 * len(text)
    assert all(b.page and b.boxes for b in raw.blocks)
