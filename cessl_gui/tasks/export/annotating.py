"""Marked beats and stretches of a project: out beside WFDB copies, and in from WFDB annotation files."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from cessl_gui.core.errors import CesslError
from cessl_gui.core.files import full_path
from cessl_gui.core.task import NOBODY_WAITS, Task
from cessl_gui.ecg.annotation_files import read_annotations, write_annotations
from cessl_gui.store.log.steps import new_step
from cessl_gui.store.project import Project
from cessl_gui.store.tables.annotations import IMPORTED
from cessl_gui.tasks.named_ecgs import NamedEcgs

SUFFIX = ".mark"  # of the annotation file beside a recording that we write


@dataclass
class Imported:
    """marks: how many were new; files: how many files were of a record; left_out: (file, reason)"""

    marks: int = 0
    files: int = 0
    left_out: list[tuple[Path, str]] = field(default_factory=list)


def export_marks(project: Project, record_id: str, folder: Path, name: str) -> int:
    """Write what all readers marked on a record to NAME.mark; returns how many marks. Without any no file is written.

    raises : NotWritten, CesslError
    """
    info, marks = project.records.get(record_id), project.annotations.of_record(record_id)
    if marks:
        stored = [lead for lead in info.leads if lead not in info.derived]
        write_annotations(folder / f"{name}{SUFFIX}", marks, info.fs_hz, stored)
    return len(marks)


def import_marks(project: Project, paths: Sequence[Path], reader: str, task: Task = NOBODY_WAITS) -> Imported:
    """Take in the beats and stretches of annotation files as marks of a reader; the same file twice adds nothing.

    All of it is one step of the reader's undo. What the reader has marked here by hand stays as it is, also where the
    file has it at another place.

    A file is of the record whose name, or whose recording's name, its own name is without its end: 100.atr of 100;
    where several have that name, of the one in the folder of the same name.
    raises : Cancelled; what came of the files before stays
    """
    result = Imported()
    ecgs = NamedEcgs(project.records.all(), (str(full_path(path)) for path in paths))
    steps = task.steps("Reading marks", len(paths))
    step, brought = new_step(), uuid.uuid4().hex
    for number, path in enumerate(paths):
        task.check()
        steps.done(number)
        record_id, reason = ecgs.find(str(full_path(path)))
        if reason:
            result.left_out.append((path, reason))
            continue
        info = project.records.get(record_id)
        try:
            marks = read_annotations(path, info.fs_hz, info.leads)
        except CesslError as error:
            result.left_out.append((path, str(error)))
            continue
        here = {mark.id: mark for mark in project.annotations.current(record_id, reader)}
        by_hand = project.annotations.by_hand(record_id, reader)  # in an export their times are rounded, or older
        new = {mark.id: mark for mark in marks if mark.id not in by_hand and here.get(mark.id) != mark}
        result.marks += len(new)
        if new:
            with project.atomic():
                project.steps.note_import("mark", brought, result.marks, reader, step)
                project.annotations.set(record_id, new, reader, IMPORTED, brought)
        result.files += 1
    return result
