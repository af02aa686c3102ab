"""Import into real databases: what loads, what is refused and why, and that nothing is half-written."""

import csv
from datetime import date

import pandas as pd
import pytest
from sqlalchemy import insert, update

from models.database import insert_frame, read_table, reading, table_of, writing
from tasks.importing import load_tables

AS_OF = date(2026, 1, 5)
MASTERS = {
    "customers": ["customer,name", "ACME,Acme Ltd"],
    "suppliers": ["supplier,name", "BOLTCO,Bolt Company"],
    "items": ["item,name,unit,sourcing", "DESK,Desk,EA,make", "TOP,Top,EA,make", "BOLT,Bolt,EA,buy"],
    "boms": ["bom,item", "DESK,DESK", "TOP,TOP"],
    "bom_lines": ["bom,line,component,quantity", "DESK,10,TOP,1", "TOP,10,BOLT,4"],
    "sales_orders": ["order,customer,order_date", "SO-1,ACME,2026-01-02"],
    "sales_order_lines": ["order,line,item,quantity,due_date", "SO-1,10,DESK,20,2026-02-02"],
    "purchase_orders": ["order,supplier,order_date", "PO-1,BOLTCO,2026-01-02"],
    "purchase_order_lines": ["order,line,item,quantity,due_date", "PO-1,10,BOLT,100,2026-01-20"],
    "work_orders": ["order,item,quantity,start_date,due_date", "WO-1,TOP,20,2026-01-05,2026-01-09"],
    "stock": ["item,quantity,unit_cost,received_date", "BOLT,40,0.25,2025-12-01", "BOLT,60,0.3,"],
}


