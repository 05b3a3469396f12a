"""Command-line parsers that complain in one line."""

from __future__ import annotations

import argparse
import difflib
import textwrap
from collections.abc import Sequence
from typing import Any, NoReturn

from daisy_kernel.cli.terminal import complain


class Parser(argparse.ArgumentParser):
    """An argument parser whose errors are one line that says where the options are explained.

    Parameters
    ----------
    prog
        The command, such as "daisy run".
    usage, description, epilog
        For the help; the epilogue keeps its line breaks.
    debug
        Whether there is an option --debug.
    show_help
        Whether there is an option --help that prints the help and ends.
    """

    def __init__(
        self,
        prog: str,
        *,
        description: str,
        usage: str | None = None,
        epilog: str = "",
        debug: bool = True,
        show_help: bool = True,
    ):
        super().__init__(
            prog,
            usage=usage,
            description=textwrap.fill(description, 79),
            epilog=epilog,
            allow_abbrev=False,
            add_help=show_help,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        if debug:
            self.add_argument(
                "--debug", action="store_true", help="show where in Daisy an error happened"
            )

    def error(self, message: str) -> NoReturn:
        """Say what is wrong with the words and end with code 2."""
        complain(f"{message.rstrip('.')} ('{self.prog} --help' shows the options).")
        self.exit(2)

    def parse_all(
        self, words: Sequence[str], into: argparse.Namespace | None = None
    ) -> dict[str, Any]:
        """Options by destination; an unknown one ends with the nearest that exist."""
        known, unknown = self.parse_known_args(list(words), into)
        if unknown:
            word = unknown[0].partition("=")[0]
            options = [o for action in self._actions for o in action.option_strings]
            nearest = difflib.get_close_matches(word, options, n=1)
            hint = f" did you mean {nearest[0]}?" if nearest else ""
            self.error(f"{word!r} is not understood;{hint or ' no option is called so'}")
        return vars(known)


def with_joined_numbers(words: Sequence[str]) -> list[str]:
    """Negative numbers tied to their option, or -1e-3 would be taken for an option itself."""
    joined: list[str] = []
    for word in words:
        before = joined[-1] if joined else ""
        if _is_negative(word) and before.startswith("--") and "=" not in before:
            joined[-1] = f"{before}={word}"
        else:
            joined.append(word)
    return joined


def _is_negative(word: str) -> bool:
    try:
        return word.startswith("-") and float(word) == float(word)
    except ValueError:
        return False
