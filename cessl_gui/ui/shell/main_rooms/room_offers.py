"""The rooms of the main window and how each is made. But for Read and Worklist they are loaded when first opened."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QWidget

from cessl_gui.ui.shell.commands.keys import all_keys
from cessl_gui.ui.shell.commands.shown_keys import show_keys

if TYPE_CHECKING:
    from cessl_gui.bridge.session import Session
    from cessl_gui.ui.shell.window import MainWindow


def offer_rooms(window: MainWindow, session: Session) -> None:
    """Put the rooms into the rail, in this order."""
    offer = window.rooms.offer
    offer("read", lambda: window.read)
    window.rooms.keep(window.worklist)
    offer("worklist", lambda: window.worklist)
    offer("model", lambda: _model(window, session))
    offer("statements", lambda: _statements(session))
    offer("history", lambda: _history(window, session))
    offer("help", lambda: _help(window, session))
    offer("settings", lambda: _settings(window, session))


def _model(window: MainWindow, session: Session) -> QWidget:
    from cessl_gui.ui.training.view import ModelView

    room = ModelView(session)
    room.opened.connect(window.open_from_room)
    room.listed.connect(window.list_records)
    room.said.connect(window.toasts.say)
    return room


def _statements(session: Session) -> QWidget:
    from cessl_gui.ui.reading.editor import StatementsView

    return StatementsView(session)


def _history(window: MainWindow, session: Session) -> QWidget:
    from cessl_gui.ui.worklist.history import HistoryView

    room = HistoryView(session, lambda: window.labels.record_id)
    room.opened.connect(window.open_from_room)
    return room


def _help(window: MainWindow, session: Session) -> QWidget:
    from cessl_gui.ui.shell.main_rooms.help_room import HelpRoom

    room = HelpRoom(all_keys, lambda: _counts(window, session))
    room.tour_wanted.connect(window.tour.start)
    room.said.connect(window.toasts.say)
    return room


def _counts(window: MainWindow, session: Session) -> dict[str, object]:
    """The open project in numbers, for a report of a problem."""
    size = window.size()
    counts = {"records": len(session.records()), "versions of the model": len(session.models())}
    return counts | {"window": f"{size.width()} x {size.height()}", "theme": window.theme_choice}


def _settings(window: MainWindow, session: Session) -> QWidget:
    from cessl_gui.ui.shell.main_rooms.settings import SettingsRoom

    room = SettingsRoom(session, window.theme_choice)
    room.theme_chosen.connect(window.set_theme)
    room.keys_changed.connect(window.acts.read_keys)
    room.keys_changed.connect(lambda: show_keys(window))
    room.reopen_wanted.connect(window.reopen_wanted)
    room.dates_changed.connect(window.page.header.write_dates)
    room.dates_changed.connect(window.worklist.table.draw_again)
    for part in (window.page.canvas, window.measurements):
        room.units_changed.connect(part.update)
    window.menus.theme_chosen.connect(room.show_theme)
    return room
