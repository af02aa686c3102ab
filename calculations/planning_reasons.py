"""Why a plan suggests what it suggests, and why it suggests nothing, in plain sentences.

The one place of the wording: the command line, the artifact and the report show what is written here.
"""

from collections.abc import Iterable, Mapping
from datetime import date

import numpy as np
import pandas as pd

from calculations.exact import MICRO, micro_text
from calculations.working_days import WorkingDays

RULES = {
    "period_order_quantity": "with what is required in the rest of the period",
    "least_total_cost": "with later requirements that are cheaper to order now",
}
# Supplies of a day's needs that are told by what they are; all others by their number.
UNNUMBERED = {"stock": "on hand", "inspection": "waiting for inspection"}


def order_reason(order: Mapping, required_by: str = "", earliest=None) -> str:
    """Why a planned order is as large as it is and dated as it is, in a few sentences.

    Args:
        order: a row of `planned_orders`; missing arithmetic is None or NA. `order_up_to_micro` may stand beside it.
        required_by: who asks, where that is known.
        earliest: the day it can be there if it is released today, where its release is past due.

    >>> print(order_reason({"need_date": "2026-05-22", "gross_micro": 10_000_000, "available_micro": 3_000_000,
    ...     "safety_stock_micro": 0, "net_micro": 7_000_000, "covered_micro": 7_000_000, "ordered_micro": 20_000_000,
    ...     "quantity_micro": 20_000_000, "receipt_quantity_micro": 20_000_000, "yield_rate_micro": 1_000_000,
    ...     "minimum_micro": 20_000_000, "due_date": "2026-05-22", "release_date": "2026-05-15", "supplier": "ACME",
    ...     "unit_price_micro": 2_500_000, "lead_time_days": 5}))
    On 2026-05-22: 10 required, 3 available, so 7 missing. 20 ordered: the minimum is 20; 13 left for later. Due
    2026-05-22; release 2026-05-15, 5 working days before; from ACME at 2.5.
    """
    if _value(order, "gross_micro") is None:
        # entered by hand or by an earlier version: there is no arithmetic to tell
        kept = f"{_number(order['quantity_micro'])} ordered firmly; the plan keeps it as it is."
        return f"{kept if order['firm'] else order['reason']} {dates_reason(order)}"
    told = f"{need_reason(order, required_by)} {quantity_reason(order)} {dates_reason(order, earliest)}"
    kept = "It is firm: the plan keeps it and counts it as a receipt. When it was suggested: "
    return (kept + told[0].lower() + told[1:]) if _value(order, "firm") else told


def order_reasons(orders: pd.DataFrame, items: pd.DataFrame, calendar: pd.DataFrame, as_of: date) -> list[str]:
    """The reason of each planned order of a plan, as `order_reason` tells it.

    Args:
        orders: rows of `planned_orders`. items, calendar: of the plant. as_of: day of the plan.
    """
    levels = items.set_index("item")["order_up_to_micro"]
    rows = orders.assign(order_up_to_micro=orders["item"].map(levels)).to_dict("records")
    earliest = earliest_days(orders, items, calendar, as_of)
    return [order_reason(row, earliest=earliest.get(row["number"])) for row in rows]


def earliest_days(orders: pd.DataFrame, items: pd.DataFrame, calendar: pd.DataFrame, as_of: date) -> dict[str, str]:
    """The day on which each order whose release is past due can be there if it is released on `as_of`, by number."""
    late = orders[orders["release_date"] < pd.Timestamp(as_of)]
    inspection = items["inspection_days"].to_numpy(dtype=np.int64)[pd.Index(items["item"]).get_indexer(late["item"])]
    days = late["lead_time_days"].fillna(0).to_numpy(dtype=np.int64) + inspection
    there = WorkingDays(calendar).add(np.full(len(late), np.datetime64(as_of, "D")), days)
    return dict(zip(late["number"], there.astype(str).tolist(), strict=True))


def need_reason(order: Mapping, required_by: str = "") -> str:
    """What was missing on the need date."""
    gross, safety = order["gross_micro"], order["safety_stock_micro"]
    available = order["available_micro"]
    by = f" ({required_by})" if required_by else ""
    told = f"{_number(gross)} required{by}" if gross else "nothing required"
    kept = f", {_number(safety)} to stay as safety stock" if safety else ""
    there = f"{_number(available)} available" if available >= 0 else f"{_number(-available)} owed already"
    return f"On {_day(order['need_date'])}: {told}{kept}, {there}, so {_number(order['net_micro'])} missing."


