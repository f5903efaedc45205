"""Dates as policies write them."""

from __future__ import annotations

import pytest

from policybot.dates import find_dates


@pytest.mark.parametrize(
    ("text", "iso"),
    [
        ("5/7/2018", "2018-07-05"),
        ("28.02.22", "2022-02-28"),
        ("5th July 2018", "2018-07-05"),
        ("the 1st of March, 2021", "2021-03-01"),
        ("Sept 2021", "2021-09"),
        ("October 2024", "2024-10"),
        ("Spring 2020", "2020-04"),
        ("Autumn term 2022", "2022-12"),
        ("2023-10-20", "2023-10-20"),
        ("2023-10", "2023-10"),
    ],
)
def test_a_date_at_the_precision_given(text: str, iso: str) -> None:
    assert [value for value, _ in find_dates(f"Reviewed {text} by all")] == [iso]


def test_the_words_are_verbatim_and_in_reading_order() -> None:
    assert find_dates("From 1 May 2020 until 31/12/2021.") == [
        ("2020-05-01", "1 May 2020"),
        ("2021-12-31", "31/12/2021"),
    ]


@pytest.mark.parametrize(
    "text",
    ["31/02/2021", "32/01/2021", "5/13/2018", "2023-13-01", "Data Protection Act 1998", "31 June 2020", "", "12.5.1"],
)
def test_what_is_no_date_is_left_out(text: str) -> None:
    assert find_dates(text) == []
