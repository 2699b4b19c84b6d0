from pathlib import Path

import pytest

from qa.config import Settings, default_index_folder, read_settings


def test_the_environment_says_where_with_what_and_in_which_language():
    environment = {"QA_INDEX": "/tmp/i", "QA_MODEL": "m", "QA_LANG": "zh"}

    assert read_settings(environment) == Settings(index=Path("/tmp/i"), model="m", lang="zh")


@pytest.mark.parametrize("environment", [{}, {"QA_INDEX": "", "QA_MODEL": "", "QA_LANG": ""}, {"QA_LANG": "xx"}])
def test_what_is_not_said_is_the_default(environment):
    assert read_settings(environment) == Settings(index=default_index_folder(), model=None, lang=None)


def test_a_tilde_is_the_home_folder():
    assert read_settings({"QA_INDEX": "~/i"}).index == Path.home() / "i"


def test_the_default_folder_is_named_for_the_program():
    assert default_index_folder().parts[-2:] == ("report-qa", "index")
