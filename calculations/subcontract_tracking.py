"""The subcontract tracker: where every order stands, and where every piece of material sent for it is."""

from datetime import date

import numpy as np
import pandas as pd

from calculations.cost_books import subcontract_fees
from calculations.exact import MICRO, minor_unit, multiply_divide
from calculations.product_structure import ProductStructure
from calculations.subcontracting import CLOSED, has_ended, material_balances

ORDER_COLUMNS = [
    "order", "supplier", "item", "status", "ordered_micro", "received_micro", "accepted_micro", "concession_micro",
    "rejected_micro", "sent_back_micro", "resent_micro", "waiting_micro", "open_micro", "due_date", "days_late",
    "fee_micro", "value_micro",
]  # fmt: skip
MATERIAL_COLUMNS = [
    "order", "supplier", "item", "needed_micro", "issued_micro", "consumed_micro", "returned_micro",
    "at_subcontractor_micro", "allowed_loss_micro", "claimable_micro", "to_send_micro", "unit_cost_micro",
    "amount_micro", "claimable_amount_micro",
]  # fmt: skip
NOT_ADDED = ("fee_micro", "unit_cost_micro")


def subcontract_tracking(
    world: dict[str, pd.DataFrame], moves: pd.DataFrame, unit_costs: dict[str, int], as_of: date, policies: dict
) -> dict[str, pd.DataFrame]:
    """Every subcontract order and every material sent for one, with what is late, open, left there and claimable.

    Args:
        world: the document and master tables as imported (quantities before the first fact) and `inspections` as
            posted; `state` in subcontract_orders where there is one.
        moves: order, item, status, kind, quantity_micro of all moves of these orders (`summed_moves`).
        unit_costs: micro-units of money by item, for what lies at the subcontractor.
        policies: resolved policies.
    Returns:
        orders: `ORDER_COLUMNS`; status open, late, delivered or closed, days_late in calendar days, fee of one unit,
        value = fee × ordered; received counts every delivery, of which sent_back went back to be mended, resent came
        again. received = accepted + concession + rejected + waiting, open = ordered − (received − sent_back).
        materials: `MATERIAL_COLUMNS`; allowed_loss is the share of needed that the bill allows to be lost, claimable
        what an ended order left there beyond its need; amounts in minor units, blank where an item has no cost.
    """
    orders = _order_rows(world, moves, as_of, policies)
    components = pd.concat([world["subcontract_order_components"], _needs_by_bill(world, policies)], ignore_index=True)
    documents = world["subcontract_orders"].merge(orders[["order", "received_micro", "sent_back_micro"]], on="order")
    documents = documents.assign(received_quantity_micro=documents["received_micro"] - documents["sent_back_micro"])
    materials = material_balances(documents, components, moves)
    open_ = materials["order"].isin(orders.loc[orders["status"].isin(["open", "late"]), "order"])
    missing = materials["needed_micro"] - (materials["issued_micro"] - materials["returned_micro"])
    materials["to_send_micro"] = missing.clip(lower=0).where(open_, 0)
    materials["allowed_loss_micro"] = _allowed_loss(world, materials, policies)
    materials["unit_cost_micro"] = materials["item"].map(unit_costs).astype("Int64")
    decimals = policies["currency_decimals"]
    materials["amount_micro"] = amounts(materials["at_subcontractor_micro"], materials["unit_cost_micro"], decimals)
    materials["claimable_amount_micro"] = amounts(materials["claimable_micro"], materials["unit_cost_micro"], decimals)
    return {"orders": orders, "materials": materials[MATERIAL_COLUMNS]}


