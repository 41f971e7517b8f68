"""The page as a widget: moving, choosing, sizes, and what it says of itself."""

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QToolButton

from cessl_gui.core.types import LEADS_12
from cessl_gui.ecg.display.filters import DisplayFilter
from cessl_gui.ui.page.canvas import fitting_scale
from cessl_gui.ui.page.layout import ruler
from cessl_gui.ui.page.layout.clock import clock, seconds_of
from cessl_gui.ui.page.layout.ruler import RulerDialog, dots_per_mm, keep_measured
from cessl_gui.ui.parts.tokens import DARK, HIGH_CONTRAST
from tests.records import make_record
from tests.ui.pages import choose, record
from tests.ui.pages import page as page


def test_keys_move_through_time(page):
    QTest.keyClick(page.canvas, Qt.Key.Key_Right)
    assert page.sheet.t0_s == pytest.approx(2.5)
    QTest.keyClick(page.canvas, Qt.Key.Key_Right, Qt.KeyboardModifier.ShiftModifier)
    assert page.sheet.t0_s == pytest.approx(12.5)
    QTest.keyClick(page.canvas, Qt.Key.Key_Left)
    assert page.sheet.t0_s == pytest.approx(10)
    for _ in range(9):
        QTest.keyClick(page.canvas, Qt.Key.Key_Left)
    assert page.sheet.t0_s == 0
    for _ in range(9):
        QTest.keyClick(page.canvas, Qt.Key.Key_Right, Qt.KeyboardModifier.ShiftModifier)
    assert page.sheet.t0_s == pytest.approx(50)  # the last full page


def test_keys_change_window_and_gain(page):
    QTest.keyClick(page.canvas, Qt.Key.Key_Home)
    assert page.sheet.speed_mm_per_s == 50
    QTest.keyClick(page.canvas, Qt.Key.Key_End)
    QTest.keyClick(page.canvas, Qt.Key.Key_End)
    assert page.sheet.speed_mm_per_s == 12.5
    QTest.keyClick(page.canvas, Qt.Key.Key_Plus)
    assert page.sheet.gain_mm_per_mv == 20
    QTest.keyClick(page.canvas, Qt.Key.Key_Plus)
    assert page.sheet.gain_mm_per_mv == 20
    for _ in range(3):
        QTest.keyClick(page.canvas, Qt.Key.Key_Minus)
    assert page.sheet.gain_mm_per_mv == 2.5