@pytest.fixture
def load(database, tmp_path):
    """Writes tables as CSV files into a folder and imports it."""

    def load_files(tables: dict, folder: str = "delivery", **policies) -> dict:
        path = tmp_path / folder
        path.mkdir(exist_ok=True)
        for old in path.iterdir():
            old.unlink()
        for name, lines in tables.items():
            (path / f"{name}.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
        return load_tables(path, AS_OF, policies)

    return load_files


@pytest.fixture
def loaded(load, database):
    """A database with the masters and open documents of a small desk maker."""
    assert load(MASTERS)["counts"]["refused"] == 0
    return load


def rows(engine, table: str) -> pd.DataFrame:
    with reading(engine) as connection:
        return read_table(connection, table)


def only_fault(summary: dict) -> dict:
    assert len(summary["refused"]) == 1, summary["refused"]
    return summary["refused"][0]


def test_every_row_of_a_folder_is_loaded(load, database):
    summary = load(MASTERS)

    assert summary["counts"] == {"written": 16, "changed": 0, "unchanged": 0, "refused": 0, "resolved": 0}
    assert rows(database, "sales_order_lines")["quantity_micro"].tolist() == [20_000_000]
    assert rows(database, "work_orders")["state"].tolist() == ["released"]


def test_opening_stock_becomes_moves_in_layers(loaded, database):
    moves = rows(database, "stock_moves")

    assert moves["number"].tolist() == ["stock:BOLT/MAIN//available/1/1", "stock:BOLT/MAIN//available/2/1"]
    assert moves["kind"].tolist() == ["opening", "opening"]
    assert moves["quantity_micro"].tolist() == [40_000_000, 60_000_000]
    assert moves["date"].dt.strftime("%Y-%m-%d").tolist() == ["2025-12-01", "2026-01-05"]


def test_the_same_files_twice_change_nothing(loaded, database):
    before = {table: rows(database, table) for table in (*MASTERS, "stock_moves")}

    summary = loaded(MASTERS)

    assert summary["counts"] == {"written": 0, "changed": 0, "unchanged": 16, "refused": 0, "resolved": 0}
    for table, frame in before.items():
        pd.testing.assert_frame_equal(rows(database, table), frame)
    assert rows(database, "changes").empty


def test_stock_rows_in_another_order_are_the_same_stock(loaded, database):
    stock = [MASTERS["stock"][0], *MASTERS["stock"][:0:-1]]

    assert loaded({"stock": stock})["counts"]["unchanged"] == 2


def test_a_changed_master_row_is_updated_and_the_change_kept(loaded, database):
    summary = loaded({"items": ["item,name,unit,sourcing,safety_stock", "BOLT,Bolt M8,EA,buy,12.5"]})

    assert summary["counts"]["changed"] == 1
    changes = rows(database, "changes")[["table", "key", "column", "before", "after"]]
    assert changes.to_dict("records") == [
        {"table": "items", "key": "BOLT", "column": "name", "before": "Bolt", "after": "Bolt M8"},
        {"table": "items", "key": "BOLT", "column": "safety_stock", "before": "0", "after": "12.5"},
    ]


def test_a_column_the_file_lacks_keeps_its_value(loaded, database):
    loaded({"items": ["item,name,unit,sourcing,safety_stock", "BOLT,Bolt,EA,buy,12"]})

    loaded({"items": ["item,name,unit,sourcing", "BOLT,Bolt M8,EA,buy"]})

    bolt = rows(database, "items").set_index("item").loc["BOLT"]
    assert (bolt["name"], bolt["safety_stock_micro"]) == ("Bolt M8", 12_000_000)


def test_an_update_leaves_the_state_of_a_document_alone(loaded, database):
    set_state(database, "work_orders", "WO-1", "in_progress")

    loaded({"work_orders": ["order,item,quantity,start_date,due_date", "WO-1,TOP,25,2026-01-05,2026-01-09"]})

    order = rows(database, "work_orders").iloc[0]
    assert (order["quantity_micro"], order["state"]) == (25_000_000, "in_progress")


def test_a_bad_row_goes_to_quarantine_and_the_others_load(loaded, database, tmp_path):
    summary = loaded({"items": ["item,name,unit,sourcing", "NUT,Nut,EA,by", "NAIL,Nail,EA,buy"]})

    assert summary["counts"]["written"] == 1
    kept = rows(database, "quarantine").iloc[0]
    assert (kept["file"], kept["row"], kept["column"], kept["value"]) == ("delivery/items.csv", 2, "sourcing", "by")
    assert "choose make or buy or subcontract" in kept["message"]
    assert kept["content"] == {"item": "NUT", "name": "Nut", "unit": "EA", "sourcing": "by"}
    with open(summary["report"], encoding="utf-8") as report:
        listed = list(csv.DictReader(report))
    assert (listed[0]["row"], listed[0]["content"]) == ("2", "item=NUT, name=Nut, unit=EA, sourcing=by")


def test_a_bad_row_twice_is_quarantined_once(loaded, database):
    for _ in range(2):
        loaded({"items": ["item,name,unit,sourcing", "NUT,Nut,EA,by"]})

    assert len(rows(database, "quarantine")) == 1


def test_all_or_nothing_loads_nothing_but_keeps_the_reason(loaded, database):
    lines = ["item,name,unit,sourcing", "NUT,Nut,EA,by", "NAIL,Nail,EA,buy"]

    summary = loaded({"items": lines}, import_mode="all_or_nothing")

    assert (summary["counts"]["written"], summary["counts"]["refused"]) == (0, 1)
    assert "NAIL" not in rows(database, "items")["item"].tolist()
    assert len(rows(database, "quarantine")) == 1


def test_a_corrected_row_loads_and_resolves_its_quarantine(loaded, database):
    loaded({"items": ["item,name,unit,sourcing", "NUT,Nut,EA,by"]})

    summary = loaded({"items": ["item,name,unit,sourcing", "NUT,Nut,EA,buy"]}, folder="correction")

    assert (summary["counts"]["written"], summary["counts"]["resolved"]) == (1, 1)
    assert rows(database, "quarantine")["state"].tolist() == ["resolved"]


def test_a_row_whose_key_was_corrected_in_place_resolves_its_quarantine(loaded, database):
    lines = ["order,line,item,quantity,due_date", "SO-9,10,DESK,5,2026-02-02"]
    assert "sales_orders" in only_fault(loaded({"sales_order_lines": lines}))["message"]

    lines[1] = "SO-1,20,DESK,5,2026-02-02"
    assert loaded({"sales_order_lines": lines})["counts"]["resolved"] == 1


def test_another_row_in_the_same_line_resolves_nothing(loaded, database):
    loaded({"items": ["item,name,unit,sourcing", "NUT,Nut,EA,by"]})

    loaded({"items": ["item,name,unit,sourcing", "LEG,Table leg,PC,make"]})

    assert rows(database, "quarantine")["state"].tolist() == ["waiting"]


def test_an_unknown_item_customer_or_supplier_is_named(loaded):
    summary = loaded(
        {
            "sales_orders": ["order,customer,order_date", "SO-2,NOBODY,2026-01-02"],
            "sales_order_lines": ["order,line,item,quantity,due_date", "SO-1,20,GHOST,1,2026-02-02"],
            "purchase_orders": ["order,supplier,order_date", "PO-2,NOONE,2026-01-02"],
        }
    )

    named = {(row["table"], row["column"], row["value"]) for row in summary["refused"]}
    assert named == {
        ("sales_orders", "customer", "NOBODY"),
        ("sales_order_lines", "item", "GHOST"),
        ("purchase_orders", "supplier", "NOONE"),
    }


def test_the_lines_of_a_refused_header_are_refused_too(loaded):
    summary = loaded(
        {
            "sales_orders": ["order,customer,order_date", "SO-2,NOBODY,2026-01-02"],
            "sales_order_lines": ["order,line,item,quantity,due_date", "SO-2,10,DESK,1,2026-02-02"],
        }
    )

    assert [row["table"] for row in summary["refused"]] == ["sales_order_lines", "sales_orders"]
    assert summary["counts"]["written"] == 0


def test_lines_of_a_missing_bill_of_materials_are_named(loaded):
    summary = loaded({"bom_lines": ["bom,line,component,quantity", "GHOST,10,BOLT,1"]})

    assert only_fault(summary)["message"] == "bom GHOST is not in boms; add it there or correct the bom"


def test_a_purchase_unit_must_be_convertible(loaded):
    prices = ["supplier,item,price,unit", "BOLTCO,BOLT,10,BOX"]
    message = only_fault(loaded({"supplier_items": prices}))["message"]
    assert message == "unit BOX of BOLT cannot be converted to its stocking unit EA; add it to unit_conversions"

    conversions = ["item,from_unit,to_unit,factor", "BOLT,BOX,EA,100"]
    assert loaded({"supplier_items": prices, "unit_conversions": conversions})["counts"]["resolved"] == 1


def test_a_circle_over_file_and_database_prints_its_path(loaded, database):
    summary = loaded({"bom_lines": ["bom,line,component,quantity", "TOP,20,DESK,1", "TOP,30,BOLT,2"]})

    fault = only_fault(summary)
    assert (fault["row"], fault["column"]) == (2, "component")
    assert fault["message"] == "item TOP would contain itself: TOP → DESK → TOP; remove one of these lines"
    assert rows(database, "bom_lines")["line"].tolist() == [10, 10, 30]


def test_the_same_component_on_two_lines_is_fine(loaded):
    assert loaded({"bom_lines": ["bom,line,component,quantity", "TOP,20,BOLT,2"]})["counts"]["written"] == 1


@pytest.mark.parametrize(
    ("table", "line", "column", "said"),
    [
        ("sales_order_lines", "order,line,item,quantity,due_date\nSO-1,20,DESK,-5,2026-02-02", "quantity", "than 0"),
        ("sales_order_lines", "order,line,item,quantity,due_date\nSO-1,20,DESK,1e15,2026-02-02", "quantity", "1e15"),
        ("sales_order_lines", "order,line,item,quantity,due_date\nSO-1,20,DESK,9000000000,2026-02-02", "quantity",
         "beyond 1000000000"),
        ("sales_order_lines", "order,line,item,quantity,due_date\nSO-1,20,DESK,many,2026-02-02", "quantity", "number"),
        ("sales_order_lines", "order,line,item,quantity,due_date\nSO-1,20,DESK,5,31.02.2026", "due_date", "no date"),
        ("sales_order_lines", "order,line,item,quantity,due_date\nSO-1,20,DESK,5,2026-02-30", "due_date", "no date"),
        ("sales_order_lines", "order,line,item,quantity,due_date\nSO-1,20,DESK,5,20260-01-01", "due_date", "date"),
        ("sales_order_lines", "order,line,item,quantity,due_date\nSO-1,,DESK,5,2026-01-01", "line", "missing"),
        ("stock", "item,quantity\nDESK,-1", "quantity", "negative"),
        ("boms", "bom,item,effective_from,effective_to\nB2,DESK,2026-03-01,2026-02-01", "effective_to", "before"),
        ("work_orders", "order,item,quantity,start_date,due_date\nW,TOP,1,2026-02-02,2026-02-01", "due_date", "start"),
        ("purchase_order_lines", "order,line,item,quantity,due_date\nPO-1,20,BOLT,5,2025-12-31", "due_date",
         "order_date"),
        ("sales_order_lines", "order,line,item,quantity,due_date,shipped_quantity\nSO-1,20,DESK,5,2026-02-02,6",
         "quantity", "shipped"),
        ("receipts", "event,date,order,line,quantity\nR1,2026-01-06,PO-9,10,5", "order", "PO-9 is not in"),
        ("receipts", "event,date,order,line,quantity\nR1,2026-01-06,PO-1,11,5", "line", "no line 11"),
        ("completions", "event,date,order,quantity\nC1,2026-01-06,WO-9,5", "order", "WO-9"),
        ("inspections", "event,date,stage,order,inspected_quantity,accepted_quantity,rejected_quantity\n"
         "I1,2026-01-06,incoming,PO-1,10,8,1", "inspected_quantity", "add up"),
        ("expenses", "event,period,pool,amount\nE1,2026-13,RENT,100", "period", "no month"),
    ],
)  # fmt: skip
def test_bad_cells_are_refused_by_name(loaded, table, line, column, said):
    summary = loaded({table: line.split("\n")})

    fault = only_fault(summary)
    assert (fault["table"], fault["row"], fault["column"]) == (table, 2, column)
    assert said in fault["message"]
    assert summary["counts"]["written"] == 0


def test_a_key_twice_in_a_file_is_refused_once(loaded):
    summary = loaded({"customers": ["customer,name", "NEW,New", "NEW,Newer"]})

    assert (summary["counts"]["written"], only_fault(summary)["row"]) == (1, 3)


def test_a_fact_sent_twice_counts_once(loaded, database):
    receipt = ["event,date,order,line,quantity", "R1,2026-01-06,PO-1,10,5"]
    assert loaded({"receipts": [*receipt, receipt[1]]})["counts"]["written"] == 1

    assert loaded({"receipts": receipt}, folder="again")["counts"]["unchanged"] == 1
    assert len(rows(database, "receipts")) == 1


def test_a_fact_with_other_content_is_refused(loaded, database):
    loaded({"receipts": ["event,date,order,line,quantity", "R1,2026-01-06,PO-1,10,5"]})

    summary = loaded({"receipts": ["event,date,order,line,quantity", "R1,2026-01-06,PO-1,10,6"]})

    assert "R1 came before with other content" in only_fault(summary)["message"]
    assert rows(database, "receipts")["quantity_micro"].tolist() == [5_000_000]


def test_a_refused_fact_may_be_corrected_and_waits_again(loaded, database):
    loaded({"issues": ["event,date,order,item,quantity", "I1,2026-01-06,WO-1,BOLT,500"]})
    with writing(database) as connection:
        connection.execute(update(table_of("issues")).values(state="refused"))

    summary = loaded({"issues": ["event,date,order,item,quantity", "I1,2026-01-06,WO-1,BOLT,50"]})

    assert summary["counts"]["changed"] == 1
    issue = rows(database, "issues").iloc[0]
    assert (issue["quantity_micro"], issue["state"]) == (50_000_000, "pending")


def test_a_refused_fact_that_comes_again_as_it_was_is_tried_again(loaded, database):
    issue = ["event,date,order,item,quantity", "I1,2026-01-06,WO-1,BOLT,500"]
    loaded({"issues": issue})
    refused = pd.DataFrame(
        [{"number": "issues:I1/quantity", "run": "fact_posting-2026-00001", "table": "issues", "file": "", "row": 0,
          "column": "quantity", "value": "500", "message": "BOLT: 500 short", "content": {}, "key": "I1",
          "state": "waiting"}]
    )  # fmt: skip
    with writing(database) as connection:
        connection.execute(update(table_of("issues")).values(state="refused"))
        insert_frame(connection, "quarantine", refused)

    summary = loaded({"issues": issue})

    assert (summary["counts"]["changed"], summary["counts"]["resolved"]) == (1, 1)
    assert rows(database, "issues")["state"].tolist() == ["pending"]
    assert loaded({"issues": issue})["counts"]["unchanged"] == 1


def move_goods(engine, number: str, kind: str, item: str, quantity_micro: int, order: str, line: int = 1) -> None:
    row = {"number": number, "date": pd.Timestamp(AS_OF), "item": item, "warehouse": "MAIN", "status": "available",
           "quantity_micro": quantity_micro, "kind": kind, "order": order, "line": line}  # fmt: skip
    with writing(engine) as connection:
        insert_frame(connection, "stock_moves", pd.DataFrame([row]))


def set_state(engine, table: str, order: str, state: str) -> None:
    with writing(engine) as connection:
        target = table_of(table)
        connection.execute(update(target).where(target.c.order == order).values(state=state))


def test_a_closed_document_takes_neither_changes_nor_facts(loaded, database):
    set_state(database, "purchase_orders", "PO-1", "closed")

    summary = loaded(
        {
            "purchase_order_lines": ["order,line,item,quantity,due_date", "PO-1,10,BOLT,90,2026-01-20"],
            "receipts": ["event,date,order,line,quantity", "R1,2026-01-06,PO-1,10,5"],
        }
    )

    assert {row["message"] for row in summary["refused"]} == {"order PO-1 is closed; nothing is added to it"}
    assert summary["counts"]["refused"] == 2


def test_an_unchanged_line_of_a_closed_document_is_no_fault(loaded, database):
    set_state(database, "purchase_orders", "PO-1", "closed")

    assert loaded(MASTERS)["counts"]["refused"] == 0


def test_an_opportunity_that_became_an_order_is_changed_there(loaded, database):
    opportunity = ["opportunity,customer,stage,owner", "OPP-1,ACME,won,mia"]
    lines = ["opportunity,line,item,quantity,requested_date", "OPP-1,10,DESK,5,2026-02-02"]
    loaded({"opportunities": opportunity, "opportunity_lines": lines})
    with writing(database) as connection:
        order = table_of("sales_orders")
        connection.execute(update(order).where(order.c.order == "SO-1").values(opportunity="OPP-1"))

    lines[1] = "OPP-1,10,DESK,6,2026-02-02"
    fault = only_fault(loaded({"opportunity_lines": lines}))
    assert fault["message"] == "opportunity OPP-1 became order SO-1; change the order instead"
    opportunity[1] = "OPP-1,ACME,won,tom"
    assert loaded({"opportunities": opportunity})["counts"]["changed"] == 1
    opportunity[1] = "OPP-1,ACME,lost,tom"
    assert loaded({"opportunities": opportunity})["counts"]["refused"] == 1


def test_a_line_cannot_go_below_its_shipments(loaded, database):
    move_goods(database, "shipments:S1/1", "shipment", "DESK", -8_000_000, "SO-1", 10)
    lines = ["order,line,item,quantity,due_date", "SO-1,10,DESK,8,2026-02-02"]
    assert loaded({"sales_order_lines": lines})["counts"]["changed"] == 1

    lines[1] = "SO-1,10,DESK,7.999999,2026-02-02"
    assert "below what was shipped" in only_fault(loaded({"sales_order_lines": lines}))["message"]


def test_an_order_with_moves_keeps_its_item(loaded, database):
    move_goods(database, "completions:C1/1", "completion", "TOP", 1_000_000, "WO-1")

    lines = ["order,item,quantity,start_date,due_date", "WO-1,DESK,20,2026-01-05,2026-01-09"]

    assert "item cannot change" in only_fault(loaded({"work_orders": lines}))["message"]


def test_a_locked_period_refuses_facts_by_name(loaded, database):
    with writing(database) as connection:
        connection.execute(insert(table_of("periods")).values(period="2025-12", state="locked", closed_by=""))

    summary = loaded(
        {
            "receipts": ["event,date,order,line,quantity", "R1,2025-12-31,PO-1,10,5", "R2,2026-01-06,PO-1,10,5"],
            "expenses": ["event,period,pool,amount", "E1,2025-12,RENT,100"],
            "stock": ["item,quantity,received_date", "TOP,1,2025-12-30"],
        }
    )

    assert {row["message"] for row in summary["refused"]} == {"period 2025-12 is locked; date it in an open period"}
    assert (summary["counts"]["refused"], summary["counts"]["written"]) == (3, 1)


def test_opening_stock_may_be_corrected_until_something_moved(loaded, database):
    stock = [MASTERS["stock"][0], "BOLT,45,0.25,2025-12-01", MASTERS["stock"][2]]
    assert loaded({"stock": stock})["counts"]["changed"] == 1
    assert sorted(rows(database, "stock_moves")["quantity_micro"].tolist()) == [45_000_000, 60_000_000]

    move_goods(database, "issues:I1/1", "issue", "BOLT", -1_000_000, "WO-1")
    stock[1] = "BOLT,50,0.25,2025-12-01"
    assert "has moved since it was opened" in only_fault(loaded({"stock": stock}))["message"]


def test_a_file_in_the_wrong_encoding_is_refused_and_the_others_load(database, tmp_path):
    folder = tmp_path / "delivery"
    folder.mkdir()
    (folder / "customers.csv").write_bytes("customer,name\nC1,Müller\n".encode("latin-1"))
    (folder / "suppliers.csv").write_text("supplier,name\nS1,Müller\n", encoding="utf-8")

    summary = load_tables(folder, AS_OF)

    message = only_fault(summary)["message"]
    assert "customers.csv is not UTF-8: byte 0xfc at position 18 (line 2); save as UTF-8" in message
    assert rows(database, "suppliers")["name"].tolist() == ["Müller"]

    (folder / "customers.csv").write_text("customer,name\nC1,Müller\n", encoding="utf-8")
    assert load_tables(folder, AS_OF)["counts"]["resolved"] == 1


def test_an_empty_file_and_a_missing_column_are_refused_by_name(load):
    summary = load({"customers": [""], "suppliers": ["supplier", "S1"], "items": MASTERS["items"]})

    assert [row["message"] for row in summary["refused"]] == [
        "customers.csv is empty; its first line must name the columns of customers",
        "suppliers.csv has no column name, which suppliers requires; add it",
    ]
    assert summary["counts"]["written"] == 3


def test_a_failure_halfway_leaves_nothing_behind(database, tmp_path, monkeypatch):
    from tasks import importing

    (tmp_path / "customers.csv").write_text("customer,name\nC1,One\n", encoding="utf-8")
    monkeypatch.setattr(importing, "_resolve", lambda *given: 1 / 0)

    with pytest.raises(ZeroDivisionError):
        load_tables(tmp_path / "customers.csv", AS_OF)

    assert rows(database, "customers").empty
    assert rows(database, "runs")["state"].tolist() == ["failed"]


def test_a_changed_order_line_is_in_the_world_at_once(loaded, database):
    from models.worlds import read_world

    loaded({"sales_order_lines": ["order,line,item,quantity,due_date", "SO-1,10,DESK,30,2026-02-02"]})

    with reading(database) as connection:
        world = read_world(connection, ["sales_order_lines"])
    assert world["sales_order_lines"]["quantity_micro"].tolist() == [30_000_000]


def test_the_flow_shows_progress_and_returns_counts(prefect, sqlite_database, tmp_path):
    from prefect.client.orchestration import get_client

    from flows.data_import import data_import

    (tmp_path / "customers.csv").write_text("customer,name\nC1,One\n,Two\n", encoding="utf-8")

    result = data_import(str(tmp_path / "customers.csv"), AS_OF)

    assert (result["counts"]["written"], result["refused"]) == (1, 1)
    with get_client(sync_client=True) as client:
        shown = [artifact for artifact in client.read_artifacts() if artifact.type == "progress"]
    assert [artifact.data for artifact in shown] == [100.0]


def test_a_slipped_decimal_point_is_warned_of_and_loads(sqlite_database, tmp_path):
    (tmp_path / "items.csv").write_text("item,name,unit,sourcing,standard_cost\nBOLT,Bolt,EA,buy,0.10\n")
    (tmp_path / "suppliers.csv").write_text("supplier,name\nACME,Acme\n")
    (tmp_path / "supplier_items.csv").write_text("supplier,item,price\nACME,BOLT,12\n")
    load_tables(tmp_path, date(2026, 1, 5))
    with reading(sqlite_database) as connection:
        warned = read_table(connection, "gate_results")
        assert read_table(connection, "supplier_items")["price_micro"].tolist() == [12_000_000]
    assert warned[~warned["success"]]["keys"].tolist() == [["ACME/BOLT"]]


def test_a_price_break_is_kept_by_its_quantity_and_changes_when_its_price_does(database, tmp_path):
    rows = {
        "suppliers": "supplier,name\nBOLTCO,Bolt Company\n",
        "items": "item,name,unit,sourcing\nBOLT,Bolt,EA,buy\n",
        "price_breaks": "supplier,item,from_quantity,price\nBOLTCO,BOLT,100,0.45\nBOLTCO,BOLT,500,0.40\n",
    }
    for name, text in rows.items():
        (tmp_path / f"{name}.csv").write_text(text, encoding="utf-8")
    assert load_tables(tmp_path, AS_OF)["counts"]["written"] == 4
    assert load_tables(tmp_path, AS_OF)["counts"]["written"] == 0

    text = rows["price_breaks"].replace("500,0.40", "500,0.39") + "BOLTCO,BOLT,100,0.44\n"
    (tmp_path / "price_breaks.csv").write_text(text, encoding="utf-8")
    summary = load_tables(tmp_path, AS_OF)

    assert summary["counts"]["changed"] == 1
    assert [fault["message"] for fault in summary["refused"]] == [
        "supplier/item/from_quantity BOLTCO/BOLT/100 stands more than once; keep one row of it"
    ]
