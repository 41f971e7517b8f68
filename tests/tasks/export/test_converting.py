"""`cessl convert`: recordings in another format, as they are or de-identified."""

import json

import numpy as np
import pytest

from cessl_gui import cli
from cessl_gui.ecg.readers import find_recordings, read_recording
from cessl_gui.ecg.synthetic import synthetic_record
from cessl_gui.ecg.writers import SUFFIXES, write_wfdb
from cessl_gui.store.exchange.patient_keys import VARIABLE

WORDS = ["Patient: Jane Doe MRN-4711", "Age: 93", "Sex: Female", "Dx: 164889003", "Referred: Dr. Who"]


@pytest.fixture(autouse=True)
def secret(tmp_path_factory, monkeypatch):
    path = tmp_path_factory.mktemp("secret") / "team"
    path.write_text("x" * 40)
    monkeypatch.setenv(VARIABLE, str(path))
    return path


@pytest.fixture
def ward(tmp_path):
    """Two recordings of one patient, in files that bear her name."""
    folder = tmp_path / "ward"
    folder.mkdir()
    for i, name in enumerate(("Jane_Doe_1", "Jane_Doe_2")):
        write_wfdb(synthetic_record("atrial fibrillation", i), folder, name, WORDS)
    return folder


def run(*args):
    return cli.main(["convert", *map(str, args)])


def only(place):
    (path,) = find_recordings([place])
    return read_recording(path)


@pytest.mark.parametrize("format_", SUFFIXES)
def test_a_recording_becomes_a_file_of_the_format_that_its_name_asks_for(ward, tmp_path, format_):
    out = tmp_path / "copies" / f"one{SUFFIXES[format_][0]}"
    assert run(ward / "Jane_Doe_1.hea", out) == 0
    source, copy = read_recording(ward / "Jane_Doe_1.hea"), only(out)
    assert copy.fs_hz == source.fs_hz
    for lead in source.leads:
        read, held = copy.signal_mv[copy.leads.index(lead)], source.signal_mv[source.leads.index(lead)]
        assert np.allclose(read, held, atol=1e-4, equal_nan=True)


def test_a_folder_becomes_a_folder(ward, tmp_path, capsys):
    assert run(ward, tmp_path / "out", "--format", "dicom", "--json") == 0
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [row["out"].rsplit("/")[-1] for row in rows] == ["Jane_Doe_1.dcm", "Jane_Doe_2.dcm"]
    assert len({read_recording(path).patient for path in find_recordings([tmp_path / "out"])}) == 1


@pytest.mark.parametrize("format_", SUFFIXES)
def test_de_identified_copies_name_nobody_in_their_names_either(ward, tmp_path, format_):
    assert run(ward, tmp_path / "out", "--format", format_, "--deidentify") == 0
    files = list((tmp_path / "out").iterdir())
    assert len(files) == (4 if format_ == "wfdb" else 2)
    for path in files:
        held = path.read_bytes() + path.name.encode()
        for word in (b"Jane", b"MRN-", str(ward).encode()):
            assert word not in held
    copies = [read_recording(path) for path in find_recordings([tmp_path / "out"])]
    if format_ in ("wfdb", "csv", "dicom", "edf"):
        assert len({copy.patient for copy in copies}) == 1
        assert copies[0].patient
    if format_ == "wfdb":
        assert copies[0].age == "90+"
        assert copies[0].statements == ("164889003",)


def test_the_secret_that_is_given_decides(ward, tmp_path):
    other = tmp_path / "other"
    other.write_text("y" * 40)
    source = ward / "Jane_Doe_1.hea"
    for name, more in (("a", []), ("b", []), ("c", ["--secret", other])):
        assert run(source, tmp_path / f"{name}.dcm", "--deidentify", *more) == 0
    a, b, c = (read_recording(tmp_path / f"{name}.dcm").patient for name in "abc")
    assert a == b != c


def test_a_secret_that_is_none_is_refused(ward, tmp_path, capsys):
    (tmp_path / "short").write_text("x")
    assert run(ward / "Jane_Doe_1.hea", tmp_path / "a.dcm", "--deidentify", "--secret", tmp_path / "short") == 1
    assert "holds no secret" in capsys.readouterr().err
    assert not (tmp_path / "a.dcm").exists()


def test_nothing_is_replaced(ward, tmp_path, capsys):
    out = tmp_path / "one.csv"
    out.write_text("mine")
    assert run(ward / "Jane_Doe_1.hea", out) == 1
    assert "is there already" in capsys.readouterr().err
    assert out.read_text() == "mine"


def test_the_source_is_not_replaced(ward):
    before = (ward / "Jane_Doe_1.hea").read_bytes()
    assert run(ward / "Jane_Doe_1.hea", ward / "Jane_Doe_1.hea") == 1
    assert (ward / "Jane_Doe_1.hea").read_bytes() == before


def test_one_that_cannot_be_converted_stops_no_other(ward, tmp_path, capsys):
    (ward / "broken.hea").write_text("broken 1 500 10\nbroken.dat 16 200/mV\n")
    assert run(ward, tmp_path / "out", "--format", "edf") == 1
    assert "left out" in capsys.readouterr().out
    assert len(list((tmp_path / "out").iterdir())) == 2


def test_several_recordings_do_not_go_into_one_file(ward, tmp_path, capsys):
    assert run(ward, tmp_path / "all.edf") == 1
    assert "Name a folder" in capsys.readouterr().err


def test_a_format_has_to_be_known(ward, tmp_path):
    assert run(ward / "Jane_Doe_1.hea", tmp_path / "one") == 2


def test_what_a_table_does_not_say_is_asked_for(tmp_path, capsys):
    table = tmp_path / "bare.csv"
    np.savetxt(table, np.random.default_rng(0).integers(-500, 500, (5000, 12)), fmt="%d", delimiter=",")
    assert run(table, tmp_path / "a.edf") == 1
    assert "--set" in capsys.readouterr().err
    assert (
        run(table, tmp_path / "a.edf", "--set", "fs=500", "unit=uV", "leads=I,II,III,aVR,aVL,aVF,V1,V2,V3,V4,V5,V6")
        == 0
    )


def test_nothing_is_written_into_a_project(ward, tmp_path, capsys):
    project = tmp_path / "p.cessl"
    assert cli.main(["import", str(project), str(ward)]) == 0
    assert run(ward / "Jane_Doe_1.hea", project / "one.edf") == 1
    assert "project" in capsys.readouterr().err
