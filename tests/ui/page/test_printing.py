"""Pages on paper are to scale: read the PDF back and measure it."""

import re
import zlib
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtGui import QImage

from cessl_gui.core.errors import NotWritten
from cessl_gui.core.types import LEADS_12
from cessl_gui.ui.page.drawing.printing import paper_plan, write_page
from cessl_gui.ui.page.layout.sheet import Sheet
from cessl_gui.ui.parts.tokens import DARK, LIGHT
from tests.conftest import full_disk
from tests.records import make_record

POINT_MM = 25.4 / 72


def sheet(**more) -> Sheet:
    """All leads silent but for a step of 1 mV at 5 s, so that the traces are easy to find."""
    signal = np.zeros((12, 5000), np.float32)
    signal[:, 2500:] = 1
    record = make_record(
        signal, id="5f1c", name="MUELLER, EVA", source="/home/x", recorded_at="2014-03-02", patient="p1"
    )
    return Sheet(record, **more)


def pdf_paths(path: Path) -> list[np.ndarray]:
    """Every open path of the page's content, (points, 2) in mm from the top left corner."""
    data = path.read_bytes()
    height_pt = float(re.search(rb"/MediaBox \[0 0 [\d.]+ ([\d.]+)\]", data)[1])
    content = ""
    for match in re.finditer(rb"(?<!end)stream\r?\n", data):
        try:
            text = zlib.decompress(data[match.end() : data.index(b"endstream", match.end())]).decode("latin1")
        except zlib.error:
            continue
        content = max(content, text, key=len)
    scale, _, _, flip, left, top = map(float, re.search(r"^(.*) cm$", content, re.M)[1].split())
    assert scale == pytest.approx(-flip)
    paths: list[list] = []
    for x, y, how in re.findall(r"^([-\d.]+) ([-\d.]+) ([ml])$", content, re.M):
        if how == "m":
            paths.append([])
        point_pt = (float(x) * scale + left, height_pt - (float(y) * flip + top))
        paths[-1].append([point_pt[0] * POINT_MM, point_pt[1] * POINT_MM])
    return [np.array(p) for p in paths]


