"""The Training tab: what there is to learn from before the click, and how far the training is during it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, Qt, Slot
from PySide6.QtGui import QPainter, QPen
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QScrollArea, QVBoxLayout, QWidget

from cessl_gui.bridge.background.task_kinds import TaskKind
from cessl_gui.core.plural import counted
from cessl_gui.core.statements.vocabulary import Vocabulary
from cessl_gui.core.training.pace import Ahead, time_left
from cessl_gui.core.training.plan import Counted, Plan
from cessl_gui.core.types import Ending, Outcome, Progress
from cessl_gui.ui.parts.tokens import BODY, BUTTON, CAPTION, PAGE_TITLE, STRONG, Theme
from cessl_gui.ui.parts.widgets import named, release_focus
from cessl_gui.ui.training.cards import CENTRE, RIGHT, Card, Painted, fitting, heading, width_of
from cessl_gui.ui.training.charts import CurveChart, RankChart
from cessl_gui.ui.training.phases import Phases
from cessl_gui.ui.training.shelf_column import moment

if TYPE_CHECKING:
    from cessl_gui.bridge.session import Session

ROW = 22
COUNT_WIDTH, WORDS_WIDTH = 56, 190
CANCELLED = "Training cancelled; the model is as it was."
MEANWHILE = "Reading goes on meanwhile; nothing changes until you adopt the new version."


class LabelBars(Painted):
    """ECGs per statement, and from how many patients on a verdict can be given."""

    def __init__(self) -> None:
        super().__init__("label_bars", "What your labels can show", 3 * ROW)
        self._rows: list[tuple[str, str, Counted]] = []
        self._enough = 8

    def show_plan(self, plan: Plan, vocabulary: Vocabulary) -> None:
        self._rows = [(vocabulary[c.code].name, vocabulary[c.code].abbreviation, c) for c in plan.statements]
        self._enough = plan.enough
        self.setMinimumHeight(ROW * (len(self._rows) + 1) + 8)
        said = (
            f"{name}: {counted(c.present, 'ECG')} of {counted(c.patients, 'patient')}, {self._words(c)}"
            for name, _, c in self._rows
        )
        self.setAccessibleDescription(". ".join(said))
        self.update()

    def _words(self, one: Counted) -> str:
        if not one.can_be_learned:
            without = f"{one.more_absent} {'' if one.more else 'more '}without it" if one.more_absent else ""
            return f"{', '.join(filter(None, (f'{one.more} more' * bool(one.more), without)))} to learn it"
        rarer, kind = min((one.patients, ""), (one.patients_absent, " without it"))
        return "enough" if rarer >= self._enough else f"{self._enough - rarer} more{kind} for a verdict"

    def draw(self, painter: QPainter) -> None:
        names = min(max([width_of(name) for name, _, _ in self._rows], default=80.0) + 12, self.width() * 0.3)
        right = self.width() - 2 * COUNT_WIDTH - WORDS_WIDTH - 24
        most = max([c.patients for _, _, c in self._rows] + [2 * self._enough])
        for number, (name, short, one) in enumerate(self._rows):
            top = ROW * (number + 1)
            self.text(painter, QRectF(4, top, names, ROW), fitting(name, short, names - 8))
            track = QRectF(names, top + 6, right - names, ROW - 12)
            painter.fillRect(track, self.theme.color("track"))
            is_enough = min(one.patients, one.patients_absent) >= self._enough
            track.setWidth(track.width() * one.patients / most)
            painter.fillRect(track, self.theme.color("supports" if is_enough else "unset"))
            box = QRectF(right + 4, top, COUNT_WIDTH, ROW)
            self.text(painter, box, str(one.present), size=BODY, color="muted", align=RIGHT)
            box.translate(COUNT_WIDTH, 0)
            self.text(painter, box, str(one.patients), size=STRONG, align=RIGHT)
            rest = QRectF(box.right() + 12, top, WORDS_WIDTH + 20, ROW)
            self.text(painter, rest, self._words(one), size=BODY, color="muted")
        for number, unit in enumerate(("ECGs", "patients")):
            box = QRectF(right + 4 + number * COUNT_WIDTH, 0, COUNT_WIDTH, ROW - 4)
            self.text(painter, box, unit, size=CAPTION, color="muted", align=RIGHT)
        x = names + (right - names) * self._enough / most
        painter.setPen(QPen(self.theme.color("muted"), 1, Qt.PenStyle.DashLine))
        painter.drawLine(QPointF(x, ROW - 2), QPointF(x, ROW * (len(self._rows) + 1)))
        box, enough = QRectF(max(0.0, x - 110), 0, 220, ROW - 4), f"{self._enough} patients: enough for a verdict"
        self.text(painter, box, enough, size=CAPTION, color="muted", align=CENTRE)


class TrainingTab(QScrollArea):
    """Starts no training; the shelf's button does."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.setObjectName("training_tab")
        self._session = session
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.plan: Plan | None = None
        self._seen_job, self._ended = "", ""
        self._points: list[tuple[float, float]] = []
        self._has_ranks = self._is_stopping = False
        self.before = Card()
        self.facts = named(heading(wrap=True), "plan", "What a training would learn from")
        self.cost = named(heading(size=CAPTION, muted=True, wrap=True), "plan_cost", "Time and memory")
        self.before.column.addWidget(self.facts)
        self.before.column.addWidget(self.cost)
        self.share = named(heading(size=PAGE_TITLE), "train_share", "How far the training is")
        self.left = named(heading(), "train_left", "Time left")
        self.meanwhile = heading(MEANWHILE, CAPTION, muted=True, wrap=True)
        self.keep = named(QPushButton("Stop and keep the best"), "stop_keep", "Stop and keep the best")
        self.keep.setToolTip("Ends the training with the best so far, once there is one")
        self.cancel = named(QPushButton("Cancel and discard"), "cancel_train", "Cancel and discard")
        self.phases = Phases()
        self.during = self._progress_card()
        self.curve, self.ranks = CurveChart(150), RankChart(150)
        self.bars = LabelBars()
        self.setWidget(self._laid_out())
        self.keep.clicked.connect(self._keep)
        self.cancel.clicked.connect(self._cancel)
        session.shelf.paced.connect(self._on_paced)
        session.ended.connect(self._on_ended)
        self.labels_card.hide()
        self.mirror()

    def _progress_card(self) -> Card:
        card, row = Card(), QHBoxLayout()
        row.setSpacing(12)
        row.addWidget(self.share)
        row.addWidget(self.left)
        row.addWidget(self.meanwhile, 1)
        for button in (self.keep, self.cancel):
            button.setMinimumHeight(BUTTON)
            row.addWidget(button)
        card.column.setSpacing(10)
        card.column.addLayout(row)
        card.column.addWidget(self.phases)
        return card

    def _laid_out(self) -> QWidget:
        self.curve_card = Card("Validation during training", "of the fit that runs: mean precision by step")
        self.curve_card.column.addWidget(self.curve)
        self.ranks_card = Card("Where it adapts", "rank given to each layer")
        self.ranks_card.column.addWidget(self.ranks)
        labels = self.labels_card = Card("What your labels can show")
        labels.side.addWidget(heading("ECGs and patients of yours that have the statement", CAPTION, muted=True))
        labels.column.addWidget(self.bars)
        whole, charts = QWidget(), QHBoxLayout()
        charts.setSpacing(16)
        charts.addWidget(self.curve_card, 1)
        charts.addWidget(self.ranks_card, 1)
        column = QVBoxLayout(whole)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(12)
        column.addWidget(self.before)
        column.addWidget(self.during)
        column.addLayout(charts)
        column.addWidget(labels)
        column.addStretch(1)
        return whole

    def set_theme(self, theme: Theme) -> None:
        for part in (self.phases, self.curve, self.ranks, self.bars):
            part.set_theme(theme)

    def mirror(self) -> None:
        """Show the training that runs, or what the next one would learn from."""
        busy = TaskKind.TRAIN in self._session.busy
        if not busy:
            release_focus(self.during)
        self.before.setVisible(not busy)
        self.during.setVisible(busy)
        self.curve_card.setVisible(busy and bool(self._points))
        self.ranks_card.setVisible(busy and self._has_ranks)

    def show_plan(self, plan: Plan) -> None:
        """What the next training would learn from."""
        self.plan = plan
        too_few = sum(not c.can_be_learned for c in plan.statements)
        facts = plan.sentence
        facts += f" {counted(too_few, 'statement')} cannot be learned yet." if too_few else ""
        failed = self._session.shelf.failed()
        ended = f"The training of {moment(failed.started_utc)} failed: {failed.reason}" if failed else self._ended
        self.facts.setText(ended or facts)
        cost = f"Time: {plan.time}. Memory: about {plan.megabytes / 1000:.1f} GB. {MEANWHILE}"
        self.cost.setText(f"The next one: {facts[0].lower()}{facts[1:]} {cost}" if ended else cost)
        self.bars.show_plan(plan, self._session.vocabulary())
        self.labels_card.setVisible(bool(plan.statements))

    # --- during

    @Slot(object, object)
    def _on_paced(self, progress: Progress, ahead: Ahead) -> None:
        if progress.job_id != self._seen_job:
            self.begin(progress.job_id)
        self._show_share("" if ahead.share is None else f"{ahead.share:.0%}".replace("%", " %"))
        if not self._is_stopping:
            self.left.setText(time_left(ahead.seconds_left) or f"{progress.phase}: time left not known yet")
            self._let_keep(progress.best is not None)  # before, and at the end, there is no better or worse
        step = f"step {progress.step}" if progress.step else ""
        self.phases.show_pace(self._session.shelf.pace, progress.message or step)
        if progress.validation is not None:
            # Each fold has a training of its own, and is scored on other patients.
            own = [point for point in self._points if point[0] < progress.step]
            self._points = [*own, (progress.step, progress.validation)]
        self.curve.show_curve(self._points, best="best so far")
        self.curve_card.setVisible(bool(self._points))  # nothing to draw while only the output layer is fitted
        ranks = progress.ranks
        if ranks:
            self._has_ranks = True
            self.ranks.show_ranks(ranks)
            self.ranks_card.setVisible(True)

    def _show_share(self, words: str) -> None:
        self.share.setText(words)
        self.share.setVisible(bool(words))

    def begin(self, job_id: str) -> None:
        """A training has begun."""
        self._seen_job, self._ended = job_id, ""
        self._points, self._has_ranks = [], False
        self._show_share("")
        self._is_stopping = False
        self.left.setText("Starting …")
        self.phases.show_pace(None)
        self._let_keep(False)
        self.cancel.setEnabled(True)
        self.mirror()

    def _let_keep(self, able: bool) -> None:
        if not able:
            release_focus(self.keep)  # else it goes to the next button, which discards
        self.keep.setEnabled(able)

    def _keep(self) -> None:
        self._is_stopping = True
        self.left.setText("Stopping, keeping the best…")
        self._let_keep(False)
        self._session.stop_and_keep()

    def _cancel(self) -> None:
        self._is_stopping = True
        self.left.setText("Cancelling…")
        self._let_keep(False)
        self.cancel.setEnabled(False)
        self._session.cancel(TaskKind.TRAIN)

    @Slot(object, object)
    def _on_ended(self, kind: TaskKind, outcome: Outcome) -> None:
        if kind != TaskKind.TRAIN:
            return
        self.mirror()
        if outcome.ending == Ending.CANCELLED:
            self._ended = CANCELLED
        elif outcome.ending == Ending.FAILED:
            self._ended = f"{outcome.message} {outcome.todo}".strip()
        if self._ended:
            self.facts.setText(self._ended)
