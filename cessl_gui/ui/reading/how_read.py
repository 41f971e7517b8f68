"""How the open record is read, for the chip above its statements: blind, confirmed, excluded, not predicted."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from cessl_gui.bridge.reader.opinions import was_read_blind
from cessl_gui.core.types import ReadingState

if TYPE_CHECKING:
    from cessl_gui.bridge.session import Session
    from cessl_gui.ui.reading.acting import Acting


class HowRead(NamedTuple):
    text: str = ""
    icon: str = ""
    tip: str = ""
    is_accent: bool = False


def how_read(acting: Acting, session: Session) -> HowRead:
    """The chip of the open record; without text where there is none."""
    record_id = acting.record_id
    if not record_id:
        return HowRead()
    if acting.reading == ReadingState.EXCLUDED:
        return HowRead("Excluded", "prohibit", "Excluded for its quality; no training learns from it")
    if acting.reading == ReadingState.CONFIRMED:
        if was_read_blind(session, record_id):
            tip = "No label was given with the prediction or the file's diagnosis in sight"
            return HowRead("Confirmed, read blind", "check-circle-fill", tip, True)
        return HowRead("Confirmed", "check-circle-fill", "Confirmed", True)
    if acting.is_reading_only:
        return HowRead("Reading only", "lock", "This project cannot be changed here")
    if session.refusal(record_id):
        return HowRead("Not predicted", "prohibit", f"Not predicted: {session.refusal(record_id)}")
    if not acting.is_hidden:
        return HowRead("Not blind", "eye", "Prediction and file's diagnosis are shown; labels keep that")
    hidden = "Prediction and file's diagnosis are hidden until you confirm."
    return HowRead("Blind until you confirm", "eye-slash", hidden)