def test_wheel_and_drag_move_the_paper(page):
    middle = QPointF(page.canvas.rect().center())
    wheel = QWheelEvent(
        middle, page.canvas.mapToGlobal(middle), QPoint(), QPoint(0, -120), Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(page.canvas, wheel)
    assert page.sheet.t0_s == pytest.approx(2.5)
    start = middle.toPoint()
    QTest.mousePress(page.canvas, Qt.MouseButton.LeftButton, pos=start)
    QTest.mouseMove(page.canvas, start - QPoint(100, 0))
    QTest.mouseRelease(page.canvas, Qt.MouseButton.LeftButton, pos=start - QPoint(100, 0))
    moved_s = 100 / page.canvas.laid[0].dots_per_mm / 25
    assert page.sheet.t0_s == pytest.approx(2.5 + moved_s, abs=0.01)


def test_the_strip_of_the_whole_recording_and_the_time_field_jump(page):
    bar, time = page.footer.bar, page.footer.time
    QTest.mouseClick(bar, Qt.MouseButton.LeftButton, pos=QPoint(bar.width() // 2, 10))
    assert page.sheet.t0_s == pytest.approx(25, abs=0.2)
    QTest.keyClick(page.canvas, Qt.Key.Key_G)
    assert time.isVisible()
    QTest.keyClicks(time, "later")
    QTest.keyClick(time, Qt.Key.Key_Return)
    assert page.sheet.t0_s == pytest.approx(25, abs=0.2)
    time.clear()
    QTest.keyClicks(time, "0:40")
    QTest.keyClick(time, Qt.Key.Key_Return)
    assert page.sheet.t0_s == 40
    assert not time.isVisible()


def test_the_strip_stands_there_for_ten_seconds_too(page):
    page.set_record(record(10))
    assert page.footer.bar.isVisible()


def test_times_in_words():
    assert [seconds_of(t) for t in ("90", "1:30", "1:00:01.5", "soon", "", "1:2:3:4")] == [90, 90, 3601.5] + [None] * 3
    assert [clock(s) for s in (5, 65, 3661)] == ["0:05", "1:05", "1:01:01"]


def test_a_new_record_begins_at_its_beginning_and_keeps_the_choices(page):
    page.set_layout("12x1")
    page.set_gain(5)
    page.set_time(30)
    page.set_record(record(name="ECG 2"), {"V1": ("flat",)})
    assert (page.sheet.t0_s, page.sheet.layout.name, page.sheet.gain_mm_per_mv) == (0, "12x1", 5)
    assert page.sheet.notes == {"V1": ("flat",)}
    assert "ECG 2" in page.accessibleDescription()


def test_long_windows_are_for_long_recordings(page):
    page.set_record(record(3600, ("I", "II"), 10))
    page.set_speed(250 / 1800)
    assert page.sheet.window_s == pytest.approx(1800)
    page.set_record(record(10))
    assert page.sheet.speed_mm_per_s == 25


def test_view_menus_say_and_choose(page):
    tools, menus = page.toolbar, page.toolbar.menus
    assert tools.layout_button.accessibleDescription() == "3 × 4 + II"
    choose(menus.layout, "12x1")
    assert page.sheet.layout.name == "12x1"
    assert tools.layout_button.accessibleDescription() == "12 × 1"
    choose(menus.gain, 20)
    assert page.sheet.gain_mm_per_mv == 20
    assert [a.data() for a in menus.gain.actions() if a.isChecked()] == [20]
    choose(menus.speed, 50)
    assert page.footer.scale.text() == "50 mm/s · 20 mm/mV"


def test_columns_and_rhythm_lead_are_chosen_with_the_layout(page):
    next(a for a in page.toolbar.menus.layout.actions() if a.data() is True).trigger()
    assert page.sheet.simultaneous
    assert "simultaneous" in page.sheet.columns_words
    page.set_rhythm_lead("V1")
    assert page.footer.about.text() == "100 Hz · 3 × 4 + V1, simultaneous"
    page.set_layout("12x1")
    assert page.sheet.columns_words == ""


def test_chest_leads_at_half_gain_are_drawn_so_and_said(page):
    page.toolbar.menus._half.trigger()
    cells = {cell.source: page.sheet.gain(cell) for cell in page.sheet.cells}
    assert (cells["II"], cells["V4"]) == (10, 5)
    assert page.footer.scale.text() == "25 mm/s · 10 mm/mV, V1–V6 5 mm/mV"


def test_the_page_fits_beside_its_neighbours_in_a_small_window(page):
    page.set_filters(DisplayFilter(0.5, 40, 50))
    assert page.minimumSizeHint().width() <= 720


def test_every_control_has_a_name_for_screen_readers(page):
    for chip in page.findChildren(QToolButton):
        assert chip.accessibleName()
        assert chip.objectName()
    for widget in (page, page.canvas, page.footer.bar, page.footer.time):
        assert widget.accessibleName()


def test_the_page_fits_the_width_on_a_sharp_grid(page):
    for width in (760, 900, 1024, 1400):
        page.resize(width, 700)
        ink, where = page.canvas.laid
        right = (where.plot_left + 250) * ink.dots_per_mm
        assert right <= page.canvas.width()
        assert (5 * ink.dots_per_mm) % 1 == pytest.approx(0)
    assert fitting_scale(1000, 262, 2) * 10 % 1 == pytest.approx(0)


def test_a_flat_window_makes_the_page_smaller_instead_of_pressing_the_rows(page):
    page.set_layout("12x1")
    page.resize(1400, 420)
    _, where = page.canvas.laid
    assert where.row_height >= 6.5


def test_true_size_is_a_millimetre_per_millimetre(page):
    keep_measured(page.screen(), 4.0)
    page.set_size("true")
    ink, _ = page.canvas.laid
    assert ink.dots_per_mm == 4.0
    assert page.sheet.plot_mm < 250  # 900 px are 225 mm: fewer seconds, not smaller ones
    assert page.sheet.window_s == pytest.approx(page.sheet.plot_mm / 25)
    assert page.sheet.plot_mm % 20 == 0
    assert page.footer.size_button.text() == "paper size"
    page.set_size("fit")
    assert page.sheet.plot_mm == 250
    share = page.canvas.laid[0].dots_per_mm / 4
    assert page.footer.size_button.text() == f"{100 * share:.0f} % of paper size"
    assert f"{25 * share:.3g} mm/s" in page.footer.size_button.toolTip()


def test_a_magnified_page_says_how_large_it_is(page):
    keep_measured(page.screen(), 4.0)
    share = page.canvas.laid[0].dots_per_mm / 4
    page.canvas.magnify(2)
    assert page.footer.size_button.text() == f"×2, {200 * share:.0f} % of paper size"
    assert f"{50 * share:.3g} mm/s" in page.footer.size_button.toolTip()
    page.canvas.magnify(1)
    assert page.footer.size_button.text() == f"{100 * share:.0f} % of paper size"
    page.set_size("true")
    page.canvas.magnify(4)
    assert page.footer.size_button.text() == "×4, 400 % of paper size"


def test_one_millivolt_and_one_second_by_pixels_at_true_size(page):
    """A step of 1 mV at 1 s, at 5 pixels per mm: 125 pixels to the right and 50 up."""
    keep_measured(page.screen(), 5.0)
    signal = np.zeros((1, 5000), np.float32)
    signal[0, 500:] = 1
    page.set_theme(HIGH_CONTRAST)
    page.set_record(make_record(signal, id="s", leads=("II",)))
    page.set_size("true")
    ink, where = page.canvas.laid
    image = page.canvas.grab().toImage()
    pixels = np.array(
        [[image.pixelColor(x, y).lightness() < 110 for x in range(80, 320)] for y in range(image.height())]
    )
    baseline, top = (round(5 * where.y(page.sheet.cells[0], page.sheet, mv)) for mv in (0, 1))
    assert baseline - top == 50
    at = round(5 * where.plot_left) + 125 - 80
    assert pixels[baseline - 1 : baseline + 2, at - 20].any()
    assert not pixels[top - 1 : top + 2, at - 20].any()
    assert pixels[top - 1 : top + 2, at + 20].any()
    assert not pixels[baseline - 1 : baseline + 2, at + 20].any()
    rising = np.flatnonzero(pixels[(baseline + top) // 2, at - 20 : at + 20])
    assert rising.mean() == pytest.approx(20, abs=1)
    assert ink.dots_per_mm == 5


def test_implausible_screens_are_refused(page, qtbot, monkeypatch):
    class OneMillimetre:
        def __getattr__(self, name):
            return lambda: "odd"

        def physicalDotsPerInchX(self):
            return 25.4 * 1920

        def size(self):
            return page.screen().size()

    assert dots_per_mm(OneMillimetre()) is None
    assert dots_per_mm(None) is None
    dialog = RulerDialog(page.screen())
    qtbot.addWidget(dialog)
    dialog.length.setValue(2)
    dialog.accept()
    assert "no screen has" in dialog.said.text()
    dialog.length.setValue(100)
    dialog.accept()
    assert dots_per_mm(page.screen()) == pytest.approx(ruler.LINE_PX / 100)


def test_all_kinds_of_records_are_shown(page):
    rng = np.random.default_rng(0)
    odd = [
        record(10, ("II",)),
        record(10, (*LEADS_12, "V7", "V8", "V9")),
        record(0.2),
        record(10, fs_hz=20),
        record(0.5, fs_hz=100_000),
        make_record(np.empty((12, 0), np.float32), id="0", name="empty"),
        make_record(np.full((12, 5000), np.nan, np.float32), id="n", name="nan"),
        make_record(rng.choice([-32768, 32767], (12, 5000)), id="s", name="sat"),
        make_record(np.empty((0, 5000), np.float32), id="x", name="none", leads=()),
        None,
    ]
    for theme in (HIGH_CONTRAST, DARK):
        page.set_theme(theme)
        for each in odd:
            page.set_record(each)
            for name in ("3x4+1", "12x1", "1", "cabrera"):
                page.set_layout(name)
                assert not page.grab().isNull()


@pytest.mark.parametrize(("typed", "written"), [("a.pdf", "a.pdf"), ("b", "b.png")])
def test_the_save_button_writes_the_page(page, tmp_path, monkeypatch, typed, written):
    answer = (str(tmp_path / typed), "Picture, 300 dpi (*.png)")
    monkeypatch.setattr("cessl_gui.ui.parts.ask_file.QFileDialog.getSaveFileName", lambda *_: answer)
    page.toolbar.print.menu().actions()[1].trigger()
    assert (tmp_path / written).stat().st_size > 1000


def test_a_page_that_cannot_be_saved_says_so(page, tmp_path, monkeypatch):
    said = []
    monkeypatch.setattr(
        "cessl_gui.ui.parts.ask_file.QFileDialog.getSaveFileName",
        lambda *_: (str(tmp_path / "no" / "a.pdf"), ""),
    )
    (tmp_path / "no").write_text("")
    monkeypatch.setattr("cessl_gui.ui.page.drawing.printing.warn", lambda *words: said.append(words[-1]))
    page.ask_and_write()
    assert "cannot be written" in said[0]


@pytest.mark.parametrize("answer", ["Yes", "No"])
def test_a_name_that_gets_its_ending_from_us_takes_no_other_files_place_unasked(page, tmp_path, monkeypatch, answer):
    asked = []

    def question(*words):
        asked.append(words[-1])
        return answer == "Yes"

    monkeypatch.setattr(
        "cessl_gui.ui.parts.ask_file.QFileDialog.getSaveFileName",
        lambda *_: (str(tmp_path / "a"), "Drawing (*.svg)"),
    )
    monkeypatch.setattr("cessl_gui.ui.parts.ask_file.ask", question)
    (tmp_path / "a.svg").write_text("another")
    page.ask_and_write()
    assert asked == ["a.svg is there already. Replace it?"]
    assert ((tmp_path / "a.svg").read_text() == "another") == (answer == "No")


def test_synthetic_records_are_marked(page):
    page.set_theme(HIGH_CONTRAST)

    def darkness(synthetic: bool) -> float:
        signal = np.full((12, 5000), np.nan, np.float32)
        page.set_record(make_record(signal, id="a", synthetic=synthetic))
        image = page.canvas.grab().toImage()
        return sum(255 - image.pixelColor(x, y).lightness() for x in range(0, 900, 4) for y in range(30, 500, 4))

    assert darkness(True) > darkness(False) * 1.01


def test_the_part_of_a_day_that_is_shown_is_not_cut_off(page):
    page.set_record(record(86_400, leads=("II",), fs_hz=4.0, name="day"))
    page.set_window(250 / 3600, 45_296)
    span = page.footer.span
    assert span.text() == "12:34:56 – 13:34:56"
    assert span.toolTip() == "12:34:56 – 13:34:56 of 24:00:00"
    assert span.sizeHint().width() <= span.width()
