"""Lot tracing: which lots went into what a customer got, and who has a lot that turned out bad."""

from typing import Literal

from prefect import flow


@flow(name="lot-tracing", flow_run_name="lots of {number}")
def lot_tracing(
    number: str, item: str = "", direction: Literal["both", "backward", "forward"] = "both", by_lot: bool = False
) -> dict:
    """Where did this lot come from, and who has it? On all levels, with suppliers, orders, customers and what is left.

    Told from what was really moved; facts that were undone do not count. Nothing is written.

    Args:
        number: ITEM/LOT, a lot, any order or order/line, or the event of a shipment, receipt, completion or return.
        item: The lot's item, where several items have a lot of this number.
        direction: Backward is what went into it, forward what became of it.
        by_lot: Only what lot numbers say; off also goes on through stock kept without lots, marked possible.
    """
    from tasks.lot_tracing import trace_lots

    answer = trace_lots(number, item, direction, by_lot)
    return {
        "sentences": [row["sentence"] for row in answer["sentences"]],
        **{name: len(rows) for name, rows in answer.items() if name not in ("asked", "sentences")},
    }
