"""The history of a project for the window: read in the background, page by page, in words."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from PySide6.QtCore import QObject, Signal

from cessl_gui.bridge.background.task_kinds import TaskKind
from cessl_gui.bridge.reader.page_marks import ShownMark
from cessl_gui.bridge.reader.sight import shown_by
from cessl_gui.bridge.reader.step_words import OF_PANEL, change_of_panel
from cessl_gui.core.annotations import Annotation
from cessl_gui.core.task import Task
from cessl_gui.core.types import HEADER_READER, Ending, Outcome
from cessl_gui.store.log.history import Entry, in_words
from cessl_gui.store.tables.annotations import IMPORTED
from cessl_gui.store.tables.readers import APART
from cessl_gui.tasks.export.exporting import ExportResult
from cessl_gui.tasks.export.history_table import export_history

if TYPE_CHECKING:
    from cessl_gui.bridge.session import Session

PAGE = 100  # acts at a time
MANY = 5000  # looked through at a time where those that are shown are rare
CALIPER_VALUES = 6  # of a caliper in the log: lead, times, voltages, whether it is marched out
TELLING = ("label", "annotation", "note")  # kinds of acts that tell what somebody says of an ECG
STATEMENTS = ("label", "adjudication")  # kinds of acts whose `what` is a statement's code


class Asked(NamedTuple):
    """Which acts: of one record, one reader, one kind, on one statement ("": all), in a time, and before which act.

    since, until : UTC, ISO 8601; until is not in it
    """

    record_id: str = ""
    reader: str = ""
    kind: str = ""
    code: str = ""
    since: str = ""
    until: str = ""
    before: str = ""

    @property
    def which(self) -> dict[str, Any]:
        """As store.log.history takes it."""
        kinds = (self.kind,) if self.kind else ()
        where = {"record_id": self.record_id, "reader": self.reader, "kinds": kinds}
        return where | {"code": self.code, "since": self.since, "until": self.until}


EVERYTHING = Asked()


class Line(NamedTuple):
    """One act in words.

    seen            : what was in sight of the reader
    record_id, code : what a reader can turn to; "" where there is none
    """

    act: str
    at_utc: str
    reader: str
    record: str
    what: str
    old: str
    new: str
    seen: str
    record_id: str = ""
    code: str = ""


class Past(QObject):
    """page_ready(Asked, list[Line]) : answer to request; fewer than PAGE lines are the last ones"""

    page_ready = Signal(object, object)

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._session = session
        self._next: Asked | None = None

    def request(self, asked: Asked) -> None:
        """Ask for the newest acts, or for those before one. Only the latest question is answered."""
        self._next = asked
        self._session.cancel(TaskKind.HISTORY)  # what few acts match is long looked for
        if TaskKind.HISTORY not in self._session.busy:
            self._start()

    def export(self, out: Path, asked: Asked = EVERYTHING) -> None:
        """Write these acts as CSV in the background, all pages of them; Session.ended tells of an export."""
        project, is_told = self._session.project, self._told()

        def work(task: Task) -> ExportResult:
            return ExportResult(export_history(project, out, task, is_told, **asked.which), "act")

        self._session._start_export(work)

    def _start(self) -> None:
        asked, self._next = self._next, None
        if asked is None:
            return
        history, is_told = self._session.project.history, self._told()

        def work(task: Task) -> tuple[Asked, list[Entry]]:
            found: list[Entry] = []
            before, count = asked.before, PAGE
            while len(found) < PAGE:
                entries = history.page(before, count, task.check, **asked.which)
                found += filter(is_told, entries)
                if len(entries) < count:
                    break
                before, count = entries[-1].id, MANY
            return asked, found[:PAGE]

        self._session._runner.start(TaskKind.HISTORY, work)

    def ended(self, kind: TaskKind, outcome: Outcome) -> None:
        """A background task came to its end."""
        if kind != TaskKind.HISTORY:
            return
        if outcome.ending == Ending.FINISHED and self._next is None:
            asked, entries = outcome.result
            self.page_ready.emit(asked, [self._line(entry) for entry in entries])
        self._start()

    def _line(self, entry: Entry) -> Line:
        """An act in words."""
        what, old, new = entry.what, in_words(entry.old), in_words(entry.new)
        if entry.kind in STATEMENTS and what:
            what = self._session.vocabulary()[what].name
        if entry.kind == "annotation":
            what, old, new = self._mark_words(entry)
        if entry.kind == "caliper":
            what, old, new = "", _caliper_words(entry.old), _caliper_words(entry.new)
        if entry.kind in OF_PANEL:
            what, old, new = change_of_panel(entry.kind, what, entry.old, entry.new, self._session.vocabulary())
        if entry.kind in ("model", "model file"):
            what = next((model.name for model in self._session.models() if model.id == what), what)
        what = f"{entry.kind}: {what}" if what and entry.kind != "label" else what or entry.kind
        if entry.is_erased:
            what, old, new = f"{entry.kind}, erased", "", ""
        reader = "the file" if entry.reader == HEADER_READER else entry.reader
        how = "" if entry.holds else ", undone"
        code = entry.what if entry.kind in STATEMENTS else ""
        record_id = entry.record if entry.name else ""
        words = (entry.name, f"{what}{how}", old, new, _seen(entry))
        return Line(entry.id, entry.at_utc, reader, *words, record_id, code)

    def _told(self) -> Callable[[Entry], bool]:
        """A function for any thread that says which acts are told. What a file says of an ECG that is read blind, or
        others marked or noted there, is not: that there is such an act, under a filter or in a number, tells of it.
        So does its undo. Of who reads apart, only what concerns the own words is."""
        project, reader = self._session.project, self._session.reader
        is_apart = reader in project.settings.get(APART, [])
        is_shown, giver = shown_by(project, self._session.blind), project.history.giver

        def is_told(entry: Entry) -> bool:
            by, how = giver(entry) if entry.kind in TELLING else (entry.reader, entry.how)
            if is_apart and by != reader:
                return False
            is_other = by != reader or how == IMPORTED
            tells = by == HEADER_READER or (entry.kind in ("annotation", "note") and is_other)
            return not tells or not entry.name or is_shown(entry.record)

        return is_told

    def _mark_words(self, entry: Entry) -> tuple[str, str, str]:
        """The statement of a mark, and where it was before and after."""
        places = [value if isinstance(value, list) and len(value) == 4 else None for value in (entry.old, entry.new)]
        code = next((str(place[0]) for place in places if place), "")
        where = [ShownMark(Annotation("", *place), "", "").where if place else "" for place in places]
        return (self._session.vocabulary()[code].name if code else "", where[0], where[1])


def _caliper_words(value: Any) -> str:
    """Where a caliper is, of its values in the log; "" where there is none."""
    if not isinstance(value, list) or len(value) != CALIPER_VALUES:
        return ""
    lead, start_s, end_s, *_, marched = value
    return f"{start_s:.2f} to {end_s:.2f} s in {lead}{', marched out' * bool(marched)}"


def _seen(entry: Entry) -> str:
    sights = (
        ("model", entry.prediction_visible),
        ("file", entry.file_visible),
        ("measurements", entry.measurements_visible),
    )
    if entry.kind not in (*STATEMENTS, "annotation", "note") or entry.reader == HEADER_READER:
        return ""
    nothing = "not known" if any(seen is None for _, seen in sights) else "nothing"
    return ", ".join(name for name, seen in sights if seen) or nothing
