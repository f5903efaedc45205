"""What lies in a corpus folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from ingest.pipeline import read_policy
from ingest.sources import described_organisation, find_sources
from policybot.errors import CorpusError
from policybot.records import Edition

POLICY = "# Phone Policy\n\n## 1. Scope\n\nEverybody who works here is bound by what this part says.\n"
ORIGINAL = "Phone Policy\n\n1. Scope\n\nAll who work here must do as this part tells them to do.\n"
DESCRIPTION = """\
name = "Acme Day Nursery"
aliases = ["Acme"]
edition = "restated"
suggestions = ["May I bring my phone?"]

[contact]
who = "the office"
email = "office@acme.example"
"""


def home(corpus: Path, slug: str = "acme", description: str | None = DESCRIPTION) -> Path:
    folder = corpus / slug
    folder.mkdir(parents=True)
    (folder / "policy.md").write_text(POLICY, encoding="utf-8")
    if description is not None:
        (folder / "organisation.toml").write_text(description, encoding="utf-8")
    return folder


def refusal(folder: Path, only: str | None = None) -> CorpusError:
    with pytest.raises(CorpusError) as caught:
        find_sources(folder, only)
    assert caught.value.cure
    return caught.value


def test_the_description_says_who_and_which_edition(tmp_path: Path) -> None:
    folder = home(tmp_path)
    (source,) = find_sources(tmp_path)
    assert (source.organisation.slug, source.organisation.name) == ("acme", "Acme Day Nursery")
    assert source.organisation.contact is not None and source.organisation.contact.email == "office@acme.example"
    assert (source.edition, source.files, source.described) == (Edition.RESTATED, (folder / "policy.md",), True)


def test_without_a_description_the_folder_names_the_organisation(tmp_path: Path) -> None:
    home(tmp_path, "hill-top-school", None)
    (source,) = find_sources(tmp_path)
    assert (source.organisation.name, source.edition, source.described) == ("Hill Top School", Edition.ORIGINAL, False)


def test_organisations_come_by_slug_and_folders_without_policies_do_not(tmp_path: Path) -> None:
    for slug in ("west", "east"):
        home(tmp_path, slug)
    (tmp_path / "empty").mkdir()
    (tmp_path / ".git").mkdir()
    assert [s.organisation.slug for s in find_sources(tmp_path)] == ["east", "west"]


def test_one_organisation_from_the_corpus_or_from_its_own_folder(tmp_path: Path) -> None:
    folder = home(tmp_path)
    home(tmp_path, "other")
    assert find_sources(tmp_path, "acme") == find_sources(folder, "acme")


def test_what_lies_in_original_takes_the_restated_ones_place_with_the_same_ids(tmp_path: Path) -> None:
    folder = home(tmp_path)
    (folder / "original").mkdir()
    (folder / "original" / "scan of 2020.txt").write_text(ORIGINAL, encoding="utf-8")
    (source,) = find_sources(tmp_path)
    assert (source.edition, [f.name for f in source.files]) == (Edition.ORIGINAL, ["scan of 2020.txt"])
    restated = read_policy(folder / "policy.md", "acme", Edition.RESTATED)[0]
    original = read_policy(source.files[0], "acme", source.edition)[0]
    assert [c.id for c in original.clauses] == [c.id for c in restated.clauses]
    assert original.text != restated.text


def test_an_empty_original_folder_changes_nothing(tmp_path: Path) -> None:
    (home(tmp_path) / "original").mkdir()
    assert find_sources(tmp_path)[0].edition is Edition.RESTATED


def test_a_document_that_cannot_be_read_is_not_overlooked(tmp_path: Path) -> None:
    folder = home(tmp_path)
    for name in ("policy.doc", "handbook.doc"):
        (folder / name).write_bytes(b"x")
    assert [f.name for f in find_sources(tmp_path)[0].files] == ["handbook.doc", "policy.md"]


def test_the_description_chooses_among_formats(tmp_path: Path) -> None:
    folder = home(tmp_path, description='policy = "policy.txt"\n')
    (folder / "policy.txt").write_text(ORIGINAL, encoding="utf-8")
    assert [f.name for f in find_sources(tmp_path)[0].files] == ["policy.txt"]


def test_hidden_temporary_and_readme_files_are_no_policies(tmp_path: Path) -> None:
    folder = home(tmp_path)
    for name in ("~$policy.docx", ".policy.md", "_draft.md", "README.md", "LICENCE.txt", "logo.png"):
        (folder / name).write_text("x", encoding="utf-8")
    assert [f.name for f in find_sources(tmp_path)[0].files] == ["policy.md"]


@pytest.mark.parametrize(
    ("description", "said"),
    [
        ('nmae = "Acme"', "unknown key 'nmae'"),
        ('edition = "second"', "edition 'second' is unknown"),
        ('policy = "gone.pdf"', "it names gone.pdf, which is not there"),
        ("name = ", "it is not TOML"),
        ('[contact]\nphone = "1"', "contact"),
        ('contact = "the office"', "contact"),
        ('[contact]\nwho = "x"\nfax = "1"', "contact"),
        ('[safeguarding]\nphone = "1"', "safeguarding"),
        ('aliases = "Acme"', "aliases"),
        ('policies = "policy.md"', "policies"),
        ("name = 4", "name"),
    ],
)
def test_a_description_that_cannot_be_meant_is_refused(tmp_path: Path, description: str, said: str) -> None:
    home(tmp_path, description=description)
    error = refusal(tmp_path)
    assert error.thing.endswith("organisation.toml")
    assert said in error.cause


@pytest.mark.parametrize(
    ("prepare", "only", "said"),
    [
        (lambda p: p.joinpath("policy.pdf").touch(), None, "its files belong to no organisation"),
        (lambda p: None, None, "no folder in it holds a policy"),
        (lambda p: p.joinpath("acme").mkdir(), "acme", "there is no policy in it"),
        (lambda p: home(p, "Acme Nursery", None), None, "cannot name an organisation"),
        (lambda p: None, "../acme", "cannot name an organisation"),
    ],
)
def test_a_folder_that_is_no_corpus_is_refused(tmp_path: Path, prepare, only: str | None, said: str) -> None:  # type: ignore[no-untyped-def]
    prepare(tmp_path)
    assert said in refusal(tmp_path, only).cause


def test_a_description_may_not_reach_into_another_folder(tmp_path: Path) -> None:
    home(tmp_path, "other")
    home(tmp_path, description='policy = "../other/policy.md"')
    assert "not in its folder" in refusal(tmp_path).cause


def test_a_folder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    assert "no such folder" in refusal(tmp_path / "gone").cause


def test_another_corpus_may_say_who_an_organisation_is(tmp_path: Path) -> None:
    home(tmp_path)
    found = described_organisation(tmp_path, "acme")
    assert found is not None and found.name == "Acme Day Nursery"
    assert described_organisation(tmp_path, "other") is None
