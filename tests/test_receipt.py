"""The receipt: made from an answer, the same bytes everywhere, and no other record than what JSON holds."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest

from policybot.receipt import NotShareable, Quote, Receipt, ReceiptError, Said, canonical, may_be_shared, receipt_of
from policybot.records import Answered, Citation, Contact, NotCovered, Notice, NoticeKind, Occasion, Question, Verdict
from policybot.sealing import Envelope, as_file, as_line, envelope_of, sealed, sealing_key
from policybot.settings import Settings

RULE = "Staff may post photographs, if the head agrees."
KEY = b"k" * 32
NOW = datetime(2026, 7, 3, 14, 5, 9, tzinfo=timezone(timedelta(hours=1), "BST"))


def citation(quote: str = RULE, clause_id: str = "acme/rules/p0") -> Citation:
    return Citation("acme", "Rules", clause_id, "1 Photographs", f"{quote} Ask first.", quote, "rules.md", 4, 0, len(quote) + 11)


def answered(**changes: object) -> Answered:
    made = Answered(
        id="a1", question=Question("acme", "May I post a “photo”?"), verdict=Verdict.CONDITIONAL, text="…",
        headline="Allowed only on conditions.", citations=(citation(),), conditions=("if the head agrees",),
        contact=Contact(who="the head", email="head@acme.example", clause_id="acme/rules/p0"),
        notices=(Notice(NoticeKind.REVIEW_OVERDUE, "The review was due in May 2024."),), policy_version="f" * 64,
    )  # fmt: skip
    return replace(made, **changes)


def receipt(**changes: object) -> Receipt:
    return replace(receipt_of(answered(), "Acme Nursery", NOW, NOW - timedelta(minutes=3)), **changes)


def test_it_holds_what_the_answer_held() -> None:
    made = receipt()
    assert made.quotes == (Quote("acme/rules/p0", "1 Photographs", "Rules", 4, RULE),)
    assert (made.verdict, made.conditions, made.policy_version, made.model) == ("conditional", ("if the head agrees",), "f" * 64, "")
    assert made.whom == "the head, head@acme.example (named in the policy)"
    assert made.notices == ("The review was due in May 2024.",)
    assert (made.asked_at, made.shared_at) == ("2026-07-03T13:02:09Z", "2026-07-03T13:05:09Z")
    assert made.local_time == "3 July 2026, 14:05 (BST)"


def test_a_silent_policy_gives_the_nearest_clauses() -> None:
    asked = Question("acme", "Dashcams?")
    silent = NotCovered(id="a2", question=asked, text="…", headline="Your policy does not say.", nearest=(citation(),))
    made = receipt_of(silent, "Acme Nursery", NOW)
    assert (made.verdict, made.quotes[0].quote, made.asked_at, made.whom) == ("not_covered", RULE, "", "")


@pytest.mark.parametrize("occasion", [Occasion.DISCLOSURE, Occasion.POSSIBLE_DISCLOSURE, Occasion.GREETING])
def test_of_a_worry_or_a_greeting_there_is_none(occasion: Occasion) -> None:
    assert may_be_shared(answered()) and not may_be_shared(answered(occasion=occasion))
    with pytest.raises(NotShareable, match=occasion.replace("_", " ")):
        receipt_of(answered(occasion=occasion), "Acme Nursery", NOW)


def test_a_time_without_its_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="zones"):
        receipt_of(answered(), "Acme Nursery", datetime(2026, 7, 3))


def test_canonical_json_is_one_form_only() -> None:
    """The example is RFC 8785's own order and spacing, by hand."""
    assert canonical({"b": ["é", None, 2], "a": {"y": "", "x": "\n"}}) == '{"a":{"x":"\\n","y":""},"b":["é",null,2]}'.encode()


