"""Pens and letters of a page, for screens and for paper."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSizeF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QImage, QPainter, QPainterPath, QPen

from cessl_gui.ui.parts.tokens import FONT_FAMILIES


@dataclass(frozen=True)
class Style:
    """Of a word on the grid: height in mm, its colour and that of the halo round it.

    halo : its width in px of a screen; 0: a thin one, by the size of the letters
    """

    height: float
    color: str
    ground: str
    bold: bool = False
    halo: float = 0.0


@dataclass(frozen=True)
class Ink:
    """How a page is put on a device.

    dots_per_mm : logical units of the painter per mm
    line_mm     : width of the trace; 0 is the thinnest line a screen has, which Qt draws fast
    """

    dots_per_mm: float
    line_mm: float = 0.0

    def pen(self, color, weight: float = 1.0) -> QPen:
        pen = QPen(color, self.line_mm * self.dots_per_mm * weight or 1)
        pen.setCosmetic(self.line_mm == 0)
        pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        return pen

    def font(self, height_mm: float, bold: bool = False) -> QFont:
        font = QFont()
        font.setFamilies(FONT_FAMILIES)
        font.setPixelSize(max(1, round(height_mm * self.dots_per_mm)))
        font.setWeight(QFont.Weight.DemiBold if bold else QFont.Weight.Normal)
        return font

    def fineness(self, painter: QPainter) -> float:
        """Device pixels per unit of the painter; paper counts as 20 points per mm."""
        return max(1.0, 20 / self.dots_per_mm) if self.line_mm else painter.device().devicePixelRatio()

    def rect(self, mm: QRectF) -> QRectF:
        k = self.dots_per_mm
        return QRectF(mm.x() * k, mm.y() * k, mm.width() * k, mm.height() * k)


def draw_line_of_text(
    painter: QPainter, ink: Ink, line: QRectF, text: str, height: float, color: QColor, *, bold=False, right=False
) -> float:
    """One line of text, centred in height, inset from the edge; returns its width in mm."""
    painter.setFont(ink.font(height, bold))
    painter.setPen(color)
    side = Qt.AlignmentFlag.AlignRight if right else Qt.AlignmentFlag.AlignLeft
    inset = line.adjusted(1.5, 0, -1.5, 0)
    metrics = QFontMetricsF(painter.font())
    text = metrics.elidedText(text, Qt.TextElideMode.ElideRight, max(0.0, inset.width() * ink.dots_per_mm))
    painter.drawText(ink.rect(inset), side | Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine, text)
    return metrics.horizontalAdvance(text) / ink.dots_per_mm


def draw_large(painter: QPainter, box: QRectF, word: str, ink: Ink, color: QColor) -> None:
    """A word across the middle of a box, 26 mm high or a third of the box."""
    font = ink.font(min(26.0, box.height() / 3), bold=True)
    font.setLetterSpacing(QFont.SpacingType.PercentageSpacing, 115)
    if ink.line_mm:
        painter.setFont(font)
        painter.setPen(color)
        painter.drawText(ink.rect(box), Qt.AlignmentFlag.AlignCenter, word)
        return
    ratio = painter.device().devicePixelRatio()
    image = _large_image(word, font, color.rgba(), ratio)
    corner = ink.rect(box).center() * ratio - QPointF(image.width(), image.height()) / 2
    painter.drawImage(QPointF(round(corner.x()), round(corner.y())) / ratio, image)


@lru_cache(maxsize=4)
def _large_image(word: str, font: QFont, rgba: int, ratio: float) -> QImage:
    """The word as an image: filling the outlines of large letters for each frame takes 4 ms at 3840 x 2160 pixels."""
    metrics = QFontMetricsF(font)
    size = QSizeF(metrics.horizontalAdvance(word), metrics.height())
    image = QImage((size * ratio).toSize(), QImage.Format.Format_ARGB32_Premultiplied)
    image.setDevicePixelRatio(ratio)
    image.fill(0)
    with QPainter(image) as painter:
        painter.setFont(font)
        painter.setPen(QColor.fromRgba(rgba))
        painter.drawText(QRectF(QPointF(), size), Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextDontClip, word)
    return image


def draw_haloed(painter: QPainter, at: QPointF, text: str, ink: Ink, style: Style) -> float:
    """Text that stays legible on a trace, and leaves the trace to be seen beside it; returns its width in mm."""
    if ink.line_mm:
        _paint_haloed(painter, at * ink.dots_per_mm, text, ink.font(style.height, style.bold), style)
    else:
        ratio = painter.device().devicePixelRatio()
        image, offset = _haloed_image(text, ink, style, ratio)
        # On whole pixels, or the image would be smoothed.
        corner = at * ink.dots_per_mm * ratio - offset
        painter.drawImage(QPointF(round(corner.x()), round(corner.y())) / ratio, image)
    return text_width(text, ink, style)


@lru_cache(maxsize=1024)
def text_width(text: str, ink: Ink, style: Style) -> float:
    """How wide a line of text is, in mm."""
    return QFontMetricsF(ink.font(style.height, style.bold)).horizontalAdvance(text) / ink.dots_per_mm


def lines_within(text: str, width_mm: float, ink: Ink, style: Style) -> list[str]:
    """The words of a text in lines of at most this width; a word that is wider has a line of its own."""
    lines: list[str] = []
    for word in text.split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and text_width(longer, ink, style) <= width_mm:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines


@lru_cache(maxsize=1024)
def _haloed_image(text: str, ink: Ink, style: Style, ratio: float) -> tuple[QImage, QPointF]:
    """The text as a small image and where in it, in pixels, its baseline begins: stroking outlines again for each frame
    would take longer than all traces."""
    font = ink.font(style.height, style.bold)
    metrics = QFontMetricsF(font)
    edge = max(2.0, style.halo)
    width, height = metrics.horizontalAdvance(text) + 2 * edge, metrics.height() + 2 * edge
    image = QImage(int(np.ceil(width * ratio)), int(np.ceil(height * ratio)), QImage.Format.Format_ARGB32_Premultiplied)
    image.setDevicePixelRatio(ratio)
    image.fill(0)
    start = QPointF(edge, edge + metrics.ascent())
    with QPainter(image) as painter:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        _paint_haloed(painter, start, text, font, style)
    return image, start * ratio


def _paint_haloed(painter: QPainter, at: QPointF, text: str, font: QFont, style: Style) -> None:
    path = QPainterPath()
    path.addText(at, font, text)
    halo = QPen(QColor(style.ground), max(2 * style.halo * (font.pixelSize() < 40), 0.22 * font.pixelSize()))
    halo.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    painter.strokePath(path, halo)
    painter.setFont(font)
    painter.setPen(QColor(style.color))
    painter.drawText(at, text)
