"""Documents, laws, roles and platforms that a text names."""

from __future__ import annotations

import pytest

from policybot.names import documents_in, legislation_in, platforms_in, roles_in


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Sites such as facebook, Twitter and YouTube.", ["facebook", "Twitter", "YouTube"]),
        ("Use Teams or Zoom for calls.", ["Teams", "Zoom"]),
        ("Teams must not post.", []),
        ("Staff teams signal to each other.", []),
        ("mail x@facebook.com", []),
        ("TikTokers", []),
    ],
)
def test_platforms(text: str, names: list[str]) -> None:
    assert platforms_in(text) == names


@pytest.mark.parametrize(
    ("text", "names"),
    [
        (
            "under the Data Protection Act 2018 and the Equality Act 2010",
            ["Data Protection Act 2018", "Equality Act 2010"],
        ),
        ("Copyright, Designs and Patents Act 1988", ["Copyright, Designs and Patents Act 1988"]),
        ("the UK GDPR applies", ["UK GDPR"]),
        ("staff should act with care", []),
        ("Act with integrity", []),
    ],
)
def test_legislation(text: str, names: list[str]) -> None:
    assert legislation_in(text) == names


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Read it with the Acceptable Use Policy and the Staff Handbook.", ["Acceptable Use Policy", "Staff Handbook"]),
        ("See the e-safety policy.", ["e-safety policy"]),
        ("This policy binds all. The Policy does too.", []),
        ("Company policy says so.", []),
        ("the Code of Conduct for Staff", ["Code of Conduct for Staff"]),
    ],
)
def test_documents(text: str, names: list[str]) -> None:
    assert documents_in(text) == names


def test_roles_once_whatever_the_case() -> None:
    assert roles_in("Ask the Line Manager; the line manager asks the Head of Centre.") == [
        "Line Manager",
        "Head of Centre",
    ]
