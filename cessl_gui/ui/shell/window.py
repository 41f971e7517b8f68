"""The main window: joins the views on one session."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QSettings, QSize, Qt, Signal, Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QApplication,
    QFileDialog,
    QMainWindow,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from cessl_gui import RESEARCH_USE_ONLY
from cessl_gui.bridge.projects import SUFFIX
from cessl_gui.core.paths import user_data
from cessl_gui.core.types import Caliper, Change, Ending, Outcome, ReadingState
from cessl_gui.ui.evidence.influence import Influence
from cessl_gui.ui.evidence.measurements_panel import MeasurementsPanel
from cessl_gui.ui.page.layouts import LAYOUTS
from cessl_gui.ui.page.page import EcgPage
from cessl_gui.ui.parts.details import DetailsDialog
from cessl_gui.ui.parts.plain_text import PlainLabel, plain
from cessl_gui.ui.parts.theme import SYSTEM, choice, dress
from cessl_gui.ui.parts.widgets import ElidedLabel, MessageBar, named
from cessl_gui.ui.reading.label_panel import LabelPanel
from cessl_gui.ui.shell.closing import may_close
from cessl_gui.ui.shell.job_strip import JobStrip
from cessl_gui.ui.shell.key_presses import KeyPresses
from cessl_gui.ui.shell.menus import BLIND, Menus
from cessl_gui.ui.shell.panes import Parts
from cessl_gui.ui.training.training_bar import TrainingBar
from cessl_gui.ui.training.versions import ModelsDialog, ResultDialog
from cessl_gui.ui.worklist.export_words import ask_where, said_of_export
from cessl_gui.ui.worklist.import_words import said_of_import
from cessl_gui.ui.worklist.preview import PreviewDialog
from cessl_gui.ui.worklist.quarantine import QuarantineDialog
from cessl_gui.ui.worklist.record_list import RecordList

if TYPE_CHECKING:
    from cessl_gui.bridge.session import Session

NEWS_SECONDS = 8  # how long news stays that asks for nothing
LEAST = QSize(640, 300)  # of the window; what it shows then is chosen by the room there is
LOW_PX = 520
DEFAULTS = {"layout": "3x4+1", "speed": 25.0, "gain": 10.0, "theme": SYSTEM, "influence": "true"}


class MainWindow(QMainWindow):
    """The window of one open project.

    open_requested(folder) : the reader asked for another project
    """

    open_requested = Signal(str)

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._presses = KeyPresses()  # before the first event comes
        self.setObjectName("main_window")
        self.setAcceptDrops(True)
        self._session = session
        self._preferences = QSettings(str(user_data() / "window.ini"), QSettings.Format.IniFormat)
        self._theme_choice = choice(str(self._preferences.value("theme", DEFAULTS["theme"])))
        dress(self._theme_choice)  # before there are widgets to style again
        self._record_shown = ""
        self._is_closing = False
        self._quarantine: QuarantineDialog | None = None
        self._models: ModelsDialog | None = None

        self.records = RecordList(session)
        self.page = EcgPage()
        self.labels = LabelPanel(session)
        self.influence = Influence(session, self.labels)
        self.training = TrainingBar(session)
        self.measurements = MeasurementsPanel(session, self)
        self.result = ResultDialog(session, self._open_flipped, self)
        self.problem = MessageBar("problem_bar")
        self.research = MessageBar("research_bar", "I understand")

        self._build_centre()
        self.menus = Menus(self, session)
        self._build_status()
        self._connect()
        self._restore()
        self._show_title()
        self._open_first()
        session.watch_again()

    # --- building ------------------------------------------------------------------------------------------------

    def _build_centre(self) -> None:
        centre = QWidget()
        column = QVBoxLayout(centre)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.page, 1)
        column.addWidget(self.influence)
        self.parts = Parts(self.records, centre, self.labels)
        self.other_part = named(
            QToolButton(),
            "other_part",
            "Record list or statements",
            "Switch between record list and statements (L)",
        )
        self.other_part.setStyleSheet("padding: 0 8px;")  # no higher than the menu bar
        self.other_part.setText("Records ⇄ statements")
        self.other_part.clicked.connect(self.parts.switch_side)
        self.menuBar().setCornerWidget(self.other_part)
        whole = QWidget()
        column = QVBoxLayout(whole)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        for part in (self.research, self.problem):
            column.addWidget(part)
        column.addWidget(self.parts, 1)
        column.addWidget(self.training)
        self.setCentralWidget(whole)

    def _build_status(self) -> None:
        bar = self.statusBar()
        bar.setSizeGripEnabled(False)
        self.jobs = JobStrip(self._session)
        bar.addWidget(self.jobs, 1)
        self.saved = named(PlainLabel(), "saved", "Saved")
        self.reader = named(PlainLabel(f"Reader: {self._session.reader}"), "reader", "Reader")
        self.blind = named(PlainLabel(), "blind", "Blind reading")
        self.model = named(ElidedLabel(), "active_model", "Active model")
        self.model.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.research_note = named(
            PlainLabel("Research use only"), "research_note", RESEARCH_USE_ONLY, RESEARCH_USE_ONLY
        )
        bar.setContentsMargins(0, 0, 8, 0)
        bar.addPermanentWidget(self.model, 2)
        for part in (self.reader, self.blind, self.saved, self.research_note):
            bar.addPermanentWidget(part)

    def _connect(self) -> None:
        session = self._session
        self.records.chosen.connect(self._open)
        self.records.import_wanted.connect(self.import_folder)
        self.records.opened.connect(lambda: self.parts.show_side(self.labels))
        self.labels.next_wanted.connect(self._next)
        self.labels.called.connect(lambda: self.parts.show_side(self.labels))
        self.parts.fitted.connect(lambda room: self.other_part.setVisible(not room))
        self._presses.digit_pressed.connect(self.labels.press_digit)
        self.page.choices.intervals_wanted.connect(self.measurements.open)
        self.training.result_wanted.connect(self.show_result)
        self.research.closed.connect(self._research_read)
        QApplication.styleHints().colorSchemeChanged.connect(self._follow_system)
        session.changed.connect(self._on_changed)
        session.saved.connect(lambda at: self.saved.setText(f"Saved {at}" if at else "Not saved"))
        session.problem.connect(self._say_problem)
        session.ended.connect(self._on_ended)
        session.record_ready.connect(self._record_came)
        self.influence.tinted.connect(self.page.set_tint)
        self.page.choices.influence_wanted.connect(self.influence.set_on_page)
        self.page.earlier_wanted.connect(self._show_earlier)
        self.page.caliper_set.connect(self._keep_caliper)

    def _restore(self) -> None:
        self.setMinimumSize(LEAST)
        self.resize(QSize(1366, 740).boundedTo(self.screen().availableSize()))
        geometry = self._preferences.value("geometry")
        if geometry is not None:
            self.restoreGeometry(geometry)
        self.parts.setSizes([330, 660, self.labels.sizeHint().width()])
        wanted = {name: self._preferences.value(name, default) for name, default in DEFAULTS.items()}
        self.set_theme(self._theme_choice)
        self.page.set_layout(wanted["layout"] if wanted["layout"] in LAYOUTS else DEFAULTS["layout"])
        self.page.set_speed(float(wanted["speed"]))
        self.page.set_gain(float(wanted["gain"]))
        self.page.choices.influence.setChecked(str(wanted["influence"]) == "true")
        self.influence.set_on_page(self.page.choices.influence.isChecked())
        if not self._preferences.value("research_use_read", False, bool):
            self.research.say(RESEARCH_USE_ONLY)
        self._on_changed(Change("settings"))
        self._on_changed(Change("models"))

    # --- the open record -----------------------------------------------------------------------------------------

    def _open_first(self) -> None:
        """Open the first record that is not read yet."""
        unread = {i.id for i in self._session.records() if i.reading in (ReadingState.NEW, ReadingState.IN_PROGRESS)}
        ids = self.records.table.ids
        first = next((i for i in ids if i in unread), ids[0] if ids else "")
        if first:
            self.records.choose(first)
        self.parts.show_side(self.labels if first else self.records)
        self.records.view.setFocus()

    @Slot(str)
    def _open(self, record_id: str) -> None:
        self.labels.show_record(record_id, on_page=False)
        self.measurements.show_record(record_id)
        self.influence.open()
        self._record_shown = ""
        self._session.note_opened(record_id)
        if not self._session.request_record(record_id):  # it comes later, or is lost: never another record's page
            self.page.set_record(None)

    @Slot(str)
    def _record_came(self, record_id: str) -> None:
        if record_id == self.labels.record_id:
            self._record_shown = record_id
            notes = self._session.lead_notes(record_id)
            self.page.set_record(self._session.record(record_id), notes, self._session.calipers(record_id))
            self.labels.set_on_page()
            self.influence.came(notes)

    @Slot(str, str, object)
    def _keep_caliper(self, record_id: str, caliper_id: str, caliper: Caliper | None) -> None:
        self._session.set_caliper(record_id, caliper_id, caliper)
        self._show_calipers(record_id)  # after a refused commit too: the page shows what is stored

    def _show_calipers(self, record_id: str) -> None:
        if record_id == self._record_shown:
            self.page.show_calipers(self._session.calipers(record_id))

    @Slot()
    def _show_earlier(self) -> None:
        self.page.show_earlier(*self._session.earlier(self._record_shown))

    @Slot()
    def _next(self) -> None:
        if not self.records.step(1):
            self.problem.say("This was the last record of the list.", seconds=NEWS_SECONDS)

    @Slot(str, str)
    def _open_flipped(self, record_id: str, code: str) -> None:
        if self.records.choose(record_id) and code:
            self.labels.pick(code)

    def next_part(self) -> None:
        """From the record list to the page, to the statements, to the record list."""
        focus = QApplication.focusWidget()
        if focus is not None and self.page.isAncestorOf(focus):
            self.labels.step_statement(0)
        elif focus is not None and self.labels.isAncestorOf(focus):
            self.parts.show_side(self.records)
            self.records.view.setFocus()
        else:
            self.page.canvas.setFocus()

    def find_statement(self) -> None:
        self.parts.show_side(self.labels)
        self.labels.search.typed.setFocus()

    def search_records(self) -> None:
        self.parts.show_side(self.records)
        self.records.search.setFocus()

    def step_history(self, way: str) -> None:
        """Undo or redo one edit, open the record it concerned, and report what was done. way : "undo" or "redo" """
        session = self._session
        did = session.can_undo if way == "undo" else session.can_redo
        record_id = session.undo() if way == "undo" else session.redo()
        if not record_id:
            return
        self.records.choose(record_id)
        words = f"{'Undone' if way == 'undo' else 'Done again'}: {did}."
        if session.has_seen(record_id) and not session.prediction_shown(record_id):
            words += " Prediction and file's diagnosis are hidden again; later labels keep that you have seen them."
        self.labels.show_hint(words)

    def event(self, event: QEvent) -> bool:
        return self._presses.takes(event) or super().event(event)

    # --- what the session says -----------------------------------------------------------------------------------

    @Slot(object)
    def _on_changed(self, change: Change) -> None:
        session = self._session
        if change.kind == "settings":
            blind = str(session.setting("blind", "first read"))
            self.blind.setText(f"Blind: {blind}")
            self.blind.setToolTip(plain(BLIND.get(blind, "")))
        elif change.kind == "models":
            active = session.active_model()
            self.model.setText(f"Model: {active.name} · {active.origin}" if active else "No model yet")
        elif change.kind == "calipers":
            self._show_calipers(change.ids[0])
        elif change.kind == "records" and not self.records.current:
            self._open_first()

    @Slot(str, str, str)
    def _say_problem(self, what: str, todo: str, details: str) -> None:
        def show_details() -> None:
            DetailsDialog(what, details, self).show()

        text = f"{what} {todo}".strip()
        if not details and self._session.is_gone:
            self.problem.say(text, "Save a copy ...", self.save_copy)
        else:
            self.problem.say(text, "Details" if details else "", show_details)

    def save_copy(self) -> None:
        """Ask where, and make a project there of all that people made in this one, whose folder is gone."""
        chosen, _ = QFileDialog.getSaveFileName(self, "Save a copy of the project", "", f"Projects (*{SUFFIX})")
        folder = Path(chosen if chosen.endswith(SUFFIX) else chosen + SUFFIX)
        if chosen and self._session.save_copy(folder):
            text = f"All that you entered is in {folder}. Open it to go on; trained models are not in it."
            self.problem.say(text, "Open it", lambda: self.open_requested.emit(str(folder)))

    @Slot(str, object)
    def _on_ended(self, kind: str, outcome: Outcome) -> None:
        if kind == "export" and outcome.ending == Ending.FINISHED:
            self.problem.say(said_of_export(outcome.result))
        if kind == "import" and outcome.ending == Ending.FINISHED and outcome.result is not None:
            r = outcome.result
            bad = len(r.quarantined)
            stays = bad or r.cancelled or r.notes or r.passed_over
            self.problem.say(
                said_of_import(r), "Show why" if bad else "", self.show_quarantine, seconds=0 if stays else NEWS_SECONDS
            )
            if self.labels.record_id in r.ids and self._record_shown != self.labels.record_id:
                self._open(self.labels.record_id)  # it was lost, and was imported again

    # --- other windows -------------------------------------------------------------------------------------------

    @Slot()
    def show_result(self) -> None:
        """Before and after of the model that waits for a decision."""
        candidate = self._session.candidate()
        if candidate:
            self.result.show_model(candidate)

    def show_quarantine(self) -> None:
        self._quarantine = self._quarantine or QuarantineDialog(
            self._session, self.import_paths, self.preview_paths, self
        )
        self._quarantine.show()
        self._quarantine.raise_()

    def show_models(self) -> None:
        self._models = self._models or ModelsDialog(self._session, self.result.show_model, self)
        self._models.show()
        self._models.raise_()

    def new_project(self) -> None:
        """Ask for the name of a new project, and open it."""
        folder, _ = QFileDialog.getSaveFileName(self, "New project", "", f"Projects (*{SUFFIX})")
        if folder:
            self.open_requested.emit(folder)

    def open_project(self) -> None:
        folder = QFileDialog.getExistingDirectory(self, f"Open project (a folder NAME{SUFFIX})")
        if folder:
            self.open_requested.emit(folder)

    def import_paths(self, paths: Sequence[str | Path]) -> None:
        """Import files and folders in the background."""
        self._session.import_paths(paths)
        self.jobs.begin("import")

    def preview_paths(self, paths: Sequence[str | Path]) -> None:
        """Show what an import of these files and folders would read."""
        PreviewDialog(self._session, [Path(path) for path in paths], self).show()

    def preview(self) -> None:
        files, _ = QFileDialog.getOpenFileNames(self, "Preview recordings")
        if files:
            self.preview_paths(files)

    def watch(self) -> None:
        """Ask for a folder of which all that comes is imported; or stop doing so."""
        if self._session.setting("watched", ""):
            self._session.watch("")
            return
        folder = QFileDialog.getExistingDirectory(self, "Import all that comes into a folder")
        if folder:
            self._session.watch(folder)

    def import_folder(self) -> None:
        folder = QFileDialog.getExistingDirectory(self, "Import all recordings in a folder")
        if folder:
            self.import_paths([folder])

    def export(self) -> None:
        """Ask where and how, and write labels and predictions there in the background."""
        chosen = ask_where(self)
        if chosen:
            self._session.export(*chosen)
            self.jobs.begin("export")

    def import_files(self) -> None:
        files, _ = QFileDialog.getOpenFileNames(self, "Import recordings")
        if files:
            self.import_paths(files)

    def dragEnterEvent(self, event) -> None:
        if event.mimeData().hasUrls():
            event.acceptProposedAction()

    def dropEvent(self, event) -> None:
        paths = [Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile()]
        if paths:
            self.import_paths(paths)

    # --- how much room there is -----------------------------------------------------------------------------------

    def resizeEvent(self, event: QResizeEvent) -> None:
        """A low screen shows what is needed for labelling."""
        super().resizeEvent(event)
        for part in (self.influence, self.labels.legend):
            part.setVisible(self.height() >= LOW_PX)

    # --- how it looks --------------------------------------------------------------------------------------------

    def set_theme(self, name: str) -> None:
        """Dress the window in one of theme.CHOICES."""
        self._theme_choice, theme = name, dress(name)
        parts = (self.page, self.influence.strip, self.measurements, self.labels, self.training)
        for part in (*parts, self.problem, self.research):
            part.set_theme(theme)
        self.menus.mark("theme", name)
        self._preferences.setValue("theme", name)

    @Slot()
    def _follow_system(self) -> None:
        if self._theme_choice == SYSTEM:
            self.set_theme(SYSTEM)

    def _show_title(self) -> None:
        # The project's name only: a record's name could be a patient's.
        mode = " (reading only)" if self._session.project.reading_only else ""
        self.setWindowTitle(f"{self._session.project_name}{mode} · cessl-gui")

    @Slot()
    def _research_read(self) -> None:
        self._preferences.setValue("research_use_read", True)

    # --- closing -------------------------------------------------------------------------------------------------

    def closeEvent(self, event) -> None:
        if self._is_closing or not self._may_close():  # while it asks and waits, the window can be told to close again
            event.ignore()
            return
        self._remember()
        self.page.keep_calipers()
        if self._session.close():
            event.accept()
        else:
            self.problem.say("A background task is still ending. Close the window again in a moment.")
            event.ignore()

    def _may_close(self) -> bool:
        self._is_closing = True
        try:
            return may_close(self, self._session)
        finally:
            self._is_closing = False

    def _remember(self) -> None:
        """Size and page choices, for the next time."""
        sheet = self.page.sheet
        for name, value in (
            ("geometry", self.saveGeometry()),
            ("layout", sheet.layout.name),
            ("speed", sheet.speed_mm_per_s),
            ("gain", sheet.gain_mm_per_mv),
            ("influence", "true" if self.influence.on_page else "false"),
        ):
            self._preferences.setValue(name, value)
