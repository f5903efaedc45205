"""identity.toml: whose sign-ins belong to which organisation, and what they may do.

A list of rules. A rule names the sign-in service (`issuer`) and what else must hold; all of it must. A person whom no rule
fits belongs nowhere. Whoever could be let in by mistake is refused here, before anybody signs in.
"""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from policybot.errors import SettingsError
from policybot.identity import Role, is_loopback
from policybot.records import SLUG, Contact

CONDITIONS = ("tenant", "hosted_domain", "email_domain", "emails", "group")
KEYS = ("name", "issuer", *CONDITIONS, "everyone", "organisation", "roles", "oversees")
LISTS = frozenset({"emails", "roles", "oversees"})
DOMAIN = re.compile(r"^(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z][a-z0-9-]*[a-z0-9]$")
ADDRESS = re.compile(r"^[^@\s\x00-\x1f\x7f]+@[^@\s\x00-\x1f\x7f]+$")
MAIL_FOR_ALL = frozenset(
    {"aol.com", "btinternet.com", "gmail.com", "googlemail.com", "gmx.com", "hotmail.com", "hotmail.co.uk", "icloud.com", "live.com",
     "live.co.uk", "mail.com", "me.com", "msn.com", "outlook.com", "proton.me", "sky.com", "talktalk.net", "yahoo.com", "yahoo.co.uk"}
)  # fmt: skip
"""Where anybody can have an address. As an `email_domain` they let everybody in; single `emails` of them are fine."""
PERSONAL_ACCOUNTS = "9188040d-6c67-4c5b-b112-36a304b66dad"
"""Microsoft's tenant of everybody with an account of their own."""
SHARED_ISSUER = re.compile(r"/(?:common|organizations|consumers|\{tenantid\})(?:/|$)", re.I)
"""Addresses at which Microsoft takes sign-ins of many tenants; no token ever names one as its issuer."""


class IdentityFileError(SettingsError):
    """identity.toml cannot be read, or a rule in it is wrong or would let in whom it should not."""


@dataclass(frozen=True, slots=True)
class Rule:
    """Who fits belongs to `organisation` (a slug) with `roles`, STAFF always among them.

    `issuer` without a slash at its end. Of the conditions an empty one asks nothing: `tenant` (claim tid), `hosted_domain` (hd),
    `email_domain`, `emails` (whole addresses, one of which must be the person's), `group` (one of the claim groups). Domains
    and addresses are in lower case. `everyone`: that the issuer alone is enough. `label`: how messages name the rule.
    """

    label: str
    issuer: str
    organisation: str
    roles: frozenset[Role] = frozenset({Role.STAFF})
    oversees: tuple[str, ...] = ()
    tenant: str = ""
    hosted_domain: str = ""
    email_domain: str = ""
    emails: frozenset[str] = frozenset()
    group: str = ""
    everyone: bool = False


@dataclass(frozen=True, slots=True)
class IdentityFile:
    """What identity.toml says; at least one rule. `contact`: whom a person asks whom no rule fits, None where it does not say."""

    path: Path
    rules: tuple[Rule, ...]
    contact: Contact | None = None


def read_identity_file(path: Path) -> IdentityFile:
    """The file, whole, or IdentityFileError for the first thing in it that is wrong."""
    try:
        said = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        cause = "there is no such file" if isinstance(error, FileNotFoundError) else f"it cannot be read ({error})"
        raise IdentityFileError(str(path), cause, "Write it, or unset POLICYBOT_IDENTITY") from None
    except tomllib.TOMLDecodeError as error:
        raise IdentityFileError(str(path), f"it is not TOML: {error}", "Correct that line") from None
    _refuse_unknown(str(path), said, ("rule", "contact"))
    rules = said.get("rule")
    if not isinstance(rules, list) or not rules or not all(isinstance(rule, dict) for rule in rules):
        raise IdentityFileError(str(path), "it has no rule, so nobody could sign in", "Begin each rule with a line [[rule]]")
    return IdentityFile(path, tuple(_rule(path, number, rule) for number, rule in enumerate(rules, 1)), _contact(path, said.get("contact")))


