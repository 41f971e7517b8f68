"""What people type finds the statement they mean: in their words, their language, and with their mistakes."""

import subprocess
import sys

import pytest

from cessl_gui.core.statements.vocabulary import OWN, grouped, known_elsewhere, vocabulary

# typed : abbreviation, or name, of the statement that stands first
TYPED = {
    "STEMI": "MI",
    "delta wave": "WPW",
    "WPW": "WPW",
    "wolf parkinson": "WPW",
    "heart block": "AVB",
    "complete heart block": "IIIAVB",
    "third degree av block": "IIIAVB",
    "first degree heart block": "IAVB",
    "1st degree av blok": "IAVB",
    "mobitz 2": "MobII",
    "wenkebach": "MobI",
    "qtc": "LQT",
    "long qt": "LQT",
    "short pr": "SPRI",
    "hyperkalemia": "Hyperkalaemia",
    "hyperkalimia": "Hyperkalaemia",
    "hypokalaemia": "Hypokalaemia",
    "S1Q3T3": "Pulmonary embolism",
    "torsades": "Torsade de pointes",
    "Brugada": "BRU",
    "brugda": "BRU",
    "inferior MI": "MI",
    "anterior infarct": "MI",
    "old infarct": "OldMI",
    "heart attack": "MI",
    "fibrilation": "AF",
    "atrail fibrilation": "AF",
    "a-fib": "AF",
    "AFIB": "AF",
    "v fib": "VF",
    "flutter": "AFL",
    "LBBB": "LBBB",
    "left bundel branch block": "LBBB",
    "incomplete RBBB": "IRBBB",
    "LAHB": "LAnFB",
    "wide QRS": "NSIVCB",
    "PVCs": "PVC",
    "ventricular extrasystole": "PVC",
    "couplet": "VPVC",
    "bigeminy": "VBig",
    "premature atrial beat": "PAC",
    "vtach": "VT",
    "nsvt": "PVT",
    "pacemaker": "PR",
    "sinus tach": "ST",
    "P mitrale": "LAE",
    "P pulmonale": "RAH",
    "peaked T": "HTV",
    "t wave inversions": "TInv",
    "inverted T": "TInv",
    "st elevasion": "STE",
    "ST depression": "STD",
    "Q waves": "QAb",
    "ischemia": "MIs",
    "poor R progression": "PRWP",
    "early repolarization": "ERe",
    "left axis": "LAD",
    "low voltage": "LQRSV",
    "normal": "SR",
    "of the left bundle": "LBBB",
    "164889003": "AF",
    "vorhoflimmern": "AF",
    "praexzitation": "WPW",
    "AV-Block III°": "IIIAVB",
    "Hinterwandinfarkt": "MI",
    "sus decalage ST": "STE",
    "fibrillation auriculere": "AF",
    "fibrilacion auricular": "AF",
    "bloqueo rama derecha": "RBBB",
    "inferior STEMI": "MI",
    "SCACEST": "MI",
    "AVB III": "IIIAVB",
    "I degree AV block": "IAVB",
    "Mobitz Typ 2": "MobII",
    "v paced": "VPace",
    "PVC bigeminy": "VBig",
    "negative T-Wellen": "TInv",
    "langes QT": "LQT",
    "rapid AF": "AF",
    "Tachyarrhythmia absoluta": "AF",
}


@pytest.mark.parametrize(("typed", "first"), TYPED.items())
def test_what_is_meant_stands_first(typed, first):
    assert vocabulary().search(typed)[0].abbreviation == first


@pytest.mark.parametrize("statement", vocabulary().statements, ids=lambda s: s.abbreviation)
def test_each_shipped_statement_has_a_name_in_three_more_languages(statement):
    assert len(statement.names) == 3


@pytest.mark.parametrize("statement", (*vocabulary().statements, *known_elsewhere()), ids=lambda s: s.abbreviation)
def test_each_name_of_a_statement_finds_it_first(statement):
    first = {name: vocabulary().search(name)[0].abbreviation for name in (statement.name, *statement.names)}
    assert set(first.values()) == {statement.abbreviation}, first


def test_accents_and_case_may_be_left_out():
    assert vocabulary().search("INVERSION DE L ONDE T")[0].abbreviation == "TInv"


def test_short_words_are_taken_as_they_stand():
    assert {s.abbreviation for s in vocabulary().search("AF")}.isdisjoint({"AT", "AR"})


@pytest.mark.parametrize("typed", ["", "  ", "?!", "zzz", "lown ganong"])
def test_what_nobody_means_finds_nothing(typed):
    assert vocabulary().search(typed) == []


@pytest.mark.parametrize("typed", ["asystole", "MAT", "lead reversal", "artifact", "northwest axis", "sick sinus"])
def test_what_people_look_for_and_is_not_shipped_can_be_added(typed):
    assert vocabulary().search(typed)[0].code.startswith(OWN)


def test_a_very_long_text_is_searched_quickly_and_finds_nothing():
    assert vocabulary().search("x" * 100_000) == []


def test_what_is_known_but_not_shipped_has_the_code_of_an_own_statement():
    assert vocabulary().search("Hyperkaliämie")[0].code == f"{OWN}Hyperkalaemia"


def test_an_added_statement_keeps_the_names_by_which_it_is_found():
    code = f"{OWN}Hyperkalaemia"
    assert [s.code for s in vocabulary((code,)).search("Hyperkaliémie")].count(code) == 1


def test_a_name_in_another_language_means_its_statement_in_a_file_too():
    assert vocabulary().find("vorhofflimmern").abbreviation == "AF"


def test_what_is_typed_for_something_narrower_is_no_name():
    assert vocabulary().find("STEMI") is None


def test_groups_stand_in_reading_order():
    assert [group for group, _ in grouped(vocabulary().panel)] == [
        "rhythm",
        "conduction",
        "ischaemia and infarction",
        "hypertrophy",
        "ST and T",
        "axis and voltage",
    ]


def test_each_statement_is_in_one_group():
    members = [s for _, statements in grouped(vocabulary().statements) for s in statements]
    assert sorted(s.code for s in members) == sorted(s.code for s in vocabulary().statements)


def test_rapidfuzz_is_loaded_by_the_first_mistake_only():
    code = (
        "import sys; from cessl_gui.core.statements.vocabulary import vocabulary as v; v().search({!r});"
        " print('rapidfuzz' in sys.modules)"
    )
    loaded = [
        subprocess.run([sys.executable, "-c", code.format(typed)], capture_output=True, text=True, check=True).stdout
        for typed in ("atrial fib", "fibrilation")
    ]
    assert loaded == ["False\n", "True\n"]
