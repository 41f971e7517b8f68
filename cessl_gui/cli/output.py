"""What all commands share: the project they open, their progress, what they print."""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from cessl_gui.core.types import Progress

if TYPE_CHECKING:
    from cessl_gui.store.project import Project

FAILED, USAGE = 1, 2
NONE_FOUND = ("No recording was found there.", "docs/formats.md lists what is read.")

# What steers a terminal or turns the direction of writing: names and notes may be a stranger's.
_SIGNS = {*range(32), *range(127, 160), *range(0x202A, 0x202F), *range(0x2066, 0x206A)} - {ord("\t"), ord("\n")}
STEERING = dict.fromkeys(_SIGNS, "\N{REPLACEMENT CHARACTER}")

AddCommand = Callable[[str, Callable[[argparse.Namespace], int], str], argparse.ArgumentParser]


@contextmanager
def open_project(folder: Path, create: bool = False) -> Iterator[Project]:
    """The project of a command, with what it has to say at opening on standard error."""
    from cessl_gui.store.project import Project

    with Project.open(folder, create) as project:
        for warning in project.warnings:
            print(warning, file=sys.stderr)
        yield project


class Meter:
    """Progress as one line on standard error: rewritten in a terminal, now and then elsewhere."""

    def __init__(self) -> None:
        self._terminal = sys.stderr.isatty()
        self._last, self._phase = 0.0, ""

    def __call__(self, progress: Progress) -> None:
        now = time.monotonic()
        if progress.phase == self._phase and now - self._last < (0.2 if self._terminal else 10):
            return
        self._last, self._phase = now, progress.phase
        share = f" {100 * progress.fraction:3.0f} %" if progress.fraction is not None else ""
        left = f", {progress.seconds_left:.0f} s left" if progress.seconds_left is not None else ""
        best = f", best {progress.best:.3f}" if progress.best is not None else ""
        line = f"{progress.phase}{share}{left}{best} {progress.message}".rstrip()
        print(f"\r\x1b[K{line}" if self._terminal else line, end="" if self._terminal else "\n", file=sys.stderr)
        sys.stderr.flush()

    def __enter__(self) -> Meter:
        return self

    def __exit__(self, *_: object) -> None:
        if self._terminal:
            print("\r\x1b[K", end="", file=sys.stderr)


def say(args: argparse.Namespace, row: dict, words: str) -> None:
    if args.json:
        print(json.dumps(row, ensure_ascii=False), flush=True)
    else:
        print(words.translate(STEERING), flush=True)


def fail(args: argparse.Namespace, words: str) -> None:
    print(f"cessl: {words.translate(STEERING)}", file=sys.stderr)
    if args.json:
        print(json.dumps({"error": words}, ensure_ascii=False), flush=True)


def reader_name() -> str:
    from cessl_gui.core.reading.people import login_name

    return login_name()


def add_given(command: argparse.ArgumentParser) -> None:
    """--set: what files do not state themselves."""
    command.add_argument(
        "--set",
        dest="given",
        nargs="+",
        default=[],
        metavar="KEY=VALUE",
        help="what files do not say: fs=500 unit=uV leads=I,II dataset=NAME",
    )
