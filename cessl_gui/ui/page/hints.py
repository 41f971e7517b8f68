"""The honesty strip: what the reader must know of the signal before trusting it, as hints with their reasons."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from cessl_gui.core.types import LEADS_12, Record
from cessl_gui.ecg.gate import judge
from cessl_gui.ecg.quality import OFF_SCALE_MV, POOR_SHARE, limb_lead_hint, reversal_hint, worst_lead
from cessl_gui.ui.parts.plain_text import plain
from cessl_gui.ui.parts.tokens import LIGHT, Theme

LOOKED_AT_S = 60  # of a long recording, from its beginning
PADDED_FROM_S = 0.2
MANY_ABSENT = 6  # leads; then those that are there are named

REASONS = {
    "missing": "the recording does not have this lead and it cannot be derived",
    "derived": "computed from other limb leads, not recorded",
    "off": "no value at all: the electrode was off or the file has none",
    "flat": "hardly any voltage: the electrode was probably off",
    "off scale": f"more than {OFF_SCALE_MV:g} mV within half a second: a loose electrode, or a wrong unit",
    "clipped": "many samples at exactly the largest or smallest value: the amplifier was at its end",
    "noisy": "much that is faster than 40 Hz: muscle or mains",
    "gaps": "the file has no value for some of the time; the page leaves it empty",
}


@dataclass(frozen=True)
class Hint:
    """A few words, and why."""

    words: str
    reason: str


def hints(record: Record | None, notes: dict[str, tuple[str, ...]]) -> list[Hint]:
    """Everything doubtful about a recording, the most serious first.

    notes : lead -> words, as from ecg.quality.lead_notes
    """
    if record is None:
        return []
    hints_ = []
    if record.signal_mv.shape[1] == 0 or not record.leads:
        return [Hint("no samples", "The file names leads but holds no signal.")]
    beginning = replace(record, signal_mv=record.signal_mv[:, : int(LOOKED_AT_S * record.fs_hz)])
    refusal = judge(record).reason
    if refusal:
        hints_.append(Hint(f"no ECG to predict from: {refusal}", "No model judges this recording or learns from it."))
    lead, lost = worst_lead(beginning)
    if lost >= POOR_SHARE:
        reason = f"{lead} shows nothing that can be read for {lost:.0%} of the time."
        hints_.append(Hint("poor signal quality", f"{reason} Flat, without values, or beyond {OFF_SCALE_MV:g} mV."))
    limb = limb_lead_hint(beginning)
    if limb:
        hints_.append(Hint("limb leads inconsistent", f"{limb} An electrode may be misplaced, or a lead mislabelled."))
    reversal = reversal_hint(beginning)
    if reversal:
        hints_.append(Hint("limb leads reversed?", reversal))
    absent = record.missing if any(lead in LEADS_12 for lead in record.leads) else ()
    said = {lead: list(words) for lead, words in notes.items() if lead in record.leads}
    for lead in record.derived:
        if "derived" not in said.setdefault(lead, []):
            said[lead].append("derived")
    for word in ("off", "flat", "off scale", "clipped", "noisy", "gaps"):
        hints_ += _of_leads(word, [lead for lead in record.leads if word in said.get(lead, ())])
    if len(absent) >= MANY_ABSENT:
        there = [lead for lead in LEADS_12 if lead in record.leads]
        words = f"only {len(there)} of 12 leads ({', '.join(there)})"
        hints_.insert(0, Hint(words, "The recording does not have the others; a prediction rests on these alone."))
    else:
        hints_ += _of_leads("missing", list(absent))
    hints_ += _of_leads("derived", [lead for lead in record.leads if "derived" in said.get(lead, ())])
    start_s, end_s = padding_s(record)
    if start_s or end_s:
        where = " and ".join(f"{s:.2g} s at the {side}" for s, side in ((start_s, "start"), (end_s, "end")) if s)
        hints_.append(Hint(f"padded: {where}", "All leads are constant there: filled up, not recorded."))
    hints_ += [Hint(warning, "Reported while the file was read.") for warning in record.warnings]
    return hints_


def _of_leads(word: str, leads: list[str]) -> list[Hint]:
    if not leads:
        return []
    names = "all leads" if len(leads) >= 12 else ", ".join(leads)
    return [Hint(f"{names} {word}", f"{names}: {REASONS[word]}.")]


def padding_s(record: Record) -> tuple[float, float]:
    """How many seconds at the start and at the end all leads stay at one value each; 0 where it is below 0.2 s."""
    signal = record.signal_mv[:, : int(LOOKED_AT_S * record.fs_hz)]
    ends = record.signal_mv[:, -int(LOOKED_AT_S * record.fs_hz) :][:, ::-1]
    lengths_s = []
    for part in (signal, ends):
        still = np.all((part == part[:, :1]) | np.isnan(part), axis=0)
        length = int(np.argmin(still)) if not still.all() else 0  # all constant is flat, not padded
        lengths_s.append(length / record.fs_hz if length >= PADDED_FROM_S * record.fs_hz else 0.0)
    return lengths_s[0], lengths_s[1]


class HintStrip(QWidget):
    """The hints in one line, cut off where the window ends; all of them with their reasons on hover."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("ecg_hints")
        self.setAccessibleName("Signal quality")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._theme = LIGHT
        self._text = ""

    def sizeHint(self) -> QSize:
        return QSize(200, round(1.7 * self.fontMetrics().height()))

    def show_hints(self, shown: list[Hint], theme: Theme) -> None:
        """Say these hints; without any the strip is gone."""
        self._theme = theme
        self._text = "Signal:  " + "   ·   ".join(hint.words for hint in shown)
        self.setToolTip(plain("\n".join(f"{hint.words}: {hint.reason}" for hint in shown)))
        self.setAccessibleDescription(". ".join(f"{hint.words}: {hint.reason}" for hint in shown))
        self.setVisible(bool(shown))
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        with QPainter(self) as painter:
            painter.fillRect(self.rect(), self._theme.color("page"))
            painter.setPen(self._theme.color("note"))
            line = self.rect().adjusted(10, 0, -10, 0)
            text = self.fontMetrics().elidedText(self._text, Qt.TextElideMode.ElideRight, line.width())
            painter.drawText(line, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, text)
