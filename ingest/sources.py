"""What lies in a corpus folder: organisations, their files, and which edition they are."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path

from ingest.read import READERS
from policybot.errors import CorpusError
from policybot.records import SLUG, Contact, Edition, Organisation

DESCRIPTION = "organisation.toml"
ORIGINALS = "original"
"""A folder beside the shipped policy: what is dropped in here takes its place."""
KNOWN_KEYS = {"name", "aliases", "policy", "policies", "edition", "colour", "suggestions", "contact"}


@dataclass(frozen=True, slots=True)
class OrganisationSource:
    """One organisation's folder: who it is, and the files that are its policies."""

    organisation: Organisation
    files: tuple[Path, ...]
    edition: Edition
    described: bool
    """Whether the folder itself says who the organisation is."""


def find_sources(folder: Path, only: str | None = None) -> tuple[OrganisationSource, ...]:
    """The organisations under `folder`, or the one named `only` (`folder` may then be its own folder).

    Raises CorpusError when there is nothing to ingest.
    """
    if not folder.is_dir():
        raise CorpusError(str(folder), "there is no such folder", "Give a folder with a folder for each organisation in it.")
    if only is not None:
        home = folder / only if (folder / only).is_dir() else folder
        return (_source(home, only),)
    homes = sorted(p for p in folder.iterdir() if p.is_dir() and not p.name.startswith((".", "_")))
    sources = tuple(_source(home, home.name) for home in homes if _has_policies(home))
    if not sources:
        loose = any(p.suffix.lower() in READERS for p in folder.iterdir() if p.is_file())
        cause = "its files belong to no organisation" if loose else "no folder in it holds a policy"
        raise CorpusError(str(folder), cause, "Put each organisation's files in a folder of its own, or say --org SLUG.")
    return sources


def _has_policies(home: Path) -> bool:
    return (home / DESCRIPTION).is_file() or bool(_policy_files(home))


def _policy_files(home: Path) -> tuple[Path, ...]:
    files = (p for p in home.rglob("*") if p.is_file() and p.suffix.lower() in READERS)
    hidden = (".", "~", "_")
    return tuple(sorted(p for p in files if not p.name.startswith(hidden) and not re.match(r"readme|licen[cs]e", p.name, re.I)))


def _source(home: Path, slug: str) -> OrganisationSource:
    if not SLUG.match(slug):
        raise CorpusError(str(home), f"{slug!r} cannot name an organisation", "Use lower-case letters, digits and single hyphens.")
    description = _read_description(home / DESCRIPTION)
    originals = _policy_files(home / ORIGINALS) if (home / ORIGINALS).is_dir() else ()
    if originals:
        files, edition = originals, Edition.ORIGINAL
    else:
        files, edition = _chosen_files(home, description), _edition(home, description)
    if not files:
        raise CorpusError(str(home), "there is no policy in it", "Add a PDF, DOCX, MD, HTML or TXT file.")
    return OrganisationSource(organisation_from(slug, description), files, edition, bool(description))


def _read_description(path: Path) -> dict[str, object]:
    if not path.is_file():
        return {}
    try:
        description = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise CorpusError(str(path), f"it is not TOML ({error})", "Mend the line it names.") from error
    unknown = set(description) - KNOWN_KEYS
    if unknown:
        raise CorpusError(str(path), f"unknown key {sorted(unknown)[0]!r}", f"Known keys: {', '.join(sorted(KNOWN_KEYS))}.")
    return description


def _chosen_files(home: Path, description: dict[str, object]) -> tuple[Path, ...]:
    named = description.get("policies") or ([description["policy"]] if "policy" in description else [])
    files = tuple(home / str(name) for name in named)  # type: ignore[union-attr]
    for file in files:
        if not file.is_file():
            raise CorpusError(str(home / DESCRIPTION), f"it names {file.name}, which is not there", "Add the file or correct the name.")
    return files or _policy_files(home)


def _edition(home: Path, description: dict[str, object]) -> Edition:
    said = description.get("edition", Edition.ORIGINAL.value)
    try:
        return Edition(str(said))
    except ValueError as error:
        raise CorpusError(str(home / DESCRIPTION), f"edition {said!r} is unknown", "Say 'original' or 'restated'.") from error


def described_organisation(corpus: Path, slug: str) -> Organisation | None:
    """Who `slug` is according to another corpus folder, or None when that says nothing."""
    description = _read_description(corpus / slug / DESCRIPTION)
    return organisation_from(slug, description) if description else None


def organisation_from(slug: str, description: dict[str, object]) -> Organisation:
    """The record; without a description the name is the slug in words."""
    contact = description.get("contact")
    return Organisation(
        slug=slug,
        name=str(description.get("name") or slug.replace("-", " ").title()),
        aliases=tuple(description.get("aliases", ())),  # type: ignore[arg-type]
        contact=Contact(**contact) if isinstance(contact, dict) else None,
        colour=str(description.get("colour", "#1d4f91")),
        suggestions=tuple(description.get("suggestions", ())),  # type: ignore[arg-type]
    )
