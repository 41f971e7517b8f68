"""The Evidence tab: the verdict and the choice, the change per statement, what became right and wrong."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QScrollArea, QVBoxLayout, QWidget

from cessl_gui.core.statements.vocabulary import Vocabulary
from cessl_gui.core.training.evidence import within_a_sentence
from cessl_gui.core.training.flipped import flipped_out_of_fold
from cessl_gui.core.training.results import TrainingSummary
from cessl_gui.core.types import ModelInfo, ModelStatus
from cessl_gui.ui.parts import icons
from cessl_gui.ui.parts.plain_text import PlainLabel, literal
from cessl_gui.ui.parts.tokens import BUTTON, CAPTION, LIGHT, Theme
from cessl_gui.ui.parts.widgets import named, release_focus
from cessl_gui.ui.training.cards import Card, heading
from cessl_gui.ui.training.charts import CurveChart, RankChart
from cessl_gui.ui.training.forest import ForestPlot, rows_of
from cessl_gui.ui.training.thumbnails import Changed

if TYPE_CHECKING:
    from cessl_gui.bridge.models.shelf import Judged
    from cessl_gui.bridge.session import Session

FOOTNOTE = (
    "AUC: of 100 pairs of ECGs, one with the finding and one without, how many are ranked rightly. "
    "An interval that holds 0 claims nothing; of 20 statements that did not change, one may seem to."
)


class EvidenceTab(QScrollArea):
    """What one version shows against another.

    opened(record_id, code), listed(record ids)
    decided(model_id, adopt) : the reader uses the version that waits, or keeps the present one
    """

    opened = Signal(str, str)
    listed = Signal(object)
    decided = Signal(str, bool)

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.setObjectName("evidence_tab")
        self._session = session
        self._model: ModelInfo | None = None
        self._judged: Judged | None = None
        self._theme = LIGHT
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.verdict = named(heading(wrap=True), "verdict", "Verdict")
        self.basis = named(heading(size=CAPTION, muted=True, wrap=True), "verdict_basis", "What the verdict rests on")
        self.keep = named(QPushButton(), "keep_model", "Keep the current model")
        self.adopt = named(QPushButton(), "adopt_model", "Use the new model")
        self.forest = ForestPlot()
        self.n_note = heading("n: ECGs of yours that have it", CAPTION, muted=True)
        self.curve, self.ranks = CurveChart(), RankChart()
        self.right = Changed("now right", "check-circle-fill", "accent")
        self.wrong = Changed("now wrong", "x-circle-fill", "opposes")
        self.footnote = heading(FOOTNOTE, CAPTION, muted=True, wrap=True)
        self.setWidget(self._laid_out())
        self.keep.clicked.connect(lambda: self.decide(False))
        self.adopt.clicked.connect(lambda: self.decide(True))
        for changed in (self.right, self.wrong):
            changed.opened.connect(self.opened)
            changed.listed.connect(self.listed)
        session.shelf.traced.connect(self._traces_came)
        self.show_nothing("No version to compare yet.", "Train on your labels, or import a model.")

    def _laid_out(self) -> QWidget:
        verdict, words = Card(), QVBoxLayout()
        self.mark = PlainLabel()
        words.addWidget(self.verdict)
        words.addWidget(self.basis)
        row = QHBoxLayout()
        row.setContentsMargins(4, 4, 4, 4)
        row.setSpacing(16)
        row.addWidget(self.mark)
        row.addLayout(words, 1)
        for button in (self.keep, self.adopt):
            button.setMinimumHeight(BUTTON)
            row.addWidget(button)
        verdict.column.addLayout(row)
        statements = Card("Change per statement")
        statements.side.addWidget(self.n_note)
        statements.column.addWidget(self.forest)
        statements.column.addStretch(1)
        curve = self.curve_card = Card("Validation during training", "mean precision by step, higher is better")
        curve.column.addWidget(self.curve, 1)
        ranks = self.ranks_card = Card("Where it adapted", "rank given to each layer")
        ranks.column.addWidget(self.ranks, 1)
        self.charts = QWidget()
        beside = QVBoxLayout(self.charts)
        beside.setContentsMargins(0, 0, 0, 0)
        beside.setSpacing(12)
        beside.addWidget(curve, 1)
        beside.addWidget(ranks, 1)
        middle, below = QHBoxLayout(), QHBoxLayout()
        middle.addWidget(statements, 12)
        middle.addWidget(self.charts, 5)
        for part in (self.right, self.wrong):
            below.addWidget(part, 1)
        whole = QWidget()
        column = QVBoxLayout(whole)
        column.setContentsMargins(0, 0, 0, 0)
        for layout in (middle, below, column):
            layout.setSpacing(12 if layout is column else 16)
        column.addWidget(verdict)
        column.addLayout(middle)
        column.addLayout(below)
        column.addWidget(self.footnote)
        column.addStretch(1)
        self.parts = (statements, curve, ranks, self.right, self.wrong, self.footnote)
        return whole

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        for part in (self.forest, self.curve, self.ranks, self.right, self.wrong):
            part.set_theme(theme)
        self.mark.setPixmap(icons.pixmap("scales", theme.color("accent"), 28))

    # --- what is shown

    def show_waiting(self, model: ModelInfo) -> None:
        """A version was chosen; what it shows is being computed."""
        self._model, self._judged = model, None
        self._say("Comparing…", model.origin)
        release_focus(self.adopt)
        self.adopt.setEnabled(False)  # not before it is said what it brought

    def show_nothing(self, verdict: str, basis: str) -> None:
        """There is no comparison, and why."""
        self._judged = None
        self._say(verdict, basis)

    def _say(self, verdict: str, basis: str) -> None:
        self.verdict.setText(verdict)
        self.basis.setText(basis)
        for part in self.parts:
            part.setVisible(False)
        self._offer()

    def show_judged(self, model: ModelInfo, before: str, judged: Judged) -> None:
        """before : name of the version it is compared with"""
        self._model, self._judged = model, judged
        compared = judged.compared
        if compared is None:
            self.show_nothing(f"{model.name} cannot be compared.", judged.why)
            return
        vocabulary, evidence = self._session.vocabulary(), compared.evidence
        names = {one.code: within_a_sentence(vocabulary[one.code].name) for one in evidence.statements}
        self.verdict.setText(evidence.verdict(names))
        self.basis.setText(" ".join([evidence.basis(names), *(_made(model.summary) if not judged.against else ())]))
        self.forest.show_rows(rows_of(evidence, vocabulary), before, model.name)
        summary = model.summary
        points = (
            [(c["step"], c["validation"]) for c in summary.curve if {"step", "validation"} <= c.keys()]
            if summary
            else []
        )
        ranks = summary.ranks if summary else ()
        self.curve.show_curve(points, best="kept")
        self.ranks.show_ranks(ranks)
        for part in self.parts:
            part.setVisible(True)
        self.curve_card.setVisible(bool(points))  # where only the output layer was fitted there is nothing to draw
        self.ranks_card.setVisible(any(ranks))
        self.charts.setVisible(bool(points) or any(ranks))
        self.refresh_lists()
        self._offer()

    @property
    def is_compared(self) -> bool:
        """Whether what a version shows against another is in sight."""
        return self._judged is not None and self._judged.compared is not None

    def refresh_lists(self) -> None:
        """The ECGs now right and now wrong; those whose prediction is hidden are counted and not named."""
        if self._judged is None or self._judged.compared is None:
            return
        session, vocabulary = self._session, self._session.vocabulary()
        lists = flipped_out_of_fold(self._judged.compared.answers)
        short = _abbreviations(vocabulary, [a.code for answers in lists for a in answers])
        ids = dict.fromkeys(a.record_id for answers in lists for a in answers)
        names = session.shelf.names(ids)
        for part, answers in zip((self.right, self.wrong), lists, strict=True):
            there = [a for a in answers if a.record_id in names]
            seen = [a for a in there if session.prediction_shown(a.record_id)]
            unread = len({a.record_id for a in there} - {a.record_id for a in seen})
            part.show_answers(seen, unread, names, short)
        session.shelf.ask_traces(self.right.wanted() + self.wrong.wanted())

    def _traces_came(self, traces) -> None:
        self.right.show_traces(traces)
        self.wrong.show_traces(traces)

    # --- the choice

    @property
    def waits(self) -> bool:
        """Whether the version in sight waits for a decision."""
        return self._model is not None and self._model.status == ModelStatus.CANDIDATE

    def _offer(self) -> None:
        """Keeping is the default, unless the version is shown to be better than the active one."""
        active = self._session.active_model()
        compared = self._judged.compared if self._judged else None
        supported = bool(compared and compared.supports(active))
        name = self._model.name if self._model else ""
        self.keep.setText(literal(f"Keep {active.name if active else 'the current model'}") + "  ⏎")
        self.adopt.setText("&Adopt " + literal(name))
        self.adopt.setEnabled(True)
        for button, primary in ((self.keep, not supported), (self.adopt, supported)):
            if not self.waits:
                release_focus(button)
            button.setVisible(self.waits)
            button.setProperty("primary", primary)
            button.style().unpolish(button)
            button.style().polish(button)

    def decide(self, adopt: bool) -> None:
        """Use the version that waits, or keep the present one."""
        if self._model is not None and self.waits:
            self.decided.emit(self._model.id, adopt)


def _made(summary: TrainingSummary | None) -> Iterator[str]:
    """What was adapted and why, and what could not be used, in sentences."""
    if summary and summary.why:
        yield f"Adapted: {summary.why}."
    if summary and summary.not_used:
        yield summary.not_used


def _abbreviations(vocabulary: Vocabulary, codes: list[str]) -> Mapping[str, str]:
    return {code: vocabulary[code].abbreviation for code in codes}
