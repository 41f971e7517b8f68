"""A project: a folder NAME.cessl with everything people made in SQLite and waveforms that can be rebuilt in HDF5."""

from __future__ import annotations

import errno
import json
import os
import platform
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, suppress
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from cessl_gui.core.errors import DiskFull, ProjectBusy, ProjectError, ProjectGone, ProjectNotWritable
from cessl_gui.core.files import full_path, why
from cessl_gui.store.care import backups, removal
from cessl_gui.store.exchange import described, union
from cessl_gui.store.exchange.elsewhere import Elsewhere
from cessl_gui.store.exchange.patient_keys import PatientKeys
from cessl_gui.store.exchange.union import Known
from cessl_gui.store.folder import project_folder
from cessl_gui.store.folder.waveforms import Waveforms
from cessl_gui.store.log import counting_as, device
from cessl_gui.store.log.acts import Act
from cessl_gui.store.log.history import History
from cessl_gui.store.log.steps import Steps
from cessl_gui.store.sqlite.database import Database
from cessl_gui.store.sqlite.moment import Moment
from cessl_gui.store.tables.adjudications import Adjudications
from cessl_gui.store.tables.annotations import Annotations
from cessl_gui.store.tables.calipers import Calipers
from cessl_gui.store.tables.catalog import Predictions, Quarantine, Records
from cessl_gui.store.tables.labels import Labels
from cessl_gui.store.tables.marks import Marks
from cessl_gui.store.tables.measured import Measured
from cessl_gui.store.tables.models import Models
from cessl_gui.store.tables.notes import Notes
from cessl_gui.store.tables.readers import Readers
from cessl_gui.store.tables.settings import Settings

DATABASE = project_folder.DATABASE


