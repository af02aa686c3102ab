"""The subcontract tracker: rows that explain themselves, totals that are the sums of the rows shown."""

import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from calculations.policies import resolve
from calculations.subcontract_tracking import of_interest, only_orders, subcontract_tracking, tracking_totals
from calculations.subcontracting import subcontract_balances, summed_moves
from small_plant import MONTH_END, item, on, plant, posted
from support import examples, frame_rows


def tracked(world, unit_costs=None, as_of=MONTH_END, **policies):
    posting = posted(world, as_of, **policies)
    assert posting.refused.empty, posting.refused.to_string()
    facts = {"inspections": posting.world["inspections"]}
    moves = summed_moves(posting.world["stock_moves"])
    return subcontract_tracking(world | facts, moves, unit_costs or {}, as_of, resolve(policies, as_of))


def row(frame: pd.DataFrame, order: str, **where) -> dict:
    (found,) = [
        row for row in frame_rows(frame) if row["order"] == order and all(row[key] == where[key] for key in where)
    ]
    return found


def painted(**tables):
    """Ten tops painted for 5 each, due on the 20th; needs ten raw tops and two for loss."""
    return plant(
        **{
            "items": [item("PAINTED-TOP", "subcontract", inspect="yes")],
            "boms": [{"bom": "B", "item": "PAINTED-TOP"}],
            "bom_lines": [{"bom": "B", "line": 10, "component": "TOP", "quantity": 1, "loss_rate": "0.2"}],
            "stock": [{"item": "TOP", "quantity": 100}],
            "subcontracts": [("SC-1", "PAINTED-TOP", 10)],
            "sent": [("SC-1", "TOP", 12)],
            **tables,
        }
    )


def test_every_quantity_of_an_order_has_its_column():
    tracker = tracked(
        painted(
            issues=[on(5, "I-1", "SC-1", item="TOP", quantity=12)],
            receipts=[on(7, "R-1", "SC-1", quantity=8), on(9, "R-2", "SC-1", quantity=1)],
            inspections=[on(8, "Q-1", "SC-1", stage="subcontract", inspected_quantity=8, accepted_quantity=4,
                            concession_quantity=1, rejected_quantity=3, disposition="return")],
        )
    )  # fmt: skip
    order = row(tracker["orders"], "SC-1")
    assert (order["ordered"], order["received"], order["sent_back"], order["resent"]) == ("10", "9", "3", "0")
    assert (order["accepted"], order["concession"], order["rejected"], order["waiting"]) == ("4", "1", "3", "1")
    # 10 ordered, 9 came, 3 of them went back
    assert (order["open"], order["status"], order["days_late"]) == ("4", "late", 11)
    assert (order["fee"], order["value"]) == ("5", "50")


def test_goods_that_were_rejected_and_came_again_are_counted_as_such_and_use_nothing_twice():
    world = painted(
        issues=[on(5, "I-1", "SC-1", item="TOP", quantity=12)],
        receipts=[on(7, "R-1", "SC-1", quantity=10), on(12, "R-2", "SC-1", quantity=3)],
        inspections=[on(8, "Q-1", "SC-1", stage="subcontract", inspected_quantity=10, accepted_quantity=7,
                        rejected_quantity=3, disposition="return")],
    )  # fmt: skip
    tracker = tracked(world)
    order = row(tracker["orders"], "SC-1")
    assert (order["received"], order["rejected"], order["resent"], order["waiting"]) == ("13", "3", "3", "3")
    assert (order["open"], order["status"]) == ("0", "delivered")
    assert row(tracker["materials"], "SC-1")["consumed"] == "12"


def test_a_rejection_opens_a_delivered_order_again():
    tracker = tracked(
        painted(
            issues=[on(5, "I-1", "SC-1", item="TOP", quantity=12)],
            receipts=[on(7, "R-1", "SC-1", quantity=10)],
            inspections=[on(8, "Q-1", "SC-1", stage="subcontract", inspected_quantity=10, accepted_quantity=7,
                            rejected_quantity=3, disposition="return")],
        )
    )  # fmt: skip
    assert (row(tracker["orders"], "SC-1")["open"], row(tracker["orders"], "SC-1")["status"]) == ("3", "late")


