"""Documents as pages to print: purchase orders, job cards, subcontract orders and pick lists, in one HTML file."""

from datetime import date
from pathlib import Path
from urllib.parse import quote

import pandas as pd

from calculations import policies as policy_rules
from calculations.cost_books import subcontract_fees
from calculations.errors import KitlineError
from calculations.exact import MICRO, minor_unit, multiply_divide
from calculations.fact_posting import Engine
from calculations.printed_purchases import currencies_of, purchase_lines
from calculations.printed_work import order_material, pick_places, planned_operations
from models.database import reading
from models.migrating import ready_engine
from models.printing import kinds_of_documents, printed_world
from settings import settings
from tasks.report import replace_page
from templates import quantity, render

# What a page says across it of a document that must not be acted on, or not any more.
MARKS = {
    "draft": "Draft",
    "submitted": "Draft",
    "approved": "Not released",
    "rejected": "Rejected",
    "cancelled": "Cancelled",
    "closed": "Closed",
    "done": "Done",
}
TITLES = {"purchase_orders": "Purchase order", "work_orders": "Job card", "subcontract_orders": "Subcontract order"}
TAKES_MATERIAL = ("released", "in_progress")
Rows = list[dict]


class CannotPrint(KitlineError):
    """Numbers of which there is nothing to print."""

    kind = "cannot_print"


def print_documents(
    numbers: list[str],
    as_of: date,
    folder: Path | None = None,
    pick_list: bool = False,
    warehouse: str = "",
    policies: dict | None = None,
) -> dict:
    """Write the pages of documents in the sequence given, each beginning on a new one; no data is changed.

    Args:
        numbers: purchase, work or subcontract orders. folder: blank is `prints` below the data folder.
        pick_list: one list of what is still to be picked for work and subcontract orders, in this sequence, instead.
        warehouse: pick only from this one.
    Returns:
        page (path), title, documents (number, title, mark) and sentences.
    Raises:
        CannotPrint: a number that is no document, or none that takes material; ReportNotWritten.
    """
    numbers = list(dict.fromkeys(numbers))
    if not numbers:
        raise CannotPrint("name what to print: purchase, work or subcontract orders such as PO-2026-00001")
    policies = policy_rules.resolve({**settings().policies, **(policies or {})}, as_of)
    with reading(ready_engine(settings().database_url)) as connection:
        kinds = kinds_of_documents(connection, numbers)
        _refuse(numbers, kinds, pick_list)
        world = printed_world(connection, numbers, with_stock=set(kinds.values()) != {"purchase_orders"})
    pages = (
        _pick_list(world, kinds, numbers, as_of, warehouse, policies) if pick_list else _pages(world, kinds, policies)
    )
    title = f"Pick list {', '.join(numbers)}" if pick_list else ", ".join(numbers)
    html = render(
        "print/page.html.j2", title=title, company=settings().company, as_of=as_of, pick_list=pick_list,
        pages=[pages[number] for number in numbers], walk=_walk(pages) if pick_list else [], warehouse=warehouse,
    )  # fmt: skip
    path = (folder or settings().data_dir / "prints") / f"{_file_name(numbers, pick_list)}.html"
    replace_page(path, html)
    documents = [{name: pages[number][name] for name in ("number", "title", "mark")} for number in numbers]
    marked = [f"{row['number']} is marked as {row['mark'].lower()}." for row in documents if row["mark"]]
    what = "1 document" if len(numbers) == 1 else f"{len(numbers)} documents"
    said = [f"{'Pick list of ' if pick_list else ''}{what} to print: {path}", *marked]
    return {"page": str(path), "title": title, "documents": documents, "sentences": said}


def _refuse(numbers: list[str], kinds: dict[str, str], pick_list: bool) -> None:
    unknown = [number for number in numbers if number not in kinds]
    if unknown:
        raise CannotPrint(f"there is no purchase, work or subcontract order {', '.join(unknown)}; correct the number, "
                          "or release what is only planned")  # fmt: skip
    bought = [number for number in numbers if pick_list and kinds[number] == "purchase_orders"]
    if bought:
        raise CannotPrint(f"{', '.join(bought)} takes no material; name work or subcontract orders for a pick list")


def _file_name(numbers: list[str], pick_list: bool) -> str:
    """A name that a folder takes whatever the numbers hold."""
    more = f"-and-{len(numbers) - 1}-more" if len(numbers) > 1 else ""
    return ("pick-list-" if pick_list else "") + quote(numbers[0], safe="") + more


def _rows(frame: pd.DataFrame) -> Rows:
    return frame.astype(object).where(frame.notna(), None).to_dict("records")


