"""What the shape of a line says: title, detail line, lead-in, sentence.

Formats disagree about marks (the same policy has a heading as Word style in one file and
as a bare line in another), so shape decides wherever it can, and marks where it cannot.
"""

# ruff: noqa: E501
from __future__ import annotations

import re

NUMBERED = re.compile(
    r"^(?P<number>\d{1,2}(?:\.\d{1,2})*|(?:Appendix|Annexe?|Schedule|Section|Part)\s+(?:\d{1,2}|[A-Z]|[IVX]{1,4}))"
    r"(?P<mark>[.):]*)\s+(?P<title>\S.*)$",
    re.I,
)
APPENDIX = re.compile(r"^(?:Appendix|Annexe?|Schedule)\s+(?:\d{1,2}|[A-Z]|[IVX]{1,4})\b", re.I)
MODALS = re.compile(r"\b(?:must|shall|should|will|would|may|can|cannot|could|needs? to)\b", re.I)
VERBS = re.compile(
    r"\b(?:is|are|was|were|be|been|has|have|had|do|does|includes?|applies|apply|means?|covers?|include|"
    r"agree|agrees|ensure|ensures|following|expected|advised|encouraged|required|responsible)\b",
    re.I,
)
DANGLING = re.compile(
    r"\b(?:to|by|of|the|a|an|and|or|for|with|in|on|that|from|if|as|will|must|should|may|are|is|not)$", re.I
)
DETAIL_KEY = re.compile(
    r"^(?:signed|signature|print\s+name|name|author|version|date|review|reviewed|next\s+review|approved|approval|prepared|"
    r"issued?|effective|owner|policy\s+(?:owner|agreed|reference|number|to\s+be|lead|status|date|title)|status|reference|ref|ratified|adopted|agreed|"
    r"responsible|document|last|produced|written|updated|position|role|chair|to\s+be\s+(?:reviewed|revised))\b",
    re.I,
)
KEY_VALUE = re.compile(r"^(?P<key>[A-Z][\w/&'’(). -]{1,45}?)\s*[:\t]\s*(?P<value>.*)$")
MONTHS = "jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?"
SEASONS = "spring|summer|autumn|winter"
DATE = re.compile(
    rf"\b(?:\d{{1,2}}[/.-]\d{{1,2}}[/.-]\d{{2,4}}|(?:\d{{1,2}}(?:st|nd|rd|th)?\s+)?(?:{MONTHS}),?\s+\d{{4}}|"
    rf"(?:{SEASONS})(?:\s+term)?\s+\d{{4}}|\d{{4}}-\d{{2}}(?:-\d{{2}})?)\b",
    re.I,
)
BARE_VERSION = re.compile(
    rf"^(?:version|v|issue|revision)\.?\s*\d+(?:\.\d+)*(?:\W+(?:(?:of|dated)\s+)?{DATE.pattern})?\W*$", re.I
)
CONTENTS = re.compile(r"^(?:table of )?contents(?: page)?:?$", re.I)
DOTTED = re.compile(r"(?:\.{3,}|…|(?:\. ){3,})\s*\d*$")
"""A line of a contents table: leaders, then a page number."""
ASKING = re.compile(r"(?:what|who|how|why|things)\b", re.I)
"""A title may open so and have a modal: 'What you may do'."""
PAGE_NUMBER = re.compile(r"\b(?:page\s+)?\d+\s*(?:of|/)\s*\d+\b|\bpage\s+\d+\b", re.I)
TERMINAL = re.compile(r"[.!?;:…][\"'’”)\]]*$")
DETAIL_LIMIT = 110
"""Longest detail line, in characters: longer ones are prose."""


def words(text: str) -> list[str]:
    """The words of a line: letters, digits, apostrophes."""
    return re.findall(r"[^\W_]+(?:['’-][^\W_]+)*", text)


def has_modal(text: str) -> bool:
    """Whether a modal verb stands in the line; the month in 'May 2018' is none."""
    return bool(MODALS.search(DATE.sub("", text)))


def ends_sentence(text: str) -> bool:
    """Whether the line ends the way a sentence or a lead-in does."""
    return bool(TERMINAL.search(text))


def is_sentence(text: str) -> bool:
    """Prose rather than a title: ends with a full stop, or carries a modal and some length."""
    count = len(words(text))
    if re.search(r"[.;,][\"'’”)]*$", text) and count > 3:
        return True
    return (count > 4 and has_modal(text)) or count > 22 or text[:1].islower()


def is_lead_in(text: str) -> bool:
    """A line that introduces a list: 'Users must not use it to:', 'ICT support will'.

    A short noun phrase with a colon ('Head of Centre and Managers:') is a heading, not a lead-in.
    """
    bare = text.rstrip(" :–-")
    if DANGLING.search(bare):
        return True
    if not text.rstrip().endswith(":"):
        return False
    return bool(has_modal(bare) or VERBS.search(bare)) or len(words(bare)) > 7


def is_title_line(text: str) -> bool:
    """Whether a line could be a heading by its looks alone (no marks known)."""
    numbered = NUMBERED.match(text)
    body = numbered["title"] if numbered else text
    count = len(words(body))
    limit = 25 if APPENDIX.match(text) else 14 if numbered else 10
    if not 1 <= count <= limit or not (body[:1].isupper() or (body[:1] in "‘'\"“" and body[1:2].isupper())):
        return False
    if text.startswith("(") or "\t" in text or is_lead_in(text):
        return False
    if APPENDIX.match(text):
        return True
    return not re.search(r"[.;,!]$", body) and (body.endswith("?") or bool(ASKING.match(body)) or not has_modal(body))


def is_detail_line(text: str) -> bool:
    """'Review Date: Oct 2024', 'Approved by Governors', 'Oct 2023', 'Version 4', 'Signed: ____'."""
    if not text or len(text) > DETAIL_LIMIT:
        return False
    if BARE_VERSION.match(text) or (DATE.fullmatch(text.strip(" .")) is not None):
        return True
    pair = KEY_VALUE.match(text)
    if pair and DETAIL_KEY.match(pair["key"]) and len(words(pair["key"])) <= 6 and not is_lead_in(text):
        return True
    if has_modal(text):
        return False
    dated = bool(DATE.search(text)) and bool(
        re.search(r"review|approv|agreed|adopted|ratified|issued|effective|revised", text, re.I)
    )
    return dated or (bool(DETAIL_KEY.match(text)) and text.rstrip().endswith((":", "_")) and len(words(text)) <= 5)


def says_version_or_date(text: str) -> bool:
    """Whether a running header or footer carries a fact worth keeping as a clause."""
    return bool(DATE.search(text) or re.search(r"\bversion\b|\bv\d+(\.\d+)*\b|\brevis|\breview", text, re.I))


def slug(text: str, limit: int = 8) -> str:
    """The first `limit` words of a heading as an id: lower case, hyphens; 'section' when nothing is left."""
    pieces = re.findall(r"[a-z0-9]+", re.sub(r"['’]", "", text.lower()))
    return "-".join(pieces[:limit]) or "section"
