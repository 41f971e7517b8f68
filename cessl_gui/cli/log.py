"""Commands on the log of acts: verify and repair it, exchange it, and erase what may no longer be kept."""

from __future__ import annotations

import argparse
from pathlib import Path

from cessl_gui.cli.output import FAILED, AddCommand, Meter, open_project, reader_name, say
from cessl_gui.core.errors import ProjectError
from cessl_gui.core.files import full_path
from cessl_gui.core.plural import counted
from cessl_gui.core.types import Progress


def add_commands(command: AddCommand) -> None:
    sub = command("verify", verify, "look whether what people did was altered, and name it")
    sub.add_argument("project", type=Path)
    sub = command("repair", repair, "say what is damaged, from which copy it can be mended and what would be lost")
    sub.add_argument("project", type=Path)
    sub.add_argument("--yes", action="store_true", help="do it; default: only say what would be done")
    sub = command("bundle", bundle, "write what people did in a project as one signed file, for a colleague")
    sub.add_argument("project", type=Path)
    sub.add_argument("out", type=Path, metavar="OUT")
    sub = command("merge", merge, "take in what people did in another project: a bundle")
    sub.add_argument("project", type=Path)
    sub.add_argument("bundle", type=Path, metavar="IN")
    sub = command("remove", remove, "erase recordings whose consent is withdrawn, for good")
    sub.add_argument("project", type=Path)
    which = sub.add_mutually_exclusive_group(required=True)
    which.add_argument("--record", nargs="+", default=[], metavar="ID")
    which.add_argument("--patient", metavar="KEY", help="all recordings of this patient, by the key of the list")
    sub.add_argument("--why", default="consent withdrawn")
    sub.add_argument("--yes", action="store_true", help="do it; default: only say what would be erased")


def verify(args: argparse.Namespace) -> int:
    from cessl_gui.store.care.verify import verify

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


def repair(args: argparse.Namespace) -> int:
    from cessl_gui.store.care import repair

    with Meter() as meter:
        plan = repair.plan(args.project, lambda share: meter(Progress("", "Looking for damage", share)))
    for words in plan.damage:
        say(args, {"damage": words}, words)
    if not plan.damage or not args.yes:
        more = " Nothing was done: --yes does it." if plan.damage and plan.can_be_done else ""
        say(args, {"plan": plan.words}, plan.words + more)
        return FAILED if plan.damage else 0
    for words in repair.repair(args.project, plan):
        say(args, {"done": words}, words)
    return 0


def bundle(args: argparse.Namespace) -> int:
    from cessl_gui.store.exchange import bundle

    with open_project(args.project) as project, Meter() as meter:
        count = bundle.write(project, full_path(args.out), lambda share: meter(Progress("", "Bundling", share)))
    say(args, {"out": str(args.out), "acts": count}, f"{counted(count, 'act')} written to {args.out}.")
    return 0


def merge(args: argparse.Namespace) -> int:
    from cessl_gui.store.exchange import bundle

    with open_project(args.project, create=True) as project, Meter() as meter:
        taken = bundle.merge(project, full_path(args.bundle), lambda share: meter(Progress("", "Merging", share)))
    for words in taken.refused:
        say(args, {"refused": words}, words)
    for words in taken.notes:
        say(args, {"note": words}, words)
    row = {"acts": taken.acts, "records": taken.records, "removed": len(taken.removed), "refused": len(taken.refused)}
    gone = f", {counted(len(taken.removed), 'recording')} removed" if taken.removed else ""
    say(args, row, f"{counted(taken.acts, 'new act')}, {counted(taken.records, 'new record')}{gone}.")
    return FAILED if taken.refused else 0


def remove(args: argparse.Namespace) -> int:
    with open_project(args.project) as project:
        of = project.records.patients().items() if args.patient else ()  # an empty key names all of whom nobody knows
        ids = args.record or [record for record, key in of if key == args.patient]
        if not ids:
            raise ProjectError("No recording of this patient is in the project.", "Check the key.")
        what = f"{counted(len(ids), 'recording')} and what was said of {'it' if len(ids) == 1 else 'them'}"
        if not args.yes:
            said = (
                f"{what} would be erased for good, also from copies of earlier days. Nothing was done: --yes does it."
            )
            say(args, {"records": ids}, said)
            return FAILED
        removed = project.remove(ids, reader_name(), args.why)
    say(args, {"removed": removed}, f"{what}: erased. That acts were done, by whom and when, stays.")
    return 0
