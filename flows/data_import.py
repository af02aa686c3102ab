"""Import of files: master data, open documents and facts from a folder of CSV files or a workbook."""

from datetime import date

from prefect import flow

from flows.stage_flow import business_date, finish
from tasks.importing import import_tables


@flow(name="data-import", flow_run_name="data import {as_of}")
def data_import(path: str, as_of: date | None = None, policies: dict | None = None, send: bool = True) -> dict:
    """Load import tables; bad rows go to quarantine with the reason, the same file twice changes nothing.

    Args:
        path: Folder of CSV files, a workbook (.xlsx) or one CSV file, as the worker sees it.
        as_of: Business date; blank is the day the run was scheduled for.
        policies: Choices that differ from the plant's own; import_mode all_or_nothing lets one bad row refuse all.
        send: Send alerts at the end.
    """
    as_of = business_date(as_of)
    summary = import_tables(path, as_of, policies)
    return finish(summary, send=send) | {"refused": len(summary["refused"]), "report": summary["report"]}
