"""An organisation: one tenant, and whom it wants asked."""

from __future__ import annotations

import re
from dataclasses import dataclass

SLUG = re.compile(r"^[a-z0-9]+(-[a-z0-9]+)*$")


def require_slug(name: str, value: str) -> None:
    """ValueError when `value` is no slug."""
    if not SLUG.match(value):
        raise ValueError(f"{name} must be a slug like 'oak-hill-nursery', got {value!r}")


@dataclass(frozen=True, slots=True)
class Contact:
    """Whom to ask. `clause_id` is set when the policy itself names them."""

    who: str
    clause_id: str | None = None
    email: str | None = None
    phone: str | None = None

    def __post_init__(self) -> None:
        if not self.who.strip():
            raise ValueError("a Contact needs somebody to contact")


@dataclass(frozen=True, slots=True)
class Organisation:
    """One tenant. `slug` is the corpus folder's name and starts every clause id. `contact` is whom to ask
    about a policy, `safeguarding` whom to tell of a worry about somebody, where the policy names nobody."""

    slug: str
    name: str
    aliases: tuple[str, ...] = ()
    contact: Contact | None = None
    safeguarding: Contact | None = None
    colour: str = "#1d4f91"
    suggestions: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        require_slug("organisation", self.slug)
        if not self.name.strip():
            raise ValueError(f"organisation {self.slug} needs a display name")
