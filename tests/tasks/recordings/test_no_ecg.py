"""What is no ECG is not predicted, said why wherever a prediction would stand, and never learned from."""

import csv
import json
import shutil
import threading
from dataclasses import replace

import numpy as np
import pytest

from cessl_gui import cli
from cessl_gui.core.errors import Cancelled, UnreadableRecording
from cessl_gui.core.task import Stop, Task
from cessl_gui.core.types import LEADS_12, State, rests_on
from cessl_gui.ecg.gate import NOISE
from cessl_gui.ecg.synthetic import synthetic_record
from cessl_gui.ecg.writers import write_wfdb
from cessl_gui.store.project import Project
from cessl_gui.tasks.evaluation import evaluating
from cessl_gui.tasks.export import exporting
from cessl_gui.tasks.models import inputs as inputs_module
from cessl_gui.tasks.models import modelling, predicting, training
from cessl_gui.tasks.models.inputs import Inputs
from cessl_gui.tasks.recordings import importing
from tests.store.projects import as_version

SR = "426783006"
ONE_LEAD = "from 1 of 12 leads (V5), unlike the ECGs that the model knows"
REASONS = {
    "zeros": "all leads are flat",
    "noise": NOISE,
    "short": "it lasts 0.008 s, 2 s are needed",
    "slow": "it has 1 samples a second, 80 are needed",
}


@pytest.fixture(scope="module")
def mixed(tmp_path_factory):
    folder = tmp_path_factory.mktemp("mixed")
    ecg = synthetic_record("sinus rhythm", 1)
    flat = ecg.signal_mv.copy()
    flat[[7, 9]] = 0
    noise = np.random.default_rng(0).normal(0, 0.2, (12, 5000)).astype(np.float32)
    made = {
        "whole": ecg,
        "one_lead": replace(ecg, signal_mv=ecg.signal_mv[[10]].copy(), leads=("V5",), derived=()),
        "flat_leads": replace(ecg, signal_mv=flat),
        "zeros": replace(ecg, signal_mv=np.zeros((12, 5000), np.float32)),
        "noise": replace(ecg, signal_mv=noise),
        "short": replace(ecg, signal_mv=ecg.signal_mv[:, :4].copy()),
        "slow": replace(ecg, signal_mv=noise[:, :600].copy(), fs_hz=1.0),
    }
    for name, record in made.items():
        write_wfdb(replace(record, derived=()), folder, name, [f"Dx: {SR}"])
    return folder


@pytest.fixture
def folder(mixed, tmp_path):
    """An ECG of twelve leads, one of V5 alone, one with two flat leads, and four recordings that are no ECG."""
    return shutil.copytree(mixed, tmp_path / "mixed", copy_function=shutil.copy)


@pytest.fixture
def imported(project, folder):
    """A project of these; and name -> record id."""
    importing.import_paths(project, [folder], Task())
    return project, {info.name: info.id for info in project.records.all()}


@pytest.fixture
def predicted(imported):
    """The same, predicted."""
    assert predicting.predict_all(imported[0], Task()) == []
    return imported


def test_the_project_keeps_the_reason_in_place_of_a_prediction(predicted):
    project, ids = predicted
    model = project.models.active().id
    assert project.predictions.refused(model) == {ids[name]: reason for name, reason in REASONS.items()}
    assert set(project.predictions.all(model)) == {ids["whole"], ids["one_lead"], ids["flat_leads"]}
    assert project.predictions.get(ids["zeros"], model) is None
    assert project.predictions.missing(model) == []


def test_a_prediction_names_the_leads_that_it_rests_on(predicted):
    project, ids = predicted
    found = project.predictions.all(project.models.active().id)
    assert found[ids["whole"]].leads == LEADS_12
    assert found[ids["one_lead"]].rests_on == ONE_LEAD
    assert found[ids["flat_leads"]].rests_on == "from 10 of 12 leads (not V2, V4)"


def test_words_for_leads():
    assert rests_on(LEADS_12) == "from all 12 leads"
    assert rests_on(LEADS_12[:6]) == "from 6 of 12 leads (I, II, III, aVR, aVL, aVF)"


