"""Labels that were looked at (see label_import) into a project, and out of it again."""

from __future__ import annotations

import csv
import time
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from cessl_gui.core.errors import Cancelled
from cessl_gui.core.files import atomic_write
from cessl_gui.core.plural import counted
from cessl_gui.core.spreadsheet import guarded
from cessl_gui.core.task import NOBODY_WAITS, Task
from cessl_gui.core.types import ReadingState
from cessl_gui.store.log.act_ids import now_utc
from cessl_gui.store.log.steps import new_step
from cessl_gui.store.project import Project
from cessl_gui.store.tables.readers import APART
from cessl_gui.tasks.export.exporting import check_free
from cessl_gui.tasks.labels.label_import import CLOSED, Label, Preview
from cessl_gui.tasks.steps_back import Back, forget_left, may_be_undone_now, take_brought

KIND = "imported"
TAKEN = "label imports"  # setting: what was taken in and not taken back, the latest last
KEPT = 50  # of them
CHUNK = 200  # labels in one transaction, for which who labels meanwhile waits: some 50 ms
REPORT_COLUMNS = ("line", "record", "statement", "state", "reader", "reason")


@dataclass(frozen=True)
class Taken:
    """What became of an import, or of taking it back.

    count      : labels that were written, or that no longer hold
    left       : labels of readings that have been confirmed or excluded in the meantime: they stay as they are
    overtaken  : labels that were new when the file was looked at, of which the reader has said something since
    is_whole   : False where a person stopped it
    left_words : of which ECGs those left at an undo are, and how to undo them
    """

    count: int
    left: int = 0
    is_whole: bool = True
    is_back: bool = False
    overtaken: int = 0
    left_words: str = ""

    @property
    def sentence(self) -> str:
        words = f"{counted(self.count, 'label')} {'undone' if self.is_back else 'taken in'}."
        words += "" if self.is_whole else " Stopped: the others are as they were."
        left = self.left_words or f" {counted(self.left, 'label')} of confirmed or excluded readings left as they are."
        since = f" {counted(self.overtaken, 'label')} of which the reader has said something since left out."
        return words + left * bool(self.left) + since * bool(self.overtaken)


def take_in(
    project: Project,
    looked_at: Preview,
    replace: bool = False,
    task: Task = NOBODY_WAITS,
    *,
    reader: str = "",
    file: str = "",
) -> Taken:
    """Write the labels of a preview, each as its reader's. What was written before a stop stays; see `take_back`.

    replace : also those that differ from what the reader said in the project; that stays in the history
    reader  : who takes them in, and whose next undo takes all of them back; "": nobody's
    file    : the name under which it can be taken back
    """
    labels = sorted((*looked_at.new, *(looked_at.differing if replace else ())), key=lambda label: label.reader)
    is_new = frozenset(looked_at.new)
    name, step, at_utc, count, left, overtaken = uuid.uuid4().hex, new_step(), now_utc(), 0, 0, 0
    steps = task.steps("Taking in labels", len(labels))
    for chunk in chunks(labels, CHUNK):
        if task.stop_requested() is not None:
            return Taken(count, left, is_whole=False, overtaken=overtaken)
        with project.atomic():
            still = [label for label in chunk if label not in is_new or not _is_said(project, label)]
            by_reader = _open(project, still)
            written = sum(map(len, by_reader.values()))
            count, left = count + written, left + len(still) - written
            if written and reader:
                project.steps.note_import("label", name, count, reader, step)
            _write(project, by_reader, name)
            overtaken += len(chunk) - len(still)
            others = [one for one in project.settings.get(TAKEN, []) if one["name"] != name]
            entry = {"name": name, "file": file, "at_utc": at_utc, "count": count}
            project.settings.set(TAKEN, [*others, entry][-KEPT:])
        steps.done(count + left + overtaken)
        time.sleep(0.001)  # whoever waits to write has a turn
    return Taken(count, left, overtaken=overtaken)


def last_taken(project: Project) -> dict | None:
    """The latest import that can be taken back: name, file, at_utc, count; None without one.

    Also one whose undo left labels of closed readings, once one of these is open again.
    """
    for entry in reversed(project.settings.get(TAKEN, [])):
        begun, holds = project.steps.imports(entry["name"])
        is_new = holds or (not begun and not entry.get("left"))  # before version 15 no act began them
        if is_new or may_be_undone_now(project, entry["name"]):
            return entry
    return None


def take_back(project: Project, reader: str, task: Task = NOBODY_WAITS) -> Taken:
    """Take back the latest import; what was said before it holds again, and the history keeps both.

    reader : who takes it back
    """
    entry, back = last_taken(project), Back()
    if entry is None:
        return Taken(0, is_back=True)
    begun, _ = project.steps.imports(entry["name"])
    forget_left(project, entry["name"])
    try:
        pairs = [(act, act) for act in project.steps.of(entry["name"])]
        take_brought(project, pairs, reader, "undo", back, task=task)
    except Cancelled:
        return Taken(back.count, back.left, is_whole=False, is_back=True)
    project.steps.take_back(begun, reader)
    if not begun:
        kept = [one for one in project.settings.get(TAKEN, []) if one["name"] != entry["name"] or back.left]
        left = {"left": back.left}
        project.settings.set(TAKEN, [one | left if one["name"] == entry["name"] else one for one in kept])
    return Taken(back.count, back.left, is_back=True, left_words=back.left_words(project, "undo"))


def write_report(looked_at: Preview, out: Path) -> None:
    """Write what was not taken in as CSV, REPORT_COLUMNS, over an earlier report only. raises : NotWritten"""
    check_free(out, REPORT_COLUMNS, REPORT_COLUMNS)
    with atomic_write(out) as unfinished, unfinished.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(REPORT_COLUMNS)
        for each in looked_at.unmatched:
            writer.writerow([guarded(getattr(each, column)) for column in REPORT_COLUMNS])


def _open(project: Project, labels: Sequence[Label]) -> dict[str, list[Label]]:
    """The labels whose readings are still open, by reader."""
    apart = project.settings.get(APART, [])
    standing = {record_id: project.records.standing(record_id)[0] for record_id in {x.record_id for x in labels}}
    by_reader: dict[str, list[Label]] = {}
    for label in labels:
        state = standing[label.record_id]
        if state not in CLOSED or (state == ReadingState.CONFIRMED and label.reader in apart):
            by_reader.setdefault(label.reader, []).append(label)
    return by_reader


def _write(project: Project, by_reader: dict[str, list[Label]], name: str) -> None:
    for reader, said in by_reader.items():
        changes = [(label.record_id, label.code, label.state) for label in said]
        # What was in sight when they were given, the file does not say.
        project.labels.set_many(changes, reader, prediction_visible=None, kind=KIND, step=name)


def _is_said(project: Project, label: Label) -> bool:
    """Whether the reader has said something of the statement."""
    return label.code in project.labels.of_reader(label.record_id, label.reader).states


def chunks(items: Sequence, size: int) -> Iterator[list]:
    rest = iter(items)
    while some := list(islice(rest, size)):
        yield some
