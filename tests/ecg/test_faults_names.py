"""Names of leads, patients and statements are read as meant: in any spelling, any encoding, on any number of lines."""

import time

import numpy as np
import pytest

from cessl_gui.core.types import LEADS_12
from cessl_gui.ecg import patients
from cessl_gui.ecg.leads import canonical_lead, lead_names, with_derived
from cessl_gui.ecg.readers import read_recording
from cessl_gui.ecg.readers.wfdb import wfdb_comments
from tests.ecg.recordings import noise, write


@pytest.mark.parametrize("case", ["chest_c", "spaces", "units_in_name", "colon", "vr"])
def test_the_shared_cases_hold_the_twelve_leads_of_the_reference(cessl_data, case):
    folder = cessl_data / "faults" / "lead_names"
    wanted = read_recording(folder / "reference.hea")
    record = read_recording(folder / f"{case}.hea")
    assert record.leads == LEADS_12
    assert record.derived == ()
    assert record.missing == ()
    assert np.array_equal(record.signal_mv, wanted.signal_mv)


@pytest.mark.parametrize(
    ("spelled", "lead"),
    [
        ("C1", "V1"), ("c 6", "V6"), ("C3R", "V3R"), ("V 1", "V1"), ("aV R", "aVR"), ("a.V.F.", "aVF"), ("V_2", "V2"),
        ("I (mV)", "I"), ("II [µV]", "II"), ("V3(uV)", "V3"), ("V4, mV", "V4"), ("V5_uV", "V5"), ("I:", "I"),
        ("aVL :", "aVL"), ("VR", "aVR"), ("vl", "aVL"), ("VF", "aVF"), ("MLII", "II"), ("ML II", "II"), ("mli", "I"),
        ("ML3", "III"), ("EKG V2", "V2"), ("ECG lead II", "II"), ("Ableitung III", "III"), ("LeadV1", "V1"),
        ("MDC_ECG_LEAD_C1", "V1"), ("MDC_ECG_ELEC_POTL_AVF", "aVF"), ("LI", "I"), ("D III", "III"), ("\u2161", "II"),
        ("\u2212aVR", "-aVR"), ("- aVR", "-aVR"), ("v7", "V7"), ("v9", "V9"), ("V4r", "V4R"), ("C8", "V8"),
        ("aV-R", "aVR"), ("V-1", "V1"), ("v-3r", "V3R"), ('"II"', "II"), ("'V6'", "V6"), ("II_lead", "II"),
        ("V2 Lead", "V2"),
    ],
)  # fmt: skip
def test_spellings_of_leads(spelled, lead):
    assert canonical_lead(spelled) == lead


@pytest.mark.parametrize(
    "name",
    ["V", "X", "Vx", "vz", "MCL1", "ECG 1", "RESP", "ABP", "CM5", "aVR neg", "V1-V2", "C", "ES", "V10", "VI", "lead"],
)
def test_other_names_are_kept(name):
    assert canonical_lead(name) == name


def test_a_modified_limb_lead_is_said_to_be_taken_for_the_usual_one(cessl_data):
    record = read_recording(cessl_data / "formats" / "wfdb" / "100.hea")
    assert record.leads == ("II", "V5")
    assert record.warnings == ("MLII taken as II",)


def test_a_modified_limb_lead_beside_the_usual_one_keeps_its_name():
    assert lead_names(["MLII", "II", "V1"]) == (["MLII", "II", "V1"], [])
    signal, leads, _ = with_derived(np.arange(2.0)[:, None] * np.ones((2, 3)), ["MLII", "II"])
    assert dict(zip(leads, signal[:, 0], strict=True)) == {"II": 1.0, "MLII": 0.0}


def test_places_of_an_electroencephalogram_are_no_chest_leads():
    assert lead_names(["C3", "C4", "O1", "O2", "ECG II"])[0] == ["C3", "C4", "O1", "O2", "II"]
    assert lead_names(["C3", "C4", "II"])[0] == ["V3", "V4", "II"]


@pytest.mark.parametrize("name", ["V1", "", "x" * 5000])
def test_thousands_of_channels_of_one_name_are_named_at_once(name):
    names, _ = lead_names([name] * 20_000)
    assert len(set(names)) == 20_000
    assert max(map(len, names)) < 120


def test_names_once_given_are_not_changed_by_naming_them_again():
    given = ["V1", "C1", "MLII", "", "", "V1 (2)", "lead 3", "-aVR"]
    names, _ = lead_names(given)
    assert len(set(names)) == len(names)
    assert lead_names(names) == (names, [])


def test_letters_that_are_no_ascii_are_kept_in_every_form_of_a_header(cessl_data):
    record = read_recording(cessl_data / "faults" / "text" / "words.hea")
    assert record.sex == "weiblich (früher männlich)"
    assert record.statements == ("Erregungsrückbildungsstörung", "164889003")


def test_latin_1_ids_do_not_fall_together(cessl_data):
    folder = cessl_data / "faults" / "text"
    one, two = (read_recording(folder / f"latin1_{n}.hea") for n in ("one", "two"))
    assert one.patient
    assert two.patient
    assert one.patient != two.patient
    assert one.sex == "weiblich (früher männlich)"


