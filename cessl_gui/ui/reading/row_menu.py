"""The menu of one statement: its answers, its key, its place in the panel."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QMenu

from cessl_gui.bridge.reader import panel
from cessl_gui.core.types import State

if TYPE_CHECKING:
    from cessl_gui.bridge.session import Session
    from cessl_gui.ui.reading.acting import Acting


def row_menu(acting: Acting, session: Session, code: str) -> QMenu:
    """The menu for one statement of the open record."""
    menu = QMenu(acting)
    for state in (State.PRESENT, State.UNCERTAIN, State.ABSENT):
        menu.addAction(str(state).capitalize(), lambda s=state: acting.say(code, s))
    menu.addAction("Not assessed", lambda: acting.say(code, None))
    menu.addSeparator()
    if code not in {statement.code for statement in session.panel()}:
        menu.addAction("Add to the panel", lambda: panel.add(session, code))
        return menu
    keys = menu.addMenu("Key")
    codes = [*panel.digits(session), *[""] * panel.DIGITS][: panel.DIGITS]
    for i, at_key in enumerate(codes):
        name = session.vocabulary()[at_key].abbreviation if at_key else ""
        action = keys.addAction(f"{i + 1}   {name}".rstrip(), lambda n=i: panel.set_digit(session, n + 1, code))
        action.setCheckable(True)
        action.setChecked(at_key == code)
    menu.addAction("Remove from the panel", lambda: panel.remove(session, code))
    return menu