def require_ingested(file: IdentityFile, slugs: Iterable[str]) -> None:
    """Nothing, when every organisation of every rule is among `slugs`; else IdentityFileError for the first that is not."""
    known = frozenset(slugs)
    for rule in file.rules:
        for slug in (rule.organisation, *rule.oversees):
            if slug not in known:
                near = difflib.get_close_matches(slug, known, n=1)
                ingest = f"policybot ingest FOLDER --org {slug}"
                cure = f"Did you mean {near[0]}? Otherwise run: {ingest}" if near else f"Run: {ingest}"
                raise IdentityFileError(_thing(file.path, rule.label), f"nobody has ingested an organisation {slug}", cure)


def read_auth(folders: Iterable[Path]) -> Mapping[str, Any] | None:
    """The section [auth] of the first of .streamlit/secrets.toml in these folders that has one; None when none has. IdentityFileError."""
    for secrets in (folder / ".streamlit" / "secrets.toml" for folder in folders):
        try:
            said = tomllib.loads(secrets.read_text(encoding="utf-8")) if secrets.is_file() else {}
        except (OSError, ValueError) as error:
            raise IdentityFileError(str(secrets), f"it is not TOML that can be read: {error}", "Correct that line") from None
        if isinstance(said.get("auth"), dict):
            return dict(said["auth"])
    return None


def _thing(path: Path, label: str) -> str:
    return f"{path}, {label}"


def _refuse_unknown(thing: str, said: Mapping[str, Any], known: tuple[str, ...]) -> None:
    for key in said:
        if key not in known:
            near = difflib.get_close_matches(key, known, n=1, cutoff=0.0)[0]
            raise IdentityFileError(thing, f"it has no key {key!r}", f"Did you mean {near}? Rename it or take it out")


def _contact(path: Path, said: object) -> Contact | None:
    thing = f"{path}, [contact]"
    if said is None:
        return None
    if not isinstance(said, dict):
        raise IdentityFileError(thing, "it is no table", 'Write [contact], below it who = "the office"')
    _refuse_unknown(thing, said, ("who", "email", "phone"))
    words = {key: _text(thing, said, key) or None for key in ("who", "email", "phone")}
    if not words["who"]:
        raise IdentityFileError(thing, "it does not say who", 'Add who = "the office"')
    return Contact(words["who"], email=words["email"], phone=words["phone"])


def _rule(path: Path, number: int, said: Mapping[str, Any]) -> Rule:
    """One rule of the file. `number` counts from 1."""
    label = f"rule {number}" + (f" ({said['name']})" if isinstance(said.get("name"), str) else "")
    thing = _thing(path, label)
    _refuse_unknown(thing, said, KEYS)
    text = {key: _text(thing, said, key) for key in KEYS if key not in LISTS and key != "everyone"}
    roles, oversees = _roles(thing, said)
    rule = Rule(
        label,
        _issuer(thing, text["issuer"]),
        _slug(thing, text["organisation"]),
        roles,
        oversees,
        text["tenant"].lower(),
        _domain(thing, "hosted_domain", text["hosted_domain"]),
        _domain(thing, "email_domain", text["email_domain"]),
        frozenset(_address(thing, address) for address in _texts(thing, said, "emails")),
        text["group"],
        _everyone(thing, said),
    )
    _refuse_open_door(thing, rule)
    return rule


def _text(thing: str, said: Mapping[str, Any], key: str) -> str:
    """The value without white space about it; '' where the key is not there. An empty one is a mistake, not a condition less."""
    if key not in said:
        return ""
    if not isinstance(said[key], str) or not said[key].strip():
        raise IdentityFileError(thing, f"{key} must be words in quotation marks, and not empty", f"Correct {key} or take it out")
    return str(said[key]).strip()


