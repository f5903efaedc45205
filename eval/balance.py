"""Whether a set asks each organisation enough, of every sort."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from eval.cases import Case, CaseKind
from policybot.records import Verdict

FEWEST_CASES = 20
"""With fewer, one answer moves a figure by more than five points."""
LEAST, MOST = 0.1, 0.6
"""Shares of an organisation's cases, in [0, 1], that a verdict should have at least and at most."""


def imbalances(cases: Sequence[Case]) -> Iterator[tuple[str, str]]:
    """What is out of balance in one organisation's cases, each with its cure; nothing for no cases.

    A verdict's share = its cases / all cases.
    """
    if not cases:
        return
    if len(cases) < FEWEST_CASES:
        yield f"it has {len(cases)} cases, fewer than {FEWEST_CASES}", f"Add {FEWEST_CASES - len(cases)} more"
    verdicts = Counter(case.verdict for case in cases)
    for verdict in Verdict:
        share = verdicts[verdict] / len(cases)
        said = f"{verdicts[verdict]} of {len(cases)} cases are {verdict} ({share:.0%}"
        if share < LEAST:
            yield f"{said}, under {LEAST:.0%})", f"Add questions whose right answer is {verdict}"
        elif share > MOST:
            yield f"{said}, over {MOST:.0%})", "Add questions with other answers"
    kinds = {case.kind for case in cases}
    missing = [kind.value for kind in CaseKind if kind not in kinds]
    if missing:
        yield f"no case is of kind {', '.join(missing)}", "Add a question of each"
