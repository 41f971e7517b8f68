"""What the lines above a table's numbers say: rate, unit, lead, patient; and the rows of its heading."""

from __future__ import annotations

import re
from collections.abc import Sequence

from cessl_gui.ecg.leads import canonical_lead
from cessl_gui.ecg.readers.amplitude import USUAL_RATES_HZ
from cessl_gui.ecg.readers.given import hertz, step_of
from cessl_gui.ecg.readers.recording import RATES_HZ, number
from cessl_gui.ecg.readers.stated import changes_voltages, may_invert, would_change
from cessl_gui.ecg.readers.tables.column_names import is_unit, unit_in
from cessl_gui.ecg.readers.tables.fills import may_tell_fill
from cessl_gui.ecg.readers.tables.statistics import is_statistic

RATE_KEYS = re.compile(
    r"sampl\w*[ _-]*(rate|freq\w*)|samples? ?(per|/) ?s(ec(ond)?)?|sps|fs|(ecg |ekg )?abtast\w*"
    r"|(fr[ée]quence|taux) d.[ée]chantillon\w*|(frecuencia|tasa|velocidad) de muestreo|frequenza di campionamento"
    r"|(frequ[êe]ncia|taxa) de amostragem",
    re.IGNORECASE,
)
ALSO_RATE = re.compile(r"sampling|sampled( at)?|[ée]chantillon\w*|muestreo", re.IGNORECASE)  # where it is one
# Or that of the mains, or a filter's.
SOME_RATE = re.compile(r"freq|frequency|frequenz|fr[ée]quence|frecuencia|frequenza|frequ[êe]ncia", re.IGNORECASE)
HERTZ = re.compile(r"[\d.,' ]+(k?hz|hertz|samples?/s\w*)?\.?", re.IGNORECASE)
INTERVAL = re.compile(
    r"sampl\w*[ _-]*(interval|period|spacing)|time[ _-]?step|dt|delta[ _-]?t|abtast(intervall|periode)"
    r"|(intervalle|p[ée]riode) d.[ée]chantillon\w*|(intervalo|periodo) de muestreo|intervallo di campionamento",
    re.IGNORECASE,
)
SECONDS = re.compile(r"([\d.,]+) ?(s|sec\w*|sek\w*|ms|msec|milli\w*|[uµμ]s|usec|micro\w*)", re.IGNORECASE)
DURATION = re.compile(r"(recording |total )?(duration|length)|dauer|dur[ée]e|duraci[óo]n", re.IGNORECASE)
# What would change the voltages and may mean one thing or another: a person is asked.
STEP_KEYS = re.compile(r"(adc[ _-]*)?(gain|resolution|lsb|scale|scaling|offset|baseline)\b.*", re.IGNORECASE)
KEYS = {
    "unit": "unit", "units": "unit", "einheit": "unit", "unité": "unit", "unidad": "unit",
    "lead": "lead", "ableitung": "lead", "dérivation": "lead", "derivación": "lead",
    "recorded date": "date", "date": "date", "aufnahmedatum": "date", "aufgezeichnet am": "date",
    "classification": "statement", "klassifizierung": "statement",
    "name": "name", "patient": "patient", "patient id": "patient id", "patientid": "patient id", "id": "id",
    "age": "age", "sex": "sex", "gender": "sex", "date of birth": "birth",
}  # fmt: skip
RATE_CELL = re.compile(r"[\d.,' ]+(k?hz|hertz|samples?/s\w*)\.?", re.IGNORECASE)
# What may be said once: what two of its values have to agree in, and how a person says which holds.
ONCE = {"rate": (hertz, "fs"), "unit": (step_of, "unit"), "lead": (canonical_lead, "leads")}
PERSON = ("name", "patient", "patient id", "id", "age", "sex", "birth", "date")  # of these see readers.person


