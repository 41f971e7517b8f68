"""Recordings into a project: read, cache, catalogue; what cannot be read goes to the quarantine list."""

from __future__ import annotations

import logging
import os
import re
import shutil
import uuid
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from cessl_gui.core.errors import Cancelled, ProjectError, UnreadableRecording
from cessl_gui.core.plural import counted
from cessl_gui.core.task import Task
from cessl_gui.core.types import Record
from cessl_gui.ecg import preprocess, synthetic
from cessl_gui.ecg.readers import archives, printable, read_recording, search
from cessl_gui.ecg.readers.given import Given
from cessl_gui.store.folder.waveforms import WaveformLost
from cessl_gui.store.project import Project
from cessl_gui.tasks import patients
from cessl_gui.tasks.recordings import import_answers
from cessl_gui.tasks.recordings.headers import accept_headers, hear_headers
from cessl_gui.tasks.recordings.intake import ImportResult, Intake

log = logging.getLogger(__name__)

BEGINNING_S = preprocess.LONGEST_S  # of a long recording no more is shown to a model; what is measured is less
UNSPELLED = (
    "{} were imported by an earlier version: import their folders again, so that patients whose ids are written nearly"
    " alike are held on one side of every split."
)


def import_paths(
    project: Project,
    paths: Iterable[Path],
    task: Task,
    *,
    accept_header_labels: bool = False,
    reader: str = "",
    given: Given | None = None,
) -> ImportResult:
    """Import files and folders, searched through. One bad file stops nothing; importing twice changes nothing.

    accept_header_labels : also take the headers' statements as labels of `reader`, see accept_headers
    given                : what files do not state themselves; the project remembers it for these folders and files
    Cancelled, it keeps what is already in.
    """
    places = [_on_disk(path) for path in paths]
    if given:
        import_answers.remember(project, places, given)
    result = ImportResult()
    intake = Intake(project, result, task)
    try:
        _fill_digests(project, task)
        task.report("Searching")
        searched = search(
            [place for place in places if not archives.split(place)], import_answers.finder(project), task.check
        )
        intake.take([(path, path) for path in searched.recordings])
        again = [inner[0] for inner in map(archives.split, places) if inner]  # tried again: files in archives
        for archive in dict.fromkeys([*searched.archives, *again]):
            _import_archive(project, archive, intake, result, task)
        result.passed_over = dict(searched.passed_over + Counter(result.passed_over))
    except Cancelled:
        result.cancelled = True
    result.notes += hear_headers(project, result.ids)
    if accept_header_labels:
        result.notes += accept_headers(project, result.ids, reader)
    result.notes += patients.name_again(project, intake.corrected)
    result.notes += patients.unname_nobody(project, result.ids, complete=not result.cancelled)
    result.notes += patients.doubt_some(project, intake.doubtful)
    result.notes += _duplicates(project, result.ids)
    result.notes += [project.patients.warning] if project.patients.warning else []
    if result.added and (unread := len(project.records.identity.unspelled())):
        result.notes.append(UNSPELLED.format(counted(unread, "ECG")))
    if result.moved:
        result.notes.append(f"{counted(result.moved, 'recording')} found again at another place.")
    return result


