"""Runs, what their gates said, what they refused, whom they told, and what an import changed."""

from datetime import date as Day

from sqlmodel import SQLModel

from models.columns import choice, code, content, day, details, instant, state, text, whole, yes_no
from models.states import ALERT, QUARANTINE, RUN

S = {"stored_only": True}
SEVERITIES = ("critical", "warning", "info")


class Run(SQLModel, table=True):
    """One run of a stage."""

    __tablename__ = "runs"
    number: str = code("run number", key=True, **S)
    stage: str = code("stage", **S)
    as_of: Day = day("business date", **S)
    started_at: object = instant("when it started")
    ended_at: object = instant("when it ended")
    state: str = state(RUN, "running")
    counts: dict | None = details("what it did, by name")
    policies: dict | None = details("the policies it ran with")
    fingerprint: str = code("digest of its inputs", default="", **S)
    error: str = text("why it failed", **S)
    flow_run: str = code("Prefect flow run", default="", **S)


class PlanSnapshot(SQLModel, table=True):
    """The inputs of a planning run as it read them, and the digests of its results; kept for the last runs."""

    __tablename__ = "plan_snapshots"
    run: str = code("planning run", key=True, **S)
    version: str = code("version of Kitline and digest of its calculations", **S)
    results: dict | None = details("rows and digest of each result frame")
    inputs: bytes = content("zip archive of Arrow files, one for each table that was read")


class GateResult(SQLModel, table=True):
    """One expectation of a gate and how it came out."""

    __tablename__ = "gate_results"
    run: str = code("run", key=True, **S)
    position: int = whole("position in the run", key=True, **S)
    gate: str = code("gate", **S)
    frame: str = code("frame looked at", **S)
    expectation: str = text("what is expected", **S)
    severity: str = choice("what a failure means", SEVERITIES, **S)
    success: bool = yes_no("whether it held", **S)
    failing: int = whole("rows that failed", default=0, high=10**12, **S)
    rows: int = whole("rows looked at", default=0, high=10**12, **S)
    keys: list | None = details("keys that failed, the first hundred")


class Quarantine(SQLModel, table=True):
    """A row that was refused, kept whole with the place, the reason and the remedy."""

    __tablename__ = "quarantine"
    number: str = code("file or table, row and column", key=True, **S)
    run: str = code("run that refused it", **S)
    table: str = code("import table", **S)
    file: str = text("file it came from", **S)
    row: int = whole("line of the file, or row", default=0, high=10**12, **S)
    column: str = code("column at fault", default="", **S)
    value: str = text("what stood there", **S)
    message: str = text("what is wrong and how to mend it", **S)
    content: dict | None = details("the whole row as it came")
    key: str = code("natural key of the row", default="", **S)
    state: str = state(QUARANTINE, "waiting")


class Alert(SQLModel, table=True):
    """A message in the outbox: written with the stage's transaction, sent after, once."""

    __tablename__ = "alerts"
    number: str = code("kind:key, once for a cause", key=True, **S)
    kind: str = code("kind of alert", **S)
    run: str = code("run that wrote it", **S)
    created_at: object = instant("when it was written")
    recipient: str = text("address", **S)
    subject: str = text("subject line", **S)
    text_body: str = text("plain text", **S)
    html_body: str = text("HTML", **S)
    message_id: str = code("Message-ID, the same at every attempt", unique=True, **S)
    attempts: int = whole("attempts that the mail server refused", default=0, **S)
    claimed_at: object = instant("when a sender took it up; two at a time never send the same")
    sent_at: object = instant("when it was sent")
    error: str = text("last error", **S)
    state: str = state(ALERT, "pending")


class Change(SQLModel, table=True):
    """A value that an import or an order change replaced, or that was chosen otherwise than suggested at release."""

    __tablename__ = "changes"
    run: str = code("run", key=True, **S)
    table: str = code("table", key=True, **S)
    key: str = code("natural key of the row", key=True, **S)
    column: str = code("column", key=True, **S)
    before: str = text("value before", **S)
    after: str = text("value after", **S)


class DocumentSeries(SQLModel, table=True):
    """The last number given in a series and year; numbers are gap-free."""

    __tablename__ = "document_series"
    series: str = code("series, such as SO or PO", key=True, **S)
    year: int = whole("year", key=True, high=9999, **S)
    last: int = whole("last number given", default=0, high=10**12, **S)
