"""Commands on labels: take them in from other programs, and count them."""

from __future__ import annotations

import argparse
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from cessl_gui.cli.output import FAILED, USAGE, AddCommand, open_project, reader_name, say
from cessl_gui.core.errors import CesslError
from cessl_gui.core.plural import counted
from cessl_gui.core.reading.people import known_as
from cessl_gui.core.statements.vocabulary import vocabulary
from cessl_gui.core.task import Task
from cessl_gui.core.types import HEADER_READER, State

if TYPE_CHECKING:
    from cessl_gui.store.project import Project

NAMED = 5  # reasons


def add_commands(command: AddCommand) -> None:
    sub = command("import-labels", import_labels, "take in labels from CSV, our JSON or FHIR")
    sub.add_argument("project", type=Path)
    sub.add_argument("file", type=Path, nargs="?", metavar="FILE")
    sub.add_argument("--preview", action="store_true", help="say what would be taken in, and write nothing")
    sub.add_argument("--replace", action="store_true", help="also labels that differ from what the reader said here")
    sub.add_argument("--reader", help="whose labels they are where the file does not say; default: yours")
    said = "where the file has other names: record, code, state, certainty, reader; state= where none tells it"
    sub.add_argument("--column", nargs="+", default=[], metavar="WHAT=COLUMN", help=said)
    said = "statements that the file names otherwise, by code or name"
    sub.add_argument("--word", nargs="+", default=[], metavar="WORD=STATEMENT", help=said)
    said = "states that the file names otherwise: present, absent, uncertain or none"
    sub.add_argument("--state", nargs="+", default=[], metavar="WORD=STATE", help=said)
    sub.add_argument("--report", type=Path, metavar="OUT.csv", help="write what did not match there")
    sub.add_argument("--take-back", action="store_true", help="undo the latest import; no FILE is read")
    sub = command("import-marks", import_marks, "take in beats and stretches from WFDB annotation files")
    sub.add_argument("project", type=Path)
    sub.add_argument("files", type=Path, nargs="+", metavar="FILE", help="named as the recording: 100.atr of 100")
    sub.add_argument("--reader", help="whose marks they are; default: yours")
    sub = command("numbers", numbers, "balance of the labels, and who agrees with whom")
    sub.add_argument("project", type=Path)
    sub.add_argument("--reader", help="who is compared with model and files; default: you")


def import_labels(args: argparse.Namespace) -> int:
    from cessl_gui.tasks.export.exporting import check_free
    from cessl_gui.tasks.labels import label_columns, label_import, taking_labels
    from cessl_gui.tasks.labels.label_tables import read_table

    try:
        none = [said for said in ("state=", "certainty=") if said in args.column]  # no column tells it
        columns = _pairs([said for said in args.column if said not in none]) | {said[:-1]: "" for said in none}
        words = {word: vocabulary()[statement].code for word, statement in _pairs(args.word).items()}
        states = {word: None if state == "none" else State(state) for word, state in _pairs(args.state).items()}
        if (args.file is None) != args.take_back:
            raise ValueError("name a FILE, or --take-back without one")
    except ValueError as error:
        print(f"cessl import-labels: {error}", file=sys.stderr)
        return USAGE
    if args.take_back:
        return take_labels_back(args)
    if args.report:  # before labels are written
        check_free(args.report, taking_labels.REPORT_COLUMNS, taking_labels.REPORT_COLUMNS)
    table = read_table(args.file)
    found = label_columns.guess(table, columns, words)
    reader = args.reader or reader_name()
    with open_project(args.project) as project:
        seen = label_import.preview(project, table, found, reader, words, states=states)
        written = 0
        if not args.preview:
            written = taking_labels.take_in(
                project, seen, args.replace, reader=reader_name(), file=args.file.name
            ).count
    if args.report:
        taking_labels.write_report(seen, args.report)
    for reason, count in list(seen.reasons.items())[:NAMED]:
        print(f"not matched: {counted(count, 'label')}: {reason}", file=sys.stderr)
    row = {
        "written": written,
        "new": len(seen.new),
        "same": len(seen.same),
        "differing": len(seen.differing),
        "unmatched": len(seen.unmatched),
        "reasons": seen.reasons,
    }
    more = "Nothing was written." if args.preview else f"{counted(written, 'label')} written."
    say(args, row, f"{seen.sentence} {more}")
    return FAILED if seen.unmatched and not (seen.new or seen.same or seen.differing) else 0


def take_labels_back(args: argparse.Namespace) -> int:
    from cessl_gui.tasks.labels import taking_labels

    with open_project(args.project) as project:
        last = taking_labels.last_taken(project)
        if last is None:
            say(args, {"count": 0, "left": 0}, "There is no import of labels to undo.")
            return 0
        done = taking_labels.take_back(project, reader_name())
    say(args, {"count": done.count, "left": done.left}, f"{last['file']}: {done.sentence}")
    return 0


def _pairs(given: list[str]) -> dict[str, str]:
    pairs = dict(word.partition("=")[::2] for word in given)
    if not all(key and value for key, value in pairs.items()):
        raise ValueError("write each as NAME=VALUE")
    return pairs


def import_marks(args: argparse.Namespace) -> int:
    from cessl_gui.tasks.export import annotating

    with open_project(args.project) as project:
        result = annotating.import_marks(project, args.files, _whose(args, project))
    for path, reason in result.left_out:
        print(f"left out: {path}: {reason}", file=sys.stderr)
    row = {"marks": result.marks, "files": result.files, "left_out": len(result.left_out)}
    say(args, row, f"{counted(result.marks, 'new mark')} from {counted(result.files, 'file')}")
    return FAILED if result.left_out else 0


def _whose(args: argparse.Namespace, project: Project) -> str:
    """Whose marks they are. raises : CesslError for what is no reader's name"""
    reader = known_as(args.reader or reader_name(), project.readers.names())
    if reader in ("", HEADER_READER):
        raise CesslError("This is no name for a reader.", "Give another one.")
    return reader


def numbers(args: argparse.Namespace) -> int:
    from cessl_gui.tasks.evaluation.numbers import project_numbers

    with open_project(args.project) as project:
        found = project_numbers(project, args.reader or reader_name(), Task())
    known = vocabulary()
    words = f"{found.read} of {found.records} ECGs are read. {found.sentence}"
    say(args, {"records": found.records, "read": found.read, "labels": found.sentence}, words)
    for row in found.balance:
        facts = {**asdict(row), "more_present": row.more_present, "more_absent": row.more_absent}
        lacks = f"; until a verdict {counted(row.more_present, 'more patient')} with it, {row.more_absent} without"
        counts = f"{row.present} present, {row.absent} absent, {row.uncertain} uncertain"
        say(args, facts, f"{known[row.code].name}: {counts}{lacks * bool(row.more_present or row.more_absent)}")
    pairs = {"model": found.with_model, "file": found.with_file}
    pairs |= {" and ".join(readers): agreed for readers, agreed in found.between.items()}
    for who, agreed in pairs.items():
        for code, each in agreed.items():
            facts = {"who": who, "code": code, "n": each.n, "equal": each.n_equal}
            facts |= {"kappa": each.kappa, "low": each.low, "high": each.high}
            kappa = "no kappa" if each.kappa is None else f"kappa {each.kappa:.2f}"
            interval = "" if each.low is None else f" [{each.low:.2f}, {each.high:.2f}]"
            say(args, facts, f"{who}, {known[code].name}: {each.n_equal} of {each.n} equal, {kappa}{interval}")
    return 0
