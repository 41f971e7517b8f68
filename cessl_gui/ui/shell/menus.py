"""The menu bar: every action of the window with its keys, and the choices of which one entry holds."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Slot
from PySide6.QtGui import QAction, QActionGroup, QKeySequence
from PySide6.QtWidgets import QMenu

from cessl_gui.core.types import Change
from cessl_gui.ui.parts.plain_text import literal, plain
from cessl_gui.ui.parts.theme import CHOICES
from cessl_gui.ui.shell.help import AboutDialog, KeysDialog
from cessl_gui.ui.shell.keys import KEYS, REPEATED, all_keys

if TYPE_CHECKING:
    from cessl_gui.bridge.session import Session
    from cessl_gui.ui.shell.window import MainWindow

BLIND = {
    "first read": "Hide predictions and the file's diagnosis until the first reading is confirmed",
    "always": "Always hide them until confirmed",
    "off": "Never hide them",
}
UNCERTAIN = {
    "": "Left out of training",
    "present": "Learned as present",
    "absent": "Learned as absent",
}


class Menus(QObject):
    """Fills the menu bar of a window whose parts are there, and keeps it true.

    actions : name -> its entry; the names are those of keys.KEYS and more
    choices : name -> the entries of which one holds: "theme", "backbone", "blind", "uncertain"
    """

    def __init__(self, window: MainWindow, session: Session) -> None:
        super().__init__(window)
        self._window, self._session = window, session
        self.actions: dict[str, QAction] = {}
        self.choices: dict[str, QActionGroup] = {}
        self._build()
        session.changed.connect(self._on_changed)
        for kind in ("undo", "settings", "models"):
            self._on_changed(Change(kind))

    def _build(self) -> None:
        window, session = self._window, self._session
        page, labels, records = window.page, window.labels, window.records
        entries = {
            "&File": (
                ("new", "Ne&w project ...", window.new_project),
                ("open", "&Open project ...", window.open_project),
                ("import", "&Import folder ...", window.import_folder),
                ("import_files", "Import &files ...", window.import_files),
                ("watch", "Wa&tch a folder ...", window.watch),
                ("preview", "&Preview files ...", window.preview),
                ("quarantine", "Files that could &not be read ...", window.show_quarantine),
                ("export", "&Export labels and predictions ...", window.export),
                ("save_page", "&Save the page as ...", page.ask_and_write),
                ("quit", "&Close", window.close),
            ),
            "&Edit": (
                ("undo", "&Undo", lambda: window.step_history("undo")),
                ("redo", "&Redo", lambda: window.step_history("redo")),
                ("find_statement", "Find a &statement", window.find_statement),
                ("search", "&Search records", window.search_records),
                ("next_part", "To the next &part of the window", window.next_part),
                ("other_part", "Re&cord list or statements", window.parts.switch_side),
            ),
            "&Reading": (
                ("statement_below", "Statement &below", lambda: labels.step_statement(1)),
                ("statement_above", "Statement abo&ve", lambda: labels.step_statement(-1)),
                ("next", "&Next record", lambda: records.step(1)),
                ("previous", "&Previous record", lambda: records.step(-1)),
                ("confirm_next", "&Confirm and next", labels.confirm_next),
                ("confirm", "Confirm and sta&y", labels.confirm),
                ("reopen", "&Reopen", labels.reopen),
                ("normal_next", "N&ormal and next", labels.normal_next),
                ("rest_absent", "Rest &absent", labels.rest_absent),
                ("defer_next", "&Defer and next", labels.defer_next),
                ("exclude", "E&xclude or include", labels.exclude),
                ("reveal", "&Show prediction", labels.reveal),
            ),
            "&View": (
                ("influence", "&Influence on the page", page.choices.influence.toggle),
                ("compare", "&Compare with an earlier ECG", page.next_comparing),
            ),
            "&Model": (
                ("train", "&Improve the model with my labels", window.training.train),
                ("result", "&Before and after", window.show_result),
                ("models", "Model &versions ...", window.show_models),
            ),
            "&Help": (
                ("keys", "&Keys", lambda: KeysDialog(all_keys(), window).show()),
                ("about", "&About", lambda: AboutDialog(window).show()),
            ),
        }
        menus = {}
        for title, rows in entries.items():
            menus[title] = window.menuBar().addMenu(title)
            for row in rows:
                menus[title].addAction(self._action(*row))
        view = menus["&View"]
        # The page's own chips hold these choices; the menu opens the same ones.
        for title, chip in (
            ("&Layout", page.choices.layout_chip),
            ("S&peed", page.choices.speed_chip),
            ("&Gain", page.choices.gain_chip),
            ("&Filters", page.choices.filter_chip),
            ("Si&ze on this screen", page.choices.size_chip),
        ):
            chip.menu().setTitle(title)
            view.addMenu(chip.menu())
        view.addAction(self._action("measurements", "&Measurements", window.measurements.open))
        # Undo in the measurements' own window too: there marks are moved.
        window.measurements.addActions([self.actions["undo"], self.actions["redo"]])
        view.addMenu(self._choice("theme", "&Theme", CHOICES, window.set_theme))
        backbones = {name: name for name in session.backbones()}
        menus["&Model"].addMenu(self._setting("backbone", "&Starting model", backbones))
        menus["&Model"].addMenu(self._setting("uncertain", "&Uncertain labels", UNCERTAIN))
        menus["&Reading"].addSeparator()
        menus["&Reading"].addMenu(self._setting("blind", "&Blind reading", BLIND))

    def _action(self, name: str, text: str, act: Callable) -> QAction:
        action = QAction(text, self._window)
        action.setObjectName(f"action_{name}")
        if name in KEYS:
            action.setShortcuts([QKeySequence(key) for key in KEYS[name][0]])
        action.setAutoRepeat(name in REPEATED)
        action.triggered.connect(lambda _=False: act())
        self.actions[name] = action
        return action

    def _choice(self, name: str, title: str, options: dict[str, str], act: Callable[[str], None]) -> QMenu:
        """A submenu of which one entry holds; `act` gets its key."""
        menu = QMenu(title, self._window)
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

    @Slot(object)
    def _on_changed(self, change: Change) -> None:
        session = self._session
        if change.kind == "undo":
            for name, words, text in (("undo", session.can_undo, "&Undo"), ("redo", session.can_redo, "&Redo")):
                self.actions[name].setText(f"{text} {literal(words)}".strip())
                self.actions[name].setToolTip(plain(f"{text[1:]} {words}".strip()))
                self.actions[name].setEnabled(bool(words))
        elif change.kind == "settings":
            watched = str(session.setting("watched", ""))
            stop = f"Stop watching {literal(Path(watched).name)}"
            self.actions["watch"].setText(stop if watched else "Wa&tch a folder ...")
            self.mark("blind", str(session.setting("blind", "first read")))
            self.mark("uncertain", session.uncertain() or "")
            self.mark("backbone", session.backbone())
        elif change.kind == "models":
            self.actions["result"].setEnabled(session.candidate() is not None)
            self.mark("backbone", session.backbone())
