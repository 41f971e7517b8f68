"""A net that is taught by other backbones learns what they say together, and its card names them."""

import copy
from dataclasses import fields, replace
from functools import partial

import pytest
import torch

from cessl_gui.core.errors import ModelMismatch
from cessl_gui.core.task import Task
from cessl_gui.ecg.synthetic import synthetic_record
from cessl_gui.learn.network import backbones, device
from cessl_gui.learn.network.backbone import BackboneSpec, CesslNet
from cessl_gui.learn.pretraining import card
from cessl_gui.learn.pretraining.augment import Changes
from cessl_gui.learn.pretraining.config import Config
from cessl_gui.learn.pretraining.data import Split, prepare
from cessl_gui.learn.pretraining.distilling import Teachers
from cessl_gui.learn.pretraining.group import Group
from cessl_gui.learn.pretraining.run import Run
from cessl_gui.learn.pretraining.sources import Ecg

STILL = Changes(**{field.name: 0.0 for field in fields(Changes)})
TAUGHT = "426177001", "427084000"  # sinus bradycardia and tachycardia


def signal_of(kind, seed):
    record = synthetic_record(kind, seed=seed)
    return record.signal_mv, record.fs_hz, record.leads


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    """Of these ECGs readers say whether they are ill, and nothing else."""
    ecgs = []
    for i in range(12):
        read = partial(signal_of, ("sinus bradycardia", "sinus tachycardia")[i % 2], i)
        ecgs.append(Ecg(str(i), str(i), 9 if i < 4 else 1, frozenset("x" * (i % 2)), frozenset("x"), read))
    return prepare(ecgs, Split(), tmp_path_factory.mktemp("distilling"))


@pytest.fixture(scope="module")
def teachers(tmp_path_factory):
    """A net and another that says the opposite; each knows one statement more"""
    folder = tmp_path_factory.mktemp("teachers")
    net = CesslNet(BackboneSpec.of_size("tinylight", ("x", *TAUGHT))).start(torch.Generator().manual_seed(1)).eval()
    net.head.weight.data *= 10
    opposite = copy.deepcopy(net)
    opposite.head.weight.data.neg_()
    return [backbones.save(one, {}, folder, name) for one, name in ((net, "one"), (opposite, "opposite"))]


@pytest.fixture
def run(corpus, tmp_path):
    def made(taught_by, epochs=1):
        config = Config("taught", "tinylight", (), {}, tmp_path, tmp_path, tmp_path, teachers=tuple(taught_by))
        short = replace(config, fewest=1, batch=4, epochs=epochs, rate=3e-3, validate_every=epochs, changes=STILL)
        return Run(short, corpus, Group(), device.choose("cpu"))

    return made


@pytest.mark.parametrize("count", [1, 2])
def test_it_learns_their_mean_where_no_reader_says_a_word(run, teachers, count):
    one = run(teachers[:count], epochs=15)
    x, _, weight = one._batch(0)
    one._batch = lambda step, made=one._batch: (made(step)[0], torch.zeros_like(weight), torch.zeros_like(weight))
    wanted, away = one.teachers.say(x), []
    for _ in range(2):
        with torch.no_grad():
            away.append(float((torch.sigmoid(one.net.eval()(x)[:, one.teachers.taught]) - wanted).abs().mean()))
        one.train(Task())
    assert ((wanted - 0.5).abs().max() > 0.1) == (count == 1)  # two that contradict each other say nothing
    assert away[1] < away[0] / 2


def test_a_reader_is_heard_beside_them(run, teachers):
    alone, beside = run([]), run(teachers[:1])
    x, y, weight = alone._batch(0)
    assert float(beside._loss(x, y, weight).detach()) > float(alone._loss(x, y, weight).detach())
    assert float(beside._loss(x, 1 - y, weight).detach()) != float(beside._loss(x, y, weight).detach())


def test_teachers_of_other_statements_are_refused(teachers):
    with pytest.raises(ModelMismatch, match="no statement in common"):
        Teachers(teachers, ("y",), device.choose("cpu"))


def test_the_card_and_the_saved_state_know_them(run, teachers, monkeypatch):
    monkeypatch.setattr(card, "SUBSETS", {name: card.SUBSETS[name] for name in ("all", "II")})
    one = run(teachers)
    one.train(Task())
    written = backbones.read(card.write(one.chosen(), one.corpus, one.config, one.facts())).card
    assert written["taught_by"] == [backbones.read(path).sha256 for path in teachers]
    assert len({run(some).config.digest for some in ([], teachers[:1], teachers)}) == 3
