"""The command line over a real home and the real model."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from typer.testing import CliRunner

from policybot.cli import app

ACME = """\
# Social Media Policy

## 1. Scope

This policy applies to all staff and volunteers of Acme Nursery.

## 2. Personal use

Staff must not use social media for personal purposes during working time.

Staff may use social media on their own phones in the staff room during unpaid breaks.

## 3. Friends

Staff must not accept friend requests from parents of children at the nursery.

## 4. Help

If in doubt, staff should ask the line manager before they post anything.
"""
OTHER = "# Garden Policy\n\n## 1. Tools [sharp]\n\nThe tools are locked away every evening by the gardener.\n"
Run = Callable[..., Result]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with two small organisations in it, ingested through the command."""
    root = tmp_path_factory.mktemp("cli")
    for slug, text in (("acme", ACME), ("other", OTHER)):
        folder = root / "corpus" / slug
        folder.mkdir(parents=True)
        (folder / "policy.md").write_text(text, encoding="utf-8")
    result = invoke(root, "ingest", str(root / "corpus"))
    assert result.exit_code == 0, result.output
    assert "acme/social-media-policy" in result.stdout and "100.0%" in result.stdout
    return root


def invoke(root: Path, *arguments: str, **env: str) -> Result:
    folders = {"POLICYBOT_HOME": str(root / "home"), "POLICYBOT_CORPUS": str(root / "corpus"), "COLUMNS": "200"}
    result = CliRunner().invoke(app, list(arguments), env={**folders, **env})
    assert result.exception is None or isinstance(result.exception, SystemExit), result.output
    return result


# -- ask


def test_ask_as_json_cites_the_askers_own_policy(home: Path) -> None:
    result = invoke(
        home, "ask", "Can I use social media for personal things in working time?", "--org", "acme", "--json"
    )
    assert result.exit_code == 0
    answer = json.loads(result.stdout)
    assert answer["verdict"] == "not_allowed"
    assert "must not use social media for personal" in answer["citations"][0]["quote"]
    assert {c["org"] for c in answer["citations"]} == {"acme"}


def test_ask_prints_the_answer_to_read(home: Path) -> None:
    result = invoke(home, "ask", "Who locks the tools away?", "--org", "other")
    assert result.exit_code == 0
    assert "locked away every evening" in " ".join(result.stdout.split())


def test_explain_shows_what_decided(home: Path) -> None:
    result = invoke(home, "explain", "Who locks the tools [sharp] away?", "--org", "other")
    assert result.exit_code == 0
    said = " ".join(result.stdout.split())
    assert "Understood as: Who locks the tools [sharp] away?" in said
    assert "Decided: informational" in said and "1. Tools [sharp]" in said and "pair_0" in said


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("ask", "May I?", "--org", "nobody"), 1, "UnknownOrganisation"),
        (("explain", "May I?", "--org", "nobody"), 1, "UnknownOrganisation"),
        (("ask", "May I?", "--org", "Not A Slug"), 1, "UnknownOrganisation"),
        (("ask", "May I?"), 2, "--org"),
        (("ask", "  ", "--org", "acme"), 2, "question"),
        (("ask", "--batch", "gone.jsonl"), 1, "no such file"),
        (("show", "acme/social-media-policy/2/p9"), 1, "acme/social-media-policy/2/p"),
        (("ingest", "gone"), 2, "no such folder"),
    ],
)
def test_what_cannot_be_done_is_said_with_a_cure(home: Path, arguments: tuple[str, ...], code: int, said: str) -> None:
    result = invoke(home, *arguments)
    assert result.exit_code == code
    assert said in result.stderr


def test_a_setting_that_is_misspelt_is_said_too(home: Path) -> None:
    for command in (("ask", "May I?", "--org", "acme"), ("ingest", "x"), ("organisations",), ("doctor",)):
        result = invoke(home, *command, POLICYBOT_HOEM="x")
        assert (result.exit_code, "SettingsError" in result.stderr) == (1, True)


