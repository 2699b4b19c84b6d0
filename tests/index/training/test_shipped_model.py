import hashlib

import numpy as np
import pytest

from index.embed import BUNDLED_MODEL, StaticEncoder
from index.training.export import CHECKSUMS, MODEL_BYTES_LIMIT

TEXTS = [
    "丹东市政协共收到提案三百六十五件。",
    "丹東市政協共收到提案三百六十五件。",
    "How many proposals did the members submit?",
    "委員は何件の提案を提出しましたか。",
    "위원들은 몇 건의 제안을 제출했습니까?",
    "Сколько предложений внесли члены комитета?",
    "Wie viele Vorschläge wurden eingereicht?",
    "Combien de propositions ont été déposées ?",
    "¿Cuántas propuestas se presentaron?",
    "Có bao nhiêu đề xuất đã được gửi?",
    "كم عدد المقترحات المقدمة؟",
    "",
    "   ",
    "。！？",
    "\ue123 \ue456",
    "报告 report " * 100,
]


@pytest.fixture(scope="module")
def encoder():
    return StaticEncoder(BUNDLED_MODEL)


@pytest.mark.slow
def test_the_library_and_the_default_path_give_the_same_vectors_in_every_language(encoder):
    from sentence_transformers import SentenceTransformer

    model = SentenceTransformer(str(BUNDLED_MODEL), device="cpu")

    assert np.abs(model.encode(TEXTS) - encoder.encode_documents(TEXTS)).max() < 1e-5
    assert np.abs(model.encode_query(TEXTS) - encoder.encode_queries(TEXTS)).max() < 1e-5


def test_traditional_and_simplified_are_the_same_text(encoder):
    simplified, traditional = encoder.encode_documents(TEXTS[:2])

    assert np.array_equal(simplified, traditional)


def test_a_text_without_words_has_the_zero_vector_and_every_other_length_one(encoder):
    lengths = np.linalg.norm(encoder.encode_documents(TEXTS), axis=1)

    assert lengths == pytest.approx([1] * 11 + [0, 0, 0, 0, 1])


def test_question_weights_are_never_negative_and_words_of_asking_say_little(encoder):
    asking, telling = (encoder.token_ids([text])[0][-1:] for text in ("what", "proposal"))

    assert (encoder.token_weights(np.arange(1000, dtype=np.int32)) >= 0).all()
    assert encoder.token_weights(asking)[0] < 0.5 * encoder.token_weights(telling)[0]


def test_the_model_is_whole_and_small_enough():
    lines = (BUNDLED_MODEL / CHECKSUMS).read_text(encoding="utf-8").splitlines()
    sums = {name: digest for digest, name in (line.split("  ") for line in lines)}
    files = {path.relative_to(BUNDLED_MODEL).as_posix(): path for path in BUNDLED_MODEL.rglob("*") if path.is_file()}

    assert {name: hashlib.sha256(files[name].read_bytes()).hexdigest() for name in sums} == sums
    assert set(files) - set(sums) == {CHECKSUMS}
    assert sum(path.stat().st_size for path in files.values()) <= MODEL_BYTES_LIMIT
