"""The command line: what a person or a script asks of Kitline.

Only the standard library is imported here: Prefect, pandas and the database load inside the command that needs them, so
that `kitline --help` answers at once.
"""

import argparse
import importlib
import json
import logging
import os
import sys

import cli_documents
import cli_order_change
import cli_picking
import cli_questions
import cli_record
import cli_reserve
from cli_options import OPTIONS, as_json, business_date, day, in_words, policies, quiet_prefect

STAGES = {
    "opportunity_conversion": ("sales_orders", "sales_order_lines"),
    "kitting_check": ("kits", "shortages"),
    "material_planning": ("planned_orders", "planning_exceptions"),
    "order_release": ("purchase_order_lines", "work_orders", "subcontract_orders"),
    "shortage_analysis": ("requisitions",),
    "fact_posting": ("stock_moves", "stock_balances"),
    "quality_inspection": ("stock_moves",),
    "cost_closing": ("order_margins", "cost_identity"),
    "order_to_delivery": ("planned_orders",),
    "alert_sending": ("alerts",),
    "report": (),
}
EPILOG = """examples:
  kitline template my-plant/                     empty tables, every column explained
  kitline import my-plant/                       a folder of CSV files, or one workbook
  kitline run order_to_delivery --as-of 2026-01-05
  kitline promise DESK 20 --date 2026-02-02      can I promise this date?
  kitline export planned_orders -o plan.xlsx
  kitline record stock_counts item=BOLT counted_quantity=38 --dry-run
  kitline trace PO-2026-00001                    from any number back to its opportunity
  kitline what-if --add-order TABLE=200@2026-03-16
  kitline simulate docs/scenarios/*.json         small worlds in memory, no database

Settings are environment variables KITLINE_…; KITLINE_DATABASE_URL names the database (default: a SQLite file).
Exit code 0: done. 1: something was refused or failed, said on standard error. 2: the command was not understood."""


def main(arguments: list[str] | None = None) -> int:
    """Run one command; returns the exit code."""
    given = _parser().parse_args(arguments)
    try:
        return given.command(given) or 0
    except KeyboardInterrupt:
        return _complain("interrupted; nothing is half-written", 130)
    except BrokenPipeError:
        # the reader (head, less) has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as error:
        message = _known_trouble(error)
        if message is None:
            raise
        return _complain(message)


def _complain(message: str, code: int = 1) -> int:
    print(f"kitline: {message}", file=sys.stderr)
    return code


def _known_trouble(error: Exception) -> str | None:
    """The message of an error that a user can mend; None for a defect, whose traceback is needed."""
    from pydantic import ValidationError
    from sqlalchemy.exc import ArgumentError as BadAddress
    from sqlalchemy.exc import DBAPIError, NoSuchModuleError

    from calculations.errors import KitlineError

    if isinstance(error, KitlineError):
        return str(error)
    if isinstance(error, ValidationError) and error.title == "Settings":
        faults = "; ".join(f"KITLINE_{str(fault['loc'][0]).upper()}: {fault['msg']}" for fault in error.errors())
        return f"a setting is wrong: {faults}"
    if isinstance(error, (BadAddress, NoSuchModuleError)):
        return f"KITLINE_DATABASE_URL is no database address: {error}"
    if isinstance(error, DBAPIError) and type(error).__name__ in ("OperationalError", "InterfaceError"):
        return f"the database did not answer: {error.orig}"
    if isinstance(error, OSError) and error.filename:
        return f"{error.filename}: {error.strerror}"
    return None


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="kitline",
        description="From a won opportunity to a delivered, costed order.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)

    def command(name: str, function, help: str, *options: str) -> argparse.ArgumentParser:
        added = commands.add_parser(name, help=help, description=help)
        added.set_defaults(command=function)
        for option in options:
            OPTIONS[option](added)
        return added

    importing = command("import", _import, "load CSV files or a workbook", "as_of", "policy", "json")
    importing.add_argument("path", help="folder of CSV files, workbook (.xlsx) or one CSV file")
    export = command("export", _export, "write a table as CSV, workbook or JSON")
    export.add_argument("table", help="table name, stock_balances, or all (every import table, into --output)")
    export.add_argument("-o", "--output", default="-", help="file to write; - is standard output (default)")
    export.add_argument("--format", choices=("csv", "xlsx", "json"), default="", help="default: by the file's ending")
    export.add_argument("--full", action="store_true", help="also what Kitline keeps beside the imported columns")
    template = command("template", _template, "write empty import tables, every column explained")
    template.add_argument("path", help="new folder, or file ending in .xlsx")
    run = command("run", _run, "run a stage, or the whole chain", "as_of", "policy", "json")
    run.add_argument("stage", help=", ".join(STAGES))
    run.add_argument("--until", type=day, help="order release: up to this release date (default: --as-of)")
    run.add_argument("--close", action="store_true", help="order_to_delivery: close the month's costs at the end")
    run.add_argument("--period", help="cost_closing: month to close like 2026-01 (default: that of --as-of)")
    run.add_argument("--lock", action="store_true", help="cost_closing: shut the month for good")
    run.add_argument("-v", "--verbose", action="store_true", help="show the log of the run")
    simulate = command("simulate", _simulate, "calculate scenario files in memory; one JSON object a line for each")
    simulate.add_argument("files", nargs="+", metavar="FILE", help="scenario file (JSON)")
    simulate.add_argument("--pretty", action="store_true", help="one row a line")
    cli_questions.register(command)
    cli_documents.register(command)
    cli_order_change.register(command)
    cli_record.register(command)
    cli_picking.register(command)
    cli_reserve.register(command)
    command("migrate", _migrate, "make the tables, or bring them to this version")
    trace = command("trace", _trace, "follow a row back to what caused it", "json")
    trace.add_argument("number", help="order, order/line, planned order, event, or table:number")
    command("report", _report, "write the report page", "as_of")
    command("send-alerts", _send_alerts, "send the mails that wait")
    command("status", _status, "last runs and what waits for somebody", "json")
    return parser


