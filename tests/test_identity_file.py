"""identity.toml: what it may say, and how it is refused."""

from __future__ import annotations

from pathlib import Path

import pytest
from conftest import make_organisation

from policybot.catalogue import Catalogue
from policybot.doctor import sign_in_finding
from policybot.identity import Role
from policybot.identity_file import PERSONAL_ACCOUNTS, IdentityFile, IdentityFileError, Rule, read_identity_file, require_ingested
from policybot.records import Contact
from policybot.settings import Settings

ISSUER = "https://login.example/one"
COMMON = "https://login.microsoftonline.com/common/v2.0"
HEAD = f'[[rule]]\nissuer = "{ISSUER}"\norganisation = "oak"\n'


def read(folder: Path, text: str) -> IdentityFile:
    path = folder / "identity.toml"
    path.write_text(text, encoding="utf-8")
    return read_identity_file(path)


def test_a_whole_file(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        f"""
        [contact]
        who = "the office"
        email = "office@oak.example"

        [[rule]]
        name = "everybody at Oak"
        issuer = "{ISSUER}/"
        tenant = "ABC"
        email_domain = "Oak.Example"
        organisation = "oak"

        [[rule]]
        issuer = "https://accounts.google.com"
        hosted_domain = "elm.example"
        emails = ["Lead@elm.example"]
        organisation = "elm"
        roles = ["dsl", "trust_lead"]
        oversees = ["elm", "oak", "elm"]

        [[rule]]
        issuer = "http://localhost:9000"
        everyone = true
        organisation = "oak"
        """,
    )
    assert found.contact == Contact("the office", email="office@oak.example")
    first, second, third = found.rules
    assert first == Rule("rule 1 (everybody at Oak)", ISSUER, "oak", tenant="abc", email_domain="oak.example")
    assert second.roles == {Role.STAFF, Role.DSL, Role.TRUST_LEAD} and second.oversees == ("elm", "oak")
    assert second.hosted_domain == "elm.example" and second.emails == {"lead@elm.example"}
    assert third.everyone and third.roles == {Role.STAFF}


@pytest.mark.parametrize(
    ("text", "cause", "cure"),
    [
        ("", "no rule", "[[rule]]"),
        ("rule = []", "no rule", "[[rule]]"),
        ("[rule]\nissuer = 1", "no rule", "[[rule]]"),
        ("[[rule]\n", "not TOML", "line"),
        (f"{HEAD}tennant = 'x'", "tennant", "tenant"),
        (f"[[rules]]\n{HEAD}tenant = 'x'", "rules", "rule"),
        ("[[rule]]\norganisation = 'oak'\ntenant = 'x'", "no issuer", "issuer ="),
        ("[[rule]]\nissuer = 'login.example'\norganisation = 'oak'\ntenant = 'x'", "no https address", "names itself"),
        ("[[rule]]\nissuer = 'http://login.example'\norganisation = 'oak'\ntenant = 'x'", "no https address", "names itself"),
        (f"[[rule]]\nissuer = '{COMMON}'\ntenant = 'x'\norganisation = 'oak'", "ever comes", "tenant's id"),
        (f"[[rule]]\nissuer = '{ISSUER}'\ntenant = 'x'", "no organisation", "policybot organisations"),
        (f"[[rule]]\nissuer = '{ISSUER}'\ntenant = 'x'\norganisation = 'Oak Hill'", "'Oak Hill'", "policybot organisations"),
        (HEAD, "let in everybody", "everyone = true"),
        (f"{HEAD}roles = ['dsl']", "let in everybody", "everyone = true"),
        (f"{HEAD}everyone = false", "let in everybody", "everyone = true"),
        (f"{HEAD}everyone = 'true'", "true or false", "quotation"),
        (f"{HEAD}everyone = true\ntenant = 'x'", "contradict", "out"),
        (f"{HEAD}tenant = ''", "not empty", "take it out"),
        (f"{HEAD}tenant = 7", "words", "take it out"),
        (f"{HEAD}emails = []", "list of words", "take it out"),
        (f"{HEAD}emails = 'ann@oak.example'", "list of words", "take it out"),
        (f"{HEAD}emails = ['oak.example']", "no e-mail address", "email_domain"),
        (f"{HEAD}email_domain = '@oak.example'", "no domain", "after the @"),
        (f"{HEAD}email_domain = '*'", "no domain", "after the @"),
        (f"{HEAD}hosted_domain = 'oak'", "no domain", "after the @"),
        (f"{HEAD}email_domain = 'Gmail.com'", "anybody can have an account", "emails"),
        (f"{HEAD}tenant = '{PERSONAL_ACCOUNTS}'", "anybody can have an account", "emails"),
        (f"{HEAD}tenant = '{PERSONAL_ACCOUNTS}'\nemail_domain = 'outlook.com'", "anybody can have an account", "emails"),
        (f"{HEAD}tenant = 'x'\nroles = ['boss']", "'boss'", "trust_lead"),
        (f"{HEAD}tenant = 'x'\nroles = ['trust_lead']", "need each other", "oversees"),
        (f"{HEAD}tenant = 'x'\noversees = ['oak']", "need each other", "oversees"),
        (f"{HEAD}tenant = 'x'\nroles = ['trust_lead']\noversees = ['Oak']", "'Oak'", "policybot organisations"),
        (f"contact = 'me'\n{HEAD}tenant = 'x'", "no table", "[contact]"),
        (f"[contact]\nemail = 'a@b.example'\n{HEAD}tenant = 'x'", "does not say who", "who ="),
    ],
)
def test_a_mistake_is_refused_with_the_file_the_cause_and_the_cure(tmp_path: Path, text: str, cause: str, cure: str) -> None:
    with pytest.raises(IdentityFileError) as refusal:
        read(tmp_path, text)
    assert str(tmp_path / "identity.toml") in refusal.value.thing
    assert cause in refusal.value.cause and cure in refusal.value.cure


