"""The projects that were open last on this computer: counts and names of models, never a record or a patient."""

from __future__ import annotations

import json
import logging
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Slot

from cessl_gui.bridge.background.task_kinds import TaskKind
from cessl_gui.core.changes import Change, ChangeKind
from cessl_gui.core.files import atomic_write
from cessl_gui.core.paths import user_data
from cessl_gui.core.types import ReadingState

if TYPE_CHECKING:
    from cessl_gui.bridge.session import Session

log = logging.getLogger(__name__)

MOST = 12
LARGEST_FILE = 100_000  # bytes


@dataclass(frozen=True)
class Recent:
    """A project as it stood when it was last open. at_utc : ISO time;  model : "" for none"""

    folder: str
    name: str
    total: int
    read: int
    deferred: int
    model: str
    at_utc: str

    @property
    def at(self) -> datetime:
        return datetime.fromisoformat(self.at_utc).astimezone()


def recent_projects() -> list[Recent]:
    """The last ones first. A list that cannot be read is empty: nothing depends on it."""
    path = _path()
    try:
        if path.stat().st_size > LARGEST_FILE:
            return []
        rows = json.loads(path.read_text(encoding="utf-8"))
        return [_recent(row) for row in rows[:MOST]]
    except FileNotFoundError:
        return []
    except (OSError, ValueError, KeyError, TypeError):
        log.warning("the list of recent projects cannot be read")
        return []


def note_project(session: Session) -> None:
    """Put an open project at the head of the list, as it stands now."""
    columns, model = session.columns(), session.active_model()
    now = Recent(
        folder=str(session.project.folder),
        name=session.project_name,
        total=session.count,
        read=int(columns.is_in(ReadingState.CONFIRMED).sum()),
        deferred=int(columns.is_in(ReadingState.DEFERRED).sum()),
        model=model.name if model else "",
        at_utc=datetime.now(UTC).isoformat(timespec="seconds"),
    )
    _write([now, *(recent for recent in recent_projects() if recent.folder != now.folder)])


class KeepsNoted(QObject):
    """Notes the project of a session now, and whenever ECGs or a model come: its card is true after a power cut."""

    def __init__(self, session: Session, parent: QObject) -> None:
        super().__init__(parent)
        self._session = session
        session.ended.connect(self._on_ended)
        session.changed.connect(self._on_changed)
        note_project(session)

    @Slot(object, object)
    def _on_ended(self, kind: TaskKind, _outcome: object) -> None:
        if kind in (TaskKind.IMPORT, TaskKind.TRAIN):
            note_project(self._session)

    @Slot(object)
    def _on_changed(self, change: Change) -> None:
        if change.kind == ChangeKind.MODELS:
            note_project(self._session)


def forget_project(folder: str) -> None:
    """Take a project off the list; the project itself stays as it is."""
    _write([recent for recent in recent_projects() if recent.folder != folder])


def _recent(row: dict) -> Recent:
    counts = {name: max(0, int(row[name])) for name in ("total", "read", "deferred")}
    words = {name: str(row[name])[:1000] for name in ("folder", "name", "model", "at_utc")}
    datetime.fromisoformat(words["at_utc"])
    return Recent(**counts, **words)


def _write(recents: list[Recent]) -> None:
    try:
        _path().parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with atomic_write(_path()) as unfinished:
            unfinished.write_text(json.dumps([asdict(one) for one in recents[:MOST]], indent=1), encoding="utf-8")
    except OSError:
        log.warning("the list of recent projects was not written")


def _path() -> Path:
    return user_data() / "recent.json"
