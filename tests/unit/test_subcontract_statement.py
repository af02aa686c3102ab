"""A subcontractor's statement: an account whose closing is the next opening, wherever it is cut."""

from datetime import date, timedelta

import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st
from test_subcontract_tracking import months, painted, world_of_months

from calculations.subcontract_statement import subcontract_statement
from small_plant import item, on, plant, posted
from support import examples, frame_rows

FIRST, LAST = date(2026, 1, 1), date(2026, 1, 31)


def stated(world, since=FIRST, until=LAST, unit_costs=None, supplier="P", posting=None):
    """The statement of the world's facts, its moves summed by period as the database does."""
    posting = posting or posted(world)
    moves = posting.world["stock_moves"]
    days = moves["date"]
    opening = moves["kind"] == "opening"
    within = ~opening & (days >= pd.Timestamp(since)) & (days <= pd.Timestamp(until))
    moves = moves.assign(within=within)[opening | (days <= pd.Timestamp(until))]
    decided = posting.world["inspections"]
    inside = (decided["date"] >= pd.Timestamp(since)) & (decided["date"] <= pd.Timestamp(until))
    return subcontract_statement(world | {"inspections": decided[inside]}, moves, unit_costs or {}, supplier, 2)


def test_a_month_by_material_and_by_order():
    statement = stated(
        painted(
            sent=[("SC-1", "TOP", 12, 2)],
            issues=[on(5, "I-1", "SC-1", item="TOP", quantity=10), on(20, "I-2", "SC-1", item="TOP", quantity=-1)],
            receipts=[on(7, "R-1", "SC-1", quantity=8)],
            inspections=[on(8, "Q-1", "SC-1", stage="subcontract", inspected_quantity=6, accepted_quantity=3,
                            concession_quantity=1, rejected_quantity=2, disposition="return")],
        ),
        unit_costs={"TOP": 20_000_000},
    )  # fmt: skip
    (tops,) = frame_rows(statement["materials"])
    # 8 delivered need 9.6, which is 10 whole tops
    assert (tops["opening"], tops["sent"], tops["consumed"], tops["returned"], tops["closing"]) == (
        "2", "10", "10", "1", "1",
    )  # fmt: skip
    assert (tops["closing_amount"], tops["claimable"]) == ("20", "0")
    (order,) = frame_rows(statement["orders"])
    assert (order["received"], order["accepted"], order["concession"], order["rejected"]) == ("8", "3", "1", "2")
    # 8 came, 2 went back: 6 at 5 each; 2 of the 8 wait, 4 are to come
    assert (order["fee_due"], order["waiting"], order["open"]) == ("30", "2", "4")


def test_goods_that_need_no_inspection_are_accepted_as_they_come():
    world = plant(
        stock=[{"item": "TOP", "quantity": 10}],
        subcontracts=[("SC-1", "PAINTED-TOP", 10)],
        sent=[("SC-1", "TOP", 10)],
        issues=[on(5, "I-1", "SC-1", item="TOP", quantity=10)],
        receipts=[on(7, "R-1", "SC-1", quantity=4), on(9, "R-2", "SC-1", quantity=6)],
    )
    (order,) = frame_rows(stated(world, since=date(2026, 1, 8))["orders"])
    assert (order["received_before"], order["received"], order["accepted"], order["fee_due"]) == ("4", "6", "6", "30")


def test_what_an_order_left_there_is_claimed_once_it_is_delivered_and_not_before():
    world = plant(
        items=[item("TOP", standard_cost=20)],
        stock=[{"item": "TOP", "quantity": 12}],
        subcontracts=[("SC-1", "PAINTED-TOP", 10)],
        sent=[("SC-1", "TOP", 10, 12)],
        receipts=[on(7, "R-1", "SC-1", quantity=4), on(20, "R-2", "SC-1", quantity=6)],
    )
    costs = {"TOP": 20_000_000}
    claims = [
        frame_rows(stated(world, until=date(2026, 1, day), unit_costs=costs)["materials"])[0]["claimable_amount"]
        for day in (19, 20)
    ]
    assert claims == ["0", "40"]


def test_another_subcontractors_account_is_not_touched():
    world = painted(issues=[on(5, "I-1", "SC-1", item="TOP", quantity=5)])
    assert all(frame.empty for frame in stated(world, supplier="V").values())


KEY = ["order", "item"]


@examples(60)
@given(months(), st.integers(0, 31), st.integers(0, 31))
def test_the_closing_of_one_period_is_the_opening_of_the_next_wherever_it_is_cut(facts, one, other):
    world = world_of_months(facts)
    posting = posted(world)
    cuts = sorted({0, one, other, 31})
    periods = [(FIRST + timedelta(before), FIRST + timedelta(after - 1))
               for before, after in zip(cuts, cuts[1:], strict=False)]  # fmt: skip
    statements = [stated(world, *period, posting=posting) for period in periods]
    whole = stated(world, posting=posting)
    for statement in statements:
        for name in ("materials", "material_orders"):
            rows = statement[name]
            account = rows.eval("opening_micro + sent_micro - consumed_micro - returned_micro + adjusted_micro")
            assert (account == rows["closing_micro"]).all()
    for before, after in zip(statements, statements[1:], strict=False):
        closing = before["material_orders"].set_index(KEY)["closing_micro"]
        opening = after["material_orders"].set_index(KEY)["opening_micro"]
        assert (closing[closing != 0].sort_index()).equals(opening[opening != 0].sort_index().rename("closing_micro"))
    # periods add up to the whole: material, deliveries and money
    for table, names in (
        ("materials", ["sent_micro", "consumed_micro", "returned_micro"]),
        ("orders", ["received_micro", "accepted_micro", "rejected_micro", "sent_back_micro", "fee_due_micro"]),
    ):
        parts = np.sum([statement[table][names].sum() for statement in statements], axis=0)
        assert parts.tolist() == whole[table][names].sum().tolist(), table
