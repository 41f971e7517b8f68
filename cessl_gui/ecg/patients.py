"""Who is nobody: what files write where they name no patient, and ages that are no ages."""

from __future__ import annotations

import re
import unicodedata


def spelled(written: str) -> str:
    """A text in one way of writing it: letters with their accents, digits of one width, and nothing invisible.

    A plain text stays as it is.
    """
    if written.isascii():
        return written
    seen = "".join(letter for letter in written if unicodedata.category(letter) != "Cf")
    return unicodedata.normalize("NFKC", seen)


def _bare(written: str) -> str:
    """A text in lower case, without accents."""
    apart = unicodedata.normalize("NFKD", spelled(written).casefold())
    return "".join(letter for letter in apart if not unicodedata.combining(letter))


# Several of them together name nobody either: "unknown patient".
_NOBODY = frozenset(
    _bare("""
    anon de identified redacted removed deleted hidden masked confidential private withheld undisclosed disclosed
    none nobody noname nameless noid nil null nan na nd tba tbd tbc void empty blank missing undefined
    unnamed unidentified unassigned unspecified unknown unk unbekannt unbek inconnu inconnue
    not nicht ohne kein keine keiner aucun aucune нет
    available applicable specified known given assigned recorded provided documented stated entered supplied
    angabe angaben angegeben dokumentiert bekannt vorhanden verfügbar erfasst namenlos indisponible данных
    naamloos onbekend onbekende ukjent ukendt okänd okänt tuntematon nimetön ismeretlen névtelen necunoscut necunoscută
    bilinmiyor isimsiz άγνωστος άγνωστη άγνωστο مجهول אלמוני 미상 익명 없음 이름없음 ไม่ทราบ
    patient patienten patientin paciente paziente pasient пациент ασθενής 환자
    pat patients pid id mrn number no subject name test tests testing testpatient patientid demo dummy default
    example sample placeholder pending nobody niemand personne nessuno ninguno nadie ninguém никто
    firstname lastname surname forename first last vorname nachname prénom apellido apellidos cognome achternaam
    false true nat ref unkn bilinmeyen simulator calibration phantom notfall leer vide vacío vuoto leeg пусто
    baby babyboy babygirl newborn neonate neugeborenes trauma polytrauma schockraum resus triage emergency
    prueba teste schulung training qc
    """).split()
)
# Beside one of those only: of whom nothing but the sex is known, or whose number follows.
_BESIDE = frozenset(
    _bare("male female man woman boy girl männlich weiblich mann frau homme femme hombre mujer").split()
)
# Before a number these say that it is one, and no more.
_LABELS = frozenset(
    _bare("""
    patient patienten patientin paciente paziente pasient пациент ασθενής 환자 pat patients pid id mrn number no subject
    name example sample ref de not
    """).split()
)
# These begin words for nobody in all their forms: anonymisiert, anonimizado, неизвестный.
_STEMS = re.compile(
    r"(anonym|anoniem|anonim|geanonim|pseudonym|deidentif|desidentif|unbekannt|desconocid|desconhecid|sconosciut"
    r"|nieznan|neznam|neznan|nepoznat|неизвест|невідом|аноним|анонім|ανωνυμ)\w*"
)
# Of these a word may be somebody's name where it stands alone.
_TOGETHER = frozenset(
    " ".join(words.split())
    for words in _bare("""
    sans nom | sin nombre | senza nome | sem nome | zonder naam | uten navn | uden navn | utan namn | ohne namen
    | nom inconnu | nombre desconocido | nome sconosciuto | nome desconhecido
    | non renseigné | non spécifié | non communiqué | non précisé | non connu | non disponible | non fourni
    | non specificato | non noto | non indicato | non disponibile | no especificado | no consta | no disponible
    | no indicado | sin identificar | sin datos | sin especificar | não informado | não especificado | não disponível
    | niet bekend | niet opgegeven | niet vermeld | niet beschikbaar | ikke oppgitt | ikke oplyst | ej angivet
    | brak danych | tidak diketahui | غير معروف | לא ידוע | 알 수 없음
    | nom prénom | nombre apellido | nicht zutreffend | nie dotyczy | no aplica
    | non applicable | sans objet | keine daten | no data | no value | no id | in process | does not exist
    | max mustermann | erika mustermann | mustermann max | mustermann erika
    | john doe | jane doe | doe john | doe jane | nomen nescio | nomen nominandum | inconnu e
    | deleted user | missing value | does not apply | intentionally left blank | không rõ | لا يوجد | 이름 없음
    | mr x | mrs x | herr x | frau x | herr unbekannt | identité inconnue | sans identité
    | not on file | to be announced | to be determined | to be confirmed | to be assigned | to be defined
    """).split("|")
)
# Chinese and Japanese have no blanks between words.
_WITHOUT_BLANKS = re.compile(
    "(未知|不明|不详|不詳|无名|無名|无名氏|無名氏|匿名|未提供|未填写|未填寫|未登记|未記入|未入力|未登録|なし|無し|名無し|无|空|患者|姓名|氏名|名前)+"
)
_LETTERS = {"na", "nn", "ka", "oa"}  # n/a, N.N., k. A., o. A.
_FILLERS = re.compile(r"(\d)\1{5,}|9{5}|1234567(8(90?)?)?", re.ASCII)  # counting up, or one digit again and again
# The day nought of calendars among them, as a number: one that is 19 and 101 may be the 101st of 2019.
_MAY_BE_FILLERS = re.compile(r"1|123(4(56?)?)?|99|(\d)\3{2,}|1899123[01]|19000101|1011900|10101", re.ASCII)
_DAY_NOUGHT = re.compile(r"(1899-12-3[01]|(1900|0001)-01-01|01[./-]01[./-](1900|0001))([T ][0:.]*)?")
_DAY = re.compile(r"(19|20)\d\d([./-])\d\d?\2\d\d?|\d\d?([./-])\d\d?\3(19|20)\d\d", re.ASCII)
_OVER_89 = range(300, 320)  # PhysioNet's 300 and MIMIC's shifted dates of birth
_OLDEST = 130
_LONG_NUMBER = 6  # digits
_LONGEST_NUMBER = 12  # digits to which programs fill numbers of patients with zeros
NOBODYS_AGE = "the age in the file is nobody's: none is taken"
# Units of an age, and how many of them a year has.
_PER_YEAR = {"y(?:(?:ea)?rs?)?": 1, "mo(?:nths?)?": 12, "w(?:ee)?ks?": 53, "d(?:ays?)?": 366, "h(?:ours?)?": 8784}
_AGE = re.compile(rf"\s*(-?[0-9]{{1,6}})(?:[.,][0-9]*)?\s*({'|'.join(_PER_YEAR)})?\s*", re.ASCII | re.IGNORECASE)


