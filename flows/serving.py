"""`make up`: a Prefect server on this machine with every deployment of prefect.yaml served, until Ctrl-C.

For trying things and for a small plant. Production uses the same prefect.yaml with a work pool and a worker
(docs/how-to.md).
"""

import os
import signal
import subprocess
import sys
import time
import urllib.request
import warnings
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
HOST = "127.0.0.1"
START_SECONDS = 120


def main() -> None:
    """Start the server if none answers, then serve until interrupted; ends only the server it started itself."""
    port = int(os.environ.get("KITLINE_UI_PORT", "4200"))
    # runs are processes of their own, which may start in another folder
    home = Path(os.environ.get("PREFECT_HOME", ROOT / "kitline-data" / "prefect"))
    os.environ["PREFECT_HOME"] = str(home.resolve())
    os.environ.setdefault("PREFECT_SERVER_ANALYTICS_ENABLED", "false")
    os.environ.setdefault("DO_NOT_TRACK", "1")
    os.environ["PREFECT_API_URL"] = f"http://{HOST}:{port}/api"
    os.environ.setdefault("KITLINE_HOME", str(ROOT))
    signal.signal(signal.SIGTERM, _interrupt)
    # Prefect's own handler of SIGTERM forgets to await its stop, and stops all the same
    warnings.filterwarnings("ignore", "coroutine 'Runner.astop' was never awaited", RuntimeWarning)
    server = None if _answers(port) else _start_server(port)
    try:
        _serve(port)
    except KeyboardInterrupt:
        pass
    finally:
        if server is not None:
            server.terminate()
            server.wait(timeout=30)


def _interrupt(*_) -> None:
    raise KeyboardInterrupt


def _start_server(port: int) -> subprocess.Popen:
    print(f"Starting a Prefect server on http://{HOST}:{port} …", flush=True)
    command = [sys.executable, "-m", "prefect", "server", "start", "--host", HOST, "--port", str(port)]
    log = Path(os.environ["PREFECT_HOME"]) / "server.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as output:
        # a session of its own: Ctrl-C reaches this process first, which then ends the server in order
        server = subprocess.Popen(command, stdout=output, stderr=output, start_new_session=True)
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if server.poll() is not None:
            raise SystemExit(f"the Prefect server stopped at once; its log is {log}")
        if _answers(port):
            return server
        time.sleep(0.5)
    server.terminate()
    raise SystemExit(f"the Prefect server did not answer within {START_SECONDS} s; its log is {log}")


def _answers(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://{HOST}:{port}/api/health", timeout=2) as answer:
            return answer.status == 200
    except OSError:
        return False


def _serve(port: int) -> None:
    from prefect import serve

    print(f"Kitline is up: open http://{HOST}:{port}/deployments and press Ctrl-C here to stop.", flush=True)
    serve(*deployments(), print_starting_message=False)


def deployments() -> list:
    """Every deployment of prefect.yaml, as `serve` takes them."""
    import yaml
    from prefect.client.schemas.objects import ConcurrencyLimitConfig
    from prefect.flows import load_flow_from_entrypoint
    from prefect.schedules import Cron

    declared = yaml.safe_load((ROOT / "prefect.yaml").read_text())["deployments"]
    served = []
    for entry in declared:
        flow = load_flow_from_entrypoint(str(ROOT / entry["entrypoint"]), use_placeholder_flow=False)
        schedules = [
            Cron(schedule["cron"], timezone=schedule["timezone"], slug=schedule["slug"])
            for schedule in entry.get("schedules", [])
        ]
        served.append(
            flow.to_deployment(
                entry["name"],
                description=entry["description"],
                tags=entry["tags"],
                parameters=entry.get("parameters"),
                schedules=schedules or None,
                concurrency_limit=ConcurrencyLimitConfig(**entry["concurrency_limit"]),
            )
        )
    return served


if __name__ == "__main__":
    main()
