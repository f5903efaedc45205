"""The corpus that ships: five restated policies that read whole, in the formats they ship in."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest

from ingest.pipeline import read_policy
from ingest.report import Account
from ingest.sources import OrganisationSource, find_sources
from policybot.records import Edition, FactKind, Policy

CORPUS = Path(__file__).resolve().parents[1] / "corpus"
SLUGS = ("care-training-provider", "exceed-learning-partnership", "expanse-learning", "hardmoor-early-years", "learning-institute")


@cache
def sources() -> dict[str, OrganisationSource]:
    return {s.organisation.slug: s for s in find_sources(CORPUS)}


@cache
def read(slug: str, name: str) -> tuple[Policy, Account]:
    return read_policy(CORPUS / slug / name, slug, Edition.RESTATED)


def values(policy: Policy, kind: FactKind) -> list[str]:
    return [f.value for f in policy.facts if f.kind is kind]


def luminance(colour: str) -> float:
    """Relative luminance of '#rrggbb', 0 (black) to 1 (white), after WCAG 2.2."""
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_there_are_five_organisations() -> None:
    assert tuple(sources()) == SLUGS


def test_no_two_organisations_share_a_name_or_an_alias() -> None:
    names = [n.casefold() for s in sources().values() for n in {s.organisation.name, *s.organisation.aliases}]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("slug", SLUGS)
def test_an_organisation_is_described_whole(slug: str) -> None:
    source = sources()[slug]
    organisation = source.organisation
    assert source.described and source.edition is Edition.RESTATED
    assert len(source.files) == 1
    assert organisation.aliases and organisation.contact is not None and organisation.safeguarding is not None
    assert len(set(organisation.suggestions)) == 4
    assert any(re.search("linkedin|facebook", s, re.I) for s in organisation.suggestions)
    assert 1.05 / (luminance(organisation.colour) + 0.05) >= 4.5, "white on the accent colour must be readable"


def test_each_organisation_has_a_colour_of_its_own() -> None:
    assert len({s.organisation.colour for s in sources().values()}) == len(SLUGS)


def test_a_pdf_and_a_word_file_are_among_the_policies() -> None:
    assert {".md", ".pdf", ".docx"} == {s.files[0].suffix for s in sources().values()}


@pytest.mark.parametrize("slug", SLUGS)
def test_a_policy_reads_with_nothing_left_over(slug: str) -> None:
    policy, account = read(slug, sources()[slug].files[0].name)
    assert account.left_over == ()
    assert len(policy.clauses) >= 30


@pytest.mark.parametrize("slug", SLUGS)
def test_the_format_it_ships_in_gives_the_clauses_of_the_markdown(slug: str) -> None:
    shipped = read(slug, sources()[slug].files[0].name)[0]
    source = read(slug, "policy.md")[0]
    assert [(c.id, c.whole, c.label, c.deontic) for c in shipped.clauses] == [(c.id, c.whole, c.label, c.deontic) for c in source.clauses]


def test_contradictions_are_kept() -> None:
    expanse = read("expanse-learning", "policy.md")[0]
    assert {"4", "3"} <= set(values(expanse, FactKind.VERSION))
    assert "Exppanse Learning Group" in expanse.text and "Expanse Learning" in expanse.text
    care = read("care-training-provider", "policy.md")[0]
    assert values(care, FactKind.REVIEWED) == ["2023-07"] and values(care, FactKind.EFFECTIVE) == ["2023-08"]
    exceed = read("exceed-learning-partnership", "policy.md")[0]
    assert len(set(values(exceed, FactKind.NEXT_REVIEW))) == 2


def test_acts_with_the_year_the_policy_gives_them_are_kept() -> None:
    acts = {a.removeprefix("The ") for a in values(read("learning-institute", "policy.md")[0], FactKind.LEGISLATION)}
    assert {"Data Protection Act 1998", "Malicious Communication Act 1998"} <= acts
