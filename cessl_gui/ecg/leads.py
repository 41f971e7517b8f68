"""Lead names in any spelling, and the limb leads that others determine."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from cessl_gui.core.types import LEADS_12

_CANONICAL = {lead.casefold(): lead for lead in LEADS_12} | {"di": "I", "dii": "II", "diii": "III"}
_CANONICAL |= {f"-{lead.casefold()}": f"-{lead}" for lead in LEADS_12}  # Cabrera's -aVR is another lead than aVR
_PREFIX = re.compile(r"^(mdc_ecg_lead_|mdc_ecg_elec_potl_|lead[\s_:-]*|ecg[\s_:-]+)", re.IGNORECASE)


def canonical_lead(name: str) -> str:
    """The name as in LEADS_12 for any spelling of it (DI, avr, MDC_ECG_LEAD_V1, "ECG II"); others are only stripped."""
    stripped = name.strip()
    return _CANONICAL.get(_PREFIX.sub("", stripped).casefold(), stripped)


def with_derived(signal_mv: np.ndarray, names: Sequence[str]) -> tuple[np.ndarray, tuple[str, ...], tuple[str, ...]]:
    """Add the limb leads that two others determine, and put the standard leads first, in their usual order.

    signal_mv : (leads, samples), mV
    returns   : signal, names, names of the derived leads
    """
    rows = dict(zip((canonical_lead(n) for n in names), signal_mv, strict=True))
    derived = []
    one, two, three = (rows.get(lead) for lead in ("I", "II", "III"))
    # Einthoven: II = I + III. Two of the three give the third, and they give Goldberger's leads.
    if one is None and two is not None and three is not None:
        rows["I"] = two - three
        derived.append("I")
    elif two is None and one is not None and three is not None:
        rows["II"] = one + three
        derived.append("II")
    elif three is None and one is not None and two is not None:
        rows["III"] = two - one
        derived.append("III")
    if "I" in rows and "II" in rows:
        one, two = rows["I"], rows["II"]
        for lead, value in (("aVR", -(one + two) / 2), ("aVL", one - two / 2), ("aVF", two - one / 2)):
            if lead not in rows:
                rows[lead] = value
                derived.append(lead)
    order = [lead for lead in LEADS_12 if lead in rows] + [lead for lead in rows if lead not in LEADS_12]
    if not derived and order == list(names):
        return signal_mv, tuple(order), ()
    return np.stack([rows[lead] for lead in order]), tuple(order), tuple(lead for lead in order if lead in derived)
