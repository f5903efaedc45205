"""The way of a document, over real SQLite and Chroma, in real processes where that is the point."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import zipfile
from collections.abc import Callable
from pathlib import Path

import docx
import pytest
from conftest import CountingEmbeddings
from filelock import FileLock
from pypdf import PdfReader, PdfWriter
from reportlab.pdfgen.canvas import Canvas

from ingest.pipeline import IngestReport, ingest
from policybot import errors
from policybot.catalogue import Catalogue
from policybot.errors import IngestBusy
from policybot.library import Library
from policybot.records import Edition
from policybot.settings import Settings

RULES = (
    "Phones stay in the lockers by the door.",
    "Tablets are signed for in the office.",
    "Cameras are never taken home.",
)


def policy_text(title: str = "Phone Policy", *rules: str) -> str:
    body = "\n\n".join(rules or RULES)
    return f"# {title}\n\n## 1. Scope\n\n{body}\n"


class Bench:
    """One home, one corpus, and the embeddings that count what they embed."""

    def __init__(self, settings: Settings, catalogue: Catalogue) -> None:
        self.settings, self.catalogue = settings, catalogue
        self.embeddings = CountingEmbeddings()
        self.library = Library.open(settings, catalogue, self.embeddings)
        self.corpus = settings.corpus
        self.corpus.mkdir(parents=True)

    def write(self, name: str, text: str | bytes, slug: str = "acme") -> Path:
        path = self.corpus / slug / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        return path

    def ingest(self, only: str | None = None, patience: float = 0.1) -> IngestReport:
        lock = self.settings.home / "ingest.lock"
        return ingest(self.corpus, self.catalogue, self.library, lock, self.corpus, only, patience=patience)

    def changes(self) -> list[tuple[str, str]]:
        return [(item.policy_id, item.change) for item in self.ingest().done]

    def texts(self, slug: str = "acme") -> list[str]:
        """What the organisation's shelf answers from now."""
        return [clause.text for clause in self.library.shelf(slug).clauses()]


@pytest.fixture
def bench(settings: Settings, catalogue: Catalogue) -> Bench:
    return Bench(settings, catalogue)


# -- what changes


def test_new_then_unchanged_without_a_single_vector(bench: Bench) -> None:
    bench.write("phones.md", policy_text())
    assert bench.changes() == [("acme/phone-policy", "new")]
    embedded = bench.embeddings.embedded
    assert embedded == 2 * len(RULES)
    assert bench.changes() == [("acme/phone-policy", "unchanged")]
    assert bench.embeddings.embedded == embedded


def test_another_opening_of_the_same_home_embeds_nothing_either(bench: Bench) -> None:
    bench.write("phones.md", policy_text())
    bench.ingest()
    later = CountingEmbeddings()
    bench.library = Library.open(bench.settings, bench.catalogue, later)
    assert (bench.changes(), later.embedded) == ([("acme/phone-policy", "unchanged")], 0)
    assert bench.texts() == list(RULES)


def test_a_changed_file_replaces_its_version(bench: Bench) -> None:
    bench.write("phones.md", policy_text())
    bench.ingest()
    bench.write("phones.md", policy_text("Phone Policy", "Phones are left at home by everybody."))
    assert bench.changes() == [("acme/phone-policy", "replaced")]
    assert bench.texts() == ["Phones are left at home by everybody."]


def test_a_file_that_is_gone_is_withdrawn(bench: Bench) -> None:
    bench.write("phones.md", policy_text())
    trips = bench.write("trips.md", policy_text("Trips Policy", "The trip phone is carried by the leader."))
    bench.ingest()
    trips.unlink()
    assert bench.changes() == [("acme/phone-policy", "unchanged"), ("acme/trips-policy", "withdrawn")]
    assert bench.texts() == list(RULES)


