"""A word that may deny a statement is not taken for it; names with a hyphen in them are found as before."""

import pytest

from cessl_gui.core.statements.denied import listed, may_be_denied
from cessl_gui.core.statements.vocabulary import vocabulary

DENIED = [
    "-164865005", "- MI", "164865005-", "MI -", "MI (-)", "(-) MI", "\u2212MI", "\u2013 MI", "+MI", "~MI", "!MI", "MI?",
    "426783006 -164865005", "426783006+164889003", "Sinus rhythm - LBBB", "no AF", "not MI", "No evidence of AF",
    "kein AF", "ohne LBBB", "sans MI", "pas de AF", "sin MI", "without LBBB", "AF: no", "MI absent",
]  # fmt: skip


@pytest.mark.parametrize("word", DENIED)
def test_a_sign_or_a_word_that_denies_is_seen(word):
    assert may_be_denied(word, vocabulary())


@pytest.mark.parametrize("word", DENIED)
def test_what_may_be_denied_is_no_statement(word):
    assert vocabulary().find(word) is None


@pytest.mark.parametrize(
    ("word", "abbreviation"),
    [
        ("I-AVB", "IAVB"),
        ("I - AVB", "IAVB"),
        ("A-fib", "AF"),
        ("Wolff-Parkinson-White pattern", "WPW"),
        ("ISC_", "MIs"),
    ],
)
def test_a_hyphen_within_a_name_means_nothing(word, abbreviation):
    assert vocabulary().find(word).abbreviation == abbreviation


@pytest.mark.parametrize(
    "word", ["LAO/LAE", "I-AVB", "ACUTE MI", "ST elevation V1-V3", "Normal", "local:MI?", "Nodal rhythm", "No", ""]
)
def test_other_words_deny_nothing(word):
    assert not may_be_denied(word, vocabulary())


def test_no_name_of_a_statement_is_taken_for_a_denial():
    known = vocabulary()
    words = [
        w for s in known.statements for w in (s.code, *s.also, s.abbreviation, s.name, *s.aliases, *s.scp, *s.names)
    ]
    assert [word for word in words if may_be_denied(word, known) or known.find(word) is None] == []


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("no AF, LBBB", ["no AF or LBBB"]),
        ("no AF; LBBB", ["no AF", "LBBB"]),
        ("no; AF", ["no AF"]),
        ("AF, LBBB: no", ["AF or LBBB: no"]),
        ("AF; LBBB: no", ["AF", "LBBB: no"]),
        ("AF; LBBB; both absent", ["AF or LBBB or both absent"]),
        ("AF, LBBB (-)", ["AF or LBBB (-)"]),
        ("AF, -LBBB", ["AF", "-LBBB"]),
        ("SR, RBBB without LVH", ["SR", "RBBB without LVH"]),
        ("non-specific ST changes, AF", ["non-specific ST changes", "AF"]),
        ("AF, no LBBB, MI", ["AF", "no LBBB or MI"]),
        ("AF,LBBB|MI", ["AF", "LBBB", "MI"]),
        ("no acute changes, AF", ["no acute changes", "AF"]),
        ("", []),
    ],
)
def test_what_follows_a_denied_statement_may_be_denied_too(text, words):
    assert listed(text, vocabulary()) == words


def test_a_denied_list_may_be_denied():
    assert may_be_denied("no AF or LBBB", vocabulary())
