import numpy as np
import pytest

from index.embed import bundled_encoder
from index.fingerprint import TOLERANCE, fingerprint_of, is_made_by


class Changed:
    """An encoder that says the same tokens as another, with vectors that are off by a little."""

    def __init__(self, encoder, difference):
        self._encoder, self._difference = encoder, difference

    def __getattr__(self, name):
        return getattr(self._encoder, name)

    def encode_queries(self, texts):
        return self._encoder.encode_queries(texts) + np.float32(self._difference)

    def encode_documents(self, texts, *, show_progress=False):
        return self._encoder.encode_documents(texts) + np.float32(self._difference)


def test_what_a_model_made_is_made_by_it(words):
    assert is_made_by(fingerprint_of(words), words)
    assert is_made_by(fingerprint_of(bundled_encoder()), bundled_encoder())


def test_what_another_model_made_is_not(words):
    assert not is_made_by(fingerprint_of(words), bundled_encoder())
    assert not is_made_by(fingerprint_of(bundled_encoder()), words)


@pytest.mark.parametrize(("difference", "is_same"), [(TOLERANCE / 3, True), (TOLERANCE * 3, False)])
def test_another_processor_is_forgiven_and_another_model_is_not(words, difference, is_same):
    assert is_made_by(fingerprint_of(words), Changed(words, difference)) == is_same


def test_a_model_of_the_same_name_is_told_by_what_it_does():
    maker = fingerprint_of(bundled_encoder()) | {"stamp": "another version"}

    assert is_made_by(maker, bundled_encoder())
    assert not is_made_by(maker | {"probe": [[0.0]]}, bundled_encoder())


@pytest.mark.parametrize("key", ["probe", "text"])
def test_a_fingerprint_that_lacks_a_part_is_nobodys(words, key):
    maker = {name: value for name, value in fingerprint_of(words).items() if name != key}

    assert not is_made_by(maker, words)


def test_another_way_of_cutting_words_is_another_maker(words):
    assert not is_made_by(fingerprint_of(words) | {"text": "0" * 16}, words)


def test_a_fingerprint_says_the_model_by_name(words):
    fingerprint = fingerprint_of(words)

    assert (fingerprint["model"], fingerprint["dim"]) == ("words", 64)
    assert fingerprint == fingerprint_of(words)
