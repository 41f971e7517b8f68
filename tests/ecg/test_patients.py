"""Who is nobody in the usual languages, and one key for one id however it is encoded."""

import pytest

from cessl_gui.ecg import patients
from cessl_gui.ecg.readers.patient_keys import patient_alike, patient_bare, patient_key


@pytest.mark.parametrize(
    "written",
    [
        "keine Angabe", "nicht angegeben", "unbekannter Patient", "ohne Namen", "not documented", "Not disclosed",
        "withheld", "undisclosed", "not on file", "TBA", "to be announced", "noid", "patientID", "sans nom",
        "Non renseigné", "Anonymise\u0301", "sin nombre", "sin identificar", "desconocida", "sconosciuta",
        "não informado", "geanonimiseerd", "okänd", "nieznany", "неизвестно", "неизвестный пациент", "невідомо",
        "Άγνωστος", "Ανώνυμος", "İsimsiz", "未知", "患者不明", "匿名", "なし", "미상", "مجهول", "０００", "\u200b",
        "Anon\u200bymous", "nobody", "niemand", "LastName^FirstName", "Max Mustermann", "unknown male", "Mr. X",
        "John Doe", "DOE^JANE", "Mustermann, Max", "inconnu(e)", "名無し", "이름없음", "Bilinmeyen",
        "Nomen nescio", "vacío", "Simulator", "deleted user", "không rõ",
        "Trauma, Male", "Baby Boy", "BabyGirl", "Unbekannter Mann", "female, unknown", "1900-01-01", "01.01.1900 00:00",
        "pending", "1234567890", "111111", "-999", "False", "n/a^", "no data", "Frau Unbekannt",
    ],
)  # fmt: skip
def test_words_for_nobody_in_other_languages_name_no_patient(written):
    assert patient_key(written) == ""


@pytest.mark.parametrize(
    "written",
    [
        "Sin, Kim",
        "Sin",
        "Sans",
        "Nom",
        "De Vries",
        "李雷",
        "Иванов",
        "Nonna",
        "Anonymous 4",
        "12345",
        "X-7",
        "Mann",
        "Baby, M",
        "Baby Smith",
        "190001012",
        "1970-01-01",
    ],
)
def test_a_name_that_resembles_such_a_word_stays_one(written):
    assert patients.named(written) == written


@pytest.mark.parametrize(
    ("written", "beside"),
    [
        ("1", ["2", "0"]), ("0001", ["0002", "0000"]), ("1234", ["1235", "1233"]), ("999", ["1000", "998"]),
        ("19000101", ["19000102", "19000100"]), ("00010101", ["00010102", "00010100"]),
        ("Patient 1", ["Patient 2", "Patient 0"]), ("Trauma, Male 12", ["Trauma, Male 13", "Trauma, Male 11"]),
        ("anon_017", ["anon_018", "anon_016"]), ("1954-03-12", []), ("1.1.1970", []),
        *((real, None) for real in ("2", "12", "100", "1235", "P1", "X-7", "Patient 12", "Subject 003", "Li")),
    ],
)  # fmt: skip
def test_an_id_that_may_stand_for_nobody_does_not_where_the_next_is_somebodys(written, beside):
    assert (patients.named(written), patients.next_to(written)) == (written, beside)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Müller", "Mu\u0308ller"),
        ("12", "１２"),
        ("P1", "Ｐ１"),
        ("A1", "A1\u200b"),
        ("A1", "\ufeffA1"),
        ("A1", "A\u00ad1"),
        ("A 1", "A\u3000 1"),
    ],
)
def test_one_id_has_one_key_however_it_is_encoded(one, other):
    assert patient_key(one) == patient_key(other)


@pytest.mark.parametrize(("one", "other"), [("P1", "P2"), ("P1", "P01"), ("12", "120"), ("1.5", "15"), ("A-1", "A1")])
def test_other_ids_are_not_alike(one, other):
    assert patient_key(other) not in patient_alike(one)


@pytest.mark.parametrize(
    ("one", "other"),
    [("A-1", "A1"), ("Mc Donald", "MCDONALD"), ("O'Brien", "obrien"), ("P0012", "p 12"), ("123-456", "0123456")],
)
def test_what_is_written_nearly_alike_may_be_one(one, other):
    assert patient_bare(one) == patient_bare(other)
    assert patient_key(one) != patient_key(other)


@pytest.mark.parametrize(
    ("one", "other"), [("1-12", "11-2"), ("P1", "P2"), ("A1B", "A1C"), ("P10", "P1"), ("कमल", "कोमल")]
)
def test_what_differs_in_more_is_not(one, other):
    assert patient_bare(one) != patient_bare(other)


@pytest.mark.parametrize(
    ("written", "key"),
    [
        ("P1", "fbeae7c18667b698"),
        ("p1", "f64551fcd6f07823"),
        ("12", "6b51d431df5d7f14"),
        ("A  B", "fea4c5ce720c1d6a"),
        ("O'Neil, Ann", "bb0a0ad17046ca6d"),
        ("Müller-Ångström 7", "658e08aaed7e1d1f"),
        ("李雷", "3a47328a607f3e0a"),
    ],
)
def test_the_keys_that_projects_have_stay(written, key):
    assert patient_key(written) == key
