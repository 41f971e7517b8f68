"""Phosphor's icons in the colours of the theme. A new one: copy its SVG of phosphor-icons/core to resources/icons."""

from __future__ import annotations

from functools import lru_cache

from PySide6.QtCore import QByteArray, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QGuiApplication, QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QAbstractButton

from cessl_gui.core.paths import resource
from cessl_gui.ui.parts.tokens import ICON


def icon(name: str, color: QColor | str, size: int = ICON) -> QIcon:
    """An icon in one colour, sharp on every screen.

    name : of a file in resources/icons, e.g. "gear", or "gear-fill"
    """
    result = QIcon()
    result.addPixmap(pixmap(name, color, size))
    return result


def put_before_words(button: QAbstractButton, name: str, color: QColor | str, gap: int = 4) -> None:
    """Give a button an icon that stands `gap` px further apart from its words; of Qt itself they are 4 px from it."""
    picture = pixmap(name, color)
    wide = QPixmap(picture.width() + round(gap * picture.devicePixelRatio()), picture.height())
    wide.setDevicePixelRatio(picture.devicePixelRatio())
    wide.fill(Qt.GlobalColor.transparent)
    with QPainter(wide) as painter:
        painter.drawPixmap(0, 0, picture)
    button.setIcon(QIcon(wide))
    button.setIconSize(QSize(ICON + gap, ICON))


def pixmap(name: str, color: QColor | str, size: int = ICON) -> QPixmap:
    """The picture of an icon, `size` px wide on the screen, with as many points as the screen's scale asks for."""
    return _drawn(
        name, QColor(color).name(QColor.NameFormat.HexArgb), size, QGuiApplication.instance().devicePixelRatio()
    )


@lru_cache(maxsize=512)
def _drawn(name: str, color: str, size: int, ratio: float) -> QPixmap:
    result = QPixmap(round(size * ratio), round(size * ratio))
    result.fill(Qt.GlobalColor.transparent)
    with QPainter(result) as painter:
        _shape(name).render(painter, QRectF(result.rect()))
        painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_SourceIn)
        painter.fillRect(result.rect(), QColor(color))
    result.setDevicePixelRatio(ratio)
    return result


@lru_cache(maxsize=128)
def _shape(name: str) -> QSvgRenderer:
    return QSvgRenderer(QByteArray(resource(f"icons/{name}.svg").read_bytes()))
