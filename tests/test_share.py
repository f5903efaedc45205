"""The files that an answer is shared as, and `policybot verify` over a real catalogue."""

from __future__ import annotations

import io
import json
import warnings
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pypdf
import pytest
from conftest import make_organisation, make_policy
from docx import Document
from typer.testing import CliRunner

from policybot.bot import NEAREST
from policybot.catalogue import Catalogue
from policybot.cli import app
from policybot.grounding import cite
from policybot.receipt import Receipt, ReceiptError, receipt_of
from policybot.records import Answered, Citation, NotCovered, Question, Sentence, Verdict
from policybot.sealing import as_file, digest_of_lines, sealed, sealing_key
from policybot.settings import Settings
from policybot.share_pdf import BOX, pdf_file, read_pdf
from policybot.share_sheet import UNDRAWN, Kind, sheet
from policybot.share_text import MARK, read_text, text_file
from policybot.share_word import read_word, word_file

RULES = (
    "Staff may post photographs on the school’s page, if the head agrees first.",
    "Gates are locked at night – always – by the caretaker.",
)
NOW = datetime(2026, 7, 3, 13, 5, tzinfo=UTC)
ODD = "May “Zoë” & <b>Łukasz</b> 😀 post مرحبا –\nnow?"
KEY = b"k" * 32
Make = Callable[[Receipt, bytes], bytes]
FILES: dict[str, Make] = {"pdf": pdf_file, "docx": word_file, "txt": text_file, "json": lambda r, k: as_file(sealed(r, k))}


def given(version: str = "f" * 64, question: str = ODD, texts: tuple[str, ...] = RULES, **changes: object) -> Answered:
    policy = make_policy("acme", *texts)
    made = Answered(
        id="a1", question=Question("acme", question), verdict=Verdict.CONDITIONAL, text="…", headline="Allowed only on conditions.",
        citations=tuple(cite(c, policy, c.text, "acme") for c in policy.clauses),
        conditions=("if the head agrees first",), policy_version=version,
    )  # fmt: skip
    return replace(made, **changes)


def receipt(**changes: object) -> Receipt:
    return receipt_of(given(**changes), "Acme & Daughters", NOW)


@pytest.fixture
def home(settings: Settings, catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """A real catalogue with one policy, which the command finds."""
    catalogue.save_organisation(make_organisation("acme"))
    catalogue.flip(catalogue.stage(make_policy("acme", *RULES)))
    monkeypatch.setenv("POLICYBOT_HOME", str(settings.home))
    monkeypatch.setenv("COLUMNS", "200")
    return settings


def verified(path: Path) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["verify", str(path)])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.output
    return result.exit_code, result.output


def shared(home: Settings, catalogue: Catalogue, folder: Path, ending: str, **changes: object) -> Path:
    """A file as the page gives it."""
    path = folder / f"answer.{ending}"
    path.write_bytes(FILES[ending](receipt(version=catalogue.version_of("acme"), **changes), sealing_key(home, "acme")))
    return path


# -- what a file says


def words_of(ending: str, content: bytes) -> str:
    if ending == "pdf":
        found = "\n".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(content)).pages)
    elif ending == "docx":
        found = "\n".join(p.text for p in Document(io.BytesIO(content)).paragraphs)
    else:
        found = content.decode().replace("|", " ")
    return " ".join(found.split())


@pytest.mark.parametrize("ending", ["pdf", "docx", "txt"])
def test_each_file_says_all_of_it(ending: str) -> None:
    made = receipt()
    said = words_of(ending, FILES[ending](made, KEY))
    told = (*RULES, "p0. Rules", "if the head agrees first", made.quotes[1].clause_id, made.sha256, "Acme & Daughters")
    assert [words for words in told if words not in said] == []
    assert "allowed if" in said.lower() and "In the policy’s own words" in said and "<b>Łukasz</b>" in said


@pytest.mark.parametrize("ending", ["pdf", "docx", "txt"])
def test_a_silent_policy_is_said_to_be_silent(ending: str) -> None:
    nearest = given().citations[:NEAREST]
    silent = NotCovered(id="a2", question=Question("acme", "Dashcams?"), text="…", headline="Your policy does not say.", nearest=nearest)
    said = words_of(ending, FILES[ending](receipt_of(silent, "Acme", NOW), KEY))
    assert "Closest, but does not settle it" in said and "policy does not say" in said.lower()
    assert "In the policy’s own words" not in said and RULES[0] in said


