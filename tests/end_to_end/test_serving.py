"""`make up` as a person meets it: a server of its own, schedules that create runs, a run started from outside."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
DECLARED = yaml.safe_load((ROOT / "prefect.yaml").read_text())["deployments"]
PATIENCE_SECONDS = 150


@pytest.fixture
def served(tmp_path):
    """The address of a Prefect server with every deployment served, on a free port, with a home of its own."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PREFECT_", "KITLINE_"))}
    environment |= {
        "KITLINE_UI_PORT": str(port),
        "KITLINE_DATABASE_URL": f"sqlite:///{tmp_path}/kitline.db",
        "KITLINE_DATA_DIR": str(tmp_path / "data"),
        "PREFECT_HOME": str(tmp_path / "prefect"),
        "DO_NOT_TRACK": "1",
    }
    log = (tmp_path / "up.log").open("w+b")
    process = subprocess.Popen(
        [sys.executable, "-m", "flows.serving"], cwd=ROOT, env=environment, stdout=log, stderr=log
    )
    try:
        yield f"http://127.0.0.1:{port}/api"
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=60)
        log.close()


def test_schedules_create_runs_and_a_started_run_completes(served, tmp_path):
    names = wait_for(lambda: deployed(served), lambda found: len(found) == len(DECLARED))
    assert "material-planning" in names
    scheduled = wait_for(
        lambda: ask(served, "flow_runs/filter", {"flow_runs": {"state": {"type": {"any_": ["SCHEDULED"]}}}}), bool
    )
    assert scheduled, "no schedule created a run"
    run = ask(served, f"deployments/{names['kitting-check']}/create_flow_run", {"parameters": {"as_of": "2026-01-05"}})
    state = wait_for(
        lambda: ask(served, f"flow_runs/{run['id']}")["state"], lambda found: found["type"] in FINAL_STATES
    )
    assert state["type"] == "COMPLETED", state["message"]


FINAL_STATES = ("COMPLETED", "FAILED", "CRASHED", "CANCELLED")


def deployed(api: str) -> dict[str, str]:
    return {row["name"]: row["id"] for row in ask(api, "deployments/filter", {})}


def ask(api: str, path: str, body: dict | None = None):
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(f"{api}/{path}", data, {"Content-Type": "application/json"})
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            # the server says so while its SQLite file is busy; Prefect's own client asks again too
            if error.code != 503 or time.monotonic() > deadline:
                raise
            time.sleep(0.5)


def wait_for(look, good):
    """What `look` finds as soon as it is good; fails with the last finding when patience ends."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    found = None
    while time.monotonic() < deadline:
        try:
            found = look()
        except OSError:
            found = None
        if found and good(found):
            return found
        time.sleep(1)
    pytest.fail(f"waited {PATIENCE_SECONDS} s; last seen: {found}")
