"""The whole of a recording in one line: where the page is."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QLineF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent, QPixmap
from PySide6.QtWidgets import QSizePolicy, QWidget

from cessl_gui.core.types import Record
from cessl_gui.ui.page.layout.sheet import Sheet
from cessl_gui.ui.page.layout.traces import points


class OverviewBar(QWidget):
    """Click or drag to go there."""

    time_chosen = Signal(float)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Overview of the recording")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.sheet = Sheet()
        self._pixmap: QPixmap | None = None
        self._key: tuple = ()
        self._record: Record | None = None

    def sizeHint(self) -> QSize:
        return QSize(400, 34)

    def paintEvent(self, _event: QPaintEvent) -> None:
        with QPainter(self) as painter:
            self._paint(painter)

    def _paint(self, painter: QPainter) -> None:
        sheet, theme = self.sheet, self.sheet.theme
        painter.drawPixmap(0, 0, self._drawn())
        if sheet.record is None:
            return
        scale = self.width() / max(sheet.record.duration_s, 1e-9)
        page = QRectF(sheet.t0_s * scale, 0, max(3.0, sheet.shown_s * scale), self.height())
        painter.setPen(theme.color("accent"))
        painter.setBrush(theme.color("accent", 50))
        painter.drawRect(page.adjusted(0.5, 0.5, -0.5, -0.5))

    def _drawn(self) -> QPixmap:
        """The curve; drawn again only when the recording, the size or the theme changes."""
        sheet, ratio = self.sheet, self.devicePixelRatioF()
        built = sheet.pyramid is not None and sheet.pyramid.complete
        key = (self.size(), ratio, sheet.theme, built)
        if self._pixmap is None or self._record is not sheet.record or self._key != key:
            self._record, self._key = sheet.record, key
            self._pixmap = QPixmap(self.size() * ratio)
            self._pixmap.setDevicePixelRatio(ratio)
            self._pixmap.fill(sheet.theme.color("page"))
            with QPainter(self._pixmap) as painter:
                painter.setPen(sheet.theme.color("border"))
                painter.drawRect(self.rect().adjusted(0, 0, -1, -1))
                if sheet.record is not None:
                    low, high = self._measure()
                    columns = np.flatnonzero(np.isfinite(low))
                    ends = zip(columns.tolist(), low[columns].tolist(), high[columns].tolist(), strict=True)
                    painter.setPen(sheet.theme.color("muted"))
                    painter.drawLines([QLineF(x, top, x, bottom) for x, top, bottom in ends])
        return self._pixmap

    def _measure(self) -> tuple[np.ndarray, np.ndarray]:
        record, width = self.sheet.record, self.width()
        row = min(1, len(record.leads) - 1)
        low, high = np.full(width, np.nan), np.full(width, np.nan)
        if not record.signal_mv.size:
            return low, high
        pyramid = self.sheet.pyramid
        if pyramid is not None and not pyramid.complete:
            return low, high  # drawn once it is there: never half
        at_s, mv = points(record, row, 0, record.duration_s, width, pyramid)
        column = np.minimum((at_s / record.duration_s * width).astype(int), width - 1)
        good = np.isfinite(mv)
        np.fmin.at(low, column[good], mv[good])
        np.fmax.at(high, column[good], mv[good])
        there = np.isfinite(low)
        if not there.any():
            return low, high
        # Spikes and saturation must not press the rest flat.
        bottom, top = _quantile(low[there], 0.02), _quantile(high[there], 0.98)
        scale = (self.height() - 8) / max(top - bottom, 0.1)
        to_pixel = lambda v: np.clip(self.height() - 4 - (v - bottom) * scale, 1, self.height() - 2)  # noqa: E731
        return to_pixel(high), to_pixel(low)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._go(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if event.buttons() & Qt.MouseButton.LeftButton:
            self._go(event)

    def _go(self, event: QMouseEvent) -> None:
        if self.sheet.record is not None:
            at_s = event.position().x() / self.width() * self.sheet.record.duration_s
            self.time_chosen.emit(at_s - self.sheet.shown_s / 2)


def _quantile(values: np.ndarray, share: float) -> float:
    """As np.quantile, which loads numpy.ma first: 25 ms of the window's first picture."""
    return float(np.interp(share * (len(values) - 1), np.arange(len(values)), np.sort(values)))
