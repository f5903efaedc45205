"""A follow-up made into a question that stands alone by a chat model, and checked: it asks what was asked, in the asker's own words.

The model may only put in what the asker said before. What it makes of a follow-up is used where it adds no word, name, role,
platform, organisation or circumstance to the asker's own messages, keeps what the follow-up says, and negates what the asker
negated. Earlier answers supply nothing. Everything else is refused, and the rules of `question.understand` are used.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import astuple
from enum import StrEnum

from policybot.chatting import Chat
from policybot.circumstances import read_facets
from policybot.errors import ChatUnavailable
from policybot.features import content_words
from policybot.legible import legible
from policybot.lexicon import Lexicon
from policybot.names import documents_in, legislation_in, platforms_in, roles_in
from policybot.people import people_in
from policybot.privacy import restore, withhold_question
from policybot.prompts import TURNS, parse_rewrite, rewrite_messages
from policybot.question import Polarity, Understanding, understand
from policybot.records import Question
from policybot.sentences import sentences
from policybot.wrapping import unwrap

PATIENCE_S = 6.0
"""Seconds to the last word of a rewritten question: the answer is still to come."""
LONGER = 2
"""How many times as long as the follow-up and its topic together it may be."""


class Change(StrEnum):
    """How a rewritten question is another than the one that was asked."""

    FORM = "form"
    """It is no single question of a plain form and length, or as unfinished as the follow-up."""
    NAME = "name"
    """An organisation, person, platform, role or document that the asker did not name."""
    WORD = "word"
    """A word that carries meaning and is not the asker's."""
    LOST = "lost"
    """A word of the follow-up is missing."""
    NEGATION = "negation"
    """A "not" appeared, vanished or went elsewhere."""
    SENSE = "sense"
    """It asks for leave where a duty was meant, names other circumstances, or asks for something outside."""


def quick(chat: Chat) -> Chat:
    """`chat` with less patience and no second try. A rest of its own: it being slow here says nothing about answers."""
    return Chat(chat.model, timeout_s=min(PATIENCE_S, chat.timeout_s), retries=0)


def rewritten(question: Question, chat: Chat, hosted: bool = True, others: Collection[str] = ()) -> str | None:
    """A follow-up as a question that stands alone; None where it needs none, the model gave none, or a changed one.

    `hosted`: personal data is taken out of what is sent. `others`: names of organisations that are not the asker's.
    """
    if not needs_rewriting(question):
        return None
    sent, personal = withhold_question(question)
    told = sent if hosted else question
    try:
        said = parse_rewrite(chat.ask(rewrite_messages(told.text, told.history)))
    except ChatUnavailable:
        return None
    alone = restore(said, personal) if said and hosted else said
    return alone if alone and change(alone, understand(question), others) is None else None


def needs_rewriting(question: Question) -> bool:
    """Whether it leans on what was asked before, and neither steers the bot nor asks for what is outside the policy."""
    asked = understand(question)
    return asked.followup and not asked.attack and asked.out_of_scope is None


def change(alone: str, asked: Understanding, others: Collection[str] = ()) -> Change | None:
    """How `alone` is another question than the follow-up `asked`; None where it is the same, as far as rules can tell."""
    own = _own(asked.question)
    checks = (
        (Change.FORM, _is_question(alone, asked, own)),
        (Change.NAME, _names_nobody_else(alone, own, others)),
        (Change.WORD, _marks(alone) <= _known(own)),
        (Change.LOST, _keeps(alone, asked.parts[0])),
        (Change.NEGATION, _negates_the_same(alone, asked)),
        (Change.SENSE, _means_the_same(alone, asked, own)),
    )
    return next((fault for fault, holds in checks if not holds), None)


def _own(question: Question) -> tuple[str, ...]:
    """What the asker said, as far as it is sent, without attempts to steer the bot."""
    said = [t.content for t in question.history[-TURNS:] if t.role == "user"]
    return tuple(unwrap(legible(text))[0] for text in (*said, question.text))


