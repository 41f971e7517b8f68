"""The Calibration tab: whether a probability means what it says, and the figures at the threshold."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QScrollArea, QTableWidget, QTableWidgetItem, QVBoxLayout, QWidget

from cessl_gui.core.plural import counted
from cessl_gui.core.statements.vocabulary import Vocabulary
from cessl_gui.core.training.evidence import NO_FIGURE, Evidence, Figure, Scores
from cessl_gui.core.types import ModelInfo
from cessl_gui.ui.parts.plain_text import plain
from cessl_gui.ui.parts.tokens import CAPTION, TABLE_ROW, Theme
from cessl_gui.ui.parts.widgets import named, table_to_read
from cessl_gui.ui.training.cards import Card, heading
from cessl_gui.ui.training.charts import CalibrationChart

ALL = "All statements"
HEADINGS = ("", "Before", "After", "Change")
FIGURES = {  # name, and what it is
    "auc": ("AUC", "Pairs of ECGs, one with the finding and one without, that are ranked rightly"),
    "average_precision": ("Average precision", "Mean share of right calls over all thresholds that find one more"),
    "f2": ("F2", "Sensitivity and PPV in one, to find counting for more than to spare"),
    "sensitivity": ("Sensitivity", "Found, of those who have it"),
    "specificity": ("Specificity", "Passed, of those who do not have it"),
    "ppv": ("PPV", "Right, of those called"),
}


class CalibrationTab(QScrollArea):
    """One statement's figures and curve, before and after."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("calibration_tab")
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._evidence: Evidence | None = None
        self._names = ("Before", "After")
        self.choice = named(QComboBox(), "calibration_statement", "Statement")
        self.chart = CalibrationChart()
        self.error = heading("", CAPTION, muted=True, wrap=True)
        self.threshold = named(heading("", CAPTION, muted=True, wrap=True), "threshold_rule", "How it was chosen")
        self._model: ModelInfo | None = None
        self.table = table_to_read(named(QTableWidget(0, 4), "figures", "Figures before and after"), HEADINGS)
        self.table.verticalHeader().setDefaultSectionSize(TABLE_ROW)
        left = Card("Does a probability mean what it says?", "on the line: of ECGs given 0.80, 80 of 100 have it")
        left.column.addWidget(self.choice)
        left.column.addWidget(self.chart, 1)
        left.column.addWidget(self.error)
        left.column.addStretch()
        right = Card("Figures at the threshold", "with 95% CIs, by patient")
        right.column.addWidget(self.table, 1)
        right.column.addWidget(self.threshold)
        right.column.addStretch()
        whole, row = QWidget(), QHBoxLayout()
        row.setSpacing(16)
        row.addWidget(left, 4)
        row.addWidget(right, 5)
        column = QVBoxLayout(whole)
        column.setContentsMargins(0, 0, 0, 0)
        column.addLayout(row)
        self.setWidget(whole)
        self.choice.currentIndexChanged.connect(self._show)

    def set_theme(self, theme: Theme) -> None:
        self.chart.set_theme(theme)

    def show_evidence(
        self, evidence: Evidence | None, vocabulary: Vocabulary, names: tuple[str, str], model: ModelInfo | None = None
    ) -> None:
        """names : of the versions before and after;  model : the version after, whose thresholds these are"""
        self._evidence, self._names, self._model = evidence, names, model
        self.choice.blockSignals(True)
        self.choice.clear()
        self.choice.addItem(ALL, "")
        for one in evidence.statements if evidence else ():
            self.choice.addItem(vocabulary[one.code].name, one.code)
        self.choice.blockSignals(False)
        self._show()

    def _show(self) -> None:
        evidence = self._evidence
        for part in (self.choice, self.chart, self.table):
            part.setVisible(evidence is not None)
        if evidence is None:
            self.error.setText("This version was not compared, so there is no curve.")
            self.threshold.setText("This version was not compared, so there are no figures.")
            return
        code = self.choice.currentData()
        before: Scores | None
        if code:
            one = next(s for s in evidence.statements if s.code == code)
            before, after = one.before, one.after
            rows = [
                (key, getattr(before, key) if before else NO_FIGURE, getattr(after, key), one.changes.get(key))
                for key in FIGURES
            ]
        else:
            before, after = evidence.calibration
            rows = [(key, *evidence.macro[key]) for key in FIGURES if key in evidence.macro]
        models = {self._names[1]: after} if before is None else {self._names[0]: before, self._names[1]: after}
        self.chart.show_models(models)
        self.error.setText(_error_words(before, after))
        self.threshold.setText(f"{_count_words(evidence, code)} {_threshold_words(self._model, code)}".strip())
        self._fill(rows)

    def _fill(self, rows: list[tuple[str, Figure, Figure, Figure | None]]) -> None:
        self.table.setRowCount(len(rows))
        for row, (key, before, after, change) in enumerate(rows):
            name, meaning = FIGURES[key]
            cells = (name, before.words(".2f"), after.words(".2f"), change.words() if change else "")
            for column, text in enumerate(cells):
                item = QTableWidgetItem(text)
                item.setToolTip(plain(f"{name}: {meaning}" if column == 0 else text))
                self.table.setItem(row, column, item)


def _count_words(evidence: Evidence, code: str) -> str:
    """Of how many ECGs the figures are."""
    if not code:
        over = f"Means over {counted(len(evidence.over), 'statement')}. " if evidence.over else ""
        return f"{over}From {counted(evidence.n, 'ECG')} of {counted(evidence.n_patients, 'patient')}."
    one = next(s for s in evidence.statements if s.code == code)
    return f"From {counted(one.n_present, 'ECG')} with it and {one.n_absent:,} without."


def _threshold_words(model: ModelInfo | None, code: str) -> str:
    """The threshold of a statement and the rule that chose it; for all of them, how many were chosen by which."""
    summary = model.summary if model else None
    if model is None or summary is None or summary.sensitivities is None:
        return ""
    if code:
        threshold, rule = model.thresholds.get(code), summary.rule(code)
        return f"Threshold {threshold:.2f}, chosen by: {rule}." if threshold is not None and rule else ""
    asked = len(summary.sensitivities)
    rules = {"by the best F2": len(summary.statements) - asked, "by a sensitivity that you set": asked}
    chosen = ", ".join(f"{count} {rule}" for rule, count in rules.items() if count)
    return f"Thresholds chosen: {chosen}." if chosen else ""


def _error_words(before: Scores | None, after: Scores) -> str:
    """The calibration error in the words of a ward."""
    if after.calibration_error is None:
        return "Too few ECGs for a curve."
    was = "" if before is None or before.calibration_error is None else f", {before.calibration_error:.2f} before"
    words = f"On average a probability is {after.calibration_error:.2f} off what was so{was} (calibration error)."
    chance = after.calibration_chance
    return words if chance is None else f"{words} With so few ECGs, right ones would be {chance:.2f} off by chance."
