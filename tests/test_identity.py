"""Who may be signed in without a password, and as what."""

from __future__ import annotations

import pytest
from conftest import make_organisation

from policybot.catalogue import Catalogue
from policybot.errors import SignInError
from policybot.identity import (
    Connection,
    Provider,
    Role,
    RoleMissing,
    User,
    demo_users,
    other_origin,
    providers,
    require_any_role,
    require_demo,
)

HERE = {"Host": "127.0.0.1:8501", "User-Agent": "a browser"}


def test_every_organisation_has_one_demo_member_of_staff(catalogue: Catalogue) -> None:
    for slug in ("second-school", "first-school", "third-school"):
        catalogue.save_organisation(make_organisation(slug))
    users = demo_users(catalogue)
    assert [u.organisation for u in users] == ["first-school", "second-school", "third-school"]
    assert all(u.roles == {Role.STAFF} and "demo" in u.name.lower() for u in users)


def test_an_empty_catalogue_has_no_accounts(catalogue: Catalogue) -> None:
    assert demo_users(catalogue) == ()


@pytest.mark.parametrize("organisation", ["", "All Schools", "../other", "a/b", "*"])
def test_a_user_belongs_to_one_organisation(organisation: str) -> None:
    with pytest.raises(ValueError, match="slug"):
        User(organisation, "A person", frozenset())


@pytest.mark.parametrize("host", ["127.0.0.1:8501", "localhost:8501", "LOCALHOST", "[::1]:8501", "127.0.0.5"])
@pytest.mark.parametrize("address", ["127.0.0.1", "localhost", "::1"])
@pytest.mark.parametrize("remote", [None, "127.0.0.1", "::1"])
def test_demo_is_offered_on_this_computer(host: str, address: str, remote: str | None) -> None:
    require_demo(True, Connection(address, remote, {"host": host}))


@pytest.mark.parametrize(
    ("demo", "connection", "cause"),
    [
        (False, Connection("127.0.0.1", None, HERE), "not been set up"),
        (True, Connection(None, None, HERE), "every network interface"),
        (True, Connection("", None, HERE), "every network interface"),
        (True, Connection("0.0.0.0", None, HERE), "0.0.0.0"),
        (True, Connection("192.168.1.7", None, HERE), "192.168.1.7"),
        (True, Connection("127.0.0.1.example.org", None, HERE), "example.org"),
        (True, Connection("127.0.0.1", "192.168.1.20", HERE), "another computer"),
        (True, Connection("127.0.0.1", None, {}), "public name"),
        (True, Connection("127.0.0.1", None, {"Host": "policies.school.example"}), "public name"),
        (True, Connection("127.0.0.1", None, {"Host": "localhost.school.example:8501"}), "public name"),
        (True, Connection("127.0.0.1", None, {**HERE, "X-Forwarded-For": "127.0.0.1"}), "proxy"),
        (True, Connection("127.0.0.1", None, {**HERE, "x-real-ip": "10.0.0.1"}), "proxy"),
        (True, Connection("127.0.0.1", None, {**HERE, "FORWARDED": "for=10.0.0.1"}), "proxy"),
    ],
)
def test_demo_is_refused_everywhere_else(demo: bool, connection: Connection, cause: str) -> None:
    with pytest.raises(SignInError) as refusal:
        require_demo(demo, connection)
    assert cause in refusal.value.cause
    assert "administrator" in refusal.value.cure


SERVICE = {"client_id": "a", "client_secret": "b", "server_metadata_url": "https://login.example/.well-known/openid-configuration"}
AUTH = {"redirect_uri": "https://policies.example/oauth2callback", "cookie_secret": "x" * 32}


def test_the_sign_in_services_that_are_set_up() -> None:
    assert providers({**AUTH, **SERVICE}) == (Provider(None, "Sign in"),)
    named = providers({**AUTH, "microsoft": SERVICE, "our-trust": SERVICE, "client_kwargs": {"scope": "openid"}})
    assert named == (Provider("microsoft", "Sign in with Microsoft"), Provider("our-trust", "Sign in with Our Trust"))
    assert [p.key for p in providers({**AUTH, **SERVICE, "google": SERVICE})] == [None, "google"]
    for here in ("http://localhost:8501/oauth2callback", "http://127.0.0.1:{port}/oauth2callback", "http://[::1]:1/oauth2callback"):
        assert providers({**AUTH, **SERVICE, "redirect_uri": here})


@pytest.mark.parametrize(
    ("wrong", "cause"),
    [
        ({"redirect_uri": None}, "redirect_uri"),
        ({"redirect_uri": "https://policies.example/"}, "oauth2callback"),
        ({"redirect_uri": "http://policies.example/oauth2callback"}, "https"),
        ({"redirect_uri": "http://localhost.policies.example/oauth2callback"}, "https"),
        ({"cookie_secret": None}, "cookie_secret"),
        ({"cookie_secret": "x" * 31}, "32"),
        ({"microsoft": None}, "no sign-in service"),
        ({"microsoft": {**SERVICE, "client_secret": ""}}, "[auth.microsoft] has no client_secret"),
        ({"microsoft": {}}, "client_id and no client_secret"),
        ({"client_id": "a"}, "[auth] has no client_secret"),
        ({"our_trust": SERVICE}, "underscore"),
    ],
)
def test_a_sign_in_service_that_is_set_up_badly_is_refused(wrong: dict[str, object], cause: str) -> None:
    with pytest.raises(SignInError) as refusal:
        providers({key: value for key, value in {**AUTH, "microsoft": SERVICE, **wrong}.items() if value is not None})
    assert cause in refusal.value.cause and "administrators.md" in refusal.value.cure


def test_a_page_opened_under_another_name_says_where_to_open_it() -> None:
    back = "http://localhost:8501/oauth2callback"
    assert other_origin("http://127.0.0.1:8501/policies", back) == "http://localhost:8501"
    assert other_origin("http://localhost:8501/policies?x=1", back) == ""
    assert other_origin(None, back) == other_origin("http://127.0.0.1:1/", "http://127.0.0.1:{port}/oauth2callback") == ""


def test_one_of_several_roles_is_enough() -> None:
    evaluator = User("oak", "E", frozenset({Role.STAFF, Role.EVALUATOR}))
    require_any_role(evaluator, (Role.ADMINISTRATOR, Role.EVALUATOR), "The page")
    require_any_role(evaluator, (), "The page")
    with pytest.raises(RoleMissing, match="administrator or trust lead"):
        require_any_role(evaluator, (Role.ADMINISTRATOR, Role.TRUST_LEAD), "The page")
