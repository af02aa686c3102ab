"""Two plans beside each other: orders, customers' dates, exceptions, money and hours that are different.

A side is a world and the frames that `material_planning.plan_materials` made of it.
"""

from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from calculations.exact import MICRO, minor_unit, multiply_divide
from calculations.item_prices import prices_by_supplier
from calculations.order_differences import of_other_items, order_differences
from calculations.order_lines import open_order_lines

BOUGHT = ("purchase", "subcontract")


@dataclass(frozen=True)
class Side:
    """A world, and its plan as frames."""

    world: dict[str, pd.DataFrame]
    plan: dict[str, pd.DataFrame]


def plan_difference(base: Side, branch: Side, as_of: date, cent: int = 2) -> dict[str, pd.DataFrame]:
    """What the branch has otherwise than the base; every frame but `summary` is empty when both are the same.

    Args:
        cent: decimals of the plant's currency; each order's money is rounded to them, half up, before it is summed.
    Returns:
        summary: measure, base, branch, difference (micro-units: counts, money, hours);
        planned_orders: see `order_differences`;
        order_lines: customers' order lines expected on another day (change: new, gone, newly_late, later, earlier,
        no_longer_late, moved), with the day wanted and the day expected before and after;
        customers: late lines of each customer before and after, where they differ;
        exceptions: new and gone ones (a suggestion's by item, day and quantity, whatever its number);
        cash: money for purchases and subcontracts by month of the due date, of open and planned orders, where it
        differs; `unpriced` orders have no price and count nothing;
        load: hours by work center and week where they differ, and what is over capacity.
    """
    lines = [_expected_lines(side, as_of) for side in (base, branch)]
    cash = [cash_of(side, as_of, cent) for side in (base, branch)]
    return {"summary": _summary(base, branch, lines, cash), **_differences(base, branch, lines, cash)}


def differences(base: Side, branch: Side, as_of: date, cent: int = 2) -> dict[str, pd.DataFrame]:
    """The frames of `plan_difference` without the summary, whose totals need every order."""
    lines = [_expected_lines(side, as_of) for side in (base, branch)]
    orders = of_other_items(base.plan["planned_orders"], branch.plan["planned_orders"])
    # what both have counts nothing in a difference
    same = {name: base.world[name].iloc[:0] for name in ("purchase_order_lines", "subcontract_orders")
            if base.world[name] is branch.world[name]}  # fmt: skip
    sides = [
        Side({**side.world, **same}, {**side.plan, "planned_orders": rows})
        for side, rows in zip((base, branch), orders, strict=True)
    ]
    return _differences(*sides, lines, [cash_of(side, as_of, cent) for side in sides])


def _differences(base: Side, branch: Side, lines: list[pd.DataFrame], cash: list[pd.DataFrame]) -> dict:
    return {
        "planned_orders": order_differences(base.plan["planned_orders"], branch.plan["planned_orders"]),
        "order_lines": _line_differences(*lines),
        "customers": _customer_differences(*lines),
        "exceptions": _exception_differences(base.plan["exceptions"], branch.plan["exceptions"]),
        "cash": _cash_differences(*cash),
        "load": _load_differences(base.plan["load"], branch.plan["load"]),
    }


def _expected_lines(side: Side, as_of: date) -> pd.DataFrame:
    """Open order lines with the day each is expected: the day of its late-order exception, else the day it is wanted.

    What is wanted in the past is expected on `as_of` at the earliest.
    """
    lines, _ = open_order_lines(side.world)
    late = side.plan["exceptions"]
    late = late[late["kind"] == "late_order"].drop_duplicates(["order", "line"])
    index = pd.MultiIndex.from_arrays([late["order"], late["line"].astype("int64")])
    place = index.get_indexer(pd.MultiIndex.from_frame(lines[["order", "line"]])) if len(lines) else np.array([], int)
    in_time = np.maximum(lines["due_date"].to_numpy(), np.datetime64(as_of, "s"))
    days = np.append(late["date"].to_numpy(), np.datetime64("NaT"))[place]
    orders = side.world["sales_orders"].drop_duplicates("order").set_index("order")["customer"]
    customer = orders.reindex(lines["order"]).fillna("").to_numpy(dtype=object)
    lines = lines.assign(
        customer=pd.Series(customer, dtype="str"),
        wanted=lines["due_date"],
        expected=pd.Series(np.where(place >= 0, days, in_time).astype("datetime64[s]")),
    )
    lines["late"] = lines["expected"] > lines["wanted"]
    return lines[["order", "line", "customer", "item", "wanted", "expected", "late"]]


