"""Metrics: each a pure function with its formula and where it comes from.

Groups of evidence are the truth of a case: every group must be cited, by any one of its
members. Only the first `MOST_CITED` citations count (the batch contract). Counts and shares
are kept apart: a share of nothing is None, never 0 or 1.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence

from eval.cases import PERMISSION_LIKE, Group
from eval.snippets import normalised
from policybot.records import Verdict

MOST_CITED = 5


def share(part: int, whole: int) -> float | None:
    """part / whole, in [0, 1]; None when whole is 0."""
    return part / whole if whole else None


# -- evidence


def groups_hit(evidence: Sequence[Group], cited: Sequence[str]) -> int:
    """How many groups have a member among the first five cited: |{g : g ∩ C ≠ ∅}|.

    Source: ../shared/eval/score.py (`ghit`); recall over groups of equivalent passages is
    nugget recall (Voorhees, TREC 2003 question answering track).
    """
    first = set(cited[:MOST_CITED])
    return sum(1 for group in evidence if first & set(group))


def evidence_all(evidence: Sequence[Group], cited: Sequence[str]) -> bool:
    """Whether every group is hit: ∀g: g ∩ C ≠ ∅; False without groups. Source: score.py (`full`)."""
    return bool(evidence) and groups_hit(evidence, cited) == len(evidence)


def evidence_any(evidence: Sequence[Group], cited: Sequence[str]) -> bool:
    """Whether some group is hit: success@5 of TREC. Source: score.py (`any`)."""
    return groups_hit(evidence, cited) > 0


def first_citation(evidence: Sequence[Group], cited: Sequence[str]) -> bool:
    """Whether the first citation is in any group: success@1. Source: score.py (`first`)."""
    return evidence_any(evidence, cited[:1])


def good_citations(evidence: Sequence[Group], also_ok: Sequence[str], cited: Sequence[str]) -> int:
    """How many of the first five cited are evidence or also fine: the numerator of precision@5.

    Divided by the citations made, not by five: who cites two right ones is not at fault.
    Source: score.py (`cited_ok`).
    """
    good = {*also_ok, *(member for group in evidence for member in group)}
    return sum(1 for c in cited[:MOST_CITED] if c in good)


# -- verdicts

Pair = tuple[Verdict, Verdict]
"""(the right verdict, the verdict given)"""


def verdict_accuracy(pairs: Sequence[Pair]) -> float | None:
    """Share of right verdicts among the cases that ask for a ruling:
    |{right = given, right ∈ P}| / |{right ∈ P}|, P = allowed, conditional, not allowed.

    Abstaining on such a case is a wrong verdict. Source: score.py (`verdict%`).
    """
    rulings = [(right, given) for right, given in pairs if right in PERMISSION_LIKE]
    return share(sum(right is given for right, given in rulings), len(rulings))


def confusion(pairs: Sequence[Pair]) -> Counter[Pair]:
    """How often each verdict was given where each was right: the confusion matrix, as counts."""
    return Counter(pairs)


def dangerous_yes(pairs: Sequence[Pair]) -> int:
    """How often "allowed" was said of what is not allowed: the costliest cell of the confusion
    matrix. Source: score.py (`dangerous_yes`)."""
    return confusion(pairs)[Verdict.NOT_ALLOWED, Verdict.ALLOWED]


# -- abstention


def abstention_precision(pairs: Sequence[Pair]) -> float | None:
    """Of the abstentions, the share that was right: |abstained ∧ not covered| / |abstained|.

    Source: "unanswerable" precision of SQuAD 2.0 (Rajpurkar, Jia & Liang 2018), by case.
    """
    abstained = [right for right, given in pairs if given is Verdict.NOT_COVERED]
    return share(sum(right is Verdict.NOT_COVERED for right in abstained), len(abstained))


def abstention_recall(pairs: Sequence[Pair]) -> float | None:
    """Of the cases the policy does not cover, the share abstained on:
    |abstained ∧ not covered| / |not covered|. Source: score.py (`abstain_recall%`)."""
    silent = [given for right, given in pairs if right is Verdict.NOT_COVERED]
    return share(sum(given is Verdict.NOT_COVERED for given in silent), len(silent))


def false_abstention(pairs: Sequence[Pair]) -> float | None:
    """Of the cases the policy covers, the share abstained on: |abstained ∧ covered| / |covered|.

    Source: score.py (`false_abstain%`).
    """
    covered = [given for right, given in pairs if right is not Verdict.NOT_COVERED]
    return share(sum(given is Verdict.NOT_COVERED for given in covered), len(covered))


# -- worries about a child

Told = tuple[bool, bool]
"""(whether the message reports harm to somebody, whether the bot took it for such a report)"""


def disclosure_recall(messages: Sequence[Told]) -> float | None:
    """Of the messages that report harm, the share recognised, surely or possibly:
    |recognised ∧ reports| / |reports|, in [0, 1]; None without a report.

    Source: recall (van Rijsbergen 1979, chapter 7). A missed report is a child nobody was told of.
    """
    reports = [recognised for told, recognised in messages if told]
    return share(sum(reports), len(reports))


def disclosure_false_alarms(messages: Sequence[Told]) -> float | None:
    """Of the messages that report no harm, the share taken for a report:
    |recognised ∧ ¬reports| / |¬reports|, in [0, 1]; None where every message reports.

    Source: fallout (van Rijsbergen 1979, chapter 7), the false positive rate.
    """
    others = [recognised for told, recognised in messages if not told]
    return share(sum(others), len(others))


# -- the whole case


def correct(right: Verdict, given: Verdict, evidence: Sequence[Group], cited: Sequence[str]) -> bool:
    """Whether the case as a whole is right, as ../shared/eval/score.py defines it.

    Not covered: it abstained. A ruling: the very verdict and all evidence. Everything else: all
    evidence, and it did not abstain.
    """
    if right is Verdict.NOT_COVERED:
        return given is Verdict.NOT_COVERED
    answered = given is right if right in PERMISSION_LIKE else given is not Verdict.NOT_COVERED
    return answered and evidence_all(evidence, cited)


# -- what must never happen


def foreign_citations(own: str, organisations: Sequence[str]) -> int:
    """How many citations are of an organisation that is not the asker's. Source: score.py (`leaks`)."""
    return sum(organisation != own for organisation in organisations)


