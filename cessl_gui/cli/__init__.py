"""`cessl`: the same work without a window. --json prints one object per line on standard output; all else goes to
standard error. Exit status 0, 1 failed, 2 usage."""

from __future__ import annotations

import argparse
import io
import logging
import sys
from collections.abc import Callable

from cessl_gui import RESEARCH_USE_ONLY, __version__
from cessl_gui.cli import labels, log, models, recordings, team, versions
from cessl_gui.cli.output import FAILED, USAGE, fail
from cessl_gui.core.errors import CesslError
from cessl_gui.core.files import why

GROUPS = (recordings, labels, models, versions, team, log)  # in the order of --help


def main(argv: list[str] | None = None) -> int:
    """Run one command; returns the exit status."""
    args = _parser().parse_args(argv)
    if "" in (sys.argv[1:] if argv is None else argv):  # as a path it would be the folder one stands in
        fail(args, "An argument is empty, as a variable of a script may be: nothing was done.")
        return USAGE
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # a file's name need not be UTF-8
    logging.basicConfig(level=logging.DEBUG if args.debug else logging.ERROR)
    try:
        return args.run(args) or 0
    except CesslError as error:
        fail(args, str(error))
    except KeyboardInterrupt:
        fail(args, "Stopped. What was committed before is kept.")
    except BrokenPipeError:  # the reader of our output has gone, e.g. `cessl ... | head`
        sys.stderr.close()
    except OSError as error:  # a full disk, a folder that is not ours
        if args.debug:
            raise
        fail(args, f"{error.filename}: {why(error)}." if error.filename else f"{why(error)}.")
    except Exception as error:
        if args.debug:
            raise
        fail(args, f"Something in the program failed: {error or type(error).__name__}. --debug shows where.")
    return FAILED


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="cessl", description=f"Label, train and predict ECGs. {RESEARCH_USE_ONLY}")
    parser.add_argument("--version", action="version", version=__version__)
    commands = parser.add_subparsers(metavar="COMMAND", required=True)

    def command(name: str, run: Callable, help_: str) -> argparse.ArgumentParser:
        sub = commands.add_parser(name, help=help_, description=help_)
        sub.add_argument("--json", action="store_true", help="one JSON object per line on standard output")
        sub.add_argument("--debug", action="store_true", help="show tracebacks")
        sub.set_defaults(run=run)
        return sub

    for group in GROUPS:
        group.add_commands(command)
    return parser