def test_the_hash_is_over_every_field() -> None:
    made = receipt()
    fields = json.loads(as_line(sealed(made, KEY)))["receipt"]
    said = json.dumps(fields, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    assert made.sha256 == hashlib.sha256(said).hexdigest()
    for name, value in fields.items():
        if isinstance(value, str) and name not in ("organisation", "verdict", "shared_at", "asked_at"):
            assert replace(made, **{name: f"{value}x"}).sha256 != made.sha256, name


@pytest.mark.parametrize("write", [as_line, lambda e: as_file(e).decode()])
def test_it_travels_and_comes_back_the_same(write) -> None:
    sent = sealed(receipt(question="¿Zoë 😀\u2028مرحبا\x00?"), KEY, "d" * 64)
    got = envelope_of(write(sent))
    assert got == sent and not got.altered() and got.sealed_with(KEY) and got.shown_sealed_with(KEY)


def test_the_seal_tells_a_new_hash_and_another_key() -> None:
    sent = sealed(receipt(), KEY, "d" * 64)
    forged = receipt(verdict="allowed")
    assert Envelope(forged, sent.sha256, sent.seal).altered()
    rehashed = Envelope(forged, forged.sha256, sent.seal, sent.shown, sent.shown_seal)
    assert not rehashed.altered() and not rehashed.sealed_with(KEY) and not rehashed.shown_sealed_with(KEY)
    assert not sent.sealed_with(b"j" * 32) and not replace(sent, shown="e" * 64).shown_sealed_with(KEY)


def test_each_organisation_and_each_installation_has_a_key_of_its_own(settings: Settings, tmp_path) -> None:
    other = Settings.load(home=tmp_path / "other")
    keys = [sealing_key(settings, "acme"), sealing_key(settings, "beta"), sealing_key(other, "acme")]
    assert len(set(keys)) == 3 and all(len(key) == 32 for key in keys)
    assert sealing_key(settings, "acme") == keys[0]


@pytest.mark.parametrize(
    "broken",
    [
        {"organisation": "../etc"}, {"verdict": "perhaps"}, {"quotes": []}, {"quotes": "none"}, {"question": 3}, {"remarks": "one"},
        {"shared_at": "2026-07-03T13:05:09+01:00"}, {"asked_at": "yesterday"}, {"organisation": "beta"}, {"more": 1}, {"model": None},
        {"question": "\ud800"}, {"sentences": [{"text": "So.", "clause_ids": ["acme/rules/p9"]}]},
    ],
)  # fmt: skip
def test_what_is_no_receipt_is_refused(broken: dict[str, object]) -> None:
    held = json.loads(as_line(sealed(receipt(), KEY)))
    assert envelope_of(json.dumps(held)).receipt == receipt()
    held["receipt"] |= broken
    with pytest.raises(ReceiptError) as refused:
        envelope_of(json.dumps(held))
    assert refused.value.cure


@pytest.mark.parametrize("place", [(), ("receipt",), ("receipt", "quotes", 0), ("receipt", "sentences", 0)])
def test_what_nobody_reads_is_refused(place: tuple[str | int, ...]) -> None:
    """A name that we do not know, or one said twice, could tell another reader something else."""
    sent = sealed(receipt(sentences=(Said("Ask first.", ("acme/rules/p0",)),)), KEY)
    held = json.loads(as_line(sent))
    inner = held
    for step in place:
        inner = inner[step]
    first = next(iter(inner))
    inner["more"] = inner[first]
    unknown = json.dumps(held)
    assert envelope_of(as_line(sent)) == sent
    with pytest.raises(ReceiptError, match="'more'"):
        envelope_of(unknown)
    with pytest.raises(ReceiptError, match=f"'{first}' twice"):
        envelope_of(unknown.replace('"more"', f'"{first}"'))


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"policybot_receipt": 2}', '{"policybot_receipt": 1}', "[" * 100_000])
def test_what_is_no_envelope_is_refused(text: str) -> None:
    with pytest.raises(ReceiptError):
        envelope_of(text)


def test_utc_is_utc() -> None:
    assert receipt_of(answered(), "Acme Nursery", NOW.astimezone(UTC)).local_time.endswith("13:05 (UTC)")
