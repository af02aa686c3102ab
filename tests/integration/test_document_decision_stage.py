"""Decisions about documents on real databases: all or none, with who and why, and what was rejected stays rejected."""

import json
import threading
from datetime import date

import pytest

import cli_documents
from calculations.document_decisions import DECISIONS, RefusedDecision
from calculations.policies import UnknownPolicy
from models.document_life import ImpossibleTransition
from stage_database import import_rows, stored_rows
from table_maker import AS_OF, TABLES
from tasks.document_decision import decide_documents
from tasks.document_history import history
from tasks.fact_posting import post_waiting_facts
from tasks.material_planning import plan_materials
from tasks.order_release import release_orders
from tasks.tracing import UnknownNumber


@pytest.fixture
def plant(database, tmp_path):
    """A table maker in a database, planned: 5 TABLEs of 4 LEGs each, 12 LEGs to buy at 2.50."""
    import_rows(tmp_path, TABLES, AS_OF)
    plan_materials.fn(AS_OF)
    return database


def decide(decision, *numbers, by="Ada", reason="", **options):
    return decide_documents.fn(decision, list(numbers), by, reason, AS_OF, **options)


def states(database, table, key="order"):
    return {row[key]: row["state"] for row in stored_rows(database, table)}


def steps(database, number):
    return [(row["before"], row["after"], row["by"], row["reason"])
            for row in stored_rows(database, "document_events") if row["document"] == number]  # fmt: skip


def test_an_approved_suggestion_goes_and_its_history_says_who_why_and_into_what(plant):
    limit = {"approval_limit": "20"}
    assert release_orders.fn(AS_OF, limit, date(2026, 2, 1))["counts"]["waiting_for_approval"] == 1
    assert decide("approve", "PLAN-LEG-1", reason="agreed with WOOD")["decided"] == [
        {"table": "planned_orders", "number": "PLAN-LEG-1", "before": "suggested", "after": "approved", "value": "30"}
    ]
    release_orders.fn(AS_OF, limit, date(2026, 2, 1))
    told = history("PLAN-LEG-1")
    assert told["state"] == "released"
    assert [(step["what"], step["by"], step["reason"]) for step in told["steps"]] == [
        ("suggested → approved", "Ada", "agreed with WOOD"),
        ("12 released into PO-2026-00001", "", ""),
    ]
    (bought,) = (step for step in history("PO-2026-00001")["steps"])
    assert bought["what"] == "12 of planned order PLAN-LEG-1 released into it"


def test_limits_of_approval_differ_by_kind(plant):
    limit = {"approval_limit": {"purchase": "20", "production": None}}
    counts = release_orders.fn(AS_OF, limit, date(2026, 2, 1))["counts"]
    assert (counts["waiting_for_approval"], counts["work_orders"], counts["purchase_orders"]) == (1, 1, 0)


@pytest.mark.parametrize("limit", [{"subcontracts": 5}, {"purchase": -1}, {"purchase": "much"}])
def test_a_limit_that_makes_no_sense_is_refused(limit):
    with pytest.raises(UnknownPolicy, match="approval_limit"):
        decide_documents.fn("approve", ["X"], "Ada", "", AS_OF, {"approval_limit": limit})


def test_what_was_rejected_is_kept_with_its_reason_and_not_suggested_again(plant, tmp_path):
    decide("reject", "PLAN-TABLE-1", by="Bo", reason="we buy them this time")
    for _ in range(2):
        summary = plan_materials.fn(AS_OF)
        assert summary["counts"]["still_rejected"] == 2
        assert states(plant, "planned_orders", "number")["PLAN-TABLE-1"] == "rejected"
        assert set(states(plant, "planned_orders", "number").values()) == {"rejected"}
    assert release_orders.fn(AS_OF, None, date(2026, 2, 1))["counts"] == {"released": 0}
    assert steps(plant, "PLAN-TABLE-1") == [("suggested", "rejected", "Bo", "we buy them this time")]
    # a table more is another need
    line = {**TABLES["sales_order_lines"][0], "quantity": 6}
    import_rows(tmp_path, {"sales_order_lines": [line]}, AS_OF)
    plan_materials.fn(AS_OF)
    assert sorted(states(plant, "planned_orders", "number").values()) == ["rejected", "suggested", "suggested",
                                                                         "suggested"]  # fmt: skip


