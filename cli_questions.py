"""Commands that ask the plan a question: each reads, answers, and changes nothing unless it is told to.

Only the standard library is imported here, so that `kitline --help` answers at once.
"""

from collections.abc import Callable

import cli_kitting
import cli_lots
import cli_printing
import cli_progress
import cli_promise
import cli_release
import cli_subcontracts
import cli_what_if
import cli_why


def register(command: Callable) -> None:
    """Add the commands; `command(name, function, help, *options)` gives the parser of one."""
    cli_progress.register(command)
    cli_kitting.register(command)
    cli_what_if.register(command)
    cli_why.register(command)
    cli_lots.register(command)
    cli_promise.register(command)
    cli_release.register(command)
    cli_printing.register(command)
    cli_subcontracts.register(command)
