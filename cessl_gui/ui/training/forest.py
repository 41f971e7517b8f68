"""Change per statement: a point and its interval a row, on one axis."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF

from cessl_gui.core.plural import counted
from cessl_gui.core.statements.vocabulary import Vocabulary
from cessl_gui.core.training.evidence import NO_FIGURE, Effect, Evidence, Figure
from cessl_gui.ui.parts.tokens import BODY, CAPTION, STRONG
from cessl_gui.ui.training.cards import CENTRE, LEFT, RIGHT, Painted, fitting, width_of

ROW, HEAD, FOOT = 24, 28, 24
LEAST_REACH, MOST_REACH = 0.1, 0.5  # of the axis
TICK = 36  # px between two figures of the axis
N_WIDTH, TEXT_WIDTH, STANDS_WIDTH = 36, 136, 60


@dataclass(frozen=True)
class Row:
    name: str
    short: str
    n: int
    change: Figure
    effect: Effect
    more: int = 0
    lacks_absent: bool = False
    is_mean: bool = False

    @property
    def words(self) -> str:
        if self.effect == Effect.TOO_FEW:
            return f"{self.more} more {'without it' if self.lacks_absent else 'needed to tell'}"
        if self.effect == Effect.NEW:
            return "new: nothing to compare with"
        return self.change.words()

    @property
    def stands(self) -> str:
        return "" if self.effect in (Effect.TOO_FEW, Effect.NEW) else str(self.effect)


def rows_of(evidence: Evidence, vocabulary: Vocabulary) -> list[Row]:
    """The mean first, then the statements, those that most ECGs have first."""
    mean = evidence.macro.get("auc", (NO_FIGURE,) * 3)[2]
    effect = Effect.SAME if evidence.ranking_stays else mean.effect
    is_of_all = len(evidence.over) == len(evidence.statements)
    what = "All statements (mean)" if is_of_all else f"Mean of {counted(len(evidence.over), 'statement')}"
    first = [Row(what, "Mean", evidence.n, mean, effect, is_mean=True)] if evidence.over else []
    each = [
        Row(
            vocabulary[one.code].name,
            vocabulary[one.code].abbreviation,
            one.n_present,
            one.changes.get("auc", NO_FIGURE),
            one.effect,
            one.more,
            one.lacks_absent,
        )
        for one in sorted(evidence.statements, key=lambda one: -one.n_present)
    ]
    return first + each


class ForestPlot(Painted):
    """Filled: better; square: worse; hollow: unclear; dotted: too few. The figures stand beside it."""

    def __init__(self) -> None:
        super().__init__("forest", "Change per statement", HEAD + ROW + FOOT)
        self._rows: list[Row] = []
        self._before, self._after = "Before", "After"

    def show_rows(self, rows: list[Row], before: str, after: str) -> None:
        """before, after : names of the two versions"""
        self._rows, self._before, self._after = rows, before, after
        self.setMinimumHeight(HEAD + ROW * len(rows) + FOOT)
        counts = (f"{row.n} ECGs" if row.is_mean else f"{row.n} with it" for row in rows)
        said = (f"{r.name}, {n}: {r.words} {r.stands}".strip() for r, n in zip(rows, counts, strict=True))
        self.setAccessibleDescription(". ".join(said))
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(560, HEAD + ROW * max(1, len(self._rows)) + FOOT)

    # --- geometry

    def _reach(self) -> tuple[float, float]:
        """The ends of the axis, in steps of 0.1, with 0 between them."""
        told = [r.change for r in self._rows if r.change.low is not None and r.change.high is not None]
        low = min([-LEAST_REACH, *(f.low for f in told if f.low is not None)])
        high = max([LEAST_REACH, *(f.high for f in told if f.high is not None)])
        return max(-MOST_REACH, 0.1 * (low // 0.1)), min(MOST_REACH, 0.1 * -(-high // 0.1))

    def _columns(self) -> tuple[float, float, float]:
        """Where names end, and where the plot begins and ends."""
        longest = max([width_of(row.name, STRONG) for row in self._rows], default=100.0)
        plot_right = self.width() - TEXT_WIDTH - STANDS_WIDTH - 8
        names = min(longest + 16, max(90.0, plot_right - N_WIDTH - 200))
        return names, names + N_WIDTH + 16, plot_right - 12

    def draw(self, painter: QPainter) -> None:
        names, left, right = self._columns()
        low, high = self._reach()

        def x(value: float) -> float:
            return left + (min(max(value, low), high) - low) / (high - low) * (right - left)

        head = QRectF(8, 0, names, HEAD)
        self.text(painter, head, "Statement", size=CAPTION, color="muted")
        self.text(painter, QRectF(names, 0, N_WIDTH, HEAD), "n", size=CAPTION, color="muted", align=RIGHT)
        for words, box, align in (
            (f"{self._before} better", QRectF(x(0) - 208, 0, 200, HEAD), RIGHT),
            (f"{self._after} better", QRectF(x(0) + 8, 0, 200, HEAD), LEFT),
        ):
            room = x(0) - left if align == RIGHT else right - x(0)
            text = fitting(words, "worse" if align == RIGHT else "better", room, CAPTION)
            self.text(painter, box, text, size=CAPTION, color="muted", align=align)
        figures = QRectF(right + 16, 0, self.width() - right - 16, HEAD)
        self.text(painter, figures, "Change of AUC, 95% CI", size=CAPTION, color="muted")
        bottom = HEAD + ROW * len(self._rows)
        for number in range(len(self._rows)):
            box = QRectF(0, HEAD + number * ROW, self.width(), ROW)
            if number % 2 == 0:
                painter.fillRect(box, self.theme.color("window"))
        self._axis(painter, x, (low, high), bottom)
        for number, row in enumerate(self._rows):
            top = HEAD + number * ROW
            self._words(painter, row, top, (names, right))
            self._mark(painter, row, x, (top + ROW / 2, left, right))

    def _axis(self, painter: QPainter, x, reach: tuple[float, float], bottom: float) -> None:
        low, high = reach
        step = 0.1 if abs(x(0.1) - x(0)) >= TICK else 0.2
        for tick in range(-int(-low / step + 1e-6), int(high / step + 1e-6) + 1):
            value = tick * step
            strong = tick == 0
            painter.setPen(QPen(self.theme.color("muted" if strong else "track"), 1.5 if strong else 1))
            painter.drawLine(QPointF(x(value), HEAD), QPointF(x(value), bottom + 2))
            words = "0" if strong else f"{value:+.1f}".replace("-", "−")
            box = QRectF(x(value) - 24, bottom + 2, 48, FOOT - 4)
            self.text(painter, box, words, size=CAPTION, color="muted", align=CENTRE)

    def _words(self, painter: QPainter, row: Row, top: float, columns: tuple[float, float]) -> None:
        names, right = columns
        size = STRONG if row.is_mean else BODY
        faint = row.effect in (Effect.TOO_FEW, Effect.NEW)
        name = fitting(row.name, row.short, names - 8, size)
        self.text(painter, QRectF(8, top, names, ROW), name, size=size)
        count = "" if row.is_mean else str(row.n)
        self.text(painter, QRectF(names, top, N_WIDTH, ROW), count, size=size, color="muted", align=RIGHT)
        box = QRectF(right + 16, top, self.width() - right - 24, ROW)
        clear = row.effect in (Effect.BETTER, Effect.WORSE)
        self.text(painter, box, row.words, size=STRONG if clear else BODY, color="muted" if faint else "text")
        color = {Effect.BETTER: "accent", Effect.WORSE: "warning"}.get(row.effect, "muted")
        self.text(painter, box, row.stands, size=STRONG if clear else BODY, color=color, align=RIGHT)

    def _mark(self, painter: QPainter, row: Row, x, line: tuple[float, float, float]) -> None:
        y, left, right = line
        change = row.change
        if row.effect in (Effect.TOO_FEW, Effect.NEW) or change.value is None:
            painter.setPen(QPen(self.theme.color("unset"), 1, Qt.PenStyle.DotLine))
            painter.drawLine(QPointF(left + 6, y), QPointF(right - 6, y))
            return
        field = {Effect.BETTER: "supports", Effect.WORSE: "opposes"}.get(row.effect, "muted")
        color = self.theme.color(field)
        painter.setPen(QPen(color, 1.5))
        if change.low is not None and change.high is not None:
            painter.drawLine(QPointF(x(change.low), y), QPointF(x(change.high), y))
            for end in (change.low, change.high):
                painter.drawLine(QPointF(x(end), y - 4), QPointF(x(end), y + 4))
        painter.setBrush(color if row.effect in (Effect.BETTER, Effect.WORSE) else QColor(self.theme.surface))
        at = QPointF(x(change.value), y)
        if row.is_mean:
            corners = [QPointF(at.x() + dx, y + dy) for dx, dy in ((-6, 0), (0, -6), (6, 0), (0, 6))]
            painter.drawPolygon(QPolygonF(corners))
        elif row.effect == Effect.WORSE:
            painter.drawRect(QRectF(at.x() - 4, y - 4, 8, 8))
        else:
            painter.drawEllipse(at, 4.5, 4.5)