def test_the_original_replaces_the_restated_edition_under_the_same_id(bench: Bench) -> None:
    bench.write("organisation.toml", 'edition = "restated"')
    bench.write("phones.md", policy_text())
    bench.ingest()
    assert bench.library.shelf("acme").policies()[0].edition is Edition.RESTATED
    bench.write("original/scan.txt", "Phone Policy\n\n1. Scope\n\nPhones are put into a locker near the door.\n")
    assert bench.changes() == [("acme/phone-policy", "replaced")]
    (policy,) = bench.library.shelf("acme").policies()
    assert (policy.edition, policy.clauses[0].id) == (Edition.ORIGINAL, "acme/phone-policy/1/p1")


def test_the_same_bytes_as_another_edition_are_another_version(bench: Bench) -> None:
    bench.write("phones.md", policy_text())
    bench.ingest()
    bench.write("organisation.toml", 'edition = "restated"')
    assert bench.changes() == [("acme/phone-policy", "replaced")]


def test_a_folder_that_does_not_say_who_it_is_keeps_the_name_that_is_known(bench: Bench) -> None:
    described = bench.write("organisation.toml", 'name = "Acme Day Nursery"')
    bench.write("phones.md", policy_text())
    bench.ingest()
    described.unlink()
    bench.ingest()
    assert bench.catalogue.organisation("acme").name == "Acme Day Nursery"


def test_files_of_one_name_in_two_folders_are_two_policies(bench: Bench) -> None:
    for place in ("staff", "pupils"):
        bench.write(
            f"{place}/policy.md", policy_text(f"{place} Phone Policy", f"The phones of {place} stay in the lockers.")
        )
    assert {change for _, change in bench.changes()} == {"new"}
    assert {change for _, change in bench.changes()} == {"unchanged"}


def test_only_the_organisation_asked_for(bench: Bench) -> None:
    bench.write("phones.md", policy_text())
    bench.write("phones.md", policy_text(), slug="other")
    assert [item.policy_id for item in bench.ingest(only="other").done] == ["other/phone-policy"]
    assert [o.slug for o in bench.catalogue.organisations()] == ["other"]


# -- two files, one title


def test_two_files_with_one_title_are_named_by_their_files_and_stay_so(bench: Bench) -> None:
    for name in ("staff", "pupils"):
        bench.write(f"{name}.md", policy_text("Phone Policy", f"The phones of {name} stay in the lockers."))
    assert sorted(bench.changes()) == [("acme/pupils", "new"), ("acme/staff", "new")]
    bench.write("staff.md", policy_text("Phone Policy", "The phones of staff stay in their cars."))
    assert sorted(bench.changes()) == [("acme/pupils", "unchanged"), ("acme/staff", "replaced")]


def test_a_file_alone_again_takes_its_titles_name_again(bench: Bench) -> None:
    bench.write("staff.md", policy_text())
    pupils = bench.write("pupils.md", policy_text("Phone Policy", "The phones of pupils stay at home."))
    bench.ingest()
    pupils.unlink()
    assert ("acme/phone-policy", "new") in bench.changes()
    assert [p.id for p in bench.catalogue.policies("acme")] == ["acme/phone-policy"]


def test_one_policy_in_two_formats_is_refused(bench: Bench) -> None:
    bench.write("phones.md", policy_text())
    bench.ingest()
    bench.write("phones.txt", "Phone Policy\n\n1. Scope\n\nPhones are put into a locker near the door.\n")
    (error,) = bench.ingest().refused
    assert isinstance(error, errors.CorpusError)
    assert {"phones.md", "phones.txt"} <= set(error.thing.split())
    assert bench.texts() == list(RULES)


# -- bad input


def pdf_of(path: Path, *lines: str) -> Path:
    canvas = Canvas(str(path))
    for number, line in enumerate(lines):
        canvas.drawString(72, 760 - 30 * number, line)
    canvas.rect(72, 72, 50, 50)
    canvas.save()
    return path


def encrypted_pdf(path: Path) -> None:
    writer = PdfWriter(PdfReader(pdf_of(path, "Phone Policy", "Phones stay in lockers.")))
    writer.encrypt("secret", algorithm="RC4-128")
    writer.write(path)