def _import(given: argparse.Namespace) -> int:
    quiet_prefect(verbose=False)
    from tasks.importing import load_tables

    with _ProgressBar() as progress:
        summary = load_tables(given.path, business_date(given), policies(given), progress)
    counts = summary["counts"]
    for warning in summary["warnings"]:
        print(f"warning: {warning}", file=sys.stderr)
    for fault in summary["refused"][:20]:
        place = f"{fault['file']}:{fault['row']}" if fault["row"] else fault["file"]
        value = f" ({fault['column']}={fault['value']})" if fault["column"] and fault["row"] else ""
        print(f"{place}: {fault['message']}{value}", file=sys.stderr)
    if counts["refused"] > 20:
        print(f"… and more, {counts['refused']} refused rows in all", file=sys.stderr)
    if given.json:
        as_json({name: summary[name] for name in ("run", "as_of", "counts", "refused", "warnings", "report")})
    else:
        print(f"{summary['run']}: {in_words(counts)}")
    if counts["refused"]:
        print(f"refused rows with their reasons: {summary['report']}", file=sys.stderr)
    return 1 if counts["refused"] else 0


class _ProgressBar:
    """A bar on standard error while a person watches; silent in scripts."""

    def __enter__(self):
        if not sys.stderr.isatty():
            self.bar = None
            return lambda share, what: None
        from rich.console import Console
        from rich.progress import Progress

        self.bar = Progress(console=Console(stderr=True), transient=True).__enter__()
        task = self.bar.add_task("reading", total=1.0)
        return lambda share, what: self.bar.update(task, completed=share, description=what)

    def __exit__(self, *error) -> None:
        if self.bar is not None:
            self.bar.__exit__(*error)


def _export(given: argparse.Namespace) -> int:
    from calculations.errors import KitlineError
    from tasks.exporting import export_all, export_table

    if given.table == "all":
        if given.output == "-":
            raise KitlineError("export all needs --output: a folder, or a file ending in .xlsx")
        rows = export_all(given.output)
    else:
        rows = export_table(given.table, given.output, given.format, full=given.full)
    if given.output != "-":
        print(f"{given.output}: {rows:,} rows")
    return 0


def _template(given: argparse.Namespace) -> int:
    from tasks.exporting import write_template

    print(f"{given.path}: {write_template(given.path)} empty tables; README explains every column")
    return 0


def _run(given: argparse.Namespace) -> int:
    from calculations.errors import KitlineError

    stage = given.stage.replace("-", "_")
    if stage not in STAGES:
        raise KitlineError(f"there is no stage {given.stage}; choose one of {', '.join(STAGES)}")
    quiet_prefect(given.verbose)
    flow = getattr(importlib.import_module(f"flows.{stage}"), stage)
    options = {"as_of": business_date(given), "policies": policies(given)}
    if given.until:
        options["release_until" if stage == "order_to_delivery" else "until"] = given.until
    options |= {name: chosen for name in ("close", "period", "lock") if (chosen := getattr(given, name))}
    offered = flow.parameters.properties
    if "dry_run" in offered:
        # a form looks first; who runs a stage by name wants it done
        options["dry_run"] = False
    for name in [name for name in options if name not in offered]:
        if name != "as_of" and options[name]:
            raise KitlineError(f"{stage} does not take --{name}; leave it out")
        options.pop(name)
    result = flow(**options)
    if given.json:
        as_json(result)
    else:
        _show_result(stage, result)
    return _say_refused(result) if _refused(result) else 0


