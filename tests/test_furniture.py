"""Running headers and footers: told from the text by place and repetition."""

from __future__ import annotations

import pytest

from ingest.furniture import Strip, running, without_page_number

HEIGHT = 800.0


def strip(page: int, text: str, top: float) -> Strip:
    return Strip(page, text, top, top + 10, HEIGHT)


def page(number: int, header: str, body: str, footer: str) -> list[Strip]:
    return [strip(number, header, 30), strip(number, body, 70), strip(number, footer, 770)]


@pytest.mark.parametrize(
    ("text", "rest"),
    [
        ("Garden rules Page 3 of 12", "Garden rules"),
        ("Version 4 | page 2", "Version 4"),
        ("3 of 12", ""),
        ("- 7 -", ""),
        ("Version 4", "Version 4"),
        ("2 of the beds", "2 of the beds"),
    ],
)
def test_page_numbers_go_and_other_figures_stay(text: str, rest: str) -> None:
    assert without_page_number(text) == rest


def test_lines_that_repeat_at_one_place_are_furniture() -> None:
    pages = [page(n, "Garden rules", f"Rule {n} is this.", f"Version 4 Page {n} of 3") for n in (1, 2, 3)]

    found = running(pages)

    assert set(found) == {(p, i) for p in range(3) for i in (0, 2)}
    assert {found[p, 2] for p in range(3)} == {"Version 4"}


def test_a_bare_number_that_counts_with_the_pages_is_a_page_number() -> None:
    pages = [page(n, f"Garden rules {n + 2}", "Water daily.", "Edition 9") for n in (1, 2, 3)]

    found = running(pages)

    assert found[0, 0] == "Garden rules"
    assert found[0, 2] == "Edition 9"


def test_a_body_line_that_repeats_is_kept() -> None:
    """The same words, but not next to the edge: a line that is no furniture stands further out."""
    pages = [[strip(n, f"Chapter of the {n * 17}", 30), strip(n, "Water daily.", 70)] for n in (1, 2, 3)]

    assert running(pages) == {}


def test_the_same_words_elsewhere_on_the_page_are_kept() -> None:
    pages = [[strip(1, "Garden rules", 30)], [strip(2, "Garden rules", 90)], [strip(3, "Garden rules", 140)]]

    assert running(pages) == {}


def test_odd_and_even_pages_may_differ() -> None:
    pages = [page(n, "Garden rules" if n % 2 else "Village School", f"Rule {n}", "") for n in (1, 2, 3, 4)]

    found = running(pages)

    assert {found[p, 0] for p in (0, 2)} == {"Garden rules"}
    assert {found[p, 0] for p in (1, 3)} == {"Village School"}


def test_one_page_has_no_furniture_but_its_page_number() -> None:
    assert running([page(1, "Garden rules", "Water daily.", "Page 1 of 1")]) == {(0, 2): ""}
