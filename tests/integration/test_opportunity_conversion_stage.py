"""The conversion stage on real databases: once per opportunity, numbered, promised, told."""

import threading
from datetime import date

import pandas as pd
import pytest

from models.database import read_table, reading
from stage_database import import_rows
from stage_database import stored_rows as rows
from tasks.opportunity_conversion import convert_opportunities
from validations.gate import GateFailed

AS_OF = date(2026, 1, 5)
SOON = "2026-01-12"

PLANT = {
    "customers": [{"customer": "BIKES", "name": "Bikes", "currency": "EUR"}],
    "items": [
        {"item": "LAMP", "name": "Lamp", "unit": "EA", "sourcing": "buy", "lead_time_days": 10, "list_price": "12.5"},
        {"item": "GEM", "name": "Gem", "unit": "EA", "sourcing": "buy", "list_price": "9"},
    ],
    "stock": [{"item": "LAMP", "quantity": 5}],
    "opportunities": [
        {"opportunity": "O1", "customer": "BIKES", "stage": "won", "owner": "anna@example.com"},
        {"opportunity": "O2", "customer": "BIKES", "stage": "won", "owner": "anna@example.com"},
        {"opportunity": "O3", "customer": "BIKES", "stage": "open"},
    ],
    "opportunity_lines": [
        {"opportunity": "O1", "line": 10, "item": "LAMP", "quantity": 3, "requested_date": SOON},
        {"opportunity": "O1", "line": 20, "item": "LAMP", "quantity": 1, "requested_date": SOON, "unit_price": "10"},
        {"opportunity": "O2", "line": 10, "item": "LAMP", "quantity": 4, "requested_date": SOON},
        {"opportunity": "O3", "line": 10, "item": "LAMP", "quantity": 4, "requested_date": SOON},
    ],
}


@pytest.fixture
def load(tmp_path):
    """A function that imports tables from plain rows."""

    return lambda tables: import_rows(tmp_path, tables, AS_OF)


def test_won_opportunities_become_numbered_orders_with_promised_lines(database, load):
    load(PLANT)
    summary = convert_opportunities.fn(AS_OF)
    assert summary["counts"] == {
        "orders": 2, "order_lines": 3, "accept": 2, "partial": 1, "later": 0, "alerts": 1,
    }  # fmt: skip
    orders = rows(database, "sales_orders")
    assert [(row["order"], row["opportunity"], row["currency"], row["state"], row["origin"]) for row in orders] == [
        ("SO-2026-00001", "O1", "EUR", "approved", "opportunities:O1"),
        ("SO-2026-00002", "O2", "EUR", "approved", "opportunities:O2"),
    ]
    lines = rows(database, "sales_order_lines")
    shown = ("order", "line", "quantity", "unit_price", "promised_date", "promise_decision", "promise_bottleneck")
    assert [tuple(row[name] for name in shown) for row in lines] == [
        ("SO-2026-00001", 10, "3", "12.5", SOON, "accept", ""),
        ("SO-2026-00001", 20, "1", "10", SOON, "accept", ""),
        ("SO-2026-00002", 10, "4", "12.5", "2026-01-19", "partial", "LAMP"),
    ]
    assert lines[2]["origin"] == "opportunity_lines:O2/10"


def test_sales_is_told_of_a_line_promised_later_than_requested(database, load):
    load(PLANT)
    convert_opportunities.fn(AS_OF)
    (alert,) = rows(database, "alerts")
    assert (alert["kind"], alert["recipient"], alert["state"]) == ("late_order", "anna@example.com", "pending")
    assert "SO-2026-00002" in alert["text_body"]
    assert "2026-01-19" in alert["text_body"]


def test_running_twice_converts_once(database, load):
    load(PLANT)
    convert_opportunities.fn(AS_OF)
    before = rows(database, "sales_orders"), rows(database, "sales_order_lines"), rows(database, "alerts")
    assert convert_opportunities.fn(AS_OF)["counts"] == {"orders": 0}
    assert (rows(database, "sales_orders"), rows(database, "sales_order_lines"), rows(database, "alerts")) == before
    assert [row["state"] for row in rows(database, "runs") if row["stage"] == "opportunity_conversion"] == [
        "completed", "completed",
    ]  # fmt: skip


