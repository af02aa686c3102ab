"""What people decide about documents: which decisions there are, to which state they lead, and what speaks against."""

from collections.abc import Callable
from dataclasses import dataclass

import pandas as pd

from calculations.errors import KitlineError
from calculations.exact import micro_text, to_micro

# What a limit of approval is given for, by the table of the document.
KIND_OF = {"purchase_orders": "purchase", "work_orders": "production", "subcontract_orders": "subcontract"}


class RefusedDecision(KitlineError):
    """A decision that cannot be made; all documents it cannot be made for are named, and nothing is changed."""

    kind = "refused_decision"


@dataclass(frozen=True)
class Decision:
    """A decision: the state it leads to by the kind of document's life, and what speaks against it."""

    help: str
    leads_to: dict[str, str]
    against: tuple[Callable[[dict, dict], str], ...] = ()
    needs_reason: bool = False


def approval_limit(policies: dict, kind: str) -> int | None:
    """The value in micro-units above which a document of this kind waits for approval; None where none does.

    >>> approval_limit({"approval_limit": {"purchase": "5000"}}, "purchase")
    5000000000
    >>> approval_limit({"approval_limit": {"purchase": "5000"}}, "production") is None
    True
    """
    limit = policies["approval_limit"]
    limit = limit.get(kind) if isinstance(limit, dict) else limit
    return None if limit is None else to_micro(limit)


def _started(document: dict, policies: dict) -> str:
    if document["started"]:
        return "something happened on it already; close it short instead, or reverse what happened first"
    return ""


def _under_way(document: dict, policies: dict) -> str:
    if document["started"]:
        return "it is under way; its state follows from what happens on it"
    return ""


def _holds_material(document: dict, policies: dict) -> str:
    if document["in_hands_micro"]:
        return "it still holds material or goods that wait for inspection; return, scrap or decide on them first"
    return ""


def _above_limit(document: dict, policies: dict) -> str:
    limit = approval_limit(policies, KIND_OF.get(document["table"], ""))
    if document["state"] == "draft" and limit is not None and document["value_micro"] > limit:
        value = micro_text(document["value_micro"])
        return f"it is worth {value}, above the limit of {micro_text(limit)}; submit it for approval"
    return ""


def _same_person(document: dict, policies: dict) -> str:
    asked = document["submitted_by"].strip().casefold()
    if policies["approver"] == "somebody_else" and asked and asked == document["decided_by"].strip().casefold():
        return f"{document['submitted_by']} asked for it, and somebody else has to approve (policy approver)"
    return ""


def _is_a_sale(document: dict, policies: dict) -> str:
    if document["table"] == "sales_orders":
        return "what a customer ordered is cancelled by an order change, which shows first what that touches"
    return ""


SUPPLY = "supply_orders"
DECISIONS: dict[str, Decision] = {
    "submit": Decision("ask for approval", {"sales_orders": "submitted", SUPPLY: "submitted"}),
    "approve": Decision(
        "let it go on",
        {"sales_orders": "approved", SUPPLY: "approved", "planned_orders": "approved", "order_changes": "applied"},
        (_under_way, _same_person),
    ),
    "reject": Decision(
        "turn it down, with a reason",
        {"sales_orders": "rejected", SUPPLY: "rejected", "planned_orders": "rejected", "order_changes": "rejected"},
        needs_reason=True,
    ),
    "reopen": Decision("make a draft of what was rejected", {"sales_orders": "draft", SUPPLY: "draft"}),
    "firm": Decision("keep a suggestion as it is when planning runs again", {"planned_orders": "firm"}),
    "release": Decision("hand it to the shop floor or the supplier", {SUPPLY: "released"}, (_under_way, _above_limit)),
    "cancel": Decision(
        "nothing will come of it, and nothing has",
        {"sales_orders": "cancelled", SUPPLY: "cancelled"},
        (_is_a_sale, _started),
        needs_reason=True,
    ),
    "close": Decision(
        "nothing more will come of it",
        {"sales_orders": "closed", SUPPLY: "closed"},
        (_holds_material,),
        needs_reason=True,
    ),
    "withdraw": Decision("take back what one asked for", {"order_changes": "withdrawn"}),
}


def decided(
    documents: pd.DataFrame, wanted: list[str], decision: str, by: str, reason: str, policies: dict
) -> pd.DataFrame:
    """The documents with the state that the decision leads to, in the order asked for.

    Args:
        documents: table, life, number, state, value_micro (in the plant's currency), started, in_hands_micro,
            submitted_by.
        wanted: numbers. by: who decides. reason: why.
    Returns:
        table, number, before, after, value_micro; without those that are there already.
    Raises:
        RefusedDecision: every reason, by number; unknown numbers, a life that knows no such decision, a missing name
            or reason.
    """
    rule = DECISIONS[decision]
    faults = []
    if not by.strip():
        faults.append("say who decides (by)")
    if rule.needs_reason and not reason.strip():
        faults.append(f"to {decision} needs a reason")
    found = {row["number"]: row for row in documents.to_dict("records")}
    rows = []
    for number in dict.fromkeys(wanted):
        document = found.get(number)
        if document is None:
            faults.append(f"{number}: there is no document of this number")
            continue
        document["decided_by"] = by
        after = rule.leads_to.get(document["life"])
        if after is None:
            faults.append(f"{number}: {_not_for(document, decision)}")
            continue
        faults += [f"{number}: {fault}" for check in rule.against if (fault := check(document, policies))]
        if after != document["state"]:
            rows.append((document["table"], number, document["state"], after, document["value_micro"]))
    if faults:
        raise RefusedDecision(f"nothing was decided: {'; '.join(faults)}")
    frame = pd.DataFrame(rows, columns=["table", "number", "before", "after", "value_micro"])
    return frame.astype({"table": "str", "number": "str", "before": "str", "after": "str", "value_micro": "Int64"})


def _not_for(document: dict, decision: str) -> str:
    offered = [name for name, rule in DECISIONS.items() if document["life"] in rule.leads_to]
    return f"one cannot {decision} one of the {document['table'].replace('_', ' ')}; possible are {', '.join(offered)}"
