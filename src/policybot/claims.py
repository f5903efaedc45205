"""What a sign-in service says of a person (OpenID Connect claims) -> who they are here.

Streamlit checks a token's signature, issuer and nonce once, when somebody signs in, keeps the claims in a signed cookie for 30
days, and never looks at their end again. So the end is looked at here, at every run of the page.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from authlib.oidc.core import IDToken
from joserfc.errors import ExpiredTokenError, JoseError

from policybot.errors import SignInError
from policybot.identity import Role, User
from policybot.identity_file import ADDRESS, Rule

LEEWAY = timedelta(seconds=60)
"""How far two clocks may be apart."""
LONGEST = timedelta(hours=12)
"""How long a sign-in lasts at most, whatever the token says: a working day. Counted from when the token was made (iat); auth_time
may lie days back where one sign-in serves for many programs, and nobody could ever get in."""
GOOGLE = "https://accounts.google.com"
GOOGLE_MAIL = frozenset({"gmail.com", "googlemail.com"})
NAME_LENGTH = 80
"""Characters of a name that are shown."""
NOT_USABLE = "Sign out, then sign in again; if it happens again, tell whoever runs this service"


@dataclass(frozen=True, slots=True)
class Welcome:
    """The person belongs here: one User for each of their organisations, by slug, at least one."""

    users: tuple[User, ...]


@dataclass(frozen=True, slots=True)
class Stranger:
    """The sign-in is good, but no rule fits. `email` is '' where the service gave none."""

    name: str
    email: str
    issuer: str


@dataclass(frozen=True, slots=True)
class Lapsed:
    """The sign-in has come to its end."""


Admission = Welcome | Stranger | Lapsed


def admit(claims: Mapping[str, object], rules: Sequence[Rule], now: datetime) -> Admission | None:
    """Who the claims say is there, `now` with its time zone; None when nobody has signed in.

    SignInError when the claims are not what every sign-in must have (who says so, of whom, from when, until when)."""
    if claims.get("is_logged_in") is not True:
        return None
    try:
        ends = _end(claims, now)
    except ExpiredTokenError:
        return Lapsed()
    except JoseError as error:
        raise SignInError("Your sign-in", f"the sign-in service did not say what it must ({error.error})", NOT_USABLE) from None
    if now >= ends + LEEWAY:
        return Lapsed()
    issuer, email = str(claims["iss"]), _email(claims)
    users = _users([rule for rule in rules if _fits(rule, claims)], f"{issuer}|{claims['sub']}", _name(claims, email), email, ends)
    return Welcome(users) if users else Stranger(_name(claims, email), email, issuer)


def _end(claims: Mapping[str, object], now: datetime) -> datetime:
    """When the sign-in ends, without leeway. JoseError for claims that say no such thing; ExpiredTokenError when it is over."""
    for name in ("exp", "iat", "nbf"):
        if name in claims and not _is_time(claims[name]):
            raise SignInError("Your sign-in", f"the sign-in service gave a time that is none ({name})", NOT_USABLE)
    for name in ("iss", "sub"):
        if not isinstance(claims.get(name), str) or not str(claims[name]).strip():
            raise SignInError("Your sign-in", f"the sign-in service did not say who you are ({name})", NOT_USABLE)
    IDToken(dict(claims), {}).validate(now=int(now.timestamp()), leeway=int(LEEWAY.total_seconds()))
    made, ends = (datetime.fromtimestamp(float(str(claims[name])), UTC) for name in ("iat", "exp"))
    return min(ends, made + LONGEST)


def _is_time(value: object) -> bool:
    """Seconds since 1970, within what a calendar can hold."""
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value) and 0 < value < 100_000_000_000


def _email(claims: Mapping[str, object]) -> str:
    """The address in lower case; '' where there is none, or none that can be read in only one way."""
    email = claims.get("email")
    return email.lower() if isinstance(email, str) and email.isascii() and ADDRESS.fullmatch(email) else ""


def _name(claims: Mapping[str, object], email: str) -> str:
    """What to call the person; never empty."""
    for said in (claims.get("name"), claims.get("preferred_username"), email):
        if isinstance(said, str) and (words := " ".join(said.split())):
            return words[:NAME_LENGTH]
    return "Somebody without a name"


def _fits(rule: Rule, claims: Mapping[str, object]) -> bool:
    """Whether the rule's issuer said all that the rule asks for."""
    if str(claims["iss"]).rstrip("/") != rule.issuer:
        return False
    groups = claims.get("groups")
    return all(
        (
            rule.everyone or rule.tenant or rule.hosted_domain or rule.email_domain or rule.emails or rule.group,
            not rule.tenant or _is(claims.get("tid"), rule.tenant),
            not rule.hosted_domain or _is(claims.get("hd"), rule.hosted_domain),
            not (rule.email_domain or rule.emails) or _address_fits(rule, claims),
            not rule.group or (isinstance(groups, list | tuple) and rule.group in groups),
        )
    )


def _is(claim: object, wanted: str) -> bool:
    return isinstance(claim, str) and claim.lower() == wanted


def _verified(claims: Mapping[str, object]) -> bool:
    """Whether the issuer stands by the address; some say nothing of it, and some say it in letters."""
    said = claims.get("email_verified", True)
    return said is True or said == "true"


def _address_fits(rule: Rule, claims: Mapping[str, object]) -> bool:
    """Whether the person's address is one that the rule asks for, and theirs for certain as far as the issuer can tell."""
    email = _email(claims)
    domain = email.rpartition("@")[2]
    if not email or not _verified(claims):
        return False
    if (rule.email_domain and domain != rule.email_domain) or (rule.emails and email not in rule.emails):
        return False
    # Anybody may have a Google account under an address elsewhere; only `hd` says that the domain itself looks after it.
    google = rule.issuer == GOOGLE and not rule.hosted_domain and domain not in GOOGLE_MAIL
    return not google or _is(claims.get("hd"), domain)


def _users(rules: Sequence[Rule], person: str, name: str, email: str, ends: datetime) -> tuple[User, ...]:
    """One User for each organisation of the rules, which add up, by slug."""
    found = []
    for slug in sorted({rule.organisation for rule in rules}):
        own = [rule for rule in rules if rule.organisation == slug]
        roles = frozenset(role for rule in own for role in rule.roles)
        oversees = tuple(sorted({overseen for rule in own for overseen in rule.oversees})) if Role.TRUST_LEAD in roles else ()
        found.append(User(slug, name, roles, person, email, ends, oversees))
    return tuple(found)
