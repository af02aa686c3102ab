"""Order changes on real databases: previewed, applied with their plan in one transaction, or not at all."""

import json
import threading
from datetime import date

import pytest

from calculations.change_set import RefusedChanges
from calculations.document_decisions import RefusedDecision
from calculations.errors import KitlineError
from models import metadata
from models.database import read_table, reading
from stage_database import import_rows, stored_rows
from table_maker import AS_OF, TABLES
from tasks import order_change
from tasks.document_decision import decide_documents
from tasks.document_history import history
from tasks.fact_posting import post_waiting_facts
from tasks.material_planning import plan_materials
from tasks.order_change import OrderChangedMeanwhile, change_order, preview_order_change
from tasks.order_release import release_orders

COSTS = {"TABLE": "60", "TOP": "30", "LEG": "2.50"}
PLANT = {**TABLES, "items": [{**item, "standard_cost": COSTS[item["item"]]} for item in TABLES["items"]]}
FEWER = {"what": "quantity", "line": 10, "quantity": 3}
FENCE = {"frozen_fence_days": 20}


@pytest.fixture
def plant(database, tmp_path):
    """A table maker in a database, planned: 5 TABLEs on 28 January, 5 TOPs on PO-1, 12 LEGs to buy."""
    import_rows(tmp_path, PLANT, AS_OF)
    plan_materials.fn(AS_OF)
    return database


def look(*requests, reduce=(), policies=None):
    return preview_order_change.fn("SO-1", list(requests), AS_OF, policies, reduce)


def change(*requests, seen=None, reduce=(), policies=None, by="Ada", reason="the customer asked"):
    seen = look(*requests, reduce=reduce, policies=policies)["seen"] if seen is None else seen
    return change_order.fn("SO-1", list(requests), AS_OF, by, reason, seen, policies, reduce)


def contents(database, *left_out):
    with reading(database) as connection:
        return {name: read_table(connection, name).to_csv() for name in metadata.tables if name not in left_out}


def quantities(database, table):
    return {(row["order"], row.get("line")): row["quantity"] for row in stored_rows(database, table)}


def planned(database):
    return {row["item"]: row["quantity"] for row in stored_rows(database, "planned_orders")
            if row["state"] == "suggested"}  # fmt: skip


def test_a_preview_writes_nothing(plant):
    before = contents(plant)
    answer = look(FEWER, reduce=["all"])
    assert contents(plant) == before
    assert [row["sentence"] for row in answer["sentences"]][0] == "line 10: 5 → 3"
    assert answer["needs_approval"] == []


def test_a_change_is_applied_with_its_plan_and_says_who_and_what(plant):
    answer = change(FEWER)
    assert (answer["number"], answer["state"]) == ("OC-2026-00001", "applied")
    assert quantities(plant, "sales_order_lines") == {("SO-1", 10): "3"}
    assert planned(plant) == {"TABLE": "3", "LEG": "4"}
    (row,) = (row for row in stored_rows(plant, "changes") if row["run"] == answer["run"])
    assert (row["table"], row["key"], row["column"], row["before"], row["after"]) == (
        "sales_order_lines", "SO-1/10", "quantity", "5", "3",
    )  # fmt: skip
    assert [(step["what"], step["by"], step["reason"]) for step in history("SO-1")["steps"]] == [
        ("line 10: quantity 5 → 3", "Ada", "the customer asked")
    ]
    assert {row["stage"] for row in stored_rows(plant, "runs")} == {
        "data_import", "material_planning", "order_change",
    }  # fmt: skip


def test_the_purchase_order_is_reduced_only_when_one_says_so(plant):
    change(FEWER)
    assert quantities(plant, "purchase_order_lines") == {("PO-1", 10): "5"}
    change({"what": "quantity", "line": 10, "quantity": 1}, reduce=["PO-1"])
    # the two freed by the first change are nobody's and stay; the second one frees two more
    assert quantities(plant, "purchase_order_lines") == {("PO-1", 10): "3"}