def said_by(line: str) -> dict[str, str]:
    """What a line above the numbers says, `key,value`, `key: value` or `key=value`, by our name for the key."""
    match = re.match(r"[#\s\"]*([^,;:=\t]{1,40}?)[\"\s]*[,;:=\t]\s*(.*)$", line)
    if not match:
        return {}
    key, value = match[1].strip().casefold(), match[2].strip().strip('";, ')
    word = re.sub(r"\s*[\[(].*", "", key)
    in_key = re.search(r"[\[(]\s*([^\])]+)[\])]", key)
    stated = f"{value} {in_key[1]}" if in_key and re.fullmatch(r"[\d.,]+", value) else value
    if RATE_KEYS.fullmatch(word) or (ALSO_RATE.fullmatch(word) and hertz(stated)):
        return {"rate" if hertz(stated) else "unread rate": stated}
    if SOME_RATE.fullmatch(word):
        return {"some rate": stated} if hertz(stated) and HERTZ.fullmatch(stated) else {}
    if INTERVAL.fullmatch(word) and value[:1].isdecimal():  # no heading: dt, V1, V2
        return {"interval" if rate_by_interval(stated) else "unread rate": stated}
    if DURATION.fullmatch(word):
        return {"duration": stated}
    if ((STEP_KEYS.fullmatch(key) or changes_voltages(word)) and would_change(value)) or may_invert(word, value):
        return {"step": f"{match[1].strip()}: {value}"}
    for kind, is_one in (("fill ", may_tell_fill), ("statistic ", is_statistic)):
        if is_one(key):
            return {kind + key: value}
    return {KEYS[key]: value} if key in KEYS and value else {}


def rate_by_interval(written: str) -> float | None:
    """Hz of what is stated as the time between two samples: 2 ms, 0.002 s; None where no ECG has it."""
    match = SECONDS.fullmatch(written.strip())
    value = number(match[1]) if match else None
    if not match or not value:
        return None
    unit = match[2].casefold()
    hz = {"m": 1e3, "s": 1.0}.get("u" if unit.startswith("mic") else unit[0], 1e6) / value
    return hz if RATES_HZ[0] <= hz <= RATES_HZ[1] else None


def _bare_rate(line: str) -> dict[str, str]:
    """A line that is a rate and nothing else: 500 Hz. 50 Hz may be that of the mains."""
    written = line.strip(" #;,\t\"'")
    is_one = RATE_CELL.fullmatch(written) and (hertz(written) or 0.0) >= USUAL_RATES_HZ[0]
    return {"rate": written} if is_one else {}


def all_said(
    lines: Sequence[str], rates: Sequence[str], units: Sequence[str]
) -> tuple[dict[str, str], dict[str, str], list[tuple[str, str]]]:
    """What lines say, the first of each and all statements; what is said again and is not the same: key -> that value;
    and all that is said of PERSON.

    rates, units : of the heading; units that differ from others there
    """
    before: dict[str, str] = {}
    again = {"unit": units[0]} if units else {}
    by_line = [said_by(line) or _bare_rate(line) for line in lines]
    said = [*(pair for pairs in by_line for pair in pairs.items()), *(("rate", rate) for rate in rates)]
    for key, value in said:
        if key in PERSON:
            continue
        if key not in before:
            before[key] = value
        elif key == "statement":
            before[key] += f"\n{value}"
        elif differs(key, before[key], value):
            again.setdefault(key, value)
    return before, again, [(key, value) for key, value in said if key in PERSON]


def differs(key: str, value: str, other: str) -> bool:
    """Whether two values of what may be said once mean different things."""
    meaning, _ = ONCE.get(key, (None, ""))
    return meaning is not None and meaning(value) != meaning(other)


def heading(rows: Sequence[Sequence[str]]) -> tuple[list[str], list[str], list[str], int]:
    """The names of columns, with units that stand in a row of their own below them.

    rows    : as many cells as there are columns, the last is next to the numbers
    returns : names, the cells of rows of rates, units that differ from those in the names, and how many rows these are
    """
    below: list[list[str]] = []
    for row in reversed(rows):
        below.insert(0, [cell.strip(" '\"#") for cell in row])
        if not (all(map(is_unit, below[0])) or _are_rates(below[0])):
            break
    count = len(below)
    names = below.pop(0) if below and not _are_rates(below[0]) else []
    rates = [cell for cells in below if _are_rates(cells) for cell in cells]
    others: list[str] = []
    for cells in (cells for cells in below if not _are_rates(cells)):
        stated = list(map(unit_in, names))
        others += [cell for cell, unit in zip(cells, stated, strict=False) if unit and differs("unit", unit, cell)]
        told = zip(names, cells, stated, strict=False)
        names = [f"{name} ({cell})" if cell and not unit else name for name, cell, unit in told]
    return names, rates, others, count


def _are_rates(cells: Sequence[str]) -> bool:
    return all(RATE_CELL.fullmatch(cell) and hertz(cell) for cell in cells)
