"""What a person asks, understood without a chat model: the kind of question, the topic a
follow-up leaves out, the policy's words for staff's words, and the circumstances named."""

# ruff: noqa: E501
from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import StrEnum

from policybot.circumstances import Facets, read_facets
from policybot.legible import legible
from policybot.lexicon import Lexicon
from policybot.records import FactKind, Question, Turn
from policybot.weights import Weights
from policybot.wording import Wording
from policybot.wrapping import no_question, other_names, outside, unwrap


class QuestionKind(StrEnum):
    """What sort of answer is wanted."""

    PERMISSION = "permission"
    PROCEDURE = "procedure"
    FACT = "fact"
    DEFINITION = "definition"
    CONSEQUENCE = "consequence"
    METADATA = "metadata"


class Polarity(StrEnum):
    """What a bare "yes" would mean: leave to do it, a ban on it, or a duty to do it."""

    LEAVE = "leave"
    BAN = "ban"
    DUTY = "duty"


@dataclass(frozen=True, slots=True)
class Inference:
    """A word of the asker's that was read as the policy's: ("TikTok", "social media site")."""

    said: str
    read_as: str


@dataclass(frozen=True, slots=True)
class Understanding:
    """A question, ready to search and to decide on.

    `text` stands alone: attack wrapping off, a follow-up's topic put back. `expanded` is the
    same with the policy's words added. `parts` are the questions of a compound one (then at
    least two), of a story the question in it, of a follow-up what was typed; else (). `kinds` are probabilities over `QuestionKind` in its order, `kind` the
    likeliest. `out_of_scope` says why no policy of the asker's can answer ("another
    organisation", "the bot itself"), else None; `other_names` are organisations the asker
    points at, for the reader to check against the policy's own names.
    """

    question: Question
    text: str
    expanded: str
    parts: tuple[str, ...] = ()
    kind: QuestionKind = QuestionKind.FACT
    kinds: tuple[float, ...] = (0.0, 0.0, 1.0, 0.0, 0.0, 0.0)
    polarity: Polarity = Polarity.LEAVE
    facets: Facets = field(default_factory=Facets)
    fact_kinds: tuple[FactKind, ...] = ()
    inferences: tuple[Inference, ...] = ()
    followup: bool = False
    attack: bool = False
    out_of_scope: str | None = None
    other_names: tuple[str, ...] = ()

    @property
    def searches(self) -> tuple[str, ...]:
        """The texts to search with, in the order `Signals` keeps: text, expanded, parts."""
        return (self.text, self.expanded, *self.parts)


_LEAN_BACK = re.compile(
    r"^(?:and|but|so|ok(?:ay)?|yes|yep|yeah|no|right|then|what about|how about|what if|even if|fair enough|cool|great|thanks|"
    r"cheers|does that|is that|would that|same|also|or|if so|who|why|when|where|how long)\b|"
    r"\b(?:it|its|it's|that|thats|that's|this|they|them|theyre|their|those|these|one|ones|she|she's|shes|he|he's|hes|her|his|him|there|then|either|"
    r"instead|same|too|otherwise|still|again)\b",
    re.I,
)


_WHOLE = re.compile(
    r"(?:(?:can|could|may|might|am|are|is|was|do|does|did|will|would|should|shall|must|have|has|what|which|how|whose)\b|i[sm]n['’]?t\b)(?:\s+\S+){3,}",
    re.I,
)
"""A short question that has a verb and a matter of its own: 'Can I wear a smartwatch?'"""


def _topic(history: tuple[Turn, ...]) -> str:
    """What the conversation is about: the last thing the user asked, and what that leaned on."""
    asked = [t.content for t in history if t.role == "user"]
    if not asked:
        return ""
    topic = asked[-1]
    if len(asked) > 1 and (len(topic.split()) <= 8 or _LEAN_BACK.match(topic)):
        topic = f"{asked[-2]} {topic}"
    return topic


def _leans_back(text: str) -> bool:
    """Whether a question needs what went before to be understood: it says so, or it is a scrap of one ('On my own phone?')."""
    if _LEAN_BACK.search(text):
        return True
    return len(text.split()) <= 9 and not _WHOLE.match(text)


