"""What a wrong verdict costs: the matrix, kept here and nowhere else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from eval.metrics import Pair
from policybot.records import Verdict

_GIVEN = (Verdict.ALLOWED, Verdict.CONDITIONAL, Verdict.NOT_ALLOWED, Verdict.INFORMATIONAL, Verdict.NOT_COVERED)
_ROWS: dict[Verdict, tuple[int, ...]] = {
    # right                allowed, conditional, not allowed, informational, not covered  <- given
    Verdict.ALLOWED: (0, 1, 2, 1, 1),
    Verdict.CONDITIONAL: (5, 0, 1, 2, 1),
    Verdict.NOT_ALLOWED: (10, 6, 0, 4, 1),
    Verdict.INFORMATIONAL: (3, 1, 2, 0, 1),
    Verdict.NOT_COVERED: (8, 5, 3, 3, 0),
}

COSTS: Mapping[Pair, int] = MappingProxyType(
    {(right, given): cost for right, row in _ROWS.items() for given, cost in zip(_GIVEN, row, strict=True)}
)
"""(right, given) -> cost, in needless questions to a manager; 0 exactly where the verdict is right.

How to read it. The unit is the cheapest error: an abstention, or a condition where none is, sends a
member of staff to their manager for nothing (1). A ban where there is none makes them do without (2).
A wrong "allowed" is the dearest cell of its row: a leave that the policy does not give can cost the
job of who relied on it (10 against a ban; 8 where the policy is silent and nobody has decided; 5
where it hides the conditions; 3 where no leave was asked). "Conditional" against a ban is half a
leave (6). Facts in place of a ban (4) leave the ban unsaid.

Source of the form: Elkan, "The Foundations of Cost-Sensitive Learning" (IJCAI 2001), whose
reasonableness holds: right costs less than any wrong. The numbers are a judgement, not a measurement.
"""


def cost(right: Verdict, given: Verdict) -> int:
    """The cell of `COSTS`, in [0, 10]."""
    return COSTS[right, given]


def mean_cost(pairs: Sequence[Pair]) -> float | None:
    """Expected cost of an answer: Σ COSTS[right, given] / |pairs|, in [0, 10]; None of nothing.

    Source: empirical risk under a cost matrix (Elkan 2001, equation 1).
    """
    return sum(COSTS[pair] for pair in pairs) / len(pairs) if pairs else None
