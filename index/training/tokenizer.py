"""Text in all languages in, a Unigram tokenizer out, made for vectors that have no context.

Punctuation and spaces are taken out, a word is marked at its start, and pieces of Han characters and
kana stay short, because a long piece (政协委员) matches only itself.
"""

import json
import logging
import math
import random
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from itertools import pairwise, repeat
from pathlib import Path

from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers, trainers

from index.training.normalise import build_normalizer
from index.training.own import PREFIX as OWN
from index.training.readers import Pair

logger = logging.getLogger(__name__)

WORD_START = "▁"
MAX_HAN_CHARS = 2  # 政协|委员 finds both 政协 and 委员; pieces of 3 and more matched only themselves
MAX_KANA_CHARS = 6  # names of other languages are written in kana, and are words
MAX_PIECE_CHARS = 14  # of a part of a word
MAX_WORD_CHARS = 20
MIN_WORD_COUNT = 4  # in the sample; a rarer word's vector would be learnt from too little
OWN_REPEATS = 24  # times that a word of the own sources counts: pieces that are used some 12 times in the sample stay
MIN_PAIR_COUNT = 20  # of two Han characters side by side; most rarer pairs are no word
# What each further piece costs when a text is cut, in nats: a whole word is worth more than its parts
# even where the parts are likelier (proposal + s).
PIECE_COST = 4.0
# Arabic writes its article, and what stands before it, together with the word, and Korean its particles: cut off, a
# word has one vector and not one for each of them, in the two languages with the least data. A word that only looks so
# is cut everywhere alike, and what is left of it still is that word.
ARABIC_ARTICLE = r"^[وف]?(?:[بك]?ال|لل)(?=\p{Arabic}{2})"
KOREAN_PARTICLE = (
    r"(?<=\p{Hangul}{2})(?:에서는|에서|에게|에는|에도|으로|까지|부터"
    r"|들은|들이|들을|들의|들|[은는이가을를의에와과도로만])$"
)
# Left out altogether: a Russian noun has up to ten forms, each of them a vector to learn, and an Arabic word's end says
# how many there are and whose they are. The search takes the leftmost place where an ending fits: the longest ending.
RUSSIAN_ENDING = (
    r"(?<=\p{Cyrillic}{3})(?:[иь]?(?:[ая]ми|[ая][хм]|[ое][вйм]|[ое]ю|[аяоеиыуюй])|е(?:[яюией]|ев|ем|ям|ями|ях)"
    r"|ьми|ь|[ыи](?:[йехм]|ми)|[ое](?:[йем]|го|му)|ая|яя|ую|юю)$"
)
ARABIC_ENDING = r"(?<=\p{Arabic}{3})(?:(?:ي?ات|ت)?(?:هما|ها|هم|هن|ه|نا)|ي?ات|ي?ة|ي)$|(?<=\p{Arabic}{4})ي?[وي]ن$"
UNKNOWN = "<unk>"
# Characters of training text for each language, in millions: the reports are Chinese, most questions
# Chinese or English; the others get what their data allows.
SAMPLE_MEGACHARS = {
    "zh": 9.0, "en": 7.0, "ja": 4.0, "ko": 4.0, "ru": 5.0,
    "de": 4.0, "fr": 3.0, "es": 3.0, "vi": 2.5, "ar": 4.0,
}  # fmt: skip
SAMPLE_REPEATS = {"ar": 3}  # its data is little and archaic: what is asked of reports is rare in it
_SEPARATOR = "\n"
_CHUNK_WORDS = 100_000


