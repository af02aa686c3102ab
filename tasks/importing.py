"""Files → tables: bad rows to quarantine, good rows loaded, in one transaction; the same file twice changes nothing.

A row goes through: cells (`row_parsing`), rules of one row (`import_rules`), what the database already holds
(`tasks.import_state`), references, rules over several tables; then it is written, or quarantined with the reason.
What is left is held against a gate as a whole.
"""

from collections.abc import Callable
from datetime import date
from hashlib import sha256
from pathlib import Path

import pandas as pd
from prefect import task
from prefect.cache_policies import NO_CACHE

from calculations import circle_rules, import_rules
from calculations.row_parsing import ImportTable, key_texts, no_refusals, parse_table, refuse_unknown_references
from connectors.files import Sheet, TextTables, read_tables, write_csv
from models import importing
from models.import_tables import import_tables as import_specs
from settings import settings
from tasks.import_state import ImportState
from tasks.stage_run import SHOWN_ROWS, StageRun, stage_run
from validations.data_import import IMPORTED_TABLES

Progress = Callable[[float, str], None]
# Shares of the progress bar at which reading and checking end.
READ, CHECKED = 0.3, 0.5
REPORT_COLUMNS = ("file", "table", "row", "column", "value", "message", "content")


@task(name="import tables", cache_policy=NO_CACHE)
def import_tables(path: str | Path, as_of: date, policies: dict | None = None) -> dict:
    """Load a folder of CSV files, a workbook or one CSV file; see `load_tables`."""
    return load_tables(path, as_of, policies, _progress_artifact())


def load_tables(path: str | Path, as_of: date, policies: dict | None = None, progress: Progress | None = None) -> dict:
    """Load the import tables of a path; returns the run's summary with `refused`, `warnings` and `report`.

    Counts: rows `written` (new), `changed`, `unchanged`, `refused`, and quarantined rows `resolved`. With the policy
    import_mode all_or_nothing one refused row refuses all; the quarantine is kept all the same.

    Raises:
        UnreadablePath: nothing there, or not a kind of file that Kitline reads.
    """
    progress = progress or (lambda share, what: None)
    path = Path(path)
    specs = import_specs()
    found = read_tables(path, specs, lambda file: progress(0.0, f"reading {file}"))
    progress(READ, "checking")
    with stage_run("data_import", as_of, policies) as run:
        for warning in found.warnings:
            run.log.warning(warning)
        checked, faults = check_text(run, path, found)
        progress(CHECKED, "writing")
        if faults.empty or run.policies["import_mode"] == "good_rows":
            write_checked(run, checked, progress)
            resolved = _resolve(run, checked, faults, path, found)
        else:
            run.log.error("all rows are refused, as the policy import_mode says, because some are bad")
            run.count(written=0, changed=0, unchanged=0)
            resolved = 0
        run.count(refused=len(faults.drop_duplicates(["file", "row"])), resolved=resolved)
        importing.quarantine_rows(run.connection, faults.assign(run=run.number))
        run.show("Tables", _counts_by_table(checked, faults))
        run.show("Refused rows", faults[["file", "row", "column", "value", "message"]])
        report = _report(run.number, faults)
    progress(1.0, "done")
    shown = faults[list(REPORT_COLUMNS[:-1])].head(SHOWN_ROWS).to_dict("records")
    return {**run.summary, "refused": shown, "warnings": found.warnings, "report": report}


def check_text(run: StageRun, path: Path, found: TextTables) -> tuple[ImportState, pd.DataFrame]:
    """Rows as text through every check: what may be written, and the refusals as quarantine rows."""
    specs = import_specs()
    checked = _checked(run, found, specs)
    run.gate(IMPORTED_TABLES, checked.frames)
    return checked, _faults(path, found, checked.refused, specs)


def _progress_artifact() -> Progress:
    """A progress bar in the Prefect UI that moves in steps of five percent."""
    from prefect.artifacts import create_progress_artifact, update_progress_artifact

    artifact = create_progress_artifact(progress=0.0, key="data-import", description="Import of tables")
    shown = 0.0

    def progress(share: float, what: str) -> None:
        nonlocal shown
        if share - shown >= 0.05 or share == 1.0 != shown:
            shown = share
            update_progress_artifact(artifact, progress=100 * share, description=f"Import of tables: {what}")

    return progress