def test_a_cancelled_order_and_its_cancelled_supply_take_nothing_more(plant, tmp_path):
    release_orders.fn(AS_OF, None, date(2026, 2, 1))
    answer = change({"what": "cancel"}, reduce=["all"])
    assert answer["state"] == "applied"
    states = {row["order"]: row["state"] for table in ("sales_orders", "purchase_orders", "work_orders")
              for row in stored_rows(plant, table)}  # fmt: skip
    assert states == {"SO-1": "cancelled", "PO-1": "cancelled", "PO-2026-00001": "cancelled",
                      "WO-2026-00001": "cancelled"}  # fmt: skip
    assert planned(plant) == {}
    told = [(step["what"], step["by"], step["reason"]) for step in history("WO-2026-00001")["steps"]]
    assert ("released → cancelled", "Ada", "OC-2026-00001: the customer asked") in told
    # what comes for a cancelled order afterwards is refused by name
    receipt = {"event": "R1", "date": "2026-01-05", "order": "PO-1", "quantity": 1}
    with pytest.raises(AssertionError, match="order PO-1 is cancelled"):
        import_rows(tmp_path, {"receipts": [receipt]}, AS_OF)


def test_a_work_order_is_reduced_with_its_components(plant):
    release_orders.fn(AS_OF, None, date(2026, 2, 1))
    change(FEWER, reduce=["WO-2026-00001"])
    assert quantities(plant, "work_orders") == {("WO-2026-00001", None): "3"}
    parts = {row["item"]: row["quantity"] for row in stored_rows(plant, "work_order_components")}
    assert parts == {"LEG": "12", "TOP": "3"}


def test_a_line_that_is_taken_out_is_remembered(plant, tmp_path):
    import_rows(tmp_path, {"sales_order_lines": [{"order": "SO-1", "line": 20, "item": "LEG", "quantity": 7,
                                                  "due_date": "2026-02-10"}]}, AS_OF)  # fmt: skip
    change({"what": "cancel", "line": 20})
    assert quantities(plant, "sales_order_lines") == {("SO-1", 10): "5"}
    assert [step["what"] for step in history("SO-1")["steps"]] == [
        "line 20: due date 2026-02-10 → blank", "line 20: item LEG → blank", "line 20: quantity 7 → blank",
    ]  # fmt: skip


def test_a_new_line_comes_from_the_change_and_is_planned(plant):
    change({"what": "add", "item": "TOP", "quantity": 2, "date": "2026-03-02"})
    (line,) = (row for row in stored_rows(plant, "sales_order_lines") if row["line"] == 20)
    assert (line["origin"], line["promised_date"]) == ("order_changes:OC-2026-00001", "2026-03-02")
    assert planned(plant)["TOP"] == "2"


def test_all_lines_of_a_complete_order_are_promised_for_the_day_of_the_last(plant, tmp_path):
    import_rows(tmp_path, {"customers": [{"customer": "SHOP", "name": "Shop", "delivery": "complete"}]}, AS_OF)
    change({"what": "add", "item": "TOP", "quantity": 2, "date": "2026-03-02"})
    promised = {row["line"]: row["promised_date"] for row in stored_rows(plant, "sales_order_lines")}
    assert promised == {10: "2026-03-02", 20: "2026-03-02"}


def test_the_rest_of_an_order_that_was_shipped_in_part_is_cancelled_and_the_order_is_done(plant, tmp_path):
    made = {"completions": [{"event": "C1", "date": "2026-01-05", "order": "WO-1", "quantity": 2}],
            "work_orders": [{"order": "WO-1", "item": "TABLE", "quantity": 2, "start_date": "2026-01-05",
                             "due_date": "2026-01-06"}],
            "work_order_components": [{"order": "WO-1", "item": "LEG", "quantity": 8}],
            "shipments": [{"event": "S1", "date": "2026-01-05", "order": "SO-1", "line": 10,
                           "quantity": 2}]}  # fmt: skip
    import_rows(tmp_path, made, AS_OF)
    post_waiting_facts.fn(AS_OF)
    with pytest.raises(RefusedChanges, match="2 of line 10 were shipped"):
        look({"what": "quantity", "line": 10, "quantity": 1})
    change({"what": "cancel"})
    assert quantities(plant, "sales_order_lines") == {("SO-1", 10): "2"}
    assert [row["state"] for row in stored_rows(plant, "sales_orders")] == ["done"]
    with pytest.raises(RefusedChanges, match="no open order is called SO-1"):
        look({"what": "cancel"})


