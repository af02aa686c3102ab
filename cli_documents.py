"""`kitline decide` and `kitline history`: what people decide about documents, and what happened to one.

Only the standard library is imported here, so that `kitline --help` answers at once.
"""

import argparse
import getpass
from collections.abc import Callable

from cli_options import as_json, business_date, in_words, policies, quiet_prefect

DECISIONS = ("submit", "approve", "reject", "reopen", "firm", "release", "cancel", "close", "withdraw")


def register(command: Callable) -> None:
    """Add the commands; `command(name, function, help, *options)` gives the parser of one."""
    decide = command("decide", _decide, "approve, reject, release, cancel or close documents, all of them or none",
                     "as_of", "policy", "json")  # fmt: skip
    decide.add_argument("decision", choices=DECISIONS, metavar="DECISION", help=", ".join(DECISIONS))
    decide.add_argument("numbers", nargs="+", metavar="NUMBER", help="order, planned order or order change")
    signed(decide)
    decide.add_argument("--dry-run", action="store_true", help="only say what would be decided")
    history = command("history", _history, "everything that happened to a document: who, when, why", "json")
    history.add_argument("number", help="order of any kind, planned order or order change")


def signed(parser: argparse.ArgumentParser) -> None:
    """The options that say who does something and why."""
    parser.add_argument("--by", default="", help="who decides (default: the user of this machine)")
    parser.add_argument("--reason", default="", help="why")


def who(given: argparse.Namespace) -> str:
    """Who does it: the one named, else the user of this machine."""
    return given.by.strip() or getpass.getuser()


def _decide(given: argparse.Namespace) -> int:
    quiet_prefect(verbose=False)
    from tasks.document_decision import decide_documents

    found = decide_documents.fn(given.decision, given.numbers, who(given), given.reason, business_date(given),
                                policies(given), given.dry_run)  # fmt: skip
    if given.json:
        as_json({"decided": found["decided"], "dry_run": given.dry_run})
        return 0
    for row in found["decided"]:
        value = f", worth {row['value']}" if row["value"] not in (None, "", "0") else ""
        print(f"{row['number']}: {row['before']} → {row['after']}{value}")
    if not found["decided"]:
        print("all of them are there already")
    elif given.dry_run:
        print("nothing was written; leave --dry-run out to do it")
    elif found["summary"]:
        print(f"{found['summary']['run']}: {in_words(found['summary']['counts'])}")
    return 0


def _history(given: argparse.Namespace) -> int:
    quiet_prefect(verbose=False)
    from tasks.document_history import history

    found = history(given.number)
    if given.json:
        as_json(found)
        return 0
    print(f"{found['table']}:{found['number']} is {found['state']}")
    for step in found["steps"]:
        by = f" by {step['by']}" if step["by"] else ""
        reason = f", because {step['reason']}" if step["reason"] else ""
        print(f"  {step['date']:<10}  {step['what']}{by}{reason}  ({step['run']})")
    return 0
