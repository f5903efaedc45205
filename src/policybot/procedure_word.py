"""A procedure as a Word file: to print, to pin up, to hand to somebody."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from io import BytesIO

from docx import Document
from docx.document import Document as WordDocument
from docx.oxml.ns import qn
from docx.shared import Pt

from policybot.currency import spoken
from policybot.procedures import Card, Section, Step, force_words
from policybot.records import Contact, Organisation
from policybot.share_sheet import LONGEST_FACT, writable


@dataclass(frozen=True, slots=True)
class Letterhead:
    """What stands at the top and foot: whose it is, whom to tell first, and as of when."""

    organisation: Organisation
    safeguarding: tuple[Contact, ...]
    today: date


def procedure_word(title: str, parts: Sequence[tuple[str, Card]], head: Letterhead) -> bytes:
    """A .docx: `title`, the safeguarding contact, then each part (heading or '', card). Every step's words are the clause's.

    What no file can hold is marked; the title among the file's properties is cut where it is too long for them.
    """
    document = Document()
    _language(document)
    document.core_properties.title = writable(title)[:LONGEST_FACT]
    document.core_properties.author = writable(head.organisation.name)[:LONGEST_FACT]
    document.add_heading(writable(title), 0)
    document.add_paragraph(writable(head.organisation.name))
    for who in head.safeguarding:
        _safeguarding(document, who)
    for heading, card in parts:
        if heading and card.steps:
            document.add_heading(writable(heading), 1)
        for section in card.sections:
            _section(document, section)
    whose = writable(head.organisation.name)
    document.add_paragraph(f"Word for word from the policies of {whose}, {spoken(head.today.isoformat())}.")
    out = BytesIO()
    document.save(out)
    return out.getvalue()


def _language(document: WordDocument) -> None:
    """British English, for spelling and for screen readers."""
    style = document.styles["Normal"]
    style.font.size = Pt(11)
    language = style.element.get_or_add_rPr().makeelement(qn("w:lang"), {qn("w:val"): "en-GB"})
    style.element.rPr.append(language)


def _safeguarding(document: WordDocument, who: Contact) -> None:
    ways = ", ".join(w for w in (who.phone, who.email) if w)
    line = document.add_paragraph()
    line.add_run(writable(f"Worried about somebody? Tell {who.who} first.")).bold = True
    if ways:
        line.add_run(writable(f" {ways}"))


def _section(document: WordDocument, section: Section) -> None:
    if section.heading:
        document.add_heading(writable(section.heading), 2)
    if section.stem:
        document.add_paragraph(writable(section.stem))
    for step in section.steps:
        _step(document, step, section)


def _step(document: WordDocument, step: Step, section: Section) -> None:
    line = document.add_paragraph()
    line.paragraph_format.keep_together = True
    line.add_run(f"{step.number}. {', '.join(force_words(step))}: ").bold = True
    line.add_run(writable(step.clause.text))
    page = f", page {step.clause.page}" if step.clause.page else ""
    where = line.add_run(writable(f"\n{section.policy.title}: {step.clause.label}{page}"))
    where.italic = True
    where.font.size = Pt(9)
