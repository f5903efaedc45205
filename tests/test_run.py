"""`policybot run`, as `make run` starts it: a real process that serves the page."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def healthy(port: int, process: subprocess.Popen[bytes], seconds: float = 60) -> bool:
    until = time.monotonic() + seconds
    while time.monotonic() < until and process.poll() is None:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/_stcore/health", timeout=2) as reply:
                return reply.status == 200
        except OSError:
            time.sleep(0.3)
    return False


def test_the_command_of_make_run_serves_the_page_from_any_folder(tmp_path: Path) -> None:
    port = free_port()
    # A home without Streamlit's credentials, and a browser that opens nothing: a fresh machine.
    environment = dict(os.environ, HOME=str(tmp_path), BROWSER="true", POLICYBOT_HOME=str(tmp_path / "state"))
    command = [sys.executable, "-m", "policybot.cli", "run", "--demo", "--port", str(port)]
    with subprocess.Popen(command, cwd=tmp_path, env=environment, stdin=subprocess.DEVNULL, start_new_session=True) as process:
        try:
            assert healthy(port, process), "the page did not come up"
        finally:
            os.killpg(process.pid, signal.SIGTERM)


def test_make_run_calls_that_command() -> None:
    assert "policybot run --demo" in (ROOT / "Makefile").read_text(encoding="utf-8")
