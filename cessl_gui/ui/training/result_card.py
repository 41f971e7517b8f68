"""Compare models: how a newly trained model does on the test patients, and the choice whether to use it."""

from __future__ import annotations

from collections.abc import Container

from PySide6.QtCore import QSize, Qt, Signal, Slot
from PySide6.QtWidgets import (
    QHBoxLayout,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QSizePolicy,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from cessl_gui.core.flipped import DEFAULT_THRESHOLD, flipped
from cessl_gui.core.results import Comparison, Interval, TrainingSummary
from cessl_gui.core.types import ModelInfo
from cessl_gui.core.vocabulary import Vocabulary
from cessl_gui.ui.parts.plain_text import PlainLabel, plain
from cessl_gui.ui.parts.widgets import named, table_to_read

HEADINGS = ("Statement", "Present", "Absent", "AUC before", "AUC after", "Change (95% CI)", "In words")


class ResultCard(QWidget):
    """Shows one model version's comparison on the test patients.

    opened(record_id, code) : the reader clicked an ECG
    decided(model_id, adopt): use the new model (True) or keep the current one (False)
    """

    opened = Signal(str, str)
    decided = Signal(str, bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("result_card")
        self._model: ModelInfo | None = None
        self.verdict = named(PlainLabel(wordWrap=True), "verdict", "Verdict")
        self.verdict.setStyleSheet("font-weight: bold; font-size: 11pt;")
        self.basis = named(PlainLabel(wordWrap=True), "result_basis", "What was compared")
        self.table = named(QTableWidget(0, len(HEADINGS)), "result_table", "Before and after by statement")
        self._set_up_table()
        self.right_title, self.right = PlainLabel(), self._list("now_right", "ECGs now right")
        self.wrong_title, self.wrong = PlainLabel(), self._list("now_wrong", "ECGs now wrong")
        lists = QHBoxLayout()
        for title, view in ((self.right_title, self.right), (self.wrong_title, self.wrong)):
            column = QVBoxLayout()
            column.addWidget(title)
            column.addWidget(view)
            lists.addLayout(column)
        self.keep = named(QPushButton("Keep the current model"), "keep_model", "Keep the current model")
        self.adopt = named(
            QPushButton("Use the new model"),
            "adopt_model",
            "Use the new model",
            "It becomes the active model and predicts all records again; go back at any time in Model > Model versions",
        )
        self.keep.clicked.connect(lambda: self._decide(False))
        self.adopt.clicked.connect(lambda: self._decide(True))
        acts = QHBoxLayout()
        acts.addStretch(1)
        acts.addWidget(self.keep)
        acts.addWidget(self.adopt)
        column = QVBoxLayout(self)
        column.addWidget(self.verdict)
        column.addWidget(self.basis)
        column.addWidget(self.table, 3)
        column.addLayout(lists, 2)
        column.addLayout(acts)

    def _set_up_table(self) -> None:
        table = table_to_read(self.table, HEADINGS)
        table.setWordWrap(False)
        table.setAlternatingRowColors(True)
        table.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        table.horizontalHeader().setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)

    def _list(self, name: str, accessible: str) -> QListWidget:
        view = named(QListWidget(), name, accessible, "Click to open the ECG")
        view.setTextElideMode(Qt.TextElideMode.ElideRight)
        view.setMinimumHeight(4 * view.fontMetrics().height())
        view.itemActivated.connect(self._open)
        view.itemClicked.connect(self._open)
        return view

    def show_model(
        self,
        model: ModelInfo,
        before_thresholds: dict[str, float],
        names: dict[str, str],
        vocabulary: Vocabulary,
        hidden: Container[str] = (),
    ) -> None:
        """Show a model version.

        before_thresholds : of the model it is compared with
        names             : record id -> name
        hidden            : ids of records whose predictions must not be seen yet. They are counted and not named: to be
                            among the right or the wrong ones tells what the model says
        """
        self._model = model
        summary = model.summary or TrainingSummary()
        compared = summary.comparison
        self.verdict.setText(compared.verdict or "This version was not compared with another one.")
        n, patients = compared.n, compared.n_patients
        self.basis.setText(
            f"Made from {model.origin}. Compared with {summary.compared_with or 'the model before'} on {n} "
            f"ECG{'s' * (n != 1)} of {patients} patient{'s' * (patients != 1)} that took no part in its training. "
            "CI: 95% bootstrap interval of the difference, by patient; if it includes 0, no difference was shown."
        )
        self._fill_table(compared if model.summary else None, vocabulary)
        before = before_thresholds if summary.thresholds_before is None else summary.thresholds_before
        right, wrong = flipped(compared.holdout, before, model.thresholds, compared.unknown_before)
        for title, view, answers, heading in (
            (self.right_title, self.right, right, "ECGs now right"),
            (self.wrong_title, self.wrong, wrong, "ECGs now wrong"),
        ):
            title.setText(f"{heading}: {len({a.record_id for a in answers})}  (answers: {len(answers)})")
            view.clear()
            unread = len({a.record_id for a in answers if a.record_id in hidden})
            if unread:
                line = QListWidgetItem(f"{unread} more, hidden until you have read them")
                line.setFlags(Qt.ItemFlag.NoItemFlags)
                view.addItem(line)
            for answer in answers:
                if answer.record_id in hidden:
                    continue
                label = "present" if answer.label else "absent"
                was = "no answer" if answer.before is None else f"{answer.before:.2f}"
                name = names.get(answer.record_id, answer.record_id)
                limits = f"{before.get(answer.code, DEFAULT_THRESHOLD):.2f}" if answer.before is not None else "none"
                limits += f" → {model.thresholds.get(answer.code, DEFAULT_THRESHOLD):.2f}"
                text = f"{name}   {vocabulary[answer.code].abbreviation} {label}: {was} → {answer.after:.2f}"
                text += f"   threshold {limits}"
                self._add_line(view, text, answer.record_id, answer.code)
        self._offer(model.status == "candidate", compared.better is True)

    def _add_line(self, view: QListWidget, text: str, record_id: str, code: str) -> None:
        item = QListWidgetItem(text)
        item.setToolTip(plain(text))
        item.setData(Qt.ItemDataRole.UserRole, (record_id, code))
        view.addItem(item)

    def _offer(self, open_: bool, supported: bool) -> None:
        """The current model stays by default, unless the interval says that the new one is better."""
        for button, default in ((self.keep, not supported), (self.adopt, supported)):
            button.setVisible(open_)
            button.setDefault(default)
            button.setProperty("primary", default)
            button.style().unpolish(button)
            button.style().polish(button)
        if open_:
            (self.adopt if supported else self.keep).setFocus()

    def _fill_table(self, compared: Comparison | None, vocabulary: Vocabulary) -> None:
        lines = _lines(compared, vocabulary) if compared else []
        self.table.setRowCount(len(lines))
        for row, (name, present, absent, before, after, interval) in enumerate(lines):
            change, words = change_words(before, after, interval)
            cells = (name, str(present), str(absent), _figure(before), _figure(after), change, words)
            for column, text in enumerate(cells):
                item = QTableWidgetItem(text)
                item.setToolTip(plain(text))
                if column in (1, 2, 3, 4):
                    item.setTextAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
                if row == 0:
                    font = item.font()
                    font.setBold(True)
                    item.setFont(font)
                self.table.setItem(row, column, item)

    @Slot(object)
    def _open(self, item: QListWidgetItem) -> None:
        opens = item.data(Qt.ItemDataRole.UserRole)
        if opens:
            self.opened.emit(*opens)

    def _decide(self, adopt: bool) -> None:
        if self._model:
            self.decided.emit(self._model.id, adopt)

    def sizeHint(self) -> QSize:
        return QSize(900, 600)


def _lines(compared: Comparison, vocabulary: Vocabulary) -> list[tuple]:
    """Name, present, absent, AUC before and after, interval: of all statements, then of each."""
    macro = compared.macro_auc_before, compared.macro_auc_after, compared.interval
    lines: list[tuple] = [(_macro_words(compared), "", "", *macro)]
    for code, one in compared.per_class.items():
        before = "not known" if code in compared.unknown_before else one.auc_before
        name = f"{vocabulary[code].abbreviation}  {vocabulary[code].name}"
        lines.append((name, one.n_positive, one.n_negative, before, one.auc_after, one.interval))
    return lines


def _macro_words(compared: Comparison) -> str:
    over, every = compared.macro_over, compared.per_class
    if over is None or len(over) == len(every):  # earlier versions took all
        return "All statements (macro)"
    return f"{len(over)} of {len(every)} statements (macro)"


def change_words(before: object, after: float | None, interval: Interval | None) -> tuple[str, str]:
    """The change with its interval, and what may be said of it: nothing where the interval holds 0 or is unknown."""
    low, high = interval or (None, None)
    if not isinstance(before, int | float) or after is None:
        return "", "no comparison"
    change = f"{after - before:+.2f}"
    if low is None or high is None:
        return change, "too few to say"
    words = "better" if low > 0 else "worse" if high < 0 else "no difference shown"
    return f"{change}  ({low:+.2f} to {high:+.2f})", words


def _figure(value: object) -> str:
    return value if isinstance(value, str) else "–" if value is None else f"{value:.3f}"
