"""The demo's summary: delivered and late lines, margins by customer, told in a few lines."""

import io
import os

import pandas as pd
import pytest
from rich.console import Console

from calculations.exact import MICRO
from demo.ending import TABLES, ending_of, month_name
from demo.run import MARK, fresh_folder, prepare_environment
from demo.telling import Teller, money

DAY = "datetime64[s]"


def days(*dates) -> pd.Series:
    return pd.Series(pd.to_datetime(list(dates))).astype(DAY)


def tables() -> dict[str, pd.DataFrame]:
    """Three lines: one on time, one late, one still open; two customers, one of whom earned us nothing."""
    return {
        **{name: pd.DataFrame() for name in TABLES},
        "opportunities": pd.DataFrame({"stage": ["won", "won", "lost", "open"]}),
        "sales_orders": pd.DataFrame({"order": ["SO-1", "SO-2"]}),
        "sales_order_lines": pd.DataFrame(
            {
                "order": ["SO-1", "SO-1", "SO-2"],
                "line": [10, 20, 10],
                "quantity_micro": [2 * MICRO, 3 * MICRO, 4 * MICRO],
                "due_date": days("2026-03-10", "2026-03-10", "2026-03-12"),
                "promised_date": days("2026-03-10", "2026-03-16", None),
            }
        ),
        "shipments": pd.DataFrame(
            {
                "order": ["SO-1", "SO-1", "SO-2"],
                "line": [10, 20, 10],
                "quantity_micro": [2 * MICRO, 3 * MICRO, 1 * MICRO],
                "date": days("2026-03-10", "2026-03-17", "2026-03-12"),
            }
        ),
        "work_orders": pd.DataFrame({"order": ["WO-1", "WO-2"], "kind": ["production", "rework"]}),
        "completions": pd.DataFrame({"scrapped_quantity_micro": [MICRO, 0]}),
        "inspections": pd.DataFrame(
            {"disposition": ["", "return", "rework"], "rejected_quantity_micro": [0, 2 * MICRO, MICRO]}
        ),
        "periods": pd.DataFrame({"period": ["2026-03", "2026-04"], "state": ["closed", "open"]}),
        "cost_identity": pd.DataFrame({"term": ["opening_stock", "difference"], "amount_micro": [5 * MICRO, 0]}),
        "customers": pd.DataFrame({"customer": ["A", "B"], "name": ["Radhaus Bremen", "Velo Zentrum Wien"]}),
        "order_margins": pd.DataFrame(
            {
                "customer": ["B", "A", "A"],
                "revenue_micro": [100 * MICRO, 300 * MICRO, 100 * MICRO],
                "margin_micro": [0, 60 * MICRO, 40 * MICRO],
            }
        ),
        "alerts": pd.DataFrame({"kind": ["shortage", "shortage", "late_order"]}),
    }


def test_a_line_counts_as_delivered_when_all_of_it_left_and_late_after_the_promised_day():
    ending = ending_of(tables())
    assert (ending.lines, ending.lines_delivered, ending.lines_late) == (3, 2, 1)
    assert ending.on_time_percent == 50
    assert ending.pieces_shipped == 6


def test_rejects_scrap_and_rework_are_counted_in_pieces_and_orders():
    ending = ending_of(tables())
    assert ending.rejected == {"return": 2, "rework": 1}
    assert (ending.scrapped, ending.rework_orders) == (1, 1)


def test_customers_are_listed_by_what_they_earned():
    ending = ending_of(tables())
    assert ending.best_customers == [
        ("Radhaus Bremen", 400 * MICRO, 100 * MICRO),
        ("Velo Zentrum Wien", 100 * MICRO, 0),
    ]
    assert ending.margin_percent == 20


def test_the_summary_says_the_figures_the_identity_and_where_to_look(tmp_path):
    text = io.StringIO()
    teller = Teller(1, Console(file=text, width=120))
    teller.end(ending_of(tables()), tmp_path, tmp_path / "reports" / "index.html", 61.4)
    said = text.getvalue()
    for words in ("2 of 3 (6 pieces)", "50 % (1 late)", "Books of March 2026", "difference", "0.00", "20.0 %", "61 s"):
        assert words in said
    assert "index.html" in said
    assert "2 shortage" in said


def test_the_demo_clears_its_own_folder_but_never_another(tmp_path):
    own = fresh_folder(tmp_path / "demo-output")
    (own / "kitline.db").touch()
    assert [path.name for path in fresh_folder(own).iterdir()] == [MARK]
    (tmp_path / "holiday.jpg").touch()
    with pytest.raises(SystemExit, match="give another folder"):
        fresh_folder(tmp_path)
    assert (tmp_path / "holiday.jpg").exists()


def test_the_demo_sends_no_mail_and_reads_no_other_database(tmp_path, monkeypatch):
    monkeypatch.setattr(
        os, "environ", {"KITLINE_SMTP_HOST": "mail.real.example", "PREFECT_API_URL": "http://elsewhere"}
    )
    prepare_environment(tmp_path)
    assert os.environ["KITLINE_SMTP_HOST"] == ""
    assert os.environ["KITLINE_DATABASE_URL"] == f"sqlite:///{tmp_path}/kitline.db"
    assert "PREFECT_API_URL" not in os.environ


def test_money_and_months_are_readable():
    assert money(1_234_500_000) == "1,235 EUR"
    assert month_name("2026-03") == "March 2026"