def test_two_runs_at_once_convert_once(database, load):
    load(PLANT)
    errors = []

    def convert():
        try:
            convert_opportunities.fn(AS_OF)
        except Exception as error:
            errors.append(error)

    threads = [threading.Thread(target=convert) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert [row["order"] for row in rows(database, "sales_orders")] == ["SO-2026-00001", "SO-2026-00002"]
    assert len(rows(database, "sales_order_lines")) == 3


def test_an_opportunity_without_lines_waits_in_quarantine_until_they_come(database, load):
    load({**PLANT, "opportunity_lines": PLANT["opportunity_lines"][:2]})
    counts = convert_opportunities.fn(AS_OF)["counts"]
    assert (counts["orders"], counts["refused"]) == (1, 1)
    (held,) = rows(database, "quarantine")
    assert (held["table"], held["key"], held["column"], held["state"]) == (
        "opportunities", "O2", "opportunity", "waiting",
    )  # fmt: skip
    assert "add what was sold to opportunity_lines" in held["message"]
    load({"opportunity_lines": PLANT["opportunity_lines"][2:3]})
    assert convert_opportunities.fn(AS_OF)["counts"]["orders"] == 1
    assert [row["opportunity"] for row in rows(database, "sales_orders")] == ["O1", "O2"]
    assert [row["state"] for row in rows(database, "quarantine")] == ["resolved"]


def test_what_cannot_be_promised_is_written_without_a_date_and_shown_as_a_warning(database, load):
    line = {"opportunity": "O1", "line": 10, "item": "GEM", "quantity": 1, "requested_date": SOON}
    load({**PLANT, "opportunities": PLANT["opportunities"][:1], "opportunity_lines": [line]})
    summary = convert_opportunities.fn(AS_OF)
    (written,) = rows(database, "sales_order_lines")
    assert (written["promised_date"], written["promise_decision"], written["promise_bottleneck"]) == (
        None, "later", "GEM",
    )  # fmt: skip
    (warning,) = (row for row in summary["gates"] if not row["success"])
    assert warning["severity"] == "warning"
    assert warning["keys"] == ["O1/10/GEM"]


def test_an_order_that_is_closed_already_is_no_reason_to_convert_again(database, load):
    from models.database import writing
    from models.document_life import Because, change_state

    load(PLANT)
    convert_opportunities.fn(AS_OF)
    with writing(database) as connection:
        change_state(connection, "sales_orders", ["SO-2026-00001"], "closed", Because("", AS_OF))
    convert_opportunities.fn(AS_OF)
    assert len(rows(database, "sales_orders")) == 2


def test_a_failing_gate_leaves_nothing_but_the_failed_run(database, load, monkeypatch):
    from calculations import opportunity_conversion

    load(PLANT)
    honest = opportunity_conversion.convert_opportunities

    def broken(*arguments):
        frames = honest(*arguments)
        frames["sales_order_lines"]["promise_decision"] = "maybe"
        return frames

    monkeypatch.setattr(opportunity_conversion, "convert_opportunities", broken)
    with pytest.raises(GateFailed, match="O1/10"):
        convert_opportunities.fn(AS_OF)
    assert rows(database, "sales_orders") == []
    assert [row["state"] for row in rows(database, "runs") if row["stage"] == "opportunity_conversion"] == ["failed"]
    assert [row["kind"] for row in rows(database, "alerts")] == ["failed_gate"]


def test_the_frames_written_are_the_frames_calculated(database, load):
    load(PLANT)
    convert_opportunities.fn(AS_OF)
    with reading(database) as connection:
        lines = read_table(connection, "sales_order_lines")
    assert lines["unit_price_micro"].dtype == "Int64"
    assert lines["promised_date"].tolist() == [pd.Timestamp(SOON), pd.Timestamp(SOON), pd.Timestamp("2026-01-19")]
