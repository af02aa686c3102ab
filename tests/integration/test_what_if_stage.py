"""What if, asked of real databases: the same answer as in memory, and not a byte written."""

import json

import pytest
from sqlalchemy import update

import cli
from models import metadata
from models.database import read_table, reading, table_of, writing
from stage_database import import_rows
from table_maker import AS_OF, TABLES
from tasks.material_planning import plan_materials
from tasks.simulation import simulate
from tasks.what_if import ask_what_if

ORDER = {"what": "new_order", "item": "TABLE", "quantity": 4, "date": "2026-02-06", "customer": "HOTEL"}


@pytest.fixture
def plant(database, tmp_path):
    """A table maker in a database."""
    import_rows(tmp_path, TABLES, AS_OF)
    return database


def contents(database) -> dict[str, str]:
    """Every row of every table."""
    with reading(database) as connection:
        return {name: read_table(connection, name).to_csv() for name in metadata.tables}


def test_a_what_if_answers_and_leaves_every_table_as_it_was(plant):
    plan_materials.fn(AS_OF)
    before = contents(plant)
    changes = [ORDER, {"what": "supplier_late", "supplier": "WOOD", "days": 5}, {"what": "cancel", "order": "SO-1"},
               {"what": "stock", "item": "LEG", "quantity": 0}]  # fmt: skip
    found = ask_what_if.fn(changes, AS_OF)
    assert [(row["change"], row["order"]) for row in found["order_lines"]] == [("gone", "SO-1"), ("new", "WHAT-IF-1")]
    assert contents(plant) == before


def test_the_database_gives_the_answer_that_a_scenario_gives(plant):
    scenario = {"as_of": AS_OF.isoformat(), "run": "what_if", "changes": [ORDER], "tables": TABLES}
    assert ask_what_if.fn([ORDER], AS_OF) == simulate(scenario)


def test_no_change_to_a_running_plant_makes_no_difference(plant):
    found = ask_what_if.fn([], AS_OF)
    assert {name for name, rows in found.items() if rows} == {"sentences", "summary"}


def test_a_firm_planned_order_can_be_moved_on_the_branch(plant):
    plan_materials.fn(AS_OF)
    orders = table_of("planned_orders")
    with writing(plant) as connection:
        connection.execute(update(orders).where(orders.c.number == "PLAN-TABLE-1").values(firm=True))
    # from Wednesday the 28th to the next: its legs are needed a week later, and the customer waits
    found = ask_what_if.fn([{"what": "move", "order": "PLAN-TABLE-1", "date": "2026-02-04"}], AS_OF)
    changed = {row["item"]: (row["change"], row["due_after"]) for row in found["planned_orders"]}
    assert changed["LEG"] == ("new", "2026-02-02")
    assert found["order_lines"] or changed["TABLE"]


def test_the_command_asks_in_short_words(plant, kitline):
    code, said, errors = kitline(
        "what-if", "--add-order", "TABLE=4@2026-02-06,HOTEL", "--stock", "LEG=20", "--as-of", AS_OF
    )
    assert (code, errors) == (0, "")
    assert "planned orders: 3 new, 1 gone (LEG, TABLE, TOP)" in said
    assert "WHAT-IF-1/10 can be there on 2026-02-06" in said
    assert "late order lines" in said


def test_the_command_reads_a_file_of_changes_and_answers_json(plant, kitline, tmp_path):
    file = tmp_path / "changes.json"
    file.write_text(json.dumps([ORDER]))
    code, said, _ = kitline("what-if", file, "--as-of", AS_OF, "--json")
    assert code == 0
    assert json.loads(said) == ask_what_if.fn([ORDER], AS_OF)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--stock", "LEGS=20"], "change 1: no row of items has item LEGS; did you mean LEG? (item=LEGS)"),
        (["--stock", "LEG=x"], "is not a number"),
        (["--move", "SO-7=2026-02-02"], "no open order is called SO-7"),
        (["none.json"], "none.json: No such file"),
    ],
)
def test_a_change_that_cannot_be_made_is_refused_with_exit_code_1(plant, kitline, arguments, said):
    code, _, errors = kitline("what-if", *arguments, "--as-of", AS_OF)
    assert code == 1
    assert said in errors


def test_a_short_form_that_is_none_is_explained(kitline, capsys):
    with pytest.raises(SystemExit) as left:
        cli.main(["what-if", "--add-order", "TABLE=4"])
    assert left.value.code == 2
    assert "'TABLE=4' is not ITEM=QUANTITY@DATE[,CUSTOMER]" in capsys.readouterr().err
