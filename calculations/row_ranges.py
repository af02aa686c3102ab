"""Rows and their places: the rows of several stretches, where groups begin, and rows moved to other places."""

import numpy as np


def ranges(starts: np.ndarray, ends: np.ndarray) -> np.ndarray:
    """All whole numbers of several half-open ranges, one after the other.

    >>> ranges(np.array([0, 7]), np.array([2, 10])).tolist()
    [0, 1, 7, 8, 9]
    """
    lengths = ends - starts
    offsets = np.cumsum(lengths) - lengths
    return np.arange(lengths.sum()) + np.repeat(starts - offsets, lengths)


def heads(values: np.ndarray) -> np.ndarray:
    """Rows that differ from the row before, the first included: where each group of a sorted column begins.

    >>> heads(np.array([4, 4, 7, 9, 9])).tolist()
    [0, 2, 3]
    """
    differs = np.ones(len(values), dtype=bool)
    np.not_equal(values[1:], values[:-1], out=differs[1:])
    return np.flatnonzero(differs)


def scattered(values: np.ndarray, places: np.ndarray) -> np.ndarray:
    """Values moved to these places, each of which is given once.

    >>> scattered(np.array([10, 20, 30]), np.array([2, 0, 1])).tolist()
    [20, 30, 10]
    """
    moved = np.empty_like(values)
    moved[places] = values
    return moved


def inverse(places: np.ndarray) -> np.ndarray:
    """Which row goes to each place: the inverse of a permutation.

    >>> inverse(np.array([2, 0, 1])).tolist()
    [1, 2, 0]
    """
    return scattered(np.arange(len(places)), places)


def united(many: np.ndarray, few: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """All values of two ascending columns without repetition, ascending, and where those of the first now stand.

    Looks up the few among the many, not the other way round.

    >>> [part.tolist() for part in united(np.array([1, 4, 9]), np.array([0, 4, 5]))]
    [[0, 1, 4, 5, 9], [1, 2, 4]]
    """
    place = np.searchsorted(many, few)
    is_new = np.ones(len(few), dtype=bool)
    inside = np.flatnonzero(place < len(many))
    is_new[inside] = many[place[inside]] != few[inside]
    if not is_new.any():
        return many, np.arange(len(many))
    new = place[is_new] + np.arange(np.count_nonzero(is_new))
    is_first = np.ones(len(many) + len(new), dtype=bool)
    is_first[new] = False
    rows = np.flatnonzero(is_first)
    values = np.empty(len(is_first), dtype=many.dtype)
    values[new], values[rows] = few[is_new], many
    return values, rows
