"""The shelf: model versions as cards, and the button that trains the next one."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QMenu, QPushButton, QScrollArea, QToolButton, QVBoxLayout, QWidget

from cessl_gui.core.plural import counted
from cessl_gui.core.types import ModelInfo, ModelStatus
from cessl_gui.ui.parts import icons
from cessl_gui.ui.parts.plain_text import PlainLabel
from cessl_gui.ui.parts.tokens import BUTTON_PRIMARY, CAPTION, FOCUS_RING, ICON, LIGHT, SECTION, VALUE, Theme
from cessl_gui.ui.parts.widgets import named, release_focus
from cessl_gui.ui.training.cards import heading, link

if TYPE_CHECKING:
    from cessl_gui.bridge.session import Session

WAITS, ACTIVE, DISCARDED = "waits", "active", "put aside"
STATES = {ModelStatus.CANDIDATE: WAITS, ModelStatus.DISCARDED: DISCARDED}


class VersionCard(QFrame):
    """One version: where it came from, what it showed, a note.

    chosen(model_id), used(model_id), asked(what, model_id)
    """

    chosen = Signal(str)
    used = Signal(str)
    asked = Signal(str, str)

    def __init__(self, model: ModelInfo, state: str, note: str) -> None:
        super().__init__()
        self.setProperty("card", True)
        self.setObjectName(f"version_{model.id}")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.model_id = model.id
        name = heading(model.name, VALUE, wrap=True)
        self.state = PlainLabel(state)
        self.state.setProperty("tone", {WAITS: "care", ACTIVE: "accent"}.get(state, "plain"))
        self.use = link("Go back" if model.may_be_active else "Use", f"use_{model.id}", "")
        self.use.setAccessibleName(f"Use {model.name} from now on")
        self.more = named(QToolButton(), f"more_{model.id}", f"More of {model.name}", "Compare, note, train, export")
        self.more.setProperty("quiet", True)
        self.more.setStyleSheet("padding: 0")  # room for the icon
        self.more.setFixedSize(24, 24)
        self.more.clicked.connect(self._menu)
        row = QHBoxLayout()
        row.setSpacing(2)
        row.addWidget(name, 1)
        row.addWidget(self.state, 0, Qt.AlignmentFlag.AlignTop)  # beside the first line of a long name
        row.addWidget(self.use)
        row.addWidget(self.more)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 6, 6, 10)
        column.setSpacing(0)
        column.addLayout(row)
        # Only now: without a parent they would show as windows of their own.
        self.state.setVisible(bool(state) and state != DISCARDED)
        self.use.setVisible(state in ("", DISCARDED))
        for line in lines_of(model):
            column.addWidget(heading(line, CAPTION, muted=True, wrap=True))
        if note:
            column.addWidget(heading(note, CAPTION, wrap=True))
        self.setAccessibleName(", ".join([model.name, state or "on the shelf", *lines_of(model), note]).strip(", "))
        self.use.clicked.connect(lambda: self.used.emit(self.model_id))
        self._is_base = model.is_base

    def set_chosen(self, chosen: bool) -> None:
        self.setProperty("chosen", chosen)
        self.style().unpolish(self)
        self.style().polish(self)

    def menu(self) -> QMenu:
        """What can be done with this version beside using it."""
        menu = QMenu(self)
        acts = [("compare", "&Compare with…"), ("note", "&Note…"), ("branch", "&Train against this version")]
        acts += [("evaluate", "Compare with a file of &labels…")]
        own = [("rerun", "&Repeat the training…"), ("export", "&Export as a file…")]
        for what, words in acts + ([] if self._is_base else own):
            menu.addAction(words).triggered.connect(lambda _, what=what: self.asked.emit(what, self.model_id))
        return menu

    def _menu(self) -> None:
        menu = self.menu()
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(self.more.mapToGlobal(self.more.rect().bottomLeft()))

    def mousePressEvent(self, event) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self.chosen.emit(self.model_id)

    def keyPressEvent(self, event) -> None:
        if event.key() == Qt.Key.Key_Space:
            self.chosen.emit(self.model_id)
        else:
            super().keyPressEvent(event)


def lines_of(model: ModelInfo) -> list[str]:
    """What a card says of a version: what it was made from, when, what it showed."""
    summary = model.summary
    if summary is None:
        return [f"{counted(len(model.statements), 'statement')}, none of your labels"]
    made = f"{summary.began_at} + your {counted(summary.n_labelled, 'ECG')}"
    took = f", took {_minutes(summary.seconds)}" if summary.seconds else ""
    lines = [made, f"{moment(model.created_utc)}{took}"]
    change = summary.comparison.difference
    if change is not None:
        against = f" against {summary.against}" if summary.against else ""
        lines.append(f"mean change of AUC {change:+.2f}{against}".replace("-", "−"))
    return lines


def moment(utc: str) -> str:
    """ "today 14:06", "5 Feb 2020 11:39"; as it stands where it is no time."""
    try:
        at = datetime.fromisoformat(utc.replace("Z", "+00:00"))
    except ValueError:
        return utc[:16]
    at = (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone()
    days = (datetime.now().astimezone().date() - at.date()).days
    day = {0: "today", 1: "yesterday"}.get(days, f"{at.day} {at:%b %Y}")
    return f"{day} {at:%H:%M}"


def _minutes(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 90 else f"{seconds / 60:.0f} min"


class ShelfColumn(QFrame):
    """All versions, the newest first.

    chosen(model_id), used(model_id), asked(what, model_id) : of a card;  what : compare, note, branch, evaluate, rerun,
    export
    train_wanted : the button;  import_wanted : a version comes from a file
    """

    chosen = Signal(str)
    used = Signal(str)
    asked = Signal(str, str)
    train_wanted = Signal()
    import_wanted = Signal()

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.setObjectName("shelf")
        self._session, self._theme = session, LIGHT
        self.cards: dict[str, VersionCard] = {}
        self.import_ = link("Import a file…", "import_version", "Import a version from a file")
        self.train = named(QPushButton(), "train", "Improve the model with my labels")
        self.train.setMinimumHeight(BUTTON_PRIMARY)
        self.train.setEnabled(False)  # until the labels are counted
        self.sentence = named(heading(size=CAPTION, muted=True, wrap=True), "train_sentence", "What training needs")
        head = QHBoxLayout()
        head.addWidget(heading("Versions", SECTION), 1)
        head.addWidget(self.import_)
        self._list = QWidget()
        self._column = QVBoxLayout(self._list)
        self._column.setContentsMargins(FOCUS_RING, FOCUS_RING, 4, FOCUS_RING)
        self._column.setSpacing(8)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setWidget(self._list)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 12, 12, 12)
        column.setSpacing(8)
        column.addLayout(head)
        column.addWidget(scroll, 1)
        column.addWidget(self.train)
        column.addWidget(self.sentence)
        self.train.clicked.connect(self.train_wanted)
        self.import_.clicked.connect(self.import_wanted)

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        for card in self.cards.values():
            card.more.setIcon(icons.icon("dots-three", theme.color("muted"), ICON))
        icons.put_before_words(self.train, "play-fill", theme.text)

    def fill(self, chosen: str) -> None:
        """Make the cards again."""
        for card in self.cards.values():
            self._column.removeWidget(card)
            card.hide()
            card.deleteLater()
        while self._column.count():
            self._column.takeAt(0)
        active = self._session.active_model()
        self.cards = {}
        for model in reversed(self._session.models()):
            is_active = active is not None and model.id == active.id
            state = ACTIVE if is_active else STATES.get(model.status, "")
            card = VersionCard(model, state, self._session.shelf.note(model.id))
            card.chosen.connect(self.chosen)
            card.used.connect(self.used)
            card.asked.connect(self.asked)
            self.cards[model.id] = card
            self._column.addWidget(card)
        self._column.addStretch(1)
        self.mark(chosen)
        self.set_theme(self._theme)

    def mark(self, model_id: str) -> None:
        for card in self.cards.values():
            card.set_chosen(card.model_id == model_id)

    def show_ready(self, n: int, why: str | None, sentence: str) -> None:
        """n : ECGs to learn from; why : it cannot start, None where it can"""
        self.train.setText(f"Improve with my {counted(n, 'ECG') if n else 'labels'}")
        if why is not None:
            release_focus(self.train)  # else the next button has it: while a training runs the one that discards
        self.train.setEnabled(why is None)
        self.sentence.setText(why or sentence)


def file_name(model: ModelInfo) -> str:
    """What a version's file is called by default."""
    return f"{''.join(c if c.isalnum() or c in ' -_' else '_' for c in model.name).strip()[:60] or 'version'}.zip"
