"""Who is signed in: the only place an organisation comes from.

The pages get a User and nothing else: no address, page input or question names an
organisation. Demo accounts are for one person at their own computer. Real sign-in stands beside them:
`providers` says which sign-in services there are, identity_file.py whose they are, claims.py makes Users of what they say.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from urllib.parse import urlsplit

from policybot.catalogue import Catalogue
from policybot.errors import PolicybotError, SignInError
from policybot.records import SLUG

FORWARDING = frozenset({"forwarded", "via", "x-forwarded-for", "x-forwarded-host", "x-forwarded-server", "x-real-ip"})
"""Headers that a proxy leaves: behind one, 'from this computer' cannot be told any more."""
DEMO_CURE = (
    "Try it on this computer with policybot run --demo; for other people an administrator must set up sign-in first"
)

CALLBACK = "/oauth2callback"
"""What Streamlit answers a sign-in service at."""
SECRET_LENGTH = 32
"""Least characters of the secret that signs the cookie: whoever guesses it can be anybody."""
SECRETS = "[auth] in .streamlit/secrets.toml"
SECRETS_CURE = "An administrator must correct it as docs/administrators.md says, then start the page anew"
NEEDED = ("client_id", "client_secret", "server_metadata_url")


class RoleMissing(PolicybotError):
    """Somebody is signed in who may not do this."""


class Role(StrEnum):
    """What a person may do. Everyone who is signed in may ask and read."""

    STAFF = "staff"
    DSL = "dsl"
    """Designated safeguarding lead: looks up procedures."""
    EVALUATOR = "evaluator"
    """Reviews answers and runs question sets of their own organisation."""
    ADMINISTRATOR = "administrator"
    """Sees, in figures only, what is asked in their own organisation."""
    TRUST_LEAD = "trust_lead"
    """Compares the policies of the organisations in `User.oversees`."""


@dataclass(frozen=True, slots=True)
class User:
    """A person who is signed in. `organisation` is the slug of the only shelf they may read.

    `person`: who it is, the same at every sign-in ('https://issuer|subject'); nothing is kept for ''. `expires`: when the
    sign-in ends, with a time zone; None for never. `oversees`: slugs that a trust lead may compare, () for everyone else.
    """

    organisation: str
    name: str
    roles: frozenset[Role]
    person: str = ""
    email: str = ""
    expires: datetime | None = None
    oversees: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not SLUG.match(self.organisation):
            raise ValueError(f"a user's organisation must be a slug, got {self.organisation!r}")
        if not self.name.strip():
            raise ValueError("a user needs a name")
        if self.oversees and Role.TRUST_LEAD not in self.roles:
            raise ValueError("only a trust lead oversees organisations")
        if not all(SLUG.match(slug) for slug in self.oversees):
            raise ValueError(f"organisations overseen must be slugs, got {self.oversees!r}")
        if self.expires is not None and self.expires.tzinfo is None:
            raise ValueError("the end of a sign-in needs its time zone")


@dataclass(frozen=True, slots=True)
class Connection:
    """Where a browser's request came in.

    `address`: the interface the server listens on, None when it listens on all. `remote`: the
    browser's IP, None for this computer. `headers`: the request's, names in any case.
    """

    address: str | None
    remote: str | None
    headers: Mapping[str, str]


DEMO_NAMES = {
    Role.STAFF: "Demo member of staff",
    Role.DSL: "Demo safeguarding lead",
    Role.EVALUATOR: "Demo evaluator",
    Role.ADMINISTRATOR: "Demo administrator",
    Role.TRUST_LEAD: "Demo trust lead",
}


def demo_users(catalogue: Catalogue, role: Role = Role.STAFF) -> tuple[User, ...]:
    """One person with `role`, who may also do what staff may, for each organisation of the catalogue, by slug; () when it
    is empty. A demo trust lead oversees them all."""
    slugs = tuple(o.slug for o in catalogue.organisations())
    overseen = slugs if role is Role.TRUST_LEAD else ()
    roles = frozenset({Role.STAFF, role})
    return tuple(User(slug, DEMO_NAMES[role], roles, person=f"demo|{role}", oversees=overseen) for slug in slugs)


def require_role(user: User, role: Role, thing: str) -> None:
    """Nothing, when the user has the role; else RoleMissing, which says what `thing` is for."""
    require_any_role(user, (role,), thing)


def require_any_role(user: User, roles: tuple[Role, ...], thing: str) -> None:
    """Nothing, when the user has one of the roles, or when there are none to have; else RoleMissing."""
    if roles and not user.roles & set(roles):
        needed = " or ".join(role.replace("_", " ") for role in roles)
        cause = f"it is for people with the role {needed}, and your account does not have it"
        raise RoleMissing(thing, cause, "If you need it, ask whoever runs this service")


@dataclass(frozen=True, slots=True)
class Provider:
    """A sign-in service that is set up. `key`: its name for st.login, None for the only one without a name."""

    key: str | None
    label: str


def providers(auth: Mapping[str, object]) -> tuple[Provider, ...]:
    """The sign-in services in the section [auth] of secrets.toml, in its order; at least one. SignInError says what is amiss.

    Streamlit itself finds most of this out only when somebody presses the button, and some of it never."""
    _require_callback(auth.get("redirect_uri"))
    secret = auth.get("cookie_secret")
    if not isinstance(secret, str) or len(secret) < SECRET_LENGTH:
        raise _amiss(f"cookie_secret must be random and have at least {SECRET_LENGTH} characters")
    named = {key: section for key, section in auth.items() if isinstance(section, Mapping) and key != "client_kwargs"}
    if "client_id" in auth:
        _require_complete("", auth)
    for key, section in named.items():
        _require_complete(f".{key}", section)
    if not named and "client_id" not in auth:
        raise _amiss("it names no sign-in service")
    alone = (Provider(None, "Sign in"),) if "client_id" in auth else ()
    return alone + tuple(Provider(key, f"Sign in with {key.replace('-', ' ').title()}") for key in named)


def other_origin(opened: str | None, redirect_uri: str) -> str:
    """Where the page must be opened for a sign-in to come back to it, when it was `opened` elsewhere (localhost is not 127.0.0.1 to a
    browser); '' when all is well or nobody can tell."""
    if not opened or "{port}" in redirect_uri:
        return ""
    here, there = (f"{parts.scheme}://{parts.netloc}" for parts in (urlsplit(opened), urlsplit(redirect_uri)))
    return "" if here == there else there


def _amiss(cause: str) -> SignInError:
    return SignInError(SECRETS, cause, SECRETS_CURE)


def _require_callback(address: object) -> None:
    """Where a sign-in comes back to: this page, over https unless it is this computer's own."""
    if not isinstance(address, str) or not address.endswith(CALLBACK):
        raise _amiss(f"redirect_uri must be this page's address with {CALLBACK} at its end")
    parts = urlsplit(address)
    if parts.scheme != "https" and not (parts.scheme == "http" and is_loopback(parts.hostname)):
        raise _amiss("redirect_uri must begin with https://, or anybody on the way could take the sign-in")


