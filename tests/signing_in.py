"""A sign-in service for tests (oidc-provider-mock, on loopback), and the settings that let the app use it."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest
from browsing import PATIENCE, Page

mock = pytest.importorskip("oidc_provider_mock", reason="oidc-provider-mock is not installed")

SECRET = "only for tests, and long enough for the program"
DOMAINS = {"expanse-learning": "expanse.example", "hardmoor-early-years": "hardmoor.example"}
"""Organisation -> the domain of its people."""


@contextmanager
def sign_in_service(people: Mapping[str, Mapping[str, object]]) -> Iterator[str]:
    """A service that knows `people` (subject -> claims); its address, which is its issuer too."""
    users = [mock.User(sub=subject, claims=dict(claims)) for subject, claims in people.items()]
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("AUTHLIB_INSECURE_TRANSPORT", "1")  # it speaks http, on loopback
        with mock.run_server_in_thread(user_claims=users) as server:
            yield f"http://localhost:{server.server_port}"


def set_up(home: Path, issuer: str, rules: Sequence[Mapping[str, object]]) -> dict[str, str]:
    """Write secrets.toml and identity.toml into `home`; the variables that the app is to have."""
    (home / ".streamlit").mkdir(parents=True, exist_ok=True)
    lines = ["[auth]", 'redirect_uri = "http://127.0.0.1:{port}/oauth2callback"', f'cookie_secret = "{SECRET}"', "[auth.test-school]"]
    lines += ['client_id = "policybot"', 'client_secret = "x"', f'server_metadata_url = "{issuer}/.well-known/openid-configuration"']
    (home / ".streamlit" / "secrets.toml").write_text("\n".join(lines), encoding="utf-8")
    written = ["[contact]", 'who = "the office manager"', 'email = "office@trust.example"']
    for rule in rules:
        written += ["[[rule]]", *(f"{key} = {json.dumps(value)}" for key, value in ({"issuer": issuer} | dict(rule)).items())]
    (home / "identity.toml").write_text("\n".join(written), encoding="utf-8")
    return {"POLICYBOT_IDENTITY": str(home / "identity.toml"), "AUTHLIB_INSECURE_TRANSPORT": "1"}


def sign_in_as(page: Page, subject: str) -> None:
    """From the sign-in page through the service and back."""
    page.get_by_role("button", name="Sign in with Test School").click(timeout=PATIENCE)
    page.get_by_role("button", name=subject, exact=True).click(timeout=PATIENCE)


def cookie(address: str, claims: Mapping[str, object], secret: str = SECRET) -> dict[str, str]:
    """The cookie that Streamlit would set for these claims, signed with `secret`."""
    from streamlit.web.server.starlette.starlette_app_utils import create_signed_value

    whole = {"iat": int(time.time()), "exp": int(time.time()) + 3600, "aud": "policybot", "provider": "test-school"}
    whole |= {"origin": address, "is_logged_in": True, **claims}
    signed = create_signed_value(secret, "_streamlit_user", json.dumps(whole)).decode()
    return {"name": "_streamlit_user", "value": signed, "url": address}
