"""A quote is verbatim or there is no citation."""

from __future__ import annotations

from policybot.errors import ScopeViolation
from policybot.records import Citation, Clause, Policy


def cite(clause: Clause, policy: Policy, quote: str, asker: str) -> Citation:
    """A citation of `clause` out of `policy`, for a member of organisation `asker`.

    `quote` must stand word for word in the clause (its stem included): ValueError otherwise.
    ScopeViolation when the clause is not the asker's.
    """
    if clause.organisation != asker or policy.organisation != asker or clause.policy_id != policy.id:
        raise ScopeViolation(clause.id, f"it was about to be cited to a member of {asker}", "This is a bug; please report it.")
    return Citation(
        organisation=clause.organisation,
        policy=policy.title,
        clause_id=clause.id,
        label=clause.label,
        text=clause.whole,
        quote=quote,
        source=policy.source,
        page=clause.page,
        start=clause.span.start,
        end=clause.span.end,
    )
