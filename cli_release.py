"""`kitline release` and `kitline batch`: what would become which document, and making it.

Only the standard library is imported here, so that `kitline --help` answers at once.
"""

import argparse
import sys
from collections.abc import Callable

from cli_options import as_json, business_date, day, in_words, policies, quiet_prefect


def register(command: Callable) -> None:
    """Add the commands; `command(name, function, help, *options)` gives the parser of one."""
    release = command("release", _release, "what planned orders become, merged; only shown without --apply",
                      "as_of", "policy", "json")  # fmt: skip
    release.add_argument(
        "orders",
        nargs="*",
        metavar="ORDER[=QUANTITY]",
        help="planned orders, or parts of them; twice the same splits it (default: all that are due)",
    )
    release.add_argument("--until", type=day, help="what is to be released up to this day (default: --as-of)")
    release.add_argument("--kind", action="append", choices=("purchase", "production", "subcontract"))
    for name, what in (("item", "item"), ("supplier", "suggested supplier"), ("buyer", "buyer of the item"),
                       ("planner", "planner of the item")):  # fmt: skip
        release.add_argument(f"--{name}", action="append", help=f"only of this {what}; may be repeated")
    release.add_argument("--from", dest="other_supplier", metavar="SUPPLIER", help="order ORDER of this supplier")
    release.add_argument("--due", type=day, help="order ORDER for this day")
    release.add_argument("--price", help="order ORDER at this price of a stocking unit")
    release.add_argument("--file", help="CSV file with planned_order, quantity, supplier, due_date, unit_price")
    release.add_argument("--apply", action="store_true", help="release; each planned order once, whoever else tries")
    batch = command("batch", _batch, "work orders for what is not covered of sales order lines; only shown without "
                    "--apply", "as_of", "policy", "json")  # fmt: skip
    batch.add_argument("lines", nargs="*", metavar="ORDER[/LINE][=QUANTITY]", help="sales orders, or lines of them")
    batch.add_argument("--item", action="append", help="all open lines of this item; may be repeated")
    batch.add_argument("--customer", action="append", help="all open lines of this customer; may be repeated")
    batch.add_argument("--each", action="store_true", help="a work order for each line (default: for each item and "
                       "window)")  # fmt: skip
    batch.add_argument("--apply", action="store_true", help="make the work orders; each line's need once")


def _batch(given: argparse.Namespace) -> int:
    quiet_prefect(verbose=False)
    from tasks.batch_work_orders import BatchRequest, make_work_orders, preview_work_orders

    request = BatchRequest(tuple(given.lines), tuple(given.item or ()), tuple(given.customer or ()),
                           "line" if given.each else "item")  # fmt: skip
    if given.apply:
        summary = make_work_orders.fn(request, business_date(given), policies(given))
        if given.json:
            as_json({name: summary[name] for name in ("run", "as_of", "counts", "notes")})
        else:
            print("\n".join([f"warning: {note}" for note in summary["notes"]]
                            + [f"{summary['run']}: {in_words(summary['counts'])}"]))  # fmt: skip
        return 0
    preview = preview_work_orders(request, business_date(given), policies(given))
    if given.json:
        as_json(preview)
        return 1 if preview["refused"] else 0
    for line in preview["lines"]:
        made = f"; {line['make']} by {line['work_order']}" if line["work_order"] else ""
        print(f"{line['order']}/{line['line']} {line['customer']}: {line['open']} {line['item']} open for "
              f"{line['due_date']}, {line['covered']} covered, {line['uncovered']} not{made}")  # fmt: skip
    for work in preview["work_orders"]:
        print(
            f"{work['order']}: start {work['quantity']} {work['item']} on {work['start_date']}, due {work['due_date']}"
        )
    print("\n".join(row["sentence"] for row in preview["sentences"] if not row["sentence"].startswith("Not possible")))
    for row in preview["refused"]:
        print(f"kitline: {row['message']}", file=sys.stderr)
    return 1 if preview["refused"] else 0


def _release(given: argparse.Namespace) -> int:
    quiet_prefect(verbose=False)
    from dataclasses import replace

    from calculations.release_choices import Selection
    from tasks.order_release import preview_release, read_choices, release_orders

    rows = _rows(given)
    selection, choices = read_choices(rows) if rows else (Selection(), None)
    selection = replace(
        selection,
        kinds=tuple(given.kind or ()),
        items=tuple(given.item or ()),
        suppliers=tuple(given.supplier or ()),
        buyers=tuple(given.buyer or ()),
        planners=tuple(given.planner or ()),
    )
    asked = (business_date(given), policies(given), given.until, selection, choices)
    if given.apply:
        summary = release_orders.fn(*asked)
        if given.json:
            as_json({name: summary[name] for name in ("run", "as_of", "counts", "notes")})
        else:
            print("\n".join([f"warning: {note}" for note in summary["notes"]]
                            + [f"{summary['run']}: {in_words(summary['counts'])}"]))  # fmt: skip
        return 1 if summary["counts"].get("refused") else 0
    preview = preview_release(*asked)
    if given.json:
        as_json(preview)
    else:
        _show(preview)
    for row in preview["refused"]:
        print(f"kitline: {row['message']}", file=sys.stderr)
    return 1 if preview["refused"] else 0


def _rows(given: argparse.Namespace) -> list[dict]:
    """What the options choose for planned orders, row by row."""
    from pathlib import Path

    from calculations.errors import KitlineError

    rows = []
    for text in given.orders:
        number, _, quantity = text.partition("=")
        rows.append({"planned_order": number, "quantity": quantity, "supplier": given.other_supplier,
                     "due_date": given.due, "unit_price": given.price})  # fmt: skip
    if not rows and (given.other_supplier or given.due or given.price):
        raise KitlineError("--from, --due and --price are for planned orders that are named, like "
                           "kitline release PLAN-BOLT-1 --from STEELCO")  # fmt: skip
    if given.file:
        from tasks.order_release import choices_in

        rows += choices_in(Path(given.file))
    return rows


def _show(preview: dict[str, list[dict]]) -> None:
    """Documents with their lines, each with its planned orders and customers; then what waits, stays or is refused."""
    for document in preview["documents"]:
        partner = document["supplier"] if document["kind"] != "production" else ""
        amount = f", {document['amount']} {document['currency']}" if document["amount"] is not None else ""
        print(f"{document['order']} {document['kind']} {partner}".rstrip() + f", due {document['due_date']}{amount}")
        for line in preview["lines"]:
            if line["order"] != document["order"]:
                continue
            price = f" at {line['unit_price']} {line['currency']}" if line["unit_price"] is not None else ""
            print(f"  {line['line']}: {line['quantity']} {line['unit']} {line['item']}{price}, due {line['due_date']}, "
                  f"for {line['serves']}")  # fmt: skip
            print(f"      merged: {line['rule']}")
            for row in preview["planned_orders"]:
                if (row["order"], row["line"]) == (line["order"], line["line"]):
                    part = "" if row["quantity"] == row["suggested"] else f" of {row['suggested']}"
                    print(f"      {row['planned_order']}: {row['quantity']}{part}, for {row['serves']}")
    for row in preview["waiting"]:
        print(f"waits for approval: {row['number']} {row['quantity']} {row['item']}, worth {row['amount']}")
    for row in preview["totals"]:
        print(f"{row['kind']}: {row['documents']} with {row['planned_orders']} planned orders, "
              f"{row['amount']} {row['currency']}")  # fmt: skip
    print("\n".join(row["sentence"] for row in preview["sentences"] if not row["sentence"].startswith("Not possible")))
    print("--apply releases exactly this")
