"""Lots of oak that became tops, were painted outside, went into desks and to two customers; on real databases."""

import json
from datetime import date

import pytest
from sqlalchemy import event

from small_plant import on
from stage_database import import_rows, stored_rows
from tasks.fact_posting import post_waiting_facts
from tasks.lot_tracing import UnknownLot, lots_now
from tasks.quality_inspection import decide_inspections

DAY = date(2026, 1, 31)


def item(code: str, sourcing: str, **columns) -> dict:
    return {"item": code, "name": code, "unit": "EA", "sourcing": sourcing, "lot_tracked": "yes", **columns}


PLANT = {
    "customers": [{"customer": "ALPINA", "name": "Alpina Office"}, {"customer": "NORD", "name": "Nord"}],
    "suppliers": [
        {"supplier": "WOOD", "name": "Wood & Sons"},
        {"supplier": "BIRK", "name": "Birk"},
        {"supplier": "PAINT", "name": "Painter"},
    ],
    "items": [
        item("OAK", "buy"), item("LEG", "buy"), item("TOP", "make"), item("PAINTED", "subcontract"),
        item("DESK", "make"), item("SCREW", "buy", lot_tracked="no"),
    ],
    "stock": [{"item": "LEG", "quantity": 40, "lot": "L1"}, {"item": "SCREW", "quantity": 100}],
    "purchase_orders": [
        {"order": "PO-1", "supplier": "WOOD", "order_date": "2026-01-02"},
        {"order": "PO-2", "supplier": "BIRK", "order_date": "2026-01-02"},
    ],
    "purchase_order_lines": [
        {"order": "PO-1", "line": 10, "item": "OAK", "quantity": 20, "due_date": "2026-01-05"},
        {"order": "PO-2", "line": 10, "item": "OAK", "quantity": 20, "due_date": "2026-01-05"},
    ],
    "work_orders": [
        {"order": number, "item": made, "quantity": quantity, "start_date": "2026-01-05", "due_date": "2026-01-20"}
        for number, made, quantity in (("WO-1", "TOP", 10), ("WO-2", "TOP", 5), ("WO-3", "DESK", 6))
    ],
    "work_order_components": [
        {"order": "WO-1", "item": "OAK", "quantity": 20},
        {"order": "WO-2", "item": "OAK", "quantity": 10},
        {"order": "WO-3", "item": "PAINTED", "quantity": 6},
        {"order": "WO-3", "item": "LEG", "quantity": 24},
        {"order": "WO-3", "item": "SCREW", "quantity": 48},
    ],
    "subcontract_orders": [
        {"order": "SC-1", "supplier": "PAINT", "item": "PAINTED", "quantity": 9, "due_date": "2026-01-20", "fee": 5}
    ],
    "subcontract_order_components": [{"order": "SC-1", "item": "TOP", "quantity": 9}],
    "sales_orders": [
        {"order": "SO-1", "customer": "ALPINA", "order_date": "2026-01-02"},
        {"order": "SO-2", "customer": "NORD", "order_date": "2026-01-02"},
    ],
    "sales_order_lines": [
        {"order": order, "line": 10, "item": "DESK", "quantity": 3, "due_date": "2026-01-30"}
        for order in ("SO-1", "SO-2")
    ],
}  # fmt: skip
FACTS = {
    "receipts": [
        on(5, "R-1", "PO-1", line=10, quantity=20, lot="B1"),
        on(7, "R-2", "PO-2", line=10, quantity=20, lot="B2"),
        on(12, "P-1", "SC-1", quantity=6),
    ],
    "issues": [
        # of the twenty boards for WO-1 two come back, so that it holds 12 of B1 and 6 of B2
        on(8, "I-1", "WO-1", item="OAK", quantity=12, lot="B1"),
        on(8, "I-2", "WO-1", item="OAK", quantity=8, lot="B2"),
        on(9, "I-3", "WO-1", item="OAK", quantity=-2, lot="B2"),
        # the issue of B1 to WO-2 was a slip
        on(8, "I-4", "WO-2", item="OAK", quantity=8, lot="B1"),
        on(9, "I-5", "WO-2", item="OAK", quantity=10, lot="B2"),
        on(11, "I-6", "SC-1", item="TOP", quantity=9, lot="WO-1"),
    ],
    "completions": [
        on(10, "C-1", "WO-1", quantity=9),
        on(10, "C-2", "WO-2", quantity=5),
        on(13, "C-3", "WO-3", quantity=5),
    ],
    "shipments": [
        on(14, "S-1", "SO-1", line=10, quantity=2),
        on(14, "S-2", "SO-2", line=10, quantity=2),
        on(15, "S-3", "SO-1", line=10, quantity=1),
    ],
    "customer_returns": [on(18, "CR-1", "SO-2", line=10, quantity=1)],
    "reversals": [
        {"event": "U-1", "date": "2026-01-08", "table": "issues", "reversed_event": "I-4", "reason": "slip"},
        {"event": "U-2", "date": "2026-01-16", "table": "shipments", "reversed_event": "S-3", "reason": "slip"},
    ],
}


