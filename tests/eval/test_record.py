import json

import pytest

from eval.measure import measure_run
from eval.record import read_run, reports_to_json
from index.errors import BadQuestionSet


@pytest.fixture
def run(make_outcome, make_run):
    return make_run(
        "all",
        make_outcome("a", [0, 1], confidence=0.75),
        make_outcome("x", [0], answerable=False, confidence=0.25),
        make_outcome("y", [], answerable=False),
    )


def test_a_run_that_was_recorded_is_read_back_whole(run, tmp_path):
    path = tmp_path / "run.json"
    path.write_text(reports_to_json([measure_run(run)]), encoding="utf-8")

    assert read_run(path) == run


def test_a_record_says_how_to_get_it_again(run):
    recorded = json.loads(reports_to_json([measure_run(run)]))

    assert recorded["provenance"]["command"] == "qa eval"
    assert recorded["provenance"]["commit"] == "0123456"
    assert recorded["measures"]["all"]["MRR@10"]["value"] == 0.5


def test_several_reports_are_a_list_and_the_last_is_read(run, tmp_path, make_outcome, make_run):
    path = tmp_path / "run.json"
    path.write_text(reports_to_json([measure_run(make_run("other", make_outcome("b", [1]))), measure_run(run)]))

    assert read_run(path).name == "all"


@pytest.mark.parametrize("content", ["", "{}", "[]", '{"format": 0}', '{"format": 1, "name": "a", "provenance": {}}'])
def test_a_file_that_is_no_record_is_an_error(tmp_path, content):
    (tmp_path / "run.json").write_text(content)

    with pytest.raises(BadQuestionSet, match="not a recorded evaluation"):
        read_run(tmp_path / "run.json")