COMMENTS = "# Patient ID: Müller-Ångström 7\n# Dx: Vorhofflimmern für immer\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "latin-1"])
@pytest.mark.parametrize("storage", [" 16 ", " 16x1 "])
def test_one_patient_is_one_in_any_encoding(tmp_path, encoding, storage):
    path = write(tmp_path, noise())
    text = path.read_text().replace(".dat 16 ", f".dat{storage}") + COMMENTS
    path.write_text(text, encoding="utf-8")
    wanted = read_recording(path)
    path.write_bytes(text.encode(encoding))
    record = read_recording(path)
    assert record.patient == wanted.patient != ""
    assert record.statements == ("Vorhofflimmern für immer",)


def test_bytes_that_no_encoding_of_windows_knows_are_still_letters(tmp_path):
    path = write(tmp_path, noise())
    ids = []
    for byte in (b"\x81", b"\x8d"):
        path.write_bytes(path.read_bytes().split(b"#")[0] + b"# Patient ID: " + byte + b"-17\n")
        ids.append(read_recording(path).patient)
    assert ids[0]
    assert ids[1]
    assert ids[0] != ids[1]


@pytest.mark.parametrize("case", ["ecg_1", "ecg_2", "ecg_3", "p0_0", "p0_1", "p1_0", "p1_1"])
def test_the_shared_headers_name_nobody(cessl_data, case):
    assert read_recording(cessl_data / "faults" / "patients" / f"{case}.hea").patient == ""


@pytest.mark.parametrize(
    "written",
    [
        "", " ", "Anonymous", "ANONYMIZED", "anonymisiert", "Anonyme", "anon", "None", "-", "--", "0", "000", "0000-00",
        "unknown", "Unknown patient", "unbekannt", "nan", "NaN", "N/A", "n.a.", "null", "nil", "?", "???", "xxx",
        "XXXX", "x", "test", "Test Patient", "not available", "no name", "noname", "removed", "[redacted]",
        "de-identified", "<none>", "_", ".", "*", "99999", "9999999", "patient", "Patient ID", "dummy",
        "Anonymous^Anonymous", "XX-000", "N.N.", "NN", "k. A.", "o.A.",
    ],
)  # fmt: skip
def test_words_for_nobody_name_no_patient(tmp_path, written):
    assert patients.named(written) == ""
    assert read_recording(write(tmp_path, noise(), comments=[f"Patient ID: {written}"])).patient == ""


@pytest.mark.parametrize(
    "written",
    ["17", "Ä-17", "Jane Moore", "anon17", "patient 17", "Xu", "A", "9", "99", "0017", "x1", "Noname-3", "Testa"],
)
def test_whoever_may_be_a_person_stays_one(tmp_path, written):
    assert patients.named(written) == written
    assert read_recording(write(tmp_path, noise(), comments=[f"Patient ID: {written}"])).patient != ""


def test_a_word_for_nobody_hides_no_id_in_another_line(tmp_path):
    comments = ["Patient ID: Anonymous", "Subject: 17"]
    assert read_recording(write(tmp_path, noise(), comments=comments)).patient != ""


@pytest.mark.parametrize(
    ("written", "shown"),
    [("300", "over 89"), ("300.0", "over 89"), ("302", "over 89"), ("74", "74"), ("0", "0"), ("NaN", ""), ("-1", ""),
     ("999", ""), ("45 years", "45 years"), ("6 months", "6 months"), ("300 y", "over 89"), (">89", ">89")],
)  # fmt: skip
def test_ages(tmp_path, written, shown):
    assert read_recording(write(tmp_path, noise(), comments=[f"Age: {written}"])).age == shown


@pytest.mark.parametrize(
    ("case", "statements"),
    [
        ("two_lines", ("164889003", "713427006")), ("spaces", ("164889003", "713427006")),
        ("scp_words", ("IMI", "AFIB")), ("mi_and_block", ("164865005", "713427006")), ("sinus", ("426783006",)),
    ],
)  # fmt: skip
def test_statements_of_the_shared_headers(cessl_data, case, statements):
    assert read_recording(cessl_data / "faults" / "labels" / f"{case}.hea").statements == statements


@pytest.mark.parametrize(
    ("lines", "statements"),
    [
        (["Dx: 164889003,59118001"], ("164889003", "59118001")),
        (["Dx: 164889003; 59118001|713427006"], ("164889003", "59118001", "713427006")),
        (["Dx: IMI AFIB"], ("IMI", "AFIB")),
        (["Dx: 164889003, 164889003", "DX = 164889003"], ("164889003",)),
        (["Dx: Atrial fibrillation, LBBB"], ("Atrial fibrillation", "LBBB")),
        (["Dx: Unknown", "Dx: 164889003"], ("164889003",)),
        (["Dx: 164889003", "Dx: Unknown", "Age: 5", "Dx: 59118001 713427006"], ("164889003", "59118001", "713427006")),
        (["Dx: I AVB"], ("I AVB",)),
        (["Dx: SINUS RHYTHM, NORMAL ECG"], ("SINUS RHYTHM", "NORMAL ECG")),
        (["Dx: ACUTE MI", "Dx: 59118001 AFIB"], ("ACUTE MI", "59118001", "AFIB")),
        (["Dx: ,;, "], ()),
        (["Dx 164865005"], ("164865005",)),
        (["Dx\t164865005", "dx: 164889003"], ("164865005", "164889003")),
        (["Age: 25 Sex: F Dx: 164865005"], ("164865005",)),
        (["Diagnosis: 164865005"], ()),
        (["Dx: -164865005"], ("-164865005",)),
    ],
)
def test_statements_of_any_lines_and_separators_each_once(tmp_path, lines, statements):
    assert read_recording(write(tmp_path, noise(), comments=lines)).statements == statements


