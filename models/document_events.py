"""The steps that documents took from state to state."""

from datetime import date as Day

from sqlmodel import SQLModel

from models.columns import code, day, instant, text, whole

S = {"stored_only": True}


class DocumentEvent(SQLModel, table=True):
    """One step of a document from a state to the next."""

    __tablename__ = "document_events"
    table: str = code("table of the document", key=True, **S)
    document: str = code("number of the document", key=True, **S)
    position: int = whole("counts the steps of the document", key=True, low=1, **S)
    before: str = code("state before", **S)
    after: str = code("state after", **S)
    at: object = instant("when it was recorded")
    as_of: Day = day("business date", **S)
    by: str = text("who decided it; blank where facts or a run did", **S)
    reason: str = text("why", **S)
    run: str = code("run that recorded it", default="", **S)
