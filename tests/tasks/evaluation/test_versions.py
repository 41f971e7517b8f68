"""Versions: any two compared on the same cases, one as a file, and what a stranger's file must not do."""

import hashlib
import json
import os
import re
import sys
import zipfile

import numpy as np
import pytest

from cessl_gui.cli import main
from cessl_gui.core.errors import ModelMismatch, NothingToCompare, NotWritten
from cessl_gui.core.training.results import Comparison, OutOfFold, TrainingSummary
from cessl_gui.core.types import ModelInfo, Prediction, State
from cessl_gui.store.folder import out_of_fold
from cessl_gui.store.project import Project
from cessl_gui.tasks.evaluation import versions
from cessl_gui.tasks.merging_statements import merge
from cessl_gui.tasks.models import model_files, training
from cessl_gui.tasks.models.modelling import DEFAULT_BACKBONE, base_model, trained_patients
from tests.adapters import untrained_adapter
from tests.records import record_of

AF, SR, LBBB = "164889003", "426783006", "733534002"
CODES = (AF, SR)
COUNT = 24


@pytest.fixture(scope="module")
def adapter() -> dict[str, bytes]:
    return untrained_adapter(CODES)


@pytest.fixture
def project(tmp_path):
    with Project.open(tmp_path / "ward.cessl", create=True) as opened:
        for number in range(COUNT):
            opened.records.add(record_of(number))
            opened.labels.set(f"r{number}", AF, State.PRESENT if number % 2 else State.ABSENT, "dr a")
        base_model(opened)
        yield opened


def add_version(project, adapter, number: int, ids: range, *, taught: range = range(0), gain: float = 0.0) -> ModelInfo:
    """A version judged out of fold on `ids`, and taught by the labels of `taught` and `ids`."""
    from cessl_gui.tasks.models.modelling import predictor

    base = project.models.active()
    names = tuple(f"r{i}" for i in ids)
    y = np.array([[i % 2, np.nan] for i in ids], float)
    rng = np.random.default_rng(number)
    before = np.clip(0.5 + 0.2 * rng.standard_normal(y.shape), 0.01, 0.99)
    after = np.clip(before + gain * (np.nan_to_num(y) - 0.5), 0.01, 0.99)
    answers = OutOfFold(names, names, CODES, y, before, after, np.arange(len(ids)) % 2, [0.5] * 2, [[0.5] * 2] * 2)
    job = {"patients": {f"r{i}": f"r{i}" for i in (*ids, *taught)}, "labels": {}}
    told = {"parent": base.id, "compared_with": base.name, "n_labelled": len(ids), "why": "the output layer"}
    told |= {"statements": CODES, "labels_from": "Labels: 3 of dr a, where readers differ.", "seconds": 31.2}
    figures = {"macro_auc_before": 0.7, "macro_auc_after": 0.8, "difference": 0.1, "interval": (0.02, 0.18)}
    summary = TrainingSummary(Comparison(macro_over=(AF,), verdict="Better.", **figures), **told)
    statements = tuple(dict.fromkeys(CODES + predictor(project, base).statements))
    model = ModelInfo(
        f"v{number}", f"Version {number}", base.backbone, base.backbone_sha256, statements,
        dict.fromkeys(CODES, 0.5), "labels", "candidate", f"2026-11-0{number}T10:00:00Z", summary,
    )  # fmt: skip
    project.models.add(model, {**adapter, **out_of_fold.to_files(answers), "job.json": json.dumps(job).encode()})
    return project.models.get(model.id)


def say(project, model_id: str, value=lambda number: 0.5) -> None:
    kept = [Prediction(f"r{i}", model_id, {AF: value(i), SR: 0.5, LBBB: 0.3}) for i in range(COUNT)]
    project.predictions.write(model_id, kept)


# --- comparing


def test_a_version_is_compared_with_its_parent_on_the_answers_it_was_judged_by(project, adapter):
    model = add_version(project, adapter, 1, range(COUNT), gain=0.8)
    found = versions.compare(project, model)
    assert (found.before, found.after) == (project.models.active().id, "v1")
    assert found.evidence.n == COUNT
    assert found.evidence.of("better") == (AF,)


def test_two_versions_are_compared_on_the_cases_that_both_have_not_learned_from(project, adapter):
    first = add_version(project, adapter, 1, range(0, 16))
    second = add_version(project, adapter, 2, range(8, COUNT), gain=0.8)
    say(project, "v1")
    say(project, "v2")
    found = versions.compare(project, second, first)
    # r0 .. r7: the second never met them; r16 .. : the first never did; r8 .. r15: both out of fold.
    assert found.evidence.n == COUNT
    by_id = dict(zip(found.answers.ids, found.answers.before[:, 0], strict=True))
    assert by_id["r20"] == 0.5, "its own prediction"
    assert by_id["r0"] == pytest.approx(project.models.out_of_fold("v1").after[0, 0]), "its answer out of fold"


