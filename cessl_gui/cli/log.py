"""Commands on the log of acts: is it whole?"""

from __future__ import annotations

import argparse
from pathlib import Path

from cessl_gui.cli.output import FAILED, AddCommand, Meter, say
from cessl_gui.core.files import full_path
from cessl_gui.core.plural import counted
from cessl_gui.core.types import Progress


def add_commands(command: AddCommand) -> None:
    sub = command("verify", verify, "look whether what people did was altered, and name it")
    sub.add_argument("project", type=Path)


def verify(args: argparse.Namespace) -> int:
    from cessl_gui.store.verify import verify

    with Meter() as meter:
        verdict = verify(full_path(args.project), lambda share: meter(Progress("", "Verifying", share)))
    for words in verdict.wrong:
        say(args, {"wrong": words}, words)
    for words in verdict.notes:
        say(args, {"note": words}, f"Note: {words}")
    what = f"{counted(verdict.acts, 'act')} of {counted(verdict.devices, 'device')}"
    found = len(verdict.wrong) + verdict.unnamed
    said = f"{what}: {counted(found, 'finding')}." if found else f"{what}: nothing was altered."
    row = {"acts": verdict.acts, "devices": verdict.devices, "sound": verdict.is_sound, "findings": found}
    say(args, row, said)
    return 0 if verdict.is_sound else FAILED