def _texts(thing: str, said: Mapping[str, Any], key: str) -> tuple[str, ...]:
    listed = said.get(key, ["-"])
    if not isinstance(listed, list) or not listed or not all(isinstance(item, str) and item.strip() for item in listed):
        raise IdentityFileError(thing, f"{key} must be a list of words", f'Write {key} = ["...", "..."], or take it out')
    return tuple(item.strip() for item in listed) if key in said else ()


def _everyone(thing: str, said: Mapping[str, Any]) -> bool:
    everyone = said.get("everyone", False)
    if not isinstance(everyone, bool):
        raise IdentityFileError(thing, "everyone must be true or false", "Write everyone = true, without quotation marks")
    return everyone


def _issuer(thing: str, issuer: str) -> str:
    if not issuer:
        raise IdentityFileError(thing, "it names no issuer", 'Add issuer = "https://...": whose word is taken for who somebody is')
    if SHARED_ISSUER.search(issuer):
        cure = "Put your tenant's id in that place, as in https://login.microsoftonline.com/YOUR-TENANT-ID/v2.0"
        raise IdentityFileError(thing, f"no sign-in ever comes from {issuer}", cure)
    parts = urlsplit(issuer)
    if not parts.hostname or not (parts.scheme == "https" or (parts.scheme == "http" and is_loopback(parts.hostname))):
        raise IdentityFileError(thing, f"the issuer {issuer!r} is no https address", "Write it as your sign-in service names itself")
    return issuer.rstrip("/")


def _slug(thing: str, slug: str) -> str:
    if not SLUG.fullmatch(slug):
        cause = f"{slug!r} is no organisation" if slug else "it names no organisation"
        raise IdentityFileError(thing, cause, "Write it as policybot organisations shows it, for instance oak-hill-nursery")
    return slug


def _domain(thing: str, key: str, domain: str) -> str:
    if domain and not DOMAIN.fullmatch(domain.lower()):
        raise IdentityFileError(thing, f"{key} {domain!r} is no domain", 'Write the part after the @, for instance "oakhill.example"')
    return domain.lower()


def _address(thing: str, address: str) -> str:
    if not ADDRESS.fullmatch(address):
        cause = f"{address!r} in emails is no e-mail address"
        raise IdentityFileError(thing, cause, "Write whole addresses; for a domain use email_domain")
    return address.lower()


def _roles(thing: str, said: Mapping[str, Any]) -> tuple[frozenset[Role], tuple[str, ...]]:
    """The roles, with STAFF, and the organisations overseen."""
    named, oversees = _texts(thing, said, "roles"), _texts(thing, said, "oversees")
    for name in named:
        if name not in set(Role):
            raise IdentityFileError(thing, f"there is no role {name!r}", f"Choose from: {', '.join(Role)}")
    roles = frozenset({Role.STAFF, *map(Role, named)})
    if (Role.TRUST_LEAD in roles) != bool(oversees):
        cure = 'Write roles = ["trust_lead"] and oversees = ["...", "..."]'
        raise IdentityFileError(thing, "trust_lead and oversees need each other", cure)
    return roles, tuple(dict.fromkeys(_slug(thing, slug) for slug in oversees))


def _refuse_open_door(thing: str, rule: Rule) -> None:
    """IdentityFileError for a rule that lets everybody in and does not say so in so many words."""
    asked = [key for key in CONDITIONS if getattr(rule, key)]
    if rule.everyone and asked:
        raise IdentityFileError(thing, f"everyone and {asked[0]} contradict each other", "Take one of them out")
    if rule.everyone:
        return
    if not asked:
        cause = "it would let in everybody whom this issuer knows"
        raise IdentityFileError(thing, cause, f"Add {', '.join(CONDITIONS[:-1])} or group; or, if you mean everybody: everyone = true")
    everybody = {("email_domain", domain) for domain in MAIL_FOR_ALL} | {("tenant", PERSONAL_ACCOUNTS)}
    if all((key, getattr(rule, key)) in everybody for key in asked):
        cause = f"anybody can have an account with {asked[0]} {getattr(rule, asked[0])}"
        raise IdentityFileError(thing, cause, "Name the people with emails = [...]")
