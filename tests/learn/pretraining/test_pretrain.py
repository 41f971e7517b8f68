"""Pre-training runs from configuration to a backbone that loads; killed, stopped and shared ones too."""

import dataclasses
import os
import shutil
import signal
import subprocess
import sys
import textwrap
from types import SimpleNamespace

import h5py
import numpy as np
import pytest
import torch

from cessl_gui.core.errors import Cancelled, ModelMismatch, NotWritten
from cessl_gui.core.paths import resource
from cessl_gui.core.task import Stop, Task
from cessl_gui.learn.network import backbones, device
from cessl_gui.learn.network.backbone import BackboneSpec, CesslNet
from cessl_gui.learn.network.likeness import fitted as fitted_likeness
from cessl_gui.learn.network.predict import Predictor
from cessl_gui.learn.pretraining import card
from cessl_gui.learn.pretraining.augment import Changes
from cessl_gui.learn.pretraining.card import away
from cessl_gui.learn.pretraining.config import BadConfig, read_config
from cessl_gui.learn.pretraining.data import TRAIN, VALIDATION, prepare
from cessl_gui.learn.pretraining.group import Group
from cessl_gui.learn.pretraining.run import Run, pretrain
from cessl_gui.learn.pretraining.sources import NoSource

PATIENTS = 40
# A low rate, so that the rounding of bf16 does not grow into another result.
CALM = "rate = 0.0005\n[changes]\n" + "".join(f"{field.name} = 0.0\n" for field in dataclasses.fields(Changes))

pytestmark = pytest.mark.usefixtures("configured_data_alone", "few_draws")


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


def config(folder, data, text="", epochs=2):
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "small.toml"
    head = f"""
        name = "small"
        size = "tinylight"
        data = "{data.parent}"
        cache = "{data.parent / "cache"}"
        threads = 1
        validate_every = 2
        batch = 8
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
from functools import partial
from pathlib import Path
from cessl_gui.core.task import Task
from cessl_gui.learn.judging import metrics
from cessl_gui.learn.pretraining import card
from cessl_gui.learn.pretraining.run import pretrain
metrics.bootstrap_interval = partial(metrics.bootstrap_interval, draws=50)
card.SUBSETS, card.CONDITIONS = dict(all=card.SUBSETS["all"], II=card.SUBSETS["II"]), dict()
pretrain(Path({path!r}), Task(lambda p: print(p.step, flush=True)))
"""


# One batch in one process and the same in two, in float32: the same loss, gradients and batch-norm statistics.
SHARED = """
import copy
import torch
import torch.nn.functional as F
from cessl_gui.core.task import Stop
from cessl_gui.learn.network.backbone import BackboneSpec, CesslNet
from cessl_gui.learn.pretraining.group import Group
draw = torch.Generator().manual_seed(0)
whole = CesslNet(BackboneSpec.of_size("tinylight", "ab")).start(draw)
group = Group.join()
shared = group.share(copy.deepcopy(whole))
x, y = torch.randn(6, 12, 6144, generator=draw), torch.randint(2, (6, 2), generator=draw).float()
F.binary_cross_entropy_with_logits(whole(x), y).backward()
mine = slice(group.rank, None, group.size)
F.binary_cross_entropy_with_logits(shared(x[mine]), y[mine]).backward()
for (name, a), b in zip(whole.named_parameters(), group.bare(shared).parameters()):
    if not name.endswith(("conv1.conv.bias", "conv2.conv.bias")):  # nothing but rounding before batch norm
        torch.testing.assert_close(a.grad, b.grad, rtol=1e-3, atol=1e-5, msg=name)
for (name, a), b in zip(whole.named_buffers(), group.bare(shared).buffers()):
    torch.testing.assert_close(a, b, rtol=1e-4, atol=1e-5, msg=name)
assert group.agree(Stop.KEEP if group.rank else None) == Stop.KEEP
"""