def test_scrap_at_our_expense_does_not_open_the_order_again():
    tracker = tracked(
        painted(
            issues=[on(5, "I-1", "SC-1", item="TOP", quantity=12)],
            receipts=[on(7, "R-1", "SC-1", quantity=10)],
            inspections=[on(8, "Q-1", "SC-1", stage="subcontract", inspected_quantity=10, accepted_quantity=7,
                            rejected_quantity=3, disposition="scrap")],
        )
    )  # fmt: skip
    order = row(tracker["orders"], "SC-1")
    assert (order["rejected"], order["sent_back"], order["open"], order["status"]) == ("3", "0", "0", "delivered")


def test_material_that_is_still_to_be_sent_is_what_was_not_sent_yet():
    tracker = tracked(
        painted(
            issues=[on(5, "I-1", "SC-1", item="TOP", quantity=7), on(6, "I-2", "SC-1", item="TOP", quantity=-2)],
            receipts=[on(7, "R-1", "SC-1", quantity=2)],
        ),
        {"TOP": 20_000_000},
    )
    tops = row(tracker["materials"], "SC-1")
    assert (tops["needed"], tops["issued"], tops["returned"], tops["to_send"]) == ("12", "7", "2", "7")
    # two delivered need 2.4, which is 3 whole tops; 2 of the 12 are the loss that the bill allows: 12 × 0.2 ÷ 1.2
    assert (tops["consumed"], tops["at_subcontractor"], tops["allowed_loss"]) == ("3", "2", "2")
    assert (tops["amount"], tops["claimable"], tops["claimable_amount"]) == ("40", "0", "0")


def test_what_an_ended_order_left_there_can_be_claimed_in_pieces_and_money():
    world = painted(
        subcontracts=[("SC-1", "PAINTED-TOP", 10), ("SC-2", "PAINTED-TOP", 10)],
        sent=[("SC-1", "TOP", 12), ("SC-2", "TOP", 12)],
        issues=[on(5, "I-1", "SC-1", item="TOP", quantity=15), on(5, "I-2", "SC-2", item="TOP", quantity=12)],
        receipts=[on(7, "R-1", "SC-1", quantity=10), on(7, "R-2", "SC-2", quantity=10)],
        inspections=[on(8, f"Q-{n}", f"SC-{n}", stage="subcontract", inspected_quantity=10, accepted_quantity=10)
                     for n in (1, 2)],
    )  # fmt: skip
    tracker = tracked(world, {"TOP": 20_000_000}, over_issue_percent=25)
    tops = row(tracker["materials"], "SC-1")
    assert (tops["at_subcontractor"], tops["claimable"], tops["claimable_amount"]) == ("3", "3", "60")
    assert row(tracker["orders"], "SC-1")["status"] == "delivered"
    # SC-2 has nothing left there, so nobody needs to look at it
    assert of_interest(tracker)["orders"]["order"].tolist() == ["SC-1"]


def test_without_a_cost_the_amount_is_blank_and_not_nothing():
    tracker = tracked(painted(issues=[on(5, "I-1", "SC-1", item="TOP", quantity=7)]))
    assert row(tracker["materials"], "SC-1")["amount"] is None


def test_an_order_without_component_rows_needs_what_its_bill_says():
    tracker = tracked(painted(sent=[], issues=[on(5, "I-1", "SC-1", item="TOP", quantity=5)]))
    tops = row(tracker["materials"], "SC-1")
    assert (tops["needed"], tops["issued"], tops["at_subcontractor"], tops["to_send"]) == ("12", "5", "5", "7")


def test_material_sent_before_the_first_fact_counts_as_used_up_as_far_as_the_deliveries_before_it_needed():
    world = painted(sent=[("SC-1", "TOP", 12, 12)])
    world["subcontract_orders"]["received_quantity_micro"] = 5_000_000
    tops = row(tracked(world)["materials"], "SC-1")
    assert (tops["issued"], tops["consumed"], tops["at_subcontractor"]) == ("12", "6", "6")


def test_the_scenario_run_says_the_same_as_the_tracker():
    world = painted(issues=[on(5, "I-1", "SC-1", item="TOP", quantity=9)], receipts=[on(7, "R-1", "SC-1", quantity=6)])
    balances = subcontract_balances(world, MONTH_END)["subcontract_balances"]
    names = list(balances.columns)
    pd.testing.assert_frame_equal(tracked(world)["materials"][names], balances)