def _named(rows: Rows, world: dict) -> Rows:
    """Rows with the name and unit of their item."""
    items = {row.item: {"name": row.name, "unit": row.unit}
             for row in world["items"][["item", "name", "unit"]].itertuples(index=False)}  # fmt: skip
    return [row | items.get(row["item"], {"name": "", "unit": ""}) for row in rows]


def _heads(world: dict, kinds: dict[str, str]) -> dict[str, dict]:
    """What every document says at its head."""
    suppliers = {row["supplier"]: row for row in _rows(world["suppliers"])}
    heads = {}
    for table, title in TITLES.items():
        for row in _rows(world[table]):
            supplier = suppliers.get(row.get("supplier"), {})
            heads[row["order"]] = row | {"number": row["order"], "table": table, "title": title,
                                         "mark": MARKS.get(row["state"], ""), "supplier_name": supplier.get("name", ""),
                                         "supplier_email": supplier.get("email", "")}  # fmt: skip
    return {number: heads[number] for number in kinds}


def _pages(world: dict, kinds: dict[str, str], policies: dict) -> dict[str, dict]:
    """Everything that the page of each document shows."""
    heads = _heads(world, kinds)
    decimals = policies["currency_decimals"]
    lines = _rows(purchase_lines(world, settings().currency, decimals))
    engine = Engine(world, policies)
    material = _named(_rows(order_material(engine)), world)
    operations = _rows(planned_operations(world))
    fees = _fees(world, decimals)
    pages = {}
    for number, head in heads.items():
        mine = {"lines": lines, "material": material, "operations": operations}
        parts = {name: [row for row in rows if row["order"] == number] for name, rows in mine.items()}
        if head["table"] != "purchase_orders":
            head = _named([head], world)[0]
        pages[number] = head | parts | {"totals": _totals(parts["lines"])} | fees.get(number, {})
    return pages


def _totals(lines: Rows) -> Rows:
    """The sum of the priced lines of each currency, and how many have no price."""
    sums: dict[str, dict] = {}
    for line in lines:
        total = sums.setdefault(line["currency"], {"currency": line["currency"], "amount_micro": 0, "unpriced": 0})
        total["amount_micro"] += line["amount_micro"] or 0
        total["unpriced"] += line["amount_micro"] is None
    return [sums[currency] for currency in sorted(sums)]


def _fees(world: dict, decimals: int) -> dict[str, dict]:
    """Fee and amount of each subcontract order."""
    orders = world["subcontract_orders"]
    # without exchange rates in the world the price of an offer stays in the supplier's currency
    currency = currencies_of(world, orders, settings().currency)
    agreed = zip(orders["order"], orders["quantity_micro"], subcontract_fees(world, orders), currency, strict=True)
    return {order: {"fee_micro": fee, "currency": name,
                    "amount_micro": int(minor_unit(int(multiply_divide(quantity, fee, MICRO)), decimals))}
            for order, quantity, fee, name in agreed}  # fmt: skip


def _pick_list(
    world: dict, kinds: dict[str, str], numbers: list[str], as_of: date, warehouse: str, policies: dict
) -> dict[str, dict]:
    """What is to be picked for each order and where; an order that takes no material only says so."""
    heads = _heads(world, kinds)
    engine = Engine(world, policies)
    open_ = [number for number in numbers if heads[number]["state"] in TAKES_MATERIAL]
    picks = pick_places(engine, open_, as_of, warehouse)
    lines, places = _named(_rows(picks["lines"]), world), _named(_rows(picks["places"]), world)
    for line in lines:
        line["places"] = [place for place in places if (place["order"], place["item"]) == (line["order"], line["item"])]
    found = {}
    for head in _named([heads[number] for number in numbers], world):
        mine = [line for line in lines if line["order"] == head["number"]]
        found[head["number"]] = head | {"lines": mine, "is_open": head["number"] in open_}
    return found


def _walk(pages: dict[str, dict]) -> Rows:
    """What to take from each place for all orders together, by warehouse and item, in the sequence of taking."""
    sums: dict[tuple, dict] = {}
    for page in pages.values():
        for line in page["lines"]:
            for place in line["places"]:
                key = (place["warehouse"], place["item"], place["lot"])
                row = sums.setdefault(key, place | {"quantity_micro": 0, "orders": []})
                row["quantity_micro"] += place["quantity_micro"]
                row["orders"].append(f"{page['number']}: {quantity(place['quantity_micro'])}")
    # lots of an item stay in the sequence in which they are taken
    return sorted(sums.values(), key=lambda row: (row["warehouse"], row["item"]))