def named(written: str) -> str:
    """The patient that a file names, as written; "" where that is a word for nobody.

    "Anonymous", "None", "-", "0", "000", "n/a", "?", "xxx", "Test patient", "nan" and the like name nobody.
    """
    written = written.strip()
    if not written:
        return ""
    letters = re.findall(r"[^\W\d_]+", _bare(written))
    digits = re.sub(r"\D", "", spelled(written))
    # A negative number stands for a missing one.
    is_filler = _FILLERS.fullmatch(digits) or re.fullmatch(r"-\s*9+(\.0*)?|-\s*1(\.0*)?", written)
    if digits.strip("0") and not (is_filler or _DAY_NOUGHT.fullmatch(written)):
        return written
    return "" if _are_nobody(letters) else written


def next_to(named: str) -> list[str] | None:
    """The ids before and after one that may stand for nobody: 1, 1234, 999, a date, Trauma 12. None for any other id.

    Where one of them is somebody's, too, patients are counted so, and it is no such word.
    """
    words, digits = re.findall(r"[^\W\d_]+", _bare(named)), re.search(r"\d+(?=\D*$)", spelled(named))
    if not digits or _DAY.fullmatch(named):
        return [] if digits else None
    is_placeholder = any(len(word) > 1 and word not in _LABELS for word in words) and _are_nobody(words)
    if not is_placeholder and not (set(words) <= _LABELS and _MAY_BE_FILLERS.fullmatch(digits[0].lstrip("0"))):
        return None
    begin, end = digits.span()
    numbers = (int(digits[0]) + 1, int(digits[0]) - 1)
    return [f"{named[:begin]}{number:0{len(digits[0])}}{named[end:]}" for number in numbers if number >= 0]


