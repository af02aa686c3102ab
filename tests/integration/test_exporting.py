"""Exports: read back without a change, plain decimals, nothing that runs."""

import json
from datetime import date

import pytest
from openpyxl import load_workbook

from tasks.exporting import UnknownFormat, UnknownTable, WouldOverwrite, export_all, export_table, write_template
from tasks.importing import load_tables

AS_OF = date(2026, 1, 5)
FILES = {
    "customers": "customer,name,priority\nACME,=HYPERLINK(1),2\n",
    "suppliers": "supplier,name,over_receipt_percent\nBOLTCO,Bolt Company,5\n",
    "items": "item,name,unit,sourcing,safety_stock,order_multiple,inspect,lead_time_days\n"
    "BOLT,Bolt,EA,buy,12.5,,yes,\n007,+Nut,KG,make,0.000001,0.5,no,3\n",
    "supplier_items": "supplier,item,price,effective_from,effective_to\nBOLTCO,BOLT,0.25,,2026-12-31\n",
    "substitutes": "component,substitute\nBOLT,007\n",
    "stock": "item,quantity,lot,received_date,unit_cost\n"
    "BOLT,5,L1,2025-12-01,0.2\nBOLT,5,L1,,\nBOLT,7,L1,2025-12-02,\n",
    "sales_orders": "order,customer,order_date,priority\nSO-1,ACME,2026-01-02,\n",
    "sales_order_lines": "order,line,item,quantity,due_date,unit_price\nSO-1,10,BOLT,1000000000,2026-02-02,0.123456\n",
    "purchase_orders": "order,supplier,order_date\nPO-1,BOLTCO,2026-01-02\n",
    "purchase_order_lines": "order,line,item,quantity,due_date\nPO-1,10,BOLT,100,2026-01-20\n",
    "work_orders": "order,item,quantity,start_date,due_date\nWO-1,007,2.5,2026-01-05,2026-01-06\n",
    "issues": "event,date,order,item,quantity\nI1,2026-01-06,WO-1,BOLT,-1\n",
    "receipts": "event,date,order,line,quantity\nR1,2026-01-06,PO-1,10,5\n",
    "expenses": "event,period,pool,amount\nE1,2026-01,RENT,-12.34\n",
    "calendar": "date,working\n2026-01-06,no\n",
}


@pytest.fixture
def loaded(database, tmp_path):
    """A database with a row of many kinds of column."""
    folder = tmp_path / "delivery"
    folder.mkdir()
    for name, text in FILES.items():
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    summary = load_tables(folder, AS_OF)
    assert summary["refused"] == []
    return summary["counts"]["written"]


@pytest.mark.parametrize("name", ["out", "out.xlsx"])
def test_exporting_and_importing_again_changes_nothing(loaded, tmp_path, name):
    assert export_all(tmp_path / name) == loaded

    counts = load_tables(tmp_path / name, AS_OF)["counts"]

    assert counts == {"written": 0, "changed": 0, "unchanged": loaded, "refused": 0, "resolved": 0}


def test_a_csv_holds_plain_decimals_and_blanks(loaded, tmp_path):
    export_table("items", tmp_path / "items.csv")
    lines = (tmp_path / "items.csv").read_text(encoding="utf-8").splitlines()
    assert lines[1].startswith("007,'+Nut,KG,make,,3,0,0,0.000001,0,0.5,")

    export_table("supplier_items", tmp_path / "supplier_items.csv")
    assert (tmp_path / "supplier_items.csv").read_text(encoding="utf-8").splitlines()[1] == (
        "BOLTCO,BOLT,0.25,,,,,,1,,2026-12-31"
    )


def test_standard_output_and_json(loaded, capsys):
    assert export_table("sales_order_lines", format="json") == 1

    line = json.loads(capsys.readouterr().out)[0]
    assert (line["quantity"], line["unit_price"], line["due_date"]) == ("1000000000", "0.123456", "2026-02-02")
    assert "promised_date" not in line

    export_table("customers")
    assert capsys.readouterr().out.splitlines()[1] == "ACME,'=HYPERLINK(1),,,2,,"


def test_full_adds_what_kitline_keeps_beside_the_columns(loaded, capsys):
    export_table("work_orders", full=True)

    assert capsys.readouterr().out.splitlines()[0].endswith("kind,origin,state")


def test_any_table_and_todays_balances_can_be_exported(loaded, tmp_path, capsys):
    export_table("stock_moves")
    assert len(capsys.readouterr().out.splitlines()) == 4

    export_table("stock_balances", tmp_path / "stock.xlsx")
    sheet = load_workbook(tmp_path / "stock.xlsx")["stock_balances"]
    assert [cell.value for cell in sheet[2]][:7] == ["BOLT", "MAIN", "L1", "available", None, None, 17]

    export_table("runs", format="json")
    assert json.loads(capsys.readouterr().out)[0]["counts"]["written"] == loaded


def test_unknown_tables_and_formats_are_refused(loaded, tmp_path):
    with pytest.raises(UnknownTable, match="there is no table ordrs; choose one of adjustments, alerts, "):
        export_table("ordrs")
    with pytest.raises(UnknownFormat):
        export_table("items", "-", "xlsx")


@pytest.mark.parametrize("name", ["plant", "plant.xlsx"])
def test_a_template_explains_every_column_and_imports_as_nothing(database, tmp_path, name):
    assert write_template(tmp_path / name) == 42

    summary = load_tables(tmp_path / name, AS_OF)

    assert (summary["refused"], summary["warnings"], summary["counts"]["written"]) == ([], [], 0)
    with pytest.raises(WouldOverwrite):
        write_template(tmp_path / name)


def test_the_readme_of_a_template_names_defaults_and_choices(tmp_path):
    write_template(tmp_path / "plant")
    write_template(tmp_path / "plant.xlsx")

    page = (tmp_path / "plant" / "README.md").read_text(encoding="utf-8")
    assert "| sourcing* |  | make \\| buy \\| subcontract | how it is obtained |" in page
    explained = {tuple(row[:2]) for row in load_workbook(tmp_path / "plant.xlsx")["README"].values}
    assert ("bom_lines", "loss_rate") in explained
