import pytest

from index.errors import BadQuestion
from index.store import DocumentEntry
from qa.select import name_fits, select_documents


def _entry(name, day=None, path=None):
    return DocumentEntry(
        id=f"{name:0<12}",
        source=f"folder/{name}.txt",
        path=path or f"/home/folder/{name}.txt",
        line=None,
        sha256=f"{name:0<64}",
        title=f"Report of {name}",
        language="en",
        date=day,
        pages=0,
        page_total=None,
        missing_pages=(),
        passages=1,
    )


ENTRIES = (_entry("aa", "2019-05-01"), _entry("bb", "2020-01-06"), _entry("cc"))


def _chosen(**flags):
    wanted = select_documents(**flags)
    return [entry.source[7:9] for entry in ENTRIES if wanted is None or wanted(entry)]


@pytest.mark.parametrize(
    ("flags", "chosen"),
    [
        ({}, ["aa", "bb", "cc"]),
        ({"documents": ["aa0"]}, ["aa"]),
        ({"documents": ["of b", "cc.txt"]}, ["bb", "cc"]),
        ({"documents": ["zz"]}, []),
        ({"since": "2019-05-01"}, ["aa", "bb"]),
        ({"since": "2019-05-02"}, ["bb"]),
        ({"until": "2019-12-31"}, ["aa"]),
        ({"since": "2020-01-06", "until": "2020-01-06"}, ["bb"]),
        ({"path": "folder/a"}, ["aa"]),
        ({"path": "/home/folder"}, ["aa", "bb", "cc"]),
        ({"path": "older"}, []),
        ({"documents": ["Report"], "since": "2020-01-01", "path": "folder"}, ["bb"]),
    ],
)
def test_flags_choose_documents(flags, chosen):
    assert _chosen(**flags) == chosen


@pytest.mark.parametrize("day", ["2020", "2020-13-01", "yesterday", ""])
def test_a_date_that_is_none_is_named_with_its_flag(day):
    with pytest.raises(BadQuestion, match="--until takes a date like 2020-01-06"):
        select_documents(until=day)


def test_no_flags_are_no_test():
    assert select_documents() is None


def test_a_name_fits_an_id_from_its_beginning_and_a_title_in_any_part():
    entry = ENTRIES[0]

    assert [name_fits(entry, name) for name in ("aa00", "00", "rt of", "folder", "/home/folder/aa.txt", "/home")] == [
        True,
        False,
        True,
        True,
        True,
        False,
    ]
