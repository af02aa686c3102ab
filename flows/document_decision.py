"""Decide about documents: approve, reject, release, cancel or close them, with who and why."""

from datetime import date
from enum import StrEnum

from prefect import flow

from calculations.document_decisions import DECISIONS
from flows.stage_flow import business_date, finish

WhatToDo = StrEnum("WhatToDo", {name: name for name in DECISIONS})


@flow(name="document-decision", flow_run_name="{decision} {as_of}")
def document_decision(
    documents: list[str],
    decision: WhatToDo,
    by: str,
    reason: str = "",
    dry_run: bool = True,
    as_of: date | None = None,
    policies: dict | None = None,
) -> dict:
    """Approve, reject, release, cancel or close documents, all of them or none; who, when and why is kept.

    Args:
        documents: Numbers of sales, purchase, work or subcontract orders, planned orders or order changes.
        decision: submit, approve, reject, reopen, firm, release, cancel, close or withdraw.
        by: Your name; it is kept with the decision.
        reason: Why; needed to reject, cancel or close.
        dry_run: Only show what would be decided; switch it off to do it.
        as_of: Business date; blank is the day the run was scheduled for.
        policies: Choices that differ from the plant's own: approval_limit, approver.
    """
    from tasks.artifacts import publish_rows
    from tasks.document_decision import decide_documents

    as_of = business_date(as_of)
    found = decide_documents(decision.value, documents, by, reason, as_of, policies, dry_run)
    if found["summary"]:
        return finish(found["summary"]) | {"decided": found["decided"]}
    note = "Nothing was written: this was a dry run." if found["decided"] else "All of them are there already."
    publish_rows("document-decision", f"What {by} would {decision.value}", {"decided": found["decided"]}, [note])
    return {"as_of": as_of.isoformat(), "dry_run": True, "decided": found["decided"]}
