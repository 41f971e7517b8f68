"""The start page: the projects that were open last, and where to begin."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QSize, Qt, Signal, Slot
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QMainWindow,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from cessl_gui import RESEARCH_USE_ONLY, __version__
from cessl_gui.bridge.background.runner import Runner
from cessl_gui.bridge.background.task_kinds import TaskKind
from cessl_gui.bridge.projects import SUFFIX
from cessl_gui.core.types import Ending, Outcome
from cessl_gui.ui.parts import icons, tokens
from cessl_gui.ui.parts.ask_file import ask_folder, ask_new_file
from cessl_gui.ui.parts.plain_text import PlainLabel
from cessl_gui.ui.parts.preferences import preferences
from cessl_gui.ui.parts.theme import choice, dress, font
from cessl_gui.ui.parts.widgets import named
from cessl_gui.ui.shell.start_page.drop_zone import DropZone
from cessl_gui.ui.shell.start_page.dropping import local_paths
from cessl_gui.ui.shell.start_page.project_card import ProjectCard
from cessl_gui.ui.shell.start_page.recents import forget_project, recent_projects


class StartWindow(QMainWindow):
    """What the program shows without a project.

    open_requested(folder)  : a project, or a folder of recordings
    import_requested(paths) : recordings, for a project that is still to be named
    demo_requested          : the demo
    """

    open_requested = Signal(str)
    import_requested = Signal(object)
    demo_requested = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("start_window")
        self.setWindowTitle("cessl-gui")
        self.setMinimumSize(640, 300)
        self.setAcceptDrops(True)
        self.resize(QSize(1366, 740).boundedTo(self.screen().availableSize()))
        geometry = preferences().value("geometry")
        if geometry is not None:
            self.restoreGeometry(geometry)
        self._theme = dress(choice(str(preferences().value("theme", ""))))
        self._runner = Runner(self)
        self._runner.ended.connect(self._looked)
        self.cards: list[ProjectCard] = []
        self._build()
        self._dress()
        self.show_recent()

    def _build(self) -> None:
        inside = QWidget()
        inside.setObjectName("start")
        title = PlainLabel("cessl-gui")
        title.setFont(font(tokens.START_TITLE))
        self._mark = PlainLabel()
        head = QHBoxLayout()
        head.setSpacing(12)
        head.addWidget(self._mark)
        head.addWidget(title)
        head.addStretch(1)
        tagline = PlainLabel("Read ECGs, label them, adapt a model to your reading. Nothing leaves this computer.")
        tagline.setProperty("muted", True)
        self._grid = QGridLayout()
        self._grid.setSpacing(16)
        self._heading = self._heading_label("Recent projects")
        left, right = QVBoxLayout(), QVBoxLayout()
        left.addWidget(self._heading)
        left.addLayout(self._grid)
        left.addStretch(1)
        right.addWidget(self._heading_label("Begin"))
        right.addLayout(self._build_begin())
        right.addStretch(1)
        columns = QHBoxLayout()
        columns.setSpacing(40)
        columns.addLayout(left)
        columns.addLayout(right)
        for side in (left, right):
            side.setSpacing(8)
        centre = QVBoxLayout()
        centre.addStretch(1)
        centre.addLayout(head)
        centre.addWidget(tagline)
        centre.addSpacing(16)
        centre.addLayout(columns)
        centre.addStretch(2)
        across = QHBoxLayout(inside)
        across.setContentsMargins(40, 32, 40, 16)
        across.addStretch(1)
        across.addLayout(centre)
        across.addStretch(1)
        scroll = named(QScrollArea(), "start_scroll", "Start page")
        scroll.setWidget(inside)
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        whole = QWidget()
        column = QVBoxLayout(whole)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(scroll, 1)
        column.addWidget(self._build_foot())
        self.setCentralWidget(whole)

    def _build_begin(self) -> QVBoxLayout:
        column = QVBoxLayout()
        column.setSpacing(16)
        self.drop_zone = DropZone()
        self.drop_zone.folder_wanted.connect(self._ask_recordings)
        self.new = self._button("New project", "start_new", self._new)
        self.open = self._button("Open project", "start_open", self._open)
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self.new)
        row.addWidget(self.open)
        demo = QFrame()
        demo.setObjectName("card")
        inside = QVBoxLayout(demo)
        inside.setContentsMargins(16, 12, 16, 16)
        inside.setSpacing(8)
        heading = PlainLabel("Try the demo")
        heading.setFont(font(tokens.SECTION))
        words = PlainLabel("Synthetic ECGs, some of one patient. Read twelve, train once, look at the evidence.")
        words.setWordWrap(True)
        words.setProperty("muted", True)
        self.demo = self._button("Start the demo", "start_demo", self.demo_requested.emit)
        for part in (heading, words):
            inside.addWidget(part)
        inside.addWidget(self.demo, 0, Qt.AlignmentFlag.AlignLeft)
        column.addWidget(self.drop_zone)
        column.addLayout(row)
        column.addWidget(demo)
        return column

    def _build_foot(self) -> QFrame:
        foot = QFrame()
        foot.setObjectName("status_bar")
        foot.setFixedHeight(tokens.STATUS_BAR)
        row = QHBoxLayout(foot)
        row.setContentsMargins(12, 0, 12, 0)
        row.setSpacing(16)
        row.addWidget(PlainLabel(RESEARCH_USE_ONLY))
        row.addStretch(1)
        row.addWidget(PlainLabel("No network connection is opened"))
        row.addWidget(PlainLabel(f"Version {__version__}"))
        return foot

    @staticmethod
    def _heading_label(text: str) -> PlainLabel:
        label = PlainLabel(text)
        label.setFont(font(tokens.STRONG))
        label.setProperty("muted", True)
        label.setFixedHeight(tokens.BODY.line_px + 4)
        return label

    @staticmethod
    def _button(text: str, name: str, act: Callable[[], object]) -> QPushButton:
        button = named(QPushButton(text), name, text)
        button.setMinimumHeight(tokens.BUTTON)
        button.clicked.connect(lambda: act())
        return button

    # --- recent projects -----------------------------------------------------------------------------------------

    def show_recent(self) -> None:
        """Show the cards; whether each folder is still there is looked up in the background."""
        for card in self.cards:
            card.deleteLater()
        recents = recent_projects()
        self.cards = [ProjectCard(recent, is_first=number == 0) for number, recent in enumerate(recents)]
        for number, card in enumerate(self.cards):
            card.opened.connect(self.open_requested)
            card.forgotten.connect(self._forget)
            card.set_theme(self._theme)
            self._grid.addWidget(card, number // 2, number % 2)
        self._heading.setVisible(bool(recents))
        if self.cards:
            self.cards[0].button.setFocus()
        if recents and TaskKind.LOOK not in self._runner.busy:
            folders = [recent.folder for recent in recents]
            self._runner.start(TaskKind.LOOK, lambda task: [folder for folder in folders if not Path(folder).is_dir()])

    @Slot(object, object)
    def _looked(self, _kind: TaskKind, outcome: Outcome) -> None:
        if outcome.ending == Ending.FINISHED:
            for card in self.cards:
                if card.recent.folder in outcome.result:
                    card.mark_missing()

    @Slot(str)
    def _forget(self, folder: str) -> None:
        forget_project(folder)
        self.show_recent()

    # --- where to begin ------------------------------------------------------------------------------------------

    def _new(self) -> None:
        folder = ask_new_file(self, "New project", f"Projects (*{SUFFIX})")
        if folder:
            self.open_requested.emit(str(folder))

    def _open(self) -> None:
        folder = ask_folder(self, f"Open project (a folder NAME{SUFFIX})")
        if folder:
            self.open_requested.emit(str(folder))

    @Slot()
    def _ask_recordings(self) -> None:
        folder = ask_folder(self, "Read all recordings in a folder")
        if folder:
            self.open_requested.emit(str(folder))

    def dragEnterEvent(self, event) -> None:
        if local_paths(event.mimeData()):
            event.acceptProposedAction()
            self.drop_zone.set_over(True)

    def dragLeaveEvent(self, event) -> None:
        self.drop_zone.set_over(False)

    def dropEvent(self, event) -> None:
        self.drop_zone.set_over(False)
        paths = local_paths(event.mimeData())
        if len(paths) == 1 and paths[0].is_dir():
            self.open_requested.emit(str(paths[0]))
        elif paths:
            self.import_requested.emit(paths)

    # --- how it looks --------------------------------------------------------------------------------------------

    def _dress(self) -> None:
        t = self._theme
        self._mark.setPixmap(icons.pixmap("heartbeat-fill", t.accent, 32))
        icons.put_before_words(self.new, "folder-plus", t.text)
        icons.put_before_words(self.open, "folder-open", t.text)
        icons.put_before_words(self.demo, "play-circle", t.text)
        self.drop_zone.set_theme(t)
        self.setStyleSheet(
            f"#card {{ background: {t.surface}; border: 1px solid {t.border}; border-radius: {tokens.RADIUS_CARD}px; }}"
            f"#status_bar {{ border-top: 1px solid {t.border}; }}"
            f'#status_bar QLabel, QLabel[muted="true"] {{ color: {t.muted}; }}'
        )

    def closeEvent(self, event) -> None:
        self._runner.shut_down()
        super().closeEvent(event)
