"""Won opportunities → sales orders: once each, whole or not at all, every line with a promised date.

An opportunity with a row at fault waits as a whole until the row is corrected; half an order would be an order that
nobody placed. The new order stands under the opportunity's code here; its number is given when it is written.
"""

from datetime import date

import numpy as np
import pandas as pd

from calculations.delivery_terms import delivered_complete
from calculations.exact import micro_text
from calculations.order_lines import LOWEST_PRIORITY, SERVED_BY, open_order_lines
from calculations.policies import resolve
from calculations.promise import Promising
from calculations.promise_reservations import with_reservations
from calculations.reserved_stock import net_of_reserved
from calculations.row_parsing import no_refusals

WAITS = "; the opportunity waits until then"


def convert_opportunities(world: dict, as_of: date, policies: dict) -> dict[str, pd.DataFrame]:
    """Sales orders and lines of the won opportunities that have none yet, with their promises.

    Open order lines and the reservations of others keep what they need by the day they need it; the new lines are
    served after them: lines with a reservation of their own first, then by due date, priority, opportunity and line.
    The order takes the place of its opportunity's reservations. A blank unit price becomes the item's list price, a
    blank currency the customer's.

    Args:
        world: `sales_orders` may have the further column `opportunity`: what it names is converted already.
            `promise_reservations`, where there are any, are those in force.
    Returns:
        sales_orders: order (the opportunity's code), customer, order_date (the day it was won, at the latest `as_of`),
            priority (blank: the customer's), currency, opportunity, origin; sorted by order.
        sales_order_lines: order, line, item, quantity_micro, due_date, unit_price_micro (blank when there is no list
            price either), shipped_quantity_micro 0, promised_date (of the last part; blank when a part has none),
            promise_decision, promise_bottleneck, origin; sorted by order, line.
        promises: as `promise_lines` returns them, for the new lines.
        consumed: opportunity, of those that are orders now: none of their reservations holds anything any more.
        refused: table, row, column, value, message; one row for each fault.
    Raises:
        CyclicBillOfMaterials: an item contains itself.
    """
    opportunities, lines = _won_and_not_converted(world)
    refused = _refusals(world, opportunities, lines, as_of)
    opportunities, lines = _without_refused(opportunities, lines, refused)
    orders = _orders(opportunities, world["customers"], as_of)
    new_lines = _lines(lines, world["items"])
    promises = _promises(world, new_lines, orders, as_of, policies)
    return {
        "sales_orders": orders,
        "sales_order_lines": new_lines.merge(_whole_promise(promises), on=["order", "line"], how="left"),
        "promises": promises,
        "consumed": orders[["opportunity"]],
        "refused": refused,
    }


def _won_and_not_converted(world: dict) -> tuple[pd.DataFrame, pd.DataFrame]:
    opportunities, orders = world["opportunities"], world["sales_orders"]
    opportunities = opportunities[opportunities["stage"] == "won"]
    if "opportunity" in orders:
        opportunities = opportunities[~opportunities["opportunity"].isin(orders["opportunity"])]
    lines = world["opportunity_lines"]
    return opportunities, lines[lines["opportunity"].isin(opportunities["opportunity"])]


def _refusals(world: dict, opportunities: pd.DataFrame, lines: pd.DataFrame, as_of: date) -> pd.DataFrame:
    """Every fault of the opportunities and their lines, by table and row."""
    customers = world["customers"]
    code = opportunities["opportunity"]
    unknown_customer = ~opportunities["customer"].isin(customers["customer"])
    faults = [
        _fault(
            "opportunities",
            opportunities[unknown_customer],
            "customer",
            lambda row: (
                f"customer {row.customer} is not in customers; add it there or correct opportunity {row.opportunity}"
            ),
        ),
        _fault(
            "opportunities",
            opportunities[~code.isin(lines["opportunity"])],
            "opportunity",
            lambda row: (
                f"opportunity {row.opportunity} is won but has no lines; add what was sold to opportunity_lines"
            ),
        ),
        _fault(
            "opportunities",
            opportunities[~unknown_customer & ~_currency_known(opportunities, world, as_of)],
            "currency",
            lambda row: (
                f"currency {row.currency} of opportunity {row.opportunity} is not its customer's and has no rate "
                "up to now; add it to exchange_rates or correct it"
            ),
        ),
        _fault(
            "opportunity_lines",
            lines[~lines["item"].isin(world["items"]["item"])],
            "item",
            lambda row: (
                f"item {row.item} is not in items; add it there or correct line {row.line} of opportunity "
                f"{row.opportunity}"
            ),
        ),
        _fault(
            "opportunity_lines",
            lines[lines["quantity_micro"] <= 0],
            "quantity_micro",
            lambda row: (
                f"line {row.line} of opportunity {row.opportunity} must ask for more than 0; correct the quantity"
            ),
        ),
        _fault(
            "opportunity_lines",
            lines[lines["requested_date"].isna()],
            "requested_date",
            lambda row: f"line {row.line} of opportunity {row.opportunity} has no requested date; ask for it",
        ),
    ]
    faults = [fault for fault in faults if len(fault)]
    if not faults:
        return no_refusals()
    return pd.concat(faults, ignore_index=True).sort_values(["table", "row"], kind="stable", ignore_index=True)


