"""One recent project on the start page."""

from __future__ import annotations

from datetime import datetime, timedelta

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QMenu, QProgressBar, QPushButton, QToolButton, QVBoxLayout

from cessl_gui.ui.parts import icons, tokens
from cessl_gui.ui.parts.plain_text import PlainLabel, plain
from cessl_gui.ui.parts.theme import font
from cessl_gui.ui.parts.tokens import Theme
from cessl_gui.ui.parts.widgets import ElidedLabel, named
from cessl_gui.ui.shell.start_page.recents import Recent

CARD_WIDTH = 376


class ProjectCard(QFrame):
    """Name, how far the reading is, the model, and a button that goes on.

    opened(folder), forgotten(folder)
    """

    opened = Signal(str)
    forgotten = Signal(str)

    def __init__(self, recent: Recent, *, is_first: bool) -> None:
        """is_first : the one that was open last; its button is the primary one"""
        super().__init__()
        self.setObjectName("card")
        self.recent = recent
        self.setFixedWidth(CARD_WIDTH)
        self.setToolTip(plain(recent.folder))
        self.name = ElidedLabel()
        self.name.setText(recent.name)
        self.name.setFont(font(tokens.SECTION))
        self.name.set_bold(True)
        self.when = PlainLabel(day_words(recent.at))
        self.when.setProperty("muted", True)
        self.bar = named(QProgressBar(), "card_progress", f"{recent.read} of {recent.total} read")
        self.bar.setRange(0, max(1, recent.total))
        self.bar.setValue(recent.read)
        self.bar.setTextVisible(False)
        self.bar.setFixedHeight(4)
        self.count = PlainLabel(f"{recent.read} of {recent.total} read" if recent.total else "no ECGs yet")
        self.facts = PlainLabel(facts(recent))
        self.facts.setProperty("muted", True)
        self.button = named(QPushButton(go_on(recent)), "card_open", f"{go_on(recent)}, {recent.name}")
        self.button.setMinimumHeight(tokens.BUTTON)
        self.button.setProperty("primary", is_first)
        self.button.clicked.connect(lambda: self.opened.emit(recent.folder))
        self.more = named(QToolButton(), "card_more", f"More about {recent.name}", "More")
        self.more.setProperty("quiet", True)
        self.more.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        menu = QMenu(self.more)
        menu.addAction("Remove from this list", lambda: self.forgotten.emit(recent.folder))
        self.more.setMenu(menu)
        self._lay_out()

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 12, 16, 16)
        column.setSpacing(8)
        for parts in (
            ((self.name, 1), (self.when, 0)),
            ((self.bar, 1), (self.count, 0)),
            ((self.facts, 1),),
            ((self.button, 0), (None, 1), (self.more, 0)),
        ):
            row = QHBoxLayout()
            for part, share in parts:
                row.addStretch(share) if part is None else row.addWidget(part, share)
            if parts[0][0] is self.button:
                column.addStretch(1)  # a card beside a higher one keeps its lines together
            column.addLayout(row)

    def mark_missing(self) -> None:
        """The folder is not there now, as on a drive that is not connected."""
        self.facts.setText("The folder is not there. Connect its drive, or remove it from this list.")
        self.facts.setWordWrap(True)
        self.button.setEnabled(False)

    def set_theme(self, theme: Theme) -> None:
        self.more.setIcon(icons.icon("dots-three", theme.text))


def facts(recent: Recent) -> str:
    """The model, and what was put off."""
    parts = [f"{recent.model} active" if recent.model else "No model yet"]
    if recent.deferred:
        parts.append(f"{recent.deferred} deferred")
    return " · ".join(parts)


def go_on(recent: Recent) -> str:
    """Where the reading goes on."""
    if recent.total == 0:
        return "Open"
    return "Open the worklist" if recent.read >= recent.total else f"Go on at {recent.read + 1} of {recent.total}"


def day_words(at: datetime, now: datetime | None = None) -> str:
    """E.g. "today 11:42", "yesterday", "24 Nov", "24 Nov 2024"."""
    now = now or datetime.now().astimezone()
    if at.date() == now.date():
        return f"today {at:%H:%M}"
    if at.date() == (now - timedelta(days=1)).date():
        return "yesterday"
    return f"{at.day} {at:%b}" + ("" if at.year == now.year else f" {at.year}")