@pytest.fixture
def traced(database, tmp_path):
    import_rows(tmp_path, PLANT, DAY)
    import_rows(tmp_path, FACTS, DAY)
    assert post_waiting_facts.fn(DAY)["counts"]["facts_refused"] == 0, stored_rows(database, "quarantine")
    return database


def steps(rows: list[dict]) -> list[tuple]:
    return [(row["level"], row["order"] or f"{row['item']}/{row['lot']}", row["quantity"]) for row in rows]


def test_a_bad_lot_is_followed_over_all_levels_to_the_customers_who_have_it(traced):
    answer = lots_now("OAK/B1")
    assert steps(answer["forward"]) == [
        (1, "WO-1", "12"), (2, "TOP/WO-1", "9"), (3, "SC-1", "9"), (4, "PAINTED/P-1", "6"), (5, "WO-3", "5"),
        (6, "DESK/WO-3", "5"), (7, "SO-1", "2"), (7, "SO-2", "2"), (8, "DESK/CR-1", "1"),
    ]  # fmt: skip
    assert {row["known"] for row in answer["forward"]} == {"by lot"}
    painter = answer["forward"][2]
    assert (painter["party"], painter["used"]) == ("Painter", "6")
    assert [(row["event"], row["customer"], row["quantity"], row["date"]) for row in answer["shipments"]] == [
        ("S-1", "ALPINA", "2", "2026-01-14"), ("S-2", "NORD", "2", "2026-01-14"), ("CR-1", "NORD", "-1", "2026-01-18"),
    ]  # fmt: skip
    assert {(row["item"], row["lot"], row["place"], row["warehouse"], row["order"], row["quantity"])
            for row in answer["places"]} == {
        ("OAK", "B1", "available", "MAIN", "", "8"), ("TOP", "WO-1", "at_subcontractor", "MAIN", "SC-1", "3"),
        ("PAINTED", "P-1", "available", "MAIN", "", "1"), ("DESK", "WO-3", "available", "MAIN", "", "1"),
        ("DESK", "CR-1", "inspection", "MAIN", "SO-2", "1"),
    }  # fmt: skip
    assert answer["sentences"][1]["sentence"] == (
        "OAK lot B1 went into 3 orders; 2 customers have some of it, from 2 shipments: Alpina Office, Nord."
    )
    assert steps(answer["backward"]) == [(1, "PO-1", "20")]


def test_what_was_undone_does_not_count_and_what_came_back_is_taken_off(traced):
    forward = steps(lots_now("B2", direction="forward")["forward"])
    assert (1, "WO-1", "6") in forward
    assert (1, "WO-2", "10") in forward
    assert "OAK/B1" not in [name for _, name, _ in steps(lots_now("WO-2", direction="backward")["backward"])]
    with pytest.raises(UnknownLot, match="shipment S-3 moved nothing: it was undone"):
        lots_now("S-3")