@pytest.fixture(autouse=True)
def few_figures(monkeypatch):
    """By all leads and lead II alone; the card of `calm`, which is made before, has them all."""
    monkeypatch.setattr(card, "SUBSETS", {name: card.SUBSETS[name] for name in ("all", "II")})
    monkeypatch.setattr(card, "CONDITIONS", {})


@pytest.fixture(scope="module")
def calm(tmp_path_factory, data):
    """A run without random changes: its weights file, and what it reported."""
    seen = []
    return pretrain(config(tmp_path_factory.mktemp("calm"), data, CALM, epochs=4), Task(seen.append)), seen


def test_a_run_makes_a_backbone_that_loads_predicts_and_describes_itself(calm):
    path, seen = calm
    assert path.name == "small.safetensors"
    backbone = backbones.read(path)
    assert set(backbone.statements) == {"426177001", "427084000"}  # the four others have no positives
    figures = backbone.card["figures"]
    fast = figures["statements"]["427084000"]
    assert fast["auc"] > 0.9
    assert fast["auc_interval"][0] <= fast["auc"] <= fast["auc_interval"][1]
    assert set(figures["leads"]) >= {"all", "II", "I"}
    assert all(0 <= c["macro_auc"] <= 1 for c in (*figures["leads"].values(), *figures["conditions"].values()))
    assert figures["calibration_error"]["mean"] < 0.3
    assert set(backbone.calibration) == set(backbone.thresholds) == set(backbone.statements)
    assert Predictor(backbone).predict(np.zeros((2, 12, 6144), np.float32)).shape == (2, 2)
    noise = np.random.default_rng(0).standard_normal((2, 12, 6144)).astype(np.float32)
    assert (Predictor(backbone).predict_and_compare(noise)[1] < 0.1).all()
    assert seen[0].phase == "Preparing the ECGs"
    assert seen[-1].fraction == 1.0
    trained = [p for p in seen if p.phase == "Training"]
    assert trained[-1].train_loss < trained[0].train_loss
    assert trained[-1].best is not None
    assert trained[-1].seconds_left == 0


def test_a_run_killed_with_signal_9_goes_on_and_ends_the_same(tmp_path, data):
    undisturbed = pretrain(config(tmp_path / "whole", data, "seed = 7\n"))
    path = config(tmp_path / "killed", data, "seed = 7\nsave_every_s = 0.0\n")
    with subprocess.Popen(
        [sys.executable, "-c", SCRIPT.format(path=str(path))], stdout=subprocess.PIPE, text=True
    ) as process:
        for line in process.stdout:
            if int(line) >= 4:
                process.send_signal(signal.SIGKILL)
                break
    assert not path.with_name("small.safetensors").exists()
    steps = []
    resumed = pretrain(path, Task(lambda p: steps.append(p.step)))
    assert min(s for s in steps if s) >= 4
    assert resumed.read_bytes() == undisturbed.read_bytes()


def test_stop_and_keep_writes_the_best_so_far_and_cancel_writes_nothing(tmp_path, data):
    ticks = iter(range(1000))
    path = pretrain(
        config(tmp_path / "keep", data, "seed = 3\n", epochs=50),
        Task(stop_requested=lambda: Stop.KEEP if next(ticks) > 5 else None),
    )
    assert backbones.read(path).card["training"]["steps"] < 10
    with pytest.raises(Cancelled):
        pretrain(config(tmp_path / "cancel", data, "seed = 4\n"), Task(stop_requested=lambda: Stop.CANCEL))
    assert not list((tmp_path / "cancel").glob("*.safetensors"))


def test_a_stopped_run_whose_labels_were_changed_begins_again(tmp_path, data):
    own, steps = tmp_path / "own" / "data", []
    shutil.copytree(data, own)
    path = config(tmp_path, own)
    with pytest.raises(Cancelled):
        pretrain(path, Task(lambda p: steps.append(p.step), lambda: Stop.CANCEL if 2 in steps else None))
    table = own / "exams.csv"
    table.write_text(table.read_text().replace("True,False,False\n", "True,False,True\n"))
    steps.clear()
    path = pretrain(path, Task(lambda p: steps.append(p.step)))
    assert min(step for step in steps if step) == 1
    assert "164889003" in backbones.read(path).statements


