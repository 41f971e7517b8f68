"""Commands that read and write recordings and tables."""

from __future__ import annotations

import argparse
import os
import sys
import time
import zipfile
from pathlib import Path
from typing import Any

from cessl_gui import RESEARCH_USE_ONLY
from cessl_gui.cli.output import (
    FAILED,
    NONE_FOUND,
    USAGE,
    AddCommand,
    Meter,
    add_given,
    open_project,
    reader_name,
    say,
)
from cessl_gui.core.errors import CesslError, UnreadableRecording
from cessl_gui.core.files import atomic_write
from cessl_gui.core.plural import counted
from cessl_gui.core.statements.vocabulary import vocabulary
from cessl_gui.core.task import Task
from cessl_gui.core.types import Record

LONGEST_WAIT_S = 86_400.0


def add_commands(command: AddCommand) -> None:
    sub = command("import", import_, "import recordings into a project (made if absent)")
    sub.add_argument("project", type=Path)
    sub.add_argument("paths", type=Path, nargs="+", metavar="PATH")
    sub.add_argument("--accept-header-labels", action="store_true", help="take the headers' diagnoses as labels")
    add_given(sub)
    sub = command("watch", watch, "import what comes into a folder, until Ctrl-C")
    sub.add_argument("project", type=Path)
    sub.add_argument("folder", type=Path)
    sub.add_argument("--every", type=float, default=10.0, metavar="SECONDS", help="default: 10")
    sub.add_argument("--once", action="store_true", help="import what is there and no longer written, then end")
    sub = command("inspect", inspect, "say what files hold")
    sub.add_argument("files", type=Path, nargs="+", metavar="FILE")
    add_given(sub)
    sub.add_argument("--npz", type=Path, metavar="DIR", help="write signal_mv, leads, fs_hz of each there")
    sub = command("quarantine", quarantine, "list the files that could not be read, or write the list as CSV")
    sub.add_argument("project", type=Path)
    sub.add_argument("out", type=Path, nargs="?", metavar="OUT.csv")
    sub = command("export", export, "write labels and predictions")
    sub.add_argument("project", type=Path)
    sub.add_argument("out", type=Path)
    what = sub.add_mutually_exclusive_group(required=True)
    what.add_argument("--format", choices=("csv", "csv-wide", "json", "fhir", "wfdb"))
    what.add_argument("--history", action="store_true", help="who did what, and when: a CSV row for each act")
    sub = command("convert", convert, "write recordings in another format")
    sub.add_argument("source", type=Path, metavar="IN", help="a recording, or a folder of them")
    sub.add_argument("out", type=Path, metavar="OUT", help="a file, or a folder for several; nothing is replaced")
    sub.add_argument("--format", choices=("wfdb", "hdf5", "csv", "edf", "dicom"), help="default: by the end of OUT")
    add_given(sub)
    sub.add_argument("--deidentify", action="store_true", help="only what cannot name the patient; dates are moved")
    sub.add_argument("--free-text", action="store_true", help="with --deidentify: keep what the device stated in words")
    sub.add_argument("--secret", type=Path, metavar="FILE", help="of pseudonyms and dates; default: your own")


def import_(args: argparse.Namespace) -> int:
    from cessl_gui.ecg.readers.given import parse
    from cessl_gui.tasks.recordings.importing import import_paths

    given = parse(args.given) if args.given else None
    absent = [path for path in args.paths if not any(map(os.path.lexists, (path, f"{path}.hea")))]
    if absent:
        raise UnreadableRecording(f"{absent[0]} does not exist.", "Check the path; nothing was imported.")
    with open_project(args.project, create=True) as project, Meter() as meter:
        result = import_paths(
            project,
            args.paths,
            Task(meter),
            accept_header_labels=args.accept_header_labels,
            reader=reader_name(),
            given=given,
        )
    for source, reason in result.quarantined:
        print(f"not read: {source}: {reason}", file=sys.stderr)
    for note in result.notes:
        print(note, file=sys.stderr)
    summary: dict[str, Any] = {"added": result.added, "known": result.known, "quarantined": len(result.quarantined)}
    more = f", {result.revised} revised" if result.revised else ""
    summary |= ({"revised": result.revised} if result.revised else {}) | (
        {"notes": result.notes} if result.notes else {}
    )
    words = f"{result.added} added, {result.known} known already{more}, {len(result.quarantined)} not readable"
    if result.passed_over:
        summary["passed_over"] = result.passed_over
        words += f"; no recordings: {result.passed_over_words}"
    say(args, summary, words)
    if not result.ids and not result.quarantined:
        print(" ".join(NONE_FOUND), file=sys.stderr)
    return 0 if result.ids else FAILED


def watch(args: argparse.Namespace) -> int:
    from cessl_gui.tasks.recordings.importing import import_paths
    from cessl_gui.tasks.recordings.watching import Watch

    if not args.folder.is_dir():
        raise UnreadableRecording(f"{args.folder} is no folder.", "Name the folder into which recordings come.")
    every = min(max(0.1, args.every), LONGEST_WAIT_S)  # also of nan
    folder, looks = Watch(args.folder), 0
    with open_project(args.project, create=True) as project:
        while True:
            looks += 1
            ready = folder.ready(time.time(), lambda: None)
            if ready:
                with Meter() as meter:
                    result = import_paths(project, ready, Task(meter))
                for source, reason in result.quarantined:
                    print(f"not read: {source}: {reason}", file=sys.stderr)
                row = {"added": result.added, "known": result.known, "quarantined": len(result.quarantined)}
                say(args, row, f"{result.added} added, {len(result.quarantined)} not readable")
            if args.once and looks > 1:  # a file is ready when it looks as it did the time before
                return 0
            time.sleep(every)


