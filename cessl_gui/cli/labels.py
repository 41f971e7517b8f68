"""Commands on labels: take them in from other programs."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from cessl_gui.cli.output import FAILED, USAGE, AddCommand, open_project, reader_name, say
from cessl_gui.core.plural import counted
from cessl_gui.core.vocabulary import vocabulary

NAMED = 5  # reasons


def add_commands(command: AddCommand) -> None:
    sub = command("import-labels", import_labels, "take in labels from CSV, our JSON or FHIR")
    sub.add_argument("project", type=Path)
    sub.add_argument("file", type=Path, metavar="FILE")
    sub.add_argument("--preview", action="store_true", help="say what would be taken in, and write nothing")
    sub.add_argument("--replace", action="store_true", help="also labels that differ from what the reader said here")
    sub.add_argument("--reader", help="whose labels they are where the file does not say; default: yours")
    said = "where the file has other names: record, code, state, reader"
    sub.add_argument("--column", nargs="+", default=[], metavar="WHAT=COLUMN", help=said)
    said = "statements that the file names otherwise, by code or name"
    sub.add_argument("--word", nargs="+", default=[], metavar="WORD=STATEMENT", help=said)
    sub.add_argument("--report", type=Path, metavar="OUT.csv", help="write what did not match there")


def import_labels(args: argparse.Namespace) -> int:
    from cessl_gui.tasks import label_import
    from cessl_gui.tasks.label_tables import read_table

    try:
        columns = _pairs(args.column)
        words = {word: vocabulary()[statement].code for word, statement in _pairs(args.word).items()}
    except ValueError as error:
        print(f"cessl import-labels: {error}", file=sys.stderr)
        return USAGE
    table = read_table(args.file)
    found = label_import.guess(table, columns)
    with open_project(args.project) as project:
        seen = label_import.preview(project, table, found, args.reader or reader_name(), words)
        written = 0 if args.preview else label_import.take_in(project, seen, args.replace)
    if args.report:
        label_import.write_report(seen, args.report)
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


def _pairs(given: list[str]) -> dict[str, str]:
    pairs = dict(word.partition("=")[::2] for word in given)
    if not all(key and value for key, value in pairs.items()):
        raise ValueError("write each as NAME=VALUE")
    return pairs
