"""The line below the page: how it is drawn, and the whole of the recording in one strip."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QActionGroup, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QMenu, QSizePolicy, QToolButton, QWidget

from cessl_gui.ui.page.bars.overview import OverviewBar
from cessl_gui.ui.page.layout.clock import seconds_of, span_words
from cessl_gui.ui.page.layout.sheet import Sheet
from cessl_gui.ui.parts import tokens
from cessl_gui.ui.parts.plain_text import PlainLabel, literal, plain
from cessl_gui.ui.parts.theme import font, width_of
from cessl_gui.ui.parts.tokens import LIGHT, Theme
from cessl_gui.ui.parts.widgets import ElidedLabel, TypingEdit, named

SIZES = {"fit": "Fit to width", "true": "Paper size (1:1)", "measure": "Measure this screen with a ruler…"}
BAR_WIDTH, SPAN_WIDTH = 220, 130
ABOUT_FROM, SPAN_FROM, BESIDE_BAR = 860, 620, 590  # px; on a narrower page less is said


class Footer(QWidget):
    """Speed, gain, filter, size on this screen; sampling rate and layout; where in the recording the page is.

    size_chosen(str)     one of SIZES
    time_chosen(float)   second at which the page is to begin
    left()               the time field is done with
    """

    size_chosen = Signal(str)
    time_chosen = Signal(float)
    left = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("page_footer")
        self.setAccessibleName("How the page is drawn")
        self.setFixedHeight(tokens.PAGE_FOOTER)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self._theme = LIGHT
        self.scale = named(PlainLabel(), "page_scale", "Speed and gain")
        self.filter = named(PlainLabel(), "page_filter", "Filter")
        self.size_button = named(QToolButton(), "page_size", "Size on this screen")
        self.size_button.setProperty("quiet", True)
        self.size_button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.size_button.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self.size_button.setMenu(QMenu(self.size_button))
        self._sizes = QActionGroup(self.size_button)
        for size, words in SIZES.items():
            action = self.size_button.menu().addAction(words)
            action.setCheckable(True)
            action.setData(size)
            action.triggered.connect(lambda _=False, value=size: self.size_chosen.emit(value))
            self._sizes.addAction(action)
        self.about = named(ElidedLabel(), "page_about", "Sampling rate and layout")
        self.span = named(PlainLabel(), "page_span", "Part of the recording on the page")
        self.span.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.time = TypingEdit(self)
        named(self.time, "ecg_time", "Jump to time", "Jump to a time: seconds, mm:ss or hh:mm:ss (G)")
        self.time.setPlaceholderText("Go to hh:mm:ss")
        self.bar = OverviewBar(self)
        for field in (self.span, self.time):
            field.setFixedWidth(SPAN_WIDTH)
        self.time.hide()
        self.bar.setFixedSize(BAR_WIDTH, tokens.PAGE_FOOTER - 8)
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 1, 12, 0)
        row.setSpacing(4)
        for part in (self.scale, self.filter, self.size_button):
            row.addWidget(part)
        row.addSpacing(8)
        row.addWidget(self.about, 1)
        row.addWidget(self.span)
        row.addWidget(self.time)
        row.addSpacing(4)
        row.addWidget(self.bar)
        self.bar.time_chosen.connect(self.time_chosen)
        self.time.entered.connect(self._jump)
        self.time.left.connect(self._leave)
        self.set_theme(LIGHT)

    def show_sheet(self, sheet: Sheet) -> None:
        """Say what the sheet is drawn with."""
        self.scale.setText(sheet.scale_words)
        self.filter.setText(f"· {sheet.filter_words} ·")
        self.filter.setToolTip(plain(filter_reason(sheet)))
        self._warn_of_filter(sheet.is_changed or sheet.is_left_out)
        record = sheet.record
        columns = "" if not sheet.columns_words else f", {'simultaneous' if sheet.is_together else 'consecutive'}"
        self.about.setText(f"{record.fs_hz:.6g} Hz · {sheet.fitted.short_title}{columns}" if record else "")
        self.show_place(sheet)

    def show_place(self, sheet: Sheet) -> None:
        """Say which part of the recording is on the page."""
        record = sheet.record
        end_s = min(sheet.t0_s + sheet.shown_s, sheet.duration_s)
        words = span_words(sheet.t0_s, end_s, record.duration_s) if record else ""
        self.span.setToolTip(plain(words))
        if width_of(words, tokens.BODY) > SPAN_WIDTH:  # hours of hours: how long it is tells the strip beside
            words = words.partition(" of ")[0]
        self.span.setText(words)
        self.bar.sheet = sheet
        self.bar.update()

    def say_size(self, size: str, words: str, details: str) -> None:
        """How large the page is on this screen. size : one of SIZES"""
        self.size_button.setText(literal(words))
        self.size_button.setAccessibleDescription(words)
        self.size_button.setToolTip(plain(details))
        for action in self._sizes.actions():
            action.setChecked(action.data() == size)

    def ask_time(self) -> None:
        """Let the reader type a time to go to."""
        self.span.hide()
        self.time.show()
        self.time.setFocus()

    @Slot()
    def _jump(self) -> None:
        seconds = seconds_of(self.time.text())
        if seconds is None:
            self.time.selectAll()
            return
        self.time_chosen.emit(seconds)
        self._leave()

    @Slot()
    def _leave(self) -> None:
        self.time.clear()
        self.left.emit()  # the focus goes before its field
        self.time.hide()
        self.span.setVisible(self.width() >= SPAN_FROM)

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.scale.setFont(font(tokens.STRONG))
        self.size_button.setStyleSheet(f"padding: 0 2px; min-height: 24px; color: {theme.muted};")
        for label in (self.about, self.span):
            label.setStyleSheet(f"color: {theme.muted};")
        self._warn_of_filter(False)
        self.update()

    def _warn_of_filter(self, warned: bool) -> None:
        style = f"color: {self._theme.warning}; font-weight: 600;" if warned else f"color: {self._theme.muted};"
        if style != self.filter.styleSheet():  # styling takes longer than all else that a record changes here
            self.filter.setStyleSheet(style)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.about.setVisible(self.width() >= ABOUT_FROM)
        self.span.setVisible(self.width() >= SPAN_FROM and not self.time.isVisibleTo(self))
        self.bar.setFixedWidth(min(BAR_WIDTH, max(60, self.width() - BESIDE_BAR)))

    def paintEvent(self, _event: QPaintEvent) -> None:
        with QPainter(self) as painter:
            painter.fillRect(self.rect(), self._theme.color("surface"))
            painter.fillRect(0, 0, self.width(), 1, self._theme.color("border"))


def filter_reason(sheet: Sheet) -> str:
    """What is to be known of the filters on the page."""
    if sheet.is_left_out:
        return f"{sheet.filters.words}: not applied, the page shows too much at once. Choose a shorter window."
    about = "Filters for display; the model never sees them."
    if sheet.is_changed:
        about += " Outside 0.05–150 Hz R waves lose height and ST segments shift."
    return about