def test_a_shipment_leads_back_to_the_suppliers_lots(traced):
    for asked in ("S-2", "SO-2", "SO-2/10", "DESK/CR-1"):
        answer = lots_now(asked)
        found = {(row["item"], row["lot"], row["party"], row["order"], row["first_date"], row["quantity"])
                 for row in answer["sources"]}  # fmt: skip
        assert found == {
            ("OAK", "B1", "Wood & Sons", "PO-1", "2026-01-05", "20"), ("OAK", "B2", "Birk", "PO-2", "2026-01-07", "20"),
            ("LEG", "L1", "", "", None, "40"), ("SCREW", "", "", "", None, "100"),
        }, asked  # fmt: skip
    assert "SCREW" not in {row["item"] for row in lots_now("S-2", by_lot=True)["sources"]}
    assert "TOP/WO-2" not in [name for _, name, _ in steps(answer["backward"])]
    assert answer["sentences"][0]["sentence"].startswith("Into DESK lot CR-1 went ")


def test_orders_are_asked_for_like_lots(traced):
    answer = lots_now("PO-2")
    assert [row["order"] for row in answer["forward"] if row["level"] == 2] == ["WO-1", "WO-2"]
    answer = lots_now("WO-3")
    assert {(row["item"], row["quantity"], row["used"]) for row in answer["backward"] if row["level"] == 1} == {
        ("LEG", "20", "20"), ("PAINTED", "5", "5"), ("SCREW", "40", "40")}  # fmt: skip
    assert [row["customer"] for row in answer["shipments"]] == ["ALPINA", "NORD", "NORD"]
    assert lots_now("R-2")["forward"] == lots_now("OAK/B2")["forward"]


def test_forward_contains_what_backward_comes_from(traced):
    lots = [f"{item}/{lot}" for item, lot in (("OAK", "B1"), ("OAK", "B2"), ("LEG", "L1"), ("TOP", "WO-1"),
            ("TOP", "WO-2"), ("PAINTED", "P-1"), ("DESK", "WO-3"), ("DESK", "CR-1"))]  # fmt: skip
    answers = {name: lots_now(name) for name in lots}
    reach = {name: {step for _, step, _ in steps(answer["forward"])} for name, answer in answers.items()}
    come = {name: {step for _, step, _ in steps(answer["backward"])} for name, answer in answers.items()}
    pairs = {(one, other) for one in lots for other in lots if one != other}
    assert {pair for pair in pairs if pair[1] in reach[pair[0]]} == {pair for pair in pairs if pair[0] in come[pair[1]]}
    assert ("OAK/B1", "DESK/CR-1") in {pair for pair in pairs if pair[1] in reach[pair[0]]}


def test_rework_that_takes_its_own_lot_ends_and_is_told(traced, tmp_path):
    inspection = on(19, "Q-1", "SO-2", line=10, stage="finished", inspected_quantity=1, accepted_quantity=0,
                    rejected_quantity=1, disposition="rework", reason="scratched")  # fmt: skip
    import_rows(tmp_path, {"inspections": [inspection]}, DAY)
    decide_inspections.fn(DAY)
    (rework,) = [row["order"] for row in stored_rows(traced, "work_orders") if row["kind"] == "rework"]
    import_rows(tmp_path, {"completions": [on(20, "C-9", rework, quantity=1, lot="CR-1")]}, DAY)
    assert post_waiting_facts.fn(DAY)["counts"]["facts_refused"] == 0
    answer = lots_now("OAK/B1")
    assert steps(answer["forward"])[-2:] == [(9, rework, "1"), (10, "DESK/CR-1", "1")]
    assert answer["forward"][-1]["told_above"]
    assert ("DESK", "CR-1", "available") in {(row["item"], row["lot"], row["place"]) for row in answer["places"]}
    assert (1, rework, "1") in steps(lots_now("DESK/CR-1")["backward"])
    # the repaired unit leads back through its repair to the oak
    assert "OAK/B1" in {name for _, name, _ in steps(lots_now(rework)["backward"])}


