"""Where a message names a person.

By form, not by a model: titles, first names out of a list, and what stands around a word
(`my colleague X`, `X's mum`). A word that is no name elsewhere (Mark, Will, May) is one only
where the words around it say so. It errs towards finding: a name too many costs a word's
meaning, a name too few leaves the building.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

from policybot.names import PLATFORMS

Span = tuple[int, int]
"""Half-open range of characters `[start, end)` of a message."""

PERSON = (
    r"(?:boy|girl|child|kid|baby|toddler|pupil|student|learner|apprentice|trainee|parent|carer|mum|mam|mother|dad|father|brother|sister|"
    r"son|daughter|nan|gran|uncle|aunt|auntie|cousin|husband|wife|partner|boyfriend|girlfriend|ex|friend|mate|neighbour|colleague|"
    r"co-?worker|manager|boss|supervisor|teacher|TA|assistant|head ?teacher|head|deputy|lead|caretaker|nurse|cook|receptionist|volunteer|"
    r"governor|director|lad|lass|man|woman|lady|guy|person|someone|somebody|employee|practitioner|childminder|tutor|coach|"
    r"member of staff|staff member)"
)
_KIN = (
    r"(?:mum|mam|mother|dad|father|parents?|brother|sister|son|daughter|nan|gran|grandad|grandma|uncle|aunt|auntie|carer|family|husband|wife|partner|"
    r"phone|face|birthday|picture|photos?|account|behaviour|surname|house)\b"
)
_BEFORE = re.compile(
    rf"(?:\b{PERSON}(?:,? (?:is |was |who is )?(?:called|named) |[,:]? |,? \(|['’]s name(?: is|['’]s)? )"
    r"|\b(?:my|his|her|their) name(?: is|['’]s) |\b(?:I am|I['’]m|[Ii]t['’]s|[Tt]his is) "
    r"|\b(?:tell|told|ask|asked|email|emailed|texted|messaged|phoned|rang|met|thank) "
    r"|(?:\b[Tt]hanks|\b[Rr]egards|\b[Cc]heers|\b[Bb]est|\b[Ww]ishes|\b[Ss]incerely|\b[Ff]aithfully|\bfrom:|\b[Dd]ear|\b[Hh]i|\b[Hh]ello),?\s+)$"
)
_CALLED = re.compile(rf"\b(?:{PERSON}|people|(?:hi[sm]|her|their|the)) (?:is |was |who is )?(?:called|named) $", re.I)
_PERSON_BEFORE = re.compile(rf"\b{PERSON},? $", re.I)
_AFTER = re.compile(
    rf"(?:['’]s? {_KIN}| (?:in|from) (?:Year|Reception|HR\b|my|our|class|\d+[A-Z]?\b)"
    rf"|, (?:our|my|the|a|an) (?:new |old )?{PERSON}\b|,? \((?:aged )?\d"
    r"| (?:said|says|told|tells|asked|asks|wants|wanted|posted|has posted|sent|texted|messaged|showed|wrote|thinks|has won|has left|keeps|"
    r"likes|liked|needs|refuses)\b)"
)
_PLACE = re.compile(
    r"(?:\b(?:a|an|the|this|that|these|our|my|your|their|his|her|its|each|every|no|any|some|all|new|on|in|at|via|using|use|used|into|"
    r"onto|from|near|open|own|through|called|named|level|plain|white|green|book|bible|like|learn|speak|study|teach|wear|play|playing)"
    r"|[/&(\d:\"'“‘]) ?$",
    re.I,
)
"""Before a thing or a place rather than a person: `on Vinted`, `my Fiesta`, `in Leeds`."""
_THING = re.compile(
    r"(?:['’]s?)? (?:app|apps|account|accounts|group|groups|page|pages|site|website|login|password|policy|policies|software|system|card|"
    r"list|form|forms|course|training|guns?|and [A-Z]|or [A-Z]|[A-Z]|guidance|rules|test|exam|exams|centre|shift|wifi|tablet|phones?|"
    r"lessons?)"
)
_FROM = re.compile(r" from (?:the|hr|it|site|year|reception|my|our|accounts)\b", re.I)
_ARTICLE = re.compile(r"\b(?:a|an|the|this|our|my|your|each|every|no|any) $", re.I)
_KIND_OF_PERSON = re.compile(rf"(?:\w+-)?{PERSON}(?:s|ren)?", re.I)
_SAINT = re.compile(r"\b(?:St|Saint)\.? $")
_GROUP = re.compile(r" (?:class|room|group|house|team|period|bank|fair|term|day|week)\b", re.I)
_BUILDING = re.compile(
    r"(?:['’]s)? (?:School|Academy|College|Nursery|Trust|Council|Parish|Primary|Awards?|Foundation|Charity|Centre|Hospital|Street|Road|Rd|"
    r"Lane|Avenue|House|Hall|Park|Church|University|Policy|Act|Law)\b"
)
_MONTHS = frozenset({"may", "april", "june", "august", "summer", "autumn", "spring"})
_DATED = re.compile(r"(?:\b(?:in|by|until|till|since|of|early|late|mid|next|last|this|before|after)|\d(?:st|nd|rd|th)?) $", re.I)
_SURE_TITLES = frozenset({"mr", "mrs", "ms", "mx"})
_TITLES = frozenset({"miss", "dr", "sir", "dame", "prof", "professor", "rev", "lord", "lady"})
_WORD = re.compile(r"(?<!\w)[^\W\d_]+(?:['’](?!s\b)[^\W\d_]+|-[^\W\d_]+)*(?!\w)")
_OPENS = re.compile(r"(?:^|[.!?:;>]['\"’”)]*\s+|\n\s*|^\W+)$")
_CONTRACTED = frozenset({"d", "ll", "m", "re", "t", "ve", "s"})
_REACH = 60
"""Characters before a word in which a cue is looked for; a longer look would make long messages slow."""
_SHOUT = 0.7
"""Share of capitals from which a message's capitals say nothing."""


