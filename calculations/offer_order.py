"""Which of several offers is asked first, wherever one is chosen."""

import pandas as pd


def by_preference(offers: pd.DataFrame) -> pd.DataFrame:
    """Offers in the order in which they are asked: by priority and supplier, of one supplier the newest first.

    An older offer that was not ended has most often been replaced.
    """
    columns = ["priority", "supplier", "effective_from"]
    return offers.sort_values(columns, ascending=[True, True, False], kind="stable")
