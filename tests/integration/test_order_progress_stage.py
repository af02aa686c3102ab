"""Order progress on real databases: asked before and after plan, release, receipts, work and shipments."""

import json
from datetime import date

import pytest

from progress_plant import AS_OF, MASTERS, ORDERS
from stage_database import import_rows
from stage_database import stored_rows as rows
from tasks.fact_posting import post_waiting_facts
from tasks.material_planning import plan_materials
from tasks.order_progress import UnknownOrder, line_words, progress_now
from tasks.order_release import release_orders

MARCH = date(2026, 3, 31)


@pytest.fixture
def plant(database, tmp_path):
    """The desk maker with two orders, loaded; returns a function that loads more and posts it."""

    def load(tables: dict, as_of: date = AS_OF) -> None:
        import_rows(tmp_path, tables, as_of)
        post_waiting_facts.fn(as_of)

    load(MASTERS | ORDERS)
    return load


def first_line(as_of: date = AS_OF) -> dict:
    return progress_now(as_of)["lines"][0]


def of_line(row: dict, *names: str) -> list:
    return [row[name] for name in names]


COVERS = ("ready", "making", "suggested", "unplanned")
WORKS = ("work_orders", "work_orders_done", "work_orders_started")


def test_progress_follows_plan_release_and_facts(plant):
    # no plan yet: three desks lie there, the rest is not planned; legs and one top's oak do not count for work on desks
    row = first_line()
    assert of_line(row, "open", *COVERS) == ["10", "3", "0", "0", "7"]
    assert of_line(row, "materials", "materials_there", "materials_missing") == [2, 1, 1]
    # 3 × 100, and 28 legs of 5 and 2 boards of 15 for the other seven desks, of 1000
    assert row["percent_complete"] == 47

    plan_materials.fn(AS_OF)
    row = first_line()
    assert of_line(row, *COVERS) == ["3", "0", "7", "0"]
    assert row["percent_complete"] == 47

    release_orders.fn(AS_OF, until=MARCH)
    row = first_line()
    assert of_line(row, *COVERS) == ["3", "7", "0", "0"]
    assert of_line(row, *WORKS) == [2, 0, 0]
    assert of_line(row, "materials", "materials_there", "materials_ordered") == [2, 1, 1]
    assert (row["percent_complete"], row["days_late"]) == (47, 0)


def orders_of(database, table: str) -> dict[str, dict]:
    """The first order of each item, that for the first line."""
    return {row["item"]: row for row in sorted(rows(database, table), key=lambda row: row["due_date"], reverse=True)}


def test_progress_rises_with_every_fact_and_ends_at_a_hundred(plant, database):
    plan_materials.fn(AS_OF)
    release_orders.fn(AS_OF, until=MARCH)
    works, bought = orders_of(database, "work_orders"), orders_of(database, "purchase_order_lines")
    desk, top, oak = works["DESK"]["order"], works["TOP"]["order"], bought["OAK"]
    # seven desks of seven tops for the first line; two of their fourteen boards are in stock
    told = [first_line()["percent_complete"]]
    receipt = {"event": "R-1", "date": "2026-02-20", "order": oak["order"], "line": oak["line"], "quantity": 12}
    plant({"receipts": [receipt]}, date(2026, 2, 20))
    row = first_line(date(2026, 2, 20))
    assert of_line(row, "materials_there", "materials_ordered") == [2, 0]
    told.append(row["percent_complete"])
    issue = {"event": "I-1", "date": "2026-02-23", "order": top, "item": "OAK", "quantity": 14}
    plant({"issues": [issue]}, date(2026, 2, 23))
    row = first_line(date(2026, 2, 23))
    assert of_line(row, "materials_there", *WORKS) == [2, 2, 0, 1]
    told.append(row["percent_complete"])
    made = {"event": "C-1", "date": "2026-02-25", "order": top, "quantity": 7}
    plant({"completions": [made]}, date(2026, 2, 25))
    row = first_line(date(2026, 2, 25))
    # the top order is done and stays counted, since it was released for this line
    assert of_line(row, *WORKS) == [2, 1, 0]
    assert of_line(row, "materials", "materials_there") == [2, 2]
    told.append(row["percent_complete"])
    issues = [{"event": f"I-2{item}", "date": "2026-03-02", "order": desk, "item": item, "quantity": quantity}
              for item, quantity in (("TOP", 7), ("LEG", 28))]  # fmt: skip
    plant({"issues": issues}, date(2026, 3, 2))
    plant({"completions": [{"event": "C-2", "date": "2026-03-03", "order": desk, "quantity": 7}]}, date(2026, 3, 3))
    row = first_line(date(2026, 3, 3))
    assert of_line(row, "ready", "making", "percent_complete") == ["10", "0", 99]
    told.append(99)
    assert told == sorted(told)
    parts = [{"event": f"S-{n}", "date": "2026-03-05", "order": "SO-1", "line": 10, "quantity": quantity}
             for n, quantity in enumerate((4, 6))]  # fmt: skip
    plant({"shipments": parts[:1]}, date(2026, 3, 5))
    row = first_line(date(2026, 3, 5))
    assert of_line(row, "shipped_quantity", "open", "ready", "percent_complete") == ["4", "6", "6", 99]
    plant({"shipments": parts[1:]}, date(2026, 3, 5))
    (row,) = progress_now(date(2026, 3, 5), ["SO-1"])["lines"]
    assert of_line(row, "status", "open", "percent_complete") == ["delivered", "0", 100]
    assert of_line(row, *WORKS) == [2, 2, 0]
    assert [line["order"] for line in progress_now(date(2026, 3, 5))["lines"]] == ["SO-2"]


