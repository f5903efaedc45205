"""Tokens and price, by hand."""

from __future__ import annotations

import pytest

from eval.costs import Rates, Tokens, price, total


def test_by_hand():
    # 2,000 read at 3 and 500 written at 15 a million: .006 + .0075
    assert price(Tokens(2000, 500), Rates(3, 15)) == pytest.approx(0.0135)
    assert price(Tokens(), Rates(3, 15)) == 0
    assert total([Tokens(1, 2), Tokens(3, 4)]) == Tokens(4, 6)
    assert total([]) == Tokens(0, 0)
    assert Tokens(4, 6).all == 10


def test_nothing_is_negative():
    with pytest.raises(ValueError, match="from 0"):
        Tokens(-1, 0)
    with pytest.raises(ValueError, match="not negative"):
        Rates(1, -1)
