"""The honesty strip says what is doubtful, and why."""

import numpy as np
import pytest

from benchmarks.signal_quality import SWAPS, exchanged
from cessl_gui.core.types import LEADS_12, Record
from cessl_gui.ecg.quality import lead_notes
from cessl_gui.ecg.synthetic import synthetic_record
from cessl_gui.ui.page.hints import HintStrip, hints, padding_s
from cessl_gui.ui.page.page import EcgPage
from cessl_gui.ui.parts.tokens import LIGHT


def limb_leads() -> np.ndarray:
    """Twelve leads, 10 s at 500 Hz, of which nothing is doubtful."""
    return synthetic_record("sinus rhythm", 1).signal_mv.copy()


def record(signal, leads=LEADS_12, **more) -> Record:
    return Record("r", "r", "", "", np.asarray(signal, np.float32), 500.0, tuple(leads), **more)


def words(ecg: Record) -> list[str]:
    return [hint.words for hint in hints(ecg, lead_notes(ecg))]


def test_a_good_recording_has_no_hints():
    assert words(record(limb_leads())) == []
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
    assert hints(true, {}) == []
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


def test_the_strip_shows_only_when_there_is_something(qtbot):
    strip = HintStrip()
    qtbot.addWidget(strip)
    page = EcgPage()
    qtbot.addWidget(page)
    page.show()
    page.set_record(record(limb_leads()), {})
    assert not page.hints.isVisible()
    signal = limb_leads()
    signal[6] = 0
    page.set_record(record(signal), {"V1": ("flat",)})
    assert page.hints.isVisible()
    assert "V1 flat: V1: hardly any voltage" in page.hints.toolTip()
    assert "V1 flat" in page.hints.accessibleDescription()
    strip.show_hints([], LIGHT)
    assert strip.isHidden()
