"""Material at subcontractors: sent, used up by what came back, returned, and what is left there."""

from datetime import date

import pandas as pd

from calculations.backflush import needed
from calculations.exact import micro_text
from calculations.policies import resolve
from calculations.posting_documents import ProductionOrder
from calculations.stock_ledger import MAIN, Cause, Refused

# An order in one of these states brings nothing more, whatever came.
CLOSED = ("closed", "cancelled", "rejected")
BALANCE_DTYPES = {
    "order": "str",
    "supplier": "str",
    "item": "str",
    "issued_micro": "int64",
    "consumed_micro": "int64",
    "returned_micro": "int64",
    "at_subcontractor_micro": "int64",
    "claimable_micro": "int64",
}


def use_up_at_subcontractor(engine, cause: Cause, order: ProductionOrder, received: int) -> tuple[list, list]:
    """Take what `received` more units needed out of the subcontractor's hands.

    Need per unit × (accepted + rejected) on the order's running total, rounded up, less what was used up before: units
    sent back to be mended and delivered again use nothing twice.

    Returns:
        consumptions (item, quantity > 0) and shortages (item, quantity short), in micro-units.
    Raises:
        Refused: he never had that much, unless the policy posts the shortage.
    """
    ledger, consumptions, shortages = engine.ledger, [], []
    for item, component in sorted(order.components.items()):
        held = ledger.held_quantity("at_subcontractor", order.number, item)
        total = needed(component.planned, order.good + received, order.quantity, engine.steps.get(item, 1))
        need = total - (component.issued - held)
        if need <= 0:
            continue
        if held < need and not engine.post_shortage:
            raise Refused(
                "quantity", micro_text(received),
                f"delivering {micro_text(received)} on {order.number} uses up {micro_text(need)} of {item}, but "
                f"{order.supplier} has {micro_text(held)}, {micro_text(need - held)} short; "
                "record what was sent to him",
                may_wait=True,
                item=item,
            )  # fmt: skip
        used = min(need, max(held, 0))
        if used:
            ledger.release(cause, "at_subcontractor", item, used)
        if used < need:
            ledger.move(cause, item, MAIN, "", "at_subcontractor", used - need)
            shortages.append((item, need - used))
        consumptions.append((item, need))
    return consumptions, shortages


def subcontract_balances(
    world: dict[str, pd.DataFrame], as_of: date, policies: dict | None = None
) -> dict[str, pd.DataFrame]:
    """What was sent, used up, returned and is left of each material, by subcontract order, after the world's facts.

    issued − consumed − returned = at the subcontractor. What is left once the whole order was delivered is more loss
    than the need per unit allows for; until it is sent back it can be claimed from him.

    Returns:
        subcontract_balances: order, supplier, item, issued_micro, consumed_micro, returned_micro,
        at_subcontractor_micro, claimable_micro, sorted by order and item; refused: table, row, column, value, message.
    """
    from calculations.fact_posting import post_facts

    posting = post_facts(world, resolve(policies, as_of), as_of)
    after, moves = posting.world["subcontract_orders"], summed_moves(posting.world["stock_moves"])
    rows = material_balances(after, world["subcontract_order_components"], moves)
    return {"subcontract_balances": rows[list(BALANCE_DTYPES)], "refused": posting.refused}


def summed_moves(moves: pd.DataFrame) -> pd.DataFrame:
    """Moves summed by order, item, status and kind, as `material_balances` takes them."""
    key = ["order", "item", "status", "kind"]
    return moves.groupby(key, as_index=False)["quantity_micro"].sum()


def material_balances(orders: pd.DataFrame, components: pd.DataFrame, moves: pd.DataFrame) -> pd.DataFrame:
    """What was sent, used up, returned and is left of each material, by subcontract order.

    issued − consumed − returned = at the subcontractor, for every row. What was sent before the first fact counts as
    issued, and as used up as far as the deliveries before it needed. What an adjustment took away counts as used up.

    Args:
        orders: order, supplier, quantity_micro, received_quantity_micro as it stands now; `state` where there is one.
        components: order, item, quantity_micro, sent_quantity_micro before the first fact.
        moves: order, item, status, kind, quantity_micro: all there are, openings too.
    Returns:
        the columns of `BALANCE_DTYPES` and needed_micro, sorted by order and item. Claimable is what is left there of
        an order that was delivered, or closed before it was.
    """
    key = ["order", "item"]
    there = moves[(moves["status"] == "at_subcontractor") & moves["order"].isin(orders["order"])]
    listed = components[components["order"].isin(orders["order"])]
    rows = pd.concat([listed[key], there[key]]).drop_duplicates().sort_values(key, kind="stable", ignore_index=True)
    place = pd.MultiIndex.from_frame(rows)

    def of(frame: pd.DataFrame, column: str = "quantity_micro") -> pd.Series:
        sums = frame.groupby(key)[column].sum()
        return pd.Series(sums.reindex(place, fill_value=0).to_numpy(dtype="int64"), index=rows.index)

    rows["needed_micro"] = of(listed)
    rows["issued_micro"] = of(listed, "sent_quantity_micro") + of(there[there["kind"] == "send"])
    rows["returned_micro"] = -of(there[there["kind"] == "return_send"])
    rows["at_subcontractor_micro"] = of(there)
    rows["consumed_micro"] = rows["issued_micro"] - rows["returned_micro"] - rows["at_subcontractor_micro"]
    rows = rows.merge(orders[["order", "supplier"]].assign(ended=has_ended(orders)), on="order", how="left")
    rows["claimable_micro"] = rows["at_subcontractor_micro"].clip(lower=0).where(rows["ended"], 0)
    return rows[[*BALANCE_DTYPES, "needed_micro"]].astype({**BALANCE_DTYPES, "needed_micro": "int64"})


def has_ended(orders: pd.DataFrame) -> pd.Series:
    """Whether each subcontract order brings nothing more: delivered in full, or closed before it was."""
    delivered = orders["received_quantity_micro"] >= orders["quantity_micro"]
    return delivered | orders["state"].isin(CLOSED) if "state" in orders else delivered
