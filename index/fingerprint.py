"""What made an index, told by behaviour: probe texts through the real parser, chunker, words and encoder.

A version number would have to be raised by hand; a probe cannot be forgotten. While not one file of the program or of
its bundled model has been touched since, the probe is not run again.
"""

import hashlib
import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from index.embed import BUNDLED_MODEL, BUNDLED_NAME, Encoder

PROBE = """一、工作回顾
一是提案工作成效显著。全年共征集提案三百七十九件，經審查立案279件，全部按时办结，组织提案办理协商30余次。
二是民主监督工作得以切实增强。The committee held 6 consultations and 4 inspections in 2019.
Комитет провёл четыре проверки.
二、主要任务
全年共举办讲堂4期，参加培训1200余人次。提案は何件でしたか。제안은 몇 건입니까?"""
COMPARED_DIMENSIONS = 24  # of each probe's vector are stored
TOLERANCE = 0.01  # another processor or library version differs by 1e-3 at most; another model by 0.1 and more


def fingerprint_of(encoder: Encoder) -> dict[str, Any]:
    """Return what an index must remember of its maker: the model's name and how it and the parser behave."""
    return {"model": encoder.name, "stamp": _stamp(), **_behaviour(encoder)}


def is_made_by(maker: Mapping[str, Any], encoder: Encoder) -> bool:
    """Whether this encoder, with today's parser, would make what that maker made."""
    if encoder.name == BUNDLED_NAME == maker.get("model") and maker.get("stamp") == _stamp():
        return True
    mine = _behaviour(encoder)
    theirs, ours = np.asarray(maker.get("probe", [])), np.asarray(mine["probe"])
    is_alike = theirs.shape == ours.shape and bool(np.allclose(theirs, ours, rtol=0, atol=TOLERANCE))
    return is_alike and (maker.get("dim"), maker.get("text")) == (mine["dim"], mine["text"])


def _behaviour(encoder: Encoder) -> dict[str, Any]:
    texts, words = _probe()
    ids = [tokens.tolist() for tokens in encoder.table.token_ids(texts)]
    vectors = np.concatenate([encoder.encode_documents(texts[:2]), encoder.encode_queries(texts[:1])])
    return {
        "dim": encoder.dim,
        "text": hashlib.sha256(json.dumps([texts, words, ids]).encode()).hexdigest()[:16],
        "probe": [[round(float(value), 4) for value in row[:COMPARED_DIMENSIONS]] for row in vectors],
    }


@cache
def _probe() -> tuple[list[str], list[list[str]]]:
    from index.chunk import chunk_document
    from index.context import indexed_text
    from index.parse import parse_text
    from index.words import terms

    document = parse_text(PROBE, source="probe")
    passages = chunk_document(document)
    texts = [indexed_text(document, passage) for passage in passages]
    return texts, [terms(text) for text in texts]


@cache
def _stamp() -> str:
    """Return a hash of the names, sizes and times of the program's and the bundled model's files."""
    package = Path(__file__).parent
    files = sorted([*package.glob("*.py"), *package.glob("data/*"), *BUNDLED_MODEL.glob("*")])
    states = [(file.name, file.stat().st_size, file.stat().st_mtime_ns) for file in files]
    return hashlib.sha256(json.dumps(states).encode()).hexdigest()[:16]
