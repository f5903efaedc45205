"""What a sign-in service says -> who somebody is here. Nobody is let in by a word that its rule does not name."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policybot.claims import GOOGLE, LEEWAY, LONGEST, Lapsed, Stranger, Welcome, admit
from policybot.errors import SignInError
from policybot.identity import Role, User
from policybot.identity_file import Rule

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
LATER = NOW.timestamp() + 3600
ISSUER, ELSEWHERE = "https://login.example/one", "https://login.example/two"
SIGNED_IN: dict[str, Any] = {
    "is_logged_in": True, "iss": ISSUER, "sub": "s1", "aud": "policybot", "name": "Ann Lee", "email": "Ann@Oak.example",
    "iat": int(NOW.timestamp()) - 60, "exp": int(NOW.timestamp()) + 3600,
}  # fmt: skip
OAK = Rule("rule 1", ISSUER, "oak", email_domain="oak.example")


def users(claims: dict[str, Any], *rules: Rule) -> tuple[User, ...]:
    found = admit(claims, rules, NOW)
    return found.users if isinstance(found, Welcome) else ()


def said(**more: object) -> dict[str, Any]:
    return {name: value for name, value in (SIGNED_IN | more).items() if value is not None}


def test_a_member_of_staff_is_who_the_claims_say() -> None:
    (user,) = users(SIGNED_IN, OAK)
    assert user == User(
        "oak", "Ann Lee", frozenset({Role.STAFF}), f"{ISSUER}|s1", "ann@oak.example", NOW + timedelta(hours=1), ()
    )


def test_nobody_is_signed_in_without_the_word_of_streamlit() -> None:
    for word in (None, False, "true", 1, {}):
        assert admit(said(is_logged_in=word), [OAK], NOW) is None
    assert admit({}, [OAK], NOW) is None


@pytest.mark.parametrize(
    ("rule", "fits", "fits_not"),
    [
        ({"tenant": "t-1"}, {"tid": "T-1"}, [{"tid": "t-2"}, {"tid": None}, {"tid": ["t-1"]}, {"tid": None, "tenant": "t-1"}]),
        ({"hosted_domain": "oak.example"}, {"hd": "oak.example"}, [{"hd": "x.oak.example"}, {"hd": None}, {"hd": ""}]),
        ({"group": "G1"}, {"groups": ["G0", "G1"]}, [{"groups": "G1"}, {"groups": ["g1"]}, {"groups": None}, {"groups": [["G1"]]}]),
        ({"emails": frozenset({"ann@oak.example"})}, {}, [{"email": "bob@oak.example"}, {"email": None}, {"email_verified": False}]),
        (
            {"email_domain": "oak.example"},
            {"email_verified": "true"},
            [
                {"email_verified": False},
                {"email_verified": "false"},
                {"email_verified": None, "email": None},
                {"email_verified": 0},
                {"email": "ann@elm.example"},
                {"email": "ann@x.oak.example"},
                {"email": "ann@notoak.example"},
                {"email": "ann@elm.example@oak.example"},
                {"email": "ann@oak.example "},
                {"email": "ann@oak.example\n"},
                {"email": "ann@oak.example."},
                {"email": "@oak.example"},
                {"email": "ann at oak.example"},
                {"email": ["ann@oak.example"]},
            ],
        ),
        ({"everyone": True}, {}, [{"iss": ELSEWHERE}]),
        ({"tenant": "t-1", "group": "G1"}, {"tid": "t-1", "groups": ["G1"]}, [{"groups": None}, {"tid": None}]),
    ],
    ids=lambda value: "+".join(value) if isinstance(value, dict) and value else "",
)
def test_all_that_a_rule_asks_must_hold_and_its_own_issuer_must_say_it(
    rule: dict[str, Any], fits: dict[str, Any], fits_not: list[dict[str, Any]]
) -> None:
    asked = Rule("rule 1", ISSUER, "oak", **rule)
    assert [u.organisation for u in users(said(**fits), asked)] == ["oak"]
    assert users(said(**fits, iss=ELSEWHERE), asked) == ()
    for wrong in fits_not:
        assert isinstance(admit(said(**{**fits, **wrong}), [asked], NOW), Stranger), wrong


def test_of_google_only_the_domain_itself_can_vouch_for_an_address() -> None:
    google = replace(OAK, issuer=GOOGLE)
    assert not users(said(iss=GOOGLE, email_verified=True), google), "anybody may have a Google account under any address"
    assert not users(said(iss=GOOGLE, hd="elm.example"), google)
    assert users(said(iss=GOOGLE, hd="oak.example"), google)
    second = replace(google, hosted_domain="trust.example")
    assert users(said(iss=GOOGLE, hd="trust.example"), second), "a second domain of the same Workspace"
    assert not users(said(iss=GOOGLE, hd="oak.example"), second)
    private = Rule("rule 2", GOOGLE, "oak", emails=frozenset({"ann@gmail.com", "ann@oak.example"}))
    assert users(said(iss=GOOGLE, email="ann@gmail.com", email_verified=True), private)
    assert not users(said(iss=GOOGLE, email="ann@oak.example", email_verified=True), private)


def test_a_rule_that_asks_nothing_lets_nobody_in() -> None:
    """Such a rule is refused when the file is read; if one came about otherwise, it must not open the door."""
    assert isinstance(admit(SIGNED_IN, [Rule("rule 1", ISSUER, "oak")], NOW), Stranger)


def test_rules_add_up_within_an_organisation_and_never_across() -> None:
    rules = [
        OAK,
        Rule("rule 2", ISSUER, "oak", frozenset({Role.STAFF, Role.DSL}), group="dsl"),
        Rule("rule 3", ISSUER, "elm", frozenset({Role.STAFF, Role.TRUST_LEAD}), ("oak", "elm"), group="lead"),
        Rule("rule 4", ISSUER, "ash", frozenset({Role.STAFF, Role.EVALUATOR}), group="nobody"),
    ]
    elm, oak = users(said(groups=["lead", "dsl"]), *rules)
    assert (elm.organisation, elm.roles, elm.oversees) == ("elm", {Role.STAFF, Role.TRUST_LEAD}, ("elm", "oak"))
    assert (oak.organisation, oak.roles, oak.oversees) == ("oak", {Role.STAFF, Role.DSL}, ())


@pytest.mark.parametrize(
    ("times", "over"),
    [
        ({"exp": 60}, False),
        ({"exp": -LEEWAY.total_seconds() + 1}, False),
        ({"exp": -LEEWAY.total_seconds()}, True),
        ({"exp": -86400, "iat": -90000}, True),
        ({"exp": 86400, "iat": -LONGEST.total_seconds()}, False),
        ({"exp": 86400, "iat": -LONGEST.total_seconds() - LEEWAY.total_seconds()}, True),
        ({"exp": 86400.5, "iat": -3600.5}, False),
    ],
)
def test_a_sign_in_ends(times: dict[str, float], over: bool) -> None:
    claims = said(**{name: NOW.timestamp() + seconds for name, seconds in times.items()})
    assert isinstance(admit(claims, [OAK], NOW), Lapsed if over else Welcome)


def test_the_end_is_the_tokens_own_or_that_of_the_day() -> None:
    made = NOW.timestamp() - 60
    (user,) = users(said(exp=NOW.timestamp() + 10 * 86400), OAK)
    assert user.expires == datetime.fromtimestamp(made, UTC) + LONGEST


@pytest.mark.parametrize(
    "wrong",
    [*({name: None} for name in ("exp", "iat", "iss", "sub", "aud")), {"exp": "soon"}, {"exp": True}, {"exp": float("inf")},
     {"exp": float("nan")}, {"exp": 10**30}, {"iat": -1}, {"sub": " "}, {"sub": 7}, {"iat": LATER}, {"nbf": LATER}],
)  # fmt: skip
def test_claims_that_no_sign_in_has_are_an_error_and_open_nothing(wrong: dict[str, Any]) -> None:
    with pytest.raises(SignInError) as refusal:
        admit(said(**wrong), [OAK], NOW)
    assert refusal.value.cause and "sign in again" in refusal.value.cure


def test_a_name_is_found_and_kept_short() -> None:
    assert users(said(name="  Ann \n Lee "), OAK)[0].name == "Ann Lee"
    assert users(said(name=None, preferred_username="ann"), OAK)[0].name == "ann"
    assert users(said(name=None), OAK)[0].name == "ann@oak.example"
    assert len(users(said(name="x" * 5000), OAK)[0].name) == 80
    stranger = admit(said(name=None, email=None), [OAK], NOW)
    assert isinstance(stranger, Stranger) and stranger.name.strip() and stranger.email == ""


# -- properties

DOMAINS = ("oak.example", "elm.example", "gmail.com")
TEXTS = st.text(alphabet="aé@. \n<", max_size=8)
VALUES = st.one_of(st.none(), st.booleans(), st.integers(), TEXTS, st.lists(TEXTS, max_size=2))
EMAILS = st.builds("{}@{}".format, st.sampled_from(("ann", "bob")), st.sampled_from(DOMAINS))
CLAIMS = st.fixed_dictionaries(
    {
        "is_logged_in": st.just(True),
        "iss": st.sampled_from((ISSUER, ELSEWHERE, GOOGLE)),
        "sub": st.sampled_from(("s1", "s2")),
        "aud": st.just("policybot"),
        "iat": st.just(NOW.timestamp() - 5),
        "exp": st.just(NOW.timestamp() + 5),
    },
    optional={
        "tid": st.one_of(st.sampled_from(("t-1", "t-2")), VALUES),
        "hd": st.one_of(st.sampled_from(DOMAINS), VALUES),
        "email": st.one_of(EMAILS, VALUES),
        "email_verified": st.one_of(st.booleans(), VALUES),
        "groups": st.one_of(st.lists(st.sampled_from(("g-1", "g-2"))), VALUES),
        "name": VALUES,
    },
)
RULES = st.builds(
    Rule,
    label=st.just("rule"),
    issuer=st.sampled_from((ISSUER, ELSEWHERE, GOOGLE)),
    organisation=st.sampled_from(("oak", "elm")),
    roles=st.sets(st.sampled_from([r for r in Role if r is not Role.TRUST_LEAD])).map(lambda roles: frozenset({Role.STAFF, *roles})),
    tenant=st.sampled_from(("", "t-1")),
    hosted_domain=st.sampled_from(("", *DOMAINS)),
    email_domain=st.sampled_from(("", *DOMAINS)),
    emails=st.frozensets(EMAILS, max_size=2),
    group=st.sampled_from(("", "g-1")),
)
NAMES = "is_logged_in iss sub aud iat exp nbf tid hd email groups nonce azp amr auth_time"
ANYTHING = st.dictionaries(
    st.sampled_from(NAMES.split()),
    st.one_of(VALUES, st.floats(), st.just(ISSUER), st.just(True), st.just(NOW.timestamp())),
)


@given(CLAIMS, st.lists(RULES, max_size=5))
def test_whoever_is_let_in_fits_a_rule_of_that_organisation_word_for_word(claims: dict[str, Any], rules: list[Rule]) -> None:
    """The conditions said once more, the plain way."""
    for user in users(claims, *rules):
        email, groups = claims.get("email"), claims.get("groups")
        fitting = [
            rule
            for rule in rules
            if rule.organisation == user.organisation
            and rule.issuer == claims["iss"]
            and rule.tenant in ("", claims.get("tid"))
            and rule.hosted_domain in ("", claims.get("hd"))
            and (not rule.email_domain or (isinstance(email, str) and email.endswith(f"@{rule.email_domain}")))
            and (not rule.emails or email in rule.emails)
            and (not (rule.email_domain or rule.emails) or claims.get("email_verified", True) not in (False, None, "false", 0))
            and (not rule.group or (isinstance(groups, list) and rule.group in groups))
            and (rule.tenant or rule.hosted_domain or rule.email_domain or rule.emails or rule.group)
        ]
        assert fitting
        assert user.roles <= frozenset().union(*(rule.roles for rule in fitting))
        assert user.person == f"{claims['iss']}|{claims['sub']}"


@given(CLAIMS, st.lists(RULES, max_size=5), st.randoms())
def test_neither_order_nor_repetition_of_rules_changes_who_somebody_is(claims: dict[str, Any], rules: list[Rule], chance: Any) -> None:
    shuffled = [*rules, *rules]
    chance.shuffle(shuffled)
    assert users(claims, *rules) == users(claims, *shuffled)


@given(CLAIMS, st.lists(RULES, max_size=4), RULES)
def test_a_rule_of_another_issuer_gives_nothing(claims: dict[str, Any], rules: list[Rule], stranger: Rule) -> None:
    other = replace(stranger, issuer="https://nowhere.example")
    assert users(claims, *rules) == users(claims, *rules, other)


@given(ANYTHING, st.lists(RULES, max_size=3))
def test_no_claims_whatever_break_it(claims: dict[str, Any], rules: list[Rule]) -> None:
    try:
        found = admit(claims, rules, NOW)
    except SignInError as refusal:
        assert refusal.thing and refusal.cause and refusal.cure
    else:
        assert found is None or isinstance(found, Welcome | Stranger | Lapsed)