def scanned_pdf(path: Path) -> None:
    from PIL import Image

    image = path.with_suffix(".png")
    Image.new("RGB", (600, 800), "grey").save(image)
    canvas = Canvas(str(path))
    canvas.drawImage(str(image), 0, 0, 595, 842)
    canvas.save()
    image.unlink()


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def truncated_pdf(path: Path) -> None:
    cut(pdf_of(path, *RULES))


def truncated_docx(path: Path) -> None:
    document = docx.Document()
    document.add_paragraph(" ".join(RULES))
    document.save(str(path))
    cut(path)


def zip_of_nothing(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.txt", "not a Word document")


BAD: dict[str, tuple[str, Callable[[Path], object], type[errors.PolicybotError]]] = {
    "empty": ("phones.md", lambda p: p.write_bytes(b""), errors.EmptyDocument),
    "blank": ("phones.txt", lambda p: p.write_bytes(b" \n\n "), errors.EmptyDocument),
    "headings only": ("phones.md", lambda p: p.write_text("# Phone Policy\n\n## Scope\n"), errors.EmptyDocument),
    "encrypted": ("phones.pdf", encrypted_pdf, errors.EncryptedDocument),
    "scanned": ("phones.pdf", scanned_pdf, errors.ImageOnlyDocument),
    "truncated pdf": ("phones.pdf", truncated_pdf, errors.BrokenDocument),
    "truncated docx": ("phones.docx", truncated_docx, errors.BrokenDocument),
    "zip named docx": ("phones.docx", zip_of_nothing, errors.BrokenDocument),
    "pdf named txt": ("phones.txt", lambda p: pdf_of(p, *RULES), errors.BrokenDocument),
    "text named pdf": ("phones.pdf", lambda p: p.write_text(policy_text()), errors.BrokenDocument),
    "unknown encoding": ("phones.txt", lambda p: p.write_bytes(bytes(range(1, 256)) * 9), errors.UnknownEncoding),
    "legacy word": ("phones.doc", lambda p: p.write_bytes(b"\xd0\xcf\x11\xe0" * 99), errors.UnsupportedFormat),
    "rich text": ("phones.rtf", lambda p: p.write_text(r"{\rtf1 Phones}"), errors.UnsupportedFormat),
}


@pytest.mark.parametrize("kind", BAD)
def test_bad_input_is_named_and_the_old_version_answers_on(bench: Bench, kind: str) -> None:
    name, make, expected = BAD[kind]
    bench.write("old.md", policy_text())
    bench.write("rules.md", policy_text(), slug="other")
    bench.ingest()
    embedded = bench.embeddings.embedded
    (bench.corpus / "acme" / "old.md").unlink()
    make(bench.corpus / "acme" / name)
    report = bench.ingest()
    (error,) = report.refused
    assert type(error) is expected
    assert error.thing == f"acme/{name}"
    assert error.cause and error.cure
    assert bench.texts() == list(RULES)
    assert [(item.policy_id, item.change) for item in report.done] == [("other/phone-policy", "unchanged")]
    assert bench.embeddings.embedded == embedded


def test_one_bad_file_keeps_the_whole_organisation_as_it_was(bench: Bench) -> None:
    bench.write("phones.md", policy_text())
    bench.ingest()
    bench.write("phones.md", policy_text("Phone Policy", "Phones are left at home by everybody."))
    bench.write("trips.md", b"")
    assert len(bench.ingest().refused) == 1
    assert bench.texts() == list(RULES)


def test_a_folder_without_a_policy_is_refused_by_name(bench: Bench) -> None:
    bench.write("organisation.toml", 'name = "Acme"')
    with pytest.raises(errors.CorpusError) as caught:
        bench.ingest()
    assert caught.value.thing.endswith("acme")
    assert "no policy" in caught.value.cause


# -- interrupted, and at once


def test_a_model_that_dies_leaves_the_old_version_and_the_lock_free(bench: Bench) -> None:
    bench.write("phones.md", policy_text())
    bench.ingest()
    bench.write("phones.md", policy_text("Phone Policy", *RULES, "Watches are left at home by everybody."))
    bench.embeddings.fail_after = bench.embeddings.embedded + 3
    with pytest.raises(RuntimeError):
        bench.ingest()
    bench.embeddings.fail_after = None
    assert bench.texts() == list(RULES)
    assert bench.changes() == [("acme/phone-policy", "replaced")]


def test_while_another_ingests_it_says_busy(bench: Bench) -> None:
    bench.write("phones.md", policy_text())
    with FileLock(bench.settings.home / "ingest.lock"), pytest.raises(IngestBusy) as caught:
        bench.ingest()
    assert "another ingest" in caught.value.cause
    assert bench.catalogue.organisations() == ()
    assert bench.changes() == [("acme/phone-policy", "new")]


SCRIPT = """
    import sys, time
    from pathlib import Path
    from conftest import CountingEmbeddings
    from ingest.pipeline import ingest
    from policybot.catalogue import Catalogue
    from policybot.errors import IngestBusy
    from policybot.library import Library
    from policybot.settings import Settings

    class Slow(CountingEmbeddings):
        def embed_query(self, text):
            time.sleep({pause})
            print("embedded", flush=True)
            return super().embed_query(text)

    home, corpus = map(Path, sys.argv[1:])
    settings = Settings.load(home=home, corpus=corpus)
    catalogue = Catalogue.open(settings)
    library = Library.open(settings, catalogue, Slow())
    try:
        report = ingest(corpus, catalogue, library, home / "ingest.lock", corpus, patience={patience})
    except IngestBusy:
        sys.exit(7)
    sys.exit(1 if report.refused else 0)
"""


def start(home: Path, corpus: Path, pause: float, patience: float = 30.0) -> subprocess.Popen[str]:
    """A real ingest in a process of its own, slowed down so that two are sure to meet."""
    here = Path(__file__).parent
    env = {**os.environ, "PYTHONPATH": os.pathsep.join([str(here), str(here.parent)])}
    script = textwrap.dedent(SCRIPT).format(pause=pause, patience=patience)
    command = [sys.executable, "-c", script, str(home), str(corpus)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=env)


def write_edition(corpus: Path, word: str, policies: int = 3) -> list[str]:
    """A corpus of several policies that all use one word, and the texts of its clauses."""
    (corpus / "acme").mkdir(parents=True, exist_ok=True)
    texts = []
    for number in range(policies):
        rules = [f"The {word} number {number} of shelf {n} stays in the office." for n in range(4)]
        (corpus / "acme" / f"p{number}.md").write_text(
            policy_text(f"Rules {'abc'[number]} Policy", *rules), encoding="utf-8"
        )
        texts += rules
    return texts


def test_two_at_once_leave_one_edition_or_the_other_whole(tmp_path: Path, bench: Bench) -> None:
    wanted = {word: write_edition(tmp_path / word, word) for word in ("phone", "tablet")}
    both = [start(bench.settings.home, tmp_path / word, 0.02) for word in wanted]
    codes = []
    for process in both:
        _, said = process.communicate(timeout=120)
        codes.append(process.returncode)
        assert process.returncode in (0, 7), said
    assert 0 in codes
    assert sorted(bench.texts()) in [sorted(texts) for texts in wanted.values()]
    assert bench.library.shelf("acme").search("office", k=99)


@pytest.mark.parametrize("after", [2, 19])
def test_a_killed_ingest_leaves_every_policy_whole_and_the_lock_free(bench: Bench, after: int) -> None:
    old = write_edition(bench.corpus, "phone")
    bench.ingest()
    new = write_edition(bench.corpus, "tablet")
    process = start(bench.settings.home, bench.corpus, 0.05)
    assert process.stdout is not None
    for _ in range(after):
        assert process.stdout.readline() == "embedded\n"
    process.send_signal(signal.SIGKILL)
    process.communicate(timeout=30)
    shown = bench.texts()
    for place in range(0, 12, 4):  # four clauses a policy, the policies in the same order
        assert shown[place : place + 4] in (old[place : place + 4], new[place : place + 4])
    assert bench.ingest().refused == []
    assert bench.texts() == new