def _say_refused(result: dict) -> int:
    from tasks.tracing import refusals

    rows = refusals([summary["run"] for summary in result.get("stages", [result])])
    for row in rows[:20]:
        print(f"{row['table']}:{row['key']}: {row['message']} ({row['column']}={row['value']})", file=sys.stderr)
    return _complain(f"{len(rows)} rows were refused; see them by: kitline export quarantine")


def _show_result(stage: str, result) -> None:
    for summary in result.get("stages", [result]) if isinstance(result, dict) else []:
        if "run" in summary:
            print(f"{summary['run']}: {in_words(summary['counts'])}")
    page = result.get("report") if isinstance(result, dict) else result
    if page:
        print(f"report: {page}")
    for table in STAGES[stage]:
        print(f"look: kitline export {table}")
    if os.environ.get("PREFECT_API_URL"):
        print(f"runs: {os.environ['PREFECT_API_URL'].removesuffix('/api')}")


def _refused(result) -> int:
    """How many rows the stages refused."""
    if not isinstance(result, dict):
        return 0
    summaries = result.get("stages", [result])
    counts = [summary.get("counts", {}) for summary in summaries if isinstance(summary, dict)]
    return sum(count.get("refused", 0) + count.get("facts_refused", 0) for count in counts)


def _simulate(given: argparse.Namespace) -> int:
    from tasks.simulation import simulate_file

    logging.basicConfig(level=logging.WARNING, format="warning: %(message)s", stream=sys.stderr)
    failed = 0
    for file in given.files:
        answer = simulate_file(file)
        print(_one_row_a_line(answer) if given.pretty else json.dumps(answer, ensure_ascii=False, default=str))
        if "error" in answer:
            failed = _complain(f"{file}: {answer['error']['message']}")
    return failed


def _one_row_a_line(answer: dict) -> str:
    def text(value) -> str:
        return json.dumps(value, ensure_ascii=False, default=str)

    parts = []
    for name, rows in answer.items():
        listed = isinstance(rows, list) and rows
        shown = "[\n    " + ",\n    ".join(map(text, rows)) + "\n  ]" if listed else text(rows)
        parts.append(f"  {text(name)}: {shown}")
    return "{\n" + ",\n".join(parts) + "\n}"


def _migrate(_given: argparse.Namespace) -> int:
    from models.database import engine_of
    from models.migrating import current_revision, migrate
    from settings import settings

    url = settings().database_url
    before = current_revision(engine_of(url))
    migrate(url)
    after = current_revision(engine_of(url))
    print(f"the tables are at revision {after}" + ("" if before == after else f" (before: {before or 'none'})"))
    return 0


def _trace(given: argparse.Namespace) -> int:
    from tasks.tracing import trace

    steps = trace(given.number)
    if given.json:
        as_json(steps)
    else:
        for step in steps:
            print("  " * step["level"] + f"{step['table']}:{step['number']}")
    return 0


def _report(given: argparse.Namespace) -> int:
    quiet_prefect(verbose=False)
    from tasks.report import write_report

    print(getattr(write_report, "fn", write_report)(business_date(given)))
    return 0


def _send_alerts(_given: argparse.Namespace) -> int:
    quiet_prefect(verbose=False)
    from tasks.alerts import send_alerts

    counts = getattr(send_alerts, "fn", send_alerts)()
    print(in_words({name: count for name, count in counts.items() if isinstance(count, int)}))
    return 0


def _status(given: argparse.Namespace) -> int:
    quiet_prefect(verbose=False)
    from tasks.tracing import status

    standing = status()
    if given.json:
        as_json(standing)
        return 0
    print(f"database: {standing['database']}")
    for run in standing["runs"]:
        said = in_words(run["counts"] or {}) if run["state"] == "completed" else f"{run['state']}: {run['error']}"
        print(f"{run['stage']:<24} {run['as_of']}  {said}")
    for what, count in standing["waiting"].items():
        print(f"{count:>10,} {what}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
