"""All that a plan counted on: stock, goods in inspection, open orders and planned orders, with what each brings."""

from datetime import date

import pandas as pd

from calculations.item_supply import goods_in_inspection, scheduled_receipts, usable_stock


def plan_supplies(
    world: dict, requirements: pd.DataFrame, planned: pd.DataFrame, as_of: date, policies: dict, new_orders=()
) -> pd.DataFrame:
    """Supplies of a plan, as `pegging_tree.pegging_graph` takes them.

    Args:
        world: items, calendar, stock and the open purchase, work and subcontract orders; those in `new_orders` were
            released from this plan and are still its planned orders here.
        requirements: of the plan; what was on hand follows from an item's first row, whatever has moved since.
        planned: number, item, need_date, receipt_quantity_micro of the plan's orders, firm ones too.
        as_of, policies: of the plan.
    Returns:
        kind, number, line, item, date (missing of stock), quantity_micro > 0.
    """
    receipts = scheduled_receipts({**world, "planned_orders": None})
    receipts = receipts[~receipts["order"].isin(list(new_orders))]
    parts = [
        _on_hand(world, requirements, as_of, policies),
        goods_in_inspection(world, as_of, policies).assign(kind="inspection", order=""),
        receipts,
        planned[["number", "item", "need_date", "receipt_quantity_micro"]]
        .set_axis(["order", "item", "due_date", "quantity_micro"], axis="columns")
        .assign(kind="planned_order"),
    ]
    columns = {"kind": "str", "order": "str", "line": "Int64", "item": "str", "due_date": "datetime64[s]",
               "quantity_micro": "int64"}  # fmt: skip
    parts = [part.reindex(columns=list(columns)).astype(columns) for part in parts]
    supplies = pd.concat(parts, ignore_index=True).rename(columns={"order": "number", "due_date": "date"})
    return supplies[supplies["quantity_micro"] > 0].reset_index(drop=True)


def on_hand_at_plan(requirements: pd.DataFrame) -> pd.Series:
    """What was on hand of each item with a requirement, in micro-units: its first row, calculated backwards."""
    first = requirements.drop_duplicates("item").set_index("item")
    came = first["scheduled_receipts_micro"] + first["planned_receipts_micro"]
    return first["projected_available_micro"] + first["gross_micro"] - came


def _on_hand(world: dict, requirements: pd.DataFrame, as_of: date, policies: dict) -> pd.DataFrame:
    now = usable_stock(world, as_of, policies).groupby("item")["quantity_micro"].sum()
    then = on_hand_at_plan(requirements)
    on_hand = pd.concat([then, now[~now.index.isin(then.index)]])
    return pd.DataFrame({"kind": "stock", "item": on_hand.index, "quantity_micro": on_hand.to_numpy()})