def test_pdf_is_a4_and_exact_to_half_a_percent(qapp, tmp_path):
    out = tmp_path / "page.pdf"
    write_page(sheet(), out)
    size = re.search(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", out.read_bytes())
    assert float(size[1]) * POINT_MM == pytest.approx(297, rel=0.005)
    assert float(size[2]) * POINT_MM == pytest.approx(210, rel=0.005)
    paths = pdf_paths(out)
    lines = [p for p in paths if len(p) == 2]
    upright = np.array(sorted(p[0, 0] for p in lines if np.ptp(p[:, 0]) < 0.001 and np.ptp(p[:, 1]) > 100))
    steps = np.diff(np.unique(upright.round(3)))
    assert len(upright) > 300
    assert steps == pytest.approx(np.ones_like(steps), rel=0.005)
    assert upright.max() - upright.min() == pytest.approx(round(upright.max() - upright.min()), rel=0.0005)
    pulses = [p for p in paths if len(p) == 6 and p[:, 0].max() < 30]  # glyphs of the page have six points too
    assert len(pulses) == 4
    for pulse in pulses:
        assert np.ptp(pulse[:, 1]) == pytest.approx(10, rel=0.005)
        assert pulse[3, 0] - pulse[2, 0] == pytest.approx(5, rel=0.005)
    rhythm = max((p for p in paths if len(p) > 4000), key=lambda p: p[:, 1].mean())
    assert np.ptp(rhythm[:, 0]) == pytest.approx(25 * 4999 / 500, rel=0.005)
    assert np.ptp(rhythm[:, 1]) == pytest.approx(10, rel=0.005)


@pytest.mark.parametrize(("speed", "gain"), [(50, 20), (12.5, 5)])
def test_pdf_follows_speed_and_gain(qapp, tmp_path, speed, gain):
    out = tmp_path / "page.pdf"
    write_page(sheet(speed_mm_per_s=speed, gain_mm_per_mv=gain), out)
    pulse = next(p for p in pdf_paths(out) if len(p) == 6)
    assert np.ptp(pulse[:, 1]) == pytest.approx(gain, rel=0.005)
    assert pulse[3, 0] - pulse[2, 0] == pytest.approx(0.2 * speed, rel=0.005)


def test_svg_says_all_that_must_stand_on_a_page_and_no_name(qapp, tmp_path):
    out = tmp_path / "page.svg"
    write_page(sheet(), out)
    text = " ".join(re.findall(r">([^<>]+)</text>", out.read_text(encoding="utf-8")))
    for words in (
        "25 mm/s",
        "10 mm/mV",
        "as recorded",
        "500 Hz",
        "consecutive",
        "Research use only",
        "5f1c",
    ):
        assert words in text, words
    assert all(re.search(rf"\b{lead}\b", text) for lead in LEADS_12)
    assert "MUELLER" not in text
    assert "2014" not in text
    assert "/home" not in text
    assert 'width="297mm" height="210mm"' in out.read_text(encoding="utf-8")


def test_pdf_names_nobody(qapp, tmp_path):
    out = tmp_path / "page.pdf"
    write_page(sheet(), out)
    assert b"M\x00U\x00E" not in out.read_bytes()
    assert b"MUELLER" not in out.read_bytes()


def test_png_carries_its_resolution_and_dark_pages_are_printed_on_paper(qapp, tmp_path):
    out = tmp_path / "page.png"
    write_page(sheet(theme=DARK), out)
    image = QImage(str(out))
    assert (image.width(), image.height()) == (3508, 2480)
    assert image.dotsPerMeterX() == pytest.approx(300 / 0.0254, rel=0.001)
    assert image.pixelColor(20, 20).lightness() > 240
    where = paper_plan(sheet())
    x = round((where.plot_left + 60) * 300 / 25.4)  # 2.4 s: before the step
    ys = [y for y in range(image.height()) if image.pixelColor(x, y).lightness() < 80]
    expected = where.baselines[3] * 300 / 25.4
    assert min(abs(y - expected) for y in ys) < 2
    assert LIGHT.dark is False


def test_what_cannot_be_written_gets_a_sentence(qapp, tmp_path):
    with pytest.raises(NotWritten, match=r"neither a \.pdf"):
        write_page(sheet(), tmp_path / "page.doc")
    (tmp_path / "file").write_text("")
    for name in ("page.pdf", "page.png", "page.svg"):
        with pytest.raises(NotWritten, match="a file lies where a folder is needed"):
            write_page(sheet(), tmp_path / "file" / name)


@pytest.mark.parametrize(
    ("name", "left"), [("page.pdf", 0), ("page.pdf", 10_000), ("page.png", 10_000), ("page.svg", 10_000)]
)
def test_a_full_disk_is_said_and_leaves_the_earlier_page(qapp, tmp_path, name, left):
    folder = tmp_path / "pages"  # beside it lies the home of the test
    folder.mkdir()
    with full_disk(left), pytest.raises(NotWritten, match=f"{name} cannot be written"):
        write_page(sheet(), folder / name)
    assert list(folder.iterdir()) == []
    write_page(sheet(), folder / name)
    before = (folder / name).read_bytes()
    with full_disk(left), pytest.raises(NotWritten):
        write_page(sheet(gain_mm_per_mv=20), folder / name)
    assert [(path.name, path.read_bytes()) for path in folder.iterdir()] == [(name, before)]


def test_an_empty_page_can_be_printed(qapp, tmp_path):
    write_page(Sheet(), tmp_path / "page.pdf")
    assert (tmp_path / "page.pdf").stat().st_size > 1000


def test_the_headline_tells_age_and_sex_as_the_header_does(qapp, tmp_path):
    write_page(Sheet(make_record(np.zeros((12, 5000)), age="300", sex="Female")), tmp_path / "page.svg")
    said = (tmp_path / "page.svg").read_text(encoding="utf-8")
    assert "over 89 y   ·   female" in said