# -- the form

_UNFINISHED = re.compile(
    r"^(?:and|but|so|also|or|what about|how about|what if|even if|if so|same)\b|"
    r"\b(?:it|its|that|this(?! polic)|they|them|their|those|these|ones?|she|he|hers?|his|him|there|then|either|"
    r"instead|same|too|otherwise)\b",
    re.I,
)
_PLAIN = frozenset(" '’‘“”\"().,?/&%£-–")


def _is_question(alone: str, asked: Understanding, own: Sequence[str]) -> bool:
    """One question in plain characters and not too long; more than the follow-up, where that leans on what was before."""
    strange = {c for c in alone if not (c.isascii() and c.isalnum())} - _PLAIN - set("".join(own))
    one = alone.endswith("?") and alone.count("?") == 1 and "!" not in alone and len(sentences(alone)) == 1
    whole = not (unfinished := _UNFINISHED.search(alone)) or unfinished.start() > 0
    more = not (_UNFINISHED.search(asked.parts[0]) and _marks(alone) <= _marks(asked.parts[0]))
    return one and whole and more and not strange and len(alone) <= LONGER * len(asked.text)


# -- names


def _names_nobody_else(alone: str, own: Sequence[str], others: Collection[str]) -> bool:
    """Whether every name in `alone` stands in one of the asker's messages."""
    named = {*_named(alone), *(name for name in others if _stands(name, alone))}
    told = all(any(_stands(name, text) for text in own) for name in named)
    return told and _people_are_known(alone, own) and _capitals_are_known(alone, own)


def _named(text: str) -> Iterator[str]:
    for find in (platforms_in, roles_in, documents_in, legislation_in):
        yield from find(text)
    yield from (said for said, _ in Lexicon.open().platforms_in(text))


def _stands(name: str, text: str) -> bool:
    """Whether `name` stands in `text` as it is, or with an s."""
    return re.search(rf"(?<!\w){re.escape(name.rstrip('s'))}(?:['’]?s)?(?!\w)", text, re.I) is not None


def _people_are_known(alone: str, own: Sequence[str]) -> bool:
    known = {word.lower() for word in _people(own)}
    return all(word.lower() in known or _has_capital(word, own) for word in _people([alone]))


def _people(texts: Sequence[str]) -> set[str]:
    """The words of the names of people."""
    found = zip(texts, people_in(texts, [[] for _ in texts]), strict=True)
    return {word for text, spans in found for a, b in spans for word in text[a:b].split()}


def _capitals_are_known(alone: str, own: Sequence[str]) -> bool:
    """Will, May, IT and US are names only where the asker wrote them so."""
    capitals = {word for word in re.findall(r"(?<=\s)[A-Z]\w*", alone) if word != "I" and not content_words(word)}
    return all(_has_capital(word, own) for word in capitals)


def _has_capital(word: str, own: Sequence[str]) -> bool:
    """Whether the asker wrote `word` with its capital, and not because a sentence began there."""
    return any(re.search(rf"(?<=[\w,;] ){re.escape(word)}\b", text) for text in own)


# -- words

_CONTRACTED = (
    (re.compile(r"\b(?:cannot|can'?t)\b"), "can not"),
    (re.compile(r"\bwon'?t\b"), "will not"),
    (re.compile(r"\bain'?t\b"), "is not"),
    (re.compile(r"\b(do|does|did|is|are|was|were|has|have|had|could|would|should|must|need|might)n'?t\b"), r"\1 not"),
    (re.compile(r"'(?:s|d|ll|re|ve|m)\b"), ""),
)
_TOKEN = re.compile(r"[^\W_]+")
_TELLING = frozenset(["own", "work", "working", "only", "other", "another", "who", "whom", "whose", "why", "when", "where", "which", "how"])
"""Words without a meaning of their own that make another question all the same; of the follow-up they must be kept."""
_MEANT = _TELLING | frozenset(["you", "your", "yours", "yes", "yep", "yeah", "ok", "okay", "policy", "policies"])
"""Those, and words of an answer: they may not be put in."""
_PHRASES = re.compile(r"\b(?:what|how) (?:about|if)\b|\bhow come\b")
_FILLERS = content_words(
    "cheers ta great cool fair enough sorry sure hmm wondering think thinking guess mean meant matter matters apply applies "
    "count counts case thing things stuff instead again"
)


