import pytest

from index.build import build_index
from index.embed import bundled_encoder
from index.errors import IndexStale
from index.parse import parse_text
from index.store import REPORT_SOURCE
from qa.library import open_or_build


def _open(folder, encoder, told, model=None):
    return open_or_build(folder, encoder, model=model, tell=lambda: told.append("building"))


def test_where_nothing_is_the_report_is_built_and_told(tmp_path):
    told = []
    library = _open(tmp_path / "new", bundled_encoder(), told)

    again = _open(tmp_path / "new", bundled_encoder(), told)

    assert told == ["building"]
    assert [entry.source for entry in library.manifest.documents] == [REPORT_SOURCE]
    assert again.manifest == library.manifest


def test_the_reports_own_index_is_built_again_by_another_model(words, tmp_path):
    told = []
    _open(tmp_path, words, told)
    library = _open(tmp_path, bundled_encoder(), told)

    assert told == ["building", "building"]
    assert library.manifest.maker["model"] == "bundled"


def test_an_index_of_ones_own_documents_is_never_thrown_away(words, tmp_path):
    told = []
    build_index([parse_text("Fish swim.", source="a.txt")], words, tmp_path)

    with pytest.raises(IndexStale, match="was made by words, not by bundled; rebuild it with: qa build"):
        _open(tmp_path, bundled_encoder(), told)
    assert told == []


def test_the_message_names_the_model_that_asks(words, tmp_path):
    build_index([parse_text("Fish swim.", source="a.txt")], words, tmp_path)

    with pytest.raises(IndexStale, match="qa build --model some/model"):
        _open(tmp_path, bundled_encoder(), [], model="some/model")
