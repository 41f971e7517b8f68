"""The Settings room: how one reads, how the window looks, which keys mean what."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QBoxLayout,
    QComboBox,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from cessl_gui.core.changes import Change, ChangeKind
from cessl_gui.ui.parts import tokens
from cessl_gui.ui.parts.dates import STYLES, choose_date_style, date_style
from cessl_gui.ui.parts.in_turns import InTurns
from cessl_gui.ui.parts.plain_text import PlainLabel
from cessl_gui.ui.parts.preferences import preferences
from cessl_gui.ui.parts.scale import choose_scale, chosen_scale, has_another_size, offered_scales
from cessl_gui.ui.parts.theme import CHOICES, font
from cessl_gui.ui.parts.units import TIMES, VOLTAGES, choose_time_unit, choose_voltage_unit, time_unit, voltage_unit
from cessl_gui.ui.parts.widgets import named
from cessl_gui.ui.reading.acting import PAUSE
from cessl_gui.ui.shell.commands.key_table import KeyTable
from cessl_gui.ui.shell.commands.menus import BLIND
from cessl_gui.ui.shell.main_rooms.team_key_card import TeamKeyCard

if TYPE_CHECKING:
    from cessl_gui.bridge.session import Session

WIDTH, GAP = 760, 24
PAUSES = {"off": "Open the next unread ECG", "on": "First show what you, the model and the file say"}


class SettingsRoom(QScrollArea):
    """Each choice holds at once and is kept: blind reading with the project, the others on this computer.

    theme_chosen(name), keys_changed, dates_changed, units_changed
    reopen_wanted : the window is to open again, in the size that was chosen
    """

    theme_chosen = Signal(str)
    keys_changed = Signal()
    dates_changed = Signal()
    units_changed = Signal()
    reopen_wanted = Signal()

    def __init__(self, session: Session, theme: str) -> None:
        """theme : the choice that holds"""
        super().__init__()
        named(self, "settings_room", "Settings")
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._session = session
        self._column, keys_column = QVBoxLayout(), QVBoxLayout()
        inside = self._laid_out(self._column, keys_column)
        self.blind = self._choice("blind", BLIND, lambda key: session.set_setting("blind", key))
        self.theme = self._choice("theme", CHOICES, self.theme_chosen.emit)
        screen = self.screen().size()
        self.scale = self._choice("scale", offered_scales(screen.width(), screen.height()), self._choose_scale)
        self.reopen = named(
            QPushButton("Open again in this size"), "scale_reopen", "Open the window again in this size"
        )
        self.reopen.clicked.connect(self.reopen_wanted)
        self.reopen.setVisible(False)
        self.dates = self._choice("dates", {k: example for k, (example, _) in STYLES.items()}, self._choose_dates)
        self.voltage = self._choice("voltage", VOLTAGES, lambda key: self._choose_unit(choose_voltage_unit, key))
        self.time = self._choice("time", TIMES, lambda key: self._choose_unit(choose_time_unit, key))
        self.pause = self._choice("pause", PAUSES, lambda key: preferences().setValue(PAUSE, key == "on"))
        self._section("Reading", (("Predictions and file's diagnosis", self.blind), ("After confirming", self.pause)))
        self._section(
            "Look",
            (("Theme", self.theme), ("Text size", beside(self.scale, self.reopen)), ("Dates", self.dates)),
        )
        self.team_key = TeamKeyCard(session)
        self.refusal = named(PlainLabel(wordWrap=True), "key_refusal", "Why a key was not taken")
        self.refusal.setProperty("warning", True)
        self.refusal.hide()
        self.keys = KeyTable()
        self._turns = InTurns(self)
        self._turns.begin(self._add_sections(keys_column))
        self.setWidget(inside)
        self.keys.changed.connect(self.keys_changed)
        self.keys.refused.connect(self._refuse)
        session.changed.connect(self._on_changed)
        _set(self.theme, theme)
        _set(self.scale, chosen_scale())
        _set(self.dates, date_style())
        _set(self.voltage, voltage_unit())
        _set(self.time, time_unit())
        _set(self.pause, "on" if preferences().value(PAUSE, False, bool) else "off")
        self._on_changed(Change(ChangeKind.SETTINGS))

    def _add_sections(self, keys_column: QVBoxLayout) -> Iterator[None]:
        """The sections below those that are seen first."""
        self._section("Units on the page", (("Voltage", self.voltage), ("Intervals of calipers", self.time)))
        yield
        self._section("Team", (), self.team_key)
        self._column.addStretch(1)
        yield
        self._column = keys_column
        self._section("Keys", (), PlainLabel("Click a key and press another one."), self.refusal, self.keys)

    def _laid_out(self, *columns: QVBoxLayout) -> QWidget:
        """The title, and columns below it: side by side in a wide window."""
        inside = QWidget()
        outer = self._outer = QVBoxLayout(inside)
        title = PlainLabel("Settings")
        title.setFont(font(tokens.PAGE_TITLE))
        outer.addWidget(title)
        self._sides = QBoxLayout(QBoxLayout.Direction.TopToBottom)
        outer.addLayout(self._sides)
        outer.addStretch(1)
        for column in columns:
            column.setSpacing(8)
            self._sides.addLayout(column)
        return inside

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        left_over = self.width() - 2 * WIDTH - 3 * GAP
        is_wide = left_over >= 0
        self._outer.setContentsMargins(16, 12, 16 + max(0, left_over), 16)
        way = QBoxLayout.Direction.LeftToRight if is_wide else QBoxLayout.Direction.TopToBottom
        self._sides.setDirection(way)
        self._sides.setSpacing(GAP if is_wide else self._column.spacing())

    def _choice(self, name: str, options: dict[str, str], act: Callable[[str], object]) -> QComboBox:
        box = named(QComboBox(), f"setting_{name}", name)
        for key, words in options.items():
            box.addItem(words, key)
        box.activated.connect(lambda _: act(box.currentData()))
        box.setMinimumHeight(tokens.INPUT)
        return box

    def _section(self, title: str, rows: tuple[tuple[str, QWidget], ...], *more: QWidget) -> None:
        heading = PlainLabel(title)
        heading.setFont(font(tokens.SECTION))
        card = QFrame()
        card.setProperty("card", True)
        card.setMaximumWidth(WIDTH)
        grid = QGridLayout(card)
        grid.setContentsMargins(16, 12, 16, 12)
        grid.setHorizontalSpacing(16)
        grid.setVerticalSpacing(8)
        grid.setColumnMinimumWidth(0, 200)
        grid.setColumnStretch(1, 1)
        for number, (words, control) in enumerate(rows):
            label = PlainLabel(words)
            label.setBuddy(control.focusProxy() or control)  # on Linux a screen reader names a box by its label
            grid.addWidget(label, number, 0)
            grid.addWidget(control, number, 1, Qt.AlignmentFlag.AlignLeft)
            (control.focusProxy() or control).setAccessibleName(words)
        for control in more:
            grid.addWidget(control, grid.rowCount(), 0, 1, 2)
        self._column.addSpacing(8)
        self._column.addWidget(heading)
        self._column.addWidget(card)

    def _choose_scale(self, scale: str) -> None:
        choose_scale(scale)
        self.reopen.setVisible(has_another_size())

    def _choose_dates(self, style: str) -> None:
        choose_date_style(style)
        self.dates_changed.emit()

    def _choose_unit(self, choose: Callable[[str], None], unit: str) -> None:
        choose(unit)
        self.units_changed.emit()

    @Slot(str)
    def _refuse(self, sentence: str) -> None:
        self.refusal.setText(sentence)
        self.refusal.setVisible(bool(sentence))
        if sentence:
            self.ensureWidgetVisible(self.refusal)

    @Slot(object)
    def _on_changed(self, change: Change) -> None:
        if change.kind == ChangeKind.SETTINGS:
            _set(self.blind, str(self._session.setting("blind", "first read")))

    def show_theme(self, name: str) -> None:
        """name : the choice of theme that holds"""
        _set(self.theme, name)


def beside(*controls: QWidget) -> QWidget:
    """Controls in a row; the first gives its name."""
    whole = QWidget()
    row = QHBoxLayout(whole)
    row.setContentsMargins(0, 0, 0, 0)
    for control in controls:
        row.addWidget(control)
    row.addStretch(1)
    whole.setFocusProxy(controls[0])
    return whole


def _set(box: QComboBox, key: str) -> None:
    box.setCurrentIndex(max(0, box.findData(key)))