def inspect(args: argparse.Namespace) -> int:
    import numpy as np

    from cessl_gui.ecg.readers import find_recordings, read_recording
    from cessl_gui.ecg.readers.given import parse

    given = parse(args.given)
    status, written = 0, set()
    recordings = find_recordings(args.files)
    if not recordings:
        raise UnreadableRecording(*NONE_FOUND)
    for path in recordings:
        try:
            record = read_recording(path, given)
        except CesslError as error:
            status = FAILED
            say(args, {"file": str(path), "error": str(error)}, f"{path}: {error}")
            continue
        labels = [vocabulary()[word].code for word in record.statements]
        row = {
            "file": str(path),
            "format": record.format,
            "leads": list(record.leads),
            "derived": list(record.derived),
            "fs_hz": record.fs_hz,
            "samples": record.signal_mv.shape[1],
            "duration_s": record.duration_s,
            "unit": "mV",
            "recorded_at": record.recorded_at,
            "labels": labels,
            "device": dict(record.device),
            "device_statements": list(record.device_statements),
            "warnings": list(record.warnings),
        }
        if args.npz:
            target = args.npz / f"{record.name}.npz"
            if target in written:  # of another folder
                target = args.npz / f"{record.name}_{record.id}.npz"
            written.add(target)
            if target.exists() and not _is_ours(target, path):
                status = FAILED
                say(args, {"file": str(path), "error": f"{target} is there already"}, f"{target} is there already.")
                continue
            with atomic_write(target) as unfinished:
                np.savez(unfinished, signal_mv=record.signal_mv, leads=np.array(record.leads), fs_hz=record.fs_hz)
            row["npz"] = str(target)
        say(args, row, _summary(path, record, labels))
    return status


def _is_ours(target: Path, source: Path) -> bool:
    """Whether a file is what `--npz` wrote earlier, and not the recording itself."""
    try:
        with zipfile.ZipFile(target) as archive:
            names = set(archive.namelist())
    except (OSError, zipfile.BadZipFile):
        return False
    return names == {"signal_mv.npy", "leads.npy", "fs_hz.npy"} and not target.samefile(source)


def _summary(path: Path, record: Record, labels: list[str]) -> str:
    """What a recording holds, in a line; what its device measured and stated, and what is doubtful, follow it."""
    names = ", ".join(vocabulary()[code].name for code in labels) or "none"
    parts = [
        f"{path}: {record.format}, {counted(len(record.leads), 'lead')} ({' '.join(record.leads)}), "
        f"{record.fs_hz:g} Hz, {record.duration_s:g} s, mV; labels: {names}"
    ]
    if record.recorded_at:
        parts.append(f"recorded {record.recorded_at}")
    if record.device:
        parts.append("device: " + ", ".join(_figure(name, value) for name, value in record.device.items()))
    if record.device_statements:
        parts.append("device says: " + " / ".join(record.device_statements))
    return "; ".join([*parts, *record.warnings])


def _figure(name: str, value: float) -> str:
    """A figure of the device with its name and unit, as in the window."""
    from cessl_gui.core.measurements import DEVICE_QUANTITIES

    words, unit = DEVICE_QUANTITIES.get(name, (name, ""))
    return f"{words} {value:g}{'' if unit in ('°', '/min', '') else ' '}{unit}"


def quarantine(args: argparse.Namespace) -> int:
    from cessl_gui.tasks.export import exporting

    with open_project(args.project) as project:
        if args.out:
            count = exporting.export_quarantine(project, args.out)
            say(args, {"out": str(args.out), "rows": count}, f"{count} rows written to {args.out}.")
            return 0
        for source, reason, at_utc in project.quarantine.all():
            say(args, {"file": source, "reason": reason, "at_utc": at_utc}, f"{source}: {reason}")
    return 0


def export(args: argparse.Namespace) -> int:
    from cessl_gui.tasks.export import exporting, history_table

    with open_project(args.project) as project, Meter() as meter:
        if args.history:
            count = history_table.export_history(project, args.out, Task(meter))
            say(args, {"out": str(args.out), "acts": count}, f"{count} acts written to {args.out}.")
            return 0
        result = exporting.export(project, args.out, args.format, Task(meter))
    what = "recordings" if args.format == "wfdb" else "rows"
    for record_id, name, reason in result.left_out:
        print(f"left out: {name} ({record_id}): {reason}", file=sys.stderr)
    left_out = [{"record": record_id, "name": name, "error": reason} for record_id, name, reason in result.left_out]
    words = f"{result.written} {what} written to {args.out}" + (f", {len(left_out)} left out" if left_out else "")
    row = {"out": str(args.out), what: result.written} | ({"left_out": left_out} if left_out else {})
    say(args, row, f"{words}. {RESEARCH_USE_ONLY}")
    return FAILED if left_out else 0


def convert(args: argparse.Namespace) -> int:
    from cessl_gui.ecg import writers
    from cessl_gui.ecg.readers.given import parse
    from cessl_gui.store.exchange.patient_keys import personal_secret
    from cessl_gui.tasks.export import converting

    format_ = args.format or writers.format_of(args.out)
    if not format_:
        print("cessl convert: name --format, or let OUT end in .hea, .h5, .csv, .edf or .dcm", file=sys.stderr)
        return USAGE
    given = parse(args.given) if args.given else None
    wanted = converting.Wanted(format_, personal_secret(args.secret), args.deidentify, args.free_text, given)
    with Meter() as meter:
        result = converting.convert(args.source, args.out, wanted, Task(meter))
    for source, out in result.written:
        say(args, {"file": str(source), "out": str(out)}, f"{source} -> {out}")
    for source, reason in result.left_out:
        say(args, {"file": str(source), "error": reason}, f"left out: {source}: {reason}")
    return FAILED if result.left_out else 0