def _import_archive(
    project: Project,
    archive: Path,
    intake: Intake,
    result: ImportResult,
    task: Task,
) -> None:
    """Unpack an archive beside the project's other files, take in what is in it, and remove it again."""
    project.records.check_writable()
    folder = project.folder / f".{uuid.uuid4().hex}.unfinished"  # swept at the next opening, if need be
    folder.mkdir(mode=0o700)
    try:
        task.report(f"Unpacking {printable(Path(archive.name))}")
        refused = archives.unpack(archive, folder, task.check)
        given_of = import_answers.finder(project)
        found = search([folder], lambda path: given_of(archive / path.relative_to(folder)), task.check)
        intake.refuse((printable(archive / name), reason) for name, reason in refused)
        intake.take([(path, archive / path.relative_to(folder)) for path in found.recordings], archive)
        if found.recordings or refused:
            intake.mend(printable(archive))
            result.passed_over = dict(Counter(result.passed_over) + found.passed_over)
        else:
            result.passed_over = dict(Counter(result.passed_over) + Counter({archive.suffix.lower(): 1}))
    except UnreadableRecording as error:
        intake.refuse([(printable(archive), str(error))])
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _fill_digests(project: Project, task: Task) -> None:
    """Let the records of earlier versions be compared, as far as their signals are in the cache."""
    for some in _batches(project.records.identity.without_digest(), 500):
        digests = []
        for record_id in some:
            task.check()
            try:
                digests.append((record_id, project.waveforms.read(record_id, unverified=True).signal_sha256))
            except WaveformLost:
                continue
        project.records.identity.set_digests(digests)


def _duplicates(project: Project, ids: Sequence[str]) -> list[str]:
    imported = set(ids)
    groups = [
        [row["name"] for row in group]
        for group in project.records.identity.duplicates()
        if imported & {row["id"] for row in group}
    ]
    named = "; ".join(" = ".join(names[:4]) for names in groups[:5]) + ("; ..." if len(groups) > 5 else "")
    return [f"Possibly one ECG twice, by equal samples, and not merged: {named}."] if groups else []


def _on_disk(path: Path) -> Path:
    """The resolved path. One that the quarantine names by escapes is found by them, to be tried again."""
    named = re.sub(r"\\u(d[89a-f][0-9a-f]{2})", lambda escape: chr(int(escape[1], 16)), str(path))
    # not Path.resolve(): it raises where links go round in circles
    return Path(os.path.realpath(named if os.path.lexists(named) else path))


def read_waveform(project: Project, record_id: str, seconds: float | None = None) -> Record:
    """A record with its signal: from the cache, else rebuilt from its source and cached again.

    seconds : of a longer recording only so many, from its beginning: a day takes 1 GB, and BEGINNING_S some MB
    raises : UnreadableRecording when the source is gone or holds something else now, also by a header that was
             corrected and not imported again: other voltages than those that were measured and predicted from
    """
    try:
        return project.waveforms.read(record_id, seconds=seconds)
    except WaveformLost:
        pass
    info = project.records.get(record_id)
    sources, sha256, statements = project.records.source_row(record_id)
    digest = project.records.signal_digest(record_id)
    for source in sources:
        try:
            read = synthetic.from_source(source) if info.synthetic else _reread(project, Path(source))
        except UnreadableRecording:
            continue
        is_alike = digest in ("", read.signal_sha256) and (read.fs_hz, read.leads) == (info.fs_hz, info.leads)
        if (is_alike or read.sha256 == sha256) and project.records.identity.is_of(record_id, read):
            # What the catalogue says stays: the same samples may have been found under another name, or header.
            said = {name: getattr(info, name) for name in ("name", "patient", "recorded_at", "age", "sex")}
            record = replace(read, id=record_id, sha256=sha256, statements=statements, **said)
            try:
                project.waveforms.write(record)
            except ProjectError:  # the recording can be read all the same
                log.warning("%s is not cached", record_id, exc_info=True)
            if seconds is not None and record.duration_s > seconds:  # a copy, which does not hold the whole
                return replace(record, signal_mv=record.signal_mv[:, : int(seconds * record.fs_hz)].copy())
            return record
    try:  # what an earlier version kept: nothing says that it is damaged
        return project.waveforms.read(record_id, unverified=True, seconds=seconds)
    except WaveformLost:
        pass
    raise UnreadableRecording(
        f"The recording {info.name} is no longer where it was ({sources[0]}), or was changed there.",
        "Put the original back, or import it again from where it is now. Its labels are kept.",
    )


def _reread(project: Project, path: Path) -> Record:
    return read_recording(path, import_answers.of(project, path))


def _batches(items: Sequence, size: int) -> Iterator[Sequence]:
    for i in range(0, len(items), size):
        yield items[i : i + size]