def batch(home: Path, *lines: str | dict[str, Any], out: str = "out.jsonl") -> tuple[Result, list[dict[str, Any]]]:
    source, target = home / "in.jsonl", home / out
    source.write_text(
        "\n".join(x if isinstance(x, str) else json.dumps(x, ensure_ascii=False) for x in lines), encoding="utf-8"
    )
    result = invoke(home, "ask", "--batch", str(source), "--out", str(target))
    return result, [json.loads(x) for x in target.read_text(encoding="utf-8").splitlines()] if target.is_file() else []


def test_a_batch_keeps_its_order_and_a_bad_line_costs_nobody_else_an_answer(home: Path) -> None:
    result, answers = batch(
        home,
        {"id": "q2", "org": "acme", "question": "Can I use social media\u2028in working time?"},
        "{broken",
        "",
        {"id": "q1", "org": "nobody", "question": "May I?"},
        {"id": "q0", "org": "other", "question": "Who locks the tools away?"},
        {
            "id": "q9",
            "org": "acme",
            "question": "And during my unpaid break?",
            "history": [{"role": "user", "content": "Can I use social media in working time?"}],
        },
    )
    assert [a["id"] for a in answers] == ["q2", "q0", "q9"]
    assert [a["org"] for a in answers] == ["acme", "other", "acme"]
    assert result.exit_code == 1
    assert "line 2: it is not JSON" in result.stderr
    assert "line 4: organisation nobody" in result.stderr
    assert "2 of 5 lines were not answered" in result.stderr
    assert not (home / "out.jsonl.part").exists()


def test_a_batch_that_cannot_be_read_or_written_is_said_before_it_starts(home: Path) -> None:
    result, _ = batch(home, {"id": "q", "org": "acme", "question": "May I?"}, out="gone/out.jsonl")
    assert result.exit_code == 1 and "its folder is not there" in result.stderr
    (home / "latin.jsonl").write_bytes('{"question": "é"}'.encode("latin-1"))
    assert "not UTF-8" in invoke(home, "ask", "--batch", str(home / "latin.jsonl")).stderr


# -- the rest


def test_organisations_lists_who_is_here(home: Path) -> None:
    result = invoke(home, "organisations")
    assert result.exit_code == 0
    assert "Social Media Policy" in result.stdout and "Garden Policy" in result.stdout


def test_show_prints_a_clause_word_for_word_brackets_and_all(home: Path) -> None:
    result = invoke(home, "show", "other/garden-policy/1/p1")
    assert result.exit_code == 0
    assert "1. Tools [sharp]" in result.stdout
    assert "The tools are locked away every evening by the gardener." in result.stdout


def test_doctor_finds_all_well_and_an_empty_home_unwell(home: Path, tmp_path: Path) -> None:
    well = invoke(home, "doctor")
    assert well.exit_code == 0, well.stdout
    assert "answered in" in well.stdout
    unwell = invoke(tmp_path, "doctor")
    assert unwell.exit_code == 1
    assert "policybot ingest corpus" in unwell.stdout


def test_doctor_says_what_is_broken_and_goes_on(home: Path, tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "policybot.db").write_bytes(b"this is no database at all" * 99)
    result = invoke(tmp_path, "doctor")
    assert result.exit_code == 1
    assert "DatabaseError" in result.stdout and "embedding model" in result.stdout


@pytest.mark.parametrize(
    ("name", "data"),
    [("policy.pdf", b""), ("policy.txt", b"%PDF-1.7 x"), ("policy.doc", b"\xd0\xcf\x11\xe0x"), ("policy [1].md", b"")],
)
def test_a_refused_file_exits_with_2_and_names_file_cause_and_cure(
    home: Path, tmp_path: Path, name: str, data: bytes
) -> None:
    (tmp_path / "acme").mkdir()
    (tmp_path / "acme" / name).write_bytes(data)
    result = invoke(home, "ingest", str(tmp_path))
    assert result.exit_code == 2
    assert f"refused acme/{name}: " in result.stderr
    assert result.stderr.strip().endswith(".")
    assert "must not use social media" in invoke(home, "show", "acme/social-media-policy/2/p1").stdout


def test_ingest_again_changes_nothing_and_says_so(home: Path) -> None:
    result = invoke(home, "ingest", str(home / "corpus"), "--org", "acme")
    assert result.exit_code == 0
    assert "unchanged" in result.stdout and "other/" not in result.stdout