def test_stock_without_lots_is_followed_as_possible_and_not_at_all_when_told_so(traced, tmp_path):
    answer = lots_now("SCREW/")
    assert [row["order"] for row in answer["forward"] if row["level"] == 1] == ["WO-3"]
    assert "Kept without lots: SCREW" not in answer["sentences"][1]["sentence"]
    # of the desks of WO-3 the screws are only of a pool's
    backward = {row["item"]: row["known"] for row in lots_now("WO-3")["backward"] if row["kind"] == "lot"}
    assert backward["SCREW"] == "by lot"
    opening = [row for row in lots_now("WO-3")["backward"] if row["kind"] == "opening"]
    assert {row["known"] for row in opening} == {"by lot", "possible"}


def test_a_recall_goes_on_through_a_part_kept_without_lots_to_all_who_may_have_it(database, tmp_path):
    # FRAME is made of a lot of oak and kept without lots; the gate sold before the frames were made has none of it
    plant = PLANT | {
        "items": [item("OAK", "buy"), item("FRAME", "make", lot_tracked="no"), item("GATE", "make")],
        "stock": [{"item": "OAK", "quantity": 4, "lot": "B1"}, {"item": "FRAME", "quantity": 5}],
        "work_orders": [
            {"order": number, "item": made, "quantity": 2, "start_date": "2026-01-05", "due_date": "2026-01-20"}
            for number, made in (("WO-1", "FRAME"), ("WO-2", "GATE"), ("WO-3", "GATE"))
        ],
        "work_order_components": [
            {"order": "WO-1", "item": "OAK", "quantity": 4},
            {"order": "WO-2", "item": "FRAME", "quantity": 2},
            {"order": "WO-3", "item": "FRAME", "quantity": 2},
        ],
        "sales_order_lines": [
            {"order": order, "line": 10, "item": "GATE", "quantity": 2, "due_date": "2026-01-30"}
            for order in ("SO-1", "SO-2")
        ],
    }
    for name in ("purchase_orders", "purchase_order_lines", "subcontract_orders", "subcontract_order_components"):
        plant.pop(name)
    import_rows(tmp_path, plant, DAY)
    facts = {
        "issues": [on(9, "I-1", "WO-1", item="OAK", quantity=4), on(8, "I-2", "WO-2", item="FRAME", quantity=2),
                   on(12, "I-3", "WO-3", item="FRAME", quantity=2)],
        "completions": [on(10, "C-1", "WO-1", quantity=2), on(9, "C-2", "WO-2", quantity=2),
                        on(13, "C-3", "WO-3", quantity=2)],
        "shipments": [on(14, "S-1", "SO-1", line=10, quantity=2, lot="WO-2"),
                      on(14, "S-2", "SO-2", line=10, quantity=2, lot="WO-3")],
    }  # fmt: skip
    import_rows(tmp_path, facts, DAY)
    assert post_waiting_facts.fn(DAY)["counts"]["facts_refused"] == 0
    answer = lots_now("OAK/B1")
    assert [(row["event"], row["customer"], row["known"]) for row in answer["shipments"]] == [
        ("S-2", "NORD", "possible")
    ]
    assert "Kept without lots: FRAME" in answer["sentences"][-1]["sentence"]
    assert lots_now("OAK/B1", by_lot=True)["shipments"] == []
    assert [row["lot"] for row in lots_now("S-1")["sources"] if row["item"] == "OAK"] == []
    assert [row["known"] for row in lots_now("S-2")["sources"] if row["item"] == "OAK"] == ["possible"]


