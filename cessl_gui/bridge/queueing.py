"""The queue for the window: made in the background where the reader has chosen it, and hidden where it would tell."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from cessl_gui.bridge.background.runner import Runner
from cessl_gui.bridge.background.task_kinds import TaskKind
from cessl_gui.core.changes import Change, ChangeKind
from cessl_gui.core.types import Ending, Outcome, ReadingState
from cessl_gui.tasks.worklist.queue import Next, queue
from cessl_gui.tasks.worklist.queue_material import SEED, queue_material

if TYPE_CHECKING:
    from cessl_gui.bridge.session import Session

ORDER = "reading order"  # a setting, and its values
IN_ORDER, BY_QUEUE, WITH_REASONS = "in order", "queue", "queue with reasons"
LENGTH = 200
FEW = 50  # places left, when the next ones are looked for
WAIT_MS = 2000  # after a change, others may follow
GIVE_WAY_TO = (TaskKind.IMPORT, TaskKind.PREDICT, TaskKind.TRAIN, TaskKind.EXPORT, TaskKind.QUEUE)
# After which the queue is another one.
CHANGES = (ChangeKind.RECORDS, ChangeKind.PREDICTIONS, ChangeKind.MODELS, ChangeKind.SETTINGS)
UNREAD = (ReadingState.NEW, ReadingState.IN_PROGRESS)


class ActiveQueue(QObject):
    """changed(Change(ChangeKind.QUEUE))   there are other places, or none any more"""

    changed = Signal(object)

    def __init__(self, session: Session, runner: Runner) -> None:
        super().__init__(session)
        self._session, self._runner = session, runner
        self._places: tuple[Next, ...] = ()
        self._of: dict[str, Next] = {}
        self._given: dict[str, Next] = {}  # what next() gave, though the queue is another by now
        self._came: dict[str, str] = {}  # record id -> the reason for which it came, "" in order: of what was begun
        self._seen: set[str] = set()  # ids of ECGs whose reasons were in sight
        self._wait = QTimer(self, singleShot=True, interval=WAIT_MS)
        self._wait.timeout.connect(self._start)
        session.changed.connect(self._on_changed)
        self.refresh()

    @property
    def is_on(self) -> bool:
        """Whether the reader goes by the queue; in order otherwise."""
        return self._session.setting(ORDER, IN_ORDER) in (BY_QUEUE, WITH_REASONS)

    @property
    def shows_reasons(self) -> bool:
        """Whether reasons may be seen. What is read after they were is stored as primed.

        Never by who reads apart: they tell what others say.
        """
        return self._session.setting(ORDER, IN_ORDER) == WITH_REASONS and not self._session.project.apart

    @property
    def places(self) -> tuple[str, ...]:
        """The next ECGs, the first one first; empty until they are known, and where the reader goes in order."""
        return tuple(place.record_id for place in self._places) if self.is_on else ()

    def reason(self, record_id: str) -> Next | None:
        """Why an ECG is among the next, where that may be seen; None elsewhere."""
        place = self._of.get(record_id) if self.shows_reasons else None
        if place:
            self._seen.add(record_id)
        return place

    def has_shown(self, record_id: str) -> bool:
        """Whether the reason of an ECG is in sight, or was."""
        return self.reason(record_id) is not None or record_id in self._seen

    def stamp(self, record_id: str) -> tuple[str, bool]:
        """What a label of this ECG is stored with: the reason for which it came, "" in order; whether it was seen."""
        if record_id not in self._came:
            if self._session.info(record_id).reading != ReadingState.NEW:
                self._take_from_log(record_id)  # it may have come on an earlier day
            else:
                self._begin(record_id)
        reason = self._came.get(record_id, "")
        return reason, bool(reason) and self.has_shown(record_id)

    def _begin(self, record_id: str) -> None:
        place = (self._given.get(record_id) or self._of.get(record_id)) if self.is_on else None
        self._came[record_id] = str(place.reason) if place else ""

    def _take_from_log(self, record_id: str) -> None:
        said = [e for e in self._session.history(record_id) if e["reader"] == self._session.reader]
        given = [e for e in said if e["kind"] not in ("undo", "redo", "imported")]
        if given:
            self._came[record_id] = given[-1]["reason"]
        else:
            self._begin(record_id)
        if any(e["primed"] for e in said):
            self._seen.add(record_id)

    def next(self, after: str = "") -> str:
        """The first ECG of the queue that is still unread, other than `after`; "" where none is known."""
        if not self.is_on:
            return ""
        left = [i for i in self.places if i != after and self._session.info(i).reading in UNREAD]
        if len(left) < FEW and len(self._places) == LENGTH:
            self.refresh()
        if left:
            self._given.setdefault(left[0], self._of[left[0]])
        return left[0] if left else ""

    def refresh(self) -> None:
        """Order the queue again, a little later."""
        if self.is_on:
            self._wait.start()

    def stop(self) -> None:
        """The window closes."""
        self._wait.stop()

    def ended(self, kind: TaskKind, outcome: Outcome) -> None:
        """A background task came to its end."""
        if kind == TaskKind.QUEUE and outcome.ending == Ending.FINISHED:
            self._places = outcome.result
            self._of = {place.record_id: place for place in self._places}
            self.changed.emit(Change(ChangeKind.QUEUE))

    @Slot(object)
    def _on_changed(self, change: Change) -> None:
        if change.kind in CHANGES:
            self.refresh()

    @Slot()
    def _start(self) -> None:
        if self._session.is_opening or any(kind in self._runner.busy for kind in GIVE_WAY_TO):
            self._wait.start()
            return
        project, reader = self._session.project, self._session.reader
        seed = int(self._session.setting(SEED, 0))
        self._runner.start(TaskKind.QUEUE, lambda task: queue(queue_material(project, reader), LENGTH, seed))
