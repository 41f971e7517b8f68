"""Age and sex of a patient in words."""

from __future__ import annotations

_SEXES = ("f", "m", "female", "male", "w")


def age_words(age: str) -> str:
    """With its unit; 300 stands for an age over 89, which is not told."""
    number = age.strip()
    if number.replace(".", "", 1).isdigit():
        return "over 89 y" if float(number) >= 300 else f"{float(number):g} y"
    return number


def sex_words(sex: str) -> str:
    """ "female" for F, Female and the like; as written where it is neither."""
    return {"f": "female", "m": "male"}.get(sex.strip()[:1].lower(), sex) if sex.strip().lower() in _SEXES else sex
