"""Import: nothing twice, nothing lost, nothing skipped in silence."""

import os
import shutil
from pathlib import Path

import numpy as np
import pytest

from cessl_gui.core.errors import ProjectError, UnreadableRecording
from cessl_gui.core.task import Stop, Task
from cessl_gui.core.types import ReadingState, State
from cessl_gui.ecg.synthetic import synthetic_record
from cessl_gui.ecg.writers import write_wfdb
from cessl_gui.store.project import Project
from cessl_gui.tasks.recordings import intake
from cessl_gui.tasks.recordings.importing import import_paths, read_waveform

AF, SR, SB = "164889003", "426783006", "426177001"


def test_a_folder_is_searched_through_and_headers_are_kept_apart(project, ward):
    result = import_paths(project, [ward], Task())
    assert (result.added, result.known, result.quarantined, result.cancelled) == (6, 0, [], False)
    assert project.labels.all_current() == {}
    assert project.labels.header(result.ids[0]) == {AF: State.PRESENT}


def test_importing_again_changes_nothing(project, ward):
    first = import_paths(project, [ward], Task())
    events = [project.labels.history(i) for i in first.ids]
    again = import_paths(project, [ward, ward / "a"], Task())
    assert (again.added, again.known) == (0, 6)
    assert project.records.ids() == first.ids
    assert [project.labels.history(i) for i in first.ids] == events


def test_the_same_content_in_two_places_is_one_record(project, ward, tmp_path):
    shutil.copytree(ward / "a", tmp_path / "copy")
    result = import_paths(project, [ward, tmp_path / "copy"], Task())
    assert (result.added, result.known) == (6, 3)


def test_bad_files_go_to_the_quarantine_and_stop_nothing(project, ward, bad_files):
    result = import_paths(project, [ward, bad_files], Task())
    assert result.added == 8, "six good ones, one lead alone, and one without any value"
    reasons = {source.rsplit("/", 1)[1]: reason for source, reason, _ in project.quarantine.all()}
    assert set(reasons) == {"letter.hea", "cut.hea"}
    assert "cut off" in reasons["cut.hea"]
    assert "not a WFDB header" in reasons["letter.hea"]


def test_a_file_that_was_mended_leaves_the_quarantine(project, ward):
    header = ward / "a" / "ecg0.hea"
    data = header.with_suffix(".dat")
    whole = data.read_bytes()
    data.write_bytes(whole[:100])
    import_paths(project, [ward], Task())
    assert len(project.quarantine.all()) == 1
    data.write_bytes(whole)
    assert import_paths(project, [header], Task()).added == 1
    assert project.quarantine.all() == []


def test_whatever_a_file_brings_about_stops_nothing(project, ward, monkeypatch):
    def fail(*given):
        raise MemoryError

    (ward / "a" / "ecg0.hea").write_text("ecg0 1 500 10\n" + "x" * 300 + ".dat 16 200/mV 16 0 0 0 0 I\n")
    (ward / "a" / "ecg1.hea").write_text((ward / "a" / "ecg1.hea").read_text().replace(" 16 ", " 16x1 "))
    monkeypatch.setattr("wfdb.rdrecord", fail)
    (ward / "lost.hea").symlink_to("nowhere")
    result = import_paths(project, [ward], Task())
    assert result.added == 4
    assert [Path(source).name for source, *_ in project.quarantine.all()] == ["ecg0.hea", "ecg1.hea", "lost.hea"]


@pytest.mark.skipif(os.name == "nt", reason="names are UTF-16 there")
def test_a_name_that_is_not_utf_8_is_quarantined_until_it_is_another(project, ward):
    header = ward / "a" / "ecg0.hea"
    odd = header.rename(os.fsdecode(os.fsencode(ward) + b"/M\xfcller.hea"))
    header.with_suffix(".dat").rename(ward / "ecg0.dat")
    assert import_paths(project, [ward], Task()).added == 5
    ((source, reason, _),) = project.quarantine.all()
    assert source == f"{ward}/M\\udcfcller.hea"
    assert "Rename the file" in reason
    import_paths(project, [Path(source)], Task())  # as "Try again" does
    assert project.quarantine.all()[0][:2] == (source, reason)
    odd.rename(ward / "Müller.hea")
    assert import_paths(project, [ward], Task()).added == 1


def test_links_that_go_round_in_circles_are_refused(project, tmp_path):
    (tmp_path / "loop.hea").symlink_to(tmp_path / "loop.hea")
    ((_, reason),) = import_paths(project, [tmp_path / "loop.hea"], Task()).quarantined
    assert "cannot be opened" in reason


def test_an_empty_folder_is_no_error(project, tmp_path):
    (tmp_path / "empty").mkdir()
    assert import_paths(project, [tmp_path / "empty"], Task()).ids == []


