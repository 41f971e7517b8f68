"""How large a millimetre is on a screen: what the screen says, where it can be believed, or what a ruler says."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from PySide6.QtCore import QLineF, QSettings, QSize
from PySide6.QtGui import QPainter, QPaintEvent, QPen, QScreen
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QDoubleSpinBox, QFormLayout, QVBoxLayout, QWidget

from cessl_gui.core.paths import user_data
from cessl_gui.ui.page.layout.sheet import Sheet
from cessl_gui.ui.parts.plain_text import PlainLabel

if TYPE_CHECKING:
    from cessl_gui.ui.page.canvas import PageCanvas

PLAUSIBLE_DPI = (50.0, 350.0)  # screens of 1 mm x 1 mm have been reported
LINE_PX = 400


def dots_per_mm(screen: QScreen | None) -> float | None:
    """Pixels per mm of glass: measured by ruler, else as the screen says; None where neither can be believed."""
    if screen is None:
        return None
    measured = _measured(str(user_data()), _key(screen))
    if measured is not None:
        return measured
    dots = screen.physicalDotsPerInchX() / 25.4
    return dots if is_plausible(dots) else None


def is_plausible(dots_per_mm: float) -> bool:
    return PLAUSIBLE_DPI[0] <= 25.4 * dots_per_mm <= PLAUSIBLE_DPI[1]


def keep_measured(screen: QScreen, dots_per_mm: float) -> None:
    """Remember what a ruler said, for this monitor alone."""
    settings = _settings()
    settings.setValue(_key(screen), dots_per_mm)
    settings.sync()
    _measured.cache_clear()


@cache  # asked with each record, and the settings are a file
def _measured(_folder: str, key: str) -> float | None:
    """What a ruler said for a monitor; None where there was none."""
    value = _settings().value(key)
    return None if value is None else float(value)


def _settings() -> QSettings:
    return QSettings(str(user_data() / "screens.ini"), QSettings.Format.IniFormat)


def _key(screen: QScreen) -> str:
    size = screen.size()
    parts = (screen.manufacturer(), screen.model(), screen.serialNumber() or screen.name(), size.width(), size.height())
    return "dots_per_mm/" + " ".join(map(str, parts)).replace("/", "_")


def size_words(sheet: Sheet, canvas: PageCanvas) -> tuple[str, str, str]:
    """How large a page is on its screen: "fit" to the width or "true", in few words, and at length."""
    size, factor = "true" if canvas.is_true_size else "fit", canvas.magnifier.factor
    if size == "true" and factor == 1:
        return size, "paper size", "1 mm of paper is 1 mm of this screen"
    glass = dots_per_mm(canvas.screen())
    if glass is None:
        words = f"magnified ×{factor}" if factor > 1 else "fit to width"
        return size, words, "The size of this screen is not known: measure it with a ruler"
    share = factor * (1.0 if size == "true" else canvas.laid[0].dots_per_mm / glass)
    speed, gain = sheet.speed_mm_per_s * share, sheet.gain_mm_per_mv * share
    how = f"Magnified ×{factor}" if factor > 1 else "Fitted to the width"
    details = f"{how}: a ruler on this screen reads {speed:.3g} mm/s and {gain:.3g} mm/mV"
    magnified = f"×{factor}, " if factor > 1 else ""
    return size, magnified + f"{share:.0%} of paper size".replace("%", " %"), details


class RulerDialog(QDialog):
    """Asks how long a line is on the glass; a length that no screen can have is refused with a sentence."""

    def __init__(self, screen: QScreen, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Measure this screen")
        self._screen = screen
        self.length = QDoubleSpinBox(self)
        self.length.setObjectName("ruler_mm")
        self.length.setAccessibleName("Length of the line in millimetres")
        self.length.setRange(1, 2000)
        self.length.setDecimals(1)
        self.length.setSuffix(" mm")
        self.length.setValue(LINE_PX / (dots_per_mm(screen) or 96 / 25.4))
        self.said = PlainLabel(parent=self)
        self.said.setWordWrap(True)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel, self)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        form = QFormLayout()
        form.addRow("Its length between the end marks:", self.length)
        column = QVBoxLayout(self)
        column.addWidget(PlainLabel("Hold a ruler against the line below.", self))
        column.addWidget(_Line(self))
        column.addLayout(form)
        column.addWidget(self.said)
        column.addWidget(buttons)

    def accept(self) -> None:
        dots = LINE_PX / self.length.value()
        if not is_plausible(dots):
            self.said.setText(
                f"{self.length.value():g} mm would mean {25.4 * dots:.0f} dots per inch, which no screen has. "
                "Measure the line again, in millimetres."
            )
            return
        keep_measured(self._screen, dots)
        super().accept()


class _Line(QWidget):
    def sizeHint(self) -> QSize:
        return QSize(LINE_PX + 40, 40)

    minimumSizeHint = sizeHint

    def paintEvent(self, _event: QPaintEvent) -> None:
        with QPainter(self) as painter:
            painter.setPen(QPen(self.palette().text().color(), 1))
            middle = self.height() // 2
            marks = [QLineF(x, middle - 10, x, middle + 10) for x in (20, 20 + LINE_PX)]
            painter.drawLines([QLineF(20, middle, 20 + LINE_PX, middle), *marks])
