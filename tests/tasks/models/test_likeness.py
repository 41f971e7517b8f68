"""What a backbone does not know its ECGs to be like is said wherever a prediction is."""

import csv
import json
from dataclasses import replace

import pytest
import torch

from cessl_gui import cli
from cessl_gui.core.task import Task
from cessl_gui.core.types import UNLIKE, Prediction, rests_on
from cessl_gui.learn.network import backbones, likeness
from cessl_gui.tasks.export import exporting
from cessl_gui.tasks.models import predicting
from cessl_gui.tasks.recordings import importing

WORDS = "unlike the ECGs that the model knows"


@pytest.fixture
def far_away(monkeypatch):
    """Every backbone knows ECGs whose features are far from all there are."""
    load = backbones.load

    def other(name):
        backbone = load(name)
        draw = torch.Generator().manual_seed(0)
        near, width = torch.randn(400, backbone.spec.width, generator=draw) + 1e3, backbone.spec.width
        return replace(backbone, likeness=likeness.fitted(near[:200, :width], near[200:, :width]))

    monkeypatch.setattr(backbones, "load", other)


@pytest.fixture
def said(capsys):
    def run(*words):
        cli.main([*map(str, words)])
        return capsys.readouterr().out.splitlines()

    return run


@pytest.mark.parametrize(("share", "is_said"), [(None, False), (0.5, False), (UNLIKE, False), (0.005, True)])
def test_words_for_likeness(share, is_said):
    assert (WORDS in rests_on(("V5",), share)) is is_said
    assert rests_on(("V5",), share).startswith("from 1 of 12 leads (V5)")
    prediction = Prediction("r", "m", {}, likeness=share)
    assert prediction.is_doubtful is is_said


def test_the_project_keeps_it_and_exports_say_it(project, ward, far_away, tmp_path):
    importing.import_paths(project, [ward], Task())
    predicting.predict_all(project, Task())
    predictions = project.predictions.all(project.models.active().id).values()
    assert len(predictions) == 6
    assert all(0 < p.likeness < UNLIKE for p in predictions)
    assert all(WORDS in p.rests_on for p in predictions)
    exporting.export(project, tmp_path / "out.csv", "csv", Task())
    with (tmp_path / "out.csv").open(newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["probability"]]
    assert rows
    assert all(0 < float(row["likeness"]) < UNLIKE for row in rows)


def test_predict_says_it_of_files_and_of_a_project(ward, far_away, said, tmp_path):
    lines = said("predict", "--files", ward)
    assert len(lines) == 6
    assert all(line.endswith(WORDS) for line in lines)
    assert all(0 < json.loads(line)["likeness"] < UNLIKE for line in said("predict", "--files", ward, "--json"))
    said("import", tmp_path / "w.cessl", ward)
    assert all(line.endswith(WORDS) for line in said("predict", tmp_path / "w.cessl"))


def test_a_backbone_that_cannot_tell_says_nothing(project, ward, monkeypatch):
    load = backbones.load
    monkeypatch.setattr(backbones, "load", lambda name: replace(load(name), likeness=None))
    importing.import_paths(project, [ward], Task())
    predicting.predict_all(project, Task())
    predictions = project.predictions.all(project.models.active().id).values()
    assert {p.likeness for p in predictions} == {None}
    assert not any(p.is_doubtful for p in predictions)