def test_two_processes_learn_what_one_learns(tmp_path, data, calm):
    path = config(tmp_path, data, CALM, epochs=4)
    script = tmp_path / "run.py"
    script.write_text(SHARED + SCRIPT.format(path=str(path)))
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc_per_node=2", str(script)]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    done = subprocess.run(command, capture_output=True, text=True, timeout=270, env=environment)
    assert done.returncode == 0, done.stderr[-2000:]
    alone, together = (backbones.read(p) for p in (calm[0], tmp_path / "small.safetensors"))
    assert together.card["training"]["processes"] == 2
    losses = [[c["train_loss"] for c in b.card["training"]["curve"]] for b in (alone, together)]
    np.testing.assert_allclose(*losses, rtol=0.1)  # in bf16; the exact comparison is in SHARED


def test_a_run_starts_from_a_backbone_and_keeps_the_outputs_that_both_know(tmp_path, data, calm):
    text = CALM.replace("[changes]", f'start = "{calm[0]}"\n[changes]')
    first = []
    went_on = pretrain(config(tmp_path / "on", data, text), Task(lambda p: first.append(p.train_loss)))
    losses = [loss for loss in first if loss is not None]
    assert losses[0] < next(p.train_loss for p in calm[1] if p.train_loss is not None)
    assert went_on.read_bytes() != calm[0].read_bytes()
    assert backbones.read(went_on).card["started_from"] == backbones.read(calm[0]).sha256


def test_another_start_is_another_run(tmp_path, data, calm):
    path = config(tmp_path, data, f'start = "{calm[0]}"\n')
    before = read_config(path).digest
    assert before != read_config(config(tmp_path / "none", data)).digest
    own = tmp_path / "own.safetensors"
    own.write_bytes(calm[0].read_bytes())
    assert read_config(config(tmp_path, data, 'start = "own.safetensors"\n')).digest == before
    own.write_bytes(b"other")
    assert read_config(path.with_name("small.toml")).digest != before


def test_without_ecgs_to_validate_on_a_run_says_so(tmp_path, data):
    path = config(tmp_path, data)
    path.write_text(path.read_text().replace("share = 0.3", "share = 0.0"))
    with pytest.raises(NoSource, match="to validate on"):
        pretrain(path)


@pytest.mark.parametrize(
    ("text", "error", "sentence"),
    [
        ('start = "data/exams.csv"', ModelMismatch, "exams.csv has no readable card"),
        ('start = "{tiny}"', ModelMismatch, "tiny is not of the size tinylight"),
        ('teachers = ["data/exams.csv"]', ModelMismatch, r"exams.csv has no readable card.*Put its card, exams\.json"),
        ('out = "small.toml"', NotWritten, "small.toml cannot be written to"),
        ('cache = "small.toml/x"', NotWritten, "cannot be written to"),
        ('[[away]]\nkind = "code"\npath = "nowhere"', NoSource, "nowhere is not there"),
    ],
)
def test_what_a_run_lacks_is_said_before_its_ecgs_are_prepared(tmp_path, data, text, error, sentence):
    text = text.format(tiny=resource("backbones/tiny.safetensors")).replace('"data/', f'"{data}/')
    path, seen = config(tmp_path, data), []
    lines = [line for line in path.read_text().splitlines() if line.split(" ")[0] != text.split(" ")[0]]
    path.write_text("\n".join([*lines, text] if text.startswith("[") else [text, *lines]))
    with pytest.raises(error, match=sentence):
        pretrain(path, Task(seen.append))
    assert not seen


