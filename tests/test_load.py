"""The load script's server: nothing of whoever measures is touched, and one that dies is not waited for."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from eval.bench import load
from eval.bench.load import ServerDied, own_environment, wait_until_up
from policybot.settings import Settings

READ = "from policybot.settings import Settings; s = Settings.load(); print(s.home, s.database, s.threads)"


@pytest.fixture
def silence() -> str:
    """An address at which nothing answers."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{free.getsockname()[1]}/"


def started(command: str, log: Path) -> subprocess.Popen[bytes]:
    with log.open("w") as said:
        return subprocess.Popen([sys.executable, "-c", command], stdout=said, stderr=subprocess.STDOUT)


def test_what_is_started_knows_no_setting_of_ours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POLICYBOT_DATABASE_URL", f"sqlite:///{tmp_path}/ours.db")
    monkeypatch.setenv("policybot_corpus", str(tmp_path))
    monkeypatch.setenv("OTHER", "kept")
    environment = own_environment(tmp_path / "home", POLICYBOT_THREADS="3")
    assert {name for name in environment if name.upper().startswith("POLICYBOT_")} == {"POLICYBOT_HOME", "POLICYBOT_THREADS"}
    assert environment["OTHER"] == "kept" and os.environ["POLICYBOT_DATABASE_URL"].endswith("ours.db")
    told = subprocess.run([sys.executable, "-c", READ], env=environment, capture_output=True, text=True, check=True).stdout.split()
    monkeypatch.delenv("POLICYBOT_DATABASE_URL")
    monkeypatch.delenv("policybot_corpus")
    own = Settings.load(home=tmp_path / "home")
    assert told == [str(own.home), own.database, "3"]


def test_the_ingest_writes_into_the_home_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ours = tmp_path / "ours.db"
    monkeypatch.setenv("POLICYBOT_DATABASE_URL", f"sqlite:///{ours}")
    (tmp_path / "home").mkdir()
    load.ingest(tmp_path / "home")
    assert not ours.exists() and list((tmp_path / "home").glob("*.db"))


def test_a_server_that_dies_is_told_of_with_its_last_words(tmp_path: Path, silence: str) -> None:
    log = tmp_path / "server.log"
    running = started("print('early\\n' * 50, 'port is taken', sep=''); raise SystemExit(3)", log)
    with pytest.raises(ServerDied, match=r"(?s)it ended with 3; it said:.*port is taken") as told:
        wait_until_up(running, silence, log)
    assert str(told.value).count("early") < 25


def test_a_server_that_says_nothing_is_not_waited_for_for_ever(tmp_path: Path, silence: str) -> None:
    running = started("import time; time.sleep(60)", tmp_path / "server.log")
    try:
        with pytest.raises(ServerDied, match="does not answer"):
            wait_until_up(running, silence, tmp_path / "server.log", patience_s=0)
    finally:
        running.kill()
        running.wait()
