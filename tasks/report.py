"""The report: one page that opens anywhere, from disk too, and asks the network for nothing."""

import os
from datetime import date
from pathlib import Path

from prefect import task
from prefect.cache_policies import NO_CACHE

from calculations.errors import KitlineError
from models import database
from models.migrating import ready_engine
from settings import settings
from tasks.report_data import ReportData, read_report_data
from tasks.report_overview import figures, headline, tiles
from tasks.report_sections import sections
from tasks.stage_run import run_logger
from templates import render


class ReportNotWritten(KitlineError):
    """The folder of the report is not writable."""

    kind = "report_not_written"


@task(name="write report", cache_policy=NO_CACHE)
def write_report(as_of: date) -> Path:
    """Write the report of the database's present state and return its path; an older one is replaced at once."""
    with database.reading(ready_engine(settings().database_url)) as connection:
        data = read_report_data(connection, as_of, settings().currency)
    page = report_page(data, settings().company)
    path = settings().report_dir / "index.html"
    replace_page(path, page)
    run_logger().info("report of %d order lines: %s (%.1f MB)", len(data.orders), path, len(page) / 1e6)
    return path


def replace_page(path: Path, page: str) -> None:
    """Write the page; whoever reads it meanwhile sees the old page or the new one, never a half."""
    partial = path.with_suffix(".part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        partial.write_text(page, encoding="utf-8")
        os.replace(partial, path)
    except OSError as error:
        raise ReportNotWritten(f"the report cannot be written to {path} ({error}); check KITLINE_DATA_DIR") from error


def report_page(data: ReportData, company: str) -> str:
    """The page as HTML, with its styles, script and charts inside."""
    return render(
        "report/index.html.j2",
        company=company,
        as_of=data.as_of,
        currency=data.currency,
        sentence=headline(data),
        tiles=tiles(data),
        figures=figures(data),
        sections=sections(data),
    )
