"""The window of one open project: rooms on one session, the rail that leads to them, the status bar, the messages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QPoint, Qt, QTimer, Signal, Slot
from PySide6.QtWidgets import QApplication, QHBoxLayout, QMainWindow, QVBoxLayout, QWidget

from cessl_gui.core.types import State
from cessl_gui.ui.parts import tokens
from cessl_gui.ui.parts.preferences import preferences
from cessl_gui.ui.parts.theme import SYSTEM, choice, dress
from cessl_gui.ui.shell.commands.actions import Actions
from cessl_gui.ui.shell.commands.file_acts import FileActs
from cessl_gui.ui.shell.commands.key_presses import KeyPresses
from cessl_gui.ui.shell.commands.menus import Menus, page_menus
from cessl_gui.ui.shell.commands.shown_keys import show_keys
from cessl_gui.ui.shell.commands.team_acts import TeamActs
from cessl_gui.ui.shell.commands.undoing import step_history
from cessl_gui.ui.shell.commands.upkeep_acts import UpkeepActs
from cessl_gui.ui.shell.main_rooms.read_room import ReadRoom
from cessl_gui.ui.shell.main_rooms.room_offers import offer_rooms
from cessl_gui.ui.shell.main_rooms.room_rail import RoomRail
from cessl_gui.ui.shell.main_rooms.rooms import ABOUT, KEYS, Rooms
from cessl_gui.ui.shell.notices.closing import may_close
from cessl_gui.ui.shell.notices.status import StatusBar
from cessl_gui.ui.shell.notices.toasts import Toasts
from cessl_gui.ui.shell.notices.tour import Tour
from cessl_gui.ui.shell.remembering import remember, restore
from cessl_gui.ui.shell.start_page.dropping import Drops
from cessl_gui.ui.shell.start_page.recents import KeepsNoted, note_project
from cessl_gui.ui.training.pill import TrainingPill
from cessl_gui.ui.worklist.rail import RecordRail
from cessl_gui.ui.worklist.view import WorklistView

if TYPE_CHECKING:
    from cessl_gui.bridge.session import Session


class MainWindow(QMainWindow):
    """The window of one open project.

    open_requested(folder) : the reader asked for another project, "" for the start page
    reopen_wanted          : the program is to start again, with this project
    """

    open_requested = Signal(str)
    reopen_wanted = Signal()

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._presses = KeyPresses()  # before the first event comes
        self.setObjectName("main_window")
        self._session = session
        self.theme_choice = choice(str(preferences().value("theme", SYSTEM)))
        dress(self.theme_choice)  # before there are widgets to style again
        self._is_closing, self._came_from = False, ""  # the room that Escape goes back to
        self._build(session)
        self.acts = Actions(self)
        self.files = FileActs(session, self.toasts, self)
        Drops(self).dropped.connect(self.files.take_dropped)
        self.team = TeamActs(session, self)
        self.upkeep = UpkeepActs(session, self, lambda: self.labels.record_id)
        self._offer_actions()
        self.menus = Menus(self, session, self.acts)
        self.menus.add_to_view(page_menus(self.page))
        self._connect()
        restore(self)
        self._show_title()
        self.show_room("read")
        show_keys(self)
        self.toasts.over_resized.connect(self._place_toasts)
        self.read.open_first()
        self.read.records.view.setFocus()
        session.watch_again()
        KeepsNoted(session, self)

    # --- building ------------------------------------------------------------------------------------------------

    def _build(self, session: Session) -> None:
        self.worklist = WorklistView(session)
        self.records = RecordRail(session, self.worklist.table)
        self.read = ReadRoom(session, self.records)
        self.page, self.labels = self.read.page, self.read.labels
        self.influence, self.measurements = self.read.influence, self.read.measurements
        self.rail = RoomRail()
        self.rooms = Rooms(self.rail)
        offer_rooms(self, session)
        self.status = StatusBar(session)
        self.pill = TrainingPill(session)
        self.status.add_pill(self.pill)
        self.toasts = Toasts(self.rooms)
        self.tour = Tour(self.rooms)
        self.tour.room_wanted.connect(self.show_room)
        whole = QWidget()
        column = QVBoxLayout(whole)
        row = QHBoxLayout()
        for layout in (column, row):
            layout.setContentsMargins(0, 0, 0, 0)
            layout.setSpacing(0)
        row.addWidget(self.rail)
        row.addWidget(self.rooms, 1)
        column.addLayout(row, 1)
        column.addWidget(self.status)
        self.setCentralWidget(whole)

    def _show_help(self, page: str = "") -> None:
        self.show_room("help")
        self.rooms.currentWidget().show_page(page)

    def _offer_actions(self) -> None:
        own = (
            ("quit", "&Close", self.close),
            ("undo", "&Undo", lambda: step_history(self, self._session, "undo")),
            ("redo", "&Redo", lambda: step_history(self, self._session, "redo")),
            ("search", "&Search records", self.search_records),
            ("next_part", "To the next &part of the window", self._next_part),
            ("room_read", "&Read", lambda: self.show_room("read")),
            ("room_worklist", "&Worklist", lambda: self.show_room("worklist")),
            ("room_statements", "&Statements", lambda: self.show_room("statements")),
            ("room_history", "&History", lambda: self.show_room("history")),
            ("room_model", "M&odel", lambda: self.show_room("model")),
            ("train", "&Improve the model with my labels", self._train),
            ("result", "&Review the new model", lambda: self._show_model("Evidence")),
            ("models", "Model &versions…", lambda: self.show_room("model")),
            ("report", "&Report as PDF…", lambda: self.files.write_report(self.page.sheet)),
            ("help", "&Manual", self._show_help),
            ("tour", "&Tour", self.tour.start),
            ("keys", "&Keys", lambda: self._show_help(KEYS)),
            ("about", "&About and licences", lambda: self._show_help(ABOUT)),
            ("settings", "&Settings", lambda: self.show_room("settings")),
            ("menu", "Menu", self.show_menu),
        )
        for row in (*own, *self.files.offers(), *self.team.offers(), *self.upkeep.offers(), *self.read.offers()):
            self.acts.add(*row)

    def _connect(self) -> None:
        self.rooms.shown.connect(self._on_room)
        self.rail.menu_wanted.connect(self.show_menu)
        self._presses.digit_pressed.connect(self._press_digit)
        self._presses.alt_pressed.connect(self.show_menu)
        self.worklist.import_wanted.connect(self.files.import_folder)
        self.read.drop_zone.folder_wanted.connect(self.files.import_folder)
        self.worklist.export_wanted.connect(self.files.export)
        self.worklist.opened.connect(self.open_from_room)
        self.worklist.report_wanted.connect(self._report_of)
        self.worklist.remove_wanted.connect(self.upkeep.remove)
        self.records.chosen.connect(self.worklist.follow)
        self.pill.clicked.connect(lambda: self._show_model("Training" if self.pill.is_training else "Evidence"))
        for said in (self.worklist.said, self.read.said, self.upkeep.told, self._session.team.merged):
            said.connect(self.toasts.say)
        self.labels.was_read.connect(lambda words: self.status.show_last_read(words, self.labels.record_id))
        for acts in (self.files, self.team, self.upkeep):
            acts.open_requested.connect(self.open_requested)
        self.team.opened.connect(self.open_record)
        self.files.begun.connect(self.status.jobs.begin)
        self.files.imported.connect(self.read.came_again)
        self.menus.theme_chosen.connect(self.set_theme)
        QApplication.styleHints().colorSchemeChanged.connect(self._follow_system)

    # --- rooms ---------------------------------------------------------------------------------------------------

    @property
    def room(self) -> str:
        """The name of the room in sight."""
        return self.rooms.current

    @property
    def model_room(self) -> QWidget:
        """The Model room, made now if it was not there."""
        return self.rooms["model"]

    def show_room(self, name: str) -> None:
        self.rooms.show_room(name)

    @Slot(str)
    def _on_room(self, name: str) -> None:
        """What labels an ECG works only where the ECG is in sight."""
        self._came_from = ""
        self.acts.allow_reading(name == "read")
        self._place_toasts()

    def open_record(self, record_id: str, code: str = "") -> None:
        """Open a record in Read, and turn to a statement of it."""
        self.show_room("read")
        self.read.open_record(record_id, code)

    def open_from_room(self, record_id: str, code: str = "") -> None:
        """Open an ECG that the room in sight names; Escape comes back."""
        room = self.room
        self.open_record(record_id, code)
        self._came_from = room if room != "read" else ""

    def search_records(self) -> None:
        self.show_room("worklist")
        self.worklist.search.setFocus()

    def _show_model(self, tab: str) -> None:
        self.show_room("model")
        self.model_room.show_tab(tab)

    @Slot(object)
    def list_records(self, ids: tuple[str, ...]) -> None:
        self.worklist.show_only(ids)
        self.show_room("worklist")

    def _report_of(self, record_id: str) -> None:
        self.open_from_room(record_id)
        self.files.write_report(self.page.sheet)

    def show_menu(self) -> None:
        """The menu of all actions, beside its button."""
        self.menus.whole.popup(self.rail.menu.mapToGlobal(QPoint(self.rail.width(), 0)))

    def _train(self) -> None:
        self.show_room("model")
        self.model_room.train()

    def _next_part(self) -> None:
        if self.room == "read":
            self.read.next_part()
        else:
            self.rooms[self.room].setFocus()

    # --- keys ----------------------------------------------------------------------------------------------------

    @Slot(int, object)
    def _press_digit(self, digit: int, state: State) -> None:
        if self.room == "read":
            self.labels.press_digit(digit, state)

    def event(self, event: QEvent) -> bool:
        return self._presses.takes(event) or super().event(event)

    def keyPressEvent(self, event) -> None:
        if event.key() == Qt.Key.Key_Escape and self._came_from:
            self.show_room(self._came_from)
        elif event.key() == Qt.Key.Key_Escape and self.room != "read":
            self.show_room("read")
        else:
            super().keyPressEvent(event)

    # --- how it looks --------------------------------------------------------------------------------------------

    def set_theme(self, name: str) -> None:
        """Dress the window in one of theme.CHOICES."""
        self.theme_choice, theme = name, dress(name)
        for part in (self.rooms, self.rail, self.status, self.toasts, self.pill):
            part.set_theme(theme)
        self.menus.mark("theme", name)
        preferences().setValue("theme", name)

    @Slot()
    def _follow_system(self) -> None:
        if self.theme_choice == SYSTEM:
            self.set_theme(SYSTEM)

    @Slot()
    def _place_toasts(self) -> None:
        """Over blank paper above the page's footer; in the worklist above what is done with rows."""
        left, right, below = 0, self.rooms.width(), tokens.SELECTION_BAR if self.room == "worklist" else 0
        if self.room == "read":
            records, panel = self.read.columns(self.rooms.width())
            left, right, below = records, right - panel, tokens.PAGE_FOOTER
        self.toasts.place(left, right, self.rooms.height() - below - tokens.TOAST_MARGIN)

    def _show_title(self) -> None:
        # The project's name only: a record's name could be a patient's.
        mode = " (reading only)" if self._session.project.reading_only else ""
        self.setWindowTitle(f"{self._session.project_name}{mode} – cessl-gui")

    # --- closing -------------------------------------------------------------------------------------------------

    def closeEvent(self, event) -> None:
        if self._is_closing or not self._may_close():  # while it asks and waits, the window can be told to close again
            event.ignore()
            return
        remember(self)
        note_project(self._session)
        self.read.keep()
        if self._session.close():
            for timer in self.findChildren(QTimer):
                timer.stop()  # what was to be looked up soon is in a closed project now
            event.accept()
        else:
            self.toasts.say("A background task is still ending. Close the window again in a moment.")
            event.ignore()

    def _may_close(self) -> bool:
        self._is_closing = True
        try:
            return may_close(self, self._session)
        finally:
            self._is_closing = False
