"""Bytes to text: which encoding a file is in, decided from its bytes alone and reported.

The order: byte order mark, UTF-8, what the format declares, then whichever of GB18030, Big5 and UTF-16 without a mark
gives the more ordinary text. A few damaged bytes in a long text are counted and replaced. This module knows no file and
no format.
"""

import codecs
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from index.readers.types import Refused

BYTE_ORDER_MARKS = (  # longest first: the mark of UTF-16 opens that of UTF-32
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
SUPERSETS = {"gb2312": "gb18030", "gbk": "gb18030", "ascii": "utf-8", "big5": "cp950"}  # what files mean by the name
CANDIDATES = ("gb18030", "cp950", "utf-16-le", "utf-16-be")  # in order of how common they are: a tie goes to the first
NAMES = {"cp950": "big5"}  # Python's big5 lacks the characters that Windows adds; they are one encoding to a person
SAMPLE_BYTES = 1 << 16  # judged to choose among candidates: more changes no choice
ORDINARY = 0.5  # least mean weight of a character to be believed: level 1 alone gives 0.6, French as GB18030 -0.1
DAMAGED_SHARE = 0.001  # of the characters, and one more, may be damaged: a file cut off in the middle of one
INTACT_CHARACTERS = 10  # beyond ASCII that must stand for each damaged one, or else the encoding is another
REPLACEMENT = "\ufffd"
CONTROLS_ALLOWED = 0.01  # share of control characters above which text is binary junk

# The 420 characters that official reports and laws use most, 100 of everyday Chinese, and their
# traditional forms: four of five characters of a running text. Counted in national and provincial reports and in laws.
FREQUENT = frozenset(
    "的和业人发国政民建展化全大行进设新加实一工产会定法生务中动制保理第力有经以条推地区规作应等高十市强体资用管提增要"
    "持改重合施能机关公当主成不年在部开本为社对家事上农济水三出基城入平安服者治企创度性二府方面项革量代长质五深门位育"
    "构好现级点文支个员技坚品或同护共万场标物金造快通各是学收科自费域系分下稳续效其投内权村完责教程优源目向防监放善期"
    "省时四外升策利准活元及调处可更决营得融单依境与结环我取信心院任立医划运办到交促统表范就险领所总特障电多由件消商乡"
    "态型职并协明健亿居委供口计县查议财导步照海组过批路群证际整转案专审扩集解道数积落术格式求于们督报镇义接价战预色流"
    "极小相风前他使备情违按众房正确款织做养控需日台六引益据网题问之局严意形车综达排检置指试次执率律础节常贸列后军请未"
    "培税间老值住联气措减负受易污央配低核打告两例精了线验补疗党变族从果突八比研予广具复来绿反助记类七校均算模息先起争"
    "给维采难土别清继超略承势种卫百书围励染降原布示必药兴西林这子你说着那她也里而天去然么都看没只如把还样想美无己最女"
    "但些手又"
    "業發國進設實產會務動經條區規應強體資機關當開爲對農濟創項長質門構現級點個員堅護萬場標學費穩續內權責優監時準調處決"
    "營單與結環醫劃運辦統範險領總電鄉態職並協億計縣議財導組過羣證際轉專審擴數積術於們報鎮義價戰預極風備違衆確織養臺據"
    "網題問嚴車綜達檢試執礎節貿後軍請稅間聯氣減負兩線驗補療黨變從廣復來綠記類爭給維採難別繼勢種衛書圍勵藥興這說裏麼沒"
    "還樣無"
)


@dataclass(frozen=True, slots=True)
class Decoded:
    """Text and the encoding that gave it; a byte order mark is not part of the text.

    `replaced` counts the characters that stand as U+FFFD because their bytes are damaged.
    """

    text: str
    encoding: str
    replaced: int = 0


def decode(data: bytes, *, declared: str | None = None) -> Decoded:
    """Decode a file.

    Args:
        data: The whole file.
        declared: The encoding that the file's format names, such as HTML's `charset`; believed if the bytes agree.

    Returns:
        The text, never normalised, and the encoding's name in lower case.

    Raises:
        Refused: If the bytes are binary junk or in an encoding that is not read.

    Example:
        >>> decode("提案".encode("gb18030"))
        Decoded(text='提案', encoding='gb18030', replaced=0)
    """
    for mark, encoding in BYTE_ORDER_MARKS:
        if data.startswith(mark):
            return _checked(Decoded(_decode_strictly(data[len(mark) :], encoding), encoding))
    for encoding in filter(None, ("utf-8", _known(declared))):
        decoded = _try_to_decode(data, encoding)
        if decoded is not None and "\0" not in decoded:
            return _checked(Decoded(decoded, encoding))
    return _most_ordinary(data)


def weigh_character(character: str) -> float:
    """Return how ordinary a character is in running text, from -2 (no text has it) to 1 (every text has it)."""
    code = ord(character)
    if character in FREQUENT or 0x20 <= code < 0x7F or character in "\t\r\n":
        return 1.0
    if 0x3000 <= code <= 0x30FF or 0xFF00 <= code <= 0xFF65 or character in "“”‘’—…·《》":
        return 0.9
    if 0x4E00 <= code <= 0x9FFF:
        return 0.6 if _is_in_a_basic_set(character) else -0.5
    if unicodedata.category(character) in {"Cc", "Cn", "Co", "Cs"}:
        return -2.0
    return 0.2 if code < 0x2E80 else -0.5


def _is_in_a_basic_set(character: str) -> bool:
    """Whether GB 2312 level 1 (lead bytes B0 to D7) or Big5 level 1 (A4 to C6) has the character."""
    simplified, traditional = (character.encode(name, "ignore")[:1] for name in ("gb2312", "big5"))
    return b"\xb0" <= simplified <= b"\xd7" or b"\xa4" <= traditional <= b"\xc6"


def _most_ordinary(data: bytes) -> Decoded:
    """Choose among the encodings that fit, or else among those that nearly fit: a file may have a damaged byte."""
    for errors, encodings in (("strict", CANDIDATES), ("replace", ("utf-8", *CANDIDATES))):
        weighed = list(_weighed_candidates(data, encodings, errors))
        if weighed:
            weight, best = max(weighed, key=lambda pair: pair[0])
            if weight >= ORDINARY:
                return _checked(best)
    if b"\0" in data:
        raise Refused("it holds NUL bytes, so it is no text")
    raise Refused(
        f"it is in none of the encodings that are read (UTF-8: byte {_first_wrong_byte(data):,} is wrong; "
        "GB18030, Big5, UTF-16); save it as UTF-8"
    )


def _weighed_candidates(data: bytes, encodings: Sequence[str], errors: str) -> Iterator[tuple[float, Decoded]]:
    for encoding in encodings:
        text = _try_to_decode(data, encoding, errors)
        if text is None or "\0" in text:
            continue
        replaced = text.count(REPLACEMENT) if errors == "replace" else 0
        sample = text[:SAMPLE_BYTES]
        sample = "".join(character for character in sample if not character.isascii()) or sample
        is_believable = replaced <= 1 + DAMAGED_SHARE * len(text) and replaced * INTACT_CHARACTERS <= len(sample)
        if sample and is_believable:
            yield sum(map(weigh_character, sample)) / len(sample), Decoded(text, encoding, replaced)


def _known(declared: str | None) -> str | None:
    """Return Python's name of a declared encoding; a declared UTF-16 is never true, or it could not have been read."""
    try:
        name = codecs.lookup((declared or "").strip()).name
    except (LookupError, ValueError):
        return None
    return None if name.startswith("utf") else SUPERSETS.get(name, name)


def _try_to_decode(data: bytes, encoding: str, errors: str = "strict") -> str | None:
    try:
        return data.decode(encoding, errors)
    except (UnicodeError, LookupError):
        return None


def _decode_strictly(data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeError as error:
        where = f"byte {error.start:,}" if isinstance(error, UnicodeDecodeError) else "its bytes"
        raise Refused(f"its mark says {encoding}, but {where} is wrong; save it as UTF-8") from error


def _first_wrong_byte(data: bytes) -> int:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as error:
        return error.start
    return len(data)


def _checked(decoded: Decoded) -> Decoded:
    text = decoded.text
    if "\0" in text:
        raise Refused("it holds NUL characters, so it is no text")
    controls = sum(text.count(chr(code)) for code in (*range(1, 9), *range(14, 32), 127))
    if controls > CONTROLS_ALLOWED * len(text) + 8:
        raise Refused(f"{controls:,} of its {len(text):,} characters are control characters, so it is no text")
    return Decoded(text, NAMES.get(decoded.encoding, decoded.encoding), decoded.replaced)