@dataclass(frozen=True, slots=True)
class Lists:
    """The words of data/people.toml, lower case; `institutional` with the platforms."""

    first_names: frozenset[str]
    also_words: frozenset[str]
    family_names: frozenset[str]
    institutional: frozenset[str]
    openers: frozenset[str]

    @classmethod
    @lru_cache(maxsize=1)
    def open(cls) -> Lists:
        """The lists that ship with the package."""
        raw = tomllib.loads(files("policybot").joinpath("data/people.toml").read_text(encoding="utf-8"))
        lists = {name: frozenset(words.split()) for name, words in raw.items()}
        platforms = frozenset(name.lower() for name in PLATFORMS if " " not in name)
        return cls(**{**lists, "institutional": lists["institutional"] | platforms})


@dataclass(frozen=True, slots=True)
class _Word:
    """A word of a message: what it is, where it stands, whether it opens a sentence, whether it may be part of a name."""

    text: str
    start: int
    end: int
    opens: bool
    free: bool

    @property
    def low(self) -> str:
        return self.text.lower().replace("’", "'")

    @property
    def stem(self) -> str:
        """`she` of She'd; the whole of O'Donnell and D'Angelo."""
        head, _, tail = self.low.partition("'")
        return head if tail in _CONTRACTED else self.low