_FACT_KINDS: tuple[tuple[FactKind, re.Pattern[str]], ...] = tuple(
    (kind, re.compile(pattern, re.I))
    for kind, pattern in (
        (FactKind.VERSION, r"\b(?:version|edition|issue number|revision number|which issue)\b"),
        (
            FactKind.NEXT_REVIEW,
            r"\b(?:next (?:review|check|look|due)|due (?:to be|for|a) (?:\w+ )?(?:review|look|check|refresh|update|renew)|(?:be |get |gets |come up for |up for )(?:reviewed|looked at|looked over|renew\w*|redone|checked|a refresh|review)(?: again| next)?|run(?:s)? out|expir\w+|review date|out of date|still (?:in date|current|valid))\b",
        ),
        (
            FactKind.REVIEWED,
            r"\b(?:last (?:review\w*|look\w*|check\w*|updat\w*|chang\w*|revis\w*|amend\w*)|when was (?:it|this|the \w+) (?:review|updat|revis|amend|look)\w*)\b",
        ),
        (FactKind.REVIEW_CYCLE, r"\bhow often\b.{0,40}\b(?:polic|document|review|this|rules)"),
        (
            FactKind.AUTHOR,
            r"\b(?:author|wrote|written by|drew (?:\w+ ){0,3}up|drawn (?:\w+ )?up|prepared|put (?:\w+ ){1,3}together|came up with|behind (?:this|the) (?:policy|document)|penned)\b",
        ),
        (
            FactKind.APPROVER,
            r"\b(?:who (?:\w+ ){0,4}(?:approved|signed|agreed|okayed|ratified|passed|adopted)|gave (?:it|this) (?:the )?(?:\w+ )?(?:nod|ok|go|green|approval|thumbs)|sign(?:ed|s)? (?:it|this) off|counter-?sign\w*|whose signature)\b",
        ),
        (FactKind.APPROVED, r"\bwhen\b.{0,30}\b(?:approved|agreed|signed off|adopted|ratified|passed)\b"),
        (
            FactKind.EFFECTIVE,
            r"\b(?:come|came|comes|go|went|goes|take|took|been) (?:into|in|live|effect)(?: force| effect)?\b|\beffective (?:date|from)\b|\bin force\b|\bstart(?:ed|s)? applying\b",
        ),
        (
            FactKind.ISSUED,
            r"\b(?:what|which) (?:date|month|year)\b|\bdate (?:on|of) (?:the|this|our)\b|\bhow old is (?:this|the|our)\b|\bwhen (?:was|did) (?:this|the|our) \w* ?(?:policy|document)",
        ),
        (
            FactKind.REFERENCE,
            r"\b(?:ref(?:erence)?(?: number| no| code)?|document (?:number|code|id)|policy (?:number|code|id))\b",
        ),
        (
            FactKind.OWNER,
            r"\b(?:who owns|owner|in charge of (?:this|the) (?:policy|document)|responsible for (?:this|the) (?:policy|document)|compliance lead|keeps this (?:policy|document) up)\b",
        ),
        (
            FactKind.LOCATION,
            r"\bwhere(?:['’]?s| is| are| can| do)\b.{0,50}\b(?:polic(?:y|ies)|document|copy|rules)\b|\b(?:kept|stored|find a copy)\b",
        ),
        (
            FactKind.RELATED_DOCUMENT,
            r"\b(?:(?:which|what) (?:\w+ ){0,3}(?:policies|procedures|documents|rulebooks|codes)|other (?:\w+ ){0,3}(?:policies|policy|documents|rulebooks)|read (?:\w+ )?(?:alongside|together|with)|hand in hand|go(?:es)? with)\b",
        ),
        (
            FactKind.LEGISLATION,
            r"\b(?:which|what) (?:\w+ ){0,4}(?:laws?|acts?|legislation|regulations?|statutes?)\b|\b(?:laws?|acts?|legislation)\b.{0,40}\b(?:name|list|mention|cite|refer|quote)\w*",
        ),
    )
)
_ABOUT_DOCUMENT = re.compile(
    r"\b(?:polic(?:y|ies)|document|this|guidelines?|version|edition|author|rules|rulebook|handbook|copy|copies|it)\b",
    re.I,
)
_METADATA = frozenset(FactKind) - {
    FactKind.RELATED_DOCUMENT,
    FactKind.LEGISLATION,
    FactKind.LOCATION,
    FactKind.ROLE,
    FactKind.PLATFORM,
}


def _fact_kinds(text: str) -> tuple[FactKind, ...]:
    """The facts about the document that are asked for."""
    if not _ABOUT_DOCUMENT.search(text):
        return ()
    return tuple(kind for kind, pattern in _FACT_KINDS if pattern.search(text))


_BAN = re.compile(
    r"\b(?:banned|against (?:the|our) (?:rules?|policy)|(?:any|a) (?:problem|issue|objection)|off limits|out of bounds|not allowed|stopping|ban me|forbidden|prohibited|wrong with|get (?:me )?in(?:to)? trouble|still a no)\b",
    re.I,
)
_DUTY = re.compile(
    r"\b(?:(?:do|does|did|would|will) (?:i|we|you|they|he|she|staff|it|somebody|someone|anyone) (?:\w+ )?(?:have|need) to|have (?:i|we) got to|must (?:i|we|they)|(?:am|are) (?:i|we|they) (?:\w+ )?(?:meant|supposed|expected|obliged|required) to|is it on me to)\b",
    re.I,
)