def _fault(table: str, rows: pd.DataFrame, column: str, message) -> pd.DataFrame:
    show = micro_text if column.endswith("_micro") else (lambda cell: "" if pd.isna(cell) else str(cell))
    refused = pd.DataFrame(
        {
            "table": table,
            "row": rows.index.to_numpy(dtype=np.int64),
            "column": column.removesuffix("_micro"),
            "value": [show(cell) for cell in rows[column].tolist()],
            "message": [message(row) + WAITS for row in rows.itertuples(index=False)],
        }
    )
    return refused.astype(no_refusals().dtypes.to_dict())


def _currency_known(opportunities: pd.DataFrame, world: dict, as_of: date) -> pd.Series:
    """Whether each currency is blank, the customer's own (or the customer has none), or has a rate by `as_of`."""
    rates, customers = world["exchange_rates"], world["customers"]
    rated = rates.loc[rates["date"] <= pd.Timestamp(as_of), "currency"]
    of_customer = opportunities["customer"].map(_by_key(customers, "customer", "currency")).fillna("")
    currency = opportunities["currency"]
    return (currency == "") | (of_customer == "") | (currency == of_customer) | currency.isin(rated)


def _without_refused(opportunities: pd.DataFrame, lines: pd.DataFrame, refused: pd.DataFrame):
    at_fault = lines.loc[refused.loc[refused["table"] == "opportunity_lines", "row"].unique(), "opportunity"]
    rows = refused.loc[refused["table"] == "opportunities", "row"]
    good = ~opportunities.index.isin(rows) & ~opportunities["opportunity"].isin(at_fault).to_numpy()
    opportunities = opportunities[good]
    return opportunities, lines[lines["opportunity"].isin(opportunities["opportunity"])]


def _orders(opportunities: pd.DataFrame, customers: pd.DataFrame, as_of: date) -> pd.DataFrame:
    won = opportunities.sort_values("opportunity", ignore_index=True)
    today = pd.Timestamp(as_of)
    of_customer = won["customer"].map(_by_key(customers, "customer", "currency")).fillna("").astype("str")
    return pd.DataFrame(
        {
            "order": won["opportunity"],
            "customer": won["customer"],
            "order_date": won["close_date"].where(won["close_date"] <= today, today).astype("datetime64[s]"),
            "priority": pd.Series(pd.NA, index=won.index, dtype="Int64"),
            "currency": won["currency"].where(won["currency"] != "", of_customer).astype("str"),
            "opportunity": won["opportunity"],
            "origin": ("opportunities:" + won["opportunity"]).astype("str"),
        }
    )


def _lines(lines: pd.DataFrame, items: pd.DataFrame) -> pd.DataFrame:
    lines = lines.sort_values(["opportunity", "line"], ignore_index=True)
    place = pd.Index(items["item"]).get_indexer(lines["item"])
    list_price = items["list_price_micro"].take(place).reset_index(drop=True)
    origin = "opportunity_lines:" + lines["opportunity"] + "/" + lines["line"].astype("str")
    return pd.DataFrame(
        {
            "order": lines["opportunity"],
            "line": lines["line"],
            "item": lines["item"],
            "quantity_micro": lines["quantity_micro"],
            "due_date": lines["requested_date"],
            "unit_price_micro": lines["unit_price_micro"].fillna(list_price).astype("Int64"),
            "shipped_quantity_micro": np.zeros(len(lines), dtype=np.int64),
            "origin": origin.astype("str"),
        }
    )


def _promises(world: dict, lines: pd.DataFrame, orders: pd.DataFrame, as_of: date, policies: dict) -> pd.DataFrame:
    """Promises of the new lines, after everything that is ordered or reserved already has had its share."""
    held = world.get("promise_reservations")
    own = pd.Series([], dtype="str")
    if held is not None:
        mine = held["opportunity"].isin(orders["opportunity"])
        own = held.loc[mine, "opportunity"] + "/" + held.loc[mine, "line"].astype("str")
        world = {**world, "promise_reservations": held[~mine]}
    world = net_of_reserved(world, as_of)
    ordered, _ = open_order_lines(with_reservations(world))
    promising = Promising(world, as_of, policies, ordered)
    customer = lines["order"].map(_by_key(orders, "order", "customer"))
    priority = customer.map(_by_key(world["customers"], "customer", "priority")).fillna(LOWEST_PRIORITY)
    # what a line has reserved is not left to another new one
    behind = ~(lines["order"] + "/" + lines["line"].astype("str")).isin(own)
    complete = delivered_complete(pd.DataFrame({"customer": customer}), world["customers"], resolve(policies, as_of))
    new = lines.assign(open_micro=lines["quantity_micro"], priority=priority.astype("int64"), behind=behind,
                       complete=complete)  # fmt: skip
    return promising.serve(new.sort_values(["behind", *SERVED_BY], kind="stable", ignore_index=True))


def _whole_promise(promises: pd.DataFrame) -> pd.DataFrame:
    """The promise for each whole line: its last part's date, decision and bottleneck."""
    last = promises.drop_duplicates(["order", "line"], keep="last")
    return last[["order", "line", "promised_date", "decision", "bottleneck"]].rename(
        columns={"decision": "promise_decision", "bottleneck": "promise_bottleneck"}
    )


def _by_key(frame: pd.DataFrame, key: str, column: str) -> pd.Series:
    return pd.Series(frame[column].to_numpy(), index=frame[key])