def test_inside_the_fence_a_change_waits_until_somebody_approves_it(plant):
    before = contents(plant)["sales_order_lines"]
    answer = change(FEWER, policies=FENCE)
    assert (answer["number"], answer["state"]) == ("OC-2026-00001", "submitted")
    assert contents(plant)["sales_order_lines"] == before
    (mail,) = stored_rows(plant, "alerts")
    assert "Ada asks to change SO-1 inside the frozen fence: line 10: 5 → 3" in mail["text_body"]
    strict = {**FENCE, "approver": "somebody_else"}
    with pytest.raises(RefusedDecision, match="Ada asked for it"):
        decide_documents.fn("approve", ["OC-2026-00001"], "Ada", "", AS_OF, strict)
    decide_documents.fn("approve", ["OC-2026-00001"], "Bo", "fine", AS_OF, strict)
    assert quantities(plant, "sales_order_lines") == {("SO-1", 10): "3"}
    assert planned(plant) == {"TABLE": "3", "LEG": "4"}
    told = history("OC-2026-00001")
    assert [(step["what"], step["by"]) for step in told["steps"]] == [("submitted → applied", "Bo")]


def test_a_rejected_change_changes_nothing(plant):
    change(FEWER, policies=FENCE)
    decide_documents.fn("reject", ["OC-2026-00001"], "Bo", "too late", AS_OF)
    assert quantities(plant, "sales_order_lines") == {("SO-1", 10): "5"}
    assert [row["state"] for row in stored_rows(plant, "order_changes")] == ["rejected"]


def test_an_approval_after_the_order_was_changed_is_asked_again(plant):
    change(FEWER, policies=FENCE)
    change({"what": "quantity", "line": 10, "quantity": 4})
    with pytest.raises(OrderChangedMeanwhile, match="order SO-1 was not changed: somebody changed it since you looked"):
        decide_documents.fn("approve", ["OC-2026-00001"], "Bo", "", AS_OF)
    assert quantities(plant, "sales_order_lines") == {("SO-1", 10): "4"}
    assert [row["state"] for row in stored_rows(plant, "order_changes")] == ["submitted", "applied"]


