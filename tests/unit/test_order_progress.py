"""Progress of order lines, derived from facts and pegs."""

from datetime import date

import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from calculations.order_progress import COVER, follow_releases, order_progress

DESK = 1_000_000
BOUGHT = pd.Index(["OAK", "BOLT"])
MONDAY = date(2026, 2, 9)


def lines(*rows):
    frame = pd.DataFrame(
        rows, columns=["order", "line", "quantity", "shipped", "due_date", "promised_date", "last_shipped", "state"]
    )
    for name in ("due_date", "promised_date", "last_shipped"):
        frame[name] = pd.to_datetime(frame[name]).astype("datetime64[s]")
    return frame.assign(
        quantity_micro=frame["quantity"] * DESK, shipped_quantity_micro=frame["shipped"] * DESK, state=frame["state"]
    )


def line(order="SO-1", quantity=10, shipped=0, due="2026-03-02", promised=None, last=None, state="approved"):
    return (order, 10, quantity, shipped, due, promised, last, state)


def pegs(*rows):
    columns = ["supply_kind", "supply", "demand_kind", "demand", "line", "item", "quantity"]
    frame = pd.DataFrame(rows, columns=columns)
    return frame.assign(quantity_micro=frame["quantity"].astype("int64") * DESK, line=frame["line"].astype("Int64"))


NO_PEGS = pegs()


def status(*rows, as_of=MONDAY):
    return order_progress(lines(*rows), NO_PEGS, BOUGHT, as_of)["status"].tolist()


