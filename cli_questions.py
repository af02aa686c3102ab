"""Commands that ask the plan a question: each reads, answers, and changes nothing unless it is told to.

Only the standard library is imported here, so that `kitline --help` answers at once.
"""

from collections.abc import Callable


def register(command: Callable) -> None:
    """Add the commands; `command(name, function, help, *options)` gives the parser of one."""
