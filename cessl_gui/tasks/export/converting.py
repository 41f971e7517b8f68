"""Recordings written in another format, as they are or without what could name the patient."""

from __future__ import annotations

import hashlib
import hmac
import logging
import os
import re
from dataclasses import dataclass, field, replace
from pathlib import Path

from cessl_gui.core.errors import Cancelled, CesslError, NotWritten, UnreadableRecording
from cessl_gui.core.files import full_path
from cessl_gui.core.task import Task
from cessl_gui.core.types import Record
from cessl_gui.ecg import writers
from cessl_gui.ecg.deidentify import deidentified
from cessl_gui.ecg.readers import find_recordings, read_recording
from cessl_gui.ecg.readers.given import Given
from cessl_gui.store.project import project_around

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Wanted:
    """What a person asks for. secret: hides patients; free_text: with deidentify, keep what devices stated in words"""

    format: str
    secret: bytes
    deidentify: bool = False
    free_text: bool = False
    given: Given | None = None


@dataclass
class Converted:
    """written: source and copy; left_out: source and why"""

    written: list[tuple[Path, Path]] = field(default_factory=list)
    left_out: list[tuple[Path, str]] = field(default_factory=list)


def convert(source: Path, out: Path, wanted: Wanted, task: Task) -> Converted:
    """Write a recording to a file, or all of a folder (or of a file with several) into a folder. Nothing is replaced.

    A recording of a folder that cannot be read or written stops no other; a single one raises.
    raises : UnreadableRecording where there is none; NotWritten
    """
    out, found, result = full_path(out), find_recordings([source]), Converted()
    if not found:
        raise UnreadableRecording(f"No recording was found in {source.name}.", "docs/formats.md lists what is read.")
    around = project_around(out)
    if around:
        raise NotWritten(f"{out} lies in the folder of the project {around.name}.", "Choose another place.")
    if not source.is_dir() and len(found) == 1:
        if out.is_dir():
            raise NotWritten(f"{out} is a folder.", "Name a file.")
        return Converted([(found[0], _converted(found[0], wanted, lambda _: out))])
    if writers.format_of(out):
        raise NotWritten(
            f"{source.name} holds {len(found)} recordings, which do not go into one file.", "Name a folder."
        )
    steps = task.steps("Converting", len(found))
    for done, path in enumerate(found, 1):
        try:
            task.check()
        except Cancelled:  # what is written stays, and is said
            break
        try:
            result.written.append((path, _converted(path, wanted, lambda record: _free(record, out, wanted.format))))
        except CesslError as error:
            result.left_out.append((path, str(error)))
        steps.done(done)
    return result


def _converted(path: Path, wanted: Wanted, place) -> Path:
    """Read, and write to the place that is chosen for the record."""
    record = read_recording(path, wanted.given)
    if record.guesses:
        raise UnreadableRecording(f"{path.name} does not say everything: {'; '.join(record.guesses)}.", "Say it.")
    record = (
        deidentified(record, wanted.secret, wanted.free_text)
        if wanted.deidentify
        else replace(record, patient=_keyed(record.patient_bare or record.patient, wanted.secret))
    )
    out = place(record)
    for target in writers.targets(out, wanted.format):
        if os.path.lexists(target):
            raise NotWritten(f"{target} is there already.", "Choose another name; nothing is replaced.")
    try:
        writers.write(record, out, wanted.format, wanted.deidentify)
    except CesslError:
        raise
    except Exception as error:
        log.warning("A recording could not be written as %s", wanted.format, exc_info=True)
        raise NotWritten(
            f"{path.name} cannot be written as {wanted.format} ({error or type(error).__name__}).",
            "Choose another format.",
        ) from error
    return out


def _keyed(patient: str, secret: bytes) -> str:
    """A key of a patient that tells nobody who it is, without the secret; "" for nobody."""
    return hmac.new(secret, f"copy {patient}".encode(), hashlib.sha256).hexdigest()[:16] if patient else ""


def _free(record: Record, folder: Path, format_: str) -> Path:
    """A file of the record's name in a folder, or of its name and id where that is taken."""
    suffix = writers.SUFFIXES[format_][0]
    name = re.sub(r"[^A-Za-z0-9_-]+", "_", record.name) or record.id
    first = folder / f"{name}{suffix}"
    taken = any(os.path.lexists(target) for target in writers.targets(first, format_))
    return folder / f"{name}_{record.id}{suffix}" if taken else first
