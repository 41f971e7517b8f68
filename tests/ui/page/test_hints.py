"""The honesty strip says what is doubtful, and why."""

import numpy as np
import pytest

from benchmarks.signal.signal_quality import SWAPS, exchanged
from cessl_gui.core.measurements import Measurements
from cessl_gui.core.types import LEADS_12, Record
from cessl_gui.ecg.gate import NOISE
from cessl_gui.ecg.hints import FINE, Hint, hints, padding_s
from cessl_gui.ecg.quality import lead_notes
from cessl_gui.ecg.synthetic import synthetic_record
from cessl_gui.ui.page.bars.hint_strip import HintStrip
from cessl_gui.ui.page.bars.hints import page_hints
from cessl_gui.ui.page.layout.plan import plan
from cessl_gui.ui.page.layout.sheet import Sheet
from tests.records import make_record
from tests.ui.pages import shown


def limb_leads() -> np.ndarray:
    """Twelve leads, 10 s at 500 Hz, of which nothing is doubtful."""
    return synthetic_record("sinus rhythm", 1).signal_mv.copy()


def record(signal, leads=LEADS_12, **more) -> Record:
    return make_record(signal, id="r", leads=leads, **more)


def words(ecg: Record) -> list[str]:
    return [hint.words for hint in hints(ecg, lead_notes(ecg))]


def test_of_a_good_recording_that_is_said():
    assert words(record(limb_leads())) == ["All leads present, none noisy"]
    assert not hints(record(limb_leads()), {})[0].warns
    assert hints(None, {}) == []


def test_flat_off_and_derived_leads_are_named_with_a_reason():
    signal = limb_leads()
    signal[6], signal[7] = 0, np.nan
    found = hints(record(signal, derived=("aVR", "aVL")), lead_notes(record(signal)))
    assert [h.words for h in found] == ["poor signal quality", "V2 off", "V1 flat", "aVR, aVL derived"]
    assert "V1 shows nothing that can be read for 100% of the time" in found[0].reason
    assert "electrode" in found[2].reason
    assert "computed" in found[3].reason


def test_contradicting_limb_leads_come_first():
    signal = limb_leads()
    signal[[0, 1]] = signal[[1, 0]]
    assert words(record(signal))[0] == "limb leads inconsistent"


def test_a_suspected_exchange_of_electrodes_is_a_hint_with_its_reason():
    true = synthetic_record("sinus rhythm", 1)
    assert hints(true, {}) == [FINE]
    found = hints(exchanged(true, SWAPS["right arm, left arm"]), {})
    assert found[0].words == "limb leads reversed?"
    assert "right and left arm" in found[0].reason


def test_missing_leads_and_the_readers_warnings_are_said():
    signal = limb_leads()
    assert words(record(signal[:11], LEADS_12[:11], warnings=("Unit is a guess.",))) == [
        "V6 missing",
        "Unit is a guess.",
    ]


def test_few_leads_are_said_first_of_all():
    signal = limb_leads()
    few = hints(record(signal[[1, 10]], ("II", "V5"), warnings=("Unit is a guess.",)), {})
    assert [hint.words for hint in few] == ["only 2 of 12 leads (II, V5)", "Unit is a guess."]
    assert "rests on these alone" in few[0].reason
    assert words(record(signal[:6], LEADS_12[:6]))[0] == "only 6 of 12 leads (I, II, III, aVR, aVL, aVF)"


def test_what_is_no_ecg_is_said_first_of_all():
    noise = np.random.default_rng(0).normal(0, 0.01, (12, 5000))
    assert (
        words(record(noise))[0]
        == "no ECG to predict from: no heartbeats stand out, as in noise and in ventricular fibrillation"
    )
    assert words(record(noise[:1], ("chest",))) == ["no ECG to predict from: it has none of the twelve standard leads"]


def test_padding_at_both_ends():
    signal = limb_leads()
    signal[:, :500] = 0
    signal[:, -250:] = 0
    ecg = record(signal)
    assert padding_s(ecg) == pytest.approx((1.0, 0.5), abs=0.01)
    assert words(ecg) == ["padded: 1 s at the start and 0.5 s at the end"]
    assert padding_s(record(limb_leads())) == (0, 0)
    assert padding_s(record(np.zeros((12, 500)))) == (0, 0)


def test_no_samples():
    assert words(record(np.empty((12, 0)))) == ["no samples"]


def test_a_line_that_is_as_still_between_its_beats_is_not_padded():
    signal = np.zeros((12, 5000))
    for at in range(110, 5000, 400):
        signal[:, at : at + 40] = np.hanning(40)
    assert padding_s(record(signal)) == (0, 0)


def test_hints_have_their_place_whether_there_are_any_or_not(qtbot):
    page = shown(qtbot, "3x4+1", record(limb_leads()), (958, 700))
    place = page.toolbar.hints.geometry()
    page.set_record(None)
    assert page.toolbar.hints.shown == ()
    assert page.toolbar.hints.geometry() == place


def test_hints_come_with_their_reasons(qtbot):
    signal = limb_leads()
    signal[6] = 0
    page = shown(qtbot, "3x4+1", record(signal))
    page.set_record(record(signal), {"V1": ("flat",)})
    strip = page.toolbar.hints
    assert "V1 flat: V1: hardly any voltage" in strip.toolTip()
    assert "V1 flat" in strip.accessibleDescription()


@pytest.mark.parametrize(("width", "count", "rest"), [(1000, 3, 0), (330, 2, 1), (200, 1, 2), (20, 0, 3)])
def test_what_there_is_no_room_for_is_counted(qtbot, width, count, rest):
    strip = HintStrip()
    qtbot.addWidget(strip)
    strip.resize(width, 36)
    strip.show_hints([Hint("QT end doubtful, flat T"), Hint("V1 flat, V2 flat"), Hint("aVR derived")])
    assert len(strip.fitting()[0]) == count
    assert strip.fitting()[1] == rest
    assert not strip.grab().isNull()


DOUBT = "QT: without a P wave and with unequal intervals, as in fibrillation, the end of T is not sure."


@pytest.mark.parametrize(("blind", "named"), [(True, False), (False, True)])
def test_a_doubt_names_the_rhythm_only_once_it_is_read(blind, named):
    ecg = record(limb_leads())
    sheet = Sheet(ecg)
    measured = Measurements("r", {"qt": 300.0}, doubtful={"qt": DOUBT})
    (first, *_) = page_hints(sheet, plan(sheet, 266, 171, text=3), measured, blind, None)
    assert first.words == "QT end doubtful"
    assert ("fibrillation" in first.reason) == named


@pytest.mark.parametrize(("blind", "named"), [(True, False), (False, True)])
def test_why_there_is_no_ecg_names_the_rhythm_only_once_it_is_read(blind, named):
    sheet, refused = Sheet(record(limb_leads())), Hint(f"no ECG to predict from: {NOISE}")
    (hint,) = page_hints(sheet, plan(sheet, 266, 171, text=3), None, blind, "", of_signal=[refused])
    assert hint.words.startswith("no ECG to predict from: no heartbeats stand out")
    assert ("fibrillation" in hint.words) == named


def test_what_leaves_the_page_is_a_hint_with_what_to_do():
    signal = limb_leads()
    signal[9, 4000:4010] = 9
    sheet = Sheet(record(signal))
    found = page_hints(sheet, plan(sheet, 266, 171, text=3), None, True, None)
    assert found[0].words == "V4 beyond the page"
    assert "half gain" in found[0].reason
