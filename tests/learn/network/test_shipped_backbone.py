"""The shipped backbones keep what was asked of them, and their figures are those of their weights."""

import json
from pathlib import Path

import numpy as np
import pytest

from benchmarks.challenge import unseen_by
from benchmarks.pretraining.unlike import OTHER_KINDS
from benchmarks.signal.gate import other_signal
from cessl_gui.core.paths import resource
from cessl_gui.core.statements.vocabulary import vocabulary
from cessl_gui.core.types import LEADS_12, UNLIKE
from cessl_gui.ecg.preprocess import to_model_input
from cessl_gui.learn.judging import metrics
from cessl_gui.learn.network import backbones
from cessl_gui.learn.network.predict import Predictor
from cessl_gui.learn.pretraining.card import RHYTHMS, settings
from cessl_gui.learn.pretraining.config import read_config
from cessl_gui.learn.pretraining.measured import TAUGHT
from cessl_gui.learn.pretraining.sources import ptbxl
from cessl_gui.tasks.models.modelling import DEFAULT_BACKBONE, backbone_names

ROOT = Path(__file__).resolve().parents[3]
EARLIER = {
    "tiny": "254a203baec9556b49fc9c7011a7f0921047791f5edd91820387b5cbbe75c76e",
    "tiny-2": "a2ad93cbaac026540965e39d127b4800511b423f4ff34704f5b5ea0ab79bfebd",
    "tiny-3": "b3fcac96ad1b75de8d17a9b195f294039835194a986c68c99940e80d75f0dd1a",
    "tiny-4": "19d88bfe57e50e44a6024a9a11cc03b0b6de93878c87a34930b267839379dc84",
}
NEGATIVES = 40  # ECGs without any of the rhythms: enough to notice other weights, few enough to be quick


@pytest.fixture(scope="module", params=["tiny", "tiny-2", "tiny-3", "tiny-4", "tiny-5"])
def shipped(request):
    return backbones.load(request.param)


def test_it_is_small_and_says_where_it_comes_from(shipped):
    assert resource(f"backbones/{shipped.name}.safetensors").stat().st_size <= 4_000_000
    card = shipped.card
    assert card["split"]["train_folds"] == list(range(1, 9))
    assert card["split"]["validation_folds"] == [9]
    assert "PTB-XL" in card["data"]
    assert "CC BY 4.0" in card["licences"][0]
    assert card["limits"]
    assert card["seed"] == 0
    assert card["command"] == f"cessl pretrain resources/backbones/{shipped.name}.toml"
    assert set(shipped.calibration) == set(shipped.statements)
    taught = set(card["training"].get("taught_by_measurement", ()))
    assert set(shipped.statements) - taught <= set(shipped.thresholds) <= set(shipped.statements)


@pytest.mark.parametrize("name, digest", EARLIER.items())
def test_backbones_stay_as_they_were_for_versions_that_were_made_on_them(name, digest):
    assert backbones.load(name).sha256 == digest


def test_new_projects_start_from_the_latest():
    assert DEFAULT_BACKBONE == "tiny-5"


@pytest.mark.parametrize("name", ["tiny", "tiny-2", "tiny-3", "tiny-4", "tiny-5", "twin", "twin-2", "twin-3"])
def test_a_card_says_what_its_configuration_says_and_ecgs_unlike_are_told(name):
    folder = ROOT / "benchmarks" / "backbones" if name.startswith("twin") else resource("backbones")
    backbone, config = backbones.read(folder / f"{name}.safetensors"), read_config(folder / f"{name}.toml")
    assert backbone.card.items() >= json.loads(json.dumps({**config.card, "settings": settings(config)})).items()
    assert backbone.likeness is not None


@pytest.mark.parametrize("name, start", [("twin", "tiny"), ("twin-2", "twin"), ("twin-3", "teacher-3")])
def test_twins_have_no_reader_s_word_of_other_hospitals_and_are_not_shipped(name, start):
    card = json.loads((ROOT / "benchmarks" / "backbones" / f"{name}.json").read_text())
    labelled = {source["path"] for source in card["sources"] if source["kind"] not in ("unlabelled", "cinc2011")}
    assert labelled == {"ptbxl", "ptbxl_more"}
    assert card["started_from"] == unseen_by(start).sha256
    assert set(card["away"]["hospitals"]) >= {"cpsc2018", "cpsc_extra", "g12ec", "chapman_ningbo", "ludb"}
    assert name not in backbone_names()


@pytest.mark.parametrize("name, former", [("twin-2", "twin"), ("twin-3", "twin-2")])
def test_each_twin_is_better_at_other_hospitals_than_the_one_before(name, former):
    cards = [json.loads((ROOT / "benchmarks" / "backbones" / f"{one}.json").read_text()) for one in (former, name)]
    before, after = (card["away"]["statements"] for card in cards)
    gains = [after[code]["auc"] - before[code]["auc"] for code in before]
    assert np.mean(gains) > 0


