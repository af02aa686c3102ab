"""The frame every stage runs in: one transaction, gates, counts, alerts in the outbox, and a record of the run."""

import gc
import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from hashlib import sha256

import pandas as pd

from calculations import policies as policy_rules
from calculations.errors import KitlineError
from models import database
from models.database import Connection
from models.document_life import Because
from models.documents import next_number
from models.migrating import ready_engine
from settings import settings

# Artifacts and logs show this many rows at most; the tables hold all.
SHOWN_ROWS = 1_000
# So many new objects make the garbage collector look; a fact in memory is some tens of them.
NEW_OBJECTS = 100_000
USUAL_THRESHOLD = gc.get_threshold()


@dataclass
class StageRun:
    """One run of a stage, while it runs."""

    stage: str
    as_of: date
    policies: dict
    connection: Connection
    number: str
    log: logging.Logger | logging.LoggerAdapter
    started_at: datetime
    counts: dict[str, int] = field(default_factory=dict)
    tables: dict[str, list[dict]] = field(default_factory=dict)
    not_shown: dict[str, int] = field(default_factory=dict)
    gates: list[dict] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    fingerprint: str = ""

    def gate(self, suite, frames: dict[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
        """Hold the frames against a suite; return them without the rows that were set aside.

        Raises:
            GateFailed: a critical expectation does not hold; all failures are named by key.
        """
        from validations.gate import check_frames, refuse_critical

        outcome = check_frames(frames, suite)
        self.gates.extend(outcome.results)
        failing = sum(not row["success"] for row in outcome.results)
        self.log.info("gate %s: %d expectations, %d not met", suite.name, len(outcome.results), failing)
        for row in outcome.results:
            if not row["success"] and row["severity"] != "critical":
                self.log.warning("%s: %s (%d rows)", row["frame"], row["expectation"], row["failing"])
        refuse_critical(outcome)
        self.quarantine(outcome.refused)
        return outcome.kept(frames)

    def quarantine(self, refused: pd.DataFrame, *, file: str = "") -> None:
        """Keep refused rows with place, reason and remedy; the same fault of the same row is kept once.

        Args:
            refused: table, row, column, value, message, and key (natural key, where known) and content (the row as it
                came, a dict) if at hand.
        """
        if refused.empty:
            return
        place = refused["key"].where(refused["key"] != "", refused["row"].astype("str")) if "key" in refused else None
        place = refused["row"].astype("str") if place is None else place
        number = refused["table"] + ":" + (f"{file}:" if file else "") + place + "/" + refused["column"]
        rows = refused.assign(number=number, run=self.number, file=file, state="waiting").drop_duplicates("number")
        database.upsert_frame(self.connection, "quarantine", rows)
        self.count(refused=refused["row"].nunique() if "key" not in refused else len(rows))
        for message in refused["message"].head(10):
            self.log.warning("refused: %s", message)

    def write(self, table: str, frame: pd.DataFrame, **values) -> int:
        """Append rows to a table; `values` are columns that are the same for all of them."""
        return database.insert_frame(self.connection, table, frame.assign(**values) if values else frame)

    def because(self, by: str = "", reason: str = "") -> Because:
        """What a step in a document's life is recorded with."""
        return Because(self.number, self.as_of, by, reason)

    def count(self, **counts: int) -> None:
        """Say what was done, by name; logged, kept with the run and shown."""
        for name, value in counts.items():
            self.counts[name] = self.counts.get(name, 0) + int(value)

    def say(self, sentence: str) -> None:
        """Say something in words; logged and shown on the run's artifact."""
        self.log.info("%s", sentence)
        self.notes.append(sentence)

    def show(self, title: str, frame: pd.DataFrame) -> None:
        """Put a table on the run's artifact."""
        from tasks.presentation import readable_rows

        self.tables[title] = readable_rows(frame.head(SHOWN_ROWS))
        if len(frame) > SHOWN_ROWS:
            self.not_shown[title] = len(frame) - SHOWN_ROWS

    def alert(self, kind: str, key: str, context: dict) -> None:
        """Write a message to the outbox, inside this transaction; the same kind and key only once, ever."""
        from tasks.alerts import compose

        rows = compose(kind, key, {"as_of": self.as_of, "stage": self.stage, "run": self.number, **context})
        frame = pd.DataFrame(rows)
        written = database.insert_missing(self.connection, "alerts", frame.assign(run=self.number)) if rows else 0
        self.count(alerts=written)

    def remember_inputs(self, frames: dict[str, pd.DataFrame]) -> None:
        """Keep a digest of what the run saw, in whatever order, so that a replay can prove it saw the same."""
        digest = sha256(repr((self.as_of, sorted(self.policies.items(), key=str))).encode())
        for name in sorted(frames):
            digest.update(name.encode())
            # databases may sort the same texts differently
            rows = pd.util.hash_pandas_object(frames[name], index=False).sort_values()
            digest.update(rows.to_numpy().tobytes())
        self.fingerprint = digest.hexdigest()

    @property
    def summary(self) -> dict:
        """What the flow publishes and the caller reads."""
        return {
            "run": self.number,
            "stage": self.stage,
            "as_of": self.as_of.isoformat(),
            "counts": dict(self.counts),
            "tables": self.tables,
            "not_shown": self.not_shown,
            "gates": self.gates,
            "notes": self.notes,
        }


@contextmanager
def stage_run(stage: str, as_of: date, policies: dict | None = None) -> Iterator[StageRun]:
    """One run of a stage in one transaction, committed at the end.

    On an error everything the stage wrote is rolled back; then the failed run, its gate results and an alert are
    written on their own, and the error goes on to the caller.
    """
    engine = ready_engine(settings().database_url)
    log = run_logger()
    started_at, clock = datetime.now(UTC), time.monotonic()
    resolved = policy_rules.resolve({**settings().policies, **(policies or {})}, as_of)
    run = None
    try:
        with _only_new_objects_collected(), database.writing(engine) as connection:
            number = next_number(connection, stage, as_of)
            run = StageRun(stage, as_of, resolved, connection, number, log, started_at)
            yield run
            _record(run, "completed", "")
    except Exception as error:
        if run is not None:
            _record_failure(engine, run, error)
        raise
    log.info("%s %s: %s in %.1f s", stage, number, _in_words(run.counts), time.monotonic() - clock)


@contextmanager
def _only_new_objects_collected() -> Iterator[None]:
    """Keep the garbage collector away from what is there already, and let it look through the rest rarely.

    The libraries alone are half a million objects; to look through them whenever a stage has made many rows takes
    longer than a small stage.
    """
    gc.freeze()
    gc.set_threshold(NEW_OBJECTS, *USUAL_THRESHOLD[1:])
    try:
        yield
    finally:
        gc.set_threshold(*USUAL_THRESHOLD)
        gc.unfreeze()


@contextmanager
def sub_stage(outer: StageRun, stage: str) -> Iterator[StageRun]:
    """Another stage within the transaction of a run: either both happen or neither; its own run is on record."""
    number = next_number(outer.connection, stage, outer.as_of)
    run = StageRun(stage, outer.as_of, outer.policies, outer.connection, number, outer.log, datetime.now(UTC))
    yield run
    _record(run, "completed", "")


def run_logger() -> logging.Logger | logging.LoggerAdapter:
    """Prefect's logger inside a run, a plain one elsewhere."""
    from prefect.exceptions import MissingContextError
    from prefect.logging import get_run_logger

    try:
        return get_run_logger()
    except MissingContextError:
        return logging.getLogger("kitline")


def _in_words(counts: dict[str, int]) -> str:
    return ", ".join(f"{value:,} {name.replace('_', ' ')}" for name, value in counts.items()) or "nothing to do"


def _record(run: StageRun, state: str, error: str) -> None:
    row = {
        "number": [run.number],
        "stage": [run.stage],
        "as_of": [pd.Timestamp(run.as_of)],
        "started_at": [pd.Timestamp(run.started_at)],
        "ended_at": [pd.Timestamp(datetime.now(UTC))],
        "state": [state],
        "counts": [run.counts],
        "policies": [{name: value for name, value in run.policies.items() if value is not None}],
        "fingerprint": [run.fingerprint],
        "error": [error],
        "flow_run": [_flow_run()],
    }
    database.insert_frame(run.connection, "runs", pd.DataFrame(row))
    if run.gates:
        gates = pd.DataFrame(run.gates)
        database.insert_frame(run.connection, "gate_results", gates.assign(run=run.number, position=range(len(gates))))


def _record_failure(engine, run: StageRun, error: Exception) -> None:
    """Write down a run whose transaction was rolled back, and tell who can mend it."""
    try:
        with database.writing(engine) as connection:
            run.connection = connection
            run.number = next_number(connection, run.stage, run.as_of)
            run.counts = {}
            _record(run, "failed", str(error))
            if isinstance(error, KitlineError):
                context = {"message": str(error), "failures": [row for row in run.gates if not row["success"]]}
                run.alert("failed_gate", f"{run.stage}/{run.as_of}/{_digest(str(error))}", context)
    except Exception:
        # the stage's own error is what the caller must see, not the failure to note it
        run.log.exception("the failed run could not be recorded")


def _digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()[:12]


def _flow_run() -> str:
    from prefect.runtime import flow_run

    return flow_run.id or ""