def test_what_covers_a_line_adds_up_to_what_is_open():
    served = pegs(
        ("stock", "MAIN", "sales_order", "SO-1", 10, "DESK", 2),
        ("work_order", "WO-1", "sales_order", "SO-1", 10, "DESK", 3),
        ("planned_order", "PL-1", "sales_order", "SO-1", 10, "DESK", 4),
        ("stock", "MAIN", "sales_order", "SO-2", 10, "DESK", 7),
    )
    (row,) = order_progress(lines(line(shipped=1)), served, BOUGHT, MONDAY).to_dict("records")
    assert row["open_micro"] == 9 * DESK
    covers = ["ready_micro", "making_micro", "suggested_micro", "purchased_micro", "subcontracted_micro"]
    assert [row[name] // DESK for name in covers] == [2, 3, 4, 0, 0]


def test_what_was_shipped_since_the_plan_covers_nothing_any_more():
    served = pegs(
        ("stock", "MAIN", "sales_order", "SO-1", 10, "DESK", 2),
        ("work_order", "WO-1", "sales_order", "SO-1", 10, "DESK", 3),
        ("planned_order", "PL-1", "sales_order", "SO-1", 10, "DESK", 5),
    )
    (row,) = order_progress(lines(line(shipped=4)), served, BOUGHT, MONDAY).to_dict("records")
    assert [row[name] // DESK for name in ("ready_micro", "making_micro", "suggested_micro")] == [0, 1, 5]


@given(
    st.lists(st.tuples(st.sampled_from(list(COVER)), st.integers(1, 9)), max_size=8),
    st.integers(0, 10),
)
def test_covers_are_never_negative_and_never_more_than_what_is_open(supplies, shipped):
    served = pegs(*((kind, "X", "sales_order", "SO-1", 10, "DESK", quantity) for kind, quantity in supplies))
    (row,) = order_progress(lines(line(shipped=shipped)), served, BOUGHT, MONDAY).to_dict("records")
    covers = [row[column] // DESK for column in COVER.values()]
    assert min(covers) >= 0
    assert sum(covers) == min(10 - shipped, sum(quantity for _, quantity in supplies))


def test_a_released_suggestion_is_followed_to_its_document():
    served = pegs(
        ("planned_order", "PL-1", "sales_order", "SO-1", 10, "DESK", 10),
        ("planned_order", "PL-2", "planned_order", "PL-1", None, "OAK", 20),
        ("planned_order", "PL-3", "planned_order", "PL-1", None, "BOLT", 80),
    )
    rows = {"planned_order": ["PL-1", "PL-2"], "order": ["WO-1", "PO-7"], "kind": ["production", "purchase"]}
    followed = follow_releases(served, pd.DataFrame(rows))
    (row,) = order_progress(lines(line()), followed, BOUGHT, MONDAY).to_dict("records")
    assert row["making_micro"] == 10 * DESK
    assert (row["materials"], row["materials_there"], row["materials_ordered"]) == (2, 0, 1)
    assert served["supply"].tolist() == ["PL-1", "PL-2", "PL-3"]


def test_material_is_looked_for_on_all_levels():
    served = pegs(
        ("planned_order", "PL-1", "sales_order", "SO-1", 10, "DESK", 10),
        ("planned_order", "PL-2", "planned_order", "PL-1", None, "TOP", 10),
        ("stock", "MAIN", "planned_order", "PL-1", None, "BOLT", 80),
        ("purchase_order", "PO-7", "planned_order", "PL-2", None, "OAK", 20),
    )
    (row,) = order_progress(lines(line()), served, BOUGHT, MONDAY).to_dict("records")
    assert (row["materials"], row["materials_there"], row["materials_ordered"]) == (2, 1, 2)


def test_a_component_is_as_far_as_the_last_of_its_supplies():
    served = pegs(
        ("work_order", "WO-1", "sales_order", "SO-1", 10, "DESK", 10),
        ("stock", "MAIN", "work_order", "WO-1", None, "OAK", 5),
        ("planned_order", "PL-9", "work_order", "WO-1", None, "OAK", 15),
    )
    (row,) = order_progress(lines(line()), served, BOUGHT, MONDAY).to_dict("records")
    assert (row["materials"], row["materials_there"], row["materials_ordered"]) == (1, 0, 0)


def test_a_merged_work_order_counts_for_each_order_it_serves():
    served = pegs(
        ("work_order", "WO-1", "sales_order", "SO-1", 10, "DESK", 10),
        ("work_order", "WO-1", "sales_order", "SO-2", 10, "DESK", 10),
        ("stock", "MAIN", "work_order", "WO-1", None, "OAK", 40),
    )
    progress = order_progress(lines(line("SO-1"), line("SO-2")), served, BOUGHT, MONDAY)
    assert progress["materials_there"].tolist() == [1, 1]


def test_equal_numbers_of_different_kinds_of_document_are_not_mixed_up():
    served = pegs(
        ("work_order", "7", "sales_order", "SO-1", 10, "DESK", 10),
        ("stock", "MAIN", "planned_order", "7", None, "OAK", 40),
    )
    assert order_progress(lines(line()), served, BOUGHT, MONDAY)["materials"].tolist() == [0]


def test_pegs_in_a_circle_end():
    served = pegs(
        ("work_order", "WO-1", "sales_order", "SO-1", 10, "DESK", 10),
        ("work_order", "WO-2", "work_order", "WO-1", None, "TOP", 10),
        ("work_order", "WO-1", "work_order", "WO-2", None, "DESK", 10),
    )
    assert order_progress(lines(line()), served, BOUGHT, MONDAY)["materials"].tolist() == [0]


def test_each_line_has_the_first_status_that_fits():
    assert status(
        line(shipped=10, due="2026-02-02", last="2026-02-02"),
        line(shipped=10, due="2026-02-02", last="2026-02-03"),
        line(due="2026-02-06"),
        line(due="2026-03-02", promised="2026-03-09"),
        line(due="2026-02-16"),
        line(due="2026-02-17"),
        line(state="submitted"),
        line(state="closed", shipped=4),
    ) == [
        "delivered",
        "delivered late",
        "late",
        "will be late",
        "at risk",
        "on track",
        "to be approved",
        "closed short",
    ]


def test_a_line_that_is_ready_is_not_at_risk():
    served = pegs(("stock", "MAIN", "sales_order", "SO-1", 10, "DESK", 10))
    assert order_progress(lines(line(due="2026-02-10")), served, BOUGHT, MONDAY)["status"].tolist() == ["on track"]


def test_no_lines_and_no_pegs_are_no_progress():
    assert order_progress(lines(line()).head(0), NO_PEGS, BOUGHT, MONDAY).empty
    assert order_progress(lines(line()), NO_PEGS, pd.Index([]), MONDAY)["materials"].tolist() == [0]


def test_the_order_of_rows_does_not_matter():
    served = pegs(
        ("planned_order", "PL-1", "sales_order", "SO-1", 10, "DESK", 10),
        ("stock", "MAIN", "planned_order", "PL-1", None, "BOLT", 80),
        ("purchase_order", "PO-7", "planned_order", "PL-1", None, "OAK", 20),
    )
    forward = order_progress(lines(line()), served, BOUGHT, MONDAY)
    backward = order_progress(lines(line()), served.iloc[::-1].reset_index(drop=True), BOUGHT, MONDAY)
    assert np.array_equal(forward.filter(like="materials"), backward.filter(like="materials"))