def test_a_chat_models_words_are_said_to_be_its() -> None:
    sentence = Sentence("Yes, ask the head first.", ("acme/rules/p0",), RULES[0])
    pieces = sheet(receipt_of(given(sentences=(sentence,), mode="generated", model="acme-llm"), "Acme", NOW))
    words = [piece.text for piece in pieces]
    assert "Yes, ask the head first. [p0]" in words and any("A chat model wrote this part" in w for w in words)
    assert any("acme-llm" in w for w in words)
    assert not any("chat model wrote" in piece.text for piece in sheet(receipt()))


def test_the_pdf_shows_what_it_cannot_draw_and_says_so() -> None:
    content = pdf_file(receipt(), KEY)
    said = words_of("pdf", content)
    assert "“Zoë” & <b>Łukasz</b>" in said and said.count(BOX) == len("😀مرحبا") + 1
    assert "cannot draw" in said and "cannot draw" not in words_of("pdf", pdf_file(receipt(question="May I?"), KEY))


def test_the_pdf_has_title_language_and_the_receipt_attached() -> None:
    made = receipt()
    reader = pypdf.PdfReader(io.BytesIO(pdf_file(made, KEY)), strict=True)
    root = reader.trailer["/Root"]
    assert reader.metadata.title == "What the policy of Acme & Daughters says" and root["/Lang"] == "en-GB"
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]
    (attached,) = reader.attachments["receipt.json"]
    assert json.loads(attached)["sha256"] == made.sha256


def test_long_quotes_run_over_pages_and_lose_nothing() -> None:
    long = ("Keys “stay” in the office – at all times. " * 28).strip()
    wide = "x" * 1100
    said = words_of("pdf", pdf_file(receipt(texts=(long, wide, long[:-1])), KEY))
    assert said.count("Keys “stay”") == 56 and said.count("x") >= 1100
    assert len(pypdf.PdfReader(io.BytesIO(pdf_file(receipt(texts=(long,) * 5), KEY))).pages) > 1


def test_word_has_headings_title_and_language() -> None:
    document = Document(io.BytesIO(word_file(receipt(), KEY)))
    assert document.core_properties.title == "What the policy of Acme & Daughters says" and document.core_properties.language == "en-GB"
    heads = [p.text for p in document.paragraphs if p.style.name == "Heading 1"]
    assert heads == [piece.text for piece in sheet(receipt()) if piece.kind is Kind.HEADING]


def test_what_no_file_can_hold_is_replaced() -> None:
    odd = receipt(question="May I\x00 go\x1b[31m?\ufffe")
    for ending, make in FILES.items():
        assert words_of(ending, make(odd, KEY)), ending
    assert "\x1b" not in words_of("txt", text_file(odd, KEY)) and read_word(word_file(odd, KEY))[0].receipt == odd


# -- policybot verify


@pytest.mark.parametrize("ending", FILES)
def test_a_file_as_it_was_made_is_right(home: Settings, catalogue: Catalogue, tmp_path: Path, ending: str) -> None:
    code, said = verified(shared(home, catalogue, tmp_path, ending))
    assert code == 0 and "All is right." in said and "This installation issued this very receipt" in said
    assert said.count("stands word for word") == 2 and ("they are as they were made" in said) == (ending != "json")


@pytest.mark.parametrize("ending", FILES)
def test_a_policy_that_changed_since_is_said(home: Settings, catalogue: Catalogue, tmp_path: Path, ending: str) -> None:
    path = shared(home, catalogue, tmp_path, ending)
    catalogue.flip(catalogue.stage(make_policy("acme", *RULES, "Bins are emptied on Mondays by the caretaker.")))
    code, said = verified(path)
    assert code == 3 and "it has changed since the answer was given" in said and "WRONG" not in said


