"""The shipped backbone keeps what was asked of it, and its figures are those of its weights."""

import numpy as np
import pytest

from cessl_gui.core.paths import resource
from cessl_gui.core.types import LEADS_12
from cessl_gui.core.vocabulary import vocabulary
from cessl_gui.ecg.preprocess import to_model_input
from cessl_gui.learn import backbones, metrics
from cessl_gui.learn.predict import Predictor
from cessl_gui.learn.pretrain_card import RHYTHMS
from cessl_gui.learn.pretrain_sources import ptbxl

NEGATIVES = 40  # ECGs without any of the rhythms: enough to notice other weights, few enough to be quick


@pytest.fixture(scope="module")
def tiny():
    return backbones.load("tiny")


def test_it_is_small_and_says_where_it_comes_from(tiny):
    assert resource("backbones/tiny.safetensors").stat().st_size <= 4_000_000
    card = tiny.card
    assert card["split"]["train_folds"] == list(range(1, 9))
    assert card["split"]["validation_folds"] == [9]
    assert "PTB-XL" in card["data"]
    assert "CC BY 4.0" in card["licences"][0]
    assert card["limits"]
    assert card["command"] == "cessl pretrain resources/backbones/tiny.toml"
    assert card["seed"] == 0
    assert set(tiny.calibration) == set(tiny.thresholds) == set(tiny.statements)


def test_its_card_has_the_figures_that_were_asked_for(tiny):
    figures = tiny.card["figures"]
    assert figures["macro_auc"] >= 0.90
    assert figures["rhythm_over"] == ["AF", "IAVB", "SB", "ST"]
    assert figures["rhythm_leads"]["II"]["macro_auc"] >= 0.85
    assert figures["calibration_error"]["greatest"] <= 0.05
    for row in figures["statements"].values():
        low, high = row["auc_interval"]
        assert low <= row["auc"] <= high
        assert row["n"] > row["positives"] > 0


def test_it_tells_rhythms_on_ecgs_it_was_not_trained_on_by_all_leads_and_by_lead_ii(tiny, cessl_data):
    codes = [vocabulary().find(word).code for word in RHYTHMS]
    known = [e for e in ptbxl(cessl_data / "ptbxl") if e.fold == 9 and e.assessed.issuperset(codes)]
    other = [e for e in known if not e.present & set(codes)][:NEGATIVES]
    some = [e for e in known if e.present & set(codes)] + other
    y = np.array([[float(code in e.present) for code in codes] for e in some])
    x = np.stack([to_model_input(*e.read()) for e in some])
    ready = Predictor(tiny)
    columns = [ready.statements.index(code) for code in codes]
    assert metrics.macro(metrics.auc, y, ready.predict(x)[:, columns]) > 0.93
    x[:, [i for i, lead in enumerate(LEADS_12) if lead != "II"]] = 0
    assert metrics.macro(metrics.auc, y, ready.predict(x)[:, columns]) > 0.93
