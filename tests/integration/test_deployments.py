"""Every deployment can be loaded, and nothing in flows/ hides a module that Prefect needs."""

import sys
from pathlib import Path

import pytest
import yaml
from prefect.flows import load_flow_from_entrypoint

ROOT = Path(__file__).resolve().parents[2]
DECLARED = yaml.safe_load((ROOT / "prefect.yaml").read_text())["deployments"]


@pytest.mark.parametrize("entry", DECLARED, ids=lambda entry: entry["name"])
def test_an_entrypoint_loads_without_prefects_placeholder(entry):
    flow = load_flow_from_entrypoint(str(ROOT / entry["entrypoint"]), use_placeholder_flow=False)
    assert flow.name == entry["name"]
    parameters = flow.parameters.model_dump() if hasattr(flow.parameters, "model_dump") else dict(flow.parameters)
    for name, rule in parameters.get("properties", {}).items():
        assert rule.get("description"), f"{entry['name']}: the form's field {name} has no help"
    assert flow.description, f"{entry['name']}: no sentence for the Prefect UI"


def test_every_stage_flow_is_deployed():
    stems = {path.stem for path in (ROOT / "flows").glob("*.py")} - {"__init__", "stage_flow", "serving"}
    assert stems == {entry["name"].replace("-", "_") for entry in DECLARED}


def test_no_file_in_flows_hides_a_module():
    # flows/ comes first on sys.path when a flow file is run: flows/inspect.py would break `import prefect`
    ours = {path.name for path in ROOT.iterdir() if path.is_dir()} | {"settings", "cli"}
    for path in (ROOT / "flows").glob("*.py"):
        assert path.stem not in sys.stdlib_module_names
        assert path.stem not in ours
    assert not list((ROOT / "tests").rglob("__init__.py"))