def test_a_quote_that_no_longer_stands_there_does_not_hold(home: Settings, catalogue: Catalogue, tmp_path: Path) -> None:
    path = shared(home, catalogue, tmp_path, "json")
    catalogue.flip(catalogue.stage(make_policy("acme", RULES[0], "Gates are open at night, whatever the caretaker says.")))
    code, said = verified(path)
    assert code == 1 and "it may have stood there then" in said and said.count("stands word for word") == 1


def test_a_quote_that_was_never_there_does_not_hold_even_under_our_seal(home: Settings, catalogue: Catalogue, tmp_path: Path) -> None:
    path = shared(home, catalogue, tmp_path, "txt", texts=(RULES[0], "Gates are locked at noon by the caretaker."))
    code, said = verified(path)
    assert code == 1 and "it was never there" in said


def test_an_altered_receipt_is_found_out_by_its_hash(home: Settings, catalogue: Catalogue, tmp_path: Path) -> None:
    path = shared(home, catalogue, tmp_path, "json")
    path.write_text(path.read_text(encoding="utf-8").replace('"conditional"', '"allowed"'), encoding="utf-8")
    code, said = verified(path)
    assert code == 1 and "altered after it was made" in said


def test_a_new_hash_does_not_make_it_ours(home: Settings, catalogue: Catalogue, tmp_path: Path) -> None:
    """Forged whole, hash and all: nothing is wrong with it but the seal, and that is not "all right"."""
    path = tmp_path / "forged.json"
    forged = receipt(version=catalogue.version_of("acme"), verdict=Verdict.ALLOWED, headline="Allowed.")
    path.write_bytes(as_file(sealed(forged, KEY)))
    code, said = verified(path)
    assert code == 4 and "it is not this installation's" in said and "cannot vouch" in said and "All is right" not in said


def test_of_an_organisation_that_is_not_here_nothing_is_vouched_for(home: Settings, tmp_path: Path) -> None:
    stranger = make_policy("beta", *RULES)
    quotes = tuple(cite(c, stranger, c.text, "beta") for c in stranger.clauses)
    path = tmp_path / "answer.txt"
    answer = given(question="Gates?", citations=quotes)
    path.write_bytes(text_file(receipt_of(replace(answer, question=Question("beta", "Gates?")), "Beta", NOW), KEY))
    code, said = verified(path)
    assert code == 4 and "there is no organisation beta here" in said


def test_words_changed_around_a_true_receipt_are_found_out(home: Settings, catalogue: Catalogue, tmp_path: Path) -> None:
    text = shared(home, catalogue, tmp_path, "txt")
    text.write_text(text.read_text(encoding="utf-8").replace("ALLOWED IF …", "ALLOWED"), encoding="utf-8")
    word = shared(home, catalogue, tmp_path, "docx")
    document = Document(word)
    next(p for p in document.paragraphs if p.text == "Allowed if …").runs[0].text = "Allowed"
    document.save(word)
    pdf = shared(home, catalogue, tmp_path, "pdf")
    pdf.write_bytes(pdf.read_bytes().replace(b"/Lang (en-GB)", b"/Lang (en-US)"))
    for path in (text, word, pdf):
        code, said = verified(path)
        assert code == 1 and "they are not as they were made" in said, path


def test_an_editor_may_end_lines_its_own_way(home: Settings, catalogue: Catalogue, tmp_path: Path) -> None:
    text = shared(home, catalogue, tmp_path, "txt")
    text.write_bytes(b"\xef\xbb\xbf" + text.read_bytes().replace(b"\n", b"\r\n"))
    assert verified(text)[0] == 0


def test_a_word_file_saved_anew_still_has_its_receipt_but_its_pages_cannot_be_checked(
    home: Settings, catalogue: Catalogue, tmp_path: Path
) -> None:
    word = shared(home, catalogue, tmp_path, "docx")
    Document(word).save(word)
    envelope, shown = read_word(word.read_bytes())
    assert envelope.sealed_with(sealing_key(home, "acme")) and shown != envelope.shown
    code, said = verified(word)
    assert code == 1 and "another program saved it anew, so its pages could not be checked" in said
    assert "This installation issued this very receipt" in said and "All is right" not in said


# -- a Word file forged around a true receipt


