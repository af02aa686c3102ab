"""Material at subcontractors: sent, used up by what came back, returned, and what is left there."""

from datetime import date

import pandas as pd

from calculations.backflush import needed
from calculations.exact import micro_text
from calculations.policies import resolve
from calculations.posting_documents import ProductionOrder
from calculations.stock_ledger import MAIN, Cause, Refused, typed

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
    return {"subcontract_balances": balances_after(posting.world, posting.moves), "refused": posting.refused}


def balances_after(world: dict[str, pd.DataFrame], moves: pd.DataFrame) -> pd.DataFrame:
    """The balances of a world after its facts; `moves` tells what was returned (all the moves there are).

    What was sent before the first fact counts as issued, and as used up as far as the deliveries before it needed.
    """
    orders = world["subcontract_orders"].set_index("order")
    held = world["order_stock"]
    held = held[held["status"] == "at_subcontractor"].groupby(["order", "item"])["quantity_micro"].sum()
    came_back = moves[(moves["kind"] == "return_send") & (moves["status"] == "at_subcontractor")]
    came_back = -came_back.groupby(["order", "item"])["quantity_micro"].sum()
    rows = []
    parts = world["subcontract_order_components"].sort_values(["order", "item"], kind="stable")
    listed = zip(parts["order"].tolist(), parts["item"].tolist(), parts["sent_quantity_micro"].tolist(), strict=True)
    for order, item, sent in listed:
        if order not in orders.index:
            continue
        left, returned = int(held.get((order, item), 0)), int(came_back.get((order, item), 0))
        document = orders.loc[order]
        done = document["received_quantity_micro"] >= document["quantity_micro"]
        rows.append(
            (order, document["supplier"], item, sent + returned, sent - left, returned, left, left if done else 0)
        )
    return typed(rows, BALANCE_DTYPES)
