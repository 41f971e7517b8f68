"""Leads are found by name in any spelling, and derived leads obey Einthoven and Goldberger."""

import numpy as np
import pytest

from cessl_gui.core.types import LEADS_12
from cessl_gui.ecg.leads import canonical_lead, lead_names, with_derived


@pytest.mark.parametrize(
    ("spelled", "lead"),
    [
        ("DI", "I"),
        ("dII", "II"),
        ("D1", "I"),
        ("d3", "III"),
        ("AVR", "aVR"),
        ("avf", "aVF"),
        ("MDC_ECG_LEAD_V1", "V1"),
        ("MDC_ECG_LEAD_AVL", "aVL"),
        ("Lead III", "III"),
        ("ECG v6", "V6"),
        ("-aVR", "-aVR"),
        ("Lead -aVR", "-aVR"),
        ("ECG -V1", "-V1"),
        ("lead -I", "-I"),
        ("Lead_-II", "-II"),
        ("Lead: -V2", "-V2"),
        ("Abl. II", "II"),
        ("Deriva\u00e7\u00e3o V3", "V3"),
        ("Ableitung \u2212I", "-I"),
        ("ECG Lead -II (mV)", "-II"),
        ("Lead -V3R", "Lead -V3R"),
        ("Lead-II", "II"),
        ("ECG\u2010II", "II"),
        ("ECG\uff0dII", "II"),
        ("ECG\u2212II", "-II"),
        ("Lead\u2212 II", "-II"),
        ("Lead \u2013aVR", "-aVR"),
        ("ECG\u2013II", "ECG\u2013II"),
        ("Lead \u2212 II", "Lead \u2212 II"),
        ("ECG-V1", "V1"),
        ("Lead - II", "Lead - II"),
        ("ECG_-_V1", "ECG_-_V1"),
        (" vx ", "vx"),
        ("ECG 1", "ECG 1"),
    ],
)
def test_spellings(spelled, lead):
    assert canonical_lead(spelled) == lead


def test_a_name_that_may_be_a_lead_or_its_inverse_is_taken_for_neither():
    names, said = lead_names(["Lead - II", "V1", "Lead - x"])
    assert (names, said) == (
        ["Lead - II", "V1", "Lead - x"],
        ["Lead - II may be II or its inverse: taken for neither"],
    )


@pytest.mark.parametrize("dash", ["\u2013", "\u2014", " \u2212 "])
def test_a_dash_that_may_join_or_deny_is_said(dash):
    assert lead_names([f"ECG{dash}II"])[1] == [f"ECG{dash}II may be II or its inverse: taken for neither"]


def test_an_inverted_lead_derives_no_other():
    assert with_derived(np.ones((2, 5)), ["Lead -I", "Lead II"])[1:] == (("II", "-I"), ())


def test_two_limb_leads_give_the_other_four():
    one, two = np.random.default_rng(0).normal(size=(2, 100))
    signal, leads, derived = with_derived(np.stack([two, one]), ["II", "I"])
    rows = dict(zip(leads, signal, strict=True))
    assert leads == LEADS_12[:6]
    assert derived == ("III", "aVR", "aVL", "aVF")
    assert np.allclose(rows["III"], two - one)
    assert np.allclose(rows["aVR"] + rows["aVL"] + rows["aVF"], 0)


@pytest.mark.parametrize("absent", ["I", "II", "III"])
def test_any_two_of_einthovens_leads_give_the_third(absent):
    one, two = np.random.default_rng(0).normal(size=(2, 100))
    rows = {"I": one, "II": two, "III": two - one}
    given = [lead for lead in rows if lead != absent]
    signal, leads, derived = with_derived(np.stack([rows[lead] for lead in given]), given)
    assert absent in derived
    assert np.allclose(signal[leads.index(absent)], rows[absent])


def test_nothing_is_invented_where_nothing_determines_it():
    signal, leads, derived = with_derived(np.ones((2, 5)), ["V1", "vx"])
    assert (leads, derived) == (("V1", "vx"), ())
    assert signal.shape == (2, 5)


def test_a_recorded_lead_is_never_replaced_by_a_derived_one():
    signal, leads, derived = with_derived(np.arange(3.0)[:, None] * np.ones((3, 4)), ["I", "II", "aVR"])
    assert "aVR" not in derived
    assert signal[leads.index("aVR"), 0] == 2.0
