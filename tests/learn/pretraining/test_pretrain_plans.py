"""What a pre-training is told and follows: configurations, learning rate, patience, calibration."""

import os
import re
import shutil
import subprocess
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from cessl_gui.core.errors import ModelMismatch
from cessl_gui.learn.judging.calibration import calibration_error, fitted, left_out, platt, sigmoid
from cessl_gui.learn.network.backbone import BackboneSpec, CesslNet
from cessl_gui.learn.pretraining.config import BadConfig, read_config
from cessl_gui.learn.pretraining.measured import MEASURED
from cessl_gui.learn.pretraining.run import Run, one_cycle, trained_codes
from cessl_gui.learn.pretraining.sources import SCP
from cessl_gui.learn.pretraining.start import go_on_from

pytestmark = pytest.mark.usefixtures("configured_data_alone")


def test_what_is_known_goes_over_by_code_not_by_place():
    known = CesslNet(BackboneSpec.of_size("tinylight", ("b", "a"))).start(torch.Generator().manual_seed(1))
    net = CesslNet(BackboneSpec.of_size("tinylight", ("a", "b", "new"))).start(torch.Generator().manual_seed(2))
    drawn = net.classifier[1].weight[2].clone()
    go_on_from(net, known)
    assert torch.equal(net.classifier[1].weight[:2], known.classifier[1].weight[[1, 0]])
    assert torch.equal(net.classifier[1].weight[2], drawn)
    assert torch.equal(net.encoder_layers[0].conv1.conv.weight, known.encoder_layers[0].conv1.conv.weight)
    with pytest.raises(ModelMismatch, match="not of the size"):
        go_on_from(CesslNet(BackboneSpec.of_size("tiny", ("a",))), known)


@pytest.mark.parametrize(("auxiliary", "count"), [(True, 3), (False, 1)])
def test_what_is_not_shipped_helps_to_train_unless_it_is_left_out(auxiliary, count):
    known = ("1", f"{SCP}2", f"{MEASURED}3")
    labels = np.tile(np.array([[1], [0]], np.int8), (2, 3))
    corpus = SimpleNamespace(codes=known, labels=labels)
    found = trained_codes(corpus, np.arange(4), SimpleNamespace(fewest=2, auxiliary=auxiliary))
    assert set(found) == set(known[:count])


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (
            'size = "tiny"\nstart = "none.safetensors"\n[[source]]\nkind = "code"\npath = "x"',
            "not there to start from",
        ),
        ("size = ", "not valid TOML"),
        ('size = "huge"\n[[source]]\nkind = "code"\npath = "x"', "no known size"),
        ('size = "tiny"', "names no sources"),
        ('size = "tiny"\nauxiliary = 0\n[[source]]\nkind = "code"\npath = "x"', "auxiliary must be true or false"),
        ('size = "tiny"\nepoch = 3\n[[source]]\nkind = "code"\npath = "x"', "has no epoch"),
        ('size = "tiny"\n[[source]]\nkind = "mimic"\npath = "x"', "no kind of source called mimic"),
        ('size = "tiny"\n[[source]]\nkind = "code"', "source is incomplete"),
    ],
)
def test_a_faulty_configuration_gets_a_sentence(tmp_path, text, sentence):
    path = tmp_path / "bad.toml"
    path.write_text(text)
    with pytest.raises(BadConfig, match=sentence):
        read_config(path)


def test_the_shipped_configuration_trains_on_ptbxl_folds_1_to_8_alone():
    from cessl_gui.core.paths import resource

    shipped = read_config(resource("backbones/tiny.toml"))
    assert {s.path for s in shipped.sources} <= {"ptbxl", "cinc2011/unlabelled_500hz.h5"}
    assert shipped.split.train_folds == tuple(range(1, 9))
    assert shipped.split.validation_folds == (9,)


