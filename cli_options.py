"""What the commands share: their common options, and how they are read and answered.

Only the standard library is imported here, so that `kitline --help` answers at once.
"""

import argparse
import json
import logging
import os
from datetime import date, datetime

OPTIONS = {
    "as_of": lambda parser: parser.add_argument(
        "--as-of", type=day, metavar="DATE", help="business date like 2026-01-31 (default: today)"
    ),
    "policy": lambda parser: parser.add_argument(
        "--policy", action="append", default=[], metavar="NAME=VALUE", help="a policy that differs; may be repeated"
    ),
    "json": lambda parser: parser.add_argument("--json", action="store_true", help="print the result as JSON"),
}


def day(text: str) -> date:
    """A date as people write it in a command."""
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is no date; write it like 2026-01-31") from error


def business_date(given: argparse.Namespace) -> date:
    """The day asked for, else today in the plant's time zone."""
    from zoneinfo import ZoneInfo

    from settings import settings

    return given.as_of or datetime.now(ZoneInfo(settings().time_zone)).date()


def policies(given: argparse.Namespace) -> dict:
    """Policies from NAME=VALUE: numbers stay exact text, lists are JSON or separated by commas."""
    from calculations.policies import DEFAULTS, UnknownPolicy

    chosen = {}
    for pair in given.policy:
        name, equals, text = pair.partition("=")
        if not equals:
            raise UnknownPolicy(f"--policy {pair} has no value; write it like loss=divide")
        try:
            value = json.loads(text, parse_float=str)
        except json.JSONDecodeError:
            value = text
        if isinstance(DEFAULTS.get(name), list) and not isinstance(value, list):
            value = [part.strip() for part in str(value).split(",") if part.strip()]
        chosen[name] = value
    return chosen


def as_json(value) -> None:
    """Print a result for a program."""
    print(json.dumps(value, ensure_ascii=False, indent=2, default=str))


def print_table(rows: list[dict], columns: tuple[str, ...]) -> None:
    """Print rows below an empty line; nothing where there are none."""
    from templates import text_table

    if rows:
        print()
        print(text_table(rows, columns))


def quiet_prefect(verbose: bool) -> None:
    """Prefect's settings for a command: no chatter, and patience with the first start of its own server."""
    os.environ.setdefault("PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS", "120")
    os.environ.setdefault("PREFECT_SERVER_ANALYTICS_ENABLED", "false")
    os.environ.setdefault("DO_NOT_TRACK", "1")
    for name in ("PREFECT_LOGGING_LEVEL", "PREFECT_LOGGING_ROOT_LEVEL"):
        os.environ.setdefault(name, "INFO" if verbose else "CRITICAL")
    logging.getLogger("great_expectations").setLevel(logging.WARNING)


def in_words(counts: dict) -> str:
    """Counts as a sentence: "3 orders, 1 short"."""
    return ", ".join(f"{count:,} {name.replace('_', ' ')}" for name, count in counts.items()) or "nothing to do"