def of_interest(tracker: dict[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """The rows somebody must still do something about: open orders, and ended ones with goods waiting or material out.

    Late orders come first, by due date; their materials follow by supplier, order and item.
    """
    orders, materials = tracker["orders"], tracker["materials"]
    out = materials.loc[materials["at_subcontractor_micro"] != 0, "order"]
    live = orders["status"].isin(["open", "late"]) | (orders["waiting_micro"] != 0) | orders["order"].isin(out)
    return only_orders(tracker, orders.loc[live, "order"])


def only_orders(tracker: dict[str, pd.DataFrame], orders: pd.Series) -> dict[str, pd.DataFrame]:
    """The tracker's rows of these orders."""
    return {
        name: frame[frame["order"].isin(orders)].reset_index(drop=True)
        for name, frame in tracker.items()
    }  # fmt: skip


def tracking_totals(tracker: dict[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """Sums of the rows shown: orders and materials by item and by supplier and item, money by supplier.

    Returns:
        order_items: item, orders, and the sums of quantities and values; material_items: the same of materials;
        order_suppliers, material_suppliers: by supplier and item; suppliers: supplier, orders, late_orders,
        value_micro, amount_micro (material at cost), claimable_amount_micro.
    """
    orders, materials = tracker["orders"], tracker["materials"]
    money = ["amount_micro", "claimable_amount_micro"]
    suppliers = orders.groupby("supplier").agg(
        orders=("order", "nunique"), late_orders=("status", lambda status: int((status == "late").sum())),
        value_micro=("value_micro", "sum"),
    )  # fmt: skip
    owed = materials.groupby("supplier")[money].sum().reindex(suppliers.index, fill_value=0).astype("int64")
    return {
        "order_items": _sums(orders, ["item"]),
        "order_suppliers": _sums(orders, ["supplier", "item"]),
        "material_items": _sums(materials, ["item"]),
        "material_suppliers": _sums(materials, ["supplier", "item"]),
        "suppliers": suppliers.join(owed).astype({"late_orders": "int64", "value_micro": "int64"}).reset_index(),
    }


def _sums(rows: pd.DataFrame, key: list[str]) -> pd.DataFrame:
    summed = [name for name in rows if name.endswith("_micro") and name not in NOT_ADDED]
    groups = rows.groupby(key)
    return groups[summed].sum().assign(orders=groups["order"].nunique()).reset_index()[[*key, "orders", *summed]]


def amounts(quantity: pd.Series, unit_cost: pd.Series, decimals: int) -> pd.Series:
    """Quantity × unit cost in minor units; blank where there is no cost, but nothing is worth nothing."""
    known = unit_cost.notna() | (quantity == 0)
    value = multiply_divide(quantity.to_numpy(dtype=np.int64), unit_cost.fillna(0).to_numpy(dtype=np.int64), MICRO)
    return pd.Series(minor_unit(value, decimals), index=quantity.index).astype("Int64").where(known)


def _order_rows(world: dict, moves: pd.DataFrame, as_of: date, policies: dict) -> pd.DataFrame:
    orders = world["subcontract_orders"].sort_values(["due_date", "order"], kind="stable", ignore_index=True)

    def moved(**where) -> pd.Series:
        rows = moves
        for column, value in where.items():
            rows = rows[rows[column] == value]
        return _by_order(rows, "quantity_micro", orders)

    decided = world["inspections"]
    rows = orders[["order", "supplier", "item", "due_date"]].assign(
        ordered_micro=orders["quantity_micro"],
        received_micro=orders["received_quantity_micro"] + moved(kind="subcontract_receipt"),
        concession_micro=_by_order(decided, "concession_quantity_micro", orders),
        rejected_micro=_by_order(decided, "rejected_quantity_micro", orders),
        sent_back_micro=-moved(kind="supplier_return"),
        waiting_micro=moved(status="inspection"),
        fee_micro=pd.Series(subcontract_fees(world, orders), dtype="int64"),
    )
    rows["accepted_micro"] = (
        rows["received_micro"] - rows["concession_micro"] - rows["rejected_micro"] - rows["waiting_micro"]
    )
    # what came beyond the order can only be what was sent back before
    again = (rows["received_micro"] - rows["ordered_micro"]).clip(lower=0)
    rows["resent_micro"] = again.where(again < rows["sent_back_micro"], rows["sent_back_micro"])
    net = rows["received_micro"] - rows["sent_back_micro"]
    ended = has_ended(orders.assign(received_quantity_micro=net))
    closed = orders["state"].isin(CLOSED) if "state" in orders else ended & False
    rows["open_micro"] = (rows["ordered_micro"] - net).clip(lower=0).where(~ended, 0)
    late = (pd.Timestamp(as_of) - rows["due_date"]).dt.days
    rows["days_late"] = late.where((late > 0) & ~ended, 0).fillna(0).astype("int64")
    rows["status"] = np.select([closed, ended, rows["days_late"] > 0], ["closed", "delivered", "late"], default="open")
    rows["status"] = rows["status"].astype("str")
    value = multiply_divide(rows["ordered_micro"].to_numpy(), rows["fee_micro"].to_numpy(), MICRO)
    rows["value_micro"] = minor_unit(value, policies["currency_decimals"])
    rank = rows["status"].map({"late": 0, "open": 1, "delivered": 2, "closed": 3})
    rows = rows.assign(rank=rank).sort_values(["rank", "due_date", "order"], kind="stable", ignore_index=True)
    return rows[ORDER_COLUMNS]


def _by_order(rows: pd.DataFrame, column: str, orders: pd.DataFrame) -> pd.Series:
    sums = rows.groupby("order")[column].sum().reindex(orders["order"], fill_value=0)
    return pd.Series(sums.to_numpy(dtype=np.int64), index=orders.index)


def _needs_by_bill(world: dict, policies: dict) -> pd.DataFrame:
    """Component rows of orders that have none, by their item's bill in force on the day they are due."""
    orders = world["subcontract_orders"]
    bare = orders[~orders["order"].isin(world["subcontract_order_components"]["order"]) & orders["due_date"].notna()]
    rows = []
    for day, due in bare.groupby("due_date") if len(world["boms"]) else ():
        structure = ProductStructure(world, day.date(), policies)
        places = structure.positions_of(due["item"]).tolist()
        for order, place, quantity in zip(due["order"], places, due["quantity_micro"].tolist(), strict=True):
            bill = structure.bill(place) if place >= 0 else None
            if bill is not None:
                needs = structure.needs(bill, quantity, lambda _: 0, lambda *_: None)
                rows += [(order, structure.codes[part], int(planned), 0) for part, planned in needs]
    dtypes = {"order": "str", "item": "str", "quantity_micro": "int64", "sent_quantity_micro": "int64"}
    return pd.DataFrame(rows, columns=list(dtypes)).astype(dtypes)


def _allowed_loss(world: dict, materials: pd.DataFrame, policies: dict) -> np.ndarray:
    """How much of what each material's row needs may be lost, by the line of the bill in force on the due date.

    need = (need without loss) × (1 + rate), or ÷ (1 − rate) by the policy, + fixed loss.
    """
    documents = world["subcontract_orders"][["order", "item", "due_date"]].rename(columns={"item": "made"})
    boms = world["boms"].rename(columns={"item": "made"})
    rows = materials[["order", "item", "needed_micro"]].reset_index().merge(documents, on="order")
    rows = rows.merge(boms[["bom", "made", "version", "effective_from", "effective_to"]], on="made")
    rows = _in_force_on_due(rows).sort_values(["version", "bom"], ascending=[False, True], kind="stable")
    rows = rows.drop_duplicates("index").drop(columns=["effective_from", "effective_to"])
    lines = world["bom_lines"].rename(columns={"component": "item"})
    rows = _in_force_on_due(rows.merge(lines, on=["bom", "item"])).drop_duplicates("index")
    needed, rate = rows["needed_micro"].to_numpy(np.int64), rows["loss_rate_micro"].to_numpy(np.int64)
    fixed = np.minimum(rows["fixed_loss_micro"].to_numpy(np.int64), needed)
    whole = np.full(len(rows), MICRO) if policies["loss"] == "divide" else MICRO + rate
    loss = np.zeros(len(materials), dtype=np.int64)
    loss[rows["index"].to_numpy(dtype=np.int64)] = multiply_divide(needed - fixed, rate, whole, "down") + fixed
    return loss


def _in_force_on_due(rows: pd.DataFrame) -> pd.DataFrame:
    starts, ends, due = rows["effective_from"], rows["effective_to"], rows["due_date"]
    return rows[(starts.isna() | (starts <= due)) & (ends.isna() | (ends >= due))]
