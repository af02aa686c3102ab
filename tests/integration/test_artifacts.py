"""Artifacts of a stage can be read in the Prefect UI."""

import json
from decimal import Decimal

from tasks.artifacts import Progress, publish_stage

GATE = {"gate": "order lines", "frame": "sales_order_lines", "severity": "warning", "rows": 12}
SUMMARY = {
    "run": "kitting_check-2026-00007",
    "stage": "kitting_check",
    "as_of": "2026-01-05",
    "counts": {"order_lines": 1200, "short": 3},
    "tables": {
        "Shortages": [{"item": "BOLT|NUT", "short": Decimal("1.5"), "covered_by": None}],
        "Many": [{"line": number} for number in range(1_500)],
        "None": [],
    },
    "not_shown": {},
    "notes": ["Since the last check: 2 lines ready."],
    "gates": [
        {**GATE, "expectation": "the quantity is above zero", "success": False, "failing": 1, "keys": ["SO-1/10"]},
        {**GATE, "expectation": "the item is known", "success": True, "failing": 0, "keys": []},
    ],
}


def published(summary):
    from prefect import flow
    from prefect.artifacts import Artifact

    @flow
    def stage():
        return publish_stage(summary)

    ids = [str(number) for number in stage()]
    return {key: artifact for key in KEYS if (artifact := Artifact.get(key)) and str(artifact.id) in ids}


KEYS = ("kitting-check", "kitting-check-shortages", "kitting-check-many", "kitting-check-none", "kitting-check-gates")


def test_a_stage_shows_its_counts_tables_and_gates(own_settings, prefect):
    artifacts = published(SUMMARY)
    assert set(artifacts) == {*KEYS} - {"kitting-check-none"}
    overview = artifacts["kitting-check"].data
    assert "Since the last check: 2 lines ready." in overview
    assert "| order lines | 1,200 |" in overview
    assert "2 expectations looked at, 1 not met" in overview
    (row,) = json.loads(artifacts["kitting-check-shortages"].data)
    assert row == {"item": "BOLT|NUT", "short": "1.5", "covered_by": ""}
    assert [row["keys"] for row in json.loads(artifacts["kitting-check-gates"].data)] == ["SO-1/10", ""]


def test_a_long_table_is_cut_and_says_where_the_rest_is(own_settings, prefect):
    many = published(SUMMARY)["kitting-check-many"]
    assert len(json.loads(many.data)) == 1_000
    assert many.description == "The first 1,000 of 1,500 rows; the report and the tables have all of them."


def test_progress_ends_at_a_hundred_percent(prefect):
    from prefect import flow
    from prefect.artifacts import Artifact

    @flow
    def reading():
        with Progress("Reading files", 3) as step:
            step("items")
            step("boms")

    reading()
    assert float(Artifact.get("progress-reading-files").data) == 100
