"""Saved filters as chips, each with how many records it has."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QButtonGroup, QInputDialog, QMenu, QToolButton, QWidget

from cessl_gui.bridge.worklist import UNREAD, Filter
from cessl_gui.core.types import ReadingState
from cessl_gui.ui.parts import tokens
from cessl_gui.ui.parts.flow import FlowLayout
from cessl_gui.ui.parts.plain_text import literal, plain
from cessl_gui.ui.parts.widgets import named

if TYPE_CHECKING:
    from cessl_gui.bridge.session import Session

SETTING = "worklist_filters"  # of the project: a list of {name, filter}
LONGEST_NAME, MOST = 30, 12
KEEP = "Save what is shown now as a filter"
BUILT_IN = {
    "Unread": Filter(states=UNREAD),
    "Deferred": Filter(states=(ReadingState.DEFERRED,)),
    "Confirmed": Filter(states=(ReadingState.CONFIRMED,)),
    "Excluded": Filter(states=(ReadingState.EXCLUDED,)),
    "Not predicted": Filter(unpredicted=True),
    "Disagreements": Filter(disagreeing=True),
    "All": Filter(),
}


class Chips(QWidget):
    """chosen(Filter) : a chip was clicked"""

    chosen = Signal(object)

    def __init__(self, session: Session, count: Callable[[Filter], int]) -> None:
        super().__init__()
        self.setObjectName("worklist_chips")
        self._session, self._count = session, count
        self._group = QButtonGroup(self)
        self.buttons: dict[str, QToolButton] = {}
        self._filters: dict[str, Filter] = {}
        self._current = Filter()
        self._row = FlowLayout(self)
        self._row.setSpacing(6)
        self.save = named(QToolButton(), "save_filter", "Save this filter", KEEP)
        self.save.setText("+ Save this filter")
        self.save.setProperty("chip", True)
        self.save.setMinimumHeight(tokens.CHIP)
        self.save.clicked.connect(self._save)
        self._row.addWidget(self.save)
        self.fill()

    def fill(self) -> None:
        """Read the saved filters again, and count again."""
        self._filters = {**BUILT_IN, **saved(self._session)}
        for name in [name for name in self.buttons if name not in self._filters]:
            self._group.removeButton(self.buttons[name])
            self.buttons.pop(name).deleteLater()
        for name in self._filters:
            if name not in self.buttons:
                self._add(name)
        self.recount()
        self.mark(self._current)

    def recount(self) -> None:
        for name, button in self.buttons.items():
            number = self._count(self._filters[name])
            button.setText(f"{literal(name)}  {number}")
            button.setAccessibleName(f"{name}, {number} ECGs")

    def mark(self, shown: Filter, *, is_restricted: bool = False) -> None:
        """Show which chip holds; none where something else is looked for, or chosen ECGs alone are shown."""
        self._current = shown
        bare = Filter(shown.text, shown.states, shown.code if shown.said else "", shown.said, *_rest(shown))
        name = next((name for name, wanted in self._filters.items() if wanted == bare and not is_restricted), "")
        self._group.setExclusive(False)
        for other, button in self.buttons.items():
            button.setChecked(other == name)
        self._group.setExclusive(True)
        why = ""
        if name or is_restricted:
            why = "Filter by a statement or search first: what is shown now has its filter, or was chosen one by one"
        elif len(self._filters) >= len(BUILT_IN) + MOST:
            why = f"{MOST} filters are kept already; delete one by a right click on its chip"
        self.save.setEnabled(not why)
        self.save.setToolTip(plain(why or KEEP))

    def _add(self, name: str) -> None:
        button = QToolButton()
        button.setObjectName(f"chip_{name}")
        button.setCheckable(True)
        button.setProperty("chip", True)
        button.setMinimumHeight(tokens.CHIP)
        button.clicked.connect(lambda: self.chosen.emit(self._filters[name]))
        if name not in BUILT_IN:
            button.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
            button.customContextMenuRequested.connect(lambda at: self._menu(name).popup(button.mapToGlobal(at)))
        self.buttons[name] = button
        self._group.addButton(button)
        self._row.insert_widget(self._row.indexOf(self.save), button)

    def _menu(self, name: str) -> QMenu:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addAction("Delete this filter", lambda: self.keep(name, None))
        return menu

    def _save(self) -> None:
        name, ok = QInputDialog.getText(self, "Save this filter", "Name of the filter")
        if ok:
            self.keep(name, self._current)

    def keep(self, name: str, wanted: Filter | None) -> None:
        """Keep a filter under a name, in the project; None deletes it."""
        name = " ".join(name.split())[:LONGEST_NAME]
        if not name or name in BUILT_IN:
            return
        kept = saved(self._session)
        if wanted is None:
            kept.pop(name, None)
        else:
            kept[name] = wanted
        rows = [{"name": name, "filter": one.to_json()} for name, one in kept.items()]
        self._session.set_setting(SETTING, rows)
        self.fill()


def saved(session: Session) -> dict[str, Filter]:
    """The filters kept in the project by name; what cannot be one is left out."""
    kept = {}
    rows = session.setting(SETTING, [])
    for row in rows if isinstance(rows, list) else []:
        try:
            name, wanted = str(row["name"])[:LONGEST_NAME], Filter.from_json(row["filter"])
        except (KeyError, TypeError, ValueError, json.JSONDecodeError):
            continue
        if name and name not in BUILT_IN and len(kept) < MOST:
            kept[name] = wanted
    return kept


def _rest(shown: Filter) -> tuple[bool, bool]:
    return shown.unpredicted, shown.disagreeing
