"""An organisation: one tenant, and whom it wants asked."""

from __future__ import annotations

import base64
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


LOGO_LIMIT = 256 * 1024
"""Largest logo, in bytes: it is sent with every page."""
LOGO_TYPES: dict[str, re.Pattern[bytes]] = {
    "image/png": re.compile(rb"\x89PNG\r\n\x1a\n"),
    "image/jpeg": re.compile(rb"\xff\xd8\xff"),
    "image/webp": re.compile(rb"RIFF.{4}WEBP", re.S),
    "image/svg+xml": re.compile(
        rb"\s*(?:\xef\xbb\xbf\s*)?(?:(?:<\?xml[^>]*>|<!--(?:[^-]|-(?!->))*-->|<!DOCTYPE[^>]*>)\s*)*<svg\b", re.I
    ),
}
"""Kinds of picture that a logo may be, and how their files begin. No beginning can be read in two ways: what a file fails at
is then found in time that grows with its length alone."""


@dataclass(frozen=True, slots=True)
class Logo:
    """An organisation's picture: at most 256 KiB of PNG, JPEG, WebP or SVG. Show it as an image only: in an image no
    script of an SVG runs."""

    content: bytes

    def __post_init__(self) -> None:
        if len(self.content) > LOGO_LIMIT:
            raise ValueError(f"a logo has at most {LOGO_LIMIT // 1024} KiB, this one {len(self.content) // 1024}")
        if not any(begins.match(self.content) for begins in LOGO_TYPES.values()):
            raise ValueError("a logo is a PNG, JPEG, WebP or SVG picture")

    @property
    def address(self) -> str:
        """The picture as a data address (RFC 2397), for the src of an image."""
        media = next(media for media, begins in LOGO_TYPES.items() if begins.match(self.content))
        return f"data:{media};base64,{base64.b64encode(self.content).decode('ascii')}"
