"""The tabs of the Model room, each made when it is first wanted: all at once would hold the window for a third of a
second."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, TypeVar

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QPushButton, QStackedWidget, QWidget

from cessl_gui.core.types import ModelInfo
from cessl_gui.ui.parts.tokens import LIGHT, Theme
from cessl_gui.ui.parts.widgets import named
from cessl_gui.ui.training.calibration_tab import CalibrationTab
from cessl_gui.ui.training.evidence_tab import EvidenceTab
from cessl_gui.ui.training.settings_tab import SettingsTab
from cessl_gui.ui.training.training_tab import TrainingTab

if TYPE_CHECKING:
    from cessl_gui.bridge.session import Session
    from cessl_gui.core.training.evidence import Evidence

TABS = ("Evidence", "Training", "Calibration", "Settings")
Tab = TypeVar("Tab", bound=QWidget)


class Tabs(QStackedWidget):
    """turned(name) : one of TABS came into sight"""

    turned = Signal(str)

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session, self._theme = session, LIGHT
        self._calibrated: tuple[Evidence | None, tuple[str, str], ModelInfo | None] = (None, ("Before", "After"), None)
        self.buttons = QButtonGroup(self)
        self.buttons.idClicked.connect(lambda number: self.turn_to(TABS[number]))

    def add_buttons(self, row: QHBoxLayout) -> None:
        """Put the buttons that turn to each tab into a row."""
        for number, name in enumerate(TABS):
            button = named(QPushButton(name), f"tab_{name.lower()}", name)
            button.setProperty("tab", True)
            button.setCheckable(True)
            self.buttons.addButton(button, number)
            row.addWidget(button)
        self.buttons.button(0).setChecked(True)

    @cached_property
    def evidence(self) -> EvidenceTab:
        return self._added(EvidenceTab(self._session))

    @cached_property
    def training(self) -> TrainingTab:
        return self._added(TrainingTab(self._session))

    @cached_property
    def calibration(self) -> CalibrationTab:
        tab = self._added(CalibrationTab())
        tab.show_evidence(self._calibrated[0], self._session.vocabulary(), *self._calibrated[1:])
        return tab

    @cached_property
    def settings(self) -> SettingsTab:
        return self._added(SettingsTab(self._session))

    def _added(self, tab: Tab) -> Tab:
        self._dress(tab)
        self.addWidget(tab)
        return tab

    @property
    def current(self) -> str:
        """The one of TABS in sight."""
        return TABS[self.buttons.checkedId()]

    def turn_to(self, name: str) -> None:
        """name : one of TABS"""
        self.buttons.button(TABS.index(name)).setChecked(True)
        self.setCurrentWidget(getattr(self, name.lower()))
        self.turned.emit(name)

    def show_calibration(self, evidence: Evidence | None, names: tuple[str, str], model: ModelInfo) -> None:
        """names : of the versions before and after;  model : the version after"""
        self._calibrated = evidence, names, model
        if "calibration" in self.__dict__:  # made
            self.calibration.show_evidence(evidence, self._session.vocabulary(), names, model)

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        for place in range(self.count()):
            self._dress(self.widget(place))

    def _dress(self, tab: QWidget) -> None:
        if hasattr(tab, "set_theme"):
            tab.set_theme(self._theme)