@pytest.mark.parametrize(
    "remark",
    [
        *("comment: no AF after all", "AF ruled out", "Remark: no longer AF", "AF: withdrawn", "Note: withdrawn"),
        *(
            "Kommentar: doch kein Vorhofflimmern",
            "fibrillation auriculaire écartée",
            "fibrilación auricular descartada",
        ),
    ],
)
def test_a_statement_that_another_line_takes_back_is_none(tmp_path, remark):
    record = read_recording(write(tmp_path, noise(), comments=["Dx: AF, PVC", remark]))
    assert record.statements[0] == "AF or not"
    assert any("may deny it" in warning for warning in record.warnings)


@pytest.mark.parametrize("remark", ["Sx: no chest pain", "Rx: Unknown", "Patient: no AF", "comment: AF, no LBBB"])
def test_a_line_on_something_else_leaves_statements_as_they_are(tmp_path, remark):
    record = read_recording(write(tmp_path, noise(), comments=["Dx: AF, PVC", remark]))
    assert record.statements == ("AF", "PVC")


@pytest.mark.parametrize("line", ["Age: 25 Sex: F", "Sex: F; Age: 25", "age=25, sex=F", "Dx: 164865005 Age: 25 Sex: F"])
def test_several_of_age_sex_and_dx_on_a_line_are_all_read(tmp_path, line):
    record = read_recording(write(tmp_path, noise(), comments=[line]))
    assert (record.age, record.sex) == ("25", "Female")


@pytest.mark.parametrize("name", ["Diagnosis", "Diagnoses", "Diagnose", "ECG diagnosis"])
def test_a_diagnosis_that_may_be_the_patients_is_named_and_not_taken(tmp_path, name):
    record = read_recording(write(tmp_path, noise(), comments=[f"{name}: 164865005"]))
    assert f"the header's '{name.casefold()}' is not taken for statements: only Dx is" in record.warnings


@pytest.mark.parametrize("line", ["Age:{}x", "Dx{}", "Dx: AF{}x", "Age: 1{}", "Dx: {}AF"])
@pytest.mark.parametrize("run", [" ", " ,", ":", "-"])
def test_a_long_run_of_signs_in_a_comment_takes_no_time(line, run):
    began = time.monotonic()
    long = line.format(run * 50_000)
    fields = wfdb_comments.fields([long])
    wfdb_comments.doubts(fields, wfdb_comments.statements(fields, ["Dx: AF", long]))
    assert time.monotonic() - began < 10, "some milliseconds, or minutes where they go by the square"


@pytest.mark.parametrize("comments", [["Dx: " + "MI," * 5000], ["Dx: " + "x" * 20_000], ["Dx: 164865005"] * 2000])
def test_a_diagnosis_that_is_too_long_to_be_one_is_none(comments):
    fields = wfdb_comments.fields(comments)
    assert wfdb_comments.statements(fields, comments) == ()
    assert wfdb_comments.doubts(fields) == ["the header's diagnosis is too long to be one: none is taken"]


@pytest.mark.parametrize(
    "line", ["Dx (SNOMED): 164865005", "Dx. 164865005", "Dx codes: 164865005", "SNOMED: 164865005"]
)
def test_a_line_of_diagnoses_in_another_form_is_named_as_not_read(tmp_path, line):
    (said,) = read_recording(write(tmp_path, noise(), comments=[line])).warnings
    assert said.endswith("is not taken for statements: only Dx is")


@pytest.mark.parametrize("line", ["Dx atrial fibrillation: yes", "Dx_AF = 1", "SNOMED 164889003: 1"])
def test_a_diagnosis_in_the_name_of_a_line_is_not_repeated_as_the_reading_may_be_blind(tmp_path, line):
    (said,) = read_recording(write(tmp_path, noise(), comments=[line])).warnings
    assert said in (
        "the header's 'dx ...' is not taken for statements: only Dx is",
        "the header's 'snomed ...' is not taken for statements: only Dx is",
    )


@pytest.mark.parametrize(
    "line", ["Diagnose:", "Diagnosis: none", "<age>: 25 <diagnoses>: (none) <medications>: (none)"]
)
def test_a_diagnosis_without_a_word_is_not_named(tmp_path, line):
    assert read_recording(write(tmp_path, noise(), comments=[line])).warnings == ()