def test_of_two_who_change_an_order_at_once_the_second_is_told_and_nothing_is_lost(plant):
    seen = look(FEWER)["seen"]
    said = []

    def ask(by, quantity):
        try:
            change({"what": "quantity", "line": 10, "quantity": quantity}, seen=seen, by=by)
            said.append((by, quantity))
        except OrderChangedMeanwhile as error:
            said.append(str(error))

    threads = [threading.Thread(target=ask, args=args) for args in (("Ada", 3), ("Bo", 4))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    (winner,) = (one for one in said if isinstance(one, tuple))
    (told,) = (one for one in said if isinstance(one, str))
    assert "somebody changed it since you looked" in told
    assert quantities(plant, "sales_order_lines") == {("SO-1", 10): str(winner[1])}
    assert [row["by"] for row in stored_rows(plant, "order_changes")] == [winner[0]]


def test_a_change_without_a_look_or_a_name_is_not_made(plant):
    with pytest.raises(OrderChangedMeanwhile, match="look at the preview first"):
        change(FEWER, seen="")
    with pytest.raises(KitlineError, match="say who changes the order"):
        change(FEWER, by=" ")
    assert quantities(plant, "sales_order_lines") == {("SO-1", 10): "5"}
    # what is told to the person is no failed run
    assert "order_change" not in {row["stage"] for row in stored_rows(plant, "runs")}


def test_nothing_is_half_done_when_planning_fails(plant, monkeypatch):
    before = contents(plant, "runs", "alerts", "document_series")

    def fail(run):
        raise OSError("the disk is full")

    monkeypatch.setattr(order_change, "plan_within", fail)
    with pytest.raises(OSError, match="disk is full"):
        change(FEWER, reduce=["all"])
    assert contents(plant, "runs", "alerts", "document_series") == before
    monkeypatch.undo()
    assert change(FEWER, reduce=["all"])["number"] == "OC-2026-00001"


def test_others_who_are_hurt_are_told_to_sales(plant, tmp_path):
    others = {
        "sales_orders": [{"order": "SO-2", "customer": "HOTEL", "order_date": "2026-01-02", "priority": 9}],
        "sales_order_lines": [{"order": "SO-2", "line": 10, "item": "TOP", "quantity": 1, "due_date": "2026-01-27"}],
    }
    import_rows(tmp_path, {**others, "sales_order_lines": others["sales_order_lines"]}, AS_OF)
    import_rows(tmp_path, {"purchase_order_lines": [{**TABLES["purchase_order_lines"][0], "quantity": 6}]}, AS_OF)
    change({"what": "quantity", "line": 10, "quantity": 6})
    (mail,) = (row for row in stored_rows(plant, "alerts") if row["kind"] == "order_change")
    assert "SO-2/10" in mail["text_body"]
    assert "Ada changed an order (OC-2026-00001)" in mail["text_body"]


def test_the_command_previews_applies_and_refuses(plant, kitline, tmp_path):
    code, said, errors = kitline("change", "SO-1", "--quantity", "10=3", "--as-of", AS_OF)
    assert (code, errors) == (0, "")
    assert "line 10: 5 → 3" in said
    assert "purchase order PO-1/10: 2 TOP not needed for it; ask the supplier to reduce it" in said
    seen = said.rsplit("--seen ", 1)[1].strip()
    code, said, errors = kitline("change", "SO-1", "--quantity", "10=3", "--apply", "--seen", seen, "--by", "Ada",
                                 "--as-of", AS_OF)  # fmt: skip
    assert (code, errors) == (0, "")
    assert "SO-1: OC-2026-00001 applied" in said
    code, _, errors = kitline("change", "SO-1", "--quantity", "20=3", "--as-of", AS_OF)
    assert code == 1
    assert "SO-1, change 1: the order has no line 20; it has 10 (line=20)" in errors
    code, _, errors = kitline("change", "SO-1", "--quantity", "10=4", "--apply", "--seen", seen, "--as-of", AS_OF)
    assert code == 1
    assert "somebody changed it since you looked" in errors


def test_a_file_changes_several_orders_and_names_what_it_refused(plant, kitline, tmp_path):
    import_rows(tmp_path, {"sales_orders": [{"order": "SO-2", "customer": "HOTEL", "order_date": "2026-01-02"}],
                           "sales_order_lines": [{"order": "SO-2", "line": 10, "item": "LEG", "quantity": 7,
                                                  "due_date": "2026-02-10"}]}, AS_OF)  # fmt: skip
    file = tmp_path / "changes.csv"
    file.write_text("order,what,line,quantity,date\nSO-1,quantity,10,3,\nSO-2,date,10,,2026-02-17\nSO-9,cancel,,,\n")
    code, said, errors = kitline("change", "--file", file, "--as-of", AS_OF, "--json")
    assert code == 1
    assert [answer["order"] for answer in json.loads(said)] == ["SO-1", "SO-2"]
    assert "SO-9, change 1: no open order is called SO-9" in errors
    kitline("change", "--file", file, "--apply", "--as-of", AS_OF)
    lines = {row["order"]: (row["quantity"], row["due_date"]) for row in stored_rows(plant, "sales_order_lines")}
    assert lines == {"SO-1": ("3", "2026-01-28"), "SO-2": ("7", "2026-02-17")}
