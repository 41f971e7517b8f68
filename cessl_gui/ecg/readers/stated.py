"""What a file states of its numbers: words that change the voltages."""

from __future__ import annotations

import math
import re
import unicodedata

_OF = (
    "add|adc|adu|dc|ecg|sig|signals?|leads?|channels?|amplitude|voltage|data|values?|mv|uv|units?|bits?|total"
    "|(?:pre)?amp(?:lifier)?|inv(?:erse)?|1/"
)
_WORDS = (
    "scal(?:e|es|ing)(?:_?factors?)?", "(?:scaling_?)?factors?", "multipl(?:ier|iers|icator|icators|y)", "gains?",
    "resolutions?", "lsb", "offsets?", "baselines?", "zero(?:_?(?:level|point|line))?", "sensitivit(?:y|ies)",
    "calibrations?", "conversions?", "amplification", "(?:rescale_?)?(?:slope|intercept)", "rescale",
    "(?:physical|phys|digital|dig)_?(?:min|max)(?:imum)?", "step(?:_?sizes?)?", "schrittweite", "quantum",
    "quanti[sz]ation(?:_?steps?)?", "bit_?(?:weight|value|size)s?", "divi(?:sor|de_?by|ded_?by)", "denominator", "bias",
    "shift", "pedestal", "mid_?point", "coef(?:f|s|ficients?)?", "cal(?:ib)?", "mult", "full_?scale", "v_?ref",
    "polarity", "(?:scaling_?)?exponent", "scaled_?by", "normali[sz]ation", "dc_?level", "zero_?offset", "adc_?range",
    # the same in German, French, Spanish, Italian and Portuguese, without accents
    "(?:skalierungs)?faktor", "skalierung", "skala", "verstaerkung", "verstarkung", "aufloesung", "auflosung",
    "versatz", "null(?:punkt|pegel|linie)", "empfindlichkeit", "facteur(?:_d?_?echelle)?", "echelle", "decalage",
    "sensibili(?:te|dad|ta)", "ganancia", "ganho", "guadagno", "escala", "scala", "fator", "fattore(?:_di_scala)?",
    "factor_de_escala", "desplazamiento", "resoluc(?:ion|ao)", "risoluzione",
)  # fmt: skip
_PER = "(?:[munµ]?v(?:olts?)?|millivolts?|microvolts?|adu|adc|counts?|lsb|bits?|units?|steps?|digits?|samples?)"
_SCALE = re.compile(
    rf"(?:(?:{_OF})_?)?(?:{'|'.join(_WORDS)})(?:_?(?:[munµ]?v|factors?|values?|sizes?|weights?|inv))?"
    rf"|to_?(?:[mun]v|(?:milli|micro)volts?)|(?:(?:{_OF})_?)?{_PER}_?(?:per|to|/)_?{_PER}"
)
UPRIGHT = frozenset(("", "0", "0.0", "no", "false", "none", "nein", "non", "normal"))  # of what may be inverted


def changes_voltages(name: str) -> bool:
    """Whether a word is one for what numbers are multiplied by, or what is added: gain, adcZero, mv_per_lsb, scales."""
    plain = re.sub(r"[\s.'-]+", "_", unicodedata.normalize("NFKD", name.strip()).casefold())
    return _SCALE.fullmatch("".join(letter for letter in plain if not unicodedata.combining(letter))) is not None


_TIMING = re.compile(
    r"((lead|channel|wave|signal|x|time)s?_?)*(offset|skew|shift|start|begin|delay|lag|t0)s?(_?(time|offset|m?s|us|sec\w*|samples?)s?)?"
)


def shifts_in_time(name: str) -> bool:
    """Whether a word is one for when a signal begins: start_time, LeadTimeOffset, skews."""
    return _TIMING.fullmatch(_snake(name)) is not None


def _snake(name: str) -> str:
    return re.sub(r"[\s.'-]+", "_", re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name.strip())).casefold()


def may_invert(name: str, value: str) -> bool:
    """Whether a file states of its numbers that they stand upside down: inverted: yes."""
    is_one = re.fullmatch(r"(is_)?(invert(ed)?|inverse|invertiert|inversé|invertido|flipped)", name.strip().casefold())
    return bool(is_one) and value.strip().casefold() not in UPRIGHT


def plain_number(text: str) -> float | None:
    """The number that a text is, and nothing else; None for 1,000, which may be one or a thousand."""
    text = text.strip()
    if re.fullmatch(r"[+-]?(0|[1-9]\d{3,})?,\d+|[+-]?\d+,(\d{1,2}|\d{4,})", text):
        text = text.replace(",", ".")
    try:
        value = float(text) if "_" not in text else math.nan
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def would_change(text: str) -> bool:
    """Whether a factor or an offset may change voltages: any number but 0 and 1, also one among words."""
    value = plain_number(text)
    return value not in (0.0, 1.0) if value is not None else re.search(r"\d", text) is not None
