"""Inspection plans: a new inspection is a row."""

from sqlmodel import SQLModel

from models.columns import BLANK, choice, code, decimal, text, whole

STAGES = ("incoming", "in_process", "finished", "subcontract")


class InspectionPlan(SQLModel, table=True):
    """One characteristic to look at when an item passes a stage."""

    __tablename__ = "inspection_plans"
    item: str = code("item code", key=True, references="items.item")
    stage: str = choice("where it is inspected", STAGES, key=True)
    characteristic: str = code("what is measured or judged", key=True)
    lower_micro: int | None = decimal(
        "smallest good reading; both limits blank: an attribute, 0 is good", BLANK, low=None
    )
    upper_micro: int | None = decimal("largest good reading", default=BLANK, low=None)
    sampling: str = choice("how many are looked at", ("all", "fixed", "aql"), "all")
    sample_size: int | None = whole("pieces of a fixed sample", default=BLANK, low=1)
    aql_micro: int | None = decimal("acceptance quality limit, percent nonconforming", default=BLANK, above=0)
    level: str = text("inspection level: I, II, III or S-1 to S-4", default="II")
