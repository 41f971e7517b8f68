"""Pre-training runs from configuration to a backbone that loads; killed, stopped and shared ones too."""

import dataclasses
import json
import os
import signal
import subprocess
import sys
import textwrap

import h5py
import numpy as np
import pytest
from safetensors.numpy import load_file

from cessl_gui.core.errors import Cancelled
from cessl_gui.learn import backbones
from cessl_gui.learn.predict import Predictor
from cessl_gui.learn.pretrain import one_cycle, pretrain
from cessl_gui.learn.pretrain_augment import Changes
from cessl_gui.learn.pretrain_card import calibration_error, platt, sigmoid
from cessl_gui.learn.pretrain_config import BadConfig, read_config

PATIENTS = 60
CALM = "[changes]\n" + "".join(f"{field.name} = 0.0\n" for field in dataclasses.fields(Changes))


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """CODE-like ECGs: a slow and a fast pulse are sinus brady- and tachycardia."""
    folder = tmp_path_factory.mktemp("pretrain") / "data"
    folder.mkdir()
    rng = np.random.default_rng(0)
    seconds = np.arange(4000) / 400
    rows, tracings = ["exam_id,patient_id,1dAVb,RBBB,LBBB,SB,ST,AF"], []
    for exam in range(PATIENTS):
        fast = exam % 2
        beats = (seconds * (2.2 if fast else 0.7)) % 1
        wave = np.exp(-(((beats - 0.5) / 0.02) ** 2))[:, None] * rng.uniform(0.5, 1.5, 12)
        tracings.append(wave + 0.02 * rng.standard_normal((4000, 12)))
        rows.append(f"{exam},{exam},False,False,False,{not fast},{bool(fast)},False")
    with h5py.File(folder / "part.hdf5", "w") as h5:
        h5["tracings"], h5["exam_id"] = np.array(tracings, np.float32), np.arange(PATIENTS)
    (folder / "exams.csv").write_text("\n".join(rows))
    return folder


def config(folder, data, text="", epochs=3):
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "small.toml"
    head = f"""
        name = "small"
        size = "tinylight"
        data = "{data.parent}"
        cache = "{data.parent / "cache"}"
        threads = 1
        batch = 16
        fewest = 5
        epochs = {epochs}
        """
    tail = """
        [[source]]
        kind = "code"
        path = "data"
        [split]
        share = 0.3
        """
    path.write_text(
        textwrap.dedent(head) + text.partition("[")[0] + textwrap.dedent(tail) + "".join(text.partition("[")[1:])
    )
    return path


SCRIPT = """
from pathlib import Path
from cessl_gui.learn.pretrain import pretrain
pretrain(Path({path!r}), lambda p: print(p.step, flush=True))
"""


def quiet(progress):
    pass


def test_a_run_makes_a_backbone_that_loads_predicts_and_describes_itself(tmp_path, data):
    seen = []
    path = pretrain(config(tmp_path, data, CALM, epochs=12), seen.append)
    assert path == tmp_path / "small.safetensors"
    backbone = backbones.read(path)
    assert set(backbone.statements) == {"426177001", "427084000"}  # the four others have no positives
    figures = backbone.card["figures"]
    assert figures["statements"]["427084000"]["auc"] > 0.9
    low, high = figures["statements"]["427084000"]["auc_interval"]
    assert low <= figures["statements"]["427084000"]["auc"] <= high
    assert set(figures["leads"]) >= {"all", "II", "I"}
    assert set(backbone.calibration) == set(backbone.thresholds) == set(backbone.statements)
    assert Predictor(backbone).predict(np.zeros((2, 12, 6144), np.float32)).shape == (2, 2)
    assert seen[0].phase == "Preparing the ECGs" and seen[-1].fraction == 1.0
    trained = [p for p in seen if p.phase == "Training"]
    assert trained[-1].train_loss < trained[0].train_loss
    assert trained[-1].best is not None and trained[-1].seconds_left == 0


def test_the_same_seed_gives_the_same_weights_and_another_does_not(tmp_path, data):
    one, two = (pretrain(config(tmp_path / n, data), quiet).read_bytes() for n in "ab")
    assert one == two
    assert pretrain(config(tmp_path / "c", data, "seed = 1\n"), quiet).read_bytes() != one


def test_a_run_killed_with_signal_9_goes_on_and_ends_the_same(tmp_path, data):
    undisturbed = pretrain(config(tmp_path / "whole", data, "seed = 7\n", epochs=5), quiet)
    path = config(tmp_path / "killed", data, "seed = 7\nsave_every_s = 0.0\n", epochs=5)
    with subprocess.Popen(
        [sys.executable, "-c", SCRIPT.format(path=str(path))], stdout=subprocess.PIPE, text=True
    ) as process:
        for line in process.stdout:
            if int(line) >= 6:
                process.send_signal(signal.SIGKILL)
                break
    assert not path.with_name("small.safetensors").exists()
    steps = []
    resumed = pretrain(path, lambda p: steps.append(p.step))
    assert min(s for s in steps if s) >= 6
    assert resumed.read_bytes() == undisturbed.read_bytes()


def test_stop_and_keep_writes_the_best_so_far_and_cancel_writes_nothing(tmp_path, data):
    ticks = iter(range(1000))
    path = pretrain(
        config(tmp_path / "keep", data, "seed = 3\n", epochs=50), quiet, lambda: "keep" if next(ticks) > 5 else None
    )
    assert backbones.read(path).card["training"]["steps"] < 10
    with pytest.raises(Cancelled):
        pretrain(config(tmp_path / "cancel", data, "seed = 4\n"), quiet, lambda: "cancel")
    assert not list((tmp_path / "cancel").glob("*.safetensors"))


def test_two_processes_learn_what_one_learns(tmp_path, data):
    text = "seed = 5\n" + CALM
    alone = load_file(pretrain(config(tmp_path / "one", data, text), quiet))
    path = config(tmp_path / "two", data, text)
    script = tmp_path / "run.py"
    script.write_text(SCRIPT.format(path=str(path)))
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc_per_node=2", str(script)]
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=120, env={**os.environ, "OMP_NUM_THREADS": "1"}
    )
    assert done.returncode == 0, done.stderr[-2000:]
    together = load_file(tmp_path / "two" / "small.safetensors")
    card = json.loads((tmp_path / "two" / "small.json").read_text())
    assert card["training"]["processes"] == 2
    assert alone.keys() == together.keys()
    for name, value in alone.items():
        a, b = value.astype(np.float64), together[name].astype(np.float64)
        assert np.linalg.norm(a - b) <= 0.05 * np.linalg.norm(a) + 1e-3, name


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("size = ", "not valid TOML"),
        ('size = "huge"\n[[source]]\nkind = "code"\npath = "x"', "no known size"),
        ('size = "tiny"', "names no sources"),
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
    assert shipped.split.train_folds == tuple(range(1, 9)) and shipped.split.validation_folds == (9,)


def test_the_learning_rate_rises_and_falls():
    rates = [one_cycle(i, 1000, 1.0) for i in range(1001)]
    assert rates[0] < 0.05 and max(rates) > 0.99 and rates[-1] < 0.001
    assert np.argmax(rates) == 150


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
