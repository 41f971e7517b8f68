"""Commands that train, predict and evaluate: what they print, where, and the exit status."""

import pytest

from cessl_gui import cli
from cessl_gui.cli import models
from cessl_gui.core.task import Task
from cessl_gui.core.types import ReadingState, State
from cessl_gui.store.project import Project
from cessl_gui.tasks.evaluation.evaluating import read_labels
from cessl_gui.tasks.export.exporting import export
from cessl_gui.tasks.models.runs import last_failed
from cessl_gui.tasks.models.sensitivities import sensitivities
from cessl_gui.tasks.recordings.importing import import_paths
from tests.cli.conftest import AF


def test_evaluate_leaves_out_what_an_export_calls_excluded(folder, tmp_path):
    with Project.open(tmp_path / "ward.cessl") as project:
        one, two = sorted(import_paths(project, [folder], Task()).ids)
        project.labels.set_many([(one, AF, State.PRESENT), (two, AF, State.ABSENT)], "dr test")
        project.records.set_reading(one, ReadingState.EXCLUDED, "dr test")
        export(project, tmp_path / "labels.csv", "csv", Task())
        assert read_labels(tmp_path / "labels.csv", project) == {two: {AF: 0.0}}


def test_too_few_labels_are_said_and_nothing_is_trained(cessl, folder, tmp_path):
    cessl("import", tmp_path / "ward.cessl", folder)
    status, rows, _ = cessl("train", tmp_path / "ward.cessl", "--sensitivity", "AF=95")
    assert status == 1
    assert "Label some ECGs first" in rows[0]["error"]
    with Project.open(tmp_path / "ward.cessl") as project:
        assert sensitivities(project) == {}, "nothing is kept of a command that is refused"
        assert [model.status for model in project.models.all()] == ["base"]


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (("--sensitivity", "AF=95", "zzz=90"), "No statement is called zzz"),
        (("--sensitivity", "AF=95", "--sensitivity", "PVC=0"), "0 % is no sensitivity"),
        (("--sensitivity", "AF=95", "--from", "v9"), "no version called v9"),
        (("--reader", "dr tset"), "called dr tset has"),
    ],
)
def test_a_mistyped_name_is_refused_before_anything_is_kept_or_trained(cessl, folder, tmp_path, given, words):
    cessl("import", tmp_path / "ward.cessl", folder, "--accept-header-labels")
    status, rows, _ = cessl("train", tmp_path / "ward.cessl", *given)
    assert status == 1
    assert words in rows[0]["error"]
    with Project.open(tmp_path / "ward.cessl") as project:
        assert sensitivities(project) == {}
        assert last_failed(project) is None


@pytest.mark.parametrize(
    ("given", "words"),
    [
        *((("--seed", seed), "no whole number from 0 to") for seed in ("-1", "1.5", str(2**70), "²")),
        (("--adopt", "--keep-current"), "not allowed with argument"),
    ],
)
def test_what_a_training_cannot_take_is_a_fault_of_usage(given, words, capsys):
    with pytest.raises(SystemExit):
        cli.main(["train", "ward.cessl", *given])
    assert words in capsys.readouterr().err


def test_evaluate_needs_a_file_it_can_use(cessl, folder, tmp_path):
    cessl("import", tmp_path / "ward.cessl", folder)
    truth = tmp_path / "truth.csv"
    for text, words in (
        ("record,code\none,1\n", "lacks a column"),
        (f"record,code,state\nthree,{AF},present\n", "three is not in this project"),
        (f"record,code,state\none,{AF},perhaps\n", "perhaps is no state"),
        (f"record,code,state\none,{AF},{State.UNCERTAIN}\n", "no label to compare with"),
    ):
        truth.write_text(text)
        status, rows, _ = cessl("evaluate", tmp_path / "ward.cessl", "--labels", truth)
        assert status == 1
        assert words in rows[0]["error"]


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        ([], "left out: 3 ECGs of 2 patients that it was trained on; --with-training-records scores them too"),
        (["--with-training-records"], "with 3 ECGs of 2 patients that it was trained on: no measure"),
    ],
)
def test_evaluate_says_what_it_does_with_training_records(cessl, folder, tmp_path, monkeypatch, capsys, flags, words):
    from cessl_gui.tasks.evaluation import evaluating

    def evaluate(project, truth, task, with_training_records):
        none = {"value": None, "low": None, "high": None}
        return {
            "name": "Version 1",
            "origin": "",
            "n": 8,
            "n_patients": 4,
            "training_records": {"n": 3, "n_patients": 2, "scored": with_training_records},
            "no_ecg": {},
            "macro": dict.fromkeys(evaluating.SCORES, none),
            "macro_over": [],
            "classes": {},
            "no_model": {},
            "compared": {},
        }

    cessl("import", tmp_path / "ward.cessl", folder)
    (tmp_path / "truth.csv").write_text(f"record,code,state\none,{AF},present\n")
    monkeypatch.setattr(evaluating, "evaluate", evaluate)
    assert cli.main(["evaluate", str(tmp_path / "ward.cessl"), "--labels", str(tmp_path / "truth.csv"), *flags]) == 0
    assert words in capsys.readouterr().out


def test_predictions_in_words_tell_likely_from_merely_above_the_threshold():
    sr, std = "426783006", "429622005"
    words = models._top({AF: 0.951, std: 0.012, sr: 0.44}, {AF: 0.6, std: 0.005, sr: 0.5})
    assert words == "AF 0.95 (likely), SR 0.44, STD 0.01 (above threshold)"


def test_one_lost_recording_stops_no_prediction(cessl, folder, tmp_path):
    project = tmp_path / "ward.cessl"
    cessl("import", project, folder)
    assert len(cessl("predict", project)[1]) == 2
    with Project.open(project) as opened:
        (lost,) = (info for info in opened.records.all() if info.name == "one")
        opened.waveforms.path(lost.id).unlink()
    for path in folder.glob("one.*"):
        path.unlink()
    status, rows, err = cessl("predict", project, "--per-lead")
    assert status == 1
    assert len(rows) == 2
    assert "one" in err
    by_name = {row["name"]: row for row in rows}
    assert len(by_name["two"]["without"]) == len(by_name["two"]["alone"]) == 12
    assert "without" not in by_name["one"]