class Project:
    """An open project; one program at a time may have it open. Use Project.open(), and close() or `with`.

    warnings : sentences about the place it lies in, and about what went wrong at opening and stops nothing
    """

    def __init__(self, folder: Path, lock: FileLock | None, database: Database) -> None:
        self.folder = folder
        self.warnings = (*project_folder.network_share(folder), *database.warnings)
        if reason := database.reading_only:
            told = f"Reading only ({reason}): nothing can be changed, exports elsewhere work."
            self.warnings = (told, *self.warnings)
        self._lock, self._database = lock, database
        self.records = Records(database)
        self.patients = PatientKeys(database, folder)
        self.warnings += (self.patients.warning,) if self.patients.warning else ()
        self.labels = Labels(database)
        self.marks = Marks(database)
        self.calipers = Calipers(database)
        self.measurements = Measured(database)
        self.notes = Notes(database)
        self.annotations = Annotations(database)
        self.readers = Readers(database)
        self.adjudications = Adjudications(database)
        self.waveforms = Waveforms(folder / "waveforms", self.records)
        self.models = Models(database, folder / "models")
        self.predictions = Predictions(database)
        self.elsewhere = Elsewhere(database, folder)
        self.quarantine = Quarantine(database)
        self.settings = Settings(database)
        self.steps = Steps(database)
        self.history = History(database)
        self.has_forgotten = False  # whether recordings, or their signals, went since it was opened

    @classmethod
    def open(
        cls,
        folder: str | Path,
        create: bool = True,
        examine_later: bool = False,
        progress: Callable[[float], None] = lambda share: None,
    ) -> Project:
        """Open a project folder, made if absent (unless `create` is False).

        examine_later : leave looking through a large database to a call of examine()
        progress      : hears the share that is done, while a project of an earlier version is brought up to date
        Where it cannot be written, a full disk or others' folder, what is there is opened for reading only.
        raises : ProjectBusy, ProjectTooNew, ProjectNotWritable, ProjectDamaged, ProjectError
        """
        folder = full_path(folder)
        if not folder.name:
            raise ProjectNotWritable(f"{folder} is a whole disk and cannot be a project.", "Choose a folder on it.")
        if folder.is_file():
            raise ProjectError(f"{folder} is a file; a project is a folder.", "Name the folder, such as NAME.cessl.")
        around = project_around(folder)
        if around not in (None, folder):
            raise ProjectError(f"{folder} lies in the folder of the project {around.name}.", f"Open {around}.")
        project_folder.check_kinds(folder)
        try:
            exists = (folder / DATABASE).is_file()
        except OSError as error:
            raise _closed(folder, error) from error
        if not create and not exists and not project_folder.is_emptied(folder):
            raise ProjectNotWritable(f"There is no project at {folder}.", "Check the name, or import into it first.")
        if not exists:
            project_folder.check_new(folder)
        try:
            _make(folder)
            lock = _lock(folder)
        except OSError as error:
            if exists:
                return cls._for_reading(folder, why(error))
            raise ProjectNotWritable(
                f"The folder {folder} cannot be written to ({why(error)}).",
                "Check its permissions, or choose a place of your own.",
            ) from error
        try:
            project_folder.sweep(folder)
            if not (exists or project_folder.is_emptied(folder)):
                device.accept(folder)  # a project that lay here before is gone with its folder
            return cls._writable(folder, lock, examine_later, progress)
        except (ProjectNotWritable, DiskFull) as error:
            lock.release()
            if not exists:
                raise
            return cls._for_reading(folder, _reason(error))
        except BaseException:
            lock.release()
            raise

    @classmethod
    def _writable(cls, folder: Path, lock: FileLock, examine_later: bool, progress: Callable[[float], None]) -> Project:
        database = Database(folder / DATABASE, examine_later=examine_later, progress=progress)
        try:
            counting_as.bring_in(database)  # what a kill broke off
            project = cls(folder, lock, database)
            with suppress(ProjectError, OSError, sqlite3.Error):  # a full disk: at a later opening
                project._forget()
            return project
        except BaseException:
            database.close()
            raise

    @classmethod
    def _for_reading(cls, folder: Path, reason: str) -> Project:
        try:
            return cls(folder, None, Database(folder / DATABASE, reason))
        except OSError as error:
            raise _closed(folder, error) from error

    def read_apart(self, reader: str) -> None:
        """Show this reader no label, mark, note or place in the queue of others: a second reading, blind to the first.

        "" shows the latest word of all again. What is asked of all readers by name (`readers`, exports) stays the same.
        """
        self._database.only = reader

    @property
    def apart(self) -> str:
        """The reader who reads apart from the others; "" where none does."""
        return self._database.only

    @property
    def reading_only(self) -> str:
        """Why nothing can be changed in it; "" where it can."""
        return self._database.reading_only

    def file_speaks(self, record_id: str) -> bool:
        """Whether a record's own file, or a file of annotations, says something of it."""
        of_file = self.labels.header(record_id) or self.waveforms.device_statements(record_id)
        return bool(of_file) or self.annotations.has_imported(record_id)

    @property
    def is_examined(self) -> bool:
        """Whether all pages and values of its database were looked through."""
        return self._database.is_examined

    def examine(self) -> tuple[str, ...]:
        """Look through a large database that was opened without that, and make today's copy; see Database.examine."""
        return self._database.examine()

    def atomic(self) -> AbstractContextManager:
        """One transaction over several calls: all of them are committed when the block ends, or none."""
        return self._database.atomic()

    def moment(self) -> Moment:
        """What the project holds now, to be read later: see Moment."""
        return Moment(self._database)

    @property
    def is_gone(self) -> bool:
        """Whether the project was deleted or moved while it is open."""
        try:
            self._database.check_folder()
        except ProjectGone:
            return True
        return False

    def save_copy(self, folder: Path) -> None:
        """Make a new project with all that people made in this one, also after this one was deleted.

        Cached signals and model files are not copied: signals come from the recordings again.
        raises : ProjectError where the folder is there already or cannot be made, NotWritten
        """
        try:
            folder.mkdir(mode=0o700)
            self._database.save_copy(folder / DATABASE)
            (folder / DATABASE).chmod(0o600)
        except OSError as error:
            raise ProjectError(f"{folder} cannot be made ({why(error)}).", "Choose another name or place.") from error

    def remove(self, record_ids: Iterable[str], reader: str, why: str) -> list[str]:
        """Erase recordings for good, also from the copies of earlier days; see store.care.removal.

        returns : the ids of what was removed
        raises  : ProjectError
        """
        removed = removal.remove(self._database, record_ids, reader, why)
        self._forget()
        return removed

    def take(
        self,
        devices: Sequence[Known],
        acts: Iterable[Act],
        records: Iterable[Mapping[str, Any]] = (),
        between: Callable[[int], None] = lambda count: None,
        *,
        looking: Callable[[int], None] = lambda count: None,
    ) -> union.Taken:
        """Take in what another project has given; see store.exchange.union."""
        try:
            return union.take(self._database, devices, acts, records, between, looking=looking)
        finally:  # also of what came before a person cancelled
            self._forget()

    def _forget(self) -> None:
        """Delete what lies outside the tables of recordings that were removed, or are described otherwise now."""
        record_ids = removal.to_forget(self._database.connection)
        for record_id in record_ids:
            self.waveforms.forget(record_id)
        if record_ids:
            self.has_forgotten = True
            self.elsewhere.forget()
            removal.forgotten(self._database, record_ids)

    def has_removed(self) -> bool:
        """Whether the data of any recording were removed, here or by others."""
        return self._database.one("SELECT 1 FROM removed LIMIT 1") is not None

    def known(self) -> list[Known]:
        """The devices that have acted here, each with its last act; see store.exchange.union."""
        return union.known(self._database)

    def give(self, since: Mapping[str, int]) -> Iterator[Act]:
        """Acts that another project, with the last numbers it has of each device, lacks; see store.exchange.union."""
        return union.give(self._database, since)

    def facts(self) -> Iterator[dict[str, Any]]:
        """What the catalogue says of each record, for another project; see store.union."""
        return described.facts(self._database)

    def bring_in_merges(self, between: Callable[[float], None] = lambda share: None) -> set[str]:
        """Bring all labels up to the merges of statements; see store.counting_as. returns : the records concerned"""
        return counting_as.bring_in(self._database, between)

    def close(self) -> None:
        """Give the project back. What was entered is on disk already."""
        self._database.close()
        if self._lock is not None:
            self._lock.release()

    def __enter__(self) -> Project:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def restore(folder: Path, copy: Path) -> None:
    """Let a copy of the database take the place of the one that is damaged, empty or gone; that one is kept beside it.

    raises : ProjectBusy, NotWritten, OSError
    """
    lock = _lock(folder)
    try:
        backups.put_back(folder, copy)
        device.accept(full_path(folder))  # that acts at its end are missing is known now
    finally:
        lock.release()


