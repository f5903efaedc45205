"""Who is signed in: the only place an organisation comes from.

The pages get a User and nothing else: no address, page input or question names an
organisation. Demo accounts are for one person at their own computer; real sign-in
(OpenID Connect claims -> User) is to stand beside `demo_users`.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from policybot.catalogue import Catalogue
from policybot.errors import PolicybotError, SignInError
from policybot.records import SLUG

FORWARDING = frozenset({"forwarded", "via", "x-forwarded-for", "x-forwarded-host", "x-forwarded-server", "x-real-ip"})
"""Headers that a proxy leaves: behind one, 'from this computer' cannot be told any more."""
DEMO_CURE = (
    "Try it on this computer with policybot run --demo; for other people an administrator must set up sign-in first"
)


class RoleMissing(PolicybotError):
    """Somebody is signed in who may not do this."""


class Role(StrEnum):
    """What a person may do. Everyone who is signed in may ask and read."""

    STAFF = "staff"
    EVALUATOR = "evaluator"
    """Reviews answers and runs question sets of their own organisation."""


@dataclass(frozen=True, slots=True)
class User:
    """A person who is signed in. `organisation` is the slug of the only shelf they may read."""

    organisation: str
    name: str
    roles: frozenset[Role]

    def __post_init__(self) -> None:
        if not SLUG.match(self.organisation):
            raise ValueError(f"a user's organisation must be a slug, got {self.organisation!r}")
        if not self.name.strip():
            raise ValueError("a user needs a name")


@dataclass(frozen=True, slots=True)
class Connection:
    """Where a browser's request came in.

    `address`: the interface the server listens on, None when it listens on all. `remote`: the
    browser's IP, None for this computer. `headers`: the request's, names in any case.
    """

    address: str | None
    remote: str | None
    headers: Mapping[str, str]


def demo_users(catalogue: Catalogue) -> tuple[User, ...]:
    """A member of staff for each organisation of the catalogue, by slug; () when it is empty."""
    return tuple(
        User(organisation=o.slug, name="Demo member of staff", roles=frozenset({Role.STAFF}))
        for o in catalogue.organisations()
    )


def demo_evaluators(catalogue: Catalogue) -> tuple[User, ...]:
    """An evaluator for each organisation of the catalogue, by slug, who may also do what staff may; () when it is empty."""
    return tuple(
        User(organisation=o.slug, name="Demo evaluator", roles=frozenset({Role.STAFF, Role.EVALUATOR}))
        for o in catalogue.organisations()
    )


def require_role(user: User, role: Role, thing: str) -> None:
    """Nothing, when the user has the role; else RoleMissing, which says what `thing` is for."""
    if role not in user.roles:
        cause = f"it is for people with the role {role}, and your account does not have it"
        raise RoleMissing(thing, cause, "If you need it, ask whoever runs this service")


def require_demo(demo: bool, connection: Connection) -> None:
    """Nothing, when the demo accounts may be offered to this browser; SignInError otherwise.

    They have no password, so they are offered only when they were asked for, the server
    listens on this computer alone, and the request was made on this computer, by that name.
    """
    if not demo:
        raise SignInError("Sign-in", "it has not been set up on this server", DEMO_CURE)
    if not _is_loopback(connection.address):
        listens = connection.address or "every network interface"
        raise SignInError(
            "Demo accounts", f"this server listens on {listens}, where other people can reach it", DEMO_CURE
        )
    if connection.remote is not None and not _is_loopback(connection.remote):
        raise SignInError("Demo accounts", f"this browser is on another computer ({connection.remote})", DEMO_CURE)
    headers = {name.lower(): value for name, value in connection.headers.items()}
    if not _is_loopback(_host(headers.get("host", ""))):
        raise SignInError("Demo accounts", "the page was opened under a public name", DEMO_CURE)
    if FORWARDING & headers.keys():
        raise SignInError("Demo accounts", "the page was reached through a proxy", DEMO_CURE)


def _host(header: str) -> str:
    """'localhost:8501' -> 'localhost'; '[::1]:8501' -> '::1'."""
    header = header.strip().lower()
    if header.startswith("["):
        return header[1:].partition("]")[0]
    return header.partition(":")[0]


def _is_loopback(address: str | None) -> bool:
    """Whether the address means this computer only; False for None, names and nonsense."""
    if not address:
        return False
    if address.strip().lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(address.strip()).is_loopback
    except ValueError:
        return False
