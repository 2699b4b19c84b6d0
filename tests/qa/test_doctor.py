from dataclasses import replace

import pytest

from index.build import build_index
from index.parse import parse_text
from qa.config import APP_NAME, Settings
from qa.doctor import PACKAGES, examine


def _checks(index, **settings):
    return {check.name: check for check in examine(Settings(index=index, **settings))}


def _wrong(checks):
    """Return what is not well; that the project itself runs from its folder, not installed, is no matter."""
    return [name for name, check in checks.items() if not check.is_well and name != APP_NAME]


def test_a_sound_installation_has_nothing_wrong(report_index):
    checks = _checks(report_index)

    assert _wrong(checks) == []
    assert list(checks) == ["python", *PACKAGES, "model files", "model", "index", "made by"]
    assert checks["index"].finding.startswith("whole: 1 document(s), 1 incomplete, ")
    assert checks["made by"].finding == "bundled"


def test_no_index_is_nothing_wrong(tmp_path):
    assert _checks(tmp_path)["index"].finding == f"none yet in {tmp_path}; the first question builds it"


def test_a_damaged_file_of_the_index_is_named(words, tmp_path):
    build_index([parse_text("Fish swim.", source="a.txt")], words, tmp_path)
    path = max(tmp_path.rglob("segments/*/*"), key=lambda path: path.stat().st_size)
    path.write_bytes(path.read_bytes()[:-1] + b"\xff")

    check = _checks(tmp_path)["index"]

    assert not check.is_well
    assert str(path) in check.finding


def test_an_index_of_another_model_is_stale(words, tmp_path):
    build_index([parse_text("Fish swim.", source="a.txt")], words, tmp_path)

    check = _checks(tmp_path)["made by"]

    assert (check.is_well, check.finding) == (False, "words: stale, run qa build")


def test_a_model_that_cannot_be_loaded_is_said(report_index, monkeypatch, tmp_path):
    import index.embed
    import qa.doctor

    monkeypatch.setattr(qa.doctor, "BUNDLED_MODEL", tmp_path)
    monkeypatch.setattr(index.embed, "BUNDLED_MODEL", tmp_path)
    index.embed.bundled_encoder.cache_clear()
    try:
        checks = _checks(report_index)
    finally:
        index.embed.bundled_encoder.cache_clear()

    assert _wrong(checks) == ["model files", "model", "index"]
    assert checks["model files"].finding == f"there is no {tmp_path / 'SHA256SUMS'}"
    assert f"there is no {tmp_path / 'model.safetensors'}" in checks["model"].finding


def test_a_package_that_is_missing_is_said_with_the_command_that_installs_it(monkeypatch, tmp_path):
    import qa.doctor

    monkeypatch.setattr(qa.doctor, "PACKAGES", ("no-such-package",))

    check = _checks(tmp_path)["no-such-package"]

    assert not check.is_well
    assert check.finding.endswith("-m pip install no-such-package")
    assert replace(check, is_well=True) != check


@pytest.mark.parametrize("content", ["", "0" * 64 + "  model.safetensors\n"])
def test_a_changed_file_of_the_bundled_model_is_found(monkeypatch, tmp_path, content):
    import qa.doctor

    monkeypatch.setattr(qa.doctor, "BUNDLED_MODEL", tmp_path)
    (tmp_path / "SHA256SUMS").write_text(content)
    (tmp_path / "model.safetensors").write_bytes(b"changed")

    assert _checks(tmp_path / "none")["model files"].is_well == (content == "")
