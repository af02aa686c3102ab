"""Pages to print: purchase orders, job cards, subcontract orders and pick lists."""

from datetime import date

from prefect import flow, task
from prefect.cache_policies import NO_CACHE

from flows.stage_flow import business_date

# A list that is empty from the start shows its button in the form, where a blank one shows a choice of types.
NONE: list = []


@flow(name="document-printing", flow_run_name="document printing {as_of}")
def document_printing(
    numbers: list[str] = NONE,
    pick_list: bool = False,
    warehouse: str = "",
    folder: str = "",
    as_of: date | None = None,
    policies: dict | None = None,
) -> dict:
    """Write purchase orders, job cards of work orders and subcontract orders as one page file to print.

    Each document begins on a new page; drafts, cancelled and closed ones say so across it. No data is changed.

    Args:
        numbers: Purchase, work or subcontract orders, such as PO-2026-00001, in the sequence they are to be printed.
        pick_list: Print one list of what is still to be picked for these work and subcontract orders instead, what
            expires first before the rest; what one order gets, the next in the list does not see.
        warehouse: Pick only from this warehouse; blank is any.
        folder: Folder of the page; blank is "prints" in the data folder.
        as_of: Business date; blank is the day the run was scheduled for.
        policies: Choices that differ from the plant's own.
    """
    from pathlib import Path

    from tasks.artifacts import publish_rows
    from tasks.document_printing import print_documents

    write = task(print_documents, name="print documents", cache_policy=NO_CACHE)
    printed = write(numbers, business_date(as_of), Path(folder) if folder else None, pick_list, warehouse, policies)
    publish_rows("document-printing", "Pages to print", {"documents": printed["documents"]}, printed["sentences"])
    return {name: printed[name] for name in ("page", "sentences")}