def test_frozen_blocks_stay_as_they_were_and_the_others_learn(tmp_path, data, calm):
    text = CALM.replace("[changes]", f'start = "{calm[0]}"\nfrozen_blocks = 1\n[changes]')
    state = backbones.read(pretrain(config(tmp_path / "on", data, text))).net.state_dict()
    before = backbones.read(calm[0]).net.state_dict()
    of_block = [k for k in state if k.startswith("encoder_layers.0.")]
    assert len(of_block) > 10
    assert all(torch.equal(state[k], before[k]) for k in of_block)
    assert not torch.equal(state["encoder_layers.1.conv1.conv.weight"], before["encoder_layers.1.conv1.conv.weight"])
    with pytest.raises(BadConfig, match="frozen_blocks"):
        read_config(config(tmp_path / "none", data, "frozen_blocks = 1\n"))


def test_an_epoch_meets_the_ecgs_of_a_source_as_often_as_it_says(tmp_path, data):
    path = config(tmp_path, data)
    path.write_text(path.read_text().replace('path = "data"', 'path = "data"\noften = 3'))
    given = read_config(path)
    corpus = prepare(given.ecgs(), given.split, given.cache)
    run = Run(given, corpus, Group(), device.choose("cpu"))
    assert len(run.repeated) == 3 * len(run.rows)
    assert run.per_epoch == 3 * len(run.rows) // given.batch
    assert run.facts()["ecgs_trained_on"] == len(run.rows)
    path.write_text(path.read_text().replace("often = 3", "often = 0"))
    with pytest.raises(BadConfig, match="often must be from 1"):
        read_config(path)


def test_other_hospitals_measure_and_calibrate_without_training(tmp_path, data, calm):
    other = tmp_path / "other"
    other.mkdir()
    (other / "part.hdf5").write_bytes((data / "part.hdf5").read_bytes())
    with h5py.File(other / "part.hdf5", "r+") as h5:
        h5["exam_id"][:] += 100
    head, *rows = (data / "exams.csv").read_text().split("\n")
    (other / "exams.csv").write_text(
        "\n".join([head, *(f"{100 + i},{row.split(',', 1)[1]}" for i, row in enumerate(rows))])
    )
    path = config(tmp_path / "away", data, CALM, epochs=4)
    path.write_text(path.read_text() + f'\n[[away]]\nkind = "code"\npath = "{other}"\n')
    made = pretrain(path)
    card, before = backbones.read(made).card, backbones.read(calm[0]).card
    assert made.read_bytes() == calm[0].read_bytes()
    assert card["away"]["hospitals"] == {"code": PATIENTS}
    assert card["away"]["statements"]["427084000"]["auc"] > 0.9
    (a, b), (c, d) = before["calibration"]["427084000"], card["away"]["calibration"]["427084000"]
    assert card["calibration"]["427084000"] == pytest.approx([a * c, b * c + d], abs=1e-3)
    on = pretrain(config(tmp_path / "on", data, CALM.replace("[changes]", f'start = "{made}"\n[changes]')))
    taken_over = backbones.read(on).card["away"]
    assert taken_over["measured_with"].startswith("small, which it started from")
    assert taken_over["statements"] == card["away"]["statements"]


def test_an_ecg_that_trained_does_not_measure_away(tmp_path, data):
    path = config(tmp_path, data)
    path.write_text(path.read_text() + '\n[[away]]\nkind = "code"\npath = "data"\n')
    given = read_config(path)
    net = CesslNet(BackboneSpec.of_size("tinylight", ("427084000",))).start(torch.Generator().manual_seed(0)).eval()
    seen = frozenset(e.key for e in given.ecgs() if e.key != "code/3")
    known = fitted_likeness(torch.randn(50, 64), torch.randn(50, 64))
    assert away(net, given, [(1.0, 0.0)], seen, known)["hospitals"] == {"code": 1}


def test_ecgs_that_nobody_has_labelled_do_not_tell_what_a_backbone_knows(monkeypatch):
    """They may be noise, which then would be known."""
    role, taken = np.array([TRAIN, TRAIN, TRAIN, VALIDATION, VALIDATION]), []
    corpus = SimpleNamespace(role=role, labelled=np.array([True, False, True, False, True]))
    monkeypatch.setattr(card, "features", lambda net, corpus, where: taken.append([*where]) or torch.rand(9, 4))
    card.what_it_knows(None, corpus)
    assert taken == [[0, 2], [4]]
