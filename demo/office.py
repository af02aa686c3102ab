"""What people do beside the daily runs, in the forms they would use: count, reserve, pick, correct, block, change.

Each thing happens once in the eight weeks, on a Monday or a Thursday after the plan and before the factory works on.
"""

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal

import pandas as pd

from calculations.exact import MICRO
from demo.fact_sheet import Tables

World = dict[str, pd.DataFrame]
WHO = "hanna.brandt@lindenrad.example"
# A part is looked at on the shelf only where there are enough of it.
ENOUGH = 20 * MICRO


def people_act(world: World, week: int, monday: bool, day: date) -> Tables:
    """What people do on this day; the rows they entered by table, to be told.

    Args:
        world: the open documents, the stock and the items as they are this morning.
        week: counted from 0. monday: else it is the Thursday.
    """
    act = CALENDAR.get((week, monday))
    return act(world, day) if act else {}


def _count(world: World, day: date) -> Tables:
    """Two shelves are counted: on one two pieces are missing, on the other there is one more."""
    from flows.fact_recording import Count, fact_recording

    parts = _parts(world).head(2)
    counts = [
        Count(item=item, counted_quantity=Decimal(quantity // MICRO + difference), reason="shelf count")
        for item, quantity, difference in zip(parts["item"], parts["quantity_micro"], (-2, 1), strict=True)
    ]
    return _told("stock_counts", fact_recording(stock_counts=counts, dry_run=False, as_of=day))


def _reserve(world: World, day: date) -> Tables:
    """Sales sets goods aside for the next delivery that something is there for."""
    from flows.stock_reservation import stock_reservation

    lines = world["sales_order_lines"]
    there = _available(world)
    lines = lines[(lines["quantity_micro"] > lines["shipped_quantity_micro"]) & lines["item"].isin(there.index)]
    if lines.empty:
        return {}
    line = lines.sort_values(["due_date", "order", "line"]).iloc[0]
    answer = stock_reservation([line["order"]], line=int(line["line"]), reason="promised on the phone", dry_run=False,
                               as_of=day)  # fmt: skip
    return _told("stock_reservations", answer)


def _mistype(world: World, day: date) -> Tables:
    """A delivery note is typed in for the wrong order, and undone."""
    from flows.fact_recording import Receipt, Reversal, Undone, fact_recording

    lines, items = world["purchase_order_lines"], world["items"].set_index("item")
    plain = items.index[~items["inspect"] & ~items["lot_tracked"]]
    open_ = lines[(lines["quantity_micro"] > lines["received_quantity_micro"]) & lines["item"].isin(plain)]
    if open_.empty:
        return {}
    line = open_.sort_values(["order", "line"]).iloc[0]
    receipt = Receipt(event="REC-TYPO", order=line["order"], line=int(line["line"]), quantity=Decimal(1))
    fact_recording(receipts=[receipt], dry_run=False, as_of=day)
    undone = Reversal(table=Undone.receipts, reversed_event="REC-TYPO", reason="delivery note of another order")
    return _told("reversals", fact_recording(reversals=[undone], dry_run=False, as_of=day))


def _pick(world: World, day: date) -> Tables:
    """The storekeeper picks complete sets for the first work order that can start."""
    from flows.material_picking import material_picking

    orders, parts = world["work_orders"], world["work_order_components"]
    untouched = orders[orders["completed_quantity_micro"] == 0]
    begun = set(parts.loc[parts["issued_quantity_micro"] > 0, "order"])
    due = untouched[(untouched["start_date"] <= pd.Timestamp(day)) & ~untouched["order"].isin(begun)]
    for order in due.sort_values(["start_date", "order"])["order"].head(8).tolist():
        if material_picking([order], dry_run=True, as_of=day)["facts"]:
            return _told("picks", material_picking([order], dry_run=False, as_of=day))
    return {}


def _block(world: World, day: date) -> Tables:
    """Three pieces look odd and are not to be used."""
    return _transfer(_parts(world)["item"].iloc[2], "available", "blocked", "scratched, quality looks at them", day)


def _free(world: World, day: date) -> Tables:
    """They are good after all."""
    blocked = world["stock"][world["stock"]["status"] == "blocked"]
    if blocked.empty:
        return {}
    return _transfer(blocked["item"].iloc[0], "blocked", "available", "looked at: good", day)


def _transfer(item: str, before: str, after: str, reason: str, day: date) -> Tables:
    from flows.fact_recording import Status, Transfer, fact_recording

    moved = Transfer(item=item, quantity=Decimal(3), from_status=Status(before), to_status=Status(after), reason=reason)
    return _told("transfers", fact_recording(transfers=[moved], dry_run=False, as_of=day))


def _change(world: World, day: date) -> Tables:
    """A customer wants one line a week later: looked at first, then made with its new plan."""
    from flows.order_change import OtherDate, order_change

    lines = world["sales_order_lines"]
    waits = (lines["due_date"] >= pd.Timestamp(day + timedelta(days=14))) & (lines["shipped_quantity_micro"] == 0)
    if not waits.any():
        return {}
    line = lines[waits].sort_values(["order", "line"]).iloc[0]
    later = [OtherDate(line=int(line["line"]), date=line["due_date"].date() + timedelta(days=7))]
    asked = {"order": line["order"], "dates": later, "by": WHO, "reason": "site not ready", "as_of": day}
    seen = order_change(**asked)["seen"]
    order_change(**asked, dry_run=False, seen=seen)
    return {"order_changes": pd.DataFrame({"order": [line["order"]]})}


CALENDAR: dict[tuple[int, bool], Callable[[World, date], Tables]] = {
    (0, False): _count,
    (1, True): _reserve,
    (1, False): _mistype,
    (2, True): _pick,
    (2, False): _block,
    (3, False): _free,
    (4, True): _change,
}


def write_pages(last: date, period: str) -> None:
    """Pages to print at the end: the last orders of each kind, and the painter's account for the closed month."""
    from flows.document_printing import document_printing
    from flows.subcontract_statement import subcontract_statement
    from models.database import read_table, reading
    from models.migrating import ready_engine
    from settings import settings

    with reading(ready_engine(settings().database_url)) as connection:
        orders = {name: read_table(connection, name) for name in ("purchase_orders", "work_orders",
                                                                  "subcontract_orders")}  # fmt: skip
    released = [frame[frame["origin"] != ""] for frame in orders.values()]
    numbers = [frame["order"].iloc[-1] for frame in released if len(frame)]
    document_printing(numbers, pick_list=False, as_of=last)
    first = date.fromisoformat(f"{period}-01")
    until = (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    for supplier in orders["subcontract_orders"]["supplier"].unique()[:1]:
        subcontract_statement(supplier, first, until)


def _available(world: World) -> pd.Series:
    stock = world["stock"]
    return stock[stock["status"] == "available"].groupby("item")["quantity_micro"].sum()


def _parts(world: World) -> pd.DataFrame:
    """Bought parts without lots that lie in the main store in good number: item, quantity_micro; by item."""
    stock, items = world["stock"], world["items"].set_index("item")
    plain = items.index[(items["sourcing"] == "buy") & ~items["lot_tracked"] & ~items["inspect"]
                        & (items["decimals"] == 0) & items["shelf_life_days"].isna()]  # fmt: skip
    here = (stock["status"] == "available") & (stock["warehouse"] == "MAIN") & stock["item"].isin(plain)
    lying = stock[here].groupby("item", as_index=False)["quantity_micro"].sum()
    return lying[lying["quantity_micro"] >= ENOUGH].sort_values("item", ignore_index=True)


def _told(table: str, answer: dict) -> Tables:
    return {table: pd.DataFrame(answer["facts"])}
