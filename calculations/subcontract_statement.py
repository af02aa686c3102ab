"""The statement of a subcontractor for a period: what of ours he had, got, used up, gave back and has, and his fees."""

import numpy as np
import pandas as pd

from calculations.cost_books import subcontract_fees
from calculations.exact import MICRO, minor_unit, multiply_divide
from calculations.subcontract_tracking import amounts
from calculations.subcontracting import has_ended

MATERIAL_SUMS = ["opening_micro", "sent_micro", "consumed_micro", "returned_micro", "adjusted_micro", "closing_micro",
                 "claimable_micro"]  # fmt: skip
# Which moves of material at him are shown under which heading, and with which sign.
HEADINGS = {"send": ("sent_micro", 1), "consumption": ("consumed_micro", -1), "return_send": ("returned_micro", -1)}
DECIDED = {"accepted_micro": "accepted_quantity_micro", "concession_micro": "concession_quantity_micro",
           "rejected_micro": "rejected_quantity_micro"}  # fmt: skip


def subcontract_statement(
    world: dict[str, pd.DataFrame], moves: pd.DataFrame, unit_costs: dict[str, int], supplier: str, decimals: int
) -> dict[str, pd.DataFrame]:
    """The account of one subcontractor.

    opening + sent − consumed − returned + adjusted = closing, for every row; the closing of a period is the opening of
    the next. What an order held when it came to Kitline was there before every period.

    Args:
        world: subcontract_orders as imported with masters, `inspections` of the period.
        moves: order, item, status, kind, within (whether in the period; else before it), quantity_micro, none later.
        unit_costs: micro-units of money by item. decimals: of the currency's minor unit.
    Returns:
        material_orders: order, item, `MATERIAL_SUMS`, without orders that had nothing and moved nothing; materials: the
        sums by item with unit_cost_micro, closing_amount_micro, claimable_amount_micro. Claimable: left of orders
        delivered in full by the end of the period, or closed since.
        orders: order, item, ordered, received_before (less what went back), received, accepted, concession, rejected,
        sent_back, waiting at the end, open at the end, fee, fee_due = fee × (received − sent_back) in minor units;
        of orders with deliveries or decisions in the period, or anything open or waiting at its end.
    """
    orders = world["subcontract_orders"].sort_values("order", kind="stable")
    orders = orders[orders["supplier"] == supplier].reset_index(drop=True)
    moves = moves[moves["order"].isin(orders["order"])]
    delivered = _deliveries(world, orders, moves, decimals)
    net = delivered["received_before_micro"] + delivered["received_micro"] - delivered["sent_back_micro"]
    ended = orders.loc[has_ended(orders.assign(received_quantity_micro=net)), "order"]
    by_order = _materials(moves[moves["status"] == "at_subcontractor"], ended)
    materials = by_order.groupby("item", as_index=False)[MATERIAL_SUMS].sum()
    costs = materials["item"].map(unit_costs).astype("Int64")
    materials = materials.assign(
        unit_cost_micro=costs,
        closing_amount_micro=amounts(materials["closing_micro"], costs, decimals),
        claimable_amount_micro=amounts(materials["claimable_micro"], costs, decimals),
    )
    active = ["received_micro", "accepted_micro", "concession_micro", "rejected_micro", "sent_back_micro",
              "waiting_micro", "open_micro"]  # fmt: skip
    shown = delivered[(delivered[active] != 0).any(axis=1)].reset_index(drop=True)
    return {"materials": materials, "material_orders": by_order, "orders": shown}


def _materials(there: pd.DataFrame, ended: pd.Series) -> pd.DataFrame:
    key = ["order", "item"]
    inside = there[there["within"]]
    parts = {"opening_micro": there[~there["within"]], "closing_micro": there}
    for kind, (name, _) in HEADINGS.items():
        parts[name] = inside[inside["kind"] == kind]
    parts["adjusted_micro"] = inside[~inside["kind"].isin(HEADINGS)]
    sums = {name: rows.groupby(key)["quantity_micro"].sum() for name, rows in parts.items()}
    frame = pd.DataFrame(sums, index=there.groupby(key).size().index).fillna(0).astype("int64").reset_index()
    for name, sign in HEADINGS.values():
        frame[name] = sign * frame[name]
    left = frame["closing_micro"].clip(lower=0)
    frame["claimable_micro"] = left.where(frame["order"].isin(ended), 0)
    return frame.loc[(frame[MATERIAL_SUMS] != 0).any(axis=1), [*key, *MATERIAL_SUMS]].reset_index(drop=True)


def _deliveries(world: dict, orders: pd.DataFrame, moves: pd.DataFrame, decimals: int) -> pd.DataFrame:
    def summed(rows: pd.DataFrame, column: str = "quantity_micro") -> pd.Series:
        sums = rows.groupby("order")[column].sum().reindex(orders["order"], fill_value=0)
        return pd.Series(sums.to_numpy(dtype=np.int64), index=orders.index)

    came, back = moves[moves["kind"] == "subcontract_receipt"], moves[moves["kind"] == "supplier_return"]
    before, after = ~came["within"], came["within"]
    frame = orders[["order", "item"]].assign(
        ordered_micro=orders["quantity_micro"],
        received_before_micro=orders["received_quantity_micro"] + summed(came[before]) + summed(back[~back["within"]]),
        received_micro=summed(came[after]),
        **{name: summed(world["inspections"], column) for name, column in DECIDED.items()},
        sent_back_micro=-summed(back[back["within"]]),
        waiting_micro=summed(moves[moves["status"] == "inspection"]),
        fee_micro=pd.Series(subcontract_fees(world, orders), dtype="int64"),
    )
    # what needs no inspection is accepted as it comes
    frame["accepted_micro"] += summed(came[after & (came["status"] == "available")])
    charged = frame["received_micro"] - frame["sent_back_micro"]
    ended = has_ended(orders.assign(received_quantity_micro=frame["received_before_micro"] + charged))
    left = frame["ordered_micro"] - frame["received_before_micro"] - charged
    frame["open_micro"] = left.clip(lower=0).where(~ended, 0)
    due = multiply_divide(charged.to_numpy(), frame["fee_micro"].to_numpy(), MICRO)
    frame["fee_due_micro"] = minor_unit(due, decimals)
    return frame
