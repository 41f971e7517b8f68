"""The lower end of the panel: how many are answered, and the buttons that go on, with their keys."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QFrame, QHBoxLayout, QMenu, QVBoxLayout

from cessl_gui.bridge.reader.sight import ALWAYS
from cessl_gui.core.types import ReadingState, State
from cessl_gui.ui.parts import theme as dressing
from cessl_gui.ui.parts import tokens
from cessl_gui.ui.parts.plain_text import PlainLabel, plain
from cessl_gui.ui.parts.preferences import preferences
from cessl_gui.ui.parts.tokens import Theme
from cessl_gui.ui.parts.widgets import named, release_focus
from cessl_gui.ui.reading.acting import PAUSE
from cessl_gui.ui.reading.key_button import ENTER, KeyButton, themed
from cessl_gui.ui.reading.note_button import NoteButton

if TYPE_CHECKING:
    from cessl_gui.ui.reading.acting import Acting

GO_ON = {
    True: ("Next unread", "Open the next unread ECG"),
    False: ("Confirm and next", "Confirm, and open the next unread ECG"),
}
# name : text, key, tooltip
BUTTONS = {
    "normal_next": ("Normal", "N", "Sinus rhythm present, the rest of the panel absent, confirmed; then the next ECG"),
    "rest_absent": ("Rest absent", "A", "Label what is not assessed yet in the panel as absent"),
    "defer_next": ("Defer", "D", "Come back to this ECG later; go on with the next"),
    "reopen": ("Reopen", "Shift+C", "Open this confirmed reading to changes"),
    "include": ("Include", "X", "Include this ECG again, in the state it had before"),
}
NO_ECG, READING_ONLY = "No ECG is open.", "This project is open for reading only."
OPEN = ("normal_next", "rest_absent", "defer_next")


class Footer(QFrame):
    """Follows the open record of the panel."""

    def __init__(self, acting: Acting) -> None:
        super().__init__()
        self._acting = acting
        self.setObjectName("reading_footer")
        self.summary = named(PlainLabel(), "label_summary", "How many statements are answered")
        self.summary.setFont(dressing.font(tokens.CAPTION))
        self.summary.setFixedHeight(tokens.CHIP + 4)
        self.summary.setContentsMargins(12, 0, 12, 0)
        text, tip = GO_ON[False]
        self.buttons = {"confirm_next": named(KeyButton(text, ENTER, tip, is_primary=True), "confirm_next", text)}
        self.closed = PlainLabel("Locked")
        self.note = NoteButton()
        top = QHBoxLayout()
        top.setContentsMargins(0, 0, 8, 0)
        top.setSpacing(0)
        top.addWidget(self.summary, 1)
        top.addWidget(self.note)
        row = QHBoxLayout()
        row.setSpacing(0)
        row.addWidget(self.closed)
        for name, (text, key, tip) in BUTTONS.items():
            self.buttons[name] = named(KeyButton(text, key, tip), name, text)
            row.addWidget(self.buttons[name])
            row.addStretch(1)
        self.more = named(KeyButton("", "", "More", icon="dots-three"), "more", "More")
        row.addWidget(self.more)
        inside = QVBoxLayout()
        inside.setContentsMargins(12, 8, 12, 8)
        inside.setSpacing(8)
        inside.addWidget(self.buttons["confirm_next"])
        inside.addLayout(row)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(top)
        column.addLayout(inside)
        for name, button in self.buttons.items():
            button.clicked.connect(getattr(acting, "exclude" if name == "include" else name))
        self.more.clicked.connect(self._show_more)

    def show_reading(self, states: Mapping[str, State], not_assessed: int) -> None:
        """states : of the open record;  not_assessed : how many of the panel have none"""
        acting = self._acting
        self._show_summary(Counter(states.values()), not_assessed)
        self.buttons["confirm_next"].set_text(*GO_ON[acting.is_closed])
        shown = {ReadingState.CONFIRMED: ("reopen",), ReadingState.EXCLUDED: ("include",)}.get(acting.reading, OPEN)
        for name in BUTTONS:
            if name not in shown:
                release_focus(self.buttons[name])
            self.buttons[name].setVisible(name in shown)
        self.closed.setVisible(shown != OPEN)
        self.closed.setText("Excluded" if acting.reading == ReadingState.EXCLUDED else "Locked")
        can_change = bool(acting.record_id) and not acting.is_reading_only
        why_not = READING_ONLY if acting.record_id else NO_ECG
        for name, button in self.buttons.items():
            button.allow(can_change or (name == "confirm_next" and bool(acting.record_id)), why_not)
        self.more.allow(can_change, why_not)

    def _show_summary(self, counts: Mapping[State, int], not_assessed: int) -> None:
        """How many are present, uncertain, absent and not assessed; where that is too long, all is in the tooltip."""
        parts = [f"{counts[state]} {state}" for state in (State.PRESENT, State.UNCERTAIN) if counts[state]]
        absent = [f"{counts[State.ABSENT]} absent"] if counts[State.ABSENT] else []
        rest = f"{not_assessed} not assessed"
        texts = [" · ".join(some) for some in ([*parts, *absent, rest], [*parts, rest], parts or [rest])]
        whole = texts[0] if self._acting.record_id else ""
        room, wide = self.width() - self.note.width() - 32, self.summary.fontMetrics().horizontalAdvance
        self.summary.setText(next((text for text in texts if wide(text) <= room), texts[-1]) if whole else "")
        self.summary.setToolTip(plain(whole))
        self.summary.setAccessibleName(whole)

    def show_note(self, has_note: bool, marks: int) -> None:
        """Show whether there is a note on the ECG, and how many marks on its page."""
        self.note.show_remarks(has_note, marks)

    def show_keys(self, keys: Mapping[str, str]) -> None:
        """Show these keys: name of the act -> its key; "exclude" is that of Include too."""
        self.note.set_key(keys.get("note", self.note.key))
        for name, button in self.buttons.items():
            button.set_key(keys.get("exclude" if name == "include" else name, button.key))

    def more_menu(self) -> QMenu:
        """What is done more rarely."""
        acting, menu = self._acting, QMenu(self)
        is_closed, is_excluded = acting.is_closed, acting.reading == ReadingState.EXCLUDED
        menu.addAction("Confirm and stay", acting.confirm).setEnabled(not is_closed)
        exclude = menu.addAction(
            "Include this ECG" if is_excluded else "Exclude this ECG for its quality", acting.exclude
        )
        exclude.setEnabled(is_excluded or not is_closed)
        if acting.blind != ALWAYS:
            menu.addAction("Show the prediction (recorded)", acting.reveal).setEnabled(acting.is_hidden)
        menu.addSeparator()
        pause = menu.addAction("Pause after confirming")
        pause.setCheckable(True)
        pause.setChecked(preferences().value(PAUSE, False, bool))
        pause.toggled.connect(lambda on: preferences().setValue(PAUSE, on))
        return menu

    def _show_more(self) -> None:
        menu = self.more_menu()
        menu.popup(self.more.mapToGlobal(QPoint(0, -menu.sizeHint().height())))

    def set_theme(self, theme: Theme) -> None:
        themed([*self.buttons.values(), self.more, self.note], theme)
        self.setStyleSheet(f"#reading_footer {{ border-top: 1px solid {theme.border}; }}")
        for label in (self.summary, self.closed):
            label.setStyleSheet(f"color: {theme.muted};")
