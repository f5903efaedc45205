"""What an organisation's staff asked in a month, in figures that point at nobody.

Every list of figures here parts one whole, and every part of it, the rest included, has questions of at least FEWEST different
people. So what can be worked out from a list by adding and subtracting is again made of such parts: a part of fewer people
joins the rest, and where the rest would have fewer, the smallest part that could be shown joins it too. What does not part a
whole (gaps, judged answers) is rounded down, so that taking it from something else gives nothing.

Pseudonyms change every month: people are counted within one. And only months that are over are told of: figures that grow
while one looks on would tell, by what was added since the last look, what one person asked.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby, product

from policybot.askings import Asking
from policybot.gaps import Gap as Told
from policybot.question_groups import Embed, grouped, shared_words
from policybot.records import Verdict
from policybot.reviews import Judgement, Mark

FEWEST = 5
"""Fewest different people that a figure may be about."""
WEEKS = (1, 8, 15, 22)
"""Days of the month on which a week begins; the last runs to the month's end."""
SILENT = "\x00silent"
"""Stands among topics for the questions that the policy did not answer. No heading has this character."""


@dataclass(frozen=True, slots=True)
class Parts:
    """A whole, parted. `shown`: what each part is of, the largest first; `rest`: the remainder, () when nothing remains."""

    shown: Mapping[Hashable, tuple[Asking, ...]]
    rest: tuple[Asking, ...]


@dataclass(frozen=True, slots=True)
class Topic:
    """Questions that were answered from one heading ('' for clauses before any). `verdicts` and `other` sum to `questions`."""

    heading: str
    questions: int
    verdicts: Mapping[Verdict, int]
    other: int


@dataclass(frozen=True, slots=True)
class Gap:
    """Questions about one thing that the policy does not answer.

    `at_least`: how many, rounded down to a multiple of FEWEST, so that nobody can take the gaps from all that was not answered
    and see what the few others asked. `missing`: words that at least FEWEST people used and the policy does not; `known`: such
    words that it does. `heading`: the one that was nearest for at least FEWEST people, '' for none. `sent`: how many were sent
    to the policy's owner, rounded likewise, 0 where fewer than FEWEST people did.
    """

    at_least: int
    missing: tuple[str, ...]
    known: tuple[str, ...]
    heading: str
    sent: int = 0


@dataclass(frozen=True, slots=True)
class Stretch:
    """Days of a month, `first` to `last`, and the questions that came in them."""

    first: date
    last: date
    questions: int

    @property
    def days(self) -> int:
        """How many days it has, at least 1."""
        return (self.last - self.first).days + 1


@dataclass(frozen=True, slots=True)
class Figures:
    """A month that is over. `topics`, `silent` and `others` sum to `questions`; so do `weeks`.

    `silent`: questions that the policy did not answer, None where they are too few and among `others`; `gaps` are among them.
    `people`: how many asked, at least FEWEST.
    """

    month: date
    questions: int
    people: int
    topics: tuple[Topic, ...]
    silent: int | None
    others: int
    gaps: tuple[Gap, ...]
    weeks: tuple[Stretch, ...]


@dataclass(frozen=True, slots=True)
class PolicyWords:
    """What the gaps are held against: the stems of the policy's words (features.content_words), and what makes unit vectors of
    questions."""

    stems: Collection[str]
    embed: Embed


def people(askings: Sequence[Asking]) -> int:
    """How many different people asked. ValueError for more than one month: the same person has another pseudonym in each."""
    if len({(a.day.year, a.day.month) for a in askings}) > 1:
        raise ValueError("people can be counted within one month only")
    return len({a.asker for a in askings})


def parted(askings: Sequence[Asking], part_of: Callable[[Asking], Hashable], last: Hashable = None) -> Parts:
    """`askings`, of at least FEWEST people, by what each is a part of; no part, nor the rest, has questions of fewer.

    `last`: the part that joins the rest only when there is no other. ValueError when the whole has fewer people.
    """
    if askings and people(askings) < FEWEST:
        raise ValueError(f"figures are about at least {FEWEST} people")
    held: dict[Hashable, list[Asking]] = defaultdict(list)
    for asking in askings:
        held[part_of(asking)].append(asking)
    small = [name for name, part in held.items() if people(part) < FEWEST]
    rest = [asking for name in small for asking in held.pop(name)]
    while rest and people(rest) < FEWEST:
        rest += held.pop(min(held, key=lambda name: (name == last, people(held[name]), len(held[name]), str(name))))
    order = sorted(held, key=lambda name: (-len(held[name]), str(name)))
    return Parts({name: tuple(held[name]) for name in order}, tuple(rest))


def months(askings: Sequence[Asking], today: date) -> Mapping[date, tuple[Asking, ...]]:
    """The first day of each month that is over and has questions of at least FEWEST people, oldest first; what was asked in it."""
    over = sorted((a for a in askings if a.day < today.replace(day=1)), key=lambda a: (a.day, a.id))
    held = {first: tuple(part) for first, part in groupby(over, key=lambda a: a.day.replace(day=1))}
    return {first: part for first, part in held.items() if people(part) >= FEWEST}


def figures(askings: Sequence[Asking], policy: PolicyWords, sent: Collection[str] = ()) -> Figures:
    """The figures of one month (a value of `months`). `sent`: ids of the answers that were sent to the policy's owner."""
    whole = parted(askings, lambda a: SILENT if a.verdict is Verdict.NOT_COVERED else a.topic, last=SILENT)
    silent = whole.shown.get(SILENT)
    return Figures(
        month=askings[0].day.replace(day=1),
        questions=len(askings),
        people=people(askings),
        topics=tuple(_topic(str(name), part) for name, part in whole.shown.items() if name != SILENT),
        silent=len(silent) if silent else None,
        others=len(whole.rest),
        gaps=_gaps(silent or (), policy, sent),
        weeks=weeks(askings),
    )


