"""Page layout undone: torn sentences, running headers and footers, a title given twice."""

from __future__ import annotations

from ingest.arrange import arrange
from ingest.document import Block, BlockKind


def paragraph(text: str, page: int | None = None) -> Block:
    return Block(BlockKind.PARAGRAPH, text, page=page)


def item(text: str) -> Block:
    return Block(BlockKind.ITEM, text, level=1)


def kept(*blocks: Block) -> list[str]:
    """Texts that are not furniture once arranged."""
    return [b.text for b in arrange(blocks) if b.kind is not BlockKind.FURNITURE]


def test_a_sentence_torn_by_a_page_end_is_whole_again_across_the_footer() -> None:
    torn = paragraph("Staff who look after the tablets should make", page=1)
    footer = Block(BlockKind.FURNITURE, "Acme", page=1)
    rest = paragraph("sure that they are locked away.", page=2)
    assert kept(torn, footer, rest) == ["Staff who look after the tablets should make sure that they are locked away."]


def test_a_torn_bullet_is_joined_too_and_a_whole_one_is_not() -> None:
    assert kept(item("Keep the keys of the cupboard"), paragraph("in the office.")) == [
        "Keep the keys of the cupboard in the office."
    ]
    assert len(kept(item("Keep the keys of the cupboard safe."), paragraph("in the office."))) == 2


def test_a_footer_on_every_page_is_furniture_whatever_its_number() -> None:
    texts = ["Phones stay in lockers.", "Tablets stay in class.", "Cameras stay at home."]
    blocks = [b for n, text in enumerate(texts, 1) for b in (paragraph(text, n), paragraph(f"Acme Page {n} of 3", n))]
    assert kept(*blocks) == texts


def test_on_a_single_page_the_footer_is_known_by_its_own_number() -> None:
    assert kept(paragraph("Phones stay here.", 1), paragraph("Acme Page 1", 1), paragraph("See page 4", 1)) == [
        "Phones stay here.",
        "See page 4",
    ]


def test_a_dated_footer_is_kept_once_at_the_end() -> None:
    blocks = [b for n in (1, 2) for b in (paragraph(f"Rule {n} is this."), paragraph(f"Date: May 2022 Page {n}"))]
    assert kept(*blocks) == ["Rule 1 is this.", "Rule 2 is this.", "Date: May 2022"]


def test_a_dated_footer_that_the_text_repeats_adds_nothing() -> None:
    blocks = [b for n in (1, 2) for b in (paragraph(f"Rule {n} is this."), paragraph(f"Date: May 2022 Page {n}"))]
    assert kept(paragraph("Date: May 2022, agreed by all"), *blocks).count("Date: May 2022") == 0


def test_without_pages_a_heading_that_comes_back_is_no_footer() -> None:
    blocks = [
        b
        for name in ("Phones", "Tablets", "Cameras")
        for b in (paragraph(name), paragraph("Staff:"), paragraph(f"Lock {name} away."))
    ]
    assert kept(*blocks).count("Staff:") == 3


def test_without_pages_the_title_that_comes_back_is_a_header() -> None:
    title = paragraph("Acme Phone Policy")
    assert kept(title, paragraph("One rule."), title, paragraph("Two rules."), title) == ["One rule.", "Two rules."]


def test_a_bullet_or_row_that_comes_back_is_text() -> None:
    same = item("Tell the manager")
    assert kept(same, same, same) == ["Tell the manager"] * 3


def test_a_title_given_twice_is_given_once() -> None:
    heading = Block(BlockKind.HEADING, "Phones 2023 POLICY", level=1, marked=True)
    assert kept(heading, paragraph("Phones"), paragraph("2023 POLICY"), paragraph("All staff are bound by it.")) == [
        "Phones",
        "2023 POLICY",
        "All staff are bound by it.",
    ]


def test_nothing_is_lost_but_blank_blocks() -> None:
    blocks = (paragraph("One."), paragraph("  "), paragraph("Two."))
    assert [b.text for b in arrange(blocks)] == ["One.", "Two."]
