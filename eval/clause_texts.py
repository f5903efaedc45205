"""Clauses in their own words, from the catalogue, for those who judge a run."""

from __future__ import annotations

from collections.abc import Callable

from eval.stored import RunHead
from policybot.catalogue import Catalogue
from policybot.errors import UnknownOrganisation


def texts_of(catalogue: Catalogue, head: RunHead) -> Callable[[str], str | None]:
    """A clause's id -> the clause as a person must read it, its stem first.

    None for a clause that is not there, and for every clause of an organisation whose policies are not
    the ones that were run: those words may be others today.
    """
    texts: dict[str, str] = {}
    for slug, version in head.policy_versions.items():
        try:
            if catalogue.version_of(slug) == version:
                texts |= {clause.id: clause.whole for policy in catalogue.policies(slug) for clause in policy.clauses}
        except UnknownOrganisation:
            continue
    return texts.get
