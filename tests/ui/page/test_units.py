"""Units of calipers, crosshair and ST levels, as chosen."""

import pytest

from cessl_gui.core.types import Caliper
from cessl_gui.ui.evidence.measurement_table import level_words
from cessl_gui.ui.page.layout.sheet import Sheet
from cessl_gui.ui.page.tools.calipers import readings
from cessl_gui.ui.parts.preferences import preferences
from cessl_gui.ui.parts.units import choose_time_unit, choose_voltage_unit, sample_words, time_unit, voltage_unit
from cessl_gui.ui.shell.main_rooms.settings import SettingsRoom

CALIPER = Caliper("a", "II", 0.8, 1.6, 0.0, -0.25)


def test_without_a_choice_they_are_mv_and_ms():
    assert readings(CALIPER, Sheet()) == "800 ms  75/min  20.0 mm   ·   -0.25 mV  2.5 mm"
    assert level_words(-0.05) == "−0.05"


def test_microvolts_and_seconds():
    choose_voltage_unit("uV")
    choose_time_unit("s")
    assert readings(CALIPER, Sheet()) == "0.800 s  75/min  20.0 mm   ·   -250 µV  2.5 mm"
    assert sample_words(0.123) == "+123 µV"
    assert [level_words(mv) for mv in (0.12, -0.05, 0.004, None)] == ["+120", "−50", "0", "–"]


@pytest.mark.parametrize("key", ["voltage_unit", "time_unit"])
def test_a_choice_that_there_is_not_counts_as_none(key):
    preferences().setValue(key, "furlong")
    assert (voltage_unit(), time_unit()) == ("mV", "ms")


def test_the_settings_keep_them_and_tell_the_page(session, qtbot):
    room = SettingsRoom(session, "light")
    qtbot.addWidget(room)
    told = []
    room.units_changed.connect(lambda: told.append(1))
    for box, unit in ((room.voltage, "uV"), (room.time, "s")):
        box.setCurrentIndex(box.findData(unit))
        box.activated.emit(box.currentIndex())
    assert (voltage_unit(), time_unit()) == ("uV", "s")
    assert len(told) == 2