def test_a_cancel_keeps_what_is_in(project, ward, monkeypatch):
    monkeypatch.setattr("cessl_gui.tasks.recordings.intake.BATCH", 2)
    result = import_paths(
        project, [ward], Task(stop_requested=lambda: Stop.CANCEL if len(project.records.ids()) == 4 else None)
    )
    assert result.cancelled
    assert len(project.records.ids()) == 4


@pytest.mark.parametrize("asked_before", range(1, 12))
def test_a_cancel_within_a_recording_keeps_what_was_read_before_it(project, ward, asked_before):
    asked = iter([None] * asked_before)
    result = import_paths(project, [ward], Task(stop_requested=lambda: next(asked, Stop.CANCEL)))
    assert result.cancelled
    assert result.quarantined == []
    assert len(project.records.ids()) == result.added < 6
    assert all(project.waveforms.path(i).exists() for i in project.records.ids())


def test_accepted_headers_vouch_only_for_what_their_folder_uses(project, ward):
    (ward / "b" / "ecg3.hea").write_text((ward / "b" / "ecg3.hea").read_text().replace("Dx: 164889003", "Dx: 59118001"))
    result = import_paths(project, [ward], Task(), accept_header_labels=True, reader="dr test")
    labels = project.labels.all_current()
    assert labels[result.ids[0]] == {AF: State.PRESENT, SR: State.ABSENT, SB: State.ABSENT}
    rbbb = "713427006"
    assert labels[result.ids[3]] == {rbbb: State.PRESENT, SR: State.ABSENT, SB: State.ABSENT}
    assert AF not in labels[result.ids[4]], "no header of folder b names AF: not assessed there"
    assert {row["kind"] for row in project.labels.history(result.ids[0])} == {"header", "header accepted"}


def test_a_word_of_a_header_gets_its_meaning_at_the_next_import(project, tmp_path):
    for name, dx in (("a", "164889003"), ("b", "Wolff's sign, XYZ"), ("c", "XYZ, -LBBB")):
        write_wfdb(synthetic_record("sinus rhythm", ord(name)), tmp_path, name, [f"Dx: {dx}"])
    first = import_paths(project, [tmp_path], Task())
    said = "The diagnosis of 2 ECGs has 2 words without a meaning here (Wolff's sign, XYZ)."
    assert [note[: len(said)] for note in first.notes] == [said]
    assert "XYZ" not in "".join(import_paths(project, [tmp_path / "c.hea"], Task()).notes)
    project.settings.set("statements", ["local:Wolff's sign"])
    project.settings.word(SB, "typed", ["xyz"], "dr test")
    result = import_paths(project, [tmp_path], Task(), accept_header_labels=True, reader="dr test")
    assert (result.known, [note for note in result.notes if "without a meaning" in note]) == (3, [])
    names = {project.records.get(one).name: one for one in result.ids}
    assert project.labels.header(names["b"]) == {"local:Wolff's sign": State.PRESENT, SB: State.PRESENT}
    assert project.labels.current(names["c"])[SB] == State.PRESENT


@pytest.fixture(scope="module")
def denied(tmp_path_factory):
    """What comes of headers of which two deny a statement: the result, labels by name, the record b."""
    folder = tmp_path_factory.mktemp("denied")
    for name, dx in (("a", "164889003"), ("b", "426783006, -164889003"), ("c", "426177001, no LBBB")):
        write_wfdb(synthetic_record("sinus rhythm", ord(name)), folder, name, [f"Dx: {dx}"])
    with Project.open(folder / "ward.cessl") as project:
        result = import_paths(project, [folder], Task(), accept_header_labels=True, reader="dr test")
        records = {record.name: record for record in map(project.records.get, result.ids)}
        return result, {name: project.labels.current(r.id) for name, r in records.items()}, records["b"]


def test_a_header_that_denies_a_statement_does_not_vouch_for_it(denied):
    assert denied[1]["b"] == {SR: State.PRESENT}, "AF stays not assessed, and so does what an unknown word may mean"


def test_no_label_is_made_of_a_denial(denied):
    assert set(denied[1]["a"]) | set(denied[1]["c"]) == {AF, SR, SB}


def test_denials_in_headers_are_named(denied):
    assert "Not matched, as a sign or a word may deny them: -164889003, no LBBB." in denied[0].notes


def test_a_denial_in_a_header_is_a_warning_that_gives_nothing_away(denied):
    assert denied[2].warnings == (
        "a diagnosis in the header has a sign or a word that may deny it: taken for no statement",
    )


@pytest.mark.parametrize("closed", [ReadingState.CONFIRMED, ReadingState.EXCLUDED])
def test_accepted_headers_change_no_closed_reading(project, ward, closed):
    first, *others = import_paths(project, [ward], Task()).ids
    project.records.set_reading(first, closed, "dr test")
    import_paths(project, [ward], Task(), accept_header_labels=True, reader="dr test")
    assert project.labels.current(first) == {}
    assert project.labels.current(others[0])
    seen = {e["file_visible"] for e in project.labels.history(others[0]) if e["kind"] == "header accepted"}
    assert seen == {1}


