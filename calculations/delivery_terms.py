"""Which sales orders are delivered complete or not at all: the order says so, else its customer, else the policy."""

from collections.abc import Iterable

import numpy as np
import pandas as pd


def delivered_complete(orders: pd.DataFrame, customers: pd.DataFrame, policies: dict) -> np.ndarray:
    """Whether each order is delivered only when all of it is there.

    Args:
        orders: customer, and where an order may say otherwise than its customer delivery (partial | complete | "").
        customers: customer, delivery. policies: resolved; `delivery` is for customers who say nothing.
    """
    of_customer = pd.Series(customers["delivery"].to_numpy(), index=customers["customer"])
    terms = orders["customer"].map(of_customer).astype("str").fillna("")
    if "delivery" in orders:
        terms = orders["delivery"].where(orders["delivery"] != "", terms)
    return (terms.where(terms != "", policies["delivery"]) == "complete").to_numpy(dtype=bool)


def lines_delivered_complete(
    of: pd.Series, orders: pd.DataFrame, customers: pd.DataFrame, policies: dict
) -> np.ndarray:
    """Whether each order number, one for each line, is of an order that is delivered complete.

    An order without a header is delivered as the policy says.
    """
    place = pd.Index(orders["order"]).get_indexer(of)
    known = np.append(delivered_complete(orders, customers, policies), policies["delivery"] == "complete")
    return known[place]


def served_together(orders: Iterable[str], complete: Iterable[bool]) -> list[list[int]]:
    """Places of lines in the order in which they are served, those of a complete order at the place of its first.

    >>> served_together(["A", "B", "A", "B"], [True, False, True, False])
    [[0, 2], [1], [3]]
    """
    groups: dict[tuple, list[int]] = {}
    for place, (order, whole) in enumerate(zip(orders, complete, strict=True)):
        groups.setdefault((order, None if whole else place), []).append(place)
    return list(groups.values())
