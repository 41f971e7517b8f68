"""A walk over all that a window shows: what is cut off, overlaps, is hard to read, or has no name."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

import numpy as np
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QAccessible, QColor, QFontMetrics, QImage
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractScrollArea,
    QComboBox,
    QFocusFrame,
    QLabel,
    QLineEdit,
    QPushButton,
    QScrollBar,
    QStyle,
    QStyleOptionComboBox,
    QToolButton,
    QWidget,
)

from cessl_gui.ui.parts.widgets import ElidedLabel
from tests.ui.parts.test_theme import contrast

OVERLAYS = ("toast", "drop_zone")  # they lie over other widgets on purpose
MAY_ELIDE = ("active_model", "last_read", "job_text")  # whole in the tooltip; their places are fixed


def shown(window: QWidget) -> Iterator[QWidget]:
    """All visible widgets of a window, Qt's own parts of them left out."""
    for widget in window.findChildren(QWidget):
        if widget.isVisible() and widget.window() is window and not widget.objectName().startswith("qt_"):
            yield widget


def name(widget: QWidget) -> str:
    text = getattr(widget, "text", str)
    words = text() if callable(text) else ""
    return f"{type(widget).__name__} {widget.objectName()!r} {words!r}"


def is_scrolled(widget: QWidget) -> bool:
    """Whether it lies in something that scrolls, and may be cut there."""
    parent = widget.parentWidget()
    while parent is not None:
        if isinstance(parent, QAbstractScrollArea):
            return True
        parent = parent.parentWidget()
    return False


def cut_off(window: QWidget) -> list[str]:
    """Texts that have less room than they need, or reach beyond what they lie in."""
    faults = []
    for widget in shown(window):
        if isinstance(widget, ElidedLabel):
            metrics = QFontMetrics(widget.font())
            if widget.objectName() not in MAY_ELIDE and metrics.horizontalAdvance(widget.text()) > widget.width():
                faults.append(f"{name(widget)} is elided: {widget.width()} px")
        elif isinstance(widget, QLabel):
            if widget.wordWrap():
                if widget.heightForWidth(widget.width()) > widget.height():
                    faults.append(f"{name(widget)} needs more lines than it has")
            elif widget.sizeHint().width() > widget.width():
                faults.append(f"{name(widget)} needs {widget.sizeHint().width()} px, has {widget.width()}")
        elif isinstance(widget, QComboBox):
            needed, room = QFontMetrics(widget.font()).horizontalAdvance(widget.currentText()), _edit_room(widget)
            if needed > room:
                faults.append(f"{name(widget)} {widget.currentText()!r} needs {needed} px, has {room}")
        elif isinstance(widget, QPushButton | QToolButton) and widget.text():
            if widget.sizeHint().width() > widget.width():
                faults.append(f"{name(widget)} needs {widget.sizeHint().width()} px, has {widget.width()}")
        else:
            continue
        place = QRect(widget.mapTo(window, QPoint()), widget.size())
        if not is_scrolled(widget) and not window.rect().contains(place):
            faults.append(f"{name(widget)} reaches beyond the window: {place}")
    return faults


def _edit_room(box: QComboBox) -> int:
    """How wide the words of a box of choices can be."""
    option = QStyleOptionComboBox()
    box.initStyleOption(option)
    style, field = QStyle.ComplexControl.CC_ComboBox, QStyle.SubControl.SC_ComboBoxEditField
    return box.style().subControlRect(style, option, field, box).width()


def overlapping(window: QWidget) -> list[str]:
    """Pairs of neighbours that lie over each other."""
    faults = []
    for parent in (window, *shown(window)):
        inside = [
            child
            for child in parent.findChildren(QWidget, options=Qt.FindChildOption.FindDirectChildrenOnly)
            if child.isVisible()
            and not child.isWindow()
            and not isinstance(child, QFocusFrame | QScrollBar)
            and child.objectName() not in OVERLAYS
            and not child.objectName().startswith("qt_")
        ]
        if isinstance(parent, QAbstractScrollArea | QComboBox | QLineEdit):
            continue
        for one, other in combinations(inside, 2):
            if one.geometry().intersects(other.geometry()):
                faults.append(f"{name(one)} and {name(other)}")
    return faults


def illegible(window: QWidget, least: float = 4.5) -> list[str]:
    """Texts of labels and buttons whose colour stands out too little from what they lie on."""
    picture = window.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)
    rows = np.frombuffer(picture.constBits(), np.uint32).reshape(picture.height(), -1)
    ratio = picture.devicePixelRatio()
    faults = []
    for widget in shown(window):
        if not isinstance(widget, QLabel | QPushButton | QToolButton) or not widget.text() or not widget.isEnabled():
            continue
        place = QRect(widget.mapTo(window, QPoint()), widget.size()) & window.rect()
        if widget.visibleRegion().isEmpty() or place.isEmpty():
            continue
        ground = _ground(rows, place, ratio)
        ink = widget.palette().color(widget.foregroundRole()).name()
        if contrast(ink, ground) < least:
            faults.append(f"{name(widget)}: {ink} on {ground}, {contrast(ink, ground):.2f}")
    return faults


def _ground(rows: np.ndarray, place: QRect, ratio: float) -> str:
    """The colour that most points of a place have."""
    top, bottom, left, right = (
        round(side * ratio) for side in (place.top(), place.bottom(), place.left(), place.right())
    )
    colours, counts = np.unique(rows[top:bottom, left:right], return_counts=True)
    return QColor(int(colours[counts.argmax()])).name() if len(colours) else "#ffffff"


def nameless(window: QWidget) -> list[str]:
    """Widgets that take the keyboard and have no name for those who do not see them."""
    faults = []
    for widget in shown(window):
        if widget.focusPolicy() == Qt.FocusPolicy.NoFocus or isinstance(widget, QScrollBar):
            continue
        if widget.focusProxy() is not None:
            continue
        interface = QAccessible.queryAccessibleInterface(widget)
        said = interface.text(QAccessible.Text.Name) if interface is not None else widget.accessibleName()
        if not said and not (isinstance(widget, QAbstractButton) and widget.text()):
            faults.append(name(widget))
    return faults


def places(window: QWidget, *, without: QWidget) -> dict[str, QRect]:
    """Where every widget stands that is not part of `without`, of what scrolls or of what floats."""
    result = {}
    for number, widget in enumerate(window.findChildren(QWidget)):
        if (
            not widget.isVisible()
            or widget.window() is not window
            or isinstance(widget, QFocusFrame | QScrollBar)
            or widget is without
            or without.isAncestorOf(widget)
            or is_scrolled(widget)
            or widget.objectName() in OVERLAYS
            or (widget.parentWidget() is not None and widget.parentWidget().objectName() in OVERLAYS)
        ):
            continue
        result[f"{number} {type(widget).__name__} {widget.objectName()}"] = QRect(
            widget.mapTo(window, QPoint()), widget.size()
        )
    return result