def test_accepted_headers_never_overrule_a_person(project, ward):
    ids = import_paths(project, [ward], Task()).ids
    project.labels.set(ids[0], AF, State.UNCERTAIN, "dr test")
    import_paths(project, [ward], Task(), accept_header_labels=True, reader="dr test")
    assert project.labels.current(ids[0])[AF] == State.UNCERTAIN
    assert project.labels.current(ids[0])[SR] == State.ABSENT


def test_a_lost_cache_is_rebuilt_from_the_source(project, ward):
    ids = import_paths(project, [ward], Task()).ids
    signal = read_waveform(project, ids[0]).signal_mv
    project.waveforms.path(ids[0]).unlink()
    assert np.array_equal(read_waveform(project, ids[0]).signal_mv, signal)
    assert project.waveforms.path(ids[0]).exists()


@pytest.mark.parametrize("harm", ["gone", "changed"])
def test_a_lost_source_is_said_only_when_it_is_needed(project, ward, harm):
    ids = import_paths(project, [ward], Task()).ids
    data = ward / "a" / "ecg0.dat"
    if harm == "gone":
        data.unlink()
    else:
        data.write_bytes(data.read_bytes()[::-1])
    assert read_waveform(project, ids[0]).name == "ecg0"
    project.waveforms.path(ids[0]).unlink()
    with pytest.raises(UnreadableRecording, match="no longer where it was"):
        read_waveform(project, ids[0])


def test_a_lost_cache_for_which_there_is_no_room_hides_no_recording(project, ward, monkeypatch):
    record_id, *_ = import_paths(project, [ward], Task()).ids
    signal = read_waveform(project, record_id).signal_mv
    project.waveforms.path(record_id).unlink()

    def full(record):
        raise ProjectError("No space left.")

    monkeypatch.setattr(project.waveforms, "write", full)
    assert np.array_equal(read_waveform(project, record_id).signal_mv, signal)


def test_progress_tells_how_far_and_how_long(project, ward):
    seen = []
    import_paths(project, [ward], Task(seen.append))
    assert (seen[-1].phase, seen[-1].fraction, seen[-1].seconds_left) == ("Importing", 1.0, 0.0)


def test_progress_tells_how_many_a_second(project, ward):
    seen = []
    import_paths(project, [ward], Task(seen.append))
    assert "a second" in next(p.message for p in seen if p.phase == "Importing")


def test_what_a_device_measured_is_there_from_the_cache_and_after_it_was_rebuilt(project, ward):
    header = ward / "a" / "ecg0.hea"
    header.write_text(header.read_text() + "#QT interval: 380 ms\n#QTc: 410\n")
    (record_id,) = import_paths(project, [header], Task()).ids
    header.rename(header.with_suffix(".away"))
    assert read_waveform(project, record_id).device == {"qt": 380, "qtc": 410}
    header.with_suffix(".away").rename(header)
    project.waveforms.path(record_id).unlink()
    assert read_waveform(project, record_id).device == {"qt": 380, "qtc": 410}


@pytest.mark.parametrize("accepted", [False, True])
def test_all_headers_of_a_batch_speak_at_once(project, ward, accepted):
    asked = []
    project._database.connection.set_trace_callback(asked.append)
    import_paths(project, [ward], Task(), accept_header_labels=accepted, reader="dr test")
    project._database.connection.set_trace_callback(None)
    taken = sum(map(len, project.labels.all_current().values()))
    assert bool(taken) == accepted
    assert sum(sql.startswith("INSERT INTO acts") for sql in asked) == 6 + taken
    assert len(project.labels.header_all()) == 6
    assert len(asked) < 90 + accepted * 20 + 3 * taken  # a label is an act, a row, and is shown


def test_a_removed_recording_is_refused_and_not_cached(project, ward):
    header = ward / "a" / "ecg0.hea"
    (record_id,) = import_paths(project, [header], Task()).ids
    project.remove([record_id], "dr test", "consent withdrawn")
    result = import_paths(project, [ward], Task())
    ((source, reason),) = result.quarantined
    assert source == str(header)
    assert reason.startswith("It was removed on 20")
    assert reason.endswith("(consent withdrawn).")
    assert result.added == 5
    assert not project.waveforms.path(record_id).exists()


def test_no_signal_waits_for_the_catalogue(project, ward, monkeypatch):
    held = []
    kept = intake.Intake._keep
    monkeypatch.setattr(intake.Intake, "_keep", lambda self, read: (held.extend(read), kept(self, read)))
    import_paths(project, [ward], Task())
    assert len(held) == 6
    assert not any(any(record.signal_mv.strides) for record, _ in held)  # one value stands for all
    assert all(np.isfinite(read_waveform(project, record_id).signal_mv).any() for record_id in project.records.ids())