def test_a_firm_suggestion_survives_the_next_plan(plant):
    decide("firm", "PLAN-LEG-1")
    plan_materials.fn(AS_OF)
    assert states(plant, "planned_orders", "number") == {"PLAN-LEG-1": "firm", "PLAN-TABLE-1": "suggested"}


def test_a_decision_is_made_for_all_documents_or_for_none(plant):
    with pytest.raises(RefusedDecision, match="PO-9: there is no document of this number"):
        decide("close", "PO-1", "PO-9", reason="not needed")
    assert states(plant, "purchase_orders") == {"PO-1": "released"}
    assert stored_rows(plant, "document_events") == []
    # a slip of the keyboard is no failed run
    assert {row["stage"] for row in stored_rows(plant, "runs")} == {"data_import", "material_planning"}


def test_a_dry_run_says_the_same_and_writes_nothing(plant):
    said = decide("close", "PO-1", reason="not needed", dry_run=True)
    assert said["summary"] is None
    assert states(plant, "purchase_orders") == {"PO-1": "released"}
    assert decide("close", "PO-1", reason="not needed")["decided"] == said["decided"]
    assert states(plant, "purchase_orders") == {"PO-1": "closed"}


def test_a_decision_made_twice_is_recorded_once(plant):
    decide("close", "PO-1", reason="not needed")
    assert decide("close", "PO-1", reason="not needed") == {"decided": [], "summary": None}
    assert len(steps(plant, "PO-1")) == 1


@pytest.mark.parametrize(
    ("decision", "number", "given", "said"),
    [
        ("reject", "PLAN-LEG-1", {}, "to reject needs a reason"),
        ("approve", "PLAN-LEG-1", {"by": " "}, "say who decides"),
        ("cancel", "SO-1", {"reason": "x"}, "cancelled by an order change, which shows first what that touches"),
        ("cancel", "PLAN-LEG-1", {"reason": "x"}, "one cannot cancel one of the planned orders; possible are approve"),
        ("release", "SO-1", {}, "possible are submit, approve, reject, reopen, cancel, close"),
        ("burn", "SO-1", {}, "there is no decision 'burn'; choose one of submit"),
    ],
)
def test_what_cannot_be_decided_is_refused_with_the_remedy(plant, decision, number, given, said):
    with pytest.raises(RefusedDecision, match=said):
        decide(decision, number, **given)


def test_an_order_that_was_delivered_in_part_is_closed_not_cancelled(plant, tmp_path):
    import_rows(tmp_path, {"receipts": [{"event": "R1", "date": "2026-01-05", "order": "PO-1", "quantity": 2}]}, AS_OF)
    post_waiting_facts.fn(AS_OF)
    with pytest.raises(RefusedDecision, match="PO-1: something happened on it already; close it short"):
        decide("cancel", "PO-1", reason="too late")
    decide("close", "PO-1", reason="the rest is not needed")
    assert steps(plant, "PO-1") == [
        ("released", "in_progress", "", ""), ("in_progress", "closed", "Ada", "the rest is not needed"),
    ]  # fmt: skip
    assert [step["what"] for step in history("PO-1")["steps"]] == [
        "released → in_progress", "in_progress → closed", "2 TOP received",
    ]  # fmt: skip


def test_a_delivery_that_was_undone_leaves_the_order_as_if_it_had_never_been(plant, tmp_path):
    receipt = {"event": "R1", "date": "2026-01-05", "order": "PO-1", "quantity": 2}
    import_rows(tmp_path, {"receipts": [receipt]}, AS_OF)
    post_waiting_facts.fn(AS_OF)
    with pytest.raises(RefusedDecision, match="PO-1: it is under way; its state follows from what happens on it"):
        decide("release", "PO-1")
    undone = {"event": "U1", "date": "2026-01-05", "table": "receipts", "reversed_event": "R1", "reason": "PO-2"}
    import_rows(tmp_path, {"reversals": [undone]}, AS_OF)
    post_waiting_facts.fn(AS_OF)
    assert states(plant, "purchase_orders") == {"PO-1": "released"}
    decide("cancel", "PO-1", reason="never came")
    assert [step["what"] for step in history("PO-1")["steps"]] == [
        "released → in_progress", "in_progress → released", "released → cancelled", "2 TOP received",
        "undone: 2 TOP received",
    ]  # fmt: skip


