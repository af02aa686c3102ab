"""The root of every error a Kitline user can meet; one subclass per case, near the code that raises it."""


class KitlineError(Exception):
    """Something the user can mend; the message names the offending key and the remedy.

    `kind` is the machine-readable name of the case, as `kitline simulate` prints it.
    """

    kind = "error"


class QuantityOverflow(KitlineError):
    """A quantity or amount left the range of exact 64-bit micro-units."""

    kind = "quantity_overflow"


class InvalidNumber(KitlineError):
    """A text that is no plain decimal number with at most six decimals."""

    kind = "invalid_number"