def entries_of(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as held:
        return {entry.filename: held.read(entry) for entry in held.infolist()}


def packed(*entries: tuple[str, bytes], stored: str = "") -> bytes:
    """A zip of them, names given twice and all; `stored` is not packed."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as held, warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        for name, content in entries:
            held.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_STORED if name == stored else zipfile.ZIP_DEFLATED)
    return made.getvalue()


def pointed_elsewhere(parts: dict[str, bytes]) -> dict[str, bytes]:
    """Another part is the text; the true one stays where it was."""
    forged = parts["word/document.xml"].replace("Allowed if …".encode(), b"Allowed")
    for index in ("_rels/.rels", "[Content_Types].xml"):
        parts[index] = parts[index].replace(b"word/document.xml", b"word/forged.xml")
    return parts | {"word/forged.xml": forged, "word/_rels/forged.xml.rels": parts["word/_rels/document.xml.rels"]}


def hidden_by_its_style(parts: dict[str, bytes]) -> dict[str, bytes]:
    """No word of the text is another, but none is seen."""
    return parts | {"word/styles.xml": parts["word/styles.xml"].replace(b"<w:rPrDefault>", b"<w:rPrDefault><w:vanish/>")}


def with_another_header(parts: dict[str, bytes]) -> dict[str, bytes]:
    return parts | {"word/header1.xml": b"<w:hdr>Allowed</w:hdr>"}


@pytest.mark.parametrize("forge", [pointed_elsewhere, hidden_by_its_style, with_another_header])
def test_what_word_shows_hangs_on_every_part(home: Settings, catalogue: Catalogue, tmp_path: Path, forge) -> None:
    path = shared(home, catalogue, tmp_path, "docx")
    before = entries_of(path)
    path.write_bytes(packed(*before.items()))
    assert verified(path)[0] == 0, "packed again as it was it is right: what is found below is the forgery"
    forged = forge(dict(before))
    assert forged != before
    path.write_bytes(packed(*forged.items()))
    code, said = verified(path)
    assert code == 1 and "they are not as they were made" in said and "This installation issued this very receipt" in said


def test_what_the_part_with_the_receipt_holds_besides_is_found_out(home: Settings, catalogue: Catalogue, tmp_path: Path) -> None:
    path = shared(home, catalogue, tmp_path, "docx")
    parts = entries_of(path)
    name = next(n for n, content in parts.items() if b"policybot_receipt" in content)
    path.write_bytes(packed(*(parts | {name: parts[name] + b"<!-- Allowed -->"}).items()))
    assert verified(path)[0] == 1


def with_a_comment(*entries: tuple[str, bytes]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as held:
        for name, content in entries:
            entry = zipfile.ZipInfo(name)
            entry.comment = b"Allowed" if name == entries[-1][0] else b""
            held.writestr(entry, content, zipfile.ZIP_DEFLATED)
    return made.getvalue()


def with_more_than_is_unpacked(*entries: tuple[str, bytes]) -> bytes:
    """What is packed of the last part ends, and then there is more."""
    (*others, (name, content)), packer = entries, zlib.compressobj(wbits=-15)
    made = bytearray(packed(*others, (name, packer.compress(content) + packer.flush() + b"Allowed"), stored=name))
    with zipfile.ZipFile(io.BytesIO(made)) as held:
        local, listed = held.infolist()[-1].header_offset, made.rindex(b"PK\1\2")
    for method in (local + 8, listed + 10):
        made[method : method + 2] = (8).to_bytes(2, "little")
        made[method + 6 : method + 10] = zlib.crc32(content).to_bytes(4, "little")
        made[method + 14 : method + 18] = len(content).to_bytes(4, "little")
    return bytes(made)


@pytest.mark.parametrize("hide", [with_a_comment, with_more_than_is_unpacked])
def test_bytes_that_are_in_no_part_are_found_out(home: Settings, catalogue: Catalogue, tmp_path: Path, hide) -> None:
    """Every program that reads archives skips them, and so does the hash of the parts."""
    path = shared(home, catalogue, tmp_path, "docx")
    before = entries_of(path)
    path.write_bytes(hide(*before.items()))
    assert entries_of(path) == before and verified(path)[0] == 1


def test_a_word_file_that_is_something_else_too_is_refused(home: Settings, catalogue: Catalogue, tmp_path: Path) -> None:
    path = shared(home, catalogue, tmp_path, "docx")
    whole, parts = path.read_bytes(), list(entries_of(path).items())
    as_pdf = packed(("a.pdf", pdf_file(receipt(), KEY)), *parts, stored="a.pdf")
    twice = packed(*parts, ("word/document.xml", b"<w:document/>"))
    for content, cause in (
        (as_pdf, "it is a PDF and a Word file at once"), (twice, "two of its parts have one name"),
        (whole + b"more", "before or after"), (b"PK\x03\x04more" + whole, "before or after"),
    ):  # fmt: skip
        path.write_bytes(content)
        code, said = verified(path)
        assert code == 2 and cause in said and "Ask for the file again" in said, cause


def test_a_word_file_that_unpacks_to_too_much_is_refused(home: Settings, tmp_path: Path) -> None:
    path = tmp_path / "big.docx"
    path.write_bytes(packed(*((f"word/{i}.xml", bytes(9_000_000)) for i in range(3))))
    code, said = verified(path)
    assert code == 2 and "too long" in said


def test_the_same_receipt_makes_the_same_word_file() -> None:
    assert word_file(receipt(), KEY) == word_file(receipt(), KEY) != word_file(receipt(question="Now?"), KEY)


def test_a_pdf_saved_anew_still_has_its_receipt_but_not_its_pages_seal(home: Settings, catalogue: Catalogue, tmp_path: Path) -> None:
    path = shared(home, catalogue, tmp_path, "pdf")
    writer = pypdf.PdfWriter(clone_from=path)
    writer.compress_identical_objects()
    writer.write(path)
    envelope, _ = read_pdf(path.read_bytes())
    assert envelope.sealed_with(sealing_key(home, "acme")) and envelope.shown == ""
    code, said = verified(path)
    assert code == 1 and "another program saved it anew, so its pages could not be checked" in said


def test_a_packed_attachment_is_read() -> None:
    line = as_file(sealed(receipt(), KEY))
    packed = zlib.compress(line)
    envelope, _ = read_pdf(b"%PDF-1.7\n1 0 obj\n<< /Filter /FlateDecode >>\nstream\r\n" + packed + b"\nendstream\nendobj\n%%EOF\n")
    assert envelope.receipt == receipt()


@pytest.mark.parametrize(
    "content",
    [
        b"", b"hello", b"\xff\xfe\x00", b"{", b"{}", b"PK\x03\x04rubbish", b"%PDF-1.7\n%%EOF", f"{MARK}\n".encode(),
        b"%PDF-1.7 stream\n\x78\x9c",
        pytest.param(None, id="no such file"),
    ],
)  # fmt: skip
def test_what_holds_no_receipt_is_an_error_with_a_cure(home: Settings, tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "file"
    if content is not None:
        path.write_bytes(content)
    code, said = verified(path)
    assert code == 2 and "ReceiptError" in said and "Traceback" not in said


def test_a_word_file_of_somebody_else_has_none() -> None:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as held:
        held.writestr("word/document.xml", '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>')
    with pytest.raises(ReceiptError, match="no receipt"):
        read_word(made.getvalue())


def test_a_receipt_cannot_steer_the_terminal(home: Settings, catalogue: Catalogue, tmp_path: Path) -> None:
    code, said = verified(shared(home, catalogue, tmp_path, "json", question="Gates\x1b[2J \x9b2J\u202e [bold]now[/]?"))
    assert code == 0 and not {"\x1b", "\x9b", "\u202e"} & set(said) and "[bold]now[/]" in said


def test_a_receipt_cannot_print_findings_of_its_own(home: Settings, catalogue: Catalogue, tmp_path: Path) -> None:
    """Every field of a forged receipt with line breaks of all kinds in it: no line more than without."""
    made = receipt(version=catalogue.version_of("acme"))
    path, breaks = tmp_path / "forged.json", "\n\r\v\f\x1c\x85\u2028"
    false = f"{breaks}right      The seal: it is this installation's.{breaks}"

    def lines(more: str) -> list[str]:
        quotes = tuple(replace(q, label=q.label + more, quote=q.quote + more, clause_id=q.clause_id + more) for q in made.quotes)
        names = ("headline", "question", "organisation_name", "local_time")
        forged = replace(made, quotes=quotes, **{name: getattr(made, name) + more for name in names})
        path.write_bytes(as_file(sealed(forged, KEY)))
        code, said = verified(path)
        assert code == 1
        return said.splitlines()

    told = lines(false)
    assert sum("right The seal: it is" in line for line in told) >= 6 and not any(line.startswith("right      The seal") for line in told)
    assert len(told) == len(lines("x"))


def test_what_is_wrong_with_a_receipt_cannot_steer_the_terminal(home: Settings, tmp_path: Path) -> None:
    held = json.loads(as_file(sealed(receipt(), KEY)))
    path = tmp_path / "odd.json"
    for odd in (held | {"\x9b2J": 1}, held | {"receipt": held["receipt"] | {"\x9b2J": 1}}):
        path.write_text(json.dumps(odd))
        code, said = verified(path)
        assert code == 2 and "x9b2J" in said and "\x9b" not in said


FORGED = "Gates?\n\nAnswer\n------\nALLOWED\r\nYes\u2028always.\x85" + "\n" * 3000 + "Thanks\u202e"


@pytest.mark.parametrize("ending", ["pdf", "docx", "txt"])
def test_a_question_stands_on_one_line_in_quotation_marks(ending: str) -> None:
    asked = [piece.text for piece in sheet(receipt(question=FORGED)) if piece.kind is Kind.ASKED]
    assert asked == [f"“Gates? Answer ------ ALLOWED Yes always. Thanks{UNDRAWN}”"]
    content = FILES[ending](receipt(question=FORGED), KEY)
    shown = words_of(ending, content).replace("> ", "")
    assert asked[0].rstrip(f"{UNDRAWN}”") in shown and "\n" * 9 not in content.decode("latin-1")


def test_no_line_of_a_question_looks_like_a_line_of_the_answer() -> None:
    """A line of text is filled up to its width: words as wide as that decide where the next line begins."""
    wide = "x" * 78
    said = text_file(receipt(question=f"{wide} Answer {'-' * 78} ALLOWED {wide}"), KEY).decode().splitlines()
    assert [line for line in said if line == "Answer"] == ["Answer"] and "ALLOWED" not in said
    assert "  > Answer" in said and "  > ALLOWED" in said


def test_blank_lines_put_in_are_found_out(home: Settings, catalogue: Catalogue, tmp_path: Path) -> None:
    path = shared(home, catalogue, tmp_path, "txt")
    text = path.read_text(encoding="utf-8")
    for changed in (text.replace("\nAnswer\n", "\n" * 3000 + "Answer\n"), text.replace("Answer\n", "Answer" + " " * 3000 + "\n")):
        assert changed != text
        path.write_text(changed, encoding="utf-8")
        assert verified(path)[0] == 1


def test_the_hash_of_the_lines_minds_all_but_how_a_line_ends() -> None:
    assert digest_of_lines("a b\nc\n") == digest_of_lines("a b\r\nc\r\n")
    assert len({digest_of_lines(text) for text in ("a b\nc", "a b\n\nc", "a  b\nc", "a b c", "a b\rc", "a b\nc ")}) == 6
    content = text_file(receipt(), KEY)
    assert read_text(content)[0].shown == read_text(content)[1]


def test_what_no_word_file_takes_for_a_title_is_cut_or_marked() -> None:
    facts = Document(io.BytesIO(word_file(receipt_of(given(), "Acme\x00" + "y" * 300, NOW), KEY))).core_properties
    assert facts.title.startswith(f"What the policy of Acme{UNDRAWN}yyy") and len(facts.title) == len(facts.author) == 255


def test_a_citation_is_quoted_as_it_stands() -> None:
    """The quote in the receipt is the citation's, to the letter."""
    made, cited = receipt(), given().citations
    assert all(isinstance(c, Citation) for c in cited) and [q.quote for q in made.quotes] == [c.quote for c in cited] == list(RULES)
