"""Reservations: supply and capacity that a promise holds until the order comes, it lapses, or somebody gives it up.

A reservation is demand like an order line: for planning, for kitting and for the next promise. It stands under its own
number with the day that was promised, one line for each part of the promise.
"""

from datetime import date

import numpy as np
import pandas as pd


def with_reservations(world: dict[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """The world with its reservations among the sales order lines; one without any stays as it is.

    Args:
        world: `promise_reservations` holds those in force: reservation, part, customer, item, quantity_micro,
            promised_date, priority.
    """
    held = world.get("promise_reservations")
    if held is None or held.empty:
        return world
    first = held.drop_duplicates("reservation")
    orders = pd.DataFrame({
        "order": first["reservation"], "customer": first["customer"], "order_date": first["promised_date"],
        "priority": first["priority"].astype("Int64"),
    })  # fmt: skip
    lines = pd.DataFrame({
        "order": held["reservation"], "line": held["part"], "item": held["item"],
        "quantity_micro": held["quantity_micro"], "due_date": held["promised_date"],
        "shipped_quantity_micro": np.zeros(len(held), dtype=np.int64),
    })  # fmt: skip
    return {
        **world,
        "sales_orders": _appended(world["sales_orders"], orders),
        "sales_order_lines": _appended(world["sales_order_lines"], lines),
    }


def in_force(reservations: pd.DataFrame, as_of: date) -> pd.DataFrame:
    """Reservations that still hold their supply on the day: neither given up nor consumed nor past their last day."""
    valid = reservations["valid_until"] >= pd.Timestamp(as_of)
    return reservations[valid & (reservations["state"] == "held")].reset_index(drop=True)


def _appended(frame: pd.DataFrame, rows: pd.DataFrame) -> pd.DataFrame:
    """The frame with further rows; columns they do not have are blank, and every column keeps its type."""
    blank = {name: "" for name, dtype in frame.dtypes.items() if name not in rows and _is_text(dtype)}
    rows = rows.reset_index(drop=True).assign(**blank).reindex(columns=frame.columns)
    rows = rows.astype(frame.dtypes.to_dict())
    return pd.concat([frame, rows], ignore_index=True)


def _is_text(dtype) -> bool:
    return pd.api.types.is_string_dtype(dtype)
