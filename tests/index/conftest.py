import pytest

from index import segment


@pytest.fixture(autouse=True)
def unsynced(monkeypatch):
    """Leave out waiting for the disk: it takes a quarter of a second for every segment, and no test cuts the power."""
    monkeypatch.setattr(segment, "sync_file", lambda path: None)
    monkeypatch.setattr(segment, "sync_folder", lambda path: None)
