"""Production tracking on real databases: what is told, to whom, once, and again only when it gets worse."""

import json
from datetime import date

import pytest

from progress_plant import AS_OF, MASTERS
from stage_database import import_rows
from stage_database import stored_rows as rows
from tasks.fact_posting import post_waiting_facts
from tasks.production_tracking import track_orders, tracking_now

# ten desks for Alpina, their tops wait for oak that comes on 2 March
PLANT = MASTERS | {
    "work_centers": [{"work_center": "BENCH"}],
    "operations": [{"item": "DESK", "operation": "10", "work_center": "BENCH", "run_hours_per_unit": "0.5"}],
    "sales_orders": [{"order": "SO-1", "customer": "ALPINA", "order_date": "2026-01-05"}],
    "sales_order_lines": [{"order": "SO-1", "line": 10, "item": "DESK", "quantity": 10, "due_date": "2026-02-16"}],
    "stock": [{"item": "LEG", "quantity": 40}],
    "work_orders": [
        {"order": "WO-1", "item": "DESK", "quantity": 10, "start_date": "2026-02-12", "due_date": "2026-02-16"},
        {"order": "WO-2", "item": "TOP", "quantity": 10, "start_date": "2026-02-09", "due_date": "2026-02-12"},
    ],
    "work_order_components": [
        {"order": "WO-1", "item": "TOP", "quantity": 10},
        {"order": "WO-1", "item": "LEG", "quantity": 40},
        {"order": "WO-2", "item": "OAK", "quantity": 20},
    ],
    "purchase_orders": [{"order": "PO-7", "supplier": "WOOD", "order_date": "2026-01-05"}],
    "purchase_order_lines": [{"order": "PO-7", "line": 10, "item": "OAK", "quantity": 20, "due_date": "2026-03-02"}],
}


@pytest.fixture
def plant(database, tmp_path):
    """The plant, loaded; returns a function that loads more and posts it."""

    def load(tables: dict, as_of: date = AS_OF) -> None:
        import_rows(tmp_path, tables, as_of)
        post_waiting_facts.fn(as_of)

    load(PLANT)
    return load


def oak_comes(day: str) -> dict:
    (line,) = PLANT["purchase_order_lines"]
    return {"purchase_order_lines": [line | {"due_date": day}]}


def mails(database) -> list[dict]:
    return [row for row in rows(database, "alerts") if row["kind"] == "endangered_line"]


def test_a_customers_date_in_danger_is_told_once_and_again_only_when_it_gets_worse(plant, database):
    assert track_orders.fn(AS_OF)["counts"]["lines_told"] == 0
    assert mails(database) == []
    counts = track_orders.fn(AS_OF, tell=True)["counts"]
    assert (counts["lines_in_danger"], counts["lines_told"], counts["alerts"]) == (1, 1, 1)
    (mail,) = mails(database)
    assert mail["recipient"] == "paula@example.com"
    assert mail["subject"].endswith("1 customer date is in danger")
    for said in ("SO-1/10", "ALPINA", "2026-02-16", "2026-03-09", "OAK of PO-7"):
        assert said in mail["text_body"]
    # the same, and something better: nothing is told
    assert track_orders.fn(AS_OF, tell=True)["counts"]["lines_told"] == 0
    plant(oak_comes("2026-02-27"))
    assert track_orders.fn(AS_OF, tell=True)["counts"]["lines_told"] == 0
    plant(oak_comes("2026-03-03"))
    assert track_orders.fn(AS_OF, tell=True)["counts"]["lines_told"] == 1
    assert len(mails(database)) == 2
    assert "2026-03-10" in mails(database)[1]["text_body"]
    (told,) = rows(database, "told_lines")
    assert (told["order"], told["expected_date"]) == ("SO-1", "2026-03-10")