def test_what_a_version_carries_on_from_its_starting_model_is_known_of_all_ecgs(project, adapter):
    first, second = (add_version(project, adapter, number, range(COUNT)) for number in (1, 2))
    project.labels.set_many([(f"r{i}", LBBB, State.PRESENT if i % 2 else State.ABSENT) for i in range(COUNT)], "dr a")
    say(project, "v1")
    say(project, "v2")
    found = versions.compare(project, second, first).answers
    assert found.before[:, found.statements.index(LBBB)].tolist() == pytest.approx([0.3] * COUNT)


def test_a_base_model_says_what_it_said_when_the_version_was_judged_and_predicts_the_others(project, adapter):
    model, base = add_version(project, adapter, 1, range(0, 16)), project.models.active()
    say(project, "v1")
    say(project, base.id)
    answers = versions.compare(project, model, base).answers
    by_id = dict(zip(answers.ids, answers.before[:, 0], strict=True))
    assert by_id["r3"] == pytest.approx(project.models.out_of_fold("v1").before[3, 0])
    assert by_id["r20"] == 0.5


def test_what_a_version_says_of_ecgs_it_was_taught_by_is_no_evidence(project, adapter):
    first = add_version(project, adapter, 1, range(0, 8), taught=range(8, COUNT))
    base = project.models.active()
    say(project, "v1", lambda number: 0.9 if number % 2 else 0.1)
    say(project, base.id)
    assert versions.compare(project, first, base).evidence.n == 8


def test_without_a_common_case_it_is_said(project, adapter):
    first = add_version(project, adapter, 1, range(0, 8), taught=range(8, COUNT))
    second = add_version(project, adapter, 2, range(8, COUNT), taught=range(0, 8))
    with pytest.raises(NothingToCompare, match="no labelled ECG on which Version 1 and Version 2"):
        versions.compare(project, second, first)


def test_a_version_of_before_the_folds_is_told_by_its_test_patients(project, adapter):
    holdout = {f"r{i}": {AF: (i % 2, 0.4, 0.9 if i % 2 else 0.1)} for i in range(COUNT)}
    per_class = {AF: {"n_positive": 12, "n_negative": 12}}
    summary = TrainingSummary.from_json({"holdout": holdout, "per_class": per_class, "thresholds_before": {AF: 0.5}})
    base = project.models.active()
    old = ModelInfo("old", "Version 9", base.backbone, base.backbone_sha256, CODES, {}, "", "candidate", "", summary)
    project.models.add(old, adapter)
    assert versions.compare(project, project.models.get("old")).evidence.n == COUNT


def test_a_version_is_shown_and_adopted_though_one_of_its_statements_was_merged_into_another_since(project, adapter):
    model = add_version(project, adapter, 1, range(COUNT), gain=0.8)
    merge(project, AF, SR, "dr a")
    assert versions.compare(project, model).evidence.n == COUNT
    project.models.adopt("v1")
    assert project.models.active().statements[:2] == CODES


# --- as a file


@pytest.fixture
def file(project, adapter, tmp_path):
    add_version(project, adapter, 1, range(COUNT), gain=0.8)
    return model_files.export_version(project, "v1", tmp_path / "v1.zip", note="good")


@pytest.fixture
def other(tmp_path):
    with Project.open(tmp_path / "elsewhere.cessl", create=True) as opened:
        base_model(opened)
        yield opened


def changed(file, name: str, change, *, mend: bool = True):
    """The file with one of its files changed; mend : its hash too"""
    with zipfile.ZipFile(file) as archive:
        content = {n: archive.read(n) for n in archive.namelist()}
    content[name] = change(content[name])
    if mend and name != model_files.MANIFEST:
        manifest = json.loads(content[model_files.MANIFEST])
        manifest["sha256"][name] = hashlib.sha256(content[name]).hexdigest()
        content[model_files.MANIFEST] = json.dumps(manifest).encode()
    with zipfile.ZipFile(file, "w") as archive:
        for n, one in content.items():
            archive.writestr(n, one)
    return file


def test_a_version_goes_to_another_project_with_its_evidence(file, other, project):
    model = model_files.import_version(other, file)
    assert (model.id, model.status) == ("v1", "candidate")
    np.testing.assert_array_equal(other.models.out_of_fold("v1").after, project.models.out_of_fold("v1").after)
    assert len(trained_patients(other, model)) == COUNT
    assert other.settings.get(model_files.NOTES, {}) == {"v1": "good"}


