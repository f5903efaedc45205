"""What answers take of a chat model: tokens and price. Composed answers take none."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

MILLION = 1_000_000


@dataclass(frozen=True, slots=True)
class Tokens:
    """Tokens of one answer or of many: `read` by the model (the prompt), `written` by it."""

    read: int = 0
    written: int = 0

    def __post_init__(self) -> None:
        if self.read < 0 or self.written < 0:
            raise ValueError(f"tokens are counted from 0, got {self.read} and {self.written}")

    @property
    def all(self) -> int:
        """Read and written together."""
        return self.read + self.written


@dataclass(frozen=True, slots=True)
class Rates:
    """What a provider asks for a million tokens, in one currency throughout."""

    read: float
    written: float

    def __post_init__(self) -> None:
        if self.read < 0 or self.written < 0:
            raise ValueError(f"a rate is not negative, got {self.read} and {self.written}")


def total(tokens: Iterable[Tokens]) -> Tokens:
    """All of them together; Tokens(0, 0) of nothing."""
    held = tuple(tokens)
    return Tokens(sum(t.read for t in held), sum(t.written for t in held))


def price(tokens: Tokens, rates: Rates) -> float:
    """(read · rate of reading + written · rate of writing) / 10⁶, at least 0, in the currency of the rates.

    Source: how providers bill, for example the price lists of OpenAI and Anthropic (per million tokens).
    """
    return (tokens.read * rates.read + tokens.written * rates.written) / MILLION