def sample_texts(sources: Mapping[str, Iterable[Pair]], *, seed: int, scale: float = 1.0) -> Iterator[str]:
    """Sample each language up to its share, `scale` times over, every source by the square root of its size.

    The square root keeps statutes and software documentation from crowding out news and names. The project's own
    sources are taken whole, and repeated: they are the words that reports are asked about.
    """
    texts: dict[str, dict[str, list[str]]] = {language: {} for language in SAMPLE_MEGACHARS}
    for name, pairs in sources.items():
        if name.startswith(OWN):
            words = dict.fromkeys(text for pair in pairs for text in (pair.left, pair.right))
            yield from (text for text in words for _ in range(OWN_REPEATS))
            continue
        for pair in pairs:
            texts[pair.left_language].setdefault(name, []).append(pair.left)
            texts[pair.right_language].setdefault(name, []).append(pair.right)
    chooser = random.Random(seed)
    for language, by_source in texts.items():
        budgets = _share(
            {name: sum(map(len, found)) for name, found in by_source.items()},
            total=SAMPLE_MEGACHARS[language] * 1e6 * scale,
        )
        for name, found in by_source.items():
            chooser.shuffle(found)
            taken = 0
            for text in found:
                if taken > budgets[name]:
                    break
                taken += len(text)
                yield from repeat(text, SAMPLE_REPEATS.get(language, 1))


def train_tokenizer(texts: Iterable[str], *, seed_count: int, piece_count: int) -> Tokenizer:
    """Train the tokenizer.

    The library's Unigram trainer proposes parts of words. It never proposes a part that is always
    followed by the end of its word, so no whole word, unless it begins a longer one (proposal, but
    not proposals; 201, but not 2019). Whole words are what a vector without context is best at, so
    they join the proposals, and the most used of all stay.

    Args:
        texts: Training text, raw.
        seed_count: Parts of words that the library's trainer proposes.
        piece_count: Pieces in the end, at most.

    Returns:
        A tokenizer whose `encode` gives ids without special tokens; id 0 is the unknown piece.
    """
    normalizer = build_normalizer()
    lines = list(_cut_words(texts, normalizer))
    counts = Counter(word for line in lines for word in line)
    proposed = _propose_parts(lines, seed_count)
    total = counts.total()
    for word, count in (whole_words(counts) | _han_pairs(counts)).items():
        proposed[word] = math.log(count / total)
    return assemble(choose_pieces(proposed, counts, piece_count=piece_count), normalizer)


def count_words(texts: Iterable[str]) -> Counter[str]:
    """Count the words of texts, each marked at its start, as the tokenizer sees them."""
    return Counter(word for words in _cut_words(texts, build_normalizer()) for word in words)


def choose_pieces(
    proposed: Mapping[str, float], counts: Mapping[str, int], *, piece_count: int
) -> list[tuple[str, float]]:
    """Keep the pieces that cutting all words uses most, and score each by how often it is used.

    Characters always stay, so that no word of a known script is unknown.

    Args:
        proposed: Pieces and their log-probabilities.
        counts: Words, marked at their start, and how often they occur.
        piece_count: Pieces to keep, at most.
    """
    pieces = dict(proposed)
    for limit in (piece_count, piece_count):  # the second time, words fall back on what has stayed
        used = _count_uses(pieces, counts)
        characters = {piece for piece in pieces if len(piece) == 1}
        ranked = sorted(pieces.keys() - characters, key=lambda piece: (-used[piece], piece))
        kept = sorted(characters) + [piece for piece in ranked if used[piece]][: limit - len(characters) - 1]
        total = max(used.total(), 1)
        pieces = {piece: math.log((used[piece] + 0.5) / total) for piece in kept}
    logger.info("pieces: %d proposed, %d kept", len(proposed), len(pieces) + 1)
    return _vocabulary(pieces)


def assemble(pieces: list[tuple[str, float]], normalizer: normalizers.Normalizer) -> Tokenizer:
    """Put pieces and text handling together into the tokenizer that is shipped."""
    tokenizer = Tokenizer(models.Unigram(pieces, unk_id=0, byte_fallback=False))
    tokenizer.normalizer = normalizer
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [_word_splitter(), pre_tokenizers.Metaspace(WORD_START, prepend_scheme="always", split=False)]
    )
    return tokenizer


def save_tokenizer(tokenizer: Tokenizer, path: Path) -> None:
    """Save without indentation: a third smaller, and faster to load."""
    path.write_text(tokenizer.to_str(pretty=False), encoding="utf-8")


