"""Charts of a training: the validation curve with its best, the ranks of the layers, calibration."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF

from cessl_gui.core.evidence import Scores
from cessl_gui.ui.parts.tokens import BODY, CAPTION, STRONG
from cessl_gui.ui.training.cards import CENTRE, RIGHT, Painted, width_of

AXIS, FOOT, TOP = 34, 20, 10


class CurveChart(Painted):
    """Mean average precision on the validation patients by step; the best is ringed."""

    def __init__(self, height: int = 110) -> None:
        super().__init__("validation_curve", "Validation during training", height)
        self._points: list[tuple[float, float]] = []
        self._last = 0.0
        self._best_words = "kept"
        self._none = ""

    def show_curve(self, points: Sequence[tuple[float, float]], *, last: float = 0, best: str = "kept", none: str = ""):
        """points : (step, score); last : the step that the axis reaches; best : the words at the best point;
        none : said where there are no points"""
        self._points, self._last, self._best_words, self._none = list(points), last, best, none
        if points:
            step, score = max(points, key=lambda p: p[1])
            self.setAccessibleDescription(f"{len(points)} checks, {best}: step {step:.0f} with {score:.3f}")
        else:
            self.setAccessibleDescription(none)
        self.update()

    def draw(self, painter: QPainter) -> None:
        area = QRectF(AXIS, TOP + 14, self.width() - AXIS - 10, self.height() - TOP - FOOT - 14)
        if not self._points:
            self.text(painter, QRectF(self.rect()), self._none, size=CAPTION, color="muted", align=CENTRE)
            return
        scores = [score for _, score in self._points]
        step, low, high = _scale(min(scores), max(scores))
        last = max(self._last, self._points[-1][0], 1)

        def at(point: tuple[float, float]) -> QPointF:
            x = area.left() + point[0] / last * area.width()
            return QPointF(x, area.bottom() - (point[1] - low) / (high - low) * area.height())

        value = low
        while value <= high + 1e-9:
            y = at((0, value)).y()
            painter.setPen(QPen(self.theme.color("track"), 1))
            painter.drawLine(QPointF(area.left(), y), QPointF(area.right(), y))
            box = QRectF(0, y - 8, AXIS - 6, 16)
            self.text(painter, box, f"{value:.2f}", size=CAPTION, color="muted", align=RIGHT)
            value += step
        for third in range(4):
            x = area.left() + third / 3 * area.width()
            box = QRectF(x - 24, area.bottom() + 4, 48, 16)
            self.text(painter, box, f"{last * third / 3:.0f}", size=CAPTION, color="muted", align=CENTRE)
        painter.setPen(QPen(self.theme.color("accent"), 1.5))
        painter.drawPolyline(QPolygonF([at(point) for point in self._points]))
        painter.setBrush(self.theme.color("accent"))
        for point in self._points:
            painter.drawEllipse(at(point), 2, 2)
        best = max(self._points, key=lambda p: p[1])
        painter.setBrush(QColor(self.theme.surface))
        painter.drawEllipse(at(best), 5, 5)
        words = f"{self._best_words}: step {best[0]:.0f}"
        wide = width_of(words, STRONG)
        left = min(max(at(best).x() - wide / 2, area.left()), area.right() - wide)
        self.text(painter, QRectF(left, at(best).y() - 24, wide + 4, 16), words, size=STRONG)


def _scale(low: float, high: float) -> tuple[float, float, float]:
    """Step, lowest and highest line of an axis of some four lines."""
    step = next(s for s in (0.01, 0.02, 0.04, 0.05, 0.1, 0.2, 0.25, 0.5) if (high - low) / s <= 4)
    first = step * (low // step)
    last = step * -(-high // step)
    return step, first, last if last > first else first + step


class RankChart(Painted):
    """The rank given to each layer; those that stay as they are lie flat."""

    def __init__(self, height: int = 110) -> None:
        super().__init__("layer_ranks", "Where it adapted", height)
        self._ranks: tuple[int, ...] = ()
        self._none = ""

    def show_ranks(self, ranks: Sequence[int], none: str = "") -> None:
        """ranks : in the order of the layers; none : said where no layer was adapted"""
        self._ranks, self._none = tuple(ranks), none
        said = f"{sum(r > 0 for r in ranks)} of {len(ranks)} layers adapted; ranks {', '.join(map(str, ranks))}"
        self.setAccessibleDescription(said if any(ranks) else none)
        self.update()

    def draw(self, painter: QPainter) -> None:
        most = max(self._ranks, default=0)
        if not most:
            self.text(painter, QRectF(self.rect()), self._none, size=CAPTION, color="muted", align=CENTRE)
            return
        area = QRectF(AXIS, TOP, self.width() - AXIS - 10, self.height() - TOP - FOOT)
        for value in (0, most / 2, most):
            y = area.bottom() - value / most * area.height()
            painter.setPen(QPen(self.theme.color("track"), 1))
            painter.drawLine(QPointF(area.left(), y), QPointF(area.right(), y))
            box = QRectF(0, y - 8, AXIS - 6, 16)
            self.text(painter, box, f"{value:.0f}", size=CAPTION, color="muted", align=RIGHT)
        each = area.width() / len(self._ranks)
        for number, rank in enumerate(self._ranks):
            high = max(2.0, rank / most * area.height())
            color = self.theme.color("accent", 255 if rank == most else 140) if rank else self.theme.color("unset")
            bar = QRectF(area.left() + number * each + each * 0.12, area.bottom() - high, each * 0.76, high)
            painter.fillRect(bar, color)
        below = QRectF(area.left(), area.bottom() + 4, area.width(), 16)
        kept = "first layer, kept as it is" if not self._ranks[0] else "first layer"
        self.text(painter, below, kept, size=CAPTION, color="muted")
        self.text(painter, below, "last layer", size=CAPTION, color="muted", align=RIGHT)


class CalibrationChart(Painted):
    """What was said against what was so: on the diagonal a probability is what it says."""

    def __init__(self) -> None:
        super().__init__("calibration_curve", "Calibration curve", 260)
        self._models: Mapping[str, Scores] = {}

    def show_models(self, models: Mapping[str, Scores]) -> None:
        """models : name -> scores with a curve, the model before first"""
        self._models = models
        said = []
        for name, scores in models.items():
            points = (f"{p.said:.2f} said, {p.had.words('.2f')} had it" for p in scores.curve)
            said.append(f"{name}: {'; '.join(points) or 'too few ECGs'}")
        self.setAccessibleDescription(". ".join(said))
        self.update()

    def draw(self, painter: QPainter) -> None:
        side = min(self.width() - AXIS - 24, self.height() - FOOT - TOP - 18)
        area = QRectF(AXIS + 8, TOP, side, side)

        def at(x: float, y: float) -> QPointF:
            return QPointF(area.left() + x * side, area.bottom() - y * side)

        for tick in (0, 0.25, 0.5, 0.75, 1.0):
            painter.setPen(QPen(self.theme.color("track"), 1))
            painter.drawLine(at(0, tick), at(1, tick))
            box = QRectF(0, at(0, tick).y() - 8, AXIS + 2, 16)
            self.text(painter, box, f"{tick:.2f}", size=CAPTION, color="muted", align=RIGHT)
            below = QRectF(at(tick, 0).x() - 20, area.bottom() + 4, 40, 16)
            self.text(painter, below, f"{tick:.2f}", size=CAPTION, color="muted", align=CENTRE)
        painter.setPen(QPen(self.theme.color("unset"), 1))
        painter.drawLine(at(0, 0), at(1, 1))
        for number, (name, scores) in enumerate(self._models.items()):
            is_new = number == len(self._models) - 1
            color = self.theme.color("accent" if is_new else "muted")
            painter.setPen(QPen(color, 1.5))
            painter.setBrush(color if is_new else QColor(self.theme.surface))
            for point in scores.curve:
                if point.had.low is not None and point.had.high is not None:
                    painter.drawLine(at(point.said, point.had.low), at(point.said, point.had.high))
            middles = [at(point.said, point.had.value or 0.0) for point in scores.curve]
            painter.drawPolyline(QPolygonF(middles))
            for middle in middles:
                painter.drawEllipse(middle, 4, 4)
            y = TOP + 14 + 22 * number
            painter.drawEllipse(QPointF(area.left() + 16, y), 4, 4)
            box = QRectF(area.left() + 28, y - 9, side / 2, 18)
            self.text(painter, box, name, size=BODY)
