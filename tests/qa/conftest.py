"""A library of three short documents, whose cosines can be computed on paper, and the report's own library."""

import io

import pytest
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen.canvas import Canvas

from index.build import build_index, build_report_index
from index.embed import bundled_encoder
from index.parse import parse_text

FISH = """Report on Fish

Page 1 of 3

The committee received 379 proposals about fish in 2019. All of them were answered within the year.
The harbour was visited by 82 groups of guests.

Page 2 of 3

A second boat was built in the summer.
"""
TREE = "Trees of the county\nNine thousand trees were planted along the river. None of them was cut."
EVIL = "Evil \x1b[31mred\x1b[0m text\u202e with a bell\x07.\nIt names the evil word."


@pytest.fixture
def texts():
    return {"fish.txt": FISH, "tree.txt": TREE, "evil.txt": EVIL}


@pytest.fixture
def library(texts, words, tmp_path):
    documents = [parse_text(text, source=source) for source, text in texts.items()]
    return build_index(documents, words, tmp_path / "words-index")


@pytest.fixture(scope="session")
def report_index(tmp_path_factory):
    """The folder of an index of the report, made by the bundled model."""
    folder = tmp_path_factory.mktemp("qa") / "index"
    build_report_index(bundled_encoder(), folder)
    return folder


@pytest.fixture
def make_pdf():
    """Draw pages on sheets of A4: each is lines by how many points they stand above its foot."""

    def draw(*pages):
        pdfmetrics.registerFont(UnicodeCIDFont("STSong-Light"))
        file = io.BytesIO()
        canvas = Canvas(file, pagesize=(595, 842), invariant=True)
        for lines in pages:
            canvas.setFont("STSong-Light", 12)
            for height, line in lines.items():
                canvas.drawString(70, height, line)
            canvas.showPage()
        canvas.save()
        return file.getvalue()

    return draw