def _line_differences(before: pd.DataFrame, after: pd.DataFrame) -> pd.DataFrame:
    keys = ["order", "line", "item", "customer"]
    both = before.merge(after, on=keys, how="outer", suffixes=("_before", "_after"), indicator="side")
    new, gone = both["side"] == "right_only", both["side"] == "left_only"
    was, is_now = (
        both["late_before"].astype("boolean").fillna(False),
        both["late_after"].astype("boolean").fillna(False),
    )
    moved = both["wanted_before"] != both["wanted_after"]
    cases = {
        "new": new,
        "gone": gone,
        "newly_late": ~was & is_now,
        "no_longer_late": was & ~is_now,
        "later": both["expected_after"] > both["expected_before"],
        "earlier": both["expected_after"] < both["expected_before"],
        "moved": moved,
    }
    marks = [mark.astype(bool).to_numpy() for mark in cases.values()]
    both["change"] = pd.Series(np.select(marks, list(cases), ""), index=both.index, dtype="str")
    both["is_late"] = is_now.to_numpy(dtype=bool)
    columns = ["change", "order", "line", "customer", "item", "wanted_before", "wanted_after", "expected_before",
               "expected_after", "is_late"]  # fmt: skip
    return both.loc[both["change"] != "", columns].sort_values(["order", "line"], kind="stable", ignore_index=True)


def _customer_differences(before: pd.DataFrame, after: pd.DataFrame) -> pd.DataFrame:
    """Customers with another number of late lines."""
    counts = [lines[lines["late"]].groupby("customer").size() for lines in (before, after)]
    both = _side_by_side(*counts, "customer").astype({"before": "int64", "after": "int64"})
    both = both[both["before"] != both["after"]]
    return both.rename(columns={"before": "late_lines_before", "after": "late_lines_after"}).reset_index(drop=True)


def _exception_differences(before: pd.DataFrame, after: pd.DataFrame) -> pd.DataFrame:
    """Exceptions that only one side has; those of suggestions are told apart by item, day and quantity."""
    frames = [frame.assign(order=frame["order"].where(~frame["order"].str.startswith("PLAN-"), "")) for frame in
              (before, after)]  # fmt: skip
    keys = ["kind", "item", "order", "line", "date", "quantity_micro"]
    ranked = []
    for frame in frames:
        texts = frame[keys].astype({"line": "Int64", "quantity_micro": "Int64"}).astype("str")
        texts["rank"] = texts.groupby(keys, sort=False, dropna=False).cumcount()
        ranked.append(pd.MultiIndex.from_frame(texts))
    gone = before[~ranked[0].isin(ranked[1])].assign(change="gone")
    new = after[~ranked[1].isin(ranked[0])].assign(change="new")
    columns = ["change", "kind", "item", "order", "line", "date", "quantity_micro", "message"]
    both = pd.concat([gone, new], ignore_index=True)[columns].astype({"change": "str"})
    return both.sort_values(["kind", "item", "date", "change"], kind="stable", ignore_index=True)


