"""Charts of a training: the validation curve with its best, the ranks of the layers, calibration."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QSize, Qt, QTimer, Slot
from PySide6.QtGui import QFontMetrics, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QFrame, QVBoxLayout, QWidget

from cessl_gui.core.training.evidence import Scores
from cessl_gui.ui.parts.theme import font
from cessl_gui.ui.parts.tokens import BODY, CAPTION, LIGHT, STRONG, Theme, Type
from cessl_gui.ui.parts.widgets import named

Tick = tuple[float, str]  # a value, and what is written beside it
QUARTERS = [(tick, f"{tick:.2f}") for tick in (0, 0.25, 0.5, 0.75, 1)]
HALF_A_LINE_PX = 13
LEFT_PX = 38  # of the numbers beside the vertical axis
NAME_PX = 150  # of a model's name, at most
pg.setConfigOptions(antialias=True)


class Chart(QWidget):
    """A chart in the theme's colours, which says in words what it shows. Without a menu; nothing in it moves.

    It is made, and drawn, once it is in sight: the Model room has five, which take a tenth of a second.
    """

    def __init__(self, name: str, accessible: str, height: int) -> None:
        super().__init__()
        named(self, name, accessible)
        self.theme, self._height = LIGHT, height
        self._is_stale = True
        self.setMinimumHeight(height)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)  # the wheel moves what the chart lies in
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)

    @cached_property
    def plot(self) -> pg.PlotWidget:
        """What it is drawn on."""
        plot = pg.PlotWidget(self, background=None, enableMenu=False)
        plot.setFrameShape(QFrame.Shape.NoFrame)
        plot.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        for part in (plot, plot.viewport()):
            part.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        # The card shows through: the viewport, and the ground that Qt keeps of it, would be of the window's colour.
        plot.viewport().setAutoFillBackground(False)
        plot.setCacheMode(pg.GraphicsView.CacheModeFlag.CacheNone)
        item = plot.plotItem
        item.hideButtons()
        item.getAxis("left").setWidth(LEFT_PX)
        item.layout.setContentsMargins(0, 0, 14, 0)  # room for half a number beyond the axis
        for side in ("left", "bottom"):
            item.getAxis(side).setZValue(-1)  # its lines run behind what is drawn
        self.layout().addWidget(plot)
        return plot

    @property
    def plotItem(self) -> pg.PlotItem:
        return self.plot.plotItem

    def sizeHint(self) -> QSize:
        return QSize(2 * self._height, self._height)

    def minimumSizeHint(self) -> QSize:
        return QSize(self._height, self._height)

    def set_theme(self, theme: Theme) -> None:
        self.theme = theme
        self.draw_again()

    def draw_again(self) -> None:
        """Draw what there is now; out of sight, once it is in sight again."""
        self._is_stale = True
        if self.isVisible():
            self._draw_stale()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        QTimer.singleShot(0, self, self._draw_stale)  # a turn of the window's thread for each chart

    @Slot()
    def _draw_stale(self) -> None:
        if self._is_stale:
            self._is_stale = False
            self.plotItem.clear()
            self.draw()

    def draw(self) -> None:
        """Draw the chart on the empty plot."""
        raise NotImplementedError

    def show_axes(self, left: Sequence[Tick], bottom: Sequence[Tick]) -> None:
        """The axes with these numbers, and a line across the chart at each of the left ones."""
        for side, ticks in (("left", left), ("bottom", bottom)):
            axis = self.plotItem.getAxis(side)
            axis.setPen(None)
            axis.setTickPen(self.theme.color("track"))
            axis.setTextPen(self.theme.color("muted"))
            axis.setStyle(tickFont=font(CAPTION), tickLength=0, hideOverlappingLabels=False)
            axis.setTicks([list(ticks)])
            axis.setGrid(255 if side == "left" else False)
            axis.show()

    def show_range(self, x: tuple[float, float], y: tuple[float, float]) -> None:
        """With room for half a line of text above and below, or the numbers there would be left out."""
        room = HALF_A_LINE_PX / self._height * (y[1] - y[0])
        self.plotItem.setRange(xRange=x, yRange=(y[0] - room, y[1] + room), padding=0.02)

    def write(
        self, words: str, at: tuple[float, float], size: Type = BODY, color: str = "text", anchor=(0.0, 0.5)
    ) -> None:
        """A line of plain text. color : a field of the theme;  anchor : what of it lies there, from its left and top"""
        text = pg.TextItem(words, color=self.theme.color(color), anchor=anchor)
        text.setFont(font(size))
        self.plotItem.addItem(text)
        text.setPos(*at)


class CurveChart(Chart):
    """Mean average precision on the validation patients by step; the best is ringed."""

    def __init__(self, height: int = 110) -> None:
        super().__init__("validation_curve", "Validation during training", height)
        self.show_curve(())

    def show_curve(self, points: Sequence[tuple[float, float]], *, last: float = 0, best: str = "kept"):
        """points : (step, score); last : the step that the axis reaches; best : the words at the best point"""
        self._points, self._last, self._best_words = list(points), last, best
        if points:
            step, score = max(points, key=lambda p: p[1])
            self.setAccessibleDescription(f"{len(points)} checks, {best}: step {step:.0f} with {score:.3f}")
        self.draw_again()

    def draw(self) -> None:
        if not self._points:
            return
        steps, scores = np.array(self._points, float).T
        apart, low, high = _scale(scores.min(), scores.max())
        last = max(self._last, steps[-1], 1)
        lines = np.arange(low, high + apart / 2, apart)
        thirds = (steps[np.abs(steps - share * last / 3).argmin()] for share in (1, 2))  # of which there are scores
        below = [(step, f"{step:.0f}") for step in sorted({0.0, *thirds, last})]
        self.show_axes([(value, f"{value:.2f}") for value in lines], below)
        self.show_range((0, last), (low, high + 0.25 * (high - low)))
        line = pg.mkPen(self.theme.color("accent"), width=1.5)
        dot = {"symbol": "o", "symbolPen": line, "symbolBrush": self.theme.color("accent")}
        self.plotItem.plot(steps, scores, pen=line, symbolSize=3, **dot)
        best = int(scores.argmax())
        ring = dot | {"symbolBrush": self.theme.surface}
        self.plotItem.plot(steps[[best]], scores[[best]], pen=None, symbolSize=10, **ring)
        words = f"{self._best_words}: step {steps[best]:.0f}"
        at_ends = float(np.clip(3 * steps[best] / last - 1, 0, 1))  # there beside the ring: nothing is cut off
        self.write(words, (steps[best], scores[best]), STRONG, anchor=(at_ends, 1.2))


def _scale(low: float, high: float) -> tuple[float, float, float]:
    """Step, lowest and highest line of an axis of some four lines."""
    step = next(s for s in (0.01, 0.02, 0.04, 0.05, 0.1, 0.2, 0.25, 0.5) if (high - low) / s <= 4)
    first = step * (low // step)
    last = step * -(-high // step)
    return step, first, last if last > first else first + step


class RankChart(Chart):
    """The rank given to each layer; those that stay as they are lie flat."""

    def __init__(self, height: int = 110) -> None:
        super().__init__("layer_ranks", "Where it adapted", height)
        self.show_ranks(())

    def show_ranks(self, ranks: Sequence[int]) -> None:
        """ranks : in the order of the layers"""
        self._ranks = tuple(ranks)
        said = f"{sum(r > 0 for r in ranks)} of {len(ranks)} layers adapted; ranks {', '.join(map(str, ranks))}"
        self.setAccessibleDescription(said)
        self.draw_again()

    def draw(self) -> None:
        most, last = max(self._ranks, default=0), len(self._ranks) - 0.5
        if not most:
            return
        self.show_axes([(value, f"{value:.0f}") for value in (0, most / 2, most)], [])
        self.plotItem.hideAxis("bottom")
        self.show_range((-0.5, last), (-0.3 * most, most))
        first = "first layer" if self._ranks[0] else "first layer, kept as it is"
        self.write(first, (-0.5, 0), CAPTION, "muted", (0, 0))
        self.write("last layer", (last, 0), CAPTION, "muted", (1, 0))
        color = self.theme.color
        colors = [color("accent", 255 if r == most else 140) if r else color("unset") for r in self._ranks]
        heights = np.maximum(self._ranks, 0.03 * most)
        bars = pg.BarGraphItem(x=np.arange(len(heights)), height=heights, width=0.76, brushes=colors, pen=None)
        self.plotItem.addItem(bars)


class CalibrationChart(Chart):
    """What was said against what was so: on the diagonal a probability is what it says."""

    def __init__(self) -> None:
        super().__init__("calibration_curve", "Calibration curve", 260)
        self.show_models({})

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.setMaximumHeight(max(self.width(), self.minimumHeight()))  # else its numbers lie far below what is square

    def show_models(self, models: Mapping[str, Scores]) -> None:
        """models : name -> scores with a curve, the model before first"""
        self._models = models
        said = []
        for name, scores in models.items():
            points = (f"{p.said:.2f} said, {p.had.words('.2f')} had it" for p in scores.curve)
            said.append(f"{name}: {'; '.join(points) or 'too few ECGs'}")
        self.setAccessibleDescription(". ".join(said))
        self.draw_again()

    def draw(self) -> None:
        self.plotItem.setAspectLocked(True)
        self.show_axes(QUARTERS, QUARTERS)
        self.show_range((0, 1), (0, 1))
        plot = self.plotItem.plot
        plot([0, 1], [0, 1], pen=self.theme.color("unset"))
        for number, (name, scores) in enumerate(self._models.items()):
            is_new = number == len(self._models) - 1
            color = self.theme.color("accent" if is_new else "muted")
            line = pg.mkPen(color, width=1.5)
            inside = color if is_new else self.theme.surface
            dots = {"symbol": "o", "symbolSize": 8, "symbolPen": line, "symbolBrush": inside}
            for point in scores.curve:
                if point.had.low is not None and point.had.high is not None:
                    plot([point.said] * 2, [point.had.low, point.had.high], pen=line)
            plot([p.said for p in scores.curve], [p.had.value or 0.0 for p in scores.curve], pen=line, **dots)
            y = 0.95 - 0.09 * number
            plot([0.04], [y], pen=None, **dots)
            words = QFontMetrics(font(BODY)).elidedText(name, Qt.TextElideMode.ElideRight, NAME_PX)
            self.write(words, (0.07, y))