def weeks(askings: Sequence[Asking]) -> tuple[Stretch, ...]:
    """The weeks of a month, in order, without a gap; one of fewer than FEWEST people is one with the week beside it."""
    month = askings[0].day.replace(day=1)
    starts = [month.replace(day=day) for day in WEEKS]
    lasts = [*(start - timedelta(days=1) for start in starts[1:]), next_month(month) - timedelta(days=1)]
    found: list[Stretch] = []
    first, held = month, []
    for start, last in zip(starts, lasts, strict=True):
        held += [a for a in askings if start <= a.day <= last]
        if people(held) >= FEWEST:
            found.append(Stretch(first, last, len(held)))
            first, held = last + timedelta(days=1), []
    if first <= lasts[-1]:
        before = found.pop()
        found.append(Stretch(before.first, lasts[-1], before.questions + len(held)))
    return tuple(found)


def next_month(day: date) -> date:
    """The first day of the month after the one that `day` is in."""
    return (day.replace(day=1) + timedelta(days=31)).replace(day=1)


def use(held: Mapping[date, tuple[Asking, ...]]) -> tuple[tuple[date, int | None], ...]:
    """How many questions were asked in each month, from the first of `months` to the last; None where there are too few people."""
    if not held:
        return ()
    found, month = [], min(held)
    while month <= max(held):
        found.append((month, len(held[month]) if month in held else None))
        month = next_month(month)
    return tuple(found)


def sent_in(month: date, told: Sequence[Told]) -> frozenset[str]:
    """Ids of the answers that were sent to the policy's owner in the month; what is sent later would change figures that stand."""
    return frozenset(gap.answer_id for gap in told if (gap.at.year, gap.at.month) == (month.year, month.month))


def waiting(marks: Sequence[Mark], held: Mapping[date, tuple[Asking, ...]]) -> Mapping[Judgement, int]:
    """How many of the answers that people called right, or wrong, wait for review; 0 where that is about too few people.

    Rounded down to a multiple of FEWEST in each month, since the queue grows and shrinks while one looks on. `held`: `months`.
    """
    judged = {m.answer_id: m.judgement for m in marks}
    found = dict.fromkeys(Judgement, 0)
    for judgement, part in product(Judgement, held.values()):
        found[judgement] += _about([a for a in part if judged.get(a.id) is judgement])
    return found


def _topic(heading: str, askings: Sequence[Asking]) -> Topic:
    verdicts = parted(askings, lambda a: a.verdict)
    return Topic(heading, len(askings), {Verdict(str(v)): len(part) for v, part in verdicts.shown.items()}, len(verdicts.rest))


def _gaps(silent: Sequence[Asking], policy: PolicyWords, sent: Collection[str]) -> tuple[Gap, ...]:
    groups = grouped([a for a in silent if a.question], policy.embed, FEWEST)
    return tuple(_gap(group, policy, sent) for group in groups)


def _gap(group: Sequence[Asking], policy: PolicyWords, sent: Collection[str]) -> Gap:
    words = shared_words(group, policy.stems, FEWEST)
    near = Counter(a.topic for a in group if a.topic)
    heading = next((topic for topic, _ in near.most_common() if people([a for a in group if a.topic == topic]) >= FEWEST), "")
    return Gap(_about(group), words.missing, words.known, heading, _about([a for a in group if a.id in sent]))


def _about(askings: Sequence[Asking]) -> int:
    """How many there are, rounded down to a multiple of FEWEST; 0 for those of fewer people."""
    return len(askings) // FEWEST * FEWEST if people(askings) >= FEWEST else 0



def about_topics(of: Figures) -> str:
    """What the topics say, as a heading."""
    if not of.topics:
        return "No topic stands out"
    first, top = of.topics[0], [t for t in of.topics if t.questions == of.topics[0].questions]
    if len(top) > 2:
        return "Several topics were asked about as often"
    names = " and ".join(quoted(t.heading) for t in top)
    if len(top) == 2:
        return f"Staff asked most about {names}"
    return f"Most questions were about {names}" if 2 * first.questions > of.questions else f"Staff asked most about {names}"


def about_gaps(of: Figures) -> str:
    """What the unanswered questions say, as a heading."""
    if of.silent is None:
        return "There is no gap that five people asked about"
    return f"Your policy did not answer {of.silent} of {of.questions} questions"


def about_weeks(of: Figures) -> str:
    """What the weeks say, as a heading. A longer one counts by the day."""
    rates = [week.questions / week.days for week in of.weeks]
    busiest = [week for week, rate in zip(of.weeks, rates, strict=True) if rate == max(rates)]
    if len(of.weeks) == 1:
        return "Too few people asked to tell the weeks apart"
    return f"{span(busiest[0])} was the busiest time" if len(busiest) == 1 else "The weeks were about equally busy"


def about_months(told: Sequence[tuple[date, int | None]]) -> str:
    """What the months say, as a heading. `told`: `use`, of at least one month."""
    known = [(month, count) for month, count in told if count is not None]
    (month, count), before = known[-1], known[-2] if len(known) > 1 else None
    if before is None:
        return f"{count} questions in {month:%B %Y}"
    if count == before[1]:
        return f"As many questions in {month:%B} as in {before[0]:%B}"
    return f"{'More' if count > before[1] else 'Fewer'} questions in {month:%B} than in {before[0]:%B}"


def quoted(heading: str) -> str:
    """A heading in quotation marks; words for what stands before any."""
    return f"“{heading}”" if heading else "the start of your policy"


def span(of: Stretch) -> str:
    """'1–7 November'."""
    return f"{of.first.day}–{of.last.day} {of.first:%B}"
