"""Sources of pre-training: what each vouches for, and that an ECG is one ECG."""

import csv
import itertools

import h5py
import numpy as np
import pytest
import wfdb

from cessl_gui.core.statements.vocabulary import vocabulary
from cessl_gui.core.types import LEADS_12
from cessl_gui.ecg.limb_leads import misnamed
from cessl_gui.learn.pretraining.sources import NoSource, cinc2011, code, ludb, physionet, ptbxl, unlabelled


def c(abbreviation):
    return vocabulary().find(abbreviation).code


@pytest.fixture(scope="module")
def shared_ptbxl(cessl_data):
    return {e.key: e for e in ptbxl(cessl_data / "ptbxl")}, cessl_data / "ptbxl"


def test_ptbxl_has_each_ecg_once_and_raw_before_standardised(shared_ptbxl):
    ecgs, folder = shared_ptbxl
    rows = list(csv.DictReader((folder / "labels.csv").read_text("utf-8").splitlines()))
    assert len(ecgs) == len(rows) == 2420
    both = [r for r in rows if r["raw_100hz"] == r["standardised"] == "True"]
    assert len(both) == 64
    signal, fs_hz, leads = ecgs[f"ptbxl/{both[0]['ecg_id']}"].read()
    assert (signal.shape, fs_hz, leads) == ((12, 1000), 100, LEADS_12)
    other = next(r for r in rows if r["raw_100hz"] == "False")
    signal, fs_hz, leads = ecgs[f"ptbxl/{other['ecg_id']}"].read()
    assert (signal.shape, fs_hz, leads) == ((12, 1250), 125, LEADS_12)


def test_ptbxl_folds_do_not_share_patients(shared_ptbxl):
    ecgs, _ = shared_ptbxl
    of_patient = {}
    for e in ecgs.values():
        of_patient.setdefault(e.patient, set()).add(e.fold)
    assert all(len(folds) == 1 for folds in of_patient.values())


def test_ptbxl_statements_are_mapped_and_open_ones_not_assessed(shared_ptbxl):
    ecgs, folder = shared_ptbxl
    rows = {f"ptbxl/{r['ecg_id']}": r for r in csv.DictReader((folder / "labels.csv").read_text("utf-8").splitlines())}
    for key, e in ecgs.items():
        row = rows[key]
        assert (c("AF") in e.present) == ("AFIB" in row["rhythm"].split("|"))
        assert (c("AVB") in e.present) == (c("IAVB") in e.present) == ("AVB" in row["sub_class"].split("|"))
        assert e.present <= e.assessed
        if not row["rhythm"]:
            assert c("AF") not in e.assessed
            assert c("STD") in e.assessed
        if not row["sub_class"]:
            assert c("LVH") not in e.assessed


def test_official_ptbxl(tmp_path):
    write_wfdb(tmp_path / "records100", "00007_lr", 100)
    (tmp_path / "ptbxl_database.csv").write_text(
        "ecg_id,patient_id,scp_codes,strat_fold,filename_lr,filename_hr\n"
        "7,15.0,\"{'1AVB': 100.0, 'AFIB': 0.0, 'ASMI': 50.0}\",4,records100/00007_lr,records500/00007_hr\n"
        "8,16.0,{'SR': 0.0},4,records100/00008_lr,records500/00008_hr\n"
    )
    (one,) = ptbxl(tmp_path)  # the second has no file
    assert (one.key, one.patient, one.fold) == ("ptbxl/7", "ptbxl/15", 4)
    assert one.present == {c("IAVB"), c("AVB"), c("AF"), c("MI")}
    assert one.read()[0].shape == (12, 1000)


def test_physionet_vouches_for_what_its_headers_use(cessl_data):
    ecgs = list(physionet(cessl_data / "challenge" / "cpsc2018"))
    assert len(ecgs) == 155
    assert len({e.key for e in ecgs}) == 155
    used = frozenset(itertools.chain.from_iterable(e.present for e in ecgs))
    assert all(e.assessed - {c("SR")} == used - {c("SR")} for e in ecgs)
    assert c("AF") in used
    assert c("LVH") not in used
    assert sum(c("IAVB") in e.present for e in ecgs) > 5  # written I-AVB there


@pytest.mark.parametrize(
    ("stated", "sinus"),
    [("59118001", None), ("284470004,164884008", None), ("426783006", 1), ("164889003", 0), ("426177001,59118001", 0)],
)
def test_sinus_rhythm_is_absent_only_where_another_rhythm_is_stated(tmp_path, stated, sinus):
    write_wfdb(tmp_path, "A1", 500, [f"Dx: {stated}"])
    for number, other in enumerate(["426783006", "59118001", "284470004", "164884008", "164889003", "426177001"]):
        write_wfdb(tmp_path, f"B{number}", 500, [f"Dx: {other}"])
    one = next(e for e in physionet(tmp_path) if e.key.endswith("/A1"))
    found = 1 if c("SR") in one.present else 0 if c("SR") in one.assessed else None
    assert found == sinus
    assert c("RBBB") in one.assessed


LUDB_COLUMNS = (
    "ID,Rhythms,Conduction abnormalities,Extrasystolies,Hypertrophies,Cardiac pacing,Ischemia,"
    "Non-specific repolarization abnormalities"
)


