"""What is indexed with a passage beside its own words: the document, and the headings that it stands under.

Thirty reports say the same sentence with other numbers; which province and which year stands in the title. The parts
are kept apart, because late interaction compares a question with the passage and with the document separately: the
words of a long title would match any question a little, in every passage alike.
"""

from collections.abc import Iterable, Sequence

import numpy as np

from index.embed import TokenIds, TokenTable
from index.late import Candidate
from index.types import Document, Passage

PART_END = "\x1e"  # between the parts of an indexed text: ASCII's record separator, which terms and readers pass over
PART_END_TOKEN = -1  # and between the parts of its token ids
# A text that has no title, or is titled as its file is called, mostly begins with what it is about. Right first of CMRC
# 2018 (every second question), XQuAD zh → zh and en → en, each with its best weight: no opening .976, .972 and .970;
# two tokens .985, .973 and .968, three .983, .970 and .968, four .983, .970 and .965.
OPENING_TOKENS = 2

# What the head of a report says without naming it, so that a question that names it finds the head. recall@1 of the
# development questions on metadata: without labels .25, with Chinese and English ones .71; with all, the smaller
# languages' rose again, from 4 of 12 to 11. The last line is for questions of nothing but asking words: 谁作的报告？
HEAD_LABELS = (
    "标题 全称 名称 文件 报告人 讲话人 作者 作报告 报告日期 发表日期 刊登 报纸 版面 会议 届次 听众 称呼 委托\n"
    "title full name document speaker author delivered by date newspaper published page meeting session audience "
    "addressed on behalf of\n"
    "докладчик доклад выступил автор название дата газета заседание от имени кому\n"
    "Redner Berichterstatter Bericht vorgetragen Verfasser Titel Datum Zeitung Sitzung im Namen\n"
    "orateur auteur rapport présenté titre date journal session au nom de\n"
    "ponente autor informe presentado título fecha periódico sesión en nombre de\n"
    "người trình bày báo cáo tác giả tên tiêu đề ngày báo kỳ họp thay mặt\n"
    "المتحدث ألقى التقرير كاتب عنوان تاريخ صحيفة دورة نيابة عن\n"
    "報告者 著者 題名 日付 新聞 会議 代表して\n"
    "보고자 보고서 저자 제목 날짜 신문 회의 대표하여 발표\n"
    "谁 是谁 由谁 谁作的 谁做的 做报告 何人 哪位 何时 哪天"
)


def indexed_text(document: Document, passage: Passage) -> str:
    """Return what is indexed for a passage: document, place and passage, each part ended by `PART_END` but the last."""
    place = [title for title in passage.section if not passage.text.startswith(title)]
    if passage.start == 0 and any(_facts(document)):
        place.append(HEAD_LABELS)
    return PART_END.join(("\n".join(_about(document)), "\n".join(place), passage.text))


def context_of(document: Document, passage: Passage) -> str:
    """Return the document's and the place's part alone, as they are read by a model that takes a text whole."""
    return whole_text(indexed_text(document, passage))[: -len(passage.text)]


def whole_text(indexed: str) -> str:
    """Return an indexed text as one text, a line for each part."""
    return indexed.replace(PART_END, "\n", 2)


def part_ids(table: TokenTable, indexed: Sequence[str]) -> list[TokenIds]:
    """Return the token ids of indexed texts, `PART_END_TOKEN` between the parts."""
    parts = [text.split(PART_END, 2) for text in indexed]
    heads = list(dict.fromkeys(part for texts in parts for part in texts[:-1]))  # a document's are the same again
    known = dict(zip(heads, table.token_ids(heads), strict=True))
    bodies = table.token_ids([texts[-1] for texts in parts])
    end = np.asarray([PART_END_TOKEN], dtype=np.int32)
    return [
        np.concatenate([*(ids for part in texts[:-1] for ids in (known[part], end)), body])
        for texts, body in zip(parts, bodies, strict=True)
    ]


def split_ids(ids: TokenIds, opening: TokenIds) -> Candidate:
    """Return the tokens of each part, and with them those that the document begins with."""
    first, last = _part_ends(ids)
    return Candidate(ids[last + 1 :], ids[: max(first, 0)], ids[first + 1 : max(last, 0)], opening)


def opening_ids(ids: TokenIds) -> TokenIds:
    """Return the tokens that a document begins with, of those that are indexed for its first passage."""
    return ids[_part_ends(ids)[1] + 1 :][:OPENING_TOKENS]


def _part_ends(ids: TokenIds) -> tuple[int, int]:
    """Return where the first part and the last but one end; -1 if there is one part."""
    ends = np.flatnonzero(ids == PART_END_TOKEN)
    return (int(ends[0]), int(ends[-1])) if len(ends) else (-1, -1)


def all_ids(ids: Iterable[TokenIds]) -> list[TokenIds]:
    """Return the tokens of all parts, without the marks between them."""
    return [tokens[tokens != PART_END_TOKEN] for tokens in ids]


def _about(document: Document) -> list[str]:
    occasion = document.metadata.occasion
    return [document.title] if not occasion or occasion in document.title else [document.title, occasion]


def _facts(document: Document) -> tuple[object, ...]:
    about = document.metadata
    return about.newspaper, about.date, about.speaker, about.occasion, about.occasion_date
