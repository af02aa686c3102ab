"""The kinds of column Kitline's tables are made of, each declared once: SQL type, check, import rule and help text.

`import_tables` reads the import rules back from the tables, so that files, scenarios, templates and tables cannot
drift apart. Exact numbers are BigInteger micro-units and their attribute ends in `_micro`.
"""

from datetime import date, datetime

from sqlalchemy import JSON, BigInteger, Boolean, Column, Date, DateTime, ForeignKey, Integer, LargeBinary, String
from sqlmodel import Field

from calculations.exact import MICRO

REQUIRED = object()
BLANK = None
# More than a thousand million of anything in one row is a slip of the keyboard.
ABSURD = 10**9 * MICRO
# A validity without a beginning, where the beginning is part of the key and so cannot be blank.
EVER = date(1970, 1, 1)


def _field(kind: str, type_, help: str, default, *, key=False, references="", stored_only=False, unique=False,
           added=False, **rule):  # fmt: skip
    required = default is REQUIRED
    text = kind in ("code", "text", "choice", "period")
    # An optional text is "" inside Kitline; NULL stands for "none" where SQL needs it: in a reference to another table,
    # and in rows that were there before the column was added.
    nullable = not key and (default is BLANK and not (text and not (references or added)))
    constraints = [ForeignKey(references)] if references else []
    value = "" if text and default is BLANK and not nullable else (None if default in (BLANK, REQUIRED) else default)
    info = {"kind": kind, "required": required, "default": default, "stored_only": stored_only, "help": help, **rule}
    column = Column(type_, *constraints, primary_key=key, nullable=nullable, unique=unique or None, info=info)
    if required:
        return Field(sa_column=column, description=help)
    return Field(default=value, sa_column=column, description=help)


def code(help: str, default=REQUIRED, **options):
    """A natural key or a reference to one; leading zeros stay."""
    return _field("code", String, help, default, **options)


def text(help: str, default=BLANK, **options):
    """Free text."""
    return _field("text", String, help, default, **options)


def choice(help: str, choices: tuple[str, ...], default=REQUIRED, **options):
    """One of a few words; the table checks it too."""
    return _field("choice", String, help, default, choices=choices, **options)


def decimal(help: str, default=REQUIRED, *, low=0, above=None, high=ABSURD, **options):
    """An exact number in micro-units; bounds in micro-units, `above` exclusive."""
    return _field("decimal", BigInteger, help, default, low=None if above is not None else low, above=above, high=high,
                  **options)  # fmt: skip


def whole(help: str, default=REQUIRED, *, low=0, high=10**6, **options):
    """A whole number within bounds."""
    return _field("whole", Integer, help, default, low=low, high=high, **options)


def day(help: str, default=REQUIRED, **options):
    """A business date."""
    return _field("day", Date, help, default, **options)


def yes_no(help: str, default=False, **options):
    """Yes or no."""
    return _field("yes_no", Boolean, help, default, **options)


def period(help: str, default=REQUIRED, **options):
    """A month, YYYY-MM."""
    return _field("period", String(7), help, default, **options)


def instant(help: str, default=BLANK) -> datetime:
    """A point in time, UTC."""
    return _field("instant", DateTime(timezone=True), help, default, stored_only=True)


def details(help: str):
    """Structured details, as JSON."""
    return _field("json", JSON, help, BLANK, stored_only=True)


def content(help: str):
    """Bytes, kept as they are."""
    return _field("content", LargeBinary, help, REQUIRED, stored_only=True)


def origin():
    """The row that caused this one, as "table:number"; blank when a person or a file did."""
    return text("the row that caused this one, as table:number", stored_only=True)


def state(states: tuple[str, ...], default: str):
    """Where the document stands; see `states.TRANSITIONS`."""
    return choice("where the document stands", states, default=default, stored_only=True)