def _word_splitter() -> pre_tokenizers.PreTokenizer:
    return pre_tokenizers.Sequence(
        [
            pre_tokenizers.WhitespaceSplit(),
            pre_tokenizers.Punctuation("removed"),
            pre_tokenizers.UnicodeScripts(),
            pre_tokenizers.Split(Regex(ARABIC_ARTICLE), "isolated"),
            pre_tokenizers.Split(Regex(ARABIC_ENDING), "removed"),
            pre_tokenizers.Split(Regex(RUSSIAN_ENDING), "removed"),
            pre_tokenizers.Split(Regex(KOREAN_PARTICLE), "isolated"),
            pre_tokenizers.Split(Regex(KOREAN_PARTICLE), "isolated"),  # 전문가를 is cut twice, since 전문가 is cut
        ]
    )


def _cut_words(texts: Iterable[str], normalizer: normalizers.Normalizer) -> Iterator[list[str]]:
    splitter = _word_splitter()
    for text in texts:
        words = splitter.pre_tokenize_str(normalizer.normalize_str(text))
        yield [word if _is_unspaced(word[0]) else WORD_START + word for word, _ in words]


def _propose_parts(lines: Iterable[list[str]], seed_count: int) -> dict[str, float]:
    trainee = Tokenizer(models.Unigram())
    trainee.pre_tokenizer = pre_tokenizers.Split(_SEPARATOR, "removed")
    trainer = trainers.UnigramTrainer(
        vocab_size=seed_count,
        special_tokens=[UNKNOWN],
        unk_token=UNKNOWN,
        max_piece_length=MAX_PIECE_CHARS,
        show_progress=True,
    )
    trainee.train_from_iterator((_SEPARATOR.join(line) for line in lines), trainer)
    pieces = dict(json.loads(trainee.to_str())["model"]["vocab"])
    del pieces[UNKNOWN]
    pieces.setdefault(WORD_START, min(pieces.values()))
    return {piece: score for piece, score in pieces.items() if _is_short(piece)}


def _count_uses(pieces: Mapping[str, float], counts: Mapping[str, int]) -> Counter[str]:
    """Cut every word with a tokenizer of these pieces, and count."""
    vocabulary = _vocabulary(pieces)
    cutter = Tokenizer(models.Unigram(vocabulary, unk_id=0, byte_fallback=False))
    used: Counter[str] = Counter()
    words = list(counts)
    for first in range(0, len(words), _CHUNK_WORDS):
        chunk = words[first : first + _CHUNK_WORDS]
        for word, encoding in zip(chunk, cutter.encode_batch_fast(chunk), strict=True):
            for token in encoding.ids:
                used[vocabulary[token][0]] += counts[word]
    return used


def _is_short(piece: str) -> bool:
    """Whether a piece of Han characters or kana is short enough to match more than itself."""
    if _is_han(piece[0]):
        return len(piece) <= MAX_HAN_CHARS
    return not _is_unspaced(piece[0]) or len(piece) <= MAX_KANA_CHARS


def _vocabulary(pieces: Mapping[str, float]) -> list[tuple[str, float]]:
    return [(UNKNOWN, -PIECE_COST), *((piece, score - PIECE_COST) for piece, score in pieces.items())]


def whole_words(counts: Mapping[str, int]) -> dict[str, int]:
    """Return the words worth a piece of their own: used often enough, and of a script that has spaces."""
    return {
        word: count
        for word, count in counts.items()
        if count >= MIN_WORD_COUNT and len(word) <= MAX_WORD_CHARS and not _is_unspaced(word[0])
    }


def _han_pairs(counts: Mapping[str, int]) -> dict[str, int]:
    pairs: Counter[str] = Counter()
    for word, count in counts.items():
        for first, second in pairwise(word):
            if _is_han(first) and _is_han(second):
                pairs[first + second] += count
    return {pair: count for pair, count in pairs.items() if count >= MIN_PAIR_COUNT}


def _share(sizes: Mapping[str, int], *, total: float) -> dict[str, float]:
    roots = Counter({name: size**0.5 for name, size in sizes.items()})
    scale = total / max(roots.total(), 1.0)
    return {name: root * scale for name, root in roots.items()}


def _is_han(character: str) -> bool:
    return "\u3400" <= character <= "\u9fff" or character in "々〇"


def _is_unspaced(character: str) -> bool:
    return _is_han(character) or "\u3040" <= character <= "\u30ff"
