"""A remark that takes a statement back is seen, in four languages; one of other things is not."""

import pytest

from cessl_gui.core.statements.denied import may_be_denied
from cessl_gui.core.statements.taken_back import is_taken_back, with_remarks
from cessl_gui.core.statements.vocabulary import vocabulary

AF = "164889003"
BACK = """
no AF after all | AF ruled out | no longer AF | AF no longer | AF was ruled out | not AF any more | AF not confirmed
AF withdrawn | withdrawn | AF entered in error | AF, ruled out | AF; no longer | AF? No. | AF was wrong | history of AF
AF corrected to SR | no LBBB, AF | ruled out | no longer | AF: no
doch kein Vorhofflimmern | kein Vorhofflimmern mehr | AF ausgeschlossen | AF nicht mehr | AF verworfen
AF nicht bestätigt | statt AF Sinusrhythmus | irrtümlich AF | AF zurückgenommen
pas de fibrillation auriculaire finalement | AF écartée | AF infirmé | plus de AF | AF non confirmé | AF par erreur
fibrilación auricular descartada | ya no AF | al final no AF | AF retirada | AF no confirmada | AF errónea
"""
KEPT = """
no | yes | none | M | 72 | chest pain | no chest pain | not fasting | unknown | wrong electrode | no longer in hospital
AF confirmed | AF, no chest pain | no PVC; AF | AF with LBBB | sinus rhythm. no definite pathology | no LBBB
kein Hinweis auf Infarkt | pas de douleur | sin dolor
"""


def remarks(text: str) -> list[str]:
    return [remark.strip() for line in text.strip().splitlines() for remark in line.split("|")]


@pytest.mark.parametrize("remark", remarks(BACK))
def test_a_remark_that_takes_a_statement_back_is_seen(remark):
    assert is_taken_back(remark, AF, vocabulary())


@pytest.mark.parametrize("remark", remarks(KEPT))
def test_a_remark_of_something_else_takes_nothing_back(remark):
    assert not is_taken_back(remark, AF, vocabulary())


def test_what_is_denied_in_general_takes_back_each_kind_of_it():
    assert is_taken_back("no infarction: MI ruled out", "AMI", vocabulary())


@pytest.mark.parametrize(
    ("words", "said", "left"),
    [
        (["AF", "PVC"], ["no AF after all"], ["AF or not", "PVC"]),
        (["AF", "AF ruled out"], [], ["AF or not", "AF ruled out"]),
        (["AF", "PVC"], ["withdrawn"], ["AF or not", "PVC or not"]),
        (["AF", "PVC"], ["no chest pain"], ["AF", "PVC"]),
    ],
)
def test_a_statement_that_is_taken_back_is_left_open(words, said, left):
    assert with_remarks(words, said, vocabulary()) == left


def test_what_is_left_open_is_no_statement():
    assert may_be_denied("AF or not", vocabulary())


def test_a_long_remark_takes_no_time():
    assert not is_taken_back("not " + "a " * 10_000_000, AF, vocabulary())
