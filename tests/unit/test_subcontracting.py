import json

import pytest

from calculations.subcontracting import subcontract_balances
from small_plant import MONTH_END, item, kinds, on, plant, posted, stock_of, used, why
from support import frame_rows, shared


def case(name: str) -> dict:
    return next(row for row in json.loads(shared("cases", "erp_behaviour.json").read_text()) if row["id"] == name)


def painting(quantity=10, planned=10, sent_before=0, **facts):
    return plant(
        stock=[{"item": "TOP", "quantity": 500}],
        subcontracts=[("SC-1", "PAINTED-TOP", quantity)],
        sent=[("SC-1", "TOP", planned, sent_before)],
        **facts,
    )


def balance(world, **policies):
    frames = subcontract_balances(world, MONTH_END, policies)
    rows = frame_rows(frames["subcontract_balances"])
    return [
        tuple(row[name] for name in ("issued", "consumed", "returned", "at_subcontractor", "claimable")) for row in rows
    ]


def test_sent_material_is_used_up_by_what_comes_back_and_the_rest_is_at_the_subcontractor():
    world = painting(
        issues=[on(5, "I-1", "SC-1", item="TOP", quantity=10), on(8, "I-2", "SC-1", item="TOP", quantity=-1)],
        receipts=[on(7, "R-1", "SC-1", quantity=6)],
    )
    assert balance(world) == [("10", "6", "1", "3", "0")]
    assert kinds(posted(world)) == [
        ("send", "TOP", "available", "-10"), ("send", "TOP", "at_subcontractor", "10"),
        ("consumption", "TOP", "at_subcontractor", "-6"), ("subcontract_receipt", "PAINTED-TOP", "available", "6"),
        ("return_send", "TOP", "at_subcontractor", "-1"), ("return_send", "TOP", "available", "1"),
    ]  # fmt: skip


def test_use_is_rounded_up_on_the_running_total():
    world = painting(
        quantity=3, planned=10,
        issues=[on(5, "I-1", "SC-1", item="TOP", quantity=10)],
        receipts=[on(day, f"R-{day}", "SC-1", quantity=1) for day in (6, 7, 8)],
    )  # fmt: skip
    assert [quantity for _, _, quantity in used(posted(world))] == ["4", "3", "3"]


def test_what_he_never_had_cannot_come_back_painted():
    world = painting(issues=[on(5, "I-1", "SC-1", item="TOP", quantity=4)], receipts=[on(7, "R-1", "SC-1", quantity=6)])
    assert "uses up 6 of TOP, but P has 4, 2 short; record what was sent to him" in why(posted(world))
    assert balance(world, backflush_shortage="post") == [("4", "6", "0", "-2", "0")]


def test_rejects_that_go_back_open_the_order_again_and_use_nothing_twice():
    world = plant(
        items=[item("PAINTED-TOP", "subcontract", inspect="yes")],
        stock=[{"item": "TOP", "quantity": 10}],
        subcontracts=[("SC-1", "PAINTED-TOP", 10)],
        sent=[("SC-1", "TOP", 10)],
        issues=[on(5, "I-1", "SC-1", item="TOP", quantity=10)],
        receipts=[on(7, "R-1", "SC-1", quantity=10), on(12, "R-2", "SC-1", quantity=3)],
        inspections=[on(8, "Q-1", "SC-1", stage="subcontract", inspected_quantity=10, accepted_quantity=7,
                        rejected_quantity=3, disposition="return", reason="runs")],
    )  # fmt: skip
    posting = posted(world)
    assert stock_of(posting) == {("PAINTED-TOP", "available"): "7", ("PAINTED-TOP", "inspection"): "3"}
    assert used(posting) == [("R-1", "TOP", "10")]
    assert posting.world["subcontract_orders"]["received_quantity_micro"].tolist() == [10_000_000]


