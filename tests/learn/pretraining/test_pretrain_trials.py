"""Trials that learn something beside readers' words: it is true of the ECG as the network meets it, and is learned."""

from dataclasses import fields
from functools import partial

import numpy as np
import pytest

from benchmarks.pretraining import beside, hospitals, trials
from benchmarks.pretraining.beside import SHORT, WAVES, Hidden, WaveMasks, waves
from cessl_gui.core.task import Task
from cessl_gui.core.types import LEADS_12
from cessl_gui.ecg.preprocess import to_model_input
from cessl_gui.ecg.synthetic import synthetic_record
from cessl_gui.learn.judging import metrics
from cessl_gui.learn.network import device
from cessl_gui.learn.network.backbone import STEPS
from cessl_gui.learn.pretraining.augment import Changes
from cessl_gui.learn.pretraining.config import Config
from cessl_gui.learn.pretraining.data import Split, prepare
from cessl_gui.learn.pretraining.group import Group
from cessl_gui.learn.pretraining.sources import Ecg

ECGS, BATCH, LEARNED = 8, 4, 8
P, QRS, T = range(len(WAVES))


def signal_of(kind, seed):
    record = synthetic_record(kind, seed=seed)
    return record.signal_mv, record.fs_hz, record.leads


def input_of(kind):
    return to_model_input(*signal_of(kind, 3))[:, :5000]


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    kinds = ("sinus tachycardia", "sinus bradycardia")
    ecgs = [
        Ecg(
            str(i),
            str(i),
            9 if i < 2 else 1,
            frozenset("ab"[i % 2]),
            frozenset("ab"),
            partial(signal_of, kinds[i % 2], i),
        )
        for i in range(ECGS)
    ]
    return prepare(ecgs, Split(), tmp_path_factory.mktemp("trials"))


@pytest.fixture
def run(corpus, tmp_path, monkeypatch):
    """A run of one of the two trials on a few ECGs, with these changes alone."""
    monkeypatch.setattr(beside, "FOLDER", corpus.file.parent)

    def made(kind, **on):
        changes = Changes(**{f.name: on.get(f.name, 0.0) for f in fields(Changes)})
        config = Config(
            "small", "tinylight", (), {}, tmp_path, tmp_path, tmp_path, fewest=1, batch=BATCH, changes=changes
        )
        made = kind(config, corpus, Group(), device.choose("cpu"))
        made.steps = LEARNED
        return made

    return made


def test_qrs_complexes_are_where_the_ecg_is_steep():
    x, known = input_of("sinus rhythm"), waves(input_of("sinus rhythm"))
    steep = np.abs(np.gradient(x, axis=1)).mean(0)
    assert steep[known[QRS, :5000] == 1].mean() > 5 * steep[known[QRS, :5000] == -1].mean()


def test_waves_of_a_beat_follow_each_other():
    known = waves(input_of("sinus rhythm"))
    begun = {wave: np.flatnonzero(np.diff((known[wave] == 1).astype(int)) == 1) for wave in (P, QRS)}
    assert all(((at - begun[P] > 0) & (at - begun[P] < 120)).any() for at in begun[QRS][1:])
    assert not ((known == 1).sum(0) > 1).any()


def test_a_p_wave_that_was_not_found_is_not_assessed():
    assert not waves(input_of("atrial fibrillation"))[P].any()


def test_nothing_is_known_of_waves_beside_early_beats_and_after_the_end():
    known = waves(input_of("ventricular ectopics"))
    assert 0 < (known[QRS] != 0).mean() < 0.8
    assert not known[:, 5000:].any()


def test_waves_move_with_the_ecg(run):
    trial = run(WaveMasks, shift=0.2)
    x, y, weight = trial._batch(0)
    told, counts = (part[:, 2:].view(BATCH, STEPS, len(WAVES), -1)[:, :, QRS].flatten(1).bool() for part in (y, weight))
    steep = x.diff(dim=2, append=x[:, :, -1:]).abs().mean(1).unflatten(1, (-1, SHORT)).mean(2)
    for one, in_it, known in zip(steep, told, counts, strict=True):
        assert one[in_it].mean() > 2 * one[known & ~in_it].mean()


def test_waves_of_mixed_ecgs_do_not_count(run):
    _, _, weight = run(WaveMasks, cutmix=1.0)._batch(0)
    assert not weight[:, 2:].any()


def test_what_is_told_is_what_was_hidden(run):
    x, y, weight = run(Hidden)._batch(0)
    told, counts = (part[:, 2:].view(BATCH, STEPS, len(LEADS_12), -1) for part in (y, weight))
    there = x.unflatten(2, (STEPS, -1, SHORT)).mean(4).transpose(1, 2)
    assert 0 < counts.mean() < 0.5
    assert not there[counts == 1].any()
    assert (there[counts == 0] == told[counts == 0]).all()
    assert told[counts == 1].abs().mean() > 0.1


@pytest.mark.parametrize("kind", [WaveMasks, Hidden])
def test_it_is_learned(run, kind):
    trial = run(kind)
    x, y, weight = trial._batch(0)
    weight[:, :2] = 0  # of readers' words
    before = float(trial._loss(x, y, weight).detach())
    trial.train(Task())
    assert float(trial._loss(x, y, weight).detach()) < 0.95 * before


def test_the_mean_of_two_seeds_is_a_row_of_its_own(tmp_path, monkeypatch):
    rng, shown = np.random.default_rng(0), []
    for part in range(len(trials.PARTS)):
        truth = (rng.random((60, 2)) < 0.5).astype(np.float32)
        facts = {"codes": ["a", "b"]}
        facts |= {f"{place}_truth": truth for place in ("part", "away")}
        facts |= {f"{place}_patients": [f"{part}-{i}" for i in range(60)] for place in ("part", "away")}
        for name in ("recipe", "another seed"):
            said = {what: truth + 2 * rng.standard_normal(truth.shape) for what in ("part", "part_II", "away")}
            np.savez(tmp_path / f"tinylight-256-{part}-{name}.npz", **facts, **said)
    monkeypatch.setattr(trials, "FOLDER", tmp_path)
    monkeypatch.setattr(trials, "DRAWS", 20)
    monkeypatch.setattr(trials, "show", lambda name, rows, **facts: shown.extend(rows))
    monkeypatch.setattr("sys.argv", ["trials", "recipe", "another seed"])
    trials.main()
    assert [row["trial"] for row in shown] == ["recipe", "another seed", "mean of both seeds' logits"]
    auc = [float(row["cross-validated"]) for row in shown]
    assert auc[2] > max(auc[:2])


def test_what_two_nets_say_of_two_hospitals_is_never_ranked_together():
    truth = np.array([[1], [0], [1], [0]], np.float32)
    logits = np.array([[1.0], [0.0], [11.0], [10.0]])  # the second net says more of all
    apart = hospitals.by_hospital(truth, [2, 2])
    assert metrics.auc(truth[:, 0], logits[:, 0]) == 0.75
    assert metrics.macro(metrics.auc, apart, np.tile(logits, 2)) == 1
