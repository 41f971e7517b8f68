"""One ECG, one record: a corrected header is a revision, equal samples elsewhere are shown and never merged."""

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from cessl_gui.core.errors import UnreadableRecording
from cessl_gui.core.task import Task
from cessl_gui.core.types import Caliper, ReadingState, State
from cessl_gui.ecg.synthetic import synthetic_record
from cessl_gui.ecg.writers import write_wfdb
from cessl_gui.store.project import Project
from cessl_gui.store.tables.identity import Met
from cessl_gui.tasks.models.training import training_job
from cessl_gui.tasks.patients import project_groups
from cessl_gui.tasks.recordings.importing import import_paths, read_waveform
from tests.records import make_record, noise_mv, shown_labels
from tests.store.projects import as_version

AF, SR = "164889003", "426783006"


def ecg(folder: Path, name: str, seed: int, *comments: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    record = synthetic_record("atrial fibrillation", seed)
    return write_wfdb(record, folder, name, list(comments))


def correct(header: Path, before: str, after: str) -> None:
    text = header.read_text()
    assert before in text
    header.write_text(text.replace(before, after))


@pytest.fixture
def header(tmp_path) -> Path:
    return ecg(tmp_path / "ward", "one", 1, "Age: 60", "Sex: F", f"Dx: {AF}", "Patient ID: K-1")


@pytest.fixture
def labelled(project, header):
    """The id of a record with a label, a caliper, a mark and a reading."""
    (record_id,) = import_paths(project, [header], Task()).ids
    project.labels.set(record_id, SR, State.PRESENT, "dr test")
    project.calipers.set(record_id, {"a": Caliper("a", "II", 0.8, 1.6, 0.0, 0.1)}, "dr test")
    project.marks.set(record_id, {"t_offset": 372.0}, "dr test")
    project.records.set_reading(record_id, ReadingState.CONFIRMED, "dr test")
    return record_id


def everything(project, record_id) -> tuple:
    return (
        project.labels.current(record_id),
        shown_labels(project),
        project.calipers.current(record_id, "dr test"),
        project.marks.current(record_id),
        project.records.get(record_id).reading,
    )


def test_of_two_readings_of_one_file_in_a_batch_the_later_header_holds(project):
    one = make_record(noise_mv(1), statements=(AF,))
    later = replace(one, id="later", sha256="f" * 64, statements=(SR,))
    taken = project.records.identity.take_in_all([(one, ""), (later, "")], [("r1", Met.NEW), ("later", Met.NEW)])
    assert taken == [("r1", Met.NEW), ("r1", Met.REVISED)]
    assert project.labels.header_all() == {"r1": {SR: State.PRESENT}}


def test_a_comment_more_in_the_header_is_a_revision(project, header, labelled):
    before = everything(project, labelled)
    header.write_text(header.read_text() + "# Comment: corrected\n")
    result = import_paths(project, [header], Task())
    assert (result.ids, result.added, result.known, result.revised) == ([labelled], 0, 0, 1)
    assert project.records.ids() == [labelled]
    assert everything(project, labelled) == before
    assert np.isfinite(read_waveform(project, labelled).signal_mv).all()


def test_what_the_header_says_now_is_taken_and_the_revision_is_noted(project, header, labelled):
    correct(header, "Age: 60", "Age: 61")
    correct(header, f"Dx: {AF}", f"Dx: {SR}")
    import_paths(project, [header], Task())
    assert project.records.get(labelled).age == "61"
    assert project.labels.header(labelled) == {SR: State.PRESENT}
    assert project.labels.header_all() == {labelled: {SR: State.PRESENT}}
    (revision,) = project.records.identity.revisions(labelled)
    assert revision["changes"]["age"] == ["60", "61"]
    assert [e["state"] for e in project.labels.history(labelled) if e["reader"] == "header"] == [
        "present",
        "present",
        None,
    ]


def test_ids_written_nearly_alike_stay_on_one_side_of_a_split_and_are_said_not_merged(project, tmp_path):
    named = {"a": "K-12", "b": "K12", "c": "k 0012", "d": "K-13", "e": "McDonald", "f": "MC-DONALD"}
    for seed, (name, patient) in enumerate(named.items()):
        ecg(tmp_path / name, name, seed, f"Patient ID: {patient}")
    for name in named:  # one after the other, as they come
        import_paths(project, [tmp_path / name], Task())
    infos = {info.name: info for info in project.records.all()}
    of = {name: project_groups(project)[info.id] for name, info in infos.items()}
    assert of["a"] == of["b"] == of["c"] != of["d"]
    assert of["e"] == of["f"]
    assert len({info.patient for info in infos.values()}) == 6
    assert [name for name, info in infos.items() if "nearly" in " ".join(info.warnings)] == ["b", "c", "f"]
    with Project.open(tmp_path / "colleague.cessl") as colleague:
        for _ in range(2):
            colleague.take(project.known(), list(project.give({})), list(project.facts()))
        assert project_groups(colleague) == project_groups(project)
        correct(tmp_path / "b" / "b.hea", "Patient ID: K12", "Patient ID: 77")
        correct(tmp_path / "c" / "c.hea", "Patient ID: k 0012", "Patient ID: K-13")
        import_paths(project, [tmp_path / "b", tmp_path / "c"], Task())
        of = {name: project_groups(project)[info.id] for name, info in infos.items()}
        assert len({of[name] for name in "abd"}) == 3
        assert of["c"] == of["d"]
        colleague.take(project.known(), list(project.give({})), list(project.facts()))
        assert sorted(project_groups(colleague).values()) == sorted(project_groups(project).values())


def test_how_ids_are_written_is_known_of_an_earlier_version_once_its_folder_is_imported_again(tmp_path):
    for seed, patient in enumerate(("K-12", "K12", "K13")):
        ecg(tmp_path / "ward" / f"r{seed}", f"r{seed}", seed, f"Patient ID: {patient}")
    with Project.open(tmp_path / "before.cessl") as project, project.atomic() as db:
        import_paths(project, [tmp_path / "ward" / "r0", tmp_path / "ward" / "r1"], Task())
        db.execute("DELETE FROM patient_spellings")
        db.execute("PRAGMA user_version = 18")
    with Project.open(tmp_path / "before.cessl") as project:
        result = import_paths(project, [tmp_path / "ward" / "r2"], Task())
        assert [note[:6] for note in result.notes] == ["2 ECGs"]
        assert len(set(project_groups(project).values())) == 3
        assert import_paths(project, [tmp_path / "ward"], Task()).notes == []
        assert len(set(project_groups(project).values())) == 2
        assert project.records.identity.unspelled() == []


@pytest.mark.parametrize("before, after", [("/mV", "/uV"), (" 500 ", " 250 ")])
def test_a_corrected_gain_or_rate_is_a_revision_with_the_values_of_now(project, header, labelled, before, after):
    old = read_waveform(project, labelled)
    correct(header, before, after)
    result = import_paths(project, [header], Task())
    assert result.ids == [labelled]
    now = read_waveform(project, labelled)
    assert (now.fs_hz, now.signal_mv[0, 0]) != (old.fs_hz, old.signal_mv[0, 0])
    assert project.records.get(labelled).fs_hz == now.fs_hz


def test_a_correction_taken_back_is_another_revision(project, header, labelled):
    original = header.read_text()
    for text in (original + "# x: 1\n", original, original + "# x: 1\n"):
        header.write_text(text)
        assert import_paths(project, [header], Task()).ids == [labelled]
    assert len(project.records.identity.revisions(labelled)) == 3
    assert import_paths(project, [header], Task()).known == 1


def test_other_samples_at_the_same_path_are_another_ecg(project, header, labelled):
    ecg(header.parent, "one", 2, "Age: 60")
    result = import_paths(project, [header], Task())
    assert result.added == 1
    assert result.ids != [labelled]
    assert project.labels.current(result.ids[0]) == {}


def test_equal_samples_elsewhere_are_shown_and_not_merged(project, header, labelled, tmp_path):
    copy = ecg(tmp_path / "elsewhere", "two", 1, "Age: 60", "Patient ID: K-2")
    result = import_paths(project, [copy], Task())
    assert result.added == 1
    assert any("one" in note and "two" in note for note in result.notes)
    assert project.labels.current(result.ids[0]) == {}
    for record_id, other in ((labelled, "two"), (result.ids[0], "one")):
        warning = project.records.get(record_id).warnings[-1]
        assert f"same samples as {other} (of another patient)" in warning
        assert warning in {info.id: info for info in project.records.all()}[record_id].warnings


def test_the_same_files_elsewhere_are_one_record(project, header, labelled, tmp_path):
    shutil.copytree(header.parent, tmp_path / "copy")
    result = import_paths(project, [tmp_path / "copy"], Task())
    assert (result.ids, result.known) == ([labelled], 1)


def test_duplicates_and_all_of_their_patients_stay_on_one_side_of_a_split(project, tmp_path):
    named = {"a1": (1, "K-1"), "a2": (2, "K-1"), "b1": (1, "K-2"), "b2": (3, "K-2"), "c": (4, "K-3")}
    for name, (seed, patient) in named.items():
        ecg(tmp_path / name, name, seed, f"Patient ID: {patient}", "Sex: F")
    result = import_paths(project, [tmp_path / name for name in named], Task())
    of = {project.records.get(i).name: key for i, key in project_groups(project).items()}
    assert of["a1"] == of["a2"] == of["b1"] == of["b2"]
    assert of["c"] != of["a1"]
    for record_id in result.ids:
        project.labels.set(record_id, AF, State.PRESENT, "dr test")
    assert len(set(training_job(project, project.labels.all_current(), "tiny").patients.values())) == 2


@pytest.mark.parametrize("before, after", [("/mV", "/uV"), (" 500 ", " 250 ")])
def test_a_gain_or_rate_corrected_and_not_imported_never_comes_in_by_a_lost_cache(
    project, header, labelled, before, after
):
    signal = read_waveform(project, labelled).signal_mv
    original = header.read_text()
    correct(header, before, after)
    project.waveforms.path(labelled).unlink()
    with pytest.raises(UnreadableRecording, match="was changed there"):
        read_waveform(project, labelled)
    header.write_text(original)
    assert np.array_equal(read_waveform(project, labelled).signal_mv, signal)


def test_what_is_read_again_is_described_as_the_worklist_does(project, header, labelled):
    correct(header, "Age: 60", "Age: 61")
    project.waveforms.path(labelled).unlink()
    assert read_waveform(project, labelled).age == project.records.get(labelled).age


def test_a_lost_cache_is_made_again_from_a_header_that_was_corrected_meanwhile(project, header, labelled):
    signal = read_waveform(project, labelled).signal_mv
    correct(header, "Age: 60", "Age: 61")
    project.waveforms.path(labelled).unlink()
    assert np.array_equal(read_waveform(project, labelled).signal_mv, signal)
    assert read_waveform(project, labelled).age == "60"


@pytest.mark.parametrize("version", [1, 2, 3])
def test_a_project_of_today_keeps_everything_and_knows_its_records(tmp_path, header, version):
    """Built by the scripts of that version, as that version of the program would have."""
    other = ecg(tmp_path / "ward", "two", 2)
    folder = tmp_path / "old.cessl"
    with Project.open(tmp_path / "now.cessl") as now:
        ids = import_paths(now, [header, other], Task()).ids
    db = as_version(tmp_path / "now.cessl", folder, version)
    event = (ids[0], AF, "present", "dr old", "2026-01-01T00:00:00.000Z", 0, "act", "set")
    db.execute(
        "INSERT INTO label_events (record_id, code, state, reader, at_utc, prediction_visible, act, kind)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        event,
    )
    if version == 3:
        db.execute(
            "INSERT INTO caliper_events"
            " (record_id, caliper, lead, start_s, end_s, start_mv, end_mv, marched, reader, at_utc, kind)"
            " VALUES (?, 'a', 'II', 0.8, 1.6, 0, 0.1, 0, 'dr old', '2026', 'set')",
            (ids[0],),
        )
    db.close()
    header.write_text(header.read_text() + "# Comment: corrected\n")
    with Project.open(folder) as project:
        result = import_paths(project, [header, other], Task())
        assert result.ids == ids
        assert (result.revised, result.known) == (1, 1)
        (label,) = shown_labels(project)
        assert (label["record_id"], label["state"], label["reader"], label["at_utc"]) == (
            ids[0],
            "present",
            *event[3:5],
        )
        assert len(project.calipers.current(ids[0], "dr old")) == (version == 3)
        assert len({info.patient for info in project.records.all()}) == 2


def test_equal_values_in_another_format_are_equal_samples(project, header, labelled, tmp_path):
    record = replace(read_waveform(project, labelled), id="other", sha256="5" * 64, source="/x/other.xml", format="XML")
    record = replace(record, stored_sha256="")
    assert project.records.add(record)
    assert "same samples as one" in project.records.get("other").warnings[-1]


@pytest.mark.parametrize(("table", "column"), [("sources", "path"), ("record_contents", "content")])
def test_what_is_of_one_record_is_found_without_going_through_all(project, table, column):
    plan = project._database.all(f"EXPLAIN QUERY PLAN SELECT {column} FROM {table} WHERE record_id = 'r1'")
    assert plan[0]["detail"].startswith("SEARCH")
