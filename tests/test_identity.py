"""Who may be signed in without a password, and as what."""

from __future__ import annotations

import pytest
from conftest import make_organisation

from policybot.catalogue import Catalogue
from policybot.errors import SignInError
from policybot.identity import Connection, Role, User, demo_users, require_demo

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