def _are_nobody(letters: list[str]) -> bool:
    """Whether these words, all that an id has, name nobody together."""
    is_spaced = all(len(word) == 1 for word in letters)
    if "".join(letters) == "nn" or (is_spaced and "".join(letters) in _LETTERS):
        return True
    words = ["".join(letters)] if is_spaced else letters
    is_nobody = [_is_nobody(word) for word in words]
    known = all(one or word in _BESIDE for word, one in zip(words, is_nobody, strict=True))
    return " ".join(words) in _TOGETHER or (known and (any(is_nobody) or not words))


def alike(named: str) -> list[str]:
    """Other ways to write a name or number: in capitals, without blanks, with or without leading zeros, 12 as 12.0."""
    number = re.fullmatch(r"0*([1-9]\d*)(?:\.0+)?", named, re.ASCII)
    if number:
        digits = number[1]
        ways = [digits.zfill(length) for length in range(len(digits), _LONGEST_NUMBER + 1)] or [digits]
        ways.append(f"{digits}.0")
    else:
        joined = named.replace(" ", "")
        apart = re.sub(r"(?<=[^\W\d_])(?=\d)", " ", joined)  # P 12
        ways = [way for text in (named, joined, apart) for way in (text, text.upper(), text.lower(), text.title())]
    return [way for way in dict.fromkeys(ways) if way != named]


def bare(named: str) -> str:
    """A name or number in small letters and digits alone: what differs from another in no more may be the same.

    McDonald, Mc Donald; MRN-0012, mrn12; 123-456, 123456. Short numbers beside each other stay apart: 1-12, 11-2.
    """
    text = _bare(named)
    marks = "".join({one for one in text if unicodedata.category(one)[0] == "M"})  # vowels of some writings
    letter = rf"(?:[^\W\d_]|[{marks}])" if marks else r"[^\W\d_]"
    runs = re.findall(rf"(?:\d+[^\w{marks}]*)+|{letter}+", text)
    return "".join(_bare_number(run) if run[0].isdecimal() else run for run in runs)


def _bare_number(run: str) -> str:
    parts = re.findall(r"\d+", run)
    joined = "".join(parts).lstrip("0") or "0"
    return joined if len(joined) >= _LONG_NUMBER else ".".join(part.lstrip("0") or "0" for part in parts)


def _is_nobody(word: str) -> bool:
    return word in _NOBODY or not word.strip("x") or any(of.fullmatch(word) for of in (_STEMS, _WITHOUT_BLANKS))


def age(written: str) -> tuple[str, str]:
    """An age as written, "over 89" for the 300 that stands for it, "" for what is nobody's; and that it is."""
    match = _AGE.fullmatch(written)
    if not match:
        return written, ""
    unit = (match[2] or "y").casefold()
    count = int(match[1])
    if count in _OVER_89 and unit.startswith("y"):
        return "over 89", ""
    a_year = next(many for pattern, many in _PER_YEAR.items() if re.fullmatch(pattern, unit))
    return (written, "") if 0 <= count < _OLDEST * a_year else ("", NOBODYS_AGE)
