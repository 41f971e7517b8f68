"""Statements are found by every name they go by, and equal codes are one statement."""

import pytest

from cessl_gui.core.statements.vocabulary import _fold, own_statement, vocabulary

# PhysioNet/CinC 2021: the 30 scored diagnoses (the pairs of equal codes are one statement each).
SCORED = """164889003 164890007 6374002 426627000 733534002 713427006 270492004 713426002 39732003 445118002 164909002
251146004 698252002 426783006 284470004 10370003 365413008 427172004 164947007 111975006 164917005 47665007 59118001
427393009 426177001 427084000 63593006 164934002 59931005 17338001""".split()  # noqa: SIM905, thirty quoted codes read worse


@pytest.mark.parametrize("code", SCORED)
def test_each_scored_diagnosis_of_physionet_2021_is_known(code):
    assert vocabulary().find(code) is not None


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("733534002", "164909002"),
        ("713427006", "59118001"),
        ("284470004", "63593006"),
        ("427172004", "17338001"),
    ],
)
def test_equal_codes_are_one_statement(one, other):
    assert vocabulary().find(one) is vocabulary().find(other)


@pytest.mark.parametrize(
    ("word", "code"),
    [
        ("Normal", "426783006"),
        ("I-AVB", "270492004"),
        ("af", "164889003"),
        ("Left bundle branch block", "733534002"),
        ("STE", "164931005"),
    ],
)
def test_words_in_headers_are_understood_whatever_their_case(word, code):
    assert vocabulary().find(word).code == code


def test_codes_and_abbreviations_are_unique():
    for field in ("code", "abbreviation"):
        values = [getattr(s, field) for s in vocabulary().statements]
        assert len(values) == len(set(values))


def test_a_code_we_do_not_know_stands_for_itself():
    assert vocabulary().find("999999999") is None
    assert vocabulary()["999999999"].code == "999999999"


def test_type_ahead_puts_the_exact_abbreviation_first_and_finds_parts_of_words():
    assert vocabulary().search("af")[0].abbreviation == "AF"
    assert vocabulary().search("lef bun")[0].abbreviation == "LBBB"
    assert vocabulary().search("  ") == []
    assert vocabulary().search("zzz") == []


def test_ptbxl_statements_are_mapped():
    mapped = {scp: s.abbreviation for s in vocabulary().statements for scp in s.scp}
    assert (mapped["CRBBB"], mapped["NDT"]) == ("RBBB", "TAb")
    assert "HVOLT" not in mapped


def test_a_statement_in_own_words_is_named_by_its_code_alone():
    own = own_statement("  Lown  Ganong Levine, type 1; ")
    assert (own.code, own.name, own.abbreviation) == (
        "local:Lown Ganong Levine type 1",
        *["Lown Ganong Levine type 1"] * 2,
    )
    assert vocabulary()[own.code] == own
    assert vocabulary().find("lown ganong levine type 1") is None
    assert vocabulary((own.code,)).find("lown Ganong levine type 1") == own
    assert vocabulary((own.code,)).search("lown") == [own]
    assert vocabulary()["local:"].name == "Statement local:"
    assert own_statement("x" * 100).code == "local:" + "x" * 60


def test_a_word_as_it_is_compared_is_compared_as_itself():
    """So a code is looked up at once, as it is written."""
    words = [key for key in vocabulary()._by_key if _fold(key) != key]
    assert words == []
