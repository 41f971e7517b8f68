"""The history of a project as a table: a row for each act, the oldest first."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path
from typing import Any

from cessl_gui.core.files import atomic_write, full_path
from cessl_gui.core.spreadsheet import guarded
from cessl_gui.core.statements.vocabulary import vocabulary
from cessl_gui.core.task import Task
from cessl_gui.store.log.history import Entry, in_words
from cessl_gui.store.project import Project
from cessl_gui.tasks.export.exporting import check_free

COLUMNS = (
    "act", "at_utc", "reader", "device", "kind", "how", "record", "name", "what", "statement", "old", "new",
    "prediction_visible", "file_visible", "measurements_visible", "holds", "takes_back", "erased",
)  # fmt: skip
EACH = 1000  # acts between two looks at whether to stop


def export_history(
    project: Project, out: Path, task: Task, is_told: Callable[[Entry], bool] = lambda entry: True, **which: Any
) -> int:
    """Write acts as CSV (COLUMNS); over an earlier such table only.

    is_told : whether an act is written
    which   : as store.log.history takes it; without, every act
    returns : the number of acts
    raises  : NotWritten, Cancelled
    """
    out = full_path(out)
    check_free(out, COLUMNS[:4], COLUMNS)
    written, steps = 0, task.steps("Exporting", project.history.count(**which))
    with atomic_write(out) as unfinished, unfinished.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        for count, entry in enumerate(project.history.all(**which), 1):
            if is_told(entry):
                writer.writerow([guarded(cell) for cell in _row(entry)])
                written += 1
            if count % EACH == 0:
                task.check()
                steps.done(count)
    return written


def _row(entry: Entry) -> list[object]:
    is_statement = entry.kind in ("label", "adjudication") and entry.what
    seen = (entry.prediction_visible, entry.file_visible, entry.measurements_visible)
    return [
        *entry[:8],
        entry.what,
        vocabulary()[entry.what].name if is_statement else "",
        in_words(entry.old),
        in_words(entry.new),
        *("" if one is None else one for one in seen),
        int(entry.holds),
        entry.takes_back,
        int(entry.is_erased),
    ]
