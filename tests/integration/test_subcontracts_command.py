"""The subcontract tracker and the statement on real databases, through import, posting and inspection."""

import json
from datetime import date

import pytest

import cli
from stage_database import import_rows
from tasks.fact_posting import post_waiting_facts
from tasks.quality_inspection import decide_inspections
from tasks.report import write_report
from tasks.subcontract_statement import state_account
from tasks.subcontract_tracking import UnknownSubcontract, track_subcontracts

AS_OF = date(2026, 1, 31)
# PAINT paints 10 and 20 tops, COAT powders 5 legs; a top costs 30, a leg 4.
PLANT = {
    "suppliers": [{"supplier": name, "name": name.title()} for name in ("PAINT", "COAT")],
    "items": [
        {"item": "TOP", "name": "Top", "unit": "EA", "sourcing": "buy"},
        {"item": "LEG", "name": "Leg", "unit": "EA", "sourcing": "buy", "standard_cost": 4},
        {"item": "PAINTED", "name": "Painted top", "unit": "EA", "sourcing": "subcontract", "inspect": "yes"},
        {"item": "COATED", "name": "Coated leg", "unit": "EA", "sourcing": "subcontract"},
    ],
    "stock": [{"item": "TOP", "quantity": 40, "unit_cost": 30}, {"item": "LEG", "quantity": 40}],
    "subcontract_orders": [
        {"order": "SC-1", "supplier": "PAINT", "item": "PAINTED", "quantity": 10, "due_date": "2026-01-20", "fee": 8},
        {"order": "SC-2", "supplier": "PAINT", "item": "PAINTED", "quantity": 20, "due_date": "2026-02-20", "fee": 8},
        {"order": "SC-3", "supplier": "COAT", "item": "COATED", "quantity": 5, "due_date": "2026-01-20", "fee": 2},
    ],
    "subcontract_order_components": [
        {"order": "SC-1", "item": "TOP", "quantity": 10},
        {"order": "SC-2", "item": "TOP", "quantity": 20, "sent_quantity": 6},
        {"order": "SC-3", "item": "LEG", "quantity": 5},
    ],
}
FACTS = {
    "issues": [
        {"event": "I-1", "date": "2026-01-05", "order": "SC-1", "item": "TOP", "quantity": 10},
        {"event": "I-2", "date": "2026-01-06", "order": "SC-2", "item": "TOP", "quantity": 4},
        {"event": "I-3", "date": "2026-01-07", "order": "SC-3", "item": "LEG", "quantity": 5},
        {"event": "I-4", "date": "2026-01-15", "order": "SC-2", "item": "TOP", "quantity": -1},
    ],
    "receipts": [
        {"event": "R-1", "date": "2026-01-12", "order": "SC-1", "quantity": 8},
        {"event": "R-3", "date": "2026-01-12", "order": "SC-3", "quantity": 5},
    ],
    "inspections": [
        {"event": "Q-1", "date": "2026-01-13", "stage": "subcontract", "order": "SC-1", "inspected_quantity": 6,
         "accepted_quantity": 3, "concession_quantity": 1, "rejected_quantity": 2, "disposition": "return"},
    ],
}  # fmt: skip


@pytest.fixture
def plant(database, tmp_path):
    """The plant's documents in the database, nothing posted yet."""
    import_rows(tmp_path, PLANT, date(2026, 1, 1))
    return database


@pytest.fixture
def january(plant, tmp_path):
    """The plant after the facts of January."""
    import_rows(tmp_path, FACTS, AS_OF)
    post_waiting_facts.fn(AS_OF)
    decide_inspections.fn(AS_OF)
    return plant


def cells(rows: list[dict], *names: str) -> list[tuple]:
    return [tuple(row[name] for name in names) for row in rows]


def test_orders_and_materials_are_derived_from_what_was_posted(january):
    answer = track_subcontracts(AS_OF)
    # SC-3 is delivered and nothing of it is left there
    orders = cells(answer["orders"], "order", "status", "received", "accepted", "concession", "rejected", "waiting",
                   "open", "days_late", "value")  # fmt: skip
    assert orders == [("SC-1", "late", "8", "3", "1", "2", "2", "4", 11, "80"),
                      ("SC-2", "open", "0", "0", "0", "0", "0", "20", 0, "160")]  # fmt: skip
    materials = cells(answer["materials"], "order", "issued", "consumed", "returned", "at_subcontractor", "to_send",
                      "amount")  # fmt: skip
    assert materials == [("SC-1", "10", "8", "0", "2", "0", "60"), ("SC-2", "10", "0", "1", "9", "11", "270")]
    assert cells(answer["material_suppliers"], "supplier", "item", "at_subcontractor") == [("PAINT", "TOP", "11")]


def test_a_delivery_undone_is_no_delivery(january, tmp_path):
    undone = {"event": "V-1", "date": "2026-01-20", "table": "receipts", "reversed_event": "R-3", "reason": "wrong"}
    import_rows(tmp_path, {"reversals": [undone]}, AS_OF)
    post_waiting_facts.fn(AS_OF)
    answer = track_subcontracts(AS_OF, order="SC-3")
    assert cells(answer["orders"], "status", "received", "accepted", "open") == [("late", "0", "0", "5")]
    assert cells(answer["materials"], "consumed", "at_subcontractor", "claimable") == [("0", "5", "0")]
    account = state_account("COAT", date(2026, 1, 1), AS_OF, page=False)
    assert cells(account["orders"], "received", "accepted", "open", "fee_due") == [("0", "0", "5", "0")]