def test_the_rule_at_fault_is_named(tmp_path: Path) -> None:
    with pytest.raises(IdentityFileError, match=r"rule 2 \(Elm\)"):
        read(tmp_path, f'{HEAD}tenant = "x"\n{HEAD}name = "Elm"')


def test_a_file_that_is_not_there_or_no_text_is_refused(tmp_path: Path) -> None:
    with pytest.raises(IdentityFileError, match="no such file"):
        read_identity_file(tmp_path / "identity.toml")
    (tmp_path / "identity.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(IdentityFileError, match="cannot be read"):
        read_identity_file(tmp_path / "identity.toml")


def test_an_organisation_that_nobody_ingested_is_refused(tmp_path: Path) -> None:
    file = read(tmp_path, f'{HEAD}tenant = "x"\nroles = ["trust_lead"]\noversees = ["oak", "elm-tree"]')
    require_ingested(file, ["elm-tree", "oak"])
    with pytest.raises(IdentityFileError, match=r"rule 1.*elm-tree") as refusal:
        require_ingested(file, ["oak", "elm-trees"])
    assert "elm-trees" in refusal.value.cure and "policybot ingest" in refusal.value.cure
    with pytest.raises(IdentityFileError, match="Run: policybot ingest FOLDER --org oak"):
        require_ingested(file, [])


def test_the_doctor_looks_at_sign_in(tmp_path: Path, settings: Settings, catalogue: Catalogue) -> None:
    def finding(of: Settings) -> tuple[bool, str, str]:
        found = sign_in_finding(of, (tmp_path,))
        return found.ok, found.found, found.cure

    assert finding(settings) == (True, "not set up", "")
    written = Settings.load(home=settings.home, corpus=settings.corpus, identity=tmp_path / "identity.toml")
    ok, found, cure = finding(written)
    assert not ok and "no such file" in found and cure
    read(tmp_path, f'{HEAD}tenant = "x"')
    assert "nobody has ingested" in finding(written)[1]
    catalogue.save_organisation(make_organisation("oak"))
    assert not finding(written)[0] and "[auth]" in finding(written)[1]

    (tmp_path / ".streamlit").mkdir()
    secrets = tmp_path / ".streamlit" / "secrets.toml"
    secrets.write_text("[auth", encoding="utf-8")
    assert not finding(written)[0] and "not TOML" in finding(written)[1]
    service = '[auth.microsoft]\nclient_id = "a"\nclient_secret = "b"\nserver_metadata_url = "https://x.example"\n'
    head = '[auth]\nredirect_uri = "https://p.example/oauth2callback"\ncookie_secret = '
    secrets.write_text(f'{head}"short"\n{service}', encoding="utf-8")
    assert not finding(written)[0] and "cookie_secret" in finding(written)[1]
    assert not finding(settings)[0], "a half of it is not sign-in"
    secrets.write_text(f'{head}"{"x" * 40}"\n{service}', encoding="utf-8")
    assert finding(written) == (True, "1 rule, 1 organisation, Sign in with Microsoft", "")