def test_facts_show_in_hours_scrap_and_last_day(plant):
    facts = {
        "issues": [{"event": "I-1", "date": "2026-02-10", "order": "WO-1", "item": "LEG", "quantity": 40}],
        "time_entries": [{"event": "T-1", "date": "2026-02-11", "order": "WO-1", "work_center": "BENCH",
                          "labor_hours": 2}],
        "completions": [{"event": "C-1", "date": "2026-02-10", "order": "WO-1", "quantity": 0, "scrapped_quantity": 1,
                         "scrap_reason": "knots"}],
    }  # fmt: skip
    plant(facts, date(2026, 2, 11))
    answer = tracking_now(date(2026, 2, 17))
    desk = next(row for row in answer["orders"] if row["order"] == "WO-1")
    assert (desk["scrapped"], desk["open"], desk["last_fact"], desk["started"]) == ("1", "9", "2026-02-11", True)
    assert (desk["booked_hours"], desk["standard_hours"]) == ("2", "5")
    assert answer["scrap"] == [{"order": "WO-1", "reason": "knots", "quantity": "1"}]
    kinds = {row["kind"]: row["days"] for row in answer["warnings"] if row["order"] == "WO-1"}
    assert kinds["stalled"] == 4
    assert "over_scrap" in kinds


def test_a_person_reads_what_is_wrong_and_who_waits(plant, kitline):
    code, out, _ = kitline("tracking", "--warnings", "--as-of", AS_OF.isoformat())
    assert code == 0
    lines = out.splitlines()
    assert lines[0].startswith("WO-2 10 TOP: 0 %, not begun, 0 done, 10 open, due 2026-02-12, expected 2026-03-05")
    assert "  OAK: 0 of 20 there, 20 on order" in lines
    assert "      SO-1/10 ALPINA, wanted 2026-02-16: from 2026-02-16 to 2026-03-09, 15 working days later" in lines
    assert any(
        line.startswith("  ! starts late: should start on 2026-02-09, can start on 2026-03-02") for line in lines
    )
    code, out, _ = kitline("tracking", "--json", "--as-of", AS_OF.isoformat())
    assert {row["order"] for row in json.loads(out)["orders"]} == {"WO-1", "WO-2"}
    code, out, _ = kitline("tracking", "--tell", "--as-of", AS_OF.isoformat())
    assert "1 lines told" in out


def test_the_report_and_the_flow_show_the_same(plant, prefect):
    from flows.production_tracking import production_tracking
    from tasks.report import write_report

    counts = production_tracking(as_of=AS_OF, send=False)["counts"]
    assert (counts["orders"], counts["warned"], counts["late"], counts["lines_told"]) == (2, 2, 2, 0)
    page = write_report.fn(AS_OF).read_text()
    assert "Customers who wait" in page
    assert "starts late" in page


def test_reported_units_are_told_by_operation_and_undone_with_their_report(plant, database):
    def told() -> list[tuple]:
        return [(row["operation"], row["passed"], row["scrapped"], row["waiting"], row["booked_hours"])
                for row in tracking_now(AS_OF)["operations"] if row["order"] == "WO-1"]  # fmt: skip

    day = AS_OF.isoformat()
    plant({
        "time_entries": [
            {"event": "T-1", "date": day, "order": "WO-1", "work_center": "BENCH", "operation": "10",
             "quantity": 4},
            {"event": "T-2", "date": day, "order": "WO-1", "work_center": "BENCH", "operation": "10",
             "quantity": 2, "labor_hours": "1.5"},
        ],
    })  # fmt: skip
    assert told() == [("10", "6", "0", "4", "1.5")]
    (row,) = [row for row in tracking_now(AS_OF)["orders"] if row["order"] == "WO-1"]
    assert row["started"]
    plant({
        "reversals": [{"event": "V-1", "date": day, "table": "time_entries", "reversed_event": "T-1",
                       "reason": "twice"}],
        "time_entries": [{"event": "T-3", "date": day, "order": "WO-1", "work_center": "BENCH", "operation": "10",
                          "quantity": 8}],
    })  # fmt: skip
    assert told() == [("10", "10", "0", "0", "1.5")]
    plant({"time_entries": [{"event": "T-4", "date": day, "order": "WO-1", "work_center": "BENCH", "operation": "10",
                             "quantity": 1}]})  # fmt: skip
    (refused,) = [row for row in rows(database, "quarantine") if row["key"] == "T-4"]
    assert "11 passed" in refused["message"]
    assert told() == [("10", "10", "0", "0", "1.5")]
