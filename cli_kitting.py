"""`kitline kitting`, `kitline shortages`, `kitline requisition`: what can be built, what is missing, and buying it.

Only the standard library is imported here, so that `kitline --help` answers at once.
"""

import argparse
import sys
from collections.abc import Callable

from cli_options import as_json, business_date, day, in_words, policies, quiet_prefect

KITS_FOR = ("sales_orders", "opportunities", "work_orders", "planned_orders")


def register(command: Callable) -> None:
    """Add the commands; `command(name, function, help, *options)` gives the parser of one."""
    kitting = command("kitting", _kitting, "which orders are clear to build, what the others lack; nothing is kept",
                      "as_of", "policy", "json")  # fmt: skip
    asked = kitting.add_mutually_exclusive_group()
    asked.add_argument("--for", dest="kits_for", choices=KITS_FOR, help="what asks for kits (default: sales_orders)")
    asked.add_argument("--order", action="append", help="sales order, or order/line; may be repeated")
    asked.add_argument("--opportunity", action="append", help="open opportunity, no order yet; may be repeated")
    asked.add_argument("--work-order", action="append", help="open work order; may be repeated")
    asked.add_argument("--item", help="an item that nobody has ordered yet, with --quantity")
    kitting.add_argument("--quantity", help="how many of --item")
    kitting.add_argument("--date", type=day, help="day --item is wanted (default: --as-of)")
    kitting.add_argument("--by", dest="served_by", choices=("due_date", "priority", "number"), help="who comes first")
    kitting.add_argument("--alone", action="store_true", help="each order as if there were no others")
    kitting.add_argument("--ignore-others", action="store_true", help="orders not asked for occupy nothing")
    kitting.add_argument("--all-levels", action="store_true", help="count what can be made of sub-assemblies too")
    kitting.add_argument("--with-receipts", action="store_true", help="count receipts up to each date; gives kit dates")
    shortages = command("shortages", _shortages, "what open work orders lack, what covers it, what to do; nothing is "
                        "kept", "as_of", "policy", "json")  # fmt: skip
    requisition = command("requisition", _requisition, "requisition what open work orders lack; only shown without "
                          "--apply", "as_of", "policy", "json")  # fmt: skip
    for asked in (shortages, requisition):
        asked.add_argument("--order", action="append", help="open work order; may be repeated (default: all)")
    requisition.add_argument("-o", "--output", help="write the proposal to this CSV file, to be edited")
    requisition.add_argument("--file", help="take the quantities and suppliers of this edited proposal")
    requisition.add_argument("--apply", action="store_true", help="make the requisitions; never one twice")


def _kitting(given: argparse.Namespace) -> int:
    from calculations.errors import KitlineError

    if bool(given.item) != bool(given.quantity):
        raise KitlineError("--item and --quantity go together, like --item DESK --quantity 20 --date 2026-02-01")
    quiet_prefect(verbose=False)
    from tasks.kitting_check import ask_kitting

    answer = ask_kitting.fn(
        business_date(given), policies(given) | _kit_choices(given), given.item or "", given.quantity or "", given.date
    )
    if given.json:
        as_json({name: answer[name] for name in ("kits", "shortages")})
        return 0
    _show_kits(answer)
    return 0


def _kit_choices(given: argparse.Namespace) -> dict:
    """The policies that the options of `kitline kitting` stand for."""
    chosen = {"kits_for": given.kits_for, "served_by": given.served_by}
    for kind, numbers in (
        ("sales_orders", given.order),
        ("opportunities", given.opportunity),
        ("work_orders", given.work_order),
    ):
        if numbers:
            chosen |= {"kits_for": kind, "only_orders": numbers}
    switches = {
        "allocation": given.alone and "independent",
        "other_orders": given.ignore_others and "ignore",
        "level": given.all_levels and "all",
        "horizon": given.with_receipts and "with_receipts",
    }
    return {name: value for name, value in (chosen | switches).items() if value}


