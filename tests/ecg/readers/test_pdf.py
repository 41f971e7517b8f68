"""Pages of MUSE that we draw: lines of samples in 0.01 mm, names beside them."""

import numpy as np
import pytest

from cessl_gui.core.types import LEADS_12
from cessl_gui.ecg.readers import find_recordings, read_recording
from tests.ecg.recordings import refusal

pytest.importorskip("pypdf")
HUNDREDTH_MM = 72 / 2540
WORDS = ("25mm/s", "10mm/mV", "Vent. rate 61 BPM", "PR interval 160 ms", "QT/QTc 400/410 ms", "P-R-T axes 50 -20 40")


def document(path, content: bytes):
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 842 595]/Contents 4 0 R/Resources<</Font<</F 5 0 R>>>>>>",
        b"<</Length %d>>stream\n" % len(content) + content + b"\nendstream",
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>",
    ]
    data, places = b"%PDF-1.4\n", []
    for number, body in enumerate(objects, 1):
        places.append(len(data))
        data += b"%d 0 obj" % number + body + b"endobj\n"
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    tail = b"trailer<</Size 6/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF" % len(data)
    path.write_bytes(data + b"xref\n0 6\n0000000000 65535 f \n" + table + tail)
    return path


def line(x, y, row):
    points = [f"{x + 5 * i} {y + value}" for i, value in enumerate(row)]
    return f"{points[0]} m {' '.join(f'{point} l' for point in points[1:])} S"


def label(x, y, text):
    return f"BT /F 300 Tf 1 0 0 1 {x} {y} Tm ({text}) Tj ET"


def page(folder, rows, rhythm, words=WORDS):
    """Three rows of four columns of 1,238 samples, lead by lead downwards, and lead II whole below."""
    drawn = [f"q {HUNDREDTH_MM:.8f} 0 0 {HUNDREDTH_MM:.8f} 0 0 cm"]
    drawn += ["0 0 m 27000 0 l S 0 500 m 27000 500 l S"]  # paper
    for i, lead in enumerate(LEADS_12):
        x, y = 1000 + (i // 3) * 6250, 15000 - (i % 3) * 3000
        drawn += [line(x, y, rows[i]), label(x + 50, y + 600, lead)]
    drawn += [line(1000, 4000, rhythm), label(1050, 4600, "II")]
    drawn += [label(1000, 500 + 400 * i, text) for i, text in enumerate(words)]
    return document(folder / "muse.pdf", "\n".join([*drawn, "Q"]).encode())


def samples(seed=0):
    random = np.random.default_rng(seed)
    rows = random.integers(-900, 900, (12, 1238))
    return rows - np.median(rows, axis=1, keepdims=True).astype(int), random.integers(-900, 900, 5000)


def test_each_lead_has_its_samples_where_the_page_shows_them(tmp_path):
    rows, rhythm = samples()
    record = read_recording(page(tmp_path, rows, rhythm))
    assert record.leads == LEADS_12
    assert (record.fs_hz, record.signal_mv.shape) == (500, (12, 5000))
    v1 = record.signal_mv[LEADS_12.index("V1")]
    begin = 2 * 1250
    assert np.abs(v1[begin : begin + 1238] - rows[6] / 1000).max() <= 2e-3
    assert np.isnan(v1[:begin]).all()
    assert np.isnan(v1[begin + 1238 :]).all()


def test_the_rhythm_strip_shows_its_lead_whole(tmp_path):
    rows, rhythm = samples()
    record = read_recording(page(tmp_path, rows, rhythm))
    expected = (rhythm - np.median(rhythm)) / 1000
    assert np.abs(record.signal_mv[LEADS_12.index("II")] - expected).max() <= 2e-3


def test_figures_are_read_from_the_words(tmp_path):
    device = read_recording(page(tmp_path, *samples())).device
    assert device == {"rate": 61, "pr": 160, "qt": 400, "qtc": 410, "p_axis": 50, "qrs_axis": -20, "t_axis": 40}


@pytest.mark.parametrize(("words", "says"), [(WORDS[1:], "paper speed"), (WORDS[:1], "gain")])
def test_without_speed_or_gain_the_page_is_refused(tmp_path, words, says):
    assert says in refusal(page(tmp_path, *samples(), words=words))


def test_half_the_speed_and_gain_are_followed(tmp_path):
    rows, rhythm = samples()
    record = read_recording(page(tmp_path, rows, rhythm, words=("50 mm/s", "5 mm/mV")))
    assert record.fs_hz == 1000
    assert np.nanmax(record.signal_mv[0]) == pytest.approx(rows[0].max() / 500, abs=5e-3)


def test_a_page_without_lines_is_refused(tmp_path):
    path = document(tmp_path / "scan.pdf", b"q 842 0 0 595 0 0 cm Q BT /F 12 Tf (25mm/s 10mm/mV) Tj ET")
    assert "a scan or a report has no samples" in refusal(path)


def test_a_damaged_file_is_refused(tmp_path):
    (tmp_path / "x.pdf").write_bytes(b"%PDF-1.4\n" + bytes(300))
    assert refusal(tmp_path / "x.pdf")


def test_a_folder_import_takes_no_pdf_and_says_so(tmp_path):
    path = page(tmp_path, *samples())
    assert find_recordings([tmp_path]) == []
    assert find_recordings([path]) == [path]
