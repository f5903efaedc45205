"""The files that policies came from: kept, replaced, forgotten, and never another organisation's."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from conftest import make_organisation, make_policy
from reportlab.pdfgen.canvas import Canvas

from ingest.pipeline import ingest
from policybot import source_files
from policybot.catalogue import Catalogue
from policybot.library import Library
from policybot.records import Box
from policybot.settings import Settings
from policybot.source_files import NoSourceFile, SourceFile, SourceFiles, pages_of

ELM, OAK = "elm", "oak"
ONE, OTHER = SourceFile(b"%PDF-1.4 one"), SourceFile(b"%PDF-1.4 other")
LINES = ("Phones stay in the lockers by the door.", "Tablets are signed for in the office.")


@pytest.fixture
def files(catalogue: Catalogue) -> SourceFiles:
    return SourceFiles(catalogue.engine)


def published(catalogue: Catalogue, slug: str, text: str = "Phones stay in the lockers by the door.") -> str:
    """The id of a current publication."""
    catalogue.save_organisation(make_organisation(slug))
    publication = catalogue.stage(make_policy(slug, text))
    catalogue.flip(publication)
    return publication


# -- the store


def test_what_is_kept_comes_back_in_another_opening_too(catalogue: Catalogue, files: SourceFiles, settings: Settings) -> None:
    publication = published(catalogue, ELM)
    assert files.of(ELM, publication) is None and files.kept(ELM) == frozenset()
    files.keep(ELM, publication, ONE)
    files.keep(ELM, publication, OTHER)
    later = SourceFiles.open(settings)
    assert later.of(ELM, publication) == OTHER and later.kept(ELM) == {publication}
    later.close()


def test_no_call_sees_or_touches_another_organisations_file(catalogue: Catalogue, files: SourceFiles) -> None:
    own, strange = published(catalogue, ELM), published(catalogue, OAK)
    files.keep(ELM, own, ONE)
    files.keep(OAK, strange, OTHER)
    assert files.of(OAK, own) is None and files.kept(OAK) == {strange}
    with pytest.raises(NoSourceFile, match="not one of oak"):
        files.keep(OAK, own, OTHER)
    files.keep_only(OAK, ())
    assert files.of(ELM, own) == ONE and files.kept(OAK) == frozenset()
    with pytest.raises(ValueError, match="organisation"):
        files.of("", own)


def test_a_publication_that_is_not_there_is_refused(catalogue: Catalogue, files: SourceFiles) -> None:
    published(catalogue, ELM)
    with pytest.raises(NoSourceFile, match="Ingest the policy first"):
        files.keep(ELM, "0" * 32, ONE)
    assert files.kept(ELM) == frozenset()


def test_a_withdrawn_policy_takes_its_file_with_it(catalogue: Catalogue, files: SourceFiles) -> None:
    publication = published(catalogue, ELM)
    files.keep(ELM, publication, ONE)
    catalogue.withdraw("elm/rules")
    assert files.kept(ELM) == frozenset() and files.of(ELM, publication) is None


def test_only_a_pdf_of_a_fair_size_is_a_source_file() -> None:
    assert len(SourceFile(b"x" * source_files.LARGEST).content) == 20 * 1024 * 1024
    for content in (b"", b"x" * (source_files.LARGEST + 1)):
        with pytest.raises(ValueError, match="bytes"):
            SourceFile(content)
    with pytest.raises(ValueError, match="text/html"):
        SourceFile(b"<script>", "text/html")


def test_the_pages_of_a_clause_are_those_of_its_boxes() -> None:
    clause = make_policy(ELM, LINES[0]).clauses[0]
    assert pages_of(clause) == ()
    boxes = tuple(Box(page, 10, 10, 20, 20) for page in (3, 2, 3))
    assert pages_of(replace(clause, boxes=boxes)) == (2, 3)


# -- kept by the ingest


def pdf(path: Path, *lines: str, author: str = "one") -> None:
    """A policy of one page. `author` changes the file's bytes and no word of its text."""
    path.parent.mkdir(parents=True, exist_ok=True)
    canvas = Canvas(str(path), invariant=1)
    canvas.setAuthor(author)
    canvas.setFont("Helvetica-Bold", 16)
    canvas.drawString(72, 760, "Phone Policy")
    canvas.setFont("Helvetica", 11)
    for place, line in enumerate(lines or LINES):
        canvas.drawString(72, 720 - 40 * place, line)
    canvas.save()


class Bench:
    def __init__(self, settings: Settings, catalogue: Catalogue, library: Library) -> None:
        self.settings, self.catalogue, self.library = settings, catalogue, library
        self.files, self.path = SourceFiles(catalogue.engine), settings.corpus / ELM / "phones.pdf"

    def changes(self) -> list[str]:
        lock, corpus = self.settings.home / "ingest.lock", self.settings.corpus
        return [done.change for done in ingest(corpus, self.catalogue, self.library, lock, corpus).done]

    def document(self) -> bytes | None:
        """What is kept of the current publication; nothing else is."""
        (publication, _), = self.catalogue.published(ELM)
        file = self.files.of(ELM, publication)
        assert self.files.kept(ELM) == ({publication} if file else frozenset())
        return file.content if file else None


@pytest.fixture
def bench(settings: Settings, catalogue: Catalogue, library: Library) -> Bench:
    return Bench(settings, catalogue, library)


def test_a_published_pdf_is_kept_and_its_clauses_have_places(bench: Bench) -> None:
    pdf(bench.path)
    assert bench.changes() == ["new"] and bench.document() == bench.path.read_bytes()
    assert all(pages_of(clause) == (1,) for clause in bench.catalogue.policies(ELM)[0].clauses)
    assert bench.changes() == ["unchanged"] and bench.document() == bench.path.read_bytes()


def test_an_unchanged_policy_without_a_file_gets_it(bench: Bench) -> None:
    pdf(bench.path)
    bench.changes()
    bench.files.keep_only(ELM, ())
    assert bench.document() is None
    assert bench.changes() == ["unchanged"] and bench.document() == bench.path.read_bytes()


def test_a_new_version_has_its_own_file_and_the_old_one_goes(bench: Bench) -> None:
    pdf(bench.path)
    bench.changes()
    pdf(bench.path, "Phones are left at home by everybody who works here.")
    assert bench.changes() == ["replaced"] and bench.document() == bench.path.read_bytes()
    pdf(bench.path, "Phones are left at home by everybody who works here.", author="another")
    bench.changes()
    assert bench.document() == bench.path.read_bytes(), "the same words in another file: the file of today is shown"


def test_of_a_text_no_file_is_kept(bench: Bench) -> None:
    bench.path.parent.mkdir(parents=True)
    bench.path.with_suffix(".md").write_text(f"# Phone Policy\n\n{LINES[0]}\n", encoding="utf-8")
    assert bench.changes() == ["new"] and bench.document() is None


def test_a_file_that_is_too_large_is_published_and_not_kept(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    pdf(bench.path)
    monkeypatch.setattr("ingest.pipeline.LARGEST", bench.path.stat().st_size - 1)
    assert bench.changes() == ["new"] and bench.document() is None
    assert [c.text for c in bench.library.shelf(ELM).clauses()]