def test_what_was_sent_before_the_first_fact_is_there_before_anything_is_posted(plant):
    (sent,) = [row for row in track_subcontracts(AS_OF)["materials"] if row["order"] == "SC-2"]
    assert (sent["issued"], sent["at_subcontractor"], sent["to_send"]) == ("6", "6", "14")


def test_an_order_asked_for_is_shown_whatever_became_of_it(january):
    answer = track_subcontracts(AS_OF, order="SC-3")
    assert cells(answer["orders"], "order", "status", "accepted") == [("SC-3", "delivered", "5")]
    assert [row["order"] for row in track_subcontracts(AS_OF, ended=True)["orders"]] == ["SC-1", "SC-2", "SC-3"]


def test_who_or_what_is_not_there_is_named(plant):
    with pytest.raises(UnknownSubcontract, match="no subcontract order has the supplier PANT"):
        track_subcontracts(AS_OF, supplier="PANT")


def test_the_command_prints_both_tables_and_the_totals(january, capsys):
    assert cli.main(["subcontracts", "--as-of", "2026-01-31"]) == 0
    told = capsys.readouterr().out
    assert "2 subcontract orders at 1 subcontractors, 1 of them late" in told
    assert "TOP, all" in told
    assert cli.main(["subcontracts", "--supplier", "COAT", "--json", "--as-of", "2026-01-31"]) == 0
    assert json.loads(capsys.readouterr().out)["orders"] == []
    assert cli.main(["subcontracts", "--order", "SC-9"]) == 1
    assert "SC-9" in capsys.readouterr().err


def test_the_report_shows_the_same_rows(january):
    page = write_report.fn(AS_OF).read_text()
    assert 'id="subcontract-orders-rows"' in page
    assert 'id="subcontract-materials-rows"' in page
    assert "No subcontract order is open." not in page


def test_the_number_of_statements_does_not_depend_on_the_number_of_orders(january, tmp_path):
    from sqlalchemy import event

    statements = []

    def counted() -> int:
        statements.clear()
        track_subcontracts(AS_OF, ended=True)
        return len(statements)

    listen = ("before_cursor_execute", lambda *given: statements.append(given[2]))
    event.listen(january, *listen)
    before = counted()
    more = [{**PLANT["subcontract_orders"][0], "order": f"SC-X{n}"} for n in range(40)]
    parts = [{"order": row["order"], "item": "TOP", "quantity": 10} for row in more]
    import_rows(tmp_path, {"subcontract_orders": more, "subcontract_order_components": parts}, AS_OF)
    assert counted() == before
    event.remove(january, *listen)


def test_the_statement_of_a_period_goes_on_where_the_one_before_ended(january):
    one = state_account("PAINT", date(2026, 1, 1), date(2026, 1, 12), page=False)
    other = state_account("PAINT", date(2026, 1, 13), AS_OF, page=False)
    names = ("item", "opening", "sent", "consumed", "returned", "closing")
    assert cells(one["materials"], *names) == [("TOP", "6", "14", "8", "0", "12")]
    assert cells(other["materials"], *names) == [("TOP", "12", "0", "0", "1", "11")]
    # 8 painted at 8; 2 of them went back on the 13th
    assert (one["fee_due"], other["fee_due"]) == ("64", "-16")


def test_a_statement_before_anything_is_posted_has_what_he_held(plant):
    account = state_account("PAINT", date(2026, 1, 1), AS_OF, page=False)
    assert cells(account["materials"], "item", "opening", "closing") == [("TOP", "6", "6")]


def test_the_page_to_print_has_the_same_figures_and_nothing_of_a_name_acts_as_markup(january, tmp_path, capsys):
    import_rows(tmp_path, {"suppliers": [{"supplier": "PAINT", "name": "Paint <b>& Co</b>"}]}, AS_OF)
    assert cli.main(["statement", "PAINT", "--from", "2026-01-01", "--to", "2026-01-31"]) == 0
    told = capsys.readouterr().out
    assert "TOP: 6 + 14 sent − 8 used up − 1 returned = 11 EA at the end." in told
    html = next((tmp_path / "data").rglob("statement-PAINT-2026-01-01-2026-01-31.html")).read_text()
    assert "Paint &lt;b&gt;&amp; Co&lt;/b&gt;" in html
    assert '<tfoot><tr><th scope="row" colspan="12">Fees due</th><td class="n">48.00</td>' in html
    assert "@media print" in html
    assert "http" not in html.replace("http-equiv", "")


def test_a_code_that_is_no_file_name_stays_in_the_folder_of_pages(database, tmp_path):
    import_rows(tmp_path, {"suppliers": [{"supplier": "../A", "name": "A"}]}, AS_OF)
    page = state_account("../A", AS_OF, AS_OF)["page"]
    assert page.endswith("/statement-..%2FA-2026-01-31-2026-01-31.html")


def test_a_statement_that_cannot_be_given_says_why(plant, capsys):
    assert cli.main(["statement", "PANT", "--from", "2026-01-01", "--to", "2026-01-31"]) == 1
    assert "there is no supplier PANT" in capsys.readouterr().err
    assert cli.main(["statement", "PAINT", "--from", "2026-01-31", "--to", "2026-01-01"]) == 1
    assert "ends on 2026-01-01, before it begins" in capsys.readouterr().err
