"""Model versions: immutable, one of them active, going back is one event."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sqlite3
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from cessl_gui.core.errors import ProjectError
from cessl_gui.core.files import create, why
from cessl_gui.core.training.results import OutOfFold, TrainingSummary
from cessl_gui.core.types import ModelInfo, ModelStatus
from cessl_gui.store.folder import out_of_fold, project_folder
from cessl_gui.store.log import acts
from cessl_gui.store.log.applying import ACTIVE, FIRST
from cessl_gui.store.log.state import FILE
from cessl_gui.store.sqlite.database import Database, now_utc

_BLOCK = 1 << 20  # bytes written at a time


class Models:
    """The shelf of model versions. Files lie in models/ID/, hashes of them in the database."""

    def __init__(self, database: Database, folder: Path) -> None:
        self._database, self._folder = database, folder

    def folder(self, model_id: str) -> Path:
        """Where the files of a model lie."""
        return self._folder / model_id

    def add(self, model: ModelInfo, files: Mapping[str, bytes]) -> None:
        """Write a new version: its files whole and on disk first, then its row. A crash in between leaves no version.

        raises : ProjectError when the disk is full, or the project gone
        """
        self._database.check_writable()
        self._database.check_folder()
        target = self.folder(model.id)
        unfinished = self._folder / f"unfinished-{uuid.uuid4().hex}"
        try:
            mode = project_folder.file_mode(self._folder.parent)
            for folder in (self._folder, unfinished):
                folder.mkdir(mode=project_folder.folder_mode(mode), exist_ok=True)
            for name, content in files.items():
                with create(unfinished / name, mode) as file:
                    file.write(content)
                    file.flush()
                    os.fsync(file.fileno())
            if target.exists():  # files of a crash before the row was written
                shutil.rmtree(target)
            unfinished.replace(target)
        except OSError as error:
            shutil.rmtree(unfinished, ignore_errors=True)
            raise ProjectError(
                f"The model could not be saved ({error.strerror}).", "Free some space and train again; labels are safe."
            ) from error
        hashes = {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}
        with self._database.atomic() as db:
            db.execute(
                "INSERT INTO models VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    model.id,
                    model.name,
                    model.backbone,
                    model.backbone_sha256,
                    json.dumps(model.statements),
                    json.dumps(model.thresholds),
                    model.origin,
                    json.dumps(model.summary.to_json() if model.summary else {}),
                    json.dumps(hashes),
                    model.created_utc or now_utc(),
                ),
            )
            if model.id not in self._statuses():  # others may have adopted it before its files came
                self._act(model.id, model.status)

    @contextmanager
    def room(self, size: int) -> Iterator[None]:
        """Keep so many bytes of the disk for a version that is being made, and give them back at the end.

        raises : ProjectError at once where there is no room, ReadingOnly
        """
        self._database.check_writable()
        self._database.check_folder()
        mode = project_folder.file_mode(self._folder.parent)
        kept = self._folder / f"unfinished-{uuid.uuid4().hex}"
        try:
            try:
                self._folder.mkdir(mode=project_folder.folder_mode(mode), exist_ok=True)
                with create(kept, mode) as file:
                    for _ in range(0, size, _BLOCK):
                        file.write(bytes(_BLOCK))  # a hole would keep nothing
            except OSError as error:
                raise ProjectError(
                    f"There is no room for the result of a training ({why(error)}): it takes {size / 1e6:.0f} MB.",
                    "Free some space, then train.",
                ) from error
            yield
        finally:
            with suppress(OSError):
                kept.unlink()

    def check_files(self, model_id: str) -> Path:
        """The folder of a model, after checking every file against its hash.

        raises : ProjectError that names the file which is missing or was changed
        """
        row = self._database.one("SELECT files FROM models WHERE id = ?", (model_id,))
        if row is None:
            raise ProjectError(f"There is no model {model_id} in this project.", "Choose another version.")
        for name, digest in json.loads(row["files"]).items():
            path = self.folder(model_id) / name
            if not path.is_file() or hashlib.sha256(path.read_bytes()).hexdigest() != digest:
                raise ProjectError(f"The model file {path} is missing or was changed.", "Go back to another version.")
        return self.folder(model_id)

    def out_of_fold(self, model_id: str) -> OutOfFold | None:
        """The answers out of fold that a version was judged by, its files checked; None where it keeps none.

        raises : ProjectError
        """
        return out_of_fold.from_folder(self.check_files(model_id))

    def all(self) -> list[ModelInfo]:
        """Every version, oldest first."""
        rows = self._database.all("SELECT * FROM models ORDER BY rowid")
        status = self._statuses()  # after the rows: another thread may be adding a version
        return [_info(row, status[row["id"]]) for row in rows]

    def get(self, model_id: str) -> ModelInfo:
        """raises : KeyError"""
        row = self._database.one("SELECT * FROM models WHERE id = ?", (model_id,))
        if row is None:
            raise KeyError(model_id)
        return _info(row, self._statuses()[model_id])

    def active(self) -> ModelInfo | None:
        """The version that predicts now; None in a project that has none yet."""
        row = self._database.one(
            "SELECT model_id FROM model_states JOIN models ON id = model_id WHERE active_act <> ''"
            " ORDER BY active_act DESC LIMIT 1"
        )
        return self.get(row["model_id"]) if row else None

    def activate(self, model_id: str, reader: str = "") -> None:
        """Let this version predict from now on. raises : ProjectError where its files are not what was written"""
        self.check_files(model_id)
        self._act(model_id, ACTIVE, reader)

    def begin_with(self, model_id: str) -> None:
        """Let this version predict where none does yet; what others of a team have chosen stays."""
        self._act(model_id, ACTIVE, how=FIRST)

    def adopt(self, model_id: str, reader: str = "") -> None:
        """Take a candidate over and make it the active version. raises : as `activate`"""
        self.check_files(model_id)
        with self._database.atomic():
            self._act(model_id, ModelStatus.ADOPTED, reader)
            self._act(model_id, ACTIVE, reader)

    def discard(self, model_id: str, reader: str = "") -> None:
        """Put a candidate aside; it stays on the shelf."""
        self._act(model_id, ModelStatus.DISCARDED, reader)

    def name_file(self, model_id: str, sha256: str) -> None:
        """Say by an act which file of a version was given to the team."""
        acts.append(self._database, FILE, "", "", {"model": model_id, "sha256": sha256})

    def files_named(self) -> dict[str, set[str]]:
        """Model id -> the digests of its files that members have given to the team."""
        named: dict[str, set[str]] = {}
        for row in self._database.all("SELECT payload FROM acts WHERE record = '' AND kind = ?", (FILE,)):
            said = acts.content(row["payload"])
            named.setdefault(said["model"], set()).add(said["sha256"])
        return named

    def _act(self, model_id: str, status: str, reader: str = "", how: str = "set") -> None:
        acts.append(self._database, "model", "", reader, {"model": model_id, "status": status}, how=how)

    def _statuses(self) -> dict[str, str]:
        return dict(map(tuple, self._database.all("SELECT model_id, status FROM model_states WHERE status <> ''")))


def _info(row: sqlite3.Row, status: str) -> ModelInfo:
    return ModelInfo(
        id=row["id"],
        name=row["name"],
        backbone=row["backbone"],
        backbone_sha256=row["backbone_sha256"],
        statements=tuple(json.loads(row["statements"])),
        thresholds=json.loads(row["thresholds"]),
        origin=row["origin"],
        status=ModelStatus(status),
        created_utc=row["created_utc"],
        summary=TrainingSummary.from_json(json.loads(row["metrics"])),
    )
