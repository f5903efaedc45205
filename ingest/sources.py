"""What lies in a corpus folder: organisations, their files, and which edition they are."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from ingest.description import Description, read_description
from ingest.read import READERS
from policybot.errors import CorpusError
from policybot.records import SLUG, Edition, Organisation

DESCRIPTION = "organisation.toml"
ORIGINALS = "original"
"""A folder beside the shipped policy: what is dropped in here takes its place."""
NO_POLICY = re.compile(r"[.~_]|readme|licen[cs]e", re.I)
"""Names of files that are never policies."""
UNREADABLE = frozenset({".doc", ".docm", ".dot", ".odt", ".rtf", ".pages", ".wpd", ".ppt", ".pptx", ".epub"})
"""Documents that somebody meant to be read here."""


@dataclass(frozen=True, slots=True)
class OrganisationSource:
    """One organisation's folder: who it is, and the files that are its policies."""

    organisation: Organisation
    home: Path
    files: tuple[Path, ...]
    edition: Edition
    described: bool
    """Whether the folder itself says who the organisation is."""


def find_sources(folder: Path, only: str | None = None) -> tuple[OrganisationSource, ...]:
    """The organisations under `folder`, or the one named `only` (`folder` may then be its own folder).

    Raises CorpusError when there is nothing to ingest.
    """
    if not folder.is_dir():
        raise CorpusError(
            str(folder), "there is no such folder", "Give a folder with a folder for each organisation in it."
        )
    if only is not None:
        home = folder / only if (folder / only).is_dir() else folder
        return (_source(home, only),)
    homes = sorted(p for p in folder.iterdir() if p.is_dir() and not p.name.startswith((".", "_")))
    sources = tuple(_source(home, home.name) for home in homes if _has_policies(home))
    if not sources:
        loose = any(p.suffix.lower() in READERS for p in folder.iterdir() if p.is_file())
        cause = "its files belong to no organisation" if loose else "no folder in it holds a policy"
        raise CorpusError(
            str(folder), cause, "Put each organisation's files in a folder of its own, or say --org SLUG."
        )
    return sources


def _has_policies(home: Path) -> bool:
    return (home / DESCRIPTION).is_file() or bool(_policy_files(home))


def _policy_files(home: Path) -> tuple[Path, ...]:
    """Documents in the folder. One in a format that no reader knows is among them, to be refused rather than
    overlooked, unless it lies there in a readable format too."""
    files = [p for p in home.rglob("*") if p.is_file() and not NO_POLICY.match(p.name)]
    readable = [p for p in files if p.suffix.lower() in READERS]
    known = {p.with_suffix("") for p in readable}
    return tuple(
        sorted(readable + [p for p in files if p.suffix.lower() in UNREADABLE and p.with_suffix("") not in known])
    )


def _source(home: Path, slug: str) -> OrganisationSource:
    if not SLUG.match(slug):
        raise CorpusError(
            str(home), f"{slug!r} cannot name an organisation", "Use lower-case letters, digits and single hyphens."
        )
    said = read_description(home / DESCRIPTION)
    description = said or Description()
    originals = _policy_files(home / ORIGINALS) if (home / ORIGINALS).is_dir() else ()
    if originals:
        files, edition = originals, Edition.ORIGINAL
    else:
        files, edition = _chosen_files(home, description), description.edition
    if not files:
        raise CorpusError(str(home), "there is no policy in it", "Add a PDF, DOCX, MD, HTML or TXT file.")
    return OrganisationSource(description.organisation(slug), home, files, edition, said is not None)


def _chosen_files(home: Path, description: Description) -> tuple[Path, ...]:
    files = tuple(home / name for name in description.policies)
    for file in files:
        if not file.is_file():
            raise CorpusError(
                str(home / DESCRIPTION),
                f"it names {file.name}, which is not there",
                "Add the file or correct the name.",
            )
        if not file.resolve().is_relative_to(home.resolve()):
            raise CorpusError(
                str(home / DESCRIPTION), f"it names {file}, which is not in its folder", "Put the file into the folder."
            )
    return files or _policy_files(home)


def described_organisation(corpus: Path, slug: str) -> Organisation | None:
    """Who `slug` is according to another corpus folder, or None when that says nothing."""
    description = read_description(corpus / slug / DESCRIPTION)
    return description.organisation(slug) if description else None