def _checked(run: StageRun, found: TextTables, specs: dict[str, ImportTable]) -> ImportState:
    """The rows that may be written, compared with what the database holds."""
    frames, refused = {}, []
    for name, spec in specs.items():
        if name in found.frames:
            frames[name], bad = parse_table(found.frames[name], spec)
            refused.append(bad)
    present = {name: [column for column in found.frames[name] if column] for name in frames}
    state = ImportState(run.connection, frames, specs, present, run.as_of, run.policies)
    refused.append(import_rules.refuse_broken_rows(frames, run.policies, state.completed))
    state.compare()
    refused.append(state.refuse_what_is_settled())
    refused.append(refuse_unknown_references(frames, specs.values(), state.known))
    refused.append(import_rules.refuse_unknown_orders(frames, state.known))
    refused.append(_refuse_across_tables(run, frames))
    state.refused = pd.concat([no_refusals(), *refused], ignore_index=True)
    return state


def _refuse_across_tables(run: StageRun, frames: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """Units, circles and dates that only several tables together can show."""
    refused = []
    if "supplier_items" in frames:
        units = importing.column_by(run.connection, "items", "item", "unit") | _by(frames, "items", "item", "unit")
        conversions = importing.unit_conversions(run.connection)
        if "unit_conversions" in frames:
            rows = frames["unit_conversions"][["item", "from_unit", "to_unit"]]
            conversions += list(rows.itertuples(index=False, name=None))
        refused.append(import_rules.refuse_unconvertible_units(frames, units, conversions))
    if "bom_lines" in frames or "substitutes" in frames:
        refused += _refuse_circles(run, frames)
    if "purchase_order_lines" in frames:
        dates = importing.column_by(run.connection, "purchase_orders", "order", "order_date")
        ordered = pd.Series({order: pd.Timestamp(day) for order, day in dates.items()}, dtype="datetime64[s]")
        if "purchase_orders" in frames:
            in_file = frames["purchase_orders"].set_index("order")["order_date"]
            ordered = pd.concat([ordered[~ordered.index.isin(in_file.index)], in_file])
        refused.append(import_rules.refuse_early_due_dates(frames, ordered))
    return pd.concat([no_refusals(), *refused], ignore_index=True)


def _refuse_circles(run: StageRun, frames: dict[str, pd.DataFrame]) -> list[pd.DataFrame]:
    """Bill lines and substitutes that close a circle over file and database."""
    made = importing.column_by(run.connection, "boms", "bom", "item") | _by(frames, "boms", "bom", "item")
    lines, pairs = importing.bill_lines(run.connection), importing.substitute_pairs(run.connection)
    if "bom_lines" in frames:
        replaced = set(frames["bom_lines"][["bom", "line"]].itertuples(index=False, name=None))
        lines = [row for row in lines if row[:2] not in replaced]
    present = [(made[bom], part) for bom, _, _, part in lines]
    refused = [circle_rules.refuse_cycles(frames, made, present)]
    return [*refused, circle_rules.refuse_substitute_circles(frames, made, present, pairs)]


def _by(frames: dict, table: str, key: str, column: str) -> dict:
    frame = frames.get(table)
    return {} if frame is None else dict(zip(frame[key].tolist(), frame[column].tolist(), strict=True))


def write_checked(run: StageRun, state: ImportState, progress: Progress = lambda share, what: None) -> None:
    """Insert new rows, update changed ones and keep what they replaced."""
    total = max(1, sum(len(state.new(name)) + len(state.changed(name)) for name in state.frames))
    done = 0
    for name in state.specs:
        if name not in state.frames:
            continue
        new, changed = state.new(name), state.changed(name)
        for written in importing.insert_rows(run.connection, name, new):
            progress(CHECKED + (1 - CHECKED) * (done + written) / total, f"writing {name}")
        importing.update_rows(run.connection, name, changed, state.key(name), **state.values_of_changed(name))
        run.write("changes", state.changes(name), run=run.number)
        done += len(new) + len(changed)
        run.count(written=len(new), changed=len(changed))
        run.count(unchanged=len(state.frames[name]) - len(new) - len(changed))
    state.write_opening_moves()


def _faults(path: Path, found: TextTables, refused: pd.DataFrame, specs: dict) -> pd.DataFrame:
    """All refusals as quarantine rows, files and lines in order."""
    rows = [_fault_row(path, specs, fault) for fault in found.faults]
    for name, bad in refused.groupby("table", sort=False):
        text, file = found.frames[name], found.files[name]
        contents = text.loc[bad["row"]].to_dict("records")
        for fault, content in zip(bad.to_dict("records"), contents, strict=True):
            rows.append(_fault_row(path, specs, {**fault, "file": file, "content": content}))
    columns = ["number", "key", *REPORT_COLUMNS]
    frame = pd.DataFrame(rows, columns=columns)
    frame["row"] = frame["row"].astype("int64")
    return frame.drop_duplicates("number").sort_values(["file", "row"], kind="stable", ignore_index=True)


def _fault_row(path: Path, specs: dict, fault: dict) -> dict:
    file = _place(path, fault["file"])
    digest = sha256(repr((fault["content"], fault["message"])).encode()).hexdigest()[:12]
    spec = specs[fault["table"]]
    content = {name: str(cell) for name, cell in fault["content"].items()}
    names = [field.removesuffix("_micro") for field in spec.key]
    key = "/".join(str(content.get(name) or spec.column(name).default or "").strip() for name in names)
    return {
        **fault,
        "number": f"{file}:{fault['row']}:{fault['column']}:{digest}",
        "key": key if fault["row"] and key.strip("/") else "",
        "file": file,
        "content": content,
        "value": str(fault["value"])[:1000],
    }


def _place(path: Path, file: str) -> str:
    """A file as quarantine names it: with its folder, so that two deliveries are told apart."""
    return f"{path.name}/{file}" if path.is_dir() else file


def _resolve(run: StageRun, state: ImportState, faults: pd.DataFrame, path: Path, found: TextTables) -> int:
    """Quarantined rows that came again and are good now, found by key, or by place and likeness of content."""
    waiting = importing.waiting_rows(run.connection, found.frames)
    waiting = waiting[~waiting["number"].isin(faults["number"])]
    resolved = []
    for name, rows in waiting.groupby("table"):
        frame = state.frames[name]
        loaded = set(key_texts(frame, state.specs[name].key))
        touched = set(key_texts(pd.concat([state.new(name), state.changed(name)]), state.specs[name].key))
        whole_file_bad = {fault["file"] for fault in found.faults if fault["row"] == 0 and fault["table"] == name}
        for row in rows.to_dict("records"):
            # a fact refused by a posting run has no file: only a new version of it is a correction
            by_key = row["key"] and row["key"] in (loaded if row["file"] else touched)
            here = row["file"] == _place(path, found.files[name])
            if row["file"] and row["row"] == 0:
                corrected = here and not whole_file_bad
            else:
                corrected = by_key or (here and _is_alike(row, frame, found.frames[name]))
            if corrected:
                resolved.append(row["number"])
    importing.resolve_rows(run.connection, resolved)
    return len(resolved)


def _is_alike(row: dict, frame: pd.DataFrame, text: pd.DataFrame) -> bool:
    """Whether the good row in the same line is the refused one with few cells mended."""
    if row["row"] not in frame.index:
        return False
    now, before = text.loc[row["row"]].to_dict(), row["content"] or {}
    filled = [name for name, cell in before.items() if cell]
    return 2 * sum(now.get(name) == before[name] for name in filled) >= len(filled)


def _counts_by_table(state: ImportState, faults: pd.DataFrame) -> pd.DataFrame:
    bad = faults.drop_duplicates(["table", "file", "row"])["table"].value_counts()
    names = [name for name in state.specs if name in state.frames or name in bad.index]
    rows = []
    for name in names:
        loaded = name in state.frames
        new, changed = (len(state.new(name)), len(state.changed(name))) if loaded else (0, 0)
        unchanged = len(state.frames[name]) - new - changed if loaded else 0
        rows.append((name, new, changed, unchanged, int(bad.get(name, 0))))
    return pd.DataFrame(rows, columns=["table", "new", "changed", "unchanged", "refused"])


def _report(number: str, faults: pd.DataFrame) -> str:
    """Write the refused rows to a CSV file; returns its path, "" when there are none."""
    if faults.empty:
        return ""
    shown = faults[list(REPORT_COLUMNS)].astype("str")
    shown["content"] = [", ".join(f"{name}={cell}" for name, cell in content.items()) for content in faults["content"]]
    path = settings().quarantine_dir / f"{number}.csv"
    write_csv(path, Sheet("refused", shown.astype("str"), {}))
    return str(path)
