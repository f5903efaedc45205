"""The way of a document, as a page of verbs: read, arrange, structure, describe, publish."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from filelock import FileLock, Timeout

from ingest.arrange import arrange
from ingest.clauses import clauses_of
from ingest.describe import describe
from ingest.read import open_document
from ingest.report import Account, account
from ingest.sources import OrganisationSource, described_organisation, find_sources
from ingest.structure import outline
from ingest.titles import policy_slug
from policybot.catalogue import Catalogue
from policybot.errors import BrokenDocument, CorpusError, DocumentError, EmptyDocument, IngestBusy, PolicybotError
from policybot.library import Library
from policybot.records import Edition, Organisation, Policy
from policybot.schema import Fingerprint
from policybot.source_files import LARGEST, SourceFile, SourceFiles

READER_VERSION = "2"
"""Raise it when the way of a document changes what comes out: unchanged files are then read again."""
LOCK_SECONDS = 5.0
"""How long an ingest waits for another to finish before it says so."""


@dataclass(frozen=True, slots=True)
class Ingested:
    """What became of one file: 'new', 'replaced', 'unchanged' (then `account` is None) or 'withdrawn'."""

    policy_id: str
    source: str
    change: str
    clauses: int = 0
    facts: int = 0
    account: Account | None = None


@dataclass(slots=True)
class IngestReport:
    """What an ingest did, and what it refused."""

    done: list[Ingested] = field(default_factory=list)
    refused: list[PolicybotError] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Read:
    """A file that was read and not yet published. `policy` is None when the file has not changed.

    `named`: the id that the policy's title alone gives it.
    """

    path: Path
    policy_id: str
    named: str
    fingerprint: Fingerprint
    policy: Policy | None
    account: Account | None


def read_policy(
    path: Path, organisation: str, edition: Edition = Edition.ORIGINAL, name: str | None = None
) -> tuple[Policy, Account]:
    """One file as a policy, nothing published; `name` ends its id, without it the title does. Raises DocumentError."""
    document = open_document(path)
    tree = outline(arrange(document.blocks), document.title)
    title = tree.title or path.stem.replace("-", " ").replace("_", " ").title()
    policy_id = f"{organisation}/{name or policy_slug(title)}"
    clauses = clauses_of(tree, policy_id)
    if not clauses:
        raise EmptyDocument(
            path.name, "it holds headings but no text under them", "Check that the right file was saved."
        )
    policy = Policy(
        id=policy_id,
        organisation=organisation,
        title=title,
        version=_version(tree.text, edition),
        edition=edition,
        source=path.name,
        text=tree.text,
        clauses=clauses,
        facts=describe(title, clauses),
        outline=tuple(
            (max(1, s.level), s.heading.text, s.heading.span.start)
            for s in tree.sections
            if s.heading and s.heading.span
        ),
    )
    return policy, account(tree, clauses)


def _version(text: str, edition: Edition) -> str:
    return hashlib.sha256(f"{READER_VERSION}\n{edition}\n{text}".encode()).hexdigest()


def ingest(
    folder: Path,
    catalogue: Catalogue,
    library: Library,
    lock: Path,
    corpus: Path,
    only: str | None = None,
    progress: Callable[[str], None] = lambda _: None,
    patience: float = LOCK_SECONDS,
) -> IngestReport:
    """Bring the catalogue to what `folder` holds, organisation by organisation.

    An organisation's files are all read before anything of it changes: one bad file refuses the
    organisation and leaves its old versions answering. Policies that are no longer in its folder
    are withdrawn. `corpus` is asked who an organisation is when `folder` does not say. `patience`: seconds
    to wait for another ingest.
    Raises CorpusError (nothing to ingest) and IngestBusy; refusals are in the report.
    """
    report = IngestReport()
    with _held(lock, patience):
        for source in find_sources(folder, only):
            try:
                _ingest_organisation(source, catalogue, library, corpus, report, progress)
            except DocumentError as error:
                # Every organisation may have its 'policy.pdf'.
                where = f"{source.organisation.slug}/{error.thing}"
                report.refused.append(type(error)(where, error.cause, error.cure))
            except PolicybotError as error:
                report.refused.append(error)
    return report


@contextmanager
def _held(lock: Path, patience: float) -> Iterator[None]:
    """The ingest lock: the operating system lets go of it when its holder dies."""
    lock.parent.mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(lock, timeout=patience):
            yield
    except Timeout as error:
        raise IngestBusy(str(lock), "another ingest is running", "Wait for it to finish and try again.") from error


def _ingest_organisation(
    source: OrganisationSource,
    catalogue: Catalogue,
    library: Library,
    corpus: Path,
    report: IngestReport,
    progress: Callable[[str], None],
) -> None:
    slug = source.organisation.slug
    read: list[_Read] = []
    for path in source.files:
        progress(f"{slug}: reading {path.name}")
        read.append(_read_changed(path, source, catalogue))
    read = _told_apart(read, source)
    _save_organisation(source, catalogue, corpus)
    before = {p.id for p in catalogue.policies(slug)}
    for item in read:
        progress(f"{slug}: publishing {item.policy_id}")
        report.done.append(_publish(item, item.policy_id in before, catalogue, library))
    for gone in sorted(before - {item.policy_id for item in read}):
        library.withdraw(gone)
        report.done.append(Ingested(gone, "", "withdrawn"))
    _keep_documents(slug, read, catalogue)


def _read_changed(path: Path, source: OrganisationSource, catalogue: Catalogue) -> _Read:
    slug = source.organisation.slug
    digest = _digest(path)
    known = catalogue.fingerprint(slug, _place(path, source))
    if known and (known.sha256, known.edition, known.reader) == (digest, source.edition, READER_VERSION):
        current = {p.id: p for p in catalogue.policies(slug)}.get(known.policy_id)
        if current is not None and current.version == known.version:
            return _Read(path, known.policy_id, _titled(slug, current.title), known, None, None)
    return _read_anew(path, source, None, digest)


def _place(path: Path, source: OrganisationSource) -> str:
    return path.relative_to(source.home).as_posix()


def _digest(path: Path) -> str:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        raise BrokenDocument(path.name, f"it cannot be opened ({error.strerror})", "Check its permissions.") from error


def _read_anew(path: Path, source: OrganisationSource, name: str | None, digest: str) -> _Read:
    slug = source.organisation.slug
    policy, accounted = read_policy(path, slug, source.edition, name)
    fingerprint = Fingerprint(
        slug, _place(path, source), digest, source.edition, READER_VERSION, policy.id, policy.version
    )
    return _Read(path, policy.id, _titled(slug, policy.title), fingerprint, policy, accounted)


def _titled(slug: str, title: str) -> str:
    return f"{slug}/{policy_slug(title)}"


def _told_apart(read: list[_Read], source: OrganisationSource) -> list[_Read]:
    """Files that share a title are named by their file names. One file in two formats is refused: which one counts?"""
    titles = Counter(item.named for item in read)
    first = {(item.named, item.path.stem): item.path for item in reversed(read)}
    told = []
    for item in read:
        twin = first[item.named, item.path.stem]
        if twin != item.path:
            raise CorpusError(
                f"{twin.name} and {item.path.name}",
                f"both are the policy {item.named}",
                'Keep one, or name the right one in organisation.toml (policy = "...").',
            )
        name = policy_slug(item.path.stem) if titles[item.named] > 1 else None
        wanted = f"{source.organisation.slug}/{name}" if name else item.named
        told.append(item if item.policy_id == wanted else _read_anew(item.path, source, name, item.fingerprint.sha256))
    return told


def _save_organisation(source: OrganisationSource, catalogue: Catalogue, corpus: Path) -> None:
    """A folder that does not say who it is changes nothing that is known already."""
    organisation: Organisation = source.organisation
    if not source.described:
        known = {o.slug for o in catalogue.organisations()}
        if organisation.slug in known:
            return
        organisation = described_organisation(corpus, organisation.slug) or organisation
    catalogue.save_organisation(organisation)


def _publish(item: _Read, existed: bool, catalogue: Catalogue, library: Library) -> Ingested:
    if item.policy is None:
        return Ingested(item.policy_id, item.path.name, "unchanged")
    library.publish(item.policy)
    catalogue.remember_fingerprint(item.fingerprint)
    change = "replaced" if existed else "new"
    return Ingested(
        item.policy_id, item.path.name, change, len(item.policy.clauses), len(item.policy.facts), item.account
    )


def _keep_documents(slug: str, read: list[_Read], catalogue: Catalogue) -> None:
    """Keep the PDF that each current policy came from, and no other: new ones, and those of which there is none yet."""
    files, publications = SourceFiles(catalogue.engine), {p.id: publication for publication, p in catalogue.published(slug)}
    known, wanted = files.kept(slug), set()
    for item in read:
        publication = publications[item.policy_id]
        if item.policy is None and publication in known:
            wanted.add(publication)
        elif document := _document(item):
            files.keep(slug, publication, document)
            wanted.add(publication)
    files.keep_only(slug, wanted)


def _document(item: _Read) -> SourceFile | None:
    """The file, when it is a PDF of a size that is kept and still what was read: its places are of those bytes."""
    if item.path.suffix.lower() != ".pdf" or not item.path.is_file() or item.path.stat().st_size > LARGEST:
        return None
    content = item.path.read_bytes()
    return SourceFile(content) if hashlib.sha256(content).hexdigest() == item.fingerprint.sha256 else None
