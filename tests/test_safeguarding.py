"""Whom to tell of a worry, what the reply to one looks like, and that nothing of it is kept."""

from __future__ import annotations

import functools
import gc
import textwrap
from datetime import date
from pathlib import Path

import pytest
from alembic import command
from alembic.runtime.migration import MigrationContext
from conftest import make_organisation, make_policy
from sqlalchemy import inspect, text

from ingest.description import read_description
from ingest.pipeline import ingest
from policybot import compose, models
from policybot.bot import PolicyBot
from policybot.catalogue import Catalogue
from policybot.contacts import safeguarding_contact
from policybot.database import open_engine, writing
from policybot.errors import CorpusError
from policybot.library import Library
from policybot.migrations import alembic_config, upgrade
from policybot.reader import Reader
from policybot.records import Answered, Contact, NotCovered, Occasion, Organisation, Question, Turn, Verdict
from policybot.settings import Settings
from policybot.web import answer_view

WORRY = "Zorblatt in my class told me that his quimbly uncle hits him with a belt every night."
GOT = ("zorblatt", "quimbly")
"""Words that stand in WORRY and nowhere else on this computer."""
NAMING = "Anybody who is worried about a child must tell the designated safeguarding lead at once."
RULES = "Staff must not accept friend requests from pupils.\n\nPhones stay in the lockers during lessons."

# -- the clause that names somebody


def told(*texts: str) -> tuple[str, str] | None:
    contact = safeguarding_contact(make_policy("acme", *texts).clauses)
    return (contact.who, contact.clause_id.rsplit("/", 1)[1]) if contact and contact.clause_id else None


@pytest.mark.parametrize(
    ("sentence", "who"),
    [
        (NAMING, "the designated safeguarding lead"),
        ("Concerns are reported to the Child Protection Officer.", "the Child Protection Officer"),
        ("If a pupil discloses abuse, inform your safeguarding officer.", "your safeguarding officer"),
        ("Any allegation must be referred to the LADO.", "the LADO"),
        ("Staff contact the deputy designated safeguarding lead with any worry.", "the deputy designated safeguarding lead"),
        ("A child at risk is a matter to raise with the safeguarding team.", "the safeguarding team"),
        ("Safeguarding matters should be reported to the headteacher.", "the headteacher"),
    ],
)
def test_the_role_that_the_policy_sends_a_worry_to(sentence: str, who: str) -> None:
    assert told("Phones stay in lockers.", sentence) == (who, "p1")


def test_a_role_and_the_worry_win_over_a_role_and_that_over_anybody() -> None:
    anybody = "Safeguarding matters should be reported to the headteacher."
    role = "Speak to the designated safeguarding lead about filming."
    assert told(anybody, role, NAMING) == ("the designated safeguarding lead", "p2")
    assert told(anybody, role) == ("the designated safeguarding lead", "p1")
    assert told(NAMING, "Report any abuse to the safeguarding officer.") == ("the designated safeguarding lead", "p0")


@pytest.mark.parametrize(
    "sentence",
    [
        "The designated safeguarding lead has an office on the first floor.",
        "Report a broken kettle to the headteacher.",
        "Safeguarding is everybody's business.",
        "Queries about this policy go to the line manager.",
    ],
)
def test_a_clause_that_sends_no_worry_to_anybody_names_nobody(sentence: str) -> None:
    assert told(sentence) is None


def test_a_worry_about_the_lead_does_not_go_to_the_lead() -> None:
    found = told("An allegation against the designated safeguarding lead must be reported to the headteacher.")
    assert found is None or "safeguarding lead" not in found[0]


def test_who_must_not_be_told_is_not_whom_to_tell() -> None:
    found = told("Staff must not contact the LADO themselves about a concern.", NAMING)
    assert found == ("the designated safeguarding lead", "p1")


# -- the reply