def _tokens(text: str) -> list[str]:
    """Words in small letters, contractions undone."""
    plain = legible(text).lower().replace("’", "'")
    for pattern, whole in _CONTRACTED:
        plain = pattern.sub(whole, plain)
    return _TOKEN.findall(_PHRASES.sub(" ", plain))


def _marks(text: str) -> frozenset[str]:
    """What a question cannot gain without becoming another: stems of its content words, numbers, lone letters, strange scripts."""
    tokens = _tokens(text)
    odd = {t for t in tokens if t in _MEANT or t.isdigit() or not t.isascii() or (len(t) == 1 and t not in "aist")}
    return frozenset(odd | content_words(" ".join(tokens)))


def _known(own: Sequence[str]) -> frozenset[str]:
    """The asker's own words, and what a policy calls them."""
    said = " ".join(own)
    return _marks(said) | content_words(Lexicon.open().expand(said))


def _keeps(alone: str, followup: str) -> bool:
    """Whether all that the follow-up says is still there, in its words or in a policy's for them."""
    kept, lexicon = _marks(alone), Lexicon.open()
    said = _marks(followup) - (_MEANT - _TELLING) - _FILLERS
    policys = {mark: content_words(lexicon.expand(token)) for token in _tokens(followup) for mark in _marks(token)}
    return all(mark in kept or policys.get(mark, frozenset()) & kept for mark in said)


# -- negation and sense

_NOT = frozenset(["not", "never", "no", "nor", "neither", "none", "nobody", "nothing", "nowhere", "without", "nope", "nah"])
_EMPTY_NO = re.compile(
    r"^(?:(?:oh|ok|okay|so|ah),? )?(?:no|nope|nah)(?:\s*[,.;!–-]+\s| worries\b| problem\b| i meant?\b)|\bor not(?=\W*$)|^not sure\b", re.I
)
"""A "no" that negates nothing."""
_REACH = 2
"""Content words after a "not" within which what it negates must stand."""


def _negations(text: str) -> list[tuple[str, ...]]:
    """Of each "not" in `text` the stems of the content words after it."""
    tokens = _tokens(_EMPTY_NO.sub(" ", text))
    places = [place for place, token in enumerate(tokens) if token in _NOT]
    return [tuple(stem for t in tokens[place + 1 :] for stem in content_words(t)) for place in places]


def _negates_the_same(alone: str, asked: Understanding) -> bool:
    """As many as in the follow-up and its topic, and each of them before what it stood before."""
    followup = asked.parts[0]
    before = [*_negations(asked.text.removesuffix(followup)), *_negations(followup)]
    after = _negations(alone)
    return len(before) == len(after) and all(not b or any(b[0] in a[:_REACH] for a in after) for b in before)


def _means_the_same(alone: str, asked: Understanding, own: Sequence[str]) -> bool:
    """Whether it asks for the same sort of thing, inside the policy, in circumstances that the asker named."""
    question = asked.question
    read = understand(Question(question.organisation, alone))
    topic = asked.text.removesuffix(asked.parts[0])
    meant = {asked.polarity}
    if asked.polarity is Polarity.LEAVE and topic.strip():
        meant.add(understand(Question(question.organisation, topic)).polarity)
    named = {pair for text in (*own, asked.text) for pair in _circumstances(text)}
    inside = not (read.attack or read.out_of_scope or set(read.other_names) - set(asked.other_names))
    return inside and read.polarity in meant and _circumstances(alone) <= named


def _circumstances(text: str) -> set[tuple[int, str]]:
    return {(place, value) for place, value in enumerate(astuple(read_facets(text))) if value}
