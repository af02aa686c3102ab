"""What `make bench` reports: every figure a row, judged by its limit, skipped with a reason where data is missing."""

import sys

import pandas as pd

from benchmarks.measure import ROOT, Benchmark, Figure, program
from benchmarks.order_book import write_order_book
from benchmarks.plants import wrong_receipts


def test_a_figure_holds_up_to_its_limit_and_a_figure_without_one_is_only_shown():
    assert Figure("month_seconds", 120.0, "s", 120).holds is True
    assert Figure("month_seconds", 120.1, "s", 120).holds is False
    assert Figure("month_seconds", 120.1, "s").holds is None


def test_a_row_of_the_report_has_exactly_the_promised_names():
    row = Figure("month_seconds", 61.5, "s", 120).as_row()
    assert row == {"name": "month_seconds", "value": 61.5, "unit": "s", "limit": 120, "holds": True}


def test_a_benchmark_whose_data_is_missing_is_skipped_with_the_reason():
    def never():
        raise AssertionError

    absent = Benchmark(never, (Figure("month_seconds", None, "s", 120),), needs=(ROOT / "no such folder",))
    (figure,) = absent.figures()
    assert figure.skipped == f"{ROOT.name}/no such folder is missing beside the checkout"
    assert figure.as_row()["holds"] is None


def test_a_program_is_measured_from_outside():
    usage = program(sys.executable, "-c", "block = bytearray(60_000_000); print('done')")
    assert usage.output == "done\n"
    assert usage.peak_bytes > 60_000_000
    assert 0 < usage.seconds < 60


def test_planned_receipts_are_compared_by_item_and_date():
    planned = pd.DataFrame(
        {
            "item": ["BOLT", "BOLT", "NUT"],
            "due_date": pd.to_datetime(["2024-01-08", "2024-01-08", "2024-01-15"]),
            "quantity_micro": [60_000_000, 40_000_000, 5_000_000],
        }
    )
    expected = pd.DataFrame({"item": ["BOLT", "NUT"], "date": ["2024-01-08", "2024-01-22"], "quantity": [100, 5]})
    assert wrong_receipts(planned, expected) == 2  # NUT came on the 15th and not on the 22nd


def test_an_order_book_has_as_many_lines_as_asked_for(tmp_path):
    _, orders = write_order_book(1000, tmp_path)
    lines = pd.read_csv(orders / "opportunity_lines.csv")
    assert len(lines) == 1000
    assert lines.opportunity.nunique() == len(pd.read_csv(orders / "opportunities.csv")) == 200
