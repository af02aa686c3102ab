"""The what-if form in Prefect: filled-in questions become changes, the answer becomes artifacts, nothing is written."""

from prefect.artifacts import Artifact

from flows.what_if import what_if
from models.database import read_table, reading
from stage_database import import_rows
from table_maker import AS_OF, TABLES


def test_a_filled_in_form_answers_with_artifacts_and_writes_nothing(sqlite_database, prefect, tmp_path):
    import_rows(tmp_path, TABLES, AS_OF)
    found = what_if(
        as_of=AS_OF,
        new_orders=[{"item": "TABLE", "quantity": "4", "date": "2026-02-06", "customer": "HOTEL"}],
        late_suppliers=[{"supplier": "WOOD", "days": 5}],
        rows=[{"what": "change", "table": "items", "where": {"item": "LEG"}, "values": {"order_multiple": "50"}}],
    )
    assert any("WHAT-IF-1/10 can be there on 2026-02-06" in sentence for sentence in found["sentences"])
    summary = Artifact.get("what-if").data
    # a top and a table each for the order, and fifty legs; five tops anew for the late ones
    assert "| late order lines | 0 | 1 | 1 |" in summary
    assert '"LEG"' in Artifact.get("what-if-planned-orders").data
    with reading(sqlite_database) as connection:
        assert read_table(connection, "planned_orders").empty
        assert set(read_table(connection, "runs")["stage"]) == {"data_import"}