def put_in_place(made: Path, folder: Path) -> None:
    """Give a closed project that was just made its place, where there is none; it goes on there as the same device."""
    made.replace(folder)
    device.forget_place(full_path(folder))
    device.moved(full_path(made), full_path(folder))


def _make(folder: Path) -> None:
    """Nobody else may look into a new project; whoever made the folder before has chosen who may."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with suppress(FileExistsError):
        folder.mkdir(mode=project_folder.folder_mode(project_folder.PRIVATE))
    if not folder.is_dir():
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR))


def _reason(error: ProjectError) -> str:
    return "the disk is full" if isinstance(error, DiskFull) else "its folder cannot be written to"


def _lock(folder: Path) -> FileLock:
    """Take the one-writer lock; the system releases it when the process ends, however it ends."""
    mode = project_folder.file_mode(folder)
    lock = FileLock(folder / project_folder.LOCK, timeout=0, thread_local=False, mode=mode | project_folder.PRIVATE)
    holder = folder / project_folder.HOLDER  # beside the lock: Windows keeps others from reading a locked file
    try:
        lock.acquire()
    except Timeout as error:
        try:
            who = json.loads(holder.read_text(encoding="utf-8"))
            by = f"process {int(who['process'])} on {str(who['computer'])[:100]}"
        except (OSError, ValueError, KeyError, TypeError):
            by = "another window or command"
        raise ProjectBusy(
            f"{folder.name} is open already ({by}).", "Close it there first; two programs must not write one project."
        ) from error
    with suppress(OSError):  # full disk: who holds it is then not told, and that is all
        project_folder.own(holder, mode)
        holder.write_text(json.dumps({"process": os.getpid(), "computer": platform.node()}), encoding="utf-8")
    return lock


def project_around(path: Path) -> Path | None:
    """The project folder that a path names or lies in; None if none."""
    full = full_path(path)
    # Not Path.is_file(): it raises where others may not look.
    return next((folder for folder in (full, *full.parents) if os.path.isfile(folder / DATABASE)), None)  # noqa: PTH113


def _closed(folder: Path, error: OSError) -> ProjectError:
    return ProjectError(f"{folder} cannot be read ({why(error)}).", "Check its permissions, or ask its owner.")
