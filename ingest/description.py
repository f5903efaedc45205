"""organisation.toml: what a folder says of itself, checked before anything relies on it."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from policybot.errors import CorpusError
from policybot.organisation import Logo, require_slug
from policybot.records import Contact, Edition, Organisation

KNOWN_KEYS = {"name", "aliases", "policy", "policies", "edition", "colour", "logo", "suggestions", "contact", "safeguarding"}
FILE = "organisation.toml"
CONTACT_KEYS = {"who", "email", "phone"}


@dataclass(frozen=True, slots=True)
class Description:
    """The file's contents; () and None where it says nothing. `policies`: file names in the folder."""

    name: str | None = None
    aliases: tuple[str, ...] = ()
    policies: tuple[str, ...] = ()
    edition: Edition = Edition.ORIGINAL
    colour: str | None = None
    logo: Logo | None = None
    suggestions: tuple[str, ...] = ()
    contact: Contact | None = None
    safeguarding: Contact | None = None

    def organisation(self, slug: str) -> Organisation:
        """The record; without a name the slug in words."""
        given = {"colour": self.colour} if self.colour else {}
        name = self.name or slug.replace("-", " ").title()
        return Organisation(slug, name, self.aliases, self.contact, self.safeguarding, suggestions=self.suggestions, **given)


def read_description(path: Path) -> Description | None:
    """What `path` says, None when there is no such file. Raises CorpusError naming the file and the key."""
    if not path.is_file():
        return None
    try:
        given = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise CorpusError(str(path), f"it is not TOML ({error})", "Mend the line it names.") from error
    unknown = sorted(set(given) - KNOWN_KEYS)
    if unknown:
        raise CorpusError(str(path), f"unknown key {unknown[0]!r}", f"Known keys: {', '.join(sorted(KNOWN_KEYS))}.")
    one = _text(path, given, "policy")
    return Description(
        name=_text(path, given, "name"),
        aliases=_texts(path, given, "aliases"),
        policies=_texts(path, given, "policies") or ((one,) if one else ()),
        edition=_edition(path, given),
        colour=_text(path, given, "colour"),
        logo=_logo(path, given),
        suggestions=_texts(path, given, "suggestions"),
        contact=_contact(path, given, "contact"),
        safeguarding=_contact(path, given, "safeguarding"),
    )


def logo_of(corpus: Path, slug: str) -> Logo | None:
    """The picture of the organisation whose folder is `corpus/slug`, None where it has none. CorpusError, ValueError.

    It is not in the database: a page looks for it where the policies came from.
    """
    require_slug("organisation", slug)
    description = read_description(corpus / slug / FILE)
    return description.logo if description else None


def _logo(path: Path, given: dict[str, Any]) -> Logo | None:
    name = _text(path, given, "logo")
    if name is None:
        return None
    file = path.parent / name
    try:
        if Path(name).name != name or not file.is_file():
            raise CorpusError(str(path), f"logo = {name!r} is no file in its folder", "Put the picture there and write its name.")
        return Logo(file.read_bytes())
    except OSError as error:
        raise CorpusError(str(file), f"the logo cannot be read ({error.strerror})", "Let policybot read it, or name another.") from error
    except ValueError as error:
        raise CorpusError(str(file), str(error), "Save it as a small PNG, JPEG, WebP or SVG.") from error


def _text(path: Path, given: dict[str, Any], key: str) -> str | None:
    value = given.get(key)
    if value is not None and (not isinstance(value, str) or not value.strip()):
        raise CorpusError(str(path), f"{key} = {value!r} is no text", f'Write {key} = "...".')
    return value


def _texts(path: Path, given: dict[str, Any], key: str) -> tuple[str, ...]:
    value = given.get(key, [])
    if not isinstance(value, list) or not all(isinstance(v, str) and v.strip() for v in value):
        raise CorpusError(str(path), f"{key} = {value!r} is no list of texts", f'Write {key} = ["...", "..."].')
    return tuple(value)


def _edition(path: Path, given: dict[str, Any]) -> Edition:
    said = given.get("edition", Edition.ORIGINAL.value)
    try:
        return Edition(said)
    except ValueError as error:
        raise CorpusError(str(path), f"edition {said!r} is unknown", "Say 'original' or 'restated'.") from error


def _contact(path: Path, given: dict[str, Any], key: str) -> Contact | None:
    value = given.get(key)
    if value is None:
        return None
    if not isinstance(value, dict) or "who" not in value or set(value) - CONTACT_KEYS:
        raise CorpusError(
            str(path), f"{key} = {value!r} is no contact", f"Give [{key}] who, and email or phone if there are any."
        )
    return Contact(**{k: str(_text(path, value, k)) for k in value})
