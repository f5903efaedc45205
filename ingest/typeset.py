"""`python -m ingest.typeset POLICY.md pdf|docx`: a Markdown policy as PDF or Word, beside it.

So that the corpus ships in the formats that organisations use. The same Markdown gives the
same bytes (dates are left out of the PDF).
"""

from __future__ import annotations

from itertools import groupby
from pathlib import Path
from typing import Annotated

import typer

from ingest.document import Block, BlockKind
from ingest.read.markdown import read_markdown

FOOTER = "Restated edition"


def typeset_docx(source: Path, target: Path) -> None:
    """Write `source` (.md) as a Word document with real heading, list and table styles."""
    from docx import Document

    document = Document()
    blocks = read_markdown(source).blocks
    for kind, group in groupby(blocks, key=lambda b: b.kind):
        run = list(group)
        if kind is BlockKind.ROW:
            table = document.add_table(rows=0, cols=max(len(b.cells) for b in run))
            table.style = "Table Grid"
            for block in run:
                for cell, text in zip(table.add_row().cells, block.cells, strict=False):
                    cell.text = text
            continue
        for block in run:
            _docx_paragraph(document, block, first=block is blocks[0])
    document.sections[0].footer.paragraphs[0].text = FOOTER
    document.core_properties.title = blocks[0].text
    document.save(str(target))


def _docx_paragraph(document: object, block: Block, first: bool) -> None:
    if block.kind is BlockKind.HEADING:
        document.add_heading(block.text, level=0 if first else (block.level or 2) - 1 or 1)  # type: ignore[attr-defined]
        return
    style = None
    if block.kind is BlockKind.ITEM:
        name = "List Number" if block.marker else "List Bullet"
        style = name if (block.level or 1) == 1 else f"{name} {min(block.level or 1, 3)}"
    document.add_paragraph(block.text, style=style)  # type: ignore[attr-defined]


def typeset_pdf(source: Path, target: Path) -> None:
    """Write `source` (.md) as an A4 PDF with a running footer and page numbers."""
    from reportlab.lib.pagesizes import A4
    from reportlab.lib.styles import getSampleStyleSheet
    from reportlab.lib.units import mm
    from reportlab.platypus import SimpleDocTemplate

    blocks = read_markdown(source).blocks
    styles = getSampleStyleSheet()
    styles["BodyText"].leading = 14

    def foot(canvas: object, document: object) -> None:
        canvas.setFont("Helvetica", 8)  # type: ignore[attr-defined]
        canvas.drawString(20 * mm, 12 * mm, FOOTER)  # type: ignore[attr-defined]
        canvas.drawRightString(A4[0] - 20 * mm, 12 * mm, f"Page {document.page}")  # type: ignore[attr-defined]

    margins = {"leftMargin": 20 * mm, "rightMargin": 20 * mm, "topMargin": 20 * mm, "bottomMargin": 22 * mm}
    page = SimpleDocTemplate(str(target), pagesize=A4, title=blocks[0].text, author="", invariant=1, **margins)
    page.build(_flowables(blocks, styles), onFirstPage=foot, onLaterPages=foot)


def _flowables(blocks: tuple[Block, ...], styles: object) -> list[object]:
    from reportlab.lib import colors
    from reportlab.platypus import Paragraph, Spacer, Table, TableStyle

    made: list[object] = []
    for kind, group in groupby(blocks, key=lambda b: b.kind):
        run = list(group)
        if kind is BlockKind.ROW:
            cells = [[Paragraph(_escaped(c), styles["BodyText"]) for c in b.cells] for b in run]  # type: ignore[index]
            grid = TableStyle([("GRID", (0, 0), (-1, -1), 0.5, colors.grey), ("VALIGN", (0, 0), (-1, -1), "TOP")])
            made += [Table(cells, style=grid, hAlign="LEFT"), Spacer(1, 6)]
            continue
        for block in run:
            made.append(_pdf_paragraph(block, styles, first=block is blocks[0]))
    return made


def _pdf_paragraph(block: Block, styles: object, first: bool) -> object:
    from reportlab.lib.styles import ParagraphStyle
    from reportlab.platypus import Paragraph

    if block.kind is BlockKind.HEADING:
        name = "Title" if first else f"Heading{min(max((block.level or 2) - 1, 1), 4)}"
        return Paragraph(_escaped(block.text), styles[name])  # type: ignore[index]
    body = styles["BodyText"]  # type: ignore[index]
    if block.kind is not BlockKind.ITEM:
        return Paragraph(_escaped(block.text), body)
    indent = 18 * (block.level or 1)
    style = ParagraphStyle(f"item{block.level}", parent=body, leftIndent=indent, bulletIndent=indent - 12)
    return Paragraph(_escaped(block.text), style, bulletText=block.marker or "\u2022")


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def main(
    source: Annotated[Path, typer.Argument(help="A policy in Markdown.")],
    kind: Annotated[str, typer.Argument(help="pdf or docx")],
) -> None:
    """Typeset one policy."""
    target = source.with_suffix(f".{kind}")
    {"pdf": typeset_pdf, "docx": typeset_docx}[kind](source, target)
    typer.echo(str(target))


if __name__ == "__main__":
    typer.run(main)