def _polarity(text: str) -> Polarity:
    if _BAN.search(text):
        return Polarity.BAN
    return Polarity.DUTY if _DUTY.search(text) else Polarity.LEAVE


_JOINT = re.compile(
    r",?\s+(?:and|but|or|plus|also)\s+(?=(?:if so|who|whom|whose|what|when|where|which|how|why|is|are|can|could|do|does|did|should|must|will|would|may)\b)",
    re.I,
)
_SENTENCE = re.compile(r"(?<!e\.g)(?<!i\.e)(?<=[.!?])\s+|\n+", re.I)
_ASKS = re.compile(
    r"\?|^(?:who|whom|whose|what|when|where|which|how|why|is|are|can|could|do|does|did|should|must|will|would|may|am|any|ok|list|tell|remind)\b",
    re.I,
)
_MOST_PARTS = 3


def _parts(text: str) -> tuple[str, ...]:
    """The separate questions in `text`, at least two and at most three, or ()."""
    asking = [s for s in _SENTENCE.split(text) if _ASKS.search(s.strip())]
    pieces = [p.strip(" ,.") for s in asking for p in _JOINT.split(s)]
    pieces = [p for p in pieces if len(p.split()) >= 4]
    if len(pieces) < 2:
        # A story with one question after it: the question alone is worth a search of its own.
        rest = len(text.split()) - sum(len(p.split()) for p in pieces)
        return tuple(pieces) if pieces and rest >= 8 else ()
    return tuple(pieces[:_MOST_PARTS])


_ASKS_LEAVE = re.compile(
    r"\b(?:(?:is|are|am|be|would|isn['’]?t) (?:\w+ ){0,3}(?:permitted|allowed|permissible|off limits)|nothing stopping|(?:any|an) objection|"
    r"(?:ok|okay|alright|all right|fine|allowed) (?:to|for me to|if (?:i|we)|for us to)|within (?:my|her|his|their|our) rights|within the rules)\b",
    re.I,
)


def _kinds(text: str, topic: str, wording: Wording) -> tuple[float, ...]:
    """Probabilities over `QuestionKind` from the wording; a bare follow-up borrows its topic's."""
    p = wording.probabilities(text)
    if topic and len(text.split()) <= 12 and not _ASKS.match(text):
        p = 0.5 * p + 0.5 * wording.probabilities(topic)
    by_name = dict(zip(wording.classes, p.tolist(), strict=True))
    permission = by_name[QuestionKind.PERMISSION]
    if permission < 0.5 and _ASKS_LEAVE.search(text):
        # Said in so many words: half the probability, the others share the rest as before.
        by_name = {k: v * 0.5 / (1 - permission) for k, v in by_name.items()} | {QuestionKind.PERMISSION: 0.5}
    return tuple(by_name[kind.value] for kind in QuestionKind)


def _decide_kind(kinds: tuple[float, ...], facts: tuple[FactKind, ...]) -> QuestionKind:
    """The likeliest kind; facts about the document settle it against anything but permission."""
    best = tuple(QuestionKind)[max(range(len(kinds)), key=kinds.__getitem__)]
    if best is not QuestionKind.PERMISSION and _METADATA & set(facts) and kinds[-1] > 0.1:
        return QuestionKind.METADATA
    return best


def understand(question: Question, wording: Wording | None = None) -> Understanding:
    """Understand one question. Never fails: what is not understood is searched for as typed.

    `wording` reads the kind of question; None for the one that ships with the package.
    """
    lexicon = Lexicon.open()
    typed = legible(question.text)
    bare, attack = unwrap(typed)
    topic = _topic(question.history)
    followup = bool(topic) and _leans_back(bare)
    text = f"{topic} {bare}" if followup else bare
    kinds, facts = _kinds(bare, topic if followup else "", wording or Weights.open().kind), _fact_kinds(bare)
    return Understanding(
        question=question,
        text=text,
        expanded=lexicon.expand(text),
        parts=(bare,) if followup else _parts(bare),
        kind=_decide_kind(kinds, facts),
        kinds=kinds,
        polarity=_polarity(bare),
        facets=read_facets(text),
        fact_kinds=facts,
        inferences=tuple(Inference(said, read_as) for said, read_as in lexicon.platforms_in(text)),
        followup=followup,
        attack=attack,
        out_of_scope=outside(typed) or no_question(bare, attack),
        other_names=other_names(typed, question.organisation),
    )
