"""The line of tools above the page; what is doubtful about the signal has its own place in it, empty or not."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QIcon, QPainter, QPaintEvent, QPixmap, QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QMenu, QSizePolicy, QToolButton, QWidget

from cessl_gui.ui.page.bars.hint_strip import HintStrip
from cessl_gui.ui.page.bars.view_menus import OneOf, ViewMenus
from cessl_gui.ui.page.comparing import MODES
from cessl_gui.ui.page.layout.sheet import Sheet
from cessl_gui.ui.parts import icons, tokens
from cessl_gui.ui.parts.key_tips import with_keys
from cessl_gui.ui.parts.tokens import LIGHT, Theme
from cessl_gui.ui.parts.widgets import named

CARET_WIDTH = 27  # of an icon with the mark of a menu
WORDS_FROM = 640  # px; on a narrower page the tools are icons alone
TOOLS = {  # object name: word, icon, name for screen readers, tooltip (see parts.key_tips)
    "magnify": (
        "Magnify",
        "magnifying-glass-plus",
        "Magnify the page",
        "Twice, four times as large ([{magnify}, held or pressed; or ]double-click a lead)",
    ),
    "calipers": (
        "Calipers",
        "ruler",
        "Set calipers",
        "Drag on the page to set a caliper[ ({calipers})];"
        " arrows move its end,[ {march_out} marches it out,] Esc removes it",
    ),
    "mark": (
        "Mark",
        "tag",
        "Mark beats and stretches",
        "Click a beat or drag a stretch, then choose its statement[ ({mark})]; by keys: arrows, Space, arrows, Space",
    ),
    "measurements": (
        "Measure",
        "gauge",
        "Measurements of this record",
        "Rate, intervals, axes and ST levels, and the median beat with its marks[ ({measurements})]",
    ),
    "compare": (
        "Compare",
        "columns",
        "Compare with an earlier ECG",
        "Compare with an earlier ECG of the patient[ ({compare})]",
    ),
    "print": (
        "Print",
        "printer",
        "Print or save this page",
        "Print this page[ ({print_page})], or save it as PDF, PNG or SVG[ ({save_page})]",
    ),
}


class Toolbar(QWidget):
    """View menus as icons, tools with words, hints.

    magnify_wanted(), calipers_wanted(bool), marking_wanted(bool), measurements_wanted()
    compare_chosen(str)  one of comparing.MODES
    earlier_chosen(str)  id of the ECG to compare with
    earlier_asked()      the menu of earlier ECGs opens: offer_earlier answers
    print_wanted(), save_wanted()
    """

    magnify_wanted = Signal()
    calipers_wanted = Signal(bool)
    marking_wanted = Signal(bool)
    measurements_wanted = Signal()
    compare_chosen = Signal(str)
    earlier_chosen = Signal(str)
    earlier_asked = Signal()
    print_wanted = Signal()
    save_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("page_toolbar")
        self.setAccessibleName("Tools of the page")
        self.setFixedHeight(tokens.TOOLBAR)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self._theme = LIGHT
        self.menus = ViewMenus(self)
        self.layout_button = self._view("layout", "Page layout, columns and rhythm lead", self.menus.layout)
        self.speed_button = self._view("speed", "Paper speed", self.menus.speed)
        self.gain_button = self._view("gain", "Gain", self.menus.gain)
        self.filter_button = self._view("filter", "Filters for display; the model never sees them", self.menus.filter)
        tools = map(self._tool, TOOLS)
        self.magnify, self.calipers, self.mark, self.measurements, self.compare, self.print = tools
        self.line = QFrame(self)
        self.line.setFixedSize(1, 20)
        self.hints = HintStrip(self)
        self._add_menus()
        self._connect()
        row = QHBoxLayout(self)
        row.setContentsMargins(8, 0, 8, 1)
        row.setSpacing(0)
        for button in (self.layout_button, self.speed_button, self.gain_button, self.filter_button):
            row.addWidget(button)
        row.addSpacing(8)
        row.addWidget(self.line)
        row.addSpacing(8)
        for button in (self.magnify, self.calipers, self.mark, self.measurements, self.compare, self.print):
            row.addWidget(button)
        row.addSpacing(8)
        row.addWidget(self.hints, 1)
        self.set_theme(LIGHT)
        self.say_comparing("off")

    def _view(self, name: str, about: str, menu: QMenu) -> QToolButton:
        button = named(QToolButton(self), f"{name}_menu", about, about)
        button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        button.setMenu(menu)
        button.setProperty("quiet", True)
        button.setIconSize(QSize(CARET_WIDTH, tokens.ICON))
        return button

    def _tool(self, name: str) -> QToolButton:
        word, _, about, tip = TOOLS[name]
        button = with_keys(named(QToolButton(self), name, about), tip)
        button.setText(word)
        button.setProperty("quiet", True)
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        return button

    def _add_menus(self) -> None:
        self.compare.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.compare.setMenu(QMenu(self.compare))
        self._modes = OneOf(self.compare.menu(), self.compare_chosen.emit)
        self._modes.offer((words, mode) for mode, words in MODES.items())
        self.compare.menu().addSection("Earlier ECGs of the patient")
        self._earlier = OneOf(self.compare.menu(), self.earlier_chosen.emit)
        self.compare.menu().aboutToShow.connect(self.earlier_asked)
        self.print.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.print.setMenu(QMenu(self.print))
        self.print.menu().addAction("Print…", self.print_wanted.emit)
        self.print.menu().addAction("Save as PDF, PNG or SVG…", self.save_wanted.emit)

    def _connect(self) -> None:
        self.magnify.setCheckable(True)
        self.magnify.clicked.connect(lambda: self.magnify_wanted.emit())
        self.calipers.setCheckable(True)
        self.calipers.clicked.connect(self.calipers_wanted)
        self.mark.setCheckable(True)
        self.mark.clicked.connect(self.marking_wanted)
        self.measurements.setCheckable(True)
        self.measurements.clicked.connect(lambda: self.measurements_wanted.emit())

    def offer_earlier(self, earlier: list[tuple[str, str]], chosen: str) -> None:
        """The ECGs that can be compared with, as (id, words); chosen : the id of the one that is, or \"\""""
        self._earlier.offer([(words, record_id) for record_id, words in earlier] or [("none in this project", "")])
        self._earlier.allow(bool(earlier))
        self._earlier.mark(chosen or None)

    def say_comparing(self, mode: str) -> None:
        """Which comparison is on."""
        self._modes.mark(mode)
        self.compare.setProperty("chosen", mode != "off")
        self.compare.setAccessibleDescription(MODES[mode])
        self._restyle(self.compare)

    def show_sheet(self, sheet: Sheet) -> None:
        """Mark in the menus what the sheet is drawn with."""
        self.menus.show_sheet(sheet)
        for button, words in (
            (self.layout_button, sheet.fitted.short_title),
            (self.speed_button, f"{sheet.speed_mm_per_s:.3g} mm/s"),
            (self.gain_button, f"{sheet.gain_mm_per_mv:g} mm/mV"),
            (self.filter_button, sheet.filter_words),
        ):
            button.setAccessibleDescription(words)

    @staticmethod
    def _restyle(button: QToolButton) -> None:
        button.style().unpolish(button)
        button.style().polish(button)

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        names = {
            self.layout_button: "squares-four",
            self.speed_button: "arrows-horizontal",
            self.gain_button: "arrows-vertical",
            self.filter_button: "wave-sine",
        }
        for button, name in names.items():
            button.setIcon(with_caret(name, theme))
        for name, (_, drawing, *_) in TOOLS.items():
            icons.put_before_words(self.findChild(QToolButton, name), drawing, theme.text, gap=2)
        self.line.setStyleSheet(f"background: {theme.border};")
        self.hints.set_theme(theme)
        self.setStyleSheet(
            f'QToolButton[quiet="true"] {{ min-height: {tokens.TOOL_BUTTON - 2}px; padding: 0 2px; }}'
            f' QToolButton:checked, QToolButton[chosen="true"] {{ background: {theme.accent_wash};'
            f" color: {theme.accent}; }}"
        )
        self.update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        styles = Qt.ToolButtonStyle
        style = styles.ToolButtonTextBesideIcon if self.width() >= WORDS_FROM else styles.ToolButtonIconOnly
        for name in TOOLS:
            self.findChild(QToolButton, name).setToolButtonStyle(style)

    def paintEvent(self, _event: QPaintEvent) -> None:
        with QPainter(self) as painter:
            painter.fillRect(self.rect(), self._theme.color("surface"))
            painter.fillRect(0, self.height() - 1, self.width(), 1, self._theme.color("border"))


def with_caret(name: str, theme: Theme) -> QIcon:
    """An icon with the mark of a menu beside it."""
    left, right = icons.pixmap(name, theme.text, tokens.ICON), icons.pixmap("caret-down", theme.muted, 10)
    ratio = left.devicePixelRatio()
    both = QPixmap(round(CARET_WIDTH * ratio), left.height())
    both.setDevicePixelRatio(ratio)
    both.fill(Qt.GlobalColor.transparent)
    with QPainter(both) as painter:
        painter.drawPixmap(0, 0, left)
        painter.drawPixmap(17, 3, right)
    return QIcon(both)