def _require_complete(name: str, section: Mapping[str, object]) -> None:
    if "_" in name:
        raise _amiss(f"the name of [auth{name}] has an underscore, which Streamlit cannot have there")
    missing = [key for key in NEEDED if not section.get(key)]
    if missing:
        raise _amiss(f"[auth{name}] has no {' and no '.join(missing)}")


def require_demo(demo: bool, connection: Connection) -> None:
    """Nothing, when the demo accounts may be offered to this browser; SignInError otherwise.

    They have no password, so they are offered only when they were asked for, the server
    listens on this computer alone, and the request was made on this computer, by that name.
    """
    if not demo:
        raise SignInError("Sign-in", "it has not been set up on this server", DEMO_CURE)
    if not is_loopback(connection.address):
        listens = connection.address or "every network interface"
        raise SignInError(
            "Demo accounts", f"this server listens on {listens}, where other people can reach it", DEMO_CURE
        )
    if connection.remote is not None and not is_loopback(connection.remote):
        raise SignInError("Demo accounts", f"this browser is on another computer ({connection.remote})", DEMO_CURE)
    headers = {name.lower(): value for name, value in connection.headers.items()}
    if not is_loopback(_host(headers.get("host", ""))):
        raise SignInError("Demo accounts", "the page was opened under a public name", DEMO_CURE)
    if FORWARDING & headers.keys():
        raise SignInError("Demo accounts", "the page was reached through a proxy", DEMO_CURE)


def _host(header: str) -> str:
    """'localhost:8501' -> 'localhost'; '[::1]:8501' -> '::1'."""
    header = header.strip().lower()
    if header.startswith("["):
        return header[1:].partition("]")[0]
    return header.partition(":")[0]


def is_loopback(address: str | None) -> bool:
    """Whether the address means this computer only; False for None, names and nonsense."""
    if not address:
        return False
    if address.strip().lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(address.strip()).is_loopback
    except ValueError:
        return False