def cash_of(side: Side, as_of: date, cent: int = 2) -> pd.DataFrame:
    """Money of each open and planned order to buy or to process: kind, month, amount_micro, unpriced.

    Quantity still to come × price, in the plant's currency at the newest rate up to the due date; an open order without
    a price counts at its supplier's price of `as_of`. The month is that of the due date, an overdue one's that of
    `as_of`.
    """
    world, planned = side.world, side.plan["planned_orders"]
    planned = planned[planned["kind"].isin(BOUGHT)]
    parts = [
        _money("purchase", _purchase_lines(world, as_of)),
        _money("subcontract", _subcontracts(world)),
        *(_money(kind, _suggested(world, planned[planned["kind"] == kind])) for kind in BOUGHT),
    ]
    rows = pd.concat(parts, ignore_index=True)
    price = rows["price"].fillna(0).to_numpy(dtype=np.int64)
    amount = multiply_divide(rows["quantity"].to_numpy(dtype=np.int64), price, MICRO)
    amount = multiply_divide(amount, _rates(world, rows["currency"], rows["due"]), MICRO)
    day = np.maximum(rows["due"].to_numpy(), np.datetime64(as_of, "s")).astype("datetime64[M]")
    return pd.DataFrame(
        {
            "kind": rows["kind"].astype("str"),
            "month": pd.Series(day.astype(str), dtype="str"),
            "amount_micro": minor_unit(amount, cent),
            "unpriced": rows["price"].isna().astype("int64"),
        }
    )


def _money(kind: str, rows: pd.DataFrame) -> pd.DataFrame:
    rows = rows[rows["quantity"] > 0]
    return rows.assign(kind=kind).astype({"price": "Int64"})[["kind", "quantity", "price", "currency", "due"]]


def _purchase_lines(world: dict, as_of: date) -> pd.DataFrame:
    lines = world["purchase_order_lines"]
    offered = prices_by_supplier(world, as_of) if len(lines) else {}
    supplier = world["purchase_orders"].drop_duplicates("order").set_index("order")["supplier"]
    keys = zip(supplier.reindex(lines["order"]).tolist(), lines["item"].tolist(), strict=True)
    of_supplier = pd.Series([offered.get(key, pd.NA) for key in keys], index=lines.index, dtype="Int64")
    return pd.DataFrame(
        {
            "quantity": lines["quantity_micro"] - lines["received_quantity_micro"],
            "price": lines["unit_price_micro"].astype("Int64").fillna(of_supplier),
            "currency": pd.Series("", index=lines.index, dtype="str"),
            "due": lines["due_date"],
        }
    )


def _subcontracts(world: dict) -> pd.DataFrame:
    orders = world["subcontract_orders"]
    return pd.DataFrame(
        {
            "quantity": orders["quantity_micro"] - orders["received_quantity_micro"],
            "price": orders["fee_micro"],
            "currency": pd.Series("", index=orders.index, dtype="str"),
            "due": orders["due_date"],
        }
    )


def _suggested(world: dict, planned: pd.DataFrame) -> pd.DataFrame:
    """Planned orders at the price of their supplier, in his currency."""
    offers = world["supplier_items"].drop_duplicates(["supplier", "item"]).set_index(["supplier", "item"])["currency"]
    currency = offers.reindex(pd.MultiIndex.from_frame(planned[["supplier", "item"]])).fillna("")
    return pd.DataFrame(
        {
            "quantity": planned["quantity_micro"],
            "price": planned["unit_price_micro"],
            "currency": pd.Series(currency.to_numpy(dtype=object), index=planned.index, dtype="str"),
            "due": planned["due_date"],
        }
    )


def _rates(world: dict, currency: pd.Series, due: pd.Series) -> np.ndarray:
    """Plant currency for one of each row's currency on its day, in micro-units; 1 where no rate is known."""
    found = np.full(len(currency), MICRO, dtype=np.int64)
    rates = world["exchange_rates"].sort_values("date", kind="stable")
    for code in np.intersect1d(currency.unique().astype(object), rates["currency"].unique().astype(object)):
        rows = np.flatnonzero((currency == code).to_numpy())
        of_code = rates[rates["currency"] == code]
        place = np.searchsorted(of_code["date"].to_numpy(), due.to_numpy()[rows], side="right") - 1
        known = place >= 0
        found[rows[known]] = of_code["rate_micro"].to_numpy()[place[known]]
    return found


