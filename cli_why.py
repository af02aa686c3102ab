"""Commands that ask the plan for its reasons: whom a supply serves, what serves a demand.

Only the standard library is imported here, so that `kitline --help` answers at once.
"""

import argparse
from collections.abc import Callable, Iterable

from cli_options import as_json


def register(command: Callable) -> None:
    """Add the commands; `command(name, function, help, *options)` gives the parser of one."""
    pegging = command("pegging", _pegging, "whom a supply serves in the end, and what serves a demand", "json")
    pegging.add_argument(
        "number", help="planned order, order, order/line, item/date of a forecast, or an item for its stock"
    )
    pegging.add_argument("--without-stock", action="store_true", help="of what is needed, only what is not in stock")


def _pegging(given: argparse.Namespace) -> int:
    from tasks.pegging import pegging, row_words, tree_lines

    answer = pegging(given.number)
    if given.json:
        as_json(answer)
        return 0
    lines = [f"plan {answer['run']} as of {answer['as_of']}"]
    for tree in answer["trees"]:
        lines += ["", row_words(tree["root"])]
        if tree["serves"]:
            lines += ["serves", *tree_lines(tree["serves"])]
        if any(row["level"] > 1 for row in tree["serves"]):
            wide = max(len(row["share"]) for row in tree["ends"])
            lines.append("in the end")
            lines += [f"{row['share']:>{wide}} {row['share_item']} for {row_words({**row, 'share': None})}"
                      for row in tree["ends"]]  # fmt: skip
        needs = [row for row in tree["needs"] if row["kind"] != "stock" or not given.without_stock]
        if tree["needs"]:
            lines += ["needs", *(tree_lines(needs) or ["nothing that is not in stock"])]
    _print(lines)
    return 0


def _print(lines: Iterable[str]) -> None:
    """Text as it is; in a terminal with numbers and dates picked out."""
    from rich.console import Console

    console = Console(soft_wrap=True, markup=False, emoji=False)
    for line in lines:
        console.print(line)