def quantity_reason(order: Mapping) -> str:
    """Which rule made the order as large as it is, and what it leaves."""
    quantity, ordered, covered = order["quantity_micro"], order["ordered_micro"], order["covered_micro"]
    rules = [*_grouped(order), *_raised(order)]
    if ordered != quantity:
        limit = _value(order, "maximum_micro")
        most = f", at most {_number(limit)} an order" if limit is not None else ""
        rules.append(f"part of {_number(ordered)}{most}")
    told = f"{_number(quantity)} ordered" + (": " + ", ".join(rules) if rules else "")
    left = order["receipt_quantity_micro"] - covered
    if ordered == quantity and left > 0:
        told += f"; {_number(left)} left for later"
    return told + "."


def dates_reason(order: Mapping, earliest=None) -> str:
    """When it is due and released, from whom and at which price; and what a release in the past means."""
    ahead, lead = _value(order, "ahead_days"), _value(order, "lead_time_days")
    told = f"Due {_day(order['due_date'])}" + (f", {_days(ahead)} before the need" if ahead else "")
    told += f"; release {_day(order['release_date'])}" + (f", {_days(lead)} before" if lead else "")
    if _value(order, "supplier"):
        price = _value(order, "unit_price_micro")
        told += f"; from {order['supplier']}" + (f" at {_number(price)}" if price is not None else "")
    told += "."
    if earliest is not None:
        told += f" That release is past due: released today it comes on {_day(earliest)}."
    return told


def day_reason(row: Mapping, orders: list[Mapping], served: pd.DataFrame, brought: str, earliest: Mapping) -> str:
    """Why something or nothing is ordered for an item on a day.

    Args:
        row: of `requirements`. orders: suggestions needed on the day. earliest: see `order_reason`, by number.
        served: pegs of the day: supply (words), demand (words), quantity_micro.
        brought: the receipts of the day in words.
    """
    by = _listed(served, "demand")
    if len(orders) == 1:
        return order_reason(orders[0], by, earliest.get(orders[0]["number"]))
    if orders:
        parts = [f"{order['number']}: {_number(order['quantity_micro'])}. "
                 f"{dates_reason(order, earliest.get(order['number']))}" for order in orders]  # fmt: skip
        return " ".join([need_reason(orders[0], by), _split(orders), *parts])
    day, gross = _day(row["date"]), _number(row["gross_micro"])
    safety = row["safety_stock_micro"]
    stays = f"{_number(row['projected_available_micro'])} left" + (
        f", safety stock {_number(safety)}" if safety else ""
    )
    if not row["gross_micro"]:
        comes = f", {_number(row['scheduled_receipts_micro'])} from {brought}" if brought else ""
        return f"On {day}: nothing required{comes}. {stays}."
    return f"On {day}: {gross} required ({by}). Nothing ordered: covered by {_listed(served, 'supply')}. {stays}."


def supply_words(kind: str, number: str, surplus: bool = False) -> str:
    """A supply as the sentences name it.

    >>> supply_words("stock", ""), supply_words("planned_order", "PLAN-1", True)
    ('on hand', 'from the surplus of PLAN-1')
    """
    if kind in UNNUMBERED:
        return UNNUMBERED[kind]
    return f"from the surplus of {number}" if surplus else f"from {number}"


def idle_reasons(item: str, is_phantom: bool, used_in: pd.DataFrame) -> list[str]:
    """Why no need of an item was raised, one sentence for each reason.

    Args:
        used_in: bill lines that name it: bom, line, parent, issue_method, supplied_by.
    """
    if is_phantom:
        return [f"{item} is passed through: whoever needs it needs its components instead."]
    told = barred_lines(item, used_in)
    open_lines = used_in[(used_in["issue_method"] != "none") & (used_in["supplied_by"] != "customer")]
    if len(open_lines):
        parents = list(dict.fromkeys(open_lines["parent"]))
        shown = ", ".join(parents[:5]) + (f" and {len(parents) - 5} more" if len(parents) > 5 else "")
        told.append(f"Nothing needs {item}: it goes into {shown}, and none of these has to be made.")
    elif not told:
        told.append(f"Nothing needs {item}: no bill of materials uses it, and no order or forecast asks for it.")
    return told