def test_an_order_without_a_fee_takes_the_suppliers_price():
    world = painted(
        supplier_items=[{"supplier": "P", "item": "PAINTED-TOP", "price": 6}],
    )
    world["subcontract_orders"]["fee_micro"] = pd.array([None], dtype="Int64")
    assert row(tracked(world)["orders"], "SC-1")["value"] == "60"


@st.composite
def months(draw):
    """Facts of two orders of one item and one of another at two subcontractors; some are refused, which is fine."""
    facts = {"issues": [], "receipts": [], "inspections": []}
    for n in range(draw(st.integers(1, 14))):
        order, day = draw(st.sampled_from(["SC-1", "SC-2", "SC-3"])), draw(st.integers(1, 30))
        quantity = draw(st.integers(1, 8))
        kind = draw(st.sampled_from(["issues", "issues", "issues", "receipts", "receipts", "inspections"]))
        if kind == "issues":
            signed = quantity * draw(st.sampled_from([2, 2, -1]))
            facts[kind].append(on(day, f"I-{n}", order, item="TOP", quantity=signed))
        elif kind == "receipts":
            facts[kind].append(on(day, f"R-{n}", order, quantity=quantity))
        else:
            rejected = draw(st.integers(0, quantity))
            facts[kind].append(
                on(day, f"Q-{n}", order, stage="subcontract", inspected_quantity=quantity,
                   accepted_quantity=quantity - rejected, rejected_quantity=rejected,
                   disposition=draw(st.sampled_from(["return", "scrap"])) if rejected else "")
            )  # fmt: skip
    return facts


def world_of_months(facts):
    return painted(
        subcontracts=[("SC-1", "PAINTED-TOP", 10), ("SC-2", "PAINTED-TOP", 20), ("SC-3", "PAINTED-TOP", 7)],
        sent=[("SC-1", "TOP", 12), ("SC-2", "TOP", 24, 3), ("SC-3", "TOP", 9)],
        **facts,
    )


@examples(60)
@given(months())
def test_nothing_is_lost_whatever_happens(facts):
    world = world_of_months(facts)
    posting = posted(world)
    moves = posting.world["stock_moves"]
    decided = {"inspections": posting.world["inspections"]}
    tracker = subcontract_tracking(world | decided, summed_moves(moves), {"TOP": 1}, MONTH_END, resolve({}, MONTH_END))
    orders, materials = tracker["orders"], tracker["materials"]
    parts = orders["accepted_micro"] + orders["concession_micro"] + orders["rejected_micro"] + orders["waiting_micro"]
    assert (orders["received_micro"] == parts).all()
    assert (orders[["accepted_micro", "waiting_micro", "open_micro", "resent_micro"]] >= 0).all(axis=None)
    left = materials["issued_micro"] - materials["consumed_micro"] - materials["returned_micro"]
    assert (left == materials["at_subcontractor_micro"]).all()
    # the stock the plant sees at subcontractors is the sum of the rows
    there = moves.loc[moves["status"] == "at_subcontractor", "quantity_micro"].sum()
    assert materials["at_subcontractor_micro"].sum() == there
    # what the engine itself counts as received and used up
    after = posting.world["subcontract_orders"].set_index("order")["received_quantity_micro"]
    net = orders.set_index("order").eval("received_micro - sent_back_micro")
    assert (net == after[net.index]).all()
    used = posting.consumptions["quantity_micro"].sum()
    assert materials["consumed_micro"].sum() == used


@examples(30)
@given(months(), st.sets(st.sampled_from(["SC-1", "SC-2", "SC-3"]), min_size=1))
def test_totals_are_the_sums_of_the_rows_shown(facts, shown):
    world = world_of_months(facts)
    posting = posted(world)
    decided = {"inspections": posting.world["inspections"]}
    moves = summed_moves(posting.world["stock_moves"])
    tracker = only_orders(
        subcontract_tracking(world | decided, moves, {"TOP": 2_000_000}, MONTH_END, resolve({}, MONTH_END)),
        pd.Series(sorted(shown)),
    )
    totals = tracking_totals(tracker)
    for by, rows in (("order", "orders"), ("material", "materials")):
        for level in ("items", "suppliers"):
            total = totals[f"{by}_{level}"]
            for name in total.columns[total.columns.str.endswith("_micro")]:
                assert total[name].sum() == tracker[rows][name].sum(), (by, level, name)
    assert totals["suppliers"]["claimable_amount_micro"].sum() == tracker["materials"]["claimable_amount_micro"].sum()