ORGANISATIONS = {
    "named": ("", f"{RULES}\n\n{NAMING}"),
    "listed": ('\n[safeguarding]\nwho = "Ana Ruiz"\nemail = "ana@listed.example"\nphone = "01632 960001"\n', RULES),
    "both": ('\n[safeguarding]\nwho = "Ana Ruiz"\n', f"{RULES}\n\n{NAMING}"),
    "bare": ('\n[contact]\nwho = "the office"\n', RULES),
    "late": (
        "",
        RULES + "\n\nBelts and uncles, nights and hits are what the wardrobe of the drama club holds. "
        + "It is tidied by the drama club after every show, and whoever borrows a belt signs for it in the book by the door. " * 2
        + NAMING,
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def bot(tmp_path_factory: pytest.TempPathFactory) -> PolicyBot:
    """Five organisations, ingested from folders; 'empty' has no policy."""
    corpus = tmp_path_factory.mktemp("corpus")
    for slug, (more, rules) in ORGANISATIONS.items():
        (corpus / slug).mkdir()
        (corpus / slug / "organisation.toml").write_text(f'name = "{slug.title()} School"\n{more}', encoding="utf-8")
        (corpus / slug / "policy.md").write_text(f"# Online Policy\n\n## Rules\n\n{rules}\n", encoding="utf-8")
    settings = Settings.load(home=tmp_path_factory.mktemp("home"), today=date(2026, 11, 21))
    catalogue = Catalogue.open(settings)
    library = Library.open(settings, catalogue, models.embeddings(settings))
    report = ingest(corpus, catalogue, library, settings.home / "ingest.lock", corpus)
    assert not report.refused
    catalogue.save_organisation(make_organisation("empty"))
    return PolicyBot(settings, catalogue, library, Reader.open())


def test_the_policys_own_words_come_first(bot: PolicyBot) -> None:
    for slug in ("named", "both"):
        answer = bot.answer(Question(slug, WORRY))
        assert isinstance(answer, Answered) and answer.occasion is Occasion.DISCLOSURE
        assert answer.verdict is Verdict.INFORMATIONAL, "no ruling on a child's hurt"
        assert answer.contact is not None and answer.contact.who == "the designated safeguarding lead"
        assert answer.text.startswith("**Tell the designated safeguarding lead now (your policy says so).**")
        assert answer.citations[0].clause_id == answer.contact.clause_id
        assert answer.citations[0].quote == NAMING
        assert answer.text.index(NAMING) < answer.text.index("999")


def test_else_whom_the_organisation_lists(bot: PolicyBot) -> None:
    answer = bot.answer(Question("listed", WORRY))
    assert answer.occasion is Occasion.DISCLOSURE
    assert answer.contact == Contact("Ana Ruiz", email="ana@listed.example", phone="01632 960001")
    assert answer.text.startswith(
        "**Tell Ana Ruiz now (your organisation's safeguarding contact): ana@listed.example · 01632 960001.**"
    )


@pytest.mark.parametrize("slug", ["bare", "empty"])
def test_else_the_lead_or_the_most_senior_person(bot: PolicyBot, slug: str) -> None:
    answer = bot.answer(Question(slug, WORRY))
    assert answer.occasion is Occasion.DISCLOSURE and answer.contact is None
    assert answer.text.startswith("**Tell your safeguarding lead or the most senior person on site now.**")
    assert "the office" not in answer.headline
    assert slug != "empty" or isinstance(answer, NotCovered)


@pytest.mark.parametrize("slug", [*ORGANISATIONS, "empty"])
def test_every_reply_says_what_to_do_now_and_invents_nothing(bot: PolicyBot, slug: str) -> None:
    answer = bot.answer(Question(slug, WORRY))
    assert compose.DANGER in answer.text and answer.remarks == (compose.DANGER,)
    assert answer.notices == () and "Allowed" not in answer.text and "does not say" not in answer.text
    assert not any(word in answer.text.lower() for word in GOT), "the words are not read back"
    own = {c.id: c.whole for c in bot.library.shelf(slug).clauses()}
    for citation in getattr(answer, "citations", ()):
        assert citation.organisation == slug and citation.quote in own[citation.clause_id]


def test_of_a_long_clause_the_words_that_name_whom_to_tell_are_quoted(bot: PolicyBot) -> None:
    answer = bot.answer(Question("late", WORRY))
    assert isinstance(answer, Answered) and answer.contact is not None
    assert answer.citations[0].clause_id == answer.contact.clause_id
    assert NAMING in answer.citations[0].quote


def test_a_worry_among_invisible_characters_is_still_one(bot: PolicyBot) -> None:
    hidden = "​".join(WORRY)
    assert bot.answer(Question("named", hidden)).occasion is Occasion.DISCLOSURE


def test_an_ordinary_question_gets_an_ordinary_answer(bot: PolicyBot) -> None:
    answer = bot.answer(Question("named", "Can I accept a friend request from a pupil?"))
    assert answer.occasion is Occasion.QUESTION and compose.DANGER not in answer.text


def test_the_card_names_whom_to_tell_and_how(bot: PolicyBot) -> None:
    card = answer_view.verdict(bot.answer(Question("listed", WORRY)))
    assert card.startswith('<div class="pb-verdict pb-disclosure" role="alert"><h2>Tell Ana Ruiz now')
    assert '<a href="tel:01632960001">' in card and '<a href="mailto:ana@listed.example">' in card and "999" in card
    assert "pb-badge" not in card


def test_a_listed_name_is_escaped_on_the_card() -> None:
    contact = Contact("<b>Ana</b>", phone='"1')
    answer = NotCovered(
        id="d", question=Question("acme", WORRY), headline=compose.tell(contact), text="t", remarks=("a < b",),
        contact=contact, occasion=Occasion.DISCLOSURE,
    )  # fmt: skip
    card = answer_view.verdict(answer)
    assert "<b>" not in card and "&lt;b&gt;Ana" in card and "a &lt; b" in card and 'tel:"1' not in card


# -- what is kept


FOLLOWED = (Turn("user", WORRY), Turn("assistant", "Tell the designated safeguarding lead now."))


def holds(value: object) -> bool:
    return any(word in repr(value).lower() for word in GOT)


def test_a_shelf_remembers_questions_but_no_worry(bot: PolicyBot) -> None:
    shelf = bot.library.shelf("named")
    bot.answer(Question("named", "May I accept a friend request from a pupil at lunch?"))
    before = set(shelf._measured)
    assert before, "else this test could not fail"
    bot.answer(Question("named", WORRY))
    assert set(shelf._measured) == before


@pytest.mark.parametrize("more", ["and who do I have to tell about it?", "what about his phone then?"])
def test_nor_does_a_question_after_it_bring_it_back(bot: PolicyBot, more: str) -> None:
    bot.answer(Question("named", more, FOLLOWED))
    assert not holds(list(bot.library.shelf("named")._measured))


def test_the_model_keeps_clauses_and_no_worry(bot: PolicyBot) -> None:
    bot.answer(Question("named", WORRY))
    kept = list(bot.library._model._kept)
    assert any("friend requests" in kept_text for kept_text in kept), "else this test could not fail"
    assert not holds(kept)


def test_no_cache_of_a_function_holds_it(bot: PolicyBot) -> None:
    """A single word in one says nothing of anybody; a sentence does."""
    bot.answer(Question("bare", WORRY))
    sentences = {cache.__qualname__: [t for t in contents(cache) if all(word in t.lower() for word in GOT)] for cache in caches()}
    assert {name: texts for name, texts in sentences.items() if texts} == {}


def test_nothing_is_written_to_disk(bot: PolicyBot) -> None:
    bot.answer(Question("named", WORRY))
    written = [file for file in bot.settings.home.rglob("*") if file.is_file()]
    assert any(b"friend requests" in file.read_bytes() for file in written), "else this test could not fail"
    assert [file for file in written if holds(file.read_bytes())] == []


def caches() -> list[functools._lru_cache_wrapper]:
    """Every function of the program that keeps results."""
    found = [o for o in gc.get_objects() if isinstance(o, functools._lru_cache_wrapper)]
    return [cache for cache in found if cache.__module__.startswith(("policybot", "ingest"))]


def contents(cache: object) -> list[str]:
    """The texts that it was called with or gave back, as far as they lie open."""
    texts, layer = [], [cache]
    for _ in range(3):
        layer = [o for held in layer for o in gc.get_referents(held) if isinstance(o, str | tuple | list | dict | frozenset | set)]
        texts += [o for o in layer if isinstance(o, str)]
    return texts


def test_what_a_cache_holds_can_be_seen() -> None:
    @functools.lru_cache
    def kept(words: str) -> str:
        return words

    kept(WORRY)
    assert holds(contents(kept))


# -- organisation.toml


def described(tmp_path: Path, more: str) -> Path:
    path = tmp_path / "organisation.toml"
    path.write_text(f'name = "Acme"\n{textwrap.dedent(more)}', encoding="utf-8")
    return path


def test_organisation_toml_says_whom_to_tell(tmp_path: Path) -> None:
    found = read_description(described(tmp_path, '[safeguarding]\nwho = "Ana"\nemail = "a@acme.example"\n'))
    assert found is not None and found.safeguarding == Contact("Ana", email="a@acme.example") and found.contact is None
    assert found.organisation("acme").safeguarding == found.safeguarding
    nothing = read_description(described(tmp_path, ""))
    assert nothing is not None and nothing.safeguarding is None


@pytest.mark.parametrize(
    ("more", "named"),
    [
        ('safeguarding = "Ana"', "safeguarding = 'Ana' is no contact"),
        ('[safeguarding]\nemail = "a@acme.example"', "is no contact"),
        ('[safeguarding]\nwho = "Ana"\nmobile = "1"', "mobile"),
        ('[safeguarding]\nwho = " "', "who"),
        ('[safeguarding]\nwho = "Ana"\nphone = 1632', "phone = 1632 is no text"),
        ('[safegaurding]\nwho = "Ana"', "unknown key 'safegaurding'"),
    ],
)
def test_a_fault_in_it_is_named(tmp_path: Path, more: str, named: str) -> None:
    path = described(tmp_path, more)
    with pytest.raises(CorpusError) as refused:
        read_description(path)
    assert refused.value.thing == str(path) and named in refused.value.cause and refused.value.cure


def test_the_catalogue_gives_back_whom_to_tell(catalogue: Catalogue) -> None:
    contact = Contact("Ana Ruiz", phone="1")
    catalogue.save_organisation(Organisation("acme", "Acme", contact=Contact("the office"), safeguarding=contact))
    assert catalogue.organisation("acme").safeguarding == contact
    catalogue.save_organisation(Organisation("acme", "Acme"))
    assert catalogue.organisation("acme").safeguarding is None


def test_whom_to_tell_changes_without_a_new_policy(bot: PolicyBot) -> None:
    old = bot.catalogue.organisation("bare")
    bot.catalogue.save_organisation(Organisation("bare", old.name, safeguarding=Contact("Bo Lind")))
    assert bot.answer(Question("bare", WORRY)).headline.startswith("Tell Bo Lind now")
    bot.catalogue.save_organisation(old)
    assert bot.answer(Question("bare", WORRY)).contact is None


# -- the migration


def revision(settings: Settings, to: str) -> None:
    """Take the database to one revision."""
    config, engine = alembic_config(), writing(open_engine(settings))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        now = MigrationContext.configure(connection).get_current_revision() or ""
        (command.downgrade if now > to else command.upgrade)(config, to)


def columns(settings: Settings) -> set[str]:
    return {c["name"] for c in inspect(open_engine(settings)).get_columns("organisations")}


def test_a_database_of_before_is_taken_along(settings: Settings) -> None:
    revision(settings, "0001")
    assert "safeguarding" not in columns(settings)
    with open_engine(settings).begin() as connection:
        connection.execute(
            text("INSERT INTO organisations VALUES ('acme', 'Acme', '#000', '[]', '[]', :contact)"), {"contact": '{"who": "the office"}'}
        )
    upgrade(writing(open_engine(settings)))
    opened = Catalogue.open(settings)
    assert opened.organisation("acme") == Organisation("acme", "Acme", contact=Contact("the office"), colour="#000")
    opened.close()


def test_it_goes_down_and_up_again_and_loses_no_policy(settings: Settings, catalogue: Catalogue) -> None:
    catalogue.save_organisation(Organisation("acme", "Acme", contact=Contact("the office"), safeguarding=Contact("Ana")))
    policy = make_policy("acme", NAMING)
    catalogue.flip(catalogue.stage(policy))
    catalogue.close()
    revision(settings, "0001")
    assert "safeguarding" not in columns(settings)
    revision(settings, "head")
    opened = Catalogue.open(settings)
    assert [p for _, p in opened.published("acme")] == [policy]
    assert opened.organisation("acme") == Organisation("acme", "Acme", contact=Contact("the office"))
    opened.close()
