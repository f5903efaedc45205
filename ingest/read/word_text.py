"""What the runs of a Word paragraph say: insertions kept, deletions gone, fields resolved."""

from __future__ import annotations

from collections.abc import Iterator

from docx.oxml.ns import qn
from docx.oxml.xmlchemy import BaseOxmlElement as Element

COMPATIBLE = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
_GONE = {
    qn("w:del"), qn("w:moveFrom"), qn("w:pPr"), qn("w:rPr"), qn("w:txbxContent"), qn("w:instrText"),
    qn("w:delText"), qn("w:delInstrText"), qn("w:footnoteReference"), f"{COMPATIBLE}Fallback",
}  # fmt: skip
"""Elements whose text is no part of the paragraph as it reads today."""
_LETTERS = {qn("w:tab"): "\t", qn("w:cr"): "\n", qn("w:noBreakHyphen"): "-", qn("w:softHyphen"): "", qn("w:ptab"): "\t"}
_COUNTERS = ("PAGE", "NUMPAGES", "SECTIONPAGES")


def paragraph_text(paragraph: Element) -> str:
    """The text of a w:p, tabs as '\\t' and line breaks as '\\n'; a field that counts
    pages says '1', as its own result is only what it was when last printed."""
    return "".join(_pieces(paragraph))


def _pieces(paragraph: Element) -> Iterator[str]:
    fields = _Fields()
    for element in _walk(paragraph):
        if element.tag == qn("w:fldChar"):
            yield fields.turn(element.get(qn("w:fldCharType")))
        elif element.tag == qn("w:instrText"):
            fields.named(element.text or "")
        elif fields.silent:
            continue
        elif element.tag == qn("w:t"):
            yield element.text or ""
        elif element.tag == qn("w:br"):
            yield "\n" if element.get(qn("w:type")) in (None, "textWrapping") else ""
        elif element.tag in _LETTERS:
            yield _LETTERS[element.tag]


def _walk(element: Element) -> Iterator[Element]:
    """Descendants in order, less what is not text of the paragraph."""
    for child in element:
        if child.tag == qn("w:instrText"):
            yield child
        elif child.tag == qn("w:fldSimple") and _counts_pages(child.get(qn("w:instr")) or ""):
            yield _one()
        elif child.tag not in _GONE and not _is_hidden(child):
            yield child
            yield from _walk(child)


def _one() -> Element:
    from docx.oxml.parser import OxmlElement

    text = OxmlElement("w:t")
    text.text = "1"
    return text


def _is_hidden(element: Element) -> bool:
    if element.tag != qn("w:r"):
        return False
    vanish = element.find(f"{qn('w:rPr')}/{qn('w:vanish')}")
    return vanish is not None and vanish.get(qn("w:val")) not in ("0", "false")


def _counts_pages(instruction: str) -> bool:
    return instruction.split()[:1] != [] and instruction.split()[0].upper() in _COUNTERS


class _Fields:
    """Which part of which field (begin, instruction, result, end) the walk is in."""

    def __init__(self) -> None:
        self._open: list[str] = []
        self._in_result: list[bool] = []

    @property
    def silent(self) -> bool:
        """In an instruction, or in the result of a field that counts pages."""
        return any(not shown or _counts_pages(name) for name, shown in zip(self._open, self._in_result, strict=True))

    def named(self, instruction: str) -> None:
        if self._open and not self._in_result[-1]:
            self._open[-1] += instruction

    def turn(self, kind: str | None) -> str:
        """Follows a field character; what to print there ('1' at a page counter's end)."""
        if kind == "begin":
            self._open.append("")
            self._in_result.append(False)
        elif kind == "separate" and self._open:
            self._in_result[-1] = True
        elif kind == "end" and self._open:
            self._in_result.pop()
            return "1" if _counts_pages(self._open.pop()) else ""
        return ""


def is_bold(paragraph: Element, style_bold: bool) -> bool:
    """Whether every run with a letter or figure in it is bold. `style_bold`: what the
    paragraph's style says of runs that say nothing."""
    spoken = 0
    for run in paragraph.iter(qn("w:r")):
        if not any(c.isalnum() for t in run.iter(qn("w:t")) for c in t.text or ""):
            continue
        spoken += 1
        mark = run.find(f"{qn('w:rPr')}/{qn('w:b')}")
        bold = style_bold if mark is None else mark.get(qn("w:val")) not in ("0", "false")
        if not bold:
            return False
    return spoken > 0