def test_a_number_that_is_not_there_or_stands_for_two_items_says_what_to_give(traced, tmp_path, kitline):
    with pytest.raises(UnknownLot, match="there is no lot, order or shipment B3; did you mean B2 or B1"):
        lots_now("B3")
    with pytest.raises(UnknownLot, match="there is no lot of item LEG B1; did you mean"):
        lots_now("B1", item="LEG")
    adjusted = {"event": "A-1", "date": "2026-01-20", "item": "LEG", "quantity": 1, "lot": "B1", "reason": "found"}
    import_rows(tmp_path, {"adjustments": [adjusted]}, DAY)
    post_waiting_facts.fn(DAY)
    code, _, err = kitline("lots", "B1")
    assert code == 1
    assert "2 items have a lot B1: give LEG/B1 or OAK/B1" in err
    code, out, _ = kitline("lots", "B1", "--item", "LEG")
    assert (code, "  LEG lot B1: 1 EA found by a count or an adjustment" in out.splitlines()) == (0, True)


def test_a_person_reads_the_tree_and_a_script_the_rows(traced, kitline):
    code, out, _ = kitline("lots", "OAK/B1")
    assert code == 0
    lines = out.splitlines()
    assert "  12 taken by work order WO-1, 2026-01-08" in lines
    assert "      9 taken by subcontract order SC-1 at Painter, 6 of them used up, 2026-01-11" in lines
    assert "              2 shipped on SO-1/10 to Alpina Office, 2026-01-14" in lines
    assert "                1 EA DESK lot CR-1 came back, 2026-01-18" in lines
    assert "  OAK lot B1: 8 EA available in MAIN" in lines
    assert "  2026-01-18 1 EA DESK lot CR-1 came back from Nord (SO-2/10, CR-1)" in lines
    code, out, _ = kitline("lots", "S-1", "--backward", "--json")
    assert code == 0
    answer = json.loads(out)
    assert set(answer) == {"asked", "sentences", "backward", "sources"}


def test_the_number_of_statements_follows_the_levels_and_not_the_rows(traced, tmp_path):
    def statements(number: str) -> int:
        counted = []
        count = lambda *_: counted.append(1)  # noqa: E731
        event.listen(traced, "before_cursor_execute", count)
        try:
            lots_now(number, direction="forward")
        finally:
            event.remove(traced, "before_cursor_execute", count)
        return len(counted)

    before = statements("LEG/L1")
    more = {
        "work_orders": [PLANT["work_orders"][2] | {"order": f"WO-X{n}", "quantity": 1} for n in range(15)],
        "work_order_components": [{"order": f"WO-X{n}", "item": "LEG", "quantity": 1} for n in range(15)],
    }
    facts = {
        "issues": [on(20, f"IX-{n}", f"WO-X{n}", item="LEG", quantity=1) for n in range(15)],
        "completions": [on(21, f"CX-{n}", f"WO-X{n}", quantity=1) for n in range(15)],
    }
    import_rows(tmp_path, more, DAY)
    import_rows(tmp_path, facts, DAY)
    assert post_waiting_facts.fn(DAY)["counts"]["facts_refused"] == 0
    assert len(lots_now("LEG/L1", direction="forward")["forward"]) > 30
    assert statements("LEG/L1") == before


def test_the_flow_publishes_the_tree(traced, prefect):
    from prefect.artifacts import Artifact

    from flows.lot_tracing import lot_tracing

    told = lot_tracing(number="OAK/B1", direction="forward")
    assert (told["forward"], told["shipments"], told["places"]) == (9, 3, 5)
    page = Artifact.get("lot-tracing").data
    assert "- 12 taken by work order WO-1, 2026-01-08" in page
    assert "            - 2 shipped on SO-1/10 to Alpina Office, 2026-01-14" in page
    assert json.loads(Artifact.get("lot-tracing-forward").data)[0]["order"] == "WO-1"