def barred_lines(item: str, used_in: pd.DataFrame) -> list[str]:
    """The bill lines that ask for the item without raising a need."""
    told = []
    for line in used_in.itertuples(index=False):
        where = f"Bill {line.bom}, line {line.line} ({line.parent})"
        if line.supplied_by == "customer":
            told.append(f"{where}: the customer supplies {item}, so no need is raised.")
        elif line.issue_method == "none":
            told.append(f"{where}: {item} has issue method none, so no need is raised.")
    return told


def substitution_reasons(item: str, rows: pd.DataFrame) -> list[str]:
    """What was used instead of the item, and what it was used for instead.

    Args:
        rows: of `substitutions`.
    """
    told = []
    for row in rows.itertuples(index=False):
        quantity, day = _number(row.quantity_micro), _day(row.date)
        if row.item == item:
            told.append(f"On {day} {row.substitute} takes the place of {quantity} {item}, so these are not ordered.")
        else:
            told.append(f"On {day} {item} takes the place of {quantity} {row.item}.")
    return told


def stock_reason(on_hand: int, safety: int) -> str:
    """What is there of an item that nothing needs."""
    if not on_hand:
        return "None on hand."
    return f"{_number(on_hand)} on hand" + (f", safety stock {_number(safety)}." if safety else ".")


def _grouped(order: Mapping) -> Iterable[str]:
    """Why more than the day's shortage was to be covered."""
    covered, net = order["covered_micro"], order["net_micro"]
    if covered == net:
        return
    up_to = _value(order, "order_up_to_micro")
    if up_to is not None and covered == up_to - (order["available_micro"] - order["gross_micro"]):
        yield f"filled up to {_number(up_to)}"
    else:
        yield f"{RULES.get(_value(order, 'lot_sizing'), 'with later requirements')} {_number(covered)}"


def _raised(order: Mapping) -> Iterable[str]:
    """Yield, lot, minimum and multiple, those that made the quantity larger, in the order in which they apply."""
    yields = order["yield_rate_micro"]
    quantity = -(-order["covered_micro"] * MICRO // yields)
    if yields < MICRO:
        yield f"at a yield of {_percent(yields)} that takes {_number(quantity)}"
    raised = False
    for name, words in LIMITS.items():
        limit = _value(order, name)
        reached = quantity if not limit else LIMITS_REACHED[name](quantity, limit)
        if reached > quantity:
            quantity, raised = reached, True
            yield words.format(_number(limit))
    if order["ordered_micro"] > quantity:
        yield "the rest raised to a whole order" if raised or _split_up(order) else "rounded up"


LIMITS = {
    "lot_micro": "in lots of {}",
    "minimum_micro": "the minimum is {}",
    "multiple_micro": "in multiples of {}",
}
LIMITS_REACHED = {
    "lot_micro": lambda quantity, lot: -(-quantity // lot) * lot,
    "minimum_micro": max,
    "multiple_micro": lambda quantity, multiple: -(-quantity // multiple) * multiple,
}


def _split_up(order: Mapping) -> bool:
    return order["ordered_micro"] != order["quantity_micro"]


def _split(orders: list[Mapping]) -> str:
    """The quantity of several orders for one day."""
    first = orders[0]
    rules = [*_grouped(first), *_raised(first)]
    limit = _value(first, "maximum_micro")
    if limit is not None:
        rules.append(f"at most {_number(limit)} an order")
    left = sum(order["receipt_quantity_micro"] for order in orders) - first["covered_micro"]
    told = f"{_number(first['ordered_micro'])} ordered in {len(orders)} parts" + (
        ": " + ", ".join(rules) if rules else ""
    )
    return told + (f"; {_number(left)} left for later." if left > 0 else ".")


def _listed(served: pd.DataFrame, side: str) -> str:
    """Who takes part, each with the quantity, in the order of the pegs."""
    if served.empty:
        return ""
    sums = served.groupby(side, sort=False)["quantity_micro"].sum()
    shown = [f"{_number(quantity)} {'for ' if side == 'demand' else ''}{name}" for name, quantity in sums.items()]
    return ", ".join(shown[:4]) + (f" and {len(shown) - 4} more" if len(shown) > 4 else "")


def _value(order: Mapping, name: str):
    """A cell, None where it is blank or not there."""
    cell = order.get(name)
    return None if cell is None or cell is pd.NA or cell != cell else cell


def _number(micro: int) -> str:
    return micro_text(int(micro))


def _percent(fraction_micro: int) -> str:
    return f"{micro_text(100 * int(fraction_micro))} %"


def _day(day) -> str:
    return str(day)[:10]


def _days(count: int) -> str:
    return f"{count} working day" + ("" if count == 1 else "s")