def test_patients_become_numbers_and_readers_are_not_named(file):
    with zipfile.ZipFile(file) as archive:
        job, names = (json.loads(archive.read(n)) for n in ("job.json", "out_of_fold.json"))
        assert not any(b"dr a" in archive.read(n) for n in archive.namelist())
    assert set(job) == {"patients"}
    assert job["patients"]["r3"] == names["patients"][3] == "v1/4"


def test_one_that_is_there_already_changes_nothing(file, project):
    with pytest.raises(ModelMismatch, match="in this project already"):
        model_files.import_version(project, file)


@pytest.mark.parametrize(
    ("name", "change", "mend"),
    [
        ("adapter.safetensors", lambda c: c[:-1] + bytes([c[-1] ^ 1]), False),
        ("adapter.safetensors", lambda c: b"not safetensors", True),
        ("meta.json", lambda c: b"{}", True),
        ("out_of_fold.json", lambda c: b"[]", True),
        (model_files.MANIFEST, lambda c: b"{}", True),
        (model_files.MANIFEST, lambda c: c.replace(b'"id": "v1"', b'"id": "../v1"'), True),
        (model_files.MANIFEST, lambda c: c.replace(b'"id": "v1"', b'"id": "unfinished-1"'), True),
        (model_files.MANIFEST, lambda c: c.replace(b'"id": "v1"', b'"id": "base-tiny"'), True),
        (model_files.MANIFEST, lambda c: c.replace(b'"name": "', b'"name": "\\ud800'), True),
        (model_files.MANIFEST, lambda c: c.replace(b'"name": "', b'"name": "\\u202e'), True),
        (model_files.MANIFEST, lambda c: c.replace(b'"format": 1', b'"format": 2'), True),
        (model_files.MANIFEST, lambda c: c.replace(b'"v1"', b'["v1"]'), True),
        (model_files.MANIFEST, lambda c: c.replace(b'"seconds": 31.2', b'"seconds": "long"'), True),
        (model_files.MANIFEST, lambda c: c.replace(b'"seconds": 31.2', b'"seconds": 1e999'), True),
        (model_files.MANIFEST, lambda c: c.replace(b'"no_ecg": {}', b'"no_ecg": {"one": ["why"]}'), True),
        (model_files.MANIFEST, lambda c: c.replace(b'"verdict": "', b'"verdict": "\\u001b[2J'), True),
        (model_files.MANIFEST, lambda c: c.replace(b'"candidates": []', b'"candidates": [{"pull": [1]}]'), True),
        ("out_of_fold.safetensors", lambda c: c[:-4] + np.float32(9).tobytes(), True),
    ],
)
def test_a_damaged_or_strangers_file_is_refused_in_a_sentence(file, other, name, change, mend):
    with pytest.raises(Exception) as caught:
        model_files.import_version(other, changed(file, name, change, mend=mend))
    assert type(caught.value).__module__ == "cessl_gui.core.errors"
    assert [m.status for m in other.models.all()] == ["base"], "nothing was taken in"


@pytest.mark.parametrize("name", ["evil.py", "../evil.json", "/etc/evil", "sub/meta.json"])
def test_files_that_do_not_belong_to_a_version_are_refused(file, other, tmp_path, name):
    with zipfile.ZipFile(file, "a") as archive:
        archive.writestr(name, "x")
    with pytest.raises(ModelMismatch, match="not those of a version"):
        model_files.import_version(other, file)


def test_sizes_are_bounded_before_anything_is_unpacked(file, other, monkeypatch):
    monkeypatch.setattr(model_files, "MOST_BYTES", 1000)
    monkeypatch.setattr(model_files, "_bounded", lambda *_: pytest.fail("unpacked"))
    with pytest.raises(ModelMismatch, match="too large"):
        model_files.import_version(other, file)


def test_a_version_is_written_over_an_earlier_one_alone(file, project, tmp_path):
    other_file = tmp_path / "labels.csv"
    other_file.write_text("my labels")
    with pytest.raises(NotWritten, match="no model version"):
        model_files.export_version(project, "v1", other_file)
    assert other_file.read_text() == "my labels"
    assert model_files.export_version(project, "v1", file) == file


def test_a_version_is_not_written_into_a_project(file, project):
    with pytest.raises(NotWritten, match="in the folder of the project"):
        model_files.export_version(project, "v1", project.folder / "project.sqlite")