@pytest.mark.parametrize(
    ("row", "present", "open_"),
    [
        ("Sinus rhythm,,,,,,", "SR", "LVH"),
        (
            "Atrial fibrillation,Incomplete right bundle branch block,,Left ventricular hypertrophy,,,",
            "AF IRBBB",
            "LVH",
        ),
        ("Sinus rhythm,Complete right bundle branch block,,,,,", "SR RBBB", ""),
        ("Sinus bradycardia,Iii degree av-block,,,Bipolar ventricular pacing,,", "SB IIIAVB AVB PR", ""),
        ("Sinus rhythm,,,,,Undefined ischemia/scar/supp.nstemi: septal,", "SR", "MI MIs"),
        ("Sinus rhythm,,,,,Scar formation: septal,", "SR MI", ""),
    ],
)
def test_ludb_words_are_mapped_and_doubtful_ones_left_open(tmp_path, row, present, open_):
    write_wfdb(tmp_path, "7", 500, [])
    (tmp_path / "ludb.csv").write_text(f'{LUDB_COLUMNS}\n"7\n",{row}\n8,Sinus rhythm,,,,,,\n')
    (one,) = ludb(tmp_path)
    assert one.present == {c(word) for word in present.split()}
    assert not one.assessed & {c(word) for word in open_.split()}
    assert {c("PAC"), c("LBBB")} <= one.assessed


def test_ludb_without_a_column_is_refused_not_taken_for_healthy(tmp_path):
    write_wfdb(tmp_path, "7", 500, [])
    (tmp_path / "ludb.csv").write_text("ID,Rhythms\n7,Sinus rhythm\n")
    with pytest.raises(NoSource, match="Conduction abnormalities"):
        list(ludb(tmp_path))


def test_ludb_is_read_whole(cessl_data):
    ecgs = list(ludb(cessl_data / "ludb"))
    assert len(ecgs) == len({e.patient for e in ecgs}) == 100
    assert sum(c("AF") in e.present for e in ecgs) == 8
    assert sum(c("IRBBB") in e.present for e in ecgs) == 14
    assert all(e.fold is None for e in ecgs)
    signal, fs_hz, _ = ecgs[0].read()
    assert (signal.shape, fs_hz) == ((12, 5000), 500)


def test_physionet_copies_of_ptbxl_are_known_as_such(tmp_path):
    write_wfdb(tmp_path, "HR00007", 500, ["Dx: 164889003"])
    write_wfdb(tmp_path, "JS00007", 500, ["Dx: 426783006"])
    ecgs = {e.key: e for e in physionet(tmp_path)}
    assert set(ecgs) == {"ptbxl/7", f"{tmp_path.name}/JS00007"}
    # Record 7 is not patient 7.
    assert {e.patient for e in ecgs.values()} == {f"{tmp_path.name}/HR00007", f"{tmp_path.name}/JS00007"}


def test_code(tmp_path):
    tracings = np.zeros((2, 4096, 12), np.float32)
    tracings[0, 648:3448] = 1.0  # seven seconds in the middle
    with h5py.File(tmp_path / "exams_part0.hdf5", "w") as h5:
        h5["tracings"], h5["exam_id"] = tracings, [11, 12]
    (tmp_path / "exams.csv").write_text(
        "exam_id,age,patient_id,1dAVb,RBBB,LBBB,SB,ST,AF,trace_file\n"
        "11,50,1,True,False,False,False,False,True,exams_part0.hdf5\n"
    )
    (one,) = code(tmp_path)
    assert one.present == {c("IAVB"), c("AF")}
    assert one.assessed == {c(s) for s in ("IAVB", "RBBB", "LBBB", "SB", "ST", "AF")}
    signal, fs_hz, leads = one.read()
    assert (signal.shape, fs_hz, leads) == ((12, 2800), 400, LEADS_12)


def test_unlabelled_says_nothing(cessl_data):
    ecgs = list(unlabelled(cessl_data / "cinc2011" / "unlabelled_500hz.h5"))
    assert len(ecgs) == 500
    assert not ecgs[0].assessed
    assert ecgs[3].read()[0].shape == (12, 5000)


def names_against(ecg):
    signal, _, leads = ecg.read()
    return misnamed(signal, leads)


def test_avl_and_avf_of_cinc_2011_get_their_own_names(cessl_data):
    file = cessl_data / "cinc2011" / "unlabelled_500hz.h5"
    exchanged = "aVL and aVF have each other's names"
    told = [i for i, ecg in enumerate(itertools.islice(unlabelled(file), 20)) if names_against(ecg) == exchanged]
    assert len(told) > 10
    ecgs = list(cinc2011(file))
    assert not any(names_against(ecgs[i]) for i in told)


def test_an_input_with_other_names_is_prepared_anew(cessl_data):
    file = cessl_data / "cinc2011" / "unlabelled_500hz.h5"
    one, other = next(unlabelled(file)), next(cinc2011(file))
    assert one.key == other.key
    assert one.read.args != other.read.args


@pytest.mark.parametrize("source", [ptbxl, physionet, ludb, code])
def test_a_folder_of_something_else_is_named(source, tmp_path):
    with pytest.raises(NoSource, match=str(tmp_path.name)):
        list(source(tmp_path))


def write_wfdb(folder, name, fs_hz, comments=None):
    folder.mkdir(parents=True, exist_ok=True)
    signal = np.random.default_rng(0).standard_normal((10 * fs_hz, 12)) * 0.3
    units, formats = ["mV"] * 12, ["16"] * 12
    wfdb.wrsamp(name, fs_hz, units, list(LEADS_12), signal, fmt=formats, comments=comments, write_dir=str(folder))
