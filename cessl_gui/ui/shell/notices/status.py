"""The status bar: what was saved when, what was read last, what runs, which model, who reads."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QFrame, QHBoxLayout, QWidget

from cessl_gui import RESEARCH_USE_ONLY
from cessl_gui.core.changes import Change, ChangeKind
from cessl_gui.ui.parts import icons, tokens
from cessl_gui.ui.parts.plain_text import PlainLabel
from cessl_gui.ui.parts.theme import font
from cessl_gui.ui.parts.tokens import LIGHT, Theme
from cessl_gui.ui.parts.widgets import ElidedLabel, named
from cessl_gui.ui.shell.notices.job_strip import JobStrip

if TYPE_CHECKING:
    from cessl_gui.bridge.session import Session

HIDING = (ChangeKind.READING, ChangeKind.SETTINGS)  # what may hide an opinion again
NOT_SAVED, DISK_FULL = "Not saved", "Disk full"


class StatusBar(QFrame):
    """Each of its places is fixed; words that need more room than there is are whole in their tooltip."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("status_bar")
        self.setFixedHeight(tokens.STATUS_BAR)
        self._session, self._theme, self._last_read = session, LIGHT, ""
        self.saved_mark = PlainLabel()
        self.saved = named(PlainLabel(), "saved", "Saved")
        self.last_read = named(ElidedLabel(), "last_read", "What was read last")
        self.jobs = JobStrip(session)
        self.model = named(ElidedLabel(), "active_model", "Active model")
        self.reader = named(PlainLabel(f"Reader {session.reader}"), "reader", "Reader")
        self.research_note = named(
            PlainLabel("Research use only"), "research_note", RESEARCH_USE_ONLY, RESEARCH_USE_ONLY
        )
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(12, 0, 12, 0)
        self._row.setSpacing(tokens.TOAST_MARGIN)
        for part, share in (
            (self.saved, 0),
            (self.last_read, 4),
            (self.jobs, 3),
            (self.model, 2),
            (self.reader, 0),
            (self.research_note, 0),
        ):
            self._row.addWidget(part, share)
        self._row.insertWidget(0, self.saved_mark)
        self._row.setSpacing(12)
        session.changed.connect(self._on_changed)
        session.saved.connect(self.show_saved)
        self.set_theme(LIGHT)
        self.show_saved(None)
        self._on_changed(Change(ChangeKind.MODELS))

    def add_pill(self, pill: QWidget) -> None:
        """Give the training its place, left of the model."""
        self._row.insertWidget(self._row.indexOf(self.model), pill)

    def show_last_read(self, words: str, record_id: str) -> None:
        """What the reader confirmed last, and what model and file say of it, as long as that may be seen."""
        self.last_read.setText(words)
        self._last_read = record_id

    @Slot(str)
    def show_saved(self, at: str | None) -> None:
        """at : when the last edit was committed; "" where it was refused, None before the first"""
        refused = DISK_FULL if self._session.disk_is_full else NOT_SAVED
        self.saved.setText("All saved" if at is None else f"Saved {at}" if at else refused)
        self._dress_saved()

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.setStyleSheet(
            f"#status_bar {{ background: {theme.window}; border-top: 1px solid {theme.border}; }}"
            f"#status_bar QLabel {{ color: {theme.muted}; font-size: {tokens.CAPTION.size_px}px; }}"
        )
        self._dress_saved()

    def _dress_saved(self) -> None:
        refused = self.saved.text() in (NOT_SAVED, DISK_FULL)
        self.saved_mark.setPixmap(
            icons.pixmap(
                "warning" if refused else "check-circle",
                self._theme.warning if refused else self._theme.text,
                tokens.ICON_SMALL,
            )
        )
        self.saved.setStyleSheet(f"color: {self._theme.warning if refused else self._theme.text};")
        self.saved.setFont(font(tokens.CAPTION))

    @Slot(object)
    def _on_changed(self, change: Change) -> None:
        last = self._last_read
        if last and change.kind in HIDING and not self._session.prediction_shown(last):
            self.show_last_read("", "")
        if change.kind == ChangeKind.MODELS:
            active = self._session.active_model()
            # The base model's name says where it is from.
            origin = f": {active.origin}" if active and not active.is_base else ""
            self.model.setText(f"{active.name} active{origin}" if active else "No model yet")