def test_a_lead_without_a_signal_is_zero_for_the_model():
    ecg = synthetic_record("sinus rhythm", 1)
    signal = ecg.signal_mv.copy()
    signal[7] = 0.002 * (np.arange(5000) % 2)  # a converter's last bit
    x, verdict = modelling.judged_input(replace(ecg, signal_mv=signal))
    assert not x[7].any()
    assert x[6].any()
    assert "V2" not in verdict.leads


@pytest.fixture
def said(capsys):
    def run(*words):
        status = cli.main([*map(str, words)])
        out, err = capsys.readouterr()
        return status, out, err

    return run


def test_predict_files_says_the_reason_and_the_leads(said, folder):
    status, out, _ = said("predict", "--files", folder)
    lines = {line.split("/")[-1].split(".hea: ")[0]: line.split(".hea: ")[1] for line in out.splitlines()}
    assert status == 0
    for name, reason in REASONS.items():
        assert lines[name] == f"not predicted: {reason}"
    assert lines["one_lead"].endswith(f", {ONE_LEAD}")
    assert lines["whole"].endswith(", from all 12 leads")
    _, out, _ = said("predict", "--files", folder, "--json", "--per-lead")
    rows = {row["name"]: row for row in map(json.loads, out.splitlines())}
    for name, reason in REASONS.items():
        assert (rows[name]["not_predicted"], rows[name]["probabilities"]) == (reason, {})
        assert "without" not in rows[name]
        assert "thresholds" not in rows[name]
    assert rows["one_lead"]["leads"] == ["V5"]
    assert "not_predicted" not in rows["whole"]


def test_predict_of_a_project_says_the_reason_and_the_leads(said, folder, tmp_path):
    said("import", tmp_path / "ward.cessl", folder)
    status, out, _ = said("predict", tmp_path / "ward.cessl")
    lines = dict(line.split(": ", 1) for line in out.splitlines())
    assert status == 0
    assert lines["noise"] == f"not predicted: {NOISE}"
    assert lines["one_lead"].endswith(f", {ONE_LEAD}")
    _, out, _ = said("predict", tmp_path / "ward.cessl", "--json")
    rows = {row["name"]: row for row in map(json.loads, out.splitlines())}
    assert {name: row["not_predicted"] for name, row in rows.items() if "not_predicted" in row} == REASONS
    assert rows["flat_leads"]["leads"] == [lead for lead in LEADS_12 if lead not in ("V2", "V4")]