def test_an_order_that_holds_material_is_not_closed(plant, tmp_path):
    release_orders.fn(AS_OF, None, date(2026, 2, 1))
    issue = {"event": "I1", "date": "2026-01-05", "order": "WO-2026-00001", "item": "LEG", "quantity": 4}
    import_rows(tmp_path, {"issues": [issue]}, AS_OF)
    post_waiting_facts.fn(AS_OF)
    with pytest.raises(RefusedDecision, match="WO-2026-00001: it still holds material"):
        decide("close", "WO-2026-00001", reason="stopped")
    back = {**issue, "event": "I2", "quantity": -4}
    import_rows(tmp_path, {"issues": [back]}, AS_OF)
    post_waiting_facts.fn(AS_OF)
    decide("close", "WO-2026-00001", reason="stopped")
    assert states(plant, "work_orders") == {"WO-2026-00001": "closed"}


def test_an_ended_document_goes_nowhere(plant):
    decide("close", "PO-1", reason="not needed")
    with pytest.raises(ImpossibleTransition, match="purchase_orders PO-1 is closed and can become nothing"):
        decide("release", "PO-1")


def test_a_draft_above_the_limit_needs_approval_by_somebody_else(plant):
    from sqlalchemy import update

    from models.database import table_of, writing

    with writing(plant) as connection:
        connection.execute(update(table_of("purchase_orders")).values(state="draft"))
    strict = {"policies": {"approval_limit": {"purchase": 100}, "approver": "somebody_else"}}
    with pytest.raises(RefusedDecision, match="PO-1: it is worth 150, above the limit of 100; submit it for approval"):
        decide("release", "PO-1", **strict)
    decide("submit", "PO-1", by="Ada", **strict)
    with pytest.raises(RefusedDecision, match="Ada asked for it, and somebody else has to approve"):
        decide("approve", "PO-1", by=" ada ", **strict)
    decide("approve", "PO-1", by="Bo", **strict)
    decide("release", "PO-1", by="Ada", **strict)
    assert [step[1] for step in steps(plant, "PO-1")] == ["submitted", "approved", "released"]


def test_of_two_who_decide_at_once_the_second_is_told(plant):
    said = []

    def close(by, decision):
        try:
            decide(decision, "PO-1", by=by, reason="both at once")
            said.append("decided")
        except (ImpossibleTransition, RefusedDecision) as error:
            said.append(str(error))

    threads = [threading.Thread(target=close, args=args) for args in (("Ada", "close"), ("Bo", "cancel"))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert said.count("decided") == 1
    assert any("can become nothing" in words for words in said)
    assert len(steps(plant, "PO-1")) == 1


def test_nothing_has_the_number(plant):
    with pytest.raises(UnknownNumber, match="no document has the number X-1"):
        history("X-1")


def test_the_commands_decide_and_tell(plant, kitline):
    code, said, errors = kitline("decide", "close", "PO-1", "--by", "Ada", "--reason", "not needed", "--dry-run",
                                 "--as-of", AS_OF)  # fmt: skip
    assert (code, errors) == (0, "")
    assert "PO-1: released → closed, worth 150" in said
    assert "nothing was written" in said
    code, said, _ = kitline("decide", "close", "PO-1", "--by", "Ada", "--reason", "not needed", "--as-of", AS_OF)
    assert code == 0
    code, said, _ = kitline("history", "PO-1")
    assert "purchase_orders:PO-1 is closed" in said
    assert "released → closed by Ada, because not needed" in said
    code, said, _ = kitline("history", "PO-1", "--json")
    assert json.loads(said)["state"] == "closed"
    code, _, errors = kitline("decide", "close", "PO-9", "--reason", "x")
    assert code == 1
    assert "PO-9: there is no document" in errors


def test_the_command_offers_every_decision():
    assert set(cli_documents.DECISIONS) == set(DECISIONS)