@pytest.mark.skipif(sys.platform == "win32", reason="no pipes in folders there")
def test_a_pipe_is_no_version_and_is_not_waited_for(other, tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(ModelMismatch, match="not a file"):
        model_files.import_version(other, tmp_path / "pipe")


def test_what_is_no_zip_is_refused(other, tmp_path):
    (tmp_path / "v.zip").write_bytes(b"no zip")
    with pytest.raises(ModelMismatch, match="no model version"):
        model_files.import_version(other, tmp_path / "v.zip")


# --- commands


def rows(capsys) -> list[dict]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_the_shelf_by_command(project, adapter, tmp_path, capsys):
    add_version(project, adapter, 1, range(COUNT), gain=0.8)
    say(project, "v1")
    say(project, project.models.active().id)
    project.settings.set(model_files.NOTES, {"v1": "for the ward\n\x1b[2Jnot for children"})
    folder, base = str(project.folder), f"Base model ({DEFAULT_BACKBONE})"
    project.close()
    assert main(["models", "list", folder, "--json"]) == 0
    assert [(row["model"], row["active"]) for row in rows(capsys)][1] == ("v1", False)
    assert main(["models", "list", folder]) == 0
    _, *lines = capsys.readouterr().out.split("v1: ")[1].splitlines()
    made, figures, verdict, note = map(str.strip, lines)
    parent = rf"{re.escape(base)} \(base-{DEFAULT_BACKBONE}-\w+\)"
    assert re.fullmatch(rf"2026-11-01 10:00 UTC, trained from {parent} in 31 s", made)
    assert figures == "mean AUC over 1 statement 0.70 to 0.80, +0.10 [0.02, 0.18]"
    assert verdict == "Better."
    assert note == "note: for the ward \N{REPLACEMENT CHARACTER}[2Jnot for children", "a note steers no terminal"
    assert main(["models", "compare", folder, base, "Version 1", "--json"]) == 0
    (row,) = rows(capsys)
    assert (row["after"], row["statements"][0]["code"], row["n"]) == ("v1", AF, COUNT)
    assert main(["models", "adopt", folder, "v1"]) == 0
    assert capsys.readouterr().out == "Version 1 is now active.\n"
    assert main(["models", "export", folder, "v1", str(tmp_path / "v1.zip"), "--json"]) == 0
    assert main(["models", "import", folder, str(tmp_path / "v1.zip")]) == 1
    assert "in this project already" in capsys.readouterr().err
    assert main(["models", "adopt", folder, "nobody"]) == 1
    assert "There is no version called nobody" in capsys.readouterr().err


GAIN, NO_GAIN = "A gain of the mean average precision is shown", "No gain of the mean average precision is shown"
WAITS = "Version 1 (labels) waits as a candidate, and BEFORE stays active"
ELSE = f"It was compared with Base model ({DEFAULT_BACKBONE}), not with BEFORE"


@pytest.mark.parametrize(
    ("flags", "gain", "active", "adopts", "said"),
    [
        ([], 0.8, "", True, f"is now active. {GAIN}."),
        ([], 0.0, "", False, f"{WAITS}. {NO_GAIN}; `OTHER` makes the candidate active."),
        ([], 0.8, "v2", False, f"{WAITS}. {ELSE}; `OTHER` makes the candidate active."),
        (["--adopt"], 0.0, "", True, f"is now active, as --adopt says. {NO_GAIN}; `OTHER` goes back to BEFORE."),
        (["--adopt"], 0.8, "", True, f"is now active, as --adopt says. {GAIN}."),
        (["--keep-current"], 0.8, "", False, f"{WAITS}, as --keep-current says. {GAIN}; `OTHER` makes"),
    ],
)
def test_a_training_by_command_is_adopted_where_a_gain_is_shown_and_says_how_to_take_the_other_version(
    project, adapter, monkeypatch, capsys, flags, gain, active, adopts, said
):
    add_version(project, adapter, 1, range(COUNT), gain=gain)
    if active:
        add_version(project, adapter, 2, range(COUNT))
        project.models.adopt(active)
    before = project.models.active()
    monkeypatch.setattr(training, "train", lambda project, *_, **__: project.models.get("v1"))
    project.close()
    assert main(["train", str(project.folder), "--evidence", *flags]) == 0
    out = capsys.readouterr().out
    other = f"cessl models adopt {project.folder} {before.id if adopts else 'v1'}"
    assert said.replace("BEFORE", before.name).replace("OTHER", other) in out
    assert out.count("judged by models trained without its patient's labels") == 1
    assert "Adapted: the output layer." in out
    with Project.open(project.folder) as again:
        assert again.models.active().id == ("v1" if adopts else before.id)
        again.models.activate(before.id)
    assert main(["train", str(project.folder), *flags, "--json"]) == 0
    (row,) = rows(capsys)
    assert (row["status"], row["active"]) == (("active", "v1") if adopts else ("candidate", before.id))
    assert row["adoption_is_supported"] == (bool(gain) and not active)
