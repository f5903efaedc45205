"""Settings: defaults, the environment, and refusals that name the key."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from pydantic import ValidationError

from policybot.errors import SettingsError
from policybot.settings import Settings


def test_nothing_set_means_local_stores_and_no_chat_model(tmp_path: Path) -> None:
    settings = Settings.load(home=tmp_path)
    assert settings.database == f"sqlite:///{tmp_path}/policybot.db"
    assert settings.index == tmp_path / "index"
    assert (settings.chroma_url, settings.chat_model, settings.demo, settings.today) == (None, None, False, None)
    assert (settings.chat_base_url, settings.chat_monthly_cap, settings.chat_hosted) == (None, None, True)
    assert (settings.chat_timeout_s, settings.chat_retries, settings.chat_price_in, settings.chat_price_out) == (20, 2, 0, 0)


def test_the_environment_is_read_and_overrides_win(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("POLICYBOT_HOME", str(tmp_path / "kept"))
    monkeypatch.setenv("POLICYBOT_TODAY", "2025-02-03")
    monkeypatch.setenv("POLICYBOT_THREADS", "7")
    monkeypatch.setenv("POLICYBOT_LOG_LEVEL", "info")
    settings = Settings.load(threads=1)
    assert (settings.home, settings.today) == (tmp_path / "kept", date(2025, 2, 3))
    assert (settings.threads, settings.log_level) == (1, "INFO")


def test_an_empty_variable_is_an_unset_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POLICYBOT_CHROMA_URL", "")
    assert Settings.load().chroma_url is None


def test_folders_are_absolute(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    assert Settings.load(home="here").home == tmp_path / "here"
    assert Settings.load(corpus="~/texts").corpus == Path.home() / "texts"


def test_an_unknown_variable_is_refused_with_the_nearest_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POLICYBOT_DATABSE_URL", "sqlite:///elsewhere.db")
    with pytest.raises(SettingsError, match=r"POLICYBOT_DATABSE_URL.*POLICYBOT_DATABASE_URL"):
        Settings.load()


def test_an_unknown_override_is_refused_with_the_nearest_name() -> None:
    with pytest.raises(SettingsError, match=r"thread: no such setting.*threads"):
        Settings.load(thread=3)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("THREADS", "0"),
        ("THREADS", "many"),
        ("TODAY", "yesterday"),
        ("CHROMA_URL", "localhost:8000"),
        ("DEMO", "perhaps"),
        ("CHAT_MODEL", "llama3.1"),
        ("CHAT_MODEL", "ollama: "),
        ("CHAT_MODEL", ":llama3.1"),
        ("CHAT_BASE_URL", "localhost:11434"),
        ("CHAT_TIMEOUT_S", "0"),
        ("CHAT_TIMEOUT_S", "inf"),
        ("CHAT_RETRIES", "-1"),
        ("CHAT_PRICE_IN", "-0.5"),
        ("CHAT_PRICE_OUT", "nan"),
        ("CHAT_MONTHLY_CAP", "-1"),
    ],
)
def test_an_impossible_value_names_its_key_and_itself(monkeypatch: pytest.MonkeyPatch, key: str, value: str) -> None:
    monkeypatch.setenv(f"POLICYBOT_{key}", value)
    with pytest.raises(SettingsError) as refused:
        Settings.load()
    assert refused.value.thing == f"POLICYBOT_{key}"
    assert repr(value) in refused.value.cause


def test_a_chat_model_is_set_by_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    chosen = {"MODEL": "ollama:llama3.1:8b", "BASE_URL": "http://localhost:11434", "TIMEOUT_S": "7.5", "RETRIES": "0", "HOSTED": "false",
              "PRICE_IN": "0.15", "MONTHLY_CAP": "25"}  # fmt: skip
    for key, value in chosen.items():
        monkeypatch.setenv(f"POLICYBOT_CHAT_{key}", value)
    settings = Settings.load()
    assert (settings.chat_model, settings.chat_base_url) == ("ollama:llama3.1:8b", "http://localhost:11434")
    assert (settings.chat_timeout_s, settings.chat_retries, settings.chat_hosted) == (7.5, 0, False)
    assert (settings.chat_price_in, settings.chat_price_out, settings.chat_monthly_cap) == (0.15, 0, 25)


def test_a_cap_without_a_price_is_refused_for_it_would_never_hold() -> None:
    with pytest.raises(SettingsError, match=r"chat_monthly_cap.*chat_price_in") as refused:
        Settings.load(chat_monthly_cap=10)
    assert refused.value.thing == "chat_monthly_cap"
    assert Settings.load(chat_monthly_cap=10, chat_price_out=1).chat_monthly_cap == 10
    assert Settings.load(chat_monthly_cap=0).chat_monthly_cap == 0, "nothing may be spent, at any price"


def test_settings_cannot_be_changed() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        Settings.load().threads = 3  # type: ignore[misc]