@pytest.mark.parametrize(
    "name, twin", [("tiny-2", "twin"), ("tiny-3", "twin-2"), ("tiny-4", "twin-2"), ("tiny-5", "twin-3")]
)
def test_what_is_shipped_learned_from_other_hospitals_and_says_that_others_were_measured_with_its_twin(name, twin):
    card = backbones.load(name).card
    assert card["started_from"] == unseen_by(twin).sha256
    assert {"challenge/cpsc2018", "ludb"} <= {source["path"] for source in card["sources"]}
    assert card["away"]["measured_with"].startswith(twin)
    assert card["away"]["calibration_error"]["mean"] <= 0.06
    assert card["away"]["calibration_error"]["mean"] < card["away"]["calibration_error"]["as_at_home"]
    with pytest.raises(SystemExit, match="has learned from the Challenge"):
        unseen_by(name)


def test_a_twin_names_its_teachers_which_saw_no_other_hospital_either():
    taught_by = [unseen_by(f"teacher-{number}") for number in (1, 2, 3)]
    assert unseen_by("twin-3").card["taught_by"] == [teacher.sha256 for teacher in taught_by]
    assert not set(backbone_names()) & {teacher.name for teacher in taught_by}


def test_what_was_taught_by_measurement_is_said_on_the_card():
    card = backbones.load(DEFAULT_BACKBONE).card
    assert {vocabulary()[code].abbreviation for code in card["training"]["taught_by_measurement"]} == set(TAUGHT)
    assert any("measurement" in limit for limit in card["limits"])


@pytest.fixture(scope="module")
def fold_9(cessl_data) -> list:
    """The PTB-XL ECGs that no shipped backbone was trained on."""
    return [e for e in ptbxl(cessl_data / "ptbxl") if e.fold == 9]


@pytest.fixture(scope="module")
def no_ecgs() -> np.ndarray:
    """Of each kind one of 10 s and one of 5 s, and zeros."""
    signals = [
        other_signal(kind, 500.0, seed, 1.0)[:, :n] for kind in OTHER_KINDS for seed, n in ((0, 5000), (1, 2500))
    ]
    return np.stack([to_model_input(signal, 500.0, LEADS_12) for signal in (*signals, np.zeros((12, 5000)))])


@pytest.mark.parametrize("load", [lambda: backbones.load(DEFAULT_BACKBONE), unseen_by])
def test_it_tells_what_is_no_ecg_from_the_ecgs_it_knows(load, fold_9, no_ecgs):
    ready = Predictor(load())
    assert (ready.predict_and_compare(no_ecgs)[1] < UNLIKE).all()
    shares = ready.predict_and_compare(np.stack([to_model_input(*e.read()) for e in fold_9[:40]]))[1]
    assert (shares < UNLIKE).mean() <= 0.1


def test_an_ecg_of_one_or_two_leads_is_unlike_and_the_card_says_so(fold_9):
    backbone, ready = backbones.load(DEFAULT_BACKBONE), Predictor(backbones.load(DEFAULT_BACKBONE))
    assert any("ECGs of one or two leads are unlike by rule" in limit for limit in backbone.card["limits"])
    x = np.stack([to_model_input(*e.read()) for e in fold_9[:20]])
    for some, fewest in ((("II",), 20), (("I", "II"), 20), (("I", "II", "V2"), 0)):
        few = np.where(np.isin(LEADS_12, some)[:, None], x, 0)
        assert (ready.predict_and_compare(few)[1] < UNLIKE).sum() >= fewest
    assert (ready.predict_and_compare(few)[1] < UNLIKE).mean() < 0.5


def test_its_card_has_the_figures_that_were_asked_for(shipped):
    figures = shipped.card["figures"]
    assert figures["macro_auc"] >= 0.90
    assert figures["rhythm_over"] == ["AF", "IAVB", "SB", "ST"]
    assert figures["rhythm_leads"]["II"]["macro_auc"] >= 0.85
    assert figures["calibration_error"]["greatest"] <= 0.05
    unjudged = {code for code, row in figures["statements"].items() if row["n"] == 0}
    assert unjudged <= set(shipped.card["training"].get("taught_by_measurement", ()))
    for row in (row for code, row in figures["statements"].items() if code not in unjudged):
        low, high = row["auc_interval"]
        assert low <= row["auc"] <= high
        assert row["n"] > row["positives"] > 0


@pytest.fixture(scope="module")
def rhythms(fold_9) -> tuple:
    """(codes, inputs, truth) of the ECGs with a rhythm that one lead can show, and of some without any."""
    codes = [vocabulary().find(word).code for word in RHYTHMS]
    known = [e for e in fold_9 if e.assessed.issuperset(codes)]
    other = [e for e in known if not e.present & set(codes)][:NEGATIVES]
    some = [e for e in known if e.present & set(codes)] + other
    y = np.array([[float(code in e.present) for code in codes] for e in some])
    return codes, np.stack([to_model_input(*e.read()) for e in some]), y


# Those before are told by their digests.
def test_it_tells_rhythms_on_ecgs_it_was_not_trained_on_by_all_leads_and_by_lead_ii(rhythms):
    codes, x, y = rhythms[0], rhythms[1].copy(), rhythms[2]
    ready = Predictor(backbones.load(DEFAULT_BACKBONE))
    columns = [ready.statements.index(code) for code in codes]
    assert metrics.macro(metrics.auc, y, ready.predict(x)[:, columns]) > 0.93
    x[:, [i for i, lead in enumerate(LEADS_12) if lead != "II"]] = 0
    assert metrics.macro(metrics.auc, y, ready.predict(x)[:, columns]) > 0.93