def test_orders_customers_and_late_lines_can_be_asked_for(plant):
    assert [row["order"] for row in progress_now(AS_OF, customer="NORD")["lines"]] == ["SO-2"]
    assert progress_now(AS_OF, late=True)["lines"] == []
    late = progress_now(date(2026, 3, 10), late=True)["lines"]
    assert [(row["order"], row["status"]) for row in late] == [("SO-1", "late"), ("SO-2", "will be late")]
    answer = progress_now(AS_OF, ["SO-2/10"])
    assert [(row["item"], row["needed"]) for row in answer["components"]][:2] == [("DESK", "4"), ("LEG", "16")]
    with pytest.raises(UnknownOrder, match=r"no sales order or line SO-22; did you mean SO-2"):
        progress_now(AS_OF, ["SO-22"])
    with pytest.raises(UnknownOrder, match=r"customer NORT has no order here; did you mean NORD"):
        progress_now(AS_OF, customer="NORT")


def test_a_person_reads_what_is_there_and_what_is_missing(plant, kitline):
    plan_materials.fn(AS_OF)
    release_orders.fn(AS_OF, until=date(2026, 2, 20))
    code, out, _ = kitline("progress", "SO-1", "--as-of", AS_OF.isoformat())
    assert code == 0
    assert out.splitlines()[:4] == [
        "SO-1/10 Alpina Office: 10 EA DESK, on track, 47 % complete",
        "  3 ready in stock, 7 only suggested",
        "  1 of 2 materials there, 1 on order",
        "  due 2026-03-09, expected 2026-03-09; it waits for DESK of PLAN-DESK-1",
    ]
    assert "    7 DESK: planned order PLAN-DESK-1, due 2026-03-09, 24 %" in out.splitlines()
    code, out, _ = kitline("progress", "--as-of", AS_OF.isoformat(), "--customer", "NORD", "--json")
    (row,) = json.loads(out)["lines"]
    assert (row["order"], row["suggested"], row["customer_name"]) == ("SO-2", "4", "Nord")
    code, out, _ = kitline("progress", "--late", "--as-of", AS_OF.isoformat())
    assert (code, out) == (0, "no order line is late\n")
    code, _, err = kitline("progress", "SO-9")
    assert code == 1
    assert "there is no sales order or line SO-9" in err


def test_the_number_of_queries_does_not_depend_on_the_number_of_lines(plant, database):
    from sqlalchemy import event

    def asked() -> int:
        statements: list[str] = []
        listener = lambda *arguments: statements.append(arguments[2])  # noqa: E731
        event.listen(database, "before_cursor_execute", listener)
        progress_now(AS_OF)
        event.remove(database, "before_cursor_execute", listener)
        return len(statements)

    few = asked()
    many = [{"order": "SO-1", "line": line, "item": "DESK", "quantity": 1, "due_date": "2026-04-06"}
            for line in range(20, 220)]  # fmt: skip
    plant({"sales_order_lines": many})
    assert len(progress_now(AS_OF)["lines"]) == 202
    assert asked() == few


def test_the_flow_answers_in_sentences_and_shows_the_lines(prefect, plant):
    from flows.order_progress import order_progress

    result = order_progress(only_late=True, as_of=date(2026, 3, 10))
    assert result["lines"] == 2
    assert result["sentences"][0] == "2 order lines, 2 of them late or expected late."
    assert result["sentences"][1].startswith("SO-1/10 Alpina Office: 10 EA DESK, late, 47 % complete; due 2026-03-09")
    from prefect.artifacts import Artifact

    assert "SO-1/10" in Artifact.get("order-progress").data


def test_words_leave_out_what_there_is_nothing_of():
    zero = dict.fromkeys(("shipped_quantity", "ready", "inspecting", "making", "subcontracted", "purchased",
                          "suggested", "unplanned"), "0")  # fmt: skip
    row = zero | {"order": "SO-1", "line": 10, "customer_name": "Nord", "quantity": "2", "unit": "EA", "item": "DESK",
                  "status": "to be approved", "percent_complete": 0, "materials": 0, "work_orders": 0,
                  "subcontract_orders": 0, "open": "2", "promised_date": None, "due_date": "2026-03-09",
                  "expected_date": None}  # fmt: skip
    assert line_words(row) == [
        "SO-1/10 Nord: 2 EA DESK, to be approved, 0 % complete",
        "  nothing",
        "  due 2026-03-09; no date can be told: nothing is planned for it",
    ]