class _Reading:
    """One message, its words read in order. `taken` are spans in which nobody's name is looked for."""

    def __init__(self, text: str, taken: Sequence[Span]) -> None:
        self.text, self.lists = text, Lists.open()
        letters = [c for c in text if c.isalpha()]
        self.shouts = len(letters) > 11 and sum(map(str.isupper, letters)) > _SHOUT * len(letters)
        self.words = [self._word(m, taken) for m in _WORD.finditer(text)]

    def _word(self, match: re.Match[str], taken: Sequence[Span]) -> _Word:
        start, end = match.span()
        free = not any(start < t_end and t_start < end for t_start, t_end in taken)
        free = free and match.group().lower() not in self.lists.institutional
        return _Word(match.group(), start, end, bool(_OPENS.search(self.text[max(0, start - _REACH) : start])), free)

    def names(self) -> Iterator[Span]:
        """Spans of names, in order, none overlapping."""
        at = 0
        while at < len(self.words):
            found = self._titled(at) or self._capitals(at) or self._small(at)
            if found is not None:
                yield self.words[found[0]].start, self.words[found[1] - 1].end
            at = max(at + 1, found[1] if found else 0)

    def _before(self, word: _Word) -> str:
        """What stands before `word`, as far as a cue may reach."""
        return self.text[max(0, word.start - _REACH) : word.start]

    # -- the three ways in which a name is written: each gives words [first, last) or None

    def _titled(self, at: int) -> Span | None:
        """`Mrs Patel`, `mr jones`, `Sir Alan Ffoulkes`: the name alone."""
        low, after = self.words[at].low, at + 1
        if low not in _SURE_TITLES | _TITLES or after >= len(self.words) or not self._adjacent(at, r"\.?[ \t]+"):
            return None
        end = self._run_end(after, titled=True)
        if end > after:
            return (after, end) if low in _SURE_TITLES or self.words[at].text[0].isupper() else None
        word, before = self.words[after], self._before(self.words[at])
        sure = low in _SURE_TITLES or (low == "dr" and not _ARTICLE.search(before))
        known = word.low in self.lists.family_names | self.lists.first_names
        plain = word.free and word.low not in self.lists.openers and len(word.low) > 2
        return (after, after + 1) if plain and (known or (sure and not self.shouts)) else None

    def _capitals(self, at: int) -> Span | None:
        """A row of words with a capital: `Maya Okafor`, `Harpreet Kaur Gill`, `Sarah`."""
        end = self._run_end(at)
        start = at + 1 if end - at > 1 and self._is_opener(at) else at
        if end <= start or not self._may_be_person(start, end):
            return None
        word = self.words[start]
        if word.low in self.lists.first_names:
            return start, end
        if end - start > 1:
            named = self.words[end - 1].low in self.lists.family_names or word.low in self.lists.also_words
            return (start, end) if named or not _ARTICLE.search(self._before(word)) else None
        return (start, end) if self._cued(start) or self._stands_as_name(start) or self._in_slot(start) else None

    def _small(self, at: int) -> Span | None:
        """A name in small letters, or in a message all in capitals: `dan`, `siobhan jones`, `a mum called shaz`."""
        word, end = self.words[at], at + 1
        if not word.free or (word.text[0].isupper() and not self.shouts and word.text != word.text.upper()):
            return None
        listed = word.low in self.lists.first_names and len(word.low) > 2
        if not (listed or self._called(word) or self._cued_small(word)):
            return None
        while end < len(self.words) and self._adjacent(end - 1) and self._is_family_name(self.words[end]):
            end += 1
        return at, end

    # -- what a word and its neighbours say

    def _run_end(self, at: int, titled: bool = False) -> int:
        """One past the last word of the row of name-like words that begins at `at`; `at` when there is none."""
        end = at
        while end < len(self.words) and (end == at or self._adjacent(end - 1)) and self._namelike(end, inside=titled or end > at):
            end += 1
        return end

    def _namelike(self, at: int, inside: bool) -> bool:
        word, lists = self.words[at], self.lists
        if not word.free or self.shouts or not word.text[0].isupper():
            return False
        if len(word.text) == 1:
            return inside and word.text != "I"
        if word.text.isupper() and word.low not in lists.first_names and not (inside and self.words[at - 1].text.isupper()):
            return False
        return word.stem not in lists.openers or word.low in lists.also_words

    def _is_opener(self, at: int) -> bool:
        """Whether the first word of a row only begins the sentence: `Contact Sarah`, `Will Priya`."""
        word, after = self.words[at], self.words[at + 1]
        named = after.low in self.lists.first_names or (word.low in self.lists.openers and after.low in self.lists.also_words)
        return named and word.opens and word.low not in self.lists.first_names

    def _may_be_person(self, start: int, end: int) -> bool:
        """Not `St Mary`, not `Jack Petchey Foundation`."""
        return not _SAINT.search(self._before(self.words[start])) and not _BUILDING.match(self.text, self.words[end - 1].end)

    def _cued(self, at: int) -> bool:
        """Whether the words around a single capitalised word say that it is a person."""
        word = self.words[at]
        if self._is_month(word) or _KIND_OF_PERSON.fullmatch(word.low):
            return bool(_CALLED.search(self._before(word)))
        return bool(_BEFORE.search(self._before(word)) or _AFTER.match(self.text, word.end))

    def _is_month(self, word: _Word) -> bool:
        """Whether `word` is a month or a season unless somebody is called so."""
        return word.low in _MONTHS or (word.low == "jan" and _DATED.search(self._before(word)) is not None)

    def _stands_as_name(self, at: int) -> bool:
        """Whether Rose or Mark is a person because nothing but a name has a capital there."""
        word = self.words[at]
        if word.low not in self.lists.also_words or self._is_month(word) or word.opens:
            return False
        return not _ARTICLE.search(self._before(word)) and not _GROUP.match(self.text, word.end)

    def _in_slot(self, at: int) -> bool:
        """Whether an unknown word with a capital stands where a person might: `a picture of Zubayda`, not `on Vinted`."""
        word = self.words[at]
        if word.opens or word.low in self.lists.also_words or self._is_month(word) or _KIND_OF_PERSON.fullmatch(word.low):
            return False
        if at and self.words[at - 1].text[0].isupper() and not self.words[at - 1].free and self._adjacent(at - 1):
            return False
        mixed = re.fullmatch(r"\w[^\WA-Z]+(?:[-'’]\w+)?", word.text) is not None
        return mixed and not _PLACE.search(self._before(word)) and not _THING.match(self.text, word.end)

    def _is_family_name(self, word: _Word) -> bool:
        return word.free and word.low in self.lists.family_names

    def _called(self, word: _Word) -> bool:
        """`a boy called x`, whatever x is; not `called me`."""
        plain = word.low not in self.lists.openers and not re.fullmatch(r"names?|home|back|police|social", word.low)
        return plain and bool(_CALLED.search(self._before(word)))

    def _cued_small(self, word: _Word) -> bool:
        """`my colleague mark`, `can mark from the site team`."""
        if word.low not in self.lists.also_words or word.low in self.lists.openers | _MONTHS:
            return False
        mine = re.search(r"\b(?:my|our|his|her) [\w-]+,? $", self._before(word), re.I)
        return bool((mine and _PERSON_BEFORE.search(self._before(word))) or _FROM.match(self.text, word.end))

    def _adjacent(self, at: int, gap: str = r"(?:(?<=\b\w)\.)?[ \t]+") -> bool:
        """Whether only a space (or an initial's stop) lies between the word at `at` and the next."""
        return re.fullmatch(gap, self.text[self.words[at].end : self.words[at + 1].start]) is not None