def _show_kits(answer: dict) -> None:
    if not answer["kits"]:
        print("nothing open asks for kits")
    lacking: dict[tuple, list[dict]] = {}
    for short in answer["shortages"]:
        lacking.setdefault((short["order"], short["line"]), []).append(short)
    for kit in answer["kits"]:
        place = kit["order"] if kit["line"] is None else f"{kit['order']}/{kit['line']}"
        unsure = " (not an order)" if kit["demand_kind"] == "opportunity" else ""
        when = f", complete on {kit['kit_date']}" if kit["kit_date"] else ""
        decides = f", {kit['bottleneck']} decides" if kit["bottleneck"] else ""
        sets = f"{kit['complete_sets']} of {kit['required_sets']} sets"
        print(f"{place}{unsure}: {kit['item']} {kit['status']}, {sets}{when}{decides}")
        for short in lacking.get((kit["order"], kit["line"]), ()):
            cover = f"{short['covered_by'] or 'stock'} covers it on {short['covered_date']}"
            cover = cover if short["covered_date"] else "nothing covers it"
            print(f"  {short['item']}: {short['short']} short of {short['required']}; {cover}")


def _shortages(given: argparse.Namespace) -> int:
    quiet_prefect(verbose=False)
    from tasks.shortage_analysis import shortages_now

    components = shortages_now(business_date(given), _work_orders(given))["components"]
    if given.json:
        as_json(components)
        return 0
    if not components:
        print("no open work order needs anything")
    for line in components:
        place = f"{line['order']} {line['item']}"
        there = f"needs {line['required']} on {line['needed_date']}, {line['available']} there"
        coming = f", {line['incoming']} by {line['covered_by'] or 'inspection'} on {line['covered_date']}"
        coming = coming if line["covered_date"] else ""
        short = f", {line['short']} short" if line["status"] == "short" else ""
        advice = f": {line['advice']}" if line["advice"] else ""
        print(f"{line['status']:<7}{place} {there}{coming}{short}{advice}")
    return 0


def _work_orders(given: argparse.Namespace) -> dict:
    return policies(given) | ({"only_orders": given.order} if given.order else {})


def _requisition(given: argparse.Namespace) -> int:
    quiet_prefect(verbose=False)
    from pathlib import Path

    from tasks.shortage_analysis import analyse_shortages, read_proposal, shortages_now, write_proposal

    rows = read_proposal(Path(given.file)) if given.file else None
    if given.apply:
        summary = analyse_shortages.fn(business_date(given), _work_orders(given), True, rows)
        if given.json:
            as_json({name: summary[name] for name in ("run", "as_of", "counts")} | {"requisitions": _made(summary)})
        else:
            _show_requisitions(_made(summary))
            print(f"{summary['run']}: {in_words(summary['counts'])}")
        return 1 if summary["counts"].get("refused") else 0
    found = shortages_now(business_date(given), _work_orders(given), rows)
    if given.output:
        write_proposal(Path(given.output), found["requisitions"])
        print(f"{given.output}: {len(found['requisitions'])} requisitions; edit quantity and supplier, then "
              f"kitline requisition --file {given.output} --apply")  # fmt: skip
    elif given.json:
        as_json({name: found[name] for name in ("requisitions", "made_before", "refused")})
    else:
        _show_requisitions(found["requisitions"])
        print(f"{len(found['requisitions'])} requisitions proposed, none made; --apply makes them")
    for row in found["made_before"]:
        print(f"{row['order']}/{row['item']}/{row['turn']} was requisitioned before as {row['planned_order']}")
    for row in found["refused"]:
        print(f"kitline: {row['message']}", file=sys.stderr)
    return 1 if found["refused"] else 0


def _made(summary: dict) -> list[dict]:
    return summary["tables"].get("Requisitions", [])


def _show_requisitions(requisitions: list[dict]) -> None:
    for row in requisitions:
        number = f"{row['planned_order']} " if row.get("planned_order") else ""
        supplier = f" of {row['supplier']}" if row["supplier"] else ""
        print(f"{number}{row['order']}/{row['item']}/{row['turn']}: {row['quantity']}{supplier}, released "
              f"{row['release_date']}, due {row['due_date']}: {row['reason']}")  # fmt: skip