def _cash_differences(before: pd.DataFrame, after: pd.DataFrame) -> pd.DataFrame:
    """Money by kind and month where it differs."""
    keys = ["month", "kind"]
    sums = [rows.groupby(keys)["amount_micro"].sum() for rows in (before, after)]
    unpriced = [rows.groupby(keys)["unpriced"].sum() for rows in (before, after)]
    both = _side_by_side(*sums, keys).merge(_side_by_side(*unpriced, keys), on=keys, suffixes=("", "_unpriced"))
    both = both.astype({name: "int64" for name in both.columns if name not in keys})
    both["difference_micro"] = both["after"] - both["before"]
    both = both[(both["difference_micro"] != 0) | (both["before_unpriced"] != both["after_unpriced"])]
    names = {"before": "base_micro", "after": "branch_micro", "before_unpriced": "unpriced_base",
             "after_unpriced": "unpriced_branch"}  # fmt: skip
    columns = [*keys, "base_micro", "branch_micro", "difference_micro", "unpriced_base", "unpriced_branch"]
    return both.rename(columns=names)[columns].reset_index(drop=True)


def _load_differences(before: pd.DataFrame, after: pd.DataFrame) -> pd.DataFrame:
    """Work centers and weeks with other hours or another capacity."""
    keys, terms = ["work_center", "week"], ["hours_micro", "capacity_micro", "overload_micro"]
    both = before[[*keys, *terms]].merge(after[[*keys, *terms]], on=keys, how="outer", suffixes=("_before", "_after"))
    # an outer merge makes blanks, and blanks make floats: the exact numbers are taken anew
    index = pd.MultiIndex.from_frame(both[keys])
    for when, frame in (("before", before), ("after", after)):
        exact = frame.set_index(keys)[terms].reindex(index, fill_value=0)
        for term in terms:
            both[f"{term}_{when}"] = exact[term].to_numpy(dtype=np.int64)
    over, was_over = both["overload_micro_after"] > 0, both["overload_micro_before"] > 0
    hours = both["hours_micro_after"] - both["hours_micro_before"]
    frame = pd.DataFrame(
        {
            "work_center": both["work_center"],
            "week": both["week"],
            "hours_base_micro": both["hours_micro_before"],
            "hours_branch_micro": both["hours_micro_after"],
            "difference_micro": hours,
            "capacity_micro": both["capacity_micro_after"].where(both["capacity_micro_after"] > 0,
                                                                 both["capacity_micro_before"]),
            "overload_base_micro": both["overload_micro_before"],
            "overload_branch_micro": both["overload_micro_after"],
            "change": np.select([over & ~was_over, was_over & ~over], ["newly_overloaded", "no_longer_overloaded"], ""),
        }
    )  # fmt: skip
    differs = (hours != 0) | (frame["overload_base_micro"] != frame["overload_branch_micro"])
    return frame[differs].astype({"change": "str"}).sort_values(keys, kind="stable", ignore_index=True)


def _summary(base: Side, branch: Side, lines: list[pd.DataFrame], cash: list[pd.DataFrame]) -> pd.DataFrame:
    """The two plans in a few numbers."""
    rows = []
    for side, of_lines, money in zip((base, branch), lines, cash, strict=True):
        late = of_lines[of_lines["late"]]
        load = side.plan["load"]
        sums = money.groupby("kind")["amount_micro"].sum()
        rows.append(
            {
                "planned orders": len(side.plan["planned_orders"]) * MICRO,
                "purchase money": int(sums.get("purchase", 0)),
                "subcontract money": int(sums.get("subcontract", 0)),
                "late order lines": len(late) * MICRO,
                "late customers": late["customer"].nunique() * MICRO,
                "hours": int(load["hours_micro"].sum()),
                "overloaded weeks": int((load["overload_micro"] > 0).sum()) * MICRO,
                "exceptions": len(side.plan["exceptions"]) * MICRO,
            }
        )
    before, after = (np.array(list(row.values()), dtype=np.int64) for row in rows)
    return pd.DataFrame({"measure": pd.Series(list(rows[0]), dtype="str"), "base_micro": before, "branch_micro": after,
                         "difference_micro": after - before})  # fmt: skip


def _side_by_side(before: pd.Series, after: pd.Series, keys) -> pd.DataFrame:
    """Two series of whole numbers under one index, 0 where one has nothing."""
    index = before.index.union(after.index)
    both = pd.DataFrame({"before": before.reindex(index, fill_value=0), "after": after.reindex(index, fill_value=0)})
    both.index.names = [keys] if isinstance(keys, str) else keys
    return both.reset_index()