def people_in(texts: Sequence[str], taken: Sequence[Sequence[Span]]) -> list[list[Span]]:
    """Spans of names of people in each text, in order, none overlapping each other or that text's `taken`.

    A name found in one text is found in the others too, where it stands alone. [] for a text that names nobody.
    """
    readings = [_Reading(text, spans) for text, spans in zip(texts, taken, strict=True)]
    found = [list(reading.names()) for reading in readings]
    parts = {p for reading, spans in zip(readings, found, strict=True) for span in spans for p in _telling_parts(reading, span)}
    return [sorted({*spans, *_again(reading, spans, parts)}) for reading, spans in zip(readings, found, strict=True)]


def _telling_parts(reading: _Reading, span: Span) -> Iterator[str]:
    """The words of a name by which it is known again, as written; not `mark` in small letters."""
    for match in _WORD.finditer(reading.text[span[0] : span[1]]):
        word = match.group()
        plain = word.islower() and word in reading.lists.also_words | reading.lists.family_names | reading.lists.openers
        if len(word) > 2 and not plain:
            yield word


def _again(reading: _Reading, spans: Sequence[Span], parts: set[str]) -> Iterator[Span]:
    """Further places of known parts of names; none that opens a sentence where it may be another word."""
    for word in reading.words:
        doubtful = word.opens and word.low in reading.lists.also_words | reading.lists.openers
        if word.text not in parts or not word.free or doubtful:
            continue
        if not any(start < word.end and word.start < end for start, end in spans):
            yield word.start, word.end
