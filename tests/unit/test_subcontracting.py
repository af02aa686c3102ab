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


def boards(**tables):
    """Ten boards on order at V, needed by the painter P; none in stock."""
    return plant(**{
        "purchases": [("PO-1", 10, "TOP", 10, 30)],
        "subcontracts": [("SC-1", "PAINTED-TOP", 8)],
        "sent": [("SC-1", "TOP", 8)],
        "receipts": [on(5, "R-1", "PO-1", quantity=8, deliver_to="SC-1", lot="L-7")],
        **tables,
    })  # fmt: skip


def test_what_a_vendor_sends_straight_to_the_subcontractor_is_there_and_was_never_ours_to_take():
    world = boards(receipts=[on(5, "R-1", "PO-1", quantity=8, deliver_to="SC-1", lot="L-7"),
                             on(9, "R-2", "SC-1", quantity=3)])  # fmt: skip
    posting = posted(world)
    assert balance(world) == [("8", "3", "0", "5", "0")]
    assert kinds(posting)[:3] == [
        ("receipt", "TOP", "available", "8"), ("send", "TOP", "available", "-8"),
        ("send", "TOP", "at_subcontractor", "8"),
    ]  # fmt: skip
    assert {row["lot"] for row in frame_rows(posting.moves) if row["item"] == "TOP"} == {"L-7"}
    (line,) = frame_rows(posting.world["purchase_order_lines"])
    assert line["received_quantity"] == "8"


def test_a_vendor_may_send_straight_to_a_work_order():
    world = plant(
        purchases=[("PO-1", 10, "LEG", 40)],
        work_orders=[("WO-1", "DESK", 10)],
        components=[("WO-1", "LEG", 40)],
        receipts=[on(5, "R-1", "PO-1", quantity=40, deliver_to="WO-1")],
    )
    assert stock_of(posted(world)) == {("LEG", "in_production"): "40"}


def test_a_delivery_straight_to_an_order_is_undone_at_both():
    undone = {"event": "V-1", "date": "2026-01-07", "table": "receipts", "reversed_event": "R-1", "reason": "wrong"}
    world = boards(reversals=[undone])
    posting = posted(world)
    assert (stock_of(posting), balance(world)) == ({}, [("0", "0", "0", "0", "0")])
    (line,) = frame_rows(posting.world["purchase_order_lines"])
    assert line["received_quantity"] == "0"
    # what was painted meanwhile is named
    used_up = boards(
        receipts=[on(5, "R-1", "PO-1", quantity=8, deliver_to="SC-1"), on(6, "R-2", "SC-1", quantity=3)],
        reversals=[undone],
    )
    assert "5 are left and 3 were" in why(posted(used_up))


@pytest.mark.parametrize(
    ("columns", "tables", "said"),
    [({"deliver_to": "SC-9"}, {}, "there is no open work or subcontract order SC-9"),
     ({"deliver_to": "SC-1", "quantity": 9}, {}, "TOP of SC-1: 8 planned"),
     ({"deliver_to": "SC-1"}, {"items": [item("TOP", inspect="yes")]}, "TOP is inspected before it is used"),
     ({"deliver_to": "SC-1"}, {"sent": [("SC-1", "LEG", 8)]}, "TOP is no component of SC-1")],
)  # fmt: skip
def test_what_cannot_go_straight_to_an_order_is_refused_whole(columns, tables, said):
    posting = posted(boards(receipts=[on(5, "R-1", "PO-1", **{"quantity": 8, **columns})], **tables))
    assert said in why(posting)
    assert stock_of(posting) == {}


# cases of other systems


def test_case_goods_go_back_in_parts_and_never_more_than_came():
    given, expected = (case("subcontract_partial_return_fg")[part] for part in ("given", "expected"))

    def back(*quantities):
        decisions = [
            on(8 + n, f"Q-{n}", "SC-1", stage="subcontract", inspected_quantity=quantity, accepted_quantity=0,
               rejected_quantity=quantity, disposition="return")
            for n, quantity in enumerate(quantities)
        ]  # fmt: skip
        return posted(plant(
            items=[item("PAINTED-TOP", "subcontract", inspect="yes")],
            subcontracts=[("SC-1", "PAINTED-TOP", given["received"])],
            sent=[("SC-1", "TOP", given["received"], given["received"])],
            receipts=[on(7, "R-1", "SC-1", quantity=given["received"])],
            inspections=decisions,
        ))  # fmt: skip

    returned = []
    for count in (1, 2):
        moves = back(*given["returns"][:count]).moves
        returned.append(-moves.loc[moves["kind"] == "supplier_return", "quantity_micro"].sum() // 1_000_000)
    assert returned == expected["returned"]
    assert not back(given["then"]).refused.empty


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
