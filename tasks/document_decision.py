"""Decide about documents: approve, reject, release, cancel, close; each step with who, when and why."""

from datetime import date

import pandas as pd
from prefect import task
from prefect.cache_policies import NO_CACHE

from calculations import policies as policy_rules
from calculations.document_decisions import DECISIONS, RefusedDecision, decided
from models.database import Connection, reading
from models.document_decisions import documents_of
from models.document_life import change_state
from models.documents import DOCUMENTS, take_turn
from models.migrating import ready_engine
from settings import settings
from tasks.order_change import apply_submitted
from tasks.posting import give_back_unneeded
from tasks.presentation import readable_rows
from tasks.stage_run import StageRun, stage_run


@task(name="decide documents", cache_policy=NO_CACHE)
def decide_documents(
    decision: str,
    numbers: list[str],
    by: str,
    reason: str = "",
    as_of: date | None = None,
    policies: dict | None = None,
    dry_run: bool = False,
) -> dict:
    """Make a decision about documents, all of them or none.

    Args:
        decision: one of `calculations.document_decisions.DECISIONS`.
        numbers: orders of any kind, planned orders, order changes. by: who decides. reason: why.
        dry_run: only say what would be decided.
    Returns:
        `decided`: rows (table, number, before, after, value); `summary` of the run, None where nothing was written.
    Raises:
        RefusedDecision, ImpossibleTransition: what speaks against it, by number; nothing is changed then.
    """
    if decision not in DECISIONS:
        raise RefusedDecision(f"there is no decision {decision!r}; choose one of {', '.join(DECISIONS)}")
    numbers = [number.strip() for number in numbers if number.strip()]
    if not numbers:
        raise RefusedDecision("name the documents to decide about")
    resolved = policy_rules.resolve({**settings().policies, **(policies or {})}, as_of)
    # a slip of the keyboard is told to the person, not recorded as a failed run
    with reading(ready_engine(settings().database_url)) as connection:
        rows = _decided(connection, numbers, decision, by, reason, resolved)
    if dry_run or rows.empty:
        return {"decided": readable_rows(rows), "summary": None}
    with stage_run("document_decision", as_of, policies) as run:
        take_turn(run.connection, DOCUMENTS, run.as_of)
        rows = _decided(run.connection, numbers, decision, by, reason, run.policies)
        _write(run, rows, by, reason)
        run.say(f"{by}: {decision} {len(rows)} {'document' if len(rows) == 1 else 'documents'}"
                + (f", because {reason}" if reason else ""))  # fmt: skip
        run.show("Decided", rows)
    return {"decided": readable_rows(rows), "summary": run.summary}


def _decided(connection: Connection, numbers, decision, by, reason, policies) -> pd.DataFrame:
    return decided(documents_of(connection, numbers), numbers, decision, by, reason, policies)


def _write(run: StageRun, rows: pd.DataFrame, by: str, reason: str) -> None:
    because = run.because(by, reason)
    for number in rows.loc[(rows["table"] == "order_changes") & (rows["after"] == "applied"), "number"]:
        apply_submitted(run, number, by)
    for (table, after), listed in rows.groupby(["table", "after"])["number"]:
        moved = change_state(run.connection, table, listed.tolist(), after, because)
        run.count(**{f"{table}_{after}": moved})
    give_back_unneeded(run)
