"""Erase recordings whose consent is withdrawn: what will be gone, and what cannot be taken back, is said before."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QButtonGroup, QCheckBox, QFormLayout, QLineEdit, QRadioButton, QWidget

from cessl_gui.bridge.background.task_kinds import TaskKind
from cessl_gui.core.plural import counted
from cessl_gui.ui.parts.errand import Errand
from cessl_gui.ui.parts.widgets import named

if TYPE_CHECKING:
    from cessl_gui.bridge.session import Session

ABOUT = (
    "Erases recordings, and all that was said of them, from this project and its copies of earlier days, for good. "
    "The team's projects follow with the next sync or bundle. Your original files, exports, bundles and models made "
    "earlier are not touched."
)
USUAL_REASON = "consent withdrawn"
LONGEST_REASON = 200


class RemoveDialog(Errand):
    """Nobody reads on meanwhile: the window waits, and the project is opened again afterwards.

    finished_with : recordings are gone, and the person has read it: the project is to be opened again
    """

    kind = TaskKind.REMOVE
    finished_with = Signal()

    def __init__(self, session: Session, ids: Sequence[str], parent: QWidget | None = None) -> None:
        super().__init__(session, parent, "remove", "Remove recordings", ABOUT)
        self.setModal(True)
        self._ids, self._is_done = tuple(ids), False
        self._patient = session.upkeep.patient_of(self._ids[0]) if len(self._ids) == 1 else self._ids
        name = session.info(self._ids[0]).name if len(self._ids) == 1 else counted(len(self._ids), "chosen ECG")
        self.chosen = named(QRadioButton(f"Remove {name}"), "remove_chosen", f"Remove {name}")
        whole = f"Remove all {counted(len(self._patient), 'ECG')} of this patient"
        self.of_patient = named(QRadioButton(whole), "remove_patient", whole)
        self._which = QButtonGroup(self)
        for button in (self.chosen, self.of_patient):
            self._which.addButton(button)
            self.own.addWidget(button)
        self.chosen.setChecked(True)
        self.of_patient.setVisible(len(self._patient) > len(self._ids))
        self.reason = named(QLineEdit(USUAL_REASON), "remove_reason", "Reason, kept on record")
        self.reason.setMaxLength(LONGEST_REASON)
        form = QFormLayout()
        form.addRow("Reason, kept on record", self.reason)
        self.own.addLayout(form)
        words = "I know that this cannot be undone"
        self.sure = named(QCheckBox(words), "remove_sure", words)
        self.own.addWidget(self.sure)
        self.go.setText("Remove for good")
        self.sure.toggled.connect(lambda _: self.enable())
        self.stop.hide()  # it is done in one step
        self.add_close(self.go)
        self.enable()

    def lacks(self) -> str:
        if self._is_done:
            return "It is done"
        return "" if self.sure.isChecked() else "Tick the box first"

    def begin(self) -> None:
        reason = self._session.upkeep.why_not_now()
        if reason:
            self._session.problem.emit("Nothing was removed.", reason, "")
            return
        ids = self._patient if self.of_patient.isChecked() else self._ids
        self._session.upkeep.remove(ids, " ".join(self.reason.text().split()) or USUAL_REASON)

    def show_result(self, result) -> None:
        super().show_result(result)
        self.said.setText(f"{result.sentence} The project is opened again when you close this window.")
        self._is_done = True

    def reject(self) -> None:
        """Close, which Qt asks for here, too, and Escape: not while it runs."""
        if self.runs:
            return
        super().reject()
        if self._is_done:
            self.finished_with.emit()
