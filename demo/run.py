"""`make demo`: the sample company from its first import to its first closed month, on SQLite, in about a minute.

python -m demo.run [--out demo-output] [--weeks 8] [--seed 7]
"""

import argparse
import os
import shutil
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from threading import Thread

from demo.sample_company import SEED, WEEKS

MARK = "made-by-kitline-demo"
# Steps of the progress bar: five a week, the masters before and three at the end.
STEPS_A_WEEK, STEPS_BESIDE = 5, 4


def main() -> None:
    """Play the story and say what came of it and where to look."""
    options = argparse.ArgumentParser(description="Run the sample company through its weeks to a closed month.")
    options.add_argument("--out", type=Path, default=Path("demo-output"), help="folder for everything the demo writes")
    options.add_argument("--weeks", type=int, default=WEEKS, choices=range(5, WEEKS + 1), help="weeks to play")
    options.add_argument("--seed", type=int, default=SEED, help="decides wishes and luck")
    chosen = options.parse_args()
    folder = fresh_folder(chosen.out)
    prepare_environment(folder)
    # only now: Prefect and the settings read the environment when they are imported
    from demo.telling import Teller

    started = time.monotonic()
    with Teller(chosen.weeks * STEPS_A_WEEK + STEPS_BESIDE) as teller, quiet_prefect():
        from demo.story import play

        page = play(folder / "files", teller.tell, chosen.weeks, chosen.seed)
    from demo.ending import read_ending

    teller.end(read_ending(), folder, page, time.monotonic() - started)


def fresh_folder(out: Path) -> Path:
    """An empty folder for the demo; what an earlier demo left there is removed, anything else is not touched."""
    folder = out.resolve()
    if folder.exists() and any(folder.iterdir()):
        if not (folder / MARK).exists():
            raise SystemExit(f"{out} holds files that are not the demo's; give another folder with --out")
        shutil.rmtree(folder)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / MARK).touch()
    return folder


def prepare_environment(folder: Path) -> None:
    """Point Kitline and Prefect at the demo's folder, whatever the environment or a .env file says; send no mail."""
    for name in [name for name in os.environ if name.startswith(("KITLINE_", "PREFECT_"))]:
        del os.environ[name]
    os.environ |= {
        "KITLINE_DATABASE_URL": f"sqlite:///{folder / 'kitline.db'}",
        "KITLINE_DATA_DIR": str(folder),
        "KITLINE_COMPANY": "Lindenrad",
        "KITLINE_MAIL_FROM": "kitline@lindenrad.example",
        "KITLINE_ALERT_TO": "planning@lindenrad.example",
        "KITLINE_SMTP_HOST": "",
        "KITLINE_POLICIES": "{}",
        "KITLINE_CURRENCY": "EUR",
        "PREFECT_HOME": str(folder / "prefect"),
        "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "120",
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        # everything is logged with its run; only the terminal stays free for the story
        "PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL": "CRITICAL",
        "DO_NOT_TRACK": "1",
        "GX_ANALYTICS_ENABLED": "False",
    }


@contextmanager
def quiet_prefect() -> Iterator[None]:
    """One temporary server and one client for all runs, without the heartbeat threads that cost a second each."""
    from prefect.context import SyncClientContext
    from prefect.settings import PREFECT_FLOWS_HEARTBEAT_FREQUENCY, temporary_settings

    # importing Great Expectations takes seconds; the server starts meanwhile
    Thread(target=import_module, args=("great_expectations",)).start()
    with warnings.catch_warnings(), temporary_settings({PREFECT_FLOWS_HEARTBEAT_FREQUENCY: None}):
        warnings.simplefilter("ignore", DeprecationWarning)
        with SyncClientContext.get_or_create():
            yield


if __name__ == "__main__":
    main()
