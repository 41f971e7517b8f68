"""A word that stands in every header names nobody, nor does one under which ages or sexes contradict each other."""

from pathlib import Path

import pytest

from cessl_gui.core.task import Task
from cessl_gui.ecg.synthetic import synthetic_record
from cessl_gui.ecg.writers import write_wfdb
from cessl_gui.tasks.recordings.importing import import_paths


def ward(tmp_path: Path, *headers: str) -> Path:
    for i, header in enumerate(headers):
        folder = tmp_path / "ward"
        folder.mkdir(parents=True, exist_ok=True)
        write_wfdb(synthetic_record("sinus rhythm", i), folder, f"ecg{i}", header.split("; "))
    return tmp_path / "ward"


def patients(project) -> set[str]:
    return {info.patient for info in project.records.all()}


def test_a_word_in_every_header_of_an_import_names_nobody_and_that_is_said(project, tmp_path):
    result = import_paths(project, [ward(tmp_path, *["Patient ID: Kardio-Studie 7"] * 4)], Task())
    assert patients(project) == {""}
    assert "stands in every header" in result.notes[0]
    assert "stands in every header" in project.records.all()[0].warnings[-1]


def test_what_named_nobody_once_names_nobody_later(project, tmp_path):
    import_paths(project, [ward(tmp_path, *["Patient ID: Kardio-Studie 7"] * 4)], Task())
    later = ward(tmp_path / "ward", *["Patient ID: Kardio-Studie 7; Age: 50"])
    import_paths(project, [later], Task())
    assert patients(project) == {""}
    assert all("taken for nobody's" in " ".join(info.warnings) for info in project.records.all())


def test_where_a_corrected_header_contradicts_no_other_all_have_their_patient_again(project, tmp_path):
    import_paths(project, [ward(tmp_path, *(f"Patient ID: 77; Sex: {sex}" for sex in "MFM"), "Patient ID: 78")], Task())
    import_paths(project, [ward(tmp_path / "later", "Patient ID: 077; Sex: M", "Patient ID: 77; Sex: M")], Task())
    assert [not info.patient for info in project.records.all()] == [True, True, True, False, True, True]
    for wrong, right, named in ((": F", ": Female", False), (": Female", ": M", True)):
        header = tmp_path / "ward" / "ecg1.hea"
        header.write_text(header.read_text().replace(f"Sex{wrong}", f"Sex{right}"))
        notes = import_paths(project, [header], Task()).notes
        assert any("again have their patient" in note for note in notes) is named
        assert len(patients(project) - {""}) == 1 + named
        assert ("" in patients(project)) is not named
    assert not any("nobody" in " ".join(info.warnings) for info in project.records.all())


@pytest.mark.parametrize("headers", [
    ["Patient ID: 77; Age: 30; Sex: M", "Patient ID: 77; Age: 31; Sex: F"],
    ["Patient ID: 77; Age: 30; Sex: male", "Patient ID: 77; Age: 55; Sex: male"],
])  # fmt: skip
def test_a_contradiction_is_a_witness(project, tmp_path, headers):
    result = import_paths(project, [ward(tmp_path, *headers, "Patient ID: 78")], Task())
    keys = {info.name: info.patient for info in project.records.all()}
    assert keys["ecg0"] == keys["ecg1"] == ""
    assert keys["ecg2"]
    assert len(result.notes) == 1


def test_a_folder_of_one_person_stays_one_persons(project, tmp_path):
    sexes = ("F", "Mujer", "femme", "weiblich")
    result = import_paths(project, [ward(tmp_path, *(f"Patient ID: 77; Age: 60; Sex: {s}" for s in sexes))], Task())
    assert len(patients(project)) == 1
    assert "" not in patients(project)
    assert result.notes == []


@pytest.mark.parametrize(
    "ids",
    [
        ("P001", "p001"), ("0012346", "12346"), ("12346", "0012346"), ("12346", "12346.0"), ("P 001", "p001"),
        ("Müller, Hans", "MÜLLER, HANS"), ("müller, hans", "Mu\u0308ller, Hans"), ("\uff10\uff17\uff17", "77"),
    ],
)  # fmt: skip
def test_one_patient_under_two_spellings_is_one_and_that_is_said(project, tmp_path, ids):
    import_paths(project, [ward(tmp_path, *(f"Patient ID: {one}" for one in ids), "Patient ID: 78")], Task())
    first, second, other = project.records.all()
    assert first.patient == second.patient != other.patient
    assert "taken for the same patient" in second.warnings[-1]
    assert first.warnings == other.warnings == ()


@pytest.mark.parametrize(
    ("ids", "said"),
    [
        (("1", "Trauma, Male 3", "77"), ["2 ECGs"]),
        (("1", "2", "anon_017", "anon_018"), []),
        (("1234", "1234", "1900-01-01"), ["2 ECGs"]),
        (("1", "Anonymous"), ["1 ECG"]),
    ],
)
def test_an_id_that_may_stand_for_nobody_is_kept_and_said(project, tmp_path, ids, said):
    result = import_paths(project, [ward(tmp_path, *(f"Patient ID: {one}; Age: 60; Sex: F" for one in ids))], Task())
    assert [note.partition(": the patient id may stand")[0] for note in result.notes] == said
    doubted = ["may stand for nobody" in " ".join(info.warnings) for info in project.records.all()]
    assert doubted == [bool(said) and one in ("1", "1234", "Trauma, Male 3") for one in ids]
    assert len({info.patient for info in project.records.all()}) == len(set(ids))


def test_what_was_doubted_is_no_longer_where_the_number_after_it_comes_to_be_somebodys(project, tmp_path):
    for n, (one, doubted) in enumerate((("1", ["1"]), ("1234", ["1", "1234"]), ("2", ["1234"]))):
        import_paths(project, [ward(tmp_path / str(n), f"Patient ID: {one}; Age: 60")], Task())
        infos = zip(("1", "1234", "2"), project.records.all(), strict=False)
        assert [name for name, info in infos if "stand for nobody" in " ".join(info.warnings)] == doubted


def test_two_recordings_of_one_patient_stay_together(project, tmp_path):
    import_paths(project, [ward(tmp_path, "Patient ID: 77", "Patient ID: 77")], Task())
    assert len(patients(project)) == 1
    assert "" not in patients(project)


def test_different_patients_stay_as_they_are(project, tmp_path):
    result = import_paths(project, [ward(tmp_path, *(f"Patient ID: {n}; Age: {n}" for n in (30, 40, 50)))], Task())
    assert len(patients(project)) == 3
    assert result.notes == []


def test_the_anonymous_of_the_shared_faults_are_three_people(project, cessl_data):
    import_paths(project, [cessl_data / "faults" / "patients"], Task())
    assert patients(project) == {""}