@pytest.mark.parametrize(
    "name, twin", [("tiny-2", "twin"), ("tiny-3", "twin-2"), ("tiny-4", "twin-2"), ("tiny-5", "twin-3")]
)
def test_what_is_shipped_learns_from_folds_1_to_8_and_hospitals_that_its_twin_has_not_seen(name, twin):
    from cessl_gui.core.paths import resource

    shipped = read_config(resource(f"backbones/{name}.toml"))
    twins = read_config(resource("backbones").parents[1] / "benchmarks" / "backbones" / f"{twin}.toml")
    assert shipped.start == shipped.out / f"../../benchmarks/backbones/{twin}.safetensors"
    assert {s.path for s in twins.sources if s.kind not in ("unlabelled", "cinc2011")} == {"ptbxl", "ptbxl_more"}
    assert {s.path for s in shipped.sources} - {s.path for s in twins.sources} == {s.path for s in twins.away}
    for each in (shipped, twins):
        assert each.split.train_folds == tuple(range(1, 9))
        assert each.split.validation_folds == (9,)
        assert each.frozen_blocks == 1


def test_the_learning_rate_rises_and_falls():
    rates = [one_cycle(i, 1000, 1.0) for i in range(1001)]
    assert rates[0] < 0.05
    assert max(rates) > 0.99
    assert rates[-1] < 0.001
    assert np.argmax(rates) == 150


@pytest.mark.parametrize(("scores", "stale"), [([], False), ([0.8, 0.7], False), ([0.8, 0.7, 0.8, 0.79], True)])
def test_it_ends_when_the_patience_is_over(scores, stale):
    run = Run.__new__(Run)
    run.config, run.curve = SimpleNamespace(patience=3), [{"validation": score} for score in scores]
    assert run._stale() is stale


def test_calibration_finds_slope_and_offset_and_measures_the_error():
    rng = np.random.default_rng(0)
    z = rng.normal(-1, 2, 20000)
    y = (rng.random(20000) < sigmoid(0.5 * z - 1)).astype(float)
    assert platt(z, y) == pytest.approx((0.5, -1), abs=0.06)
    assert calibration_error(y, sigmoid(0.5 * z - 1)) < 0.01
    assert calibration_error(y, sigmoid(z)) > 0.05
    assert platt(z, np.zeros(20000)) == (1.0, 0.0)
    y[::2] = np.nan
    assert platt(z, y) == pytest.approx((0.5, -1), abs=0.08)


def test_calibration_away_is_fitted_on_the_other_hospitals_alone():
    """Three hospitals, of which one exaggerates: its own figures must not enter what it is measured with."""
    rng = np.random.default_rng(1)
    z, hospitals = rng.normal(0, 2, (3000, 2)), np.repeat(["a", "b", "c"], 1000)
    slope = np.where(hospitals == "c", 0.2, 0.6)[:, None]
    y = (rng.random(z.shape) < sigmoid(slope * z - 0.5)).astype(float)
    own = fitted(y[hospitals != "c"], z[hospitals != "c"])
    assert own[0] == pytest.approx((0.6, -0.5), abs=0.1)
    found = left_out(y, z, hospitals)[hospitals == "c"]
    np.testing.assert_allclose(found, z[hospitals == "c"] * [a for a, _ in own] + [b for _, b in own])


def test_a_statement_that_no_other_hospital_assesses_is_calibrated_like_all_together():
    rng = np.random.default_rng(2)
    z = rng.normal(0, 2, (4000, 2))
    y = (rng.random(z.shape) < sigmoid(0.5 * z - 1)).astype(float)
    y[:, 1] = np.nan
    assert fitted(y, z)[1] == pytest.approx((0.5, -1), abs=0.1)


@pytest.mark.skipif(shutil.which("make") is None, reason="make is not here")
def test_make_backbone_goes_on_after_what_is_made_unless_its_recipe_was_changed_since(tmp_path):
    names = "teacher-1", "teacher-2", "teacher-3", "twin-3"
    recipes = [tmp_path / "benchmarks" / "backbones" / f"{name}.toml" for name in names]
    marks = [tmp_path / "build" / f"{name}.made" for name in names[:3]]
    for seconds, path in enumerate([*recipes, *marks]):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
        os.utime(path, (seconds, seconds))

    def left() -> list[str]:
        make = [
            "make",
            "-n",
            "-o",
            ".venv/.ready",
            "-f",
            str(Path(__file__).resolve().parents[3] / "Makefile"),
            "backbone",
        ]
        said = subprocess.run(make, cwd=tmp_path, capture_output=True, text=True, check=True).stdout
        return re.findall(r"([\w-]+)\.toml", said)

    assert left() == ["twin-3", "tiny-5"]
    os.utime(recipes[1], (100, 100))
    assert left() == ["teacher-2", "twin-3", "tiny-5"]
