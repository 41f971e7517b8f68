"""The menu: every action of the window, and the choices of which one entry holds."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal, Slot
from PySide6.QtGui import QActionGroup
from PySide6.QtWidgets import QMenu, QWidget

from cessl_gui.core.changes import Change, ChangeKind
from cessl_gui.ui.parts.plain_text import literal, plain
from cessl_gui.ui.parts.theme import CHOICES
from cessl_gui.ui.shell.commands.actions import Actions

if TYPE_CHECKING:
    from cessl_gui.bridge.session import Session

NAMED_AFTER_MS = 200  # since the last act: to say what it was would take a reader's time at each key
BLIND = {
    "first read": "Hide predictions and the file's diagnosis until the first reading is confirmed",
    "always": "Always hide them until confirmed",
    "off": "Never hide them",
}
NEXT = {
    "in order": "The next one of the list",
    "queue": "Of the queue: uncertain, disputed and rare ones, and random controls; reasons hidden",
    "queue with reasons": "Of the queue, reasons shown: readings are recorded as primed",
}
UNCERTAIN = {
    "": "Left out of training",
    "present": "Learned as present",
    "absent": "Learned as absent",
}
# The names of the actions in each menu; "" is a line between them.
MENUS = {
    "&File": (
        "new",
        "open",
        "start_page",
        "",
        "import",
        "import_files",
        "import_labels",
        "import_marks",
        "watch",
        "preview",
        "quarantine",
        "",
        "export",
        "predict_folder",
        "report",
        "save_page",
        "print_page",
        "",
        "check",
        "remove",
        "",
        "quit",
    ),
    "&Edit": ("undo", "redo", "", "find_statement", "search", "next_part"),
    "&Reading": (
        "statement_below",
        "statement_above",
        "next",
        "previous",
        "",
        "confirm_next",
        "confirm",
        "reopen",
        "normal_next",
        "rest_absent",
        "defer_next",
        "exclude",
        "reveal",
        "",
        "mark",
        "note",
    ),
    "&View": (
        "room_read",
        "room_worklist",
        "room_model",
        "room_statements",
        "room_history",
        "",
        "evidence",
        "influence",
        "compare",
        "measurements",
        "calipers",
        "crosshair",
        "march_out",
        "higher_gain",
        "lower_gain",
    ),
    "&Model": ("train", "result", "models"),
    "&Team": ("readers", "conflicts", "numbers", "", "sync", "write_bundle", "merge_bundle"),
    "&Help": ("help", "tour", "keys", "settings", "about"),
}


class Menus(QObject):
    """Builds the menu of a window whose actions are there, and keeps it true.

    whole   : the menu that the rail's button opens
    choices : name -> the entries of which one holds: "theme", "backbone", "blind", "uncertain"
    theme_chosen(name)
    """

    theme_chosen = Signal(str)

    def __init__(self, window: QWidget, session: Session, actions: Actions) -> None:
        super().__init__(window)
        self._session, self.actions = session, actions
        self.choices: dict[str, QActionGroup] = {}
        self.whole = QMenu(window)
        self.whole.setObjectName("menu")
        self._menus = {title: self.whole.addMenu(title) for title in MENUS}
        for title, names in MENUS.items():
            for name in names:
                if name:
                    self._menus[title].addAction(actions[name])
                else:
                    self._menus[title].addSeparator()
        self._add_choices()
        session.changed.connect(self._on_changed)
        self._naming = QTimer(self, singleShot=True, interval=NAMED_AFTER_MS)
        self._naming.timeout.connect(self._name_steps)
        self._menus["&Edit"].aboutToShow.connect(self._name_steps)
        self._name_steps()
        for kind in (ChangeKind.SETTINGS, ChangeKind.MODELS):
            self._on_changed(Change(kind))

    def _add_choices(self) -> None:
        theme = self._choice("theme", "&Theme", CHOICES, self.theme_chosen.emit)
        self._menus["&View"].addMenu(theme)
        backbones = {name: name for name in self._session.backbones()}
        self._menus["&Model"].addMenu(self._setting("backbone", "&Starting model", backbones))
        self._menus["&Model"].addMenu(self._setting("uncertain", "&Uncertain labels", UNCERTAIN))
        self._menus["&Reading"].addSeparator()
        self._menus["&Reading"].addMenu(self._setting("blind", "&Blind reading", BLIND))
        self._menus["&Reading"].addMenu(self._setting("reading order", "Ne&xt ECG", NEXT))

    def add_to_view(self, menus: Iterable[tuple[str, QMenu]]) -> None:
        """Offer the choices of another part, which shows the same menus at its own buttons."""
        for title, menu in menus:
            menu.setTitle(title)
            self._menus["&View"].addMenu(menu)

    def _choice(self, name: str, title: str, options: dict[str, str], act: Callable[[str], object]) -> QMenu:
        """A submenu of which one entry holds; `act` gets its key."""
        menu = QMenu(title, self.whole)
        group = QActionGroup(self)
        for key, text in options.items():
            action = menu.addAction(text)
            action.setCheckable(True)
            action.setData(key)
            group.addAction(action)
        group.triggered.connect(lambda action: act(action.data()))
        self.choices[name] = group
        return menu

    def _setting(self, name: str, title: str, options: dict[str, str]) -> QMenu:
        return self._choice(name, title, options, lambda key: self._session.set_setting(name, key))

    def mark(self, name: str, key: str) -> None:
        """Tick the entry of a choice that holds."""
        for action in self.choices[name].actions():
            action.setChecked(action.data() == key)

    @Slot()
    def _name_steps(self) -> None:
        """Say in the menu what Undo and Redo would do."""
        self._naming.stop()
        session = self._session
        for name, words, text in (("undo", session.can_undo, "&Undo"), ("redo", session.can_redo, "&Redo")):
            self.actions[name].setText(f"{text}: {literal(words)}" if words else text)
            self.actions[name].setToolTip(plain(f"{text[1:]}: {words}" if words else text[1:]))
            self.actions[name].setEnabled(bool(words))

    @Slot(object)
    def _on_changed(self, change: Change) -> None:
        session = self._session
        if change.kind == ChangeKind.UNDO:
            for name in ("undo", "redo"):
                self.actions[name].setEnabled(True)  # the key works at once
            self._naming.start()
        elif change.kind == ChangeKind.SETTINGS:
            watched = str(session.setting("watched", ""))
            stop = f"Stop watching {literal(Path(watched).name)}"
            self.actions["watch"].setText(stop if watched else "Wa&tch a folder…")
            self.mark("blind", str(session.setting("blind", "first read")))
            self.mark("uncertain", session.uncertain() or "")
            self.mark("reading order", str(session.setting("reading order", "in order")))
            self.mark("backbone", session.backbone())
        elif change.kind == ChangeKind.MODELS:
            self.actions["result"].setEnabled(session.candidate() is not None)
            self.mark("backbone", session.backbone())


def page_menus(page):
    """The menus of the page's own buttons, with their titles in the View menu."""
    return (
        ("&Layout", page.toolbar.menus.layout),
        ("S&peed", page.toolbar.menus.speed),
        ("&Gain", page.toolbar.menus.gain),
        ("&Filters", page.toolbar.menus.filter),
        ("Si&ze on this screen", page.footer.size_button.menu()),
    )