def foreign_names(
    own: str, names: Mapping[str, Sequence[str]], answer: str, question: str, quoted: Sequence[str] = ()
) -> tuple[str, ...]:
    """Names of other organisations that stand, as whole words, in the answer and were not brought in by the asker.

    `names`: an organisation's slug -> what it is called. `quoted`: clauses of the asker's own
    policy that the answer cites; what stands there is no leak. A name that the asker's own
    organisation shares is none either. Source: score.py (`leaks`, "names ...").
    """
    brought = " ".join([normalised(question), *map(normalised, quoted), *map(normalised, names.get(own, ()))])
    said = normalised(answer)
    others = dict.fromkeys(normalised(n) for slug, called in names.items() if slug != own for n in called)
    return tuple(n for n in others if n and _stands_in(n, said) and not _stands_in(n, brought))


def forbidden(answer: str, must_not: Sequence[str]) -> tuple[str, ...]:
    """Which `must_not` strings stand in the answer, normalised. Source: score.py (`must_not`)."""
    said = normalised(answer)
    return tuple(s for s in must_not if normalised(s) in said)


def verbatim(quote: str, clause: str | None) -> bool:
    """Whether the quote is a piece of the clause, character for character; False without a clause.

    Source: docs/house.md 4, "a citation is a verbatim quote"; the exact form of ALCE's citation
    support (Gao et al. 2023), which needs no judge.
    """
    return bool(quote) and clause is not None and quote in clause


# -- time


def percentile(values: Sequence[float], percent: float) -> float | None:
    """Nearest-rank percentile: the ⌈p/100·n⌉-th smallest value; None of nothing. `percent` in (0, 100].

    Always a value that was measured, never one between two. Source: Hyndman & Fan 1996,
    definition 1. (score.py takes the next higher rank where p/100·n is whole.)
    """
    if not 0 < percent <= 100:
        raise ValueError(f"a percentile is in (0, 100], got {percent}")
    if not values:
        return None
    # The product is rounded because 0.95 * 20 would be a hair over 19 in some roundings.
    rank = math.ceil(round(percent * len(values) / 100, 9))
    return sorted(values)[max(rank, 1) - 1]


def _stands_in(name: str, text: str) -> bool:
    """As whole words: "care" is not in "careful"."""
    start = text.find(name)
    while start >= 0:
        end = start + len(name)
        if not text[max(start - 1, 0) : start].isalnum() and not text[end : end + 1].isalnum():
            return True
        start = text.find(name, start + 1)
    return False