def test_exports_say_it(predicted, tmp_path):
    project, ids = predicted
    exporting.export(project, tmp_path / "out.csv", "csv", Task())
    with (tmp_path / "out.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    for name, reason in REASONS.items():
        own = [row for row in rows if row["record"] == ids[name]]
        assert {(row["not_predicted"], row["probability"], row["leads"]) for row in own} == {(reason, "", "")}
    assert {row["leads"] for row in rows if row["record"] == ids["one_lead"]} == {"V5"}
    exporting.export(project, tmp_path / "out.json", "json", Task())
    document = json.loads((tmp_path / "out.json").read_text())
    assert {row["name"]: row["not_predicted"] for row in document["rows"] if row["not_predicted"]} == REASONS
    exporting.export(project, tmp_path / "wfdb", "wfdb", Task())
    assert f"# Not predicted: {NOISE}" in (tmp_path / "wfdb" / f"{ids['noise']}.hea").read_text()


def test_what_nobody_says_anything_of_has_a_row_for_the_reason(project):
    ecg = replace(synthetic_record("sinus rhythm", 1), signal_mv=np.zeros((12, 5000), np.float32), statements=())
    project.records.add(ecg)
    project.waveforms.write(ecg)
    predicting.predict_all(project, Task())
    (row,) = exporting.label_rows(project)
    assert (row["code"], row["state"], row["not_predicted"]) == ("", "", "all leads are flat")


def test_such_an_export_can_be_evaluated_and_counts_what_is_left_out(said, predicted, tmp_path):
    project, ids = predicted
    for number, record_id in enumerate(ids.values()):
        project.labels.set(record_id, SR, State.PRESENT if number % 2 else State.ABSENT, "dr test")
    exporting.export(project, tmp_path / "out.csv", "csv", Task())
    truth = evaluating.read_labels(tmp_path / "out.csv", project)
    found = evaluating.evaluate(project, truth, Task())
    assert found["n"] == 3
    assert found["no_ecg"] == {ids[name]: reason for name, reason in REASONS.items()}
    project.close()
    _, out, _ = said("evaluate", project.folder, "--labels", tmp_path / "out.csv")
    assert "left out: 4 recordings that are no ECG" in out


def test_only_what_is_no_ecg_cannot_be_evaluated(predicted):
    project, ids = predicted
    with pytest.raises(evaluating.LabelsFileError, match="None of the 1 recordings with labels is an ECG"):
        evaluating.evaluate(project, {ids["zeros"]: {SR: 1.0}}, Task())


def test_no_training_learns_from_a_label_of_it(imported):
    project, ids = imported
    job = training.training_job(project, {ids[n]: {SR: State.PRESENT} for n in ("whole", "zeros", "noise")}, "tiny")
    inputs = Inputs(project)
    inputs.look_at(tuple(job.labels), Task())
    assert inputs.no_ecg == {ids[name]: REASONS[name] for name in ("zeros", "noise")}
    with pytest.raises(UnreadableRecording, match="2 of 3 labelled ECGs cannot be read any more or cannot be judged"):
        training._enough(project, job, inputs, Task(), training.Consensus(job.labels, {}))


def test_no_training_takes_it_for_an_unlabelled_ecg(imported):
    project, ids = imported
    inputs = Inputs(project)
    assert inputs.unlabelled([ids["zeros"], ids["one_lead"], ids["noise"], ids["flat_leads"]]).shape == (2, 12, 6144)
    assert inputs.unusable == {ids["zeros"], ids["noise"]}


def test_of_nothing_but_such_recordings_nothing_is_taken(imported):
    project, ids = imported
    assert Inputs(project).unlabelled([ids["zeros"]]).shape == (0, 12, 6144)


def test_an_ecg_is_read_once_for_a_training(imported, monkeypatch):
    project, ids = imported
    read, found = inputs_module.read_waveform, []
    monkeypatch.setattr(inputs_module, "read_waveform", lambda *given: found.append(given[1]) or read(*given))
    inputs, wanted = Inputs(project), [ids["whole"], ids["one_lead"]]
    inputs.look_at(wanted, Task())
    assert inputs.labelled(wanted).shape == (2, 12, 6144)
    assert found == wanted


def test_a_cancel_does_not_wait_until_a_recording_of_a_day_is_read(imported, monkeypatch):
    project, ids = imported
    asked, read = iter([None, Stop.CANCEL]), threading.Event()
    monkeypatch.setattr(inputs_module, "read_waveform", lambda *given: read.wait(10) and None)
    with pytest.raises(Cancelled):
        Inputs(project).look_at([ids["whole"]], Task(stop_requested=lambda: next(asked)))
    assert not read.is_set()
    read.set()


def test_the_influence_of_what_is_no_ecg_is_refused(predicted):
    project, ids = predicted
    with pytest.raises(modelling.NotAnEcg, match="zeros is not predicted: all leads are flat"):
        predicting.per_lead(project, ids["zeros"])


def test_predictions_of_earlier_versions_go_and_are_computed_anew(tmp_path, folder):
    with Project.open(tmp_path / "now.cessl") as now:
        importing.import_paths(now, [folder], Task())
        model = modelling.base_model(now)
        ids = [info.id for info in now.records.all()]
    db = as_version(tmp_path / "now.cessl", tmp_path / "old.cessl", 4)
    columns = (model.id, model.name, model.backbone, model.backbone_sha256, "[]", "{}", "", "{}", "{}", "2026")
    db.execute(f"INSERT INTO models VALUES ({', '.join('?' * 10)})", columns)
    db.executemany(
        "INSERT INTO model_events (model_id, status, at_utc) VALUES (?, ?, '2026')",
        [(model.id, "base"), (model.id, "active")],
    )
    rows = [(model.id, record_id, json.dumps({SR: 0.83})) for record_id in ids]
    db.executemany("INSERT INTO predictions VALUES (?, ?, ?)", rows)
    db.close()
    with Project.open(tmp_path / "old.cessl") as project:
        assert project.predictions.all(model.id) == {}
        predicting.predict_all(project, Task())
        assert len(project.predictions.all(model.id)) == 3
        assert len(project.predictions.refused(model.id)) == 4
