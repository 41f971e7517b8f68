"""The rooms of the window, each made when it is first shown."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QApplication, QStackedWidget, QWidget

from cessl_gui.ui.parts.tokens import LIGHT, Theme
from cessl_gui.ui.shell.main_rooms.room_rail import RoomRail


@dataclass(frozen=True)
class Room:
    """How the rail shows a room.

    tip      : see parts.key_tips
    is_below : at its lower end, apart from the rooms of the work
    """

    word: str
    icon: str
    tip: str
    is_below: bool = False


ROOMS = {
    "read": Room("Read", "heartbeat", "Read ECGs and label them [ ({room_read})]"),
    "worklist": Room("Worklist", "list-checks", "All ECGs, to sort, filter and choose [ ({room_worklist})]"),
    "model": Room("Model", "brain", "Train a model on your labels, and compare versions [ ({room_model})]"),
    "statements": Room(
        "Statements", "tag", "Choose, order and group the statements of this project [ ({room_statements})]"
    ),
    "history": Room("History", "clock-counter-clockwise", "Who entered what, and when [ ({room_history})]"),
    "help": Room("Help", "question", "The manual, the keys [ ({help})]", is_below=True),
    "settings": Room("Settings", "gear", "Blind reading, theme, text size, dates, keys [ ({settings})]", is_below=True),
}

KEYS, ABOUT = "Keys", "About and licences"  # pages of Help


class Rooms(QStackedWidget):
    """Shows one room at a time. A room that nobody offers is not in the rail. shown(name) : a room came into sight"""

    shown = Signal(str)

    def __init__(self, rail: RoomRail) -> None:
        super().__init__()
        self.setObjectName("rooms")
        self._rail = rail
        self._makers: dict[str, Callable[[], QWidget]] = {}
        self._made: dict[str, QWidget] = {}
        self._theme = LIGHT
        rail.chosen.connect(self.show_room)

    def offer(self, name: str, make: Callable[[], QWidget]) -> None:
        """Put a room into the rail. name : one of ROOMS;  make : builds it, when it is first wanted"""
        room = ROOMS[name]
        self._makers[name] = make
        self._rail.add(name, room.word, room.icon, room.tip, below=room.is_below)

    def keep(self, room: QWidget) -> None:
        """Hold a room that is there before it is wanted: it goes with the window, also where it was never shown."""
        room.hide()
        room.setParent(self)

    def __iter__(self):
        return iter(self._makers)

    def __getitem__(self, name: str) -> QWidget:
        """The room, made now if it was not there."""
        if name not in self._made:
            room = self._makers[name]()
            self._made[name] = room
            self._dress(room)  # before it is in the window, where each of its parts would be styled twice
            self.addWidget(room)
        return self._made[name]

    @property
    def current(self) -> str:
        """The name of the room in sight."""
        return next((name for name, room in self._made.items() if room is self.currentWidget()), "")

    @Slot(str)
    def show_room(self, name: str) -> None:
        self.setCurrentWidget(self[name])
        focus = QApplication.focusWidget()
        if focus is not None and not focus.isVisible():  # what had it in this room is hidden by now
            self.window().setFocus()
        self._rail.mark(name)
        self.shown.emit(name)

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        for room in self._made.values():
            self._dress(room)

    def _dress(self, room: QWidget) -> None:
        if hasattr(room, "set_theme"):
            room.set_theme(self._theme)
