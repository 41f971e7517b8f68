"""A project: a folder NAME.cessl with everything people made in SQLite and waveforms that can be rebuilt in HDF5."""

from __future__ import annotations

import json
import os
import platform
from contextlib import AbstractContextManager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

from cessl_gui.core.errors import ProjectBusy, ProjectError, ProjectNotWritable
from cessl_gui.core.files import full_path, why
from cessl_gui.store.calipers import Calipers
from cessl_gui.store.catalog import Predictions, Quarantine, Records, Settings
from cessl_gui.store.database import Database
from cessl_gui.store.labels import Labels
from cessl_gui.store.marks import Marks
from cessl_gui.store.models import Models
from cessl_gui.store.waveforms import Waveforms

DATABASE = "project.sqlite"
NETWORK_FILE_SYSTEMS = {"nfs", "nfs4", "cifs", "smb3", "smbfs", "fuse.sshfs", "9p"}


class Project:
    """An open project; one program at a time may have it open. Use Project.open(), and close() or `with`.

    warnings : sentences about the place it lies in, and about what went wrong at opening and stops nothing
    """

    def __init__(self, folder: Path, lock: FileLock, database: Database) -> None:
        self.folder = folder
        self.warnings = (*_network_share(folder), *database.warnings)
        self._lock, self._database = lock, database
        self.records = Records(database)
        self.labels = Labels(database)
        self.marks = Marks(database)
        self.calipers = Calipers(database)
        self.waveforms = Waveforms(folder / "waveforms", self.records)
        self.models = Models(database, folder / "models")
        self.predictions = Predictions(database)
        self.quarantine = Quarantine(database)
        self.settings = Settings(database)

    @classmethod
    def open(cls, folder: str | Path, create: bool = True) -> Project:
        """Open a project folder, made if absent (unless `create` is False).

        raises : ProjectBusy, ProjectTooNew, ProjectNotWritable, ProjectError
        """
        folder = full_path(folder)
        if not folder.name:
            raise ProjectNotWritable(f"{folder} is a whole disk and cannot be a project.", "Choose a folder on it.")
        if folder.is_file():
            raise ProjectError(f"{folder} is a file; a project is a folder.", "Name the folder, such as NAME.cessl.")
        around = project_around(folder)
        if around not in (None, folder):
            raise ProjectError(f"{folder} lies in the folder of the project {around.name}.", f"Open {around}.")
        if not create and not (folder / DATABASE).is_file():
            raise ProjectNotWritable(f"There is no project at {folder}.", "Check the name, or import into it first.")
        try:
            folder.mkdir(parents=True, exist_ok=True)
            lock = _lock(folder)
        except OSError as error:
            raise ProjectNotWritable(
                f"The folder {folder} cannot be written to ({why(error)}).",
                "Check its permissions, or choose a place of your own.",
            ) from error
        try:
            return cls(folder, lock, Database(folder / DATABASE))
        except BaseException:
            lock.release()
            raise

    def atomic(self) -> AbstractContextManager:
        """One transaction over several calls: all of them are committed when the block ends, or none."""
        return self._database.atomic()

    def close(self) -> None:
        """Give the project back. What was entered is on disk already."""
        self._database.close()
        self._lock.release()

    def __enter__(self) -> Project:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _lock(folder: Path) -> FileLock:
    """Take the one-writer lock; the system releases it when the process ends, however it ends."""
    lock = FileLock(folder / "lock", timeout=0, thread_local=False)
    holder = folder / "lock.holder"  # beside the lock: Windows keeps others from reading a locked file
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
        holder.write_text(json.dumps({"process": os.getpid(), "computer": platform.node()}), encoding="utf-8")
    return lock


def project_around(path: Path) -> Path | None:
    """The project folder that a path names or lies in; None if none."""
    place = full_path(path)
    return next((folder for folder in (place, *place.parents) if (folder / DATABASE).is_file()), None)


def _network_share(folder: Path) -> list[str]:
    """WAL needs shared memory, which network shares do not give."""
    mounts = Path("/proc/mounts")
    if not mounts.exists():
        return []
    kinds = [line.split()[1:3] for line in mounts.read_text(encoding="utf-8", errors="replace").splitlines()]
    inside = [(len(place), kind) for place, kind in kinds if folder.is_relative_to(place)]
    if inside and max(inside)[1] in NETWORK_FILE_SYSTEMS:
        return ["This project lies on a network share, where a crash can damage it. Keep it on this computer's disk."]
    return []