def test_what_is_left_when_the_order_is_delivered_can_be_claimed():
    world = painting(
        issues=[on(5, "I-1", "SC-1", item="TOP", quantity=12)], receipts=[on(7, "R-1", "SC-1", quantity=10)]
    )
    assert balance(world, over_issue_percent=20) == [("12", "10", "0", "2", "2")]


def test_over_receipt_from_a_subcontractor_follows_his_percentage():
    world = painting(sent_before=20, receipts=[on(7, "R-1", "SC-1", quantity=11)])
    assert "10 planned, 0 received before, so 11 is 1 too many" in why(posted(world))


# cases of other systems


def test_case_rejects_consume_material_too():
    given, expected = (case("subcontract_rejected_balance")[part] for part in ("given", "expected"))
    delivered = given["accepted"] + given["rejected"]
    world = plant(
        items=[item("PAINTED-TOP", "subcontract", inspect="yes")],
        stock=[{"item": "TOP", "quantity": given["sent"]}],
        subcontracts=[("SC-1", "PAINTED-TOP", delivered)],
        sent=[("SC-1", "TOP", delivered * given["bom_per_unit"])],
        issues=[on(5, "I-1", "SC-1", item="TOP", quantity=given["sent"])],
        receipts=[on(7, "R-1", "SC-1", quantity=delivered)],
        inspections=[on(8, "Q-1", "SC-1", stage="subcontract", inspected_quantity=delivered,
                        accepted_quantity=given["accepted"], rejected_quantity=given["rejected"], disposition="scrap")],
    )  # fmt: skip
    posting = posted(world)
    assert balance(world)[0][3] == str(expected["supplier_balance"])
    assert stock_of(posting) == {("PAINTED-TOP", "available"): str(expected["accepted_wh"])}


def test_case_consumed_by_bill_where_ours_counts_rejects():
    given = case("subcontract_consume_by_bom")["given"]
    # that system consumes 6 for the accepted only; the rejected 4 used up material as well, so ours says 10
    world = painting(sent_before=10, receipts=[on(7, "R-1", "SC-1", quantity=given["accepted"] + given["rejected"])])
    assert balance(world)[0][1] == "10"


def test_case_material_left_over_can_be_returned_and_not_more():
    row = case("subcontract_return_left_over")
    facts = {"receipts": [on(7, "R-1", "SC-1", quantity=row["given"]["consumed"])]}
    back = row["expected"]["return_qty"]
    for quantity, accepted in ((back, True), (back + 1, False)):
        world = painting(
            sent_before=row["given"]["transferred"],
            issues=[on(8, "I-9", "SC-1", item="TOP", quantity=-quantity)],
            **facts,
        )
        assert posted(world).refused.empty is accepted


@pytest.mark.parametrize("decided", [False, True])
def test_case_a_receipt_is_not_usable_before_its_inspection(decided):
    assert case("subcontract_qc_gate")["given"]["inspection_required"]
    world = plant(
        items=[item("PAINTED-TOP", "subcontract", inspect="yes")],
        subcontracts=[("SC-1", "PAINTED-TOP", 5)],
        sales=[("SO-1", 10, "PAINTED-TOP", 5)],
        receipts=[on(7, "R-1", "SC-1", quantity=5)],
        shipments=[on(9, "S-1", "SO-1", line=10, quantity=5)],
        inspections=[on(8, "Q-1", "SC-1", stage="subcontract", inspected_quantity=5, accepted_quantity=5)] * decided,
    )
    assert posted(world).refused.empty is decided


def test_a_subcontract_order_without_component_rows_follows_its_bill():
    world = plant(
        boms=[{"bom": "B", "item": "PAINTED-TOP"}],
        bom_lines=[{"bom": "B", "line": 10, "component": "TOP", "quantity": 1}],
        stock=[{"item": "TOP", "quantity": 50}],
        subcontracts=[("SC-1", "PAINTED-TOP", 10)],
        issues=[on(5, "I-1", "SC-1", item="TOP", quantity=10)],
        receipts=[on(7, "R-1", "SC-1", quantity=6)],
    )
    assert balance(world) == [("10", "6", "0", "4", "0")]
