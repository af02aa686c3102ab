"""The command line: one line on success, the reason on standard error, an exit code a script can trust."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
MASTERS = {
    "customers": ["customer,name", "ACME,Acme Ltd"],
    "suppliers": ["supplier,name", "BOLTCO,Bolt Company"],
    "items": ["item,name,unit,sourcing,lead_time_days", "DESK,Desk,EA,make,2", "BOLT,Bolt,EA,buy,5"],
    "boms": ["bom,item", "DESK,DESK"],
    "bom_lines": ["bom,line,component,quantity", "DESK,10,BOLT,4"],
    "supplier_items": ["supplier,item,price", "BOLTCO,BOLT,0.5"],
    "opportunities": ["opportunity,customer,stage", "OPP-1,ACME,won"],
    "opportunity_lines": ["opportunity,line,item,quantity,requested_date", "OPP-1,10,DESK,5,2026-01-30"],
}
SCENARIO = {
    "as_of": "2026-01-05",
    "run": "kitting_check",
    "tables": {
        "items": [{"item": "BOLT", "name": "Bolt", "unit": "EA", "sourcing": "buy"}],
        "stock": [{"item": "BOLT", "quantity": "x"}, {"item": "BOLT", "quantity": 5}],
        "sales_order_lines": [{"order": "1", "line": 1, "item": "BOLT", "quantity": 2, "due_date": "2026-01-09"}],
    },
}


@pytest.fixture
def plant(tmp_path) -> Path:
    """A folder of CSV files of a small desk maker."""
    folder = tmp_path / "plant"
    folder.mkdir()
    for name, lines in MASTERS.items():
        (folder / f"{name}.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder


def test_help_answers_without_loading_anything_heavy():
    program = "import sys, cli\ntry:\n    cli.main(['--help'])\nexcept SystemExit:\n    pass\n"
    program += (
        "print([name for name in ('prefect', 'pandas', 'sqlmodel', 'great_expectations') if name in sys.modules])"
    )

    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)

    assert "import" in done.stdout
    assert done.stdout.rstrip().endswith("[]")


def test_import_says_what_it_did_and_is_silent_about_nothing(database, kitline, plant):
    code, said, errors = kitline("import", plant, "--as-of", "2026-01-05")
    assert (code, errors) == (0, "")
    assert said == "data_import-2026-00001: 9 written, 0 changed, 0 unchanged, 0 refused, 0 resolved\n"

    (plant / "items.csv").write_text("item,name,unit,sourcing\nNUT,Nut,EA,by\nNAIL,Nail,EA,buy\n")
    code, said, errors = kitline("import", plant / "items.csv", "--as-of", "2026-01-05")
    assert code == 1
    assert "1 written, 0 changed, 0 unchanged, 1 refused" in said
    assert errors.startswith("items.csv:2: sourcing cannot be 'by'; choose make or buy or subcontract (sourcing=by)\n")
    assert "data_import-2026-00002.csv" in errors


def test_import_as_json_for_scripts(database, kitline, plant):
    (plant / "unknown.csv").write_text("a\n1\n")

    _, said, errors = kitline(
        "import", plant, "--as-of", "2026-01-05", "--json", "--policy", "import_mode=all_or_nothing"
    )

    assert json.loads(said)["counts"]["written"] == 9
    assert "warning: unknown.csv is no import table" in errors


def test_trouble_is_told_in_one_line_and_without_a_traceback(sqlite_database, kitline, tmp_path, monkeypatch):
    for arguments, said in {
        ("import", "/nowhere"): "there is no /nowhere; give a folder of CSV files or a workbook (.xlsx)",
        ("import", tmp_path, "--policy", "loss=x"): "loss cannot be 'x'; choose multiply or divide",
        ("import", tmp_path, "--policy", "loss"): "--policy loss has no value; write it like loss=divide",
        ("export", "ordrs"): "there is no table ordrs",
        ("export", "all"): "export all needs --output",
        ("run", "dreaming"): "there is no stage dreaming; choose one of opportunity_conversion",
        ("trace", "SO-9"): "nothing has the number SO-9",
    }.items():
        code, _, errors = kitline(*arguments)
        assert code == 1
        assert errors.startswith(f"kitline: {said}")
        assert "Traceback" not in errors


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("nonsense", "KITLINE_DATABASE_URL is no database address"),
        ("oracle9://x", "KITLINE_DATABASE_URL is no database address"),
        ("postgresql://127.0.0.1:1/none", "the database did not answer"),
    ],
)
def test_a_wrong_database_is_named(own_settings, monkeypatch, kitline, url, said):
    monkeypatch.setenv("KITLINE_DATABASE_URL", url)
    own_settings.cache_clear()

    code, _, errors = kitline("status")

    assert code == 1
    assert said in errors


def test_an_empty_database_gets_its_tables_on_first_use(own_settings, monkeypatch, tmp_path, kitline):
    monkeypatch.setenv("KITLINE_DATABASE_URL", f"sqlite:///{tmp_path}/deep/new.db")
    own_settings.cache_clear()

    assert kitline("export", "items")[0] == 0
    assert kitline("migrate")[1].startswith("the tables are at revision ")


def test_export_writes_to_standard_output_and_files(database, kitline, plant, tmp_path):
    kitline("import", plant, "--as-of", "2026-01-05")

    assert kitline("export", "suppliers")[1].splitlines()[1] == "BOLTCO,Bolt Company,,vendor,0,0"
    code, said, _ = kitline("export", "all", "-o", tmp_path / "out.xlsx")
    assert (code, said) == (0, f"{tmp_path / 'out.xlsx'}: 9 rows\n")


def test_simulate_answers_each_file_on_a_line_of_its_own(kitline, tmp_path):
    good, bad = tmp_path / "good.json", tmp_path / "bad.json"
    good.write_text(json.dumps(SCENARIO))
    bad.write_text(json.dumps(SCENARIO | {"run": "dreaming"}))

    code, said, errors = kitline("simulate", good)
    assert (code, errors) == (0, "")
    assert json.loads(said)["refused"][0]["value"] == "x"

    code, said, errors = kitline("simulate", bad, good)
    answers = [json.loads(line) for line in said.splitlines()]
    assert (code, answers[0]["error"]["kind"], answers[1]["kits"][0]["complete_sets"]) == (1, "unknown_run", "2")
    assert "there is no run 'dreaming'" in errors

    assert json.loads(kitline("simulate", "--pretty", good)[1]) == answers[1]


def test_the_stages_run_and_every_number_leads_back_to_its_opportunity(prefect, sqlite_database, kitline, plant):
    kitline("import", plant, "--as-of", "2026-01-05")

    code, said, _ = kitline("run", "opportunity-conversion", "--as-of", "2026-01-05", "--json")
    assert (code, json.loads(said)["counts"]["orders"]) == (0, 1)
    assert kitline("run", "material_planning", "--as-of", "2026-01-05")[0] == 0
    code, said, _ = kitline("run", "order_release", "--as-of", "2026-01-05", "--until", "2026-01-30")
    assert code == 0
    assert "2 released, 1 purchase orders, 1 purchase order lines, 1 work orders" in said

    for number in ("PO-2026-00001/10", "PO-2026-00001", "WO-2026-00001", "work_orders:WO-2026-00001"):
        steps = json.loads(kitline("trace", number, "--json")[1])
        assert steps[0]["level"] == 0
        assert {"table": "opportunities", "number": "OPP-1"}.items() <= {
            key: value for step in steps if step["table"] == "opportunities" for key, value in step.items()
        }.items()

    status = json.loads(kitline("status", "--json")[1])
    assert status["runs"][0]["stage"] == "order_release"
    assert status["waiting"]["open purchase orders"] == 1


def test_a_stage_refuses_options_it_does_not_have(sqlite_database, kitline):
    code, _, errors = kitline("run", "kitting_check", "--as-of", "2026-01-05", "--until", "2026-01-30")

    assert (code, errors) == (1, "kitline: kitting_check does not take --until; leave it out\n")


def test_report_and_alerts_work_without_a_prefect_server(sqlite_database, kitline, plant):
    kitline("import", plant, "--as-of", "2026-01-05")

    assert kitline("report", "--as-of", "2026-01-05")[1].strip().endswith(".html")
    assert kitline("send-alerts")[0] == 0


def test_a_run_says_which_facts_it_refused_and_a_locked_month_stays_shut(sqlite_database, kitline, plant):
    issue = "event,date,order,item,quantity\nI-1,2026-01-06,WO-1,BOLT,9\n"
    (plant / "issues.csv").write_text(issue)
    (plant / "work_orders.csv").write_text(
        "order,item,quantity,start_date,due_date\nWO-1,DESK,5,2026-01-05,2026-01-30\n"
    )
    kitline("import", plant, "--as-of", "2026-01-05")

    code, _, errors = kitline("run", "fact_posting", "--as-of", "2026-01-06")
    assert code == 1
    assert "issues:I-1: BOLT in any warehouse: 9 needed, 0 usable, 9 short; record the receipt" in errors

    assert kitline("run", "cost_closing", "--as-of", "2026-02-02", "--period", "2026-01", "--lock")[0] == 0
    code, _, errors = kitline("run", "cost_closing", "--as-of", "2026-01-31")
    assert (code, "period 2026-01 is locked" in errors) == (1, True)


def test_kitting_before_acceptance_says_that_it_is_no_order(database, kitline, plant):
    (plant / "stock.csv").write_text("item,quantity\nBOLT,10\n")
    kitline("import", plant, "--as-of", "2026-01-05")
    question = ("kitting", "--item", "DESK", "--quantity", "3", "--date", "2026-02-02", "--as-of", "2026-01-05")
    code, said, errors = kitline(*question)
    assert (code, errors) == (0, "")
    assert said.splitlines() == [
        "INQUIRY/1 (not an order): DESK partial, 2 of 3 sets, BOLT decides",
        "  BOLT: 2 short of 12; nothing covers it",
    ]
    code, _, errors = kitline("kitting", "--item", "DESK", "--as-of", "2026-01-05")
    assert (code, errors.startswith("kitline: --item and --quantity go together")) == (1, True)


def test_shortages_are_told_and_requisitioned_once(database, kitline, plant, tmp_path):
    (plant / "work_orders.csv").write_text(
        "order,item,quantity,start_date,due_date\nWO-1,DESK,2,2026-01-19,2026-01-23\n"
    )
    kitline("import", plant, "--as-of", "2026-01-05")
    code, said, _ = kitline("shortages", "--as-of", "2026-01-05")
    assert (code, said) == (0, "short  WO-1 BOLT needs 8 on 2026-01-19, 0 there, 8 short: requisition it\n")
    proposal = tmp_path / "proposal.csv"
    assert kitline("requisition", "-o", proposal, "--as-of", "2026-01-05")[1].startswith(f"{proposal}: 1 requisitions")
    code, said, _ = kitline("requisition", "--as-of", "2026-01-05")
    assert said.endswith("1 requisitions proposed, none made; --apply makes them\n")
    code, said, _ = kitline("requisition", "--file", proposal, "--apply", "--as-of", "2026-01-05")
    assert (code, said.split(":")[0]) == (0, "REQ-2026-00001 WO-1/BOLT/1")
    code, said, _ = kitline("requisition", "--file", proposal, "--as-of", "2026-01-05")
    assert said.endswith("WO-1/BOLT/1 was requisitioned before as REQ-2026-00001\n")
    assert "0 requisitioned, 1 already requisitioned" in kitline(
        "requisition", "--file", proposal, "--apply", "--as-of", "2026-01-05"
    )[1]  # fmt: skip
