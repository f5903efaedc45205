"""Staff's words and the policies' words for them (data/lexicon.toml)."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files


@dataclass(frozen=True, slots=True)
class Lexicon:
    """Two maps, lower case: `words` to the words a policy would use, `platforms` to what a
    policy calls such a thing; and one pattern that finds either as whole words."""

    words: dict[str, str]
    platforms: dict[str, str]
    pattern: re.Pattern[str]

    @classmethod
    @lru_cache(maxsize=1)
    def open(cls) -> Lexicon:
        """The lexicon that ships with the package."""
        raw = tomllib.loads(files("policybot").joinpath("data/lexicon.toml").read_text(encoding="utf-8"))
        platforms = {name: kind for kind, names in raw["platforms"].items() for name in names}
        # Longest first, so that "work laptop" is not read as "laptop".
        terms = sorted({*raw["words"], *platforms}, key=len, reverse=True)
        pattern = re.compile(rf"(?<![\w@'’])(?:{'|'.join(map(re.escape, terms))})(?![\w])", re.I)
        return cls(raw["words"], platforms, pattern)

    def found(self, text: str) -> tuple[str, ...]:
        """The terms that occur in `text`, as typed, in order, each once."""
        seen: dict[str, str] = {}
        for match in self.pattern.finditer(text):
            term = match.group(0)
            if term.lower() == "x" and not _platform_x(text, match.start()):
                continue
            seen.setdefault(term.lower(), term)
        return tuple(seen.values())

    def platforms_in(self, text: str) -> tuple[tuple[str, str], ...]:
        """Pairs of (what was typed, what a policy calls it) for the platforms in `text`."""
        return tuple((t, self.platforms[t.lower()]) for t in self.found(text) if t.lower() in self.platforms)

    def expand(self, text: str) -> str:
        """`text` with the policy's words added at its end; unchanged when there are none."""
        present = {w.lower() for w in re.findall(r"\w+", text)}
        added: dict[str, None] = {}
        for term in self.found(text):
            key = term.lower()
            for word in (self.words.get(key) or self.platforms[key]).split():
                if word.lower() not in present:
                    added[word] = None
        return f"{text} ({' '.join(added)})" if added else text


def _platform_x(text: str, at: int) -> bool:
    """Whether the lone letter at `at` is the platform: a capital after "on", "to" or a comma, or before "account"."""
    if text[at] != "X":
        return False
    return bool(
        re.search(r"(?:\b(?:on|to|onto|via|use|using|my|our|own|or|and|from|called)|,|^)\s*$", text[:at])
    ) or bool(re.match(r"X\b,? (?:account|handle|page|post|feed|profile|and|or)\b", text[at:]))
