"""What the interface says, in Chinese and in English; a question in any other language is answered in English."""

from collections.abc import Sequence

from index.store import DocumentEntry

LANGUAGES = ("zh", "en")

MESSAGES = {
    "refused": ("文件没有回答这个问题。", "The documents do not answer this question."),
    "incomplete": (
        "注意：《{title}》不完整，缺第 {pages} 页（共 {total} 页）。",
        "Note: “{title}” is incomplete: pages {pages} of {total} are missing.",
    ),
    "nearest": ("最接近的段落（不是答案）：", "The nearest passages (not an answer):"),
    "page": ("第 {page} 页，共 {total} 页", "page {page} of {total}"),
    "page_alone": ("第 {page} 页", "page {page}"),
    "page_of_file": ("（文件第 {page} 页）", " (page {page} of the file)"),
    "cite": ("引用", "cite"),
    "matched": ("词语对应", "matched"),
    "signals": ("信号", "signals"),
    "confidence": ("把握 {percent} %", "confidence {percent} %"),
    "building": ("正在为报告建立索引……", "Building the report's index …"),
    "built": (
        "已建立索引：{documents} 份文件，{passages} 段，位于 {folder}",
        "Indexed {documents} document(s), {passages} passages, in {folder}",
    ),
    "skipped": ("跳过 {source}：{reason}", "skipped {source}: {reason}"),
    "verified": ("{proved} 条引用全部与原文件一致。", "All {proved} citations hold against the files."),
    "not_verified": ("{failed} 条引用与原文件不符（共 {total} 条）。", "{failed} of {total} citations do not hold."),
    "chat": (
        "输入问题，按回车；空行或 Ctrl-D 退出。",
        "Type a question and press Enter; an empty line or Ctrl-D ends.",
    ),
    "added": ("新增 {count}", "added {count}"),
    "replaced": ("更新 {count}", "replaced {count}"),
    "unchanged": ("未变 {count}", "unchanged {count}"),
    "vanished": ("文件中已不存在 {count}", "no longer in their files {count}"),
    "repaired": (
        "已修复：保留 {kept} 份，重新读取 {read_again} 份，丢失 {lost} 份",
        "Repaired: {kept} document(s) kept, {read_again} read again from their files, {lost} lost",
    ),
    "lost": (
        "丢失 {source}：索引中的文本已损坏，原文件也不在了",
        "lost {source}: its text is damaged and its file gone",
    ),
    "removed": ("已移除 {title}", "removed {title}"),
    "complete": ("完整", "complete"),
    "lacks": ("缺第 {pages} 页", "lacks pages {pages}"),
}


def interface_language(lang: str | None, question_language: str) -> str:
    """Return "zh" or "en": what was asked for, else the question's if it is one of them, else English."""
    wanted = lang or question_language
    return wanted if wanted in LANGUAGES else "en"


def say(lang: str, key: str, **values: object) -> str:
    """Return a message in a language of the interface."""
    return MESSAGES[key][LANGUAGES.index(interface_language(None, lang))].format(**values)


def refusal_sentence(lang: str, incomplete_titles: Sequence[str]) -> str:
    """Say that the documents do not answer, and which of them lack the pages that might."""
    spoken = interface_language(None, lang)
    sentence = say(spoken, "refused")
    if not incomplete_titles:
        return sentence
    named = "、".join(f"《{title}》" for title in incomplete_titles[:3])
    if spoken == "zh":
        return f"{sentence}{named}缺页，答案可能在缺失的页上。"
    quoted = ", ".join(f"“{title}”" for title in incomplete_titles[:3])
    return f"{sentence} {quoted} lacks pages, and the answer may stand on them."


def incomplete_note(lang: str, entry: DocumentEntry) -> str:
    """Say in one line which pages of a document are missing."""
    numbers = entry.missing_pages
    is_run = len(numbers) > 1 and numbers == tuple(range(numbers[0], numbers[-1] + 1))
    pages = f"{numbers[0]}–{numbers[-1]}" if is_run else ", ".join(map(str, numbers))
    return say(lang, "incomplete", title=entry.title, pages=pages, total=entry.page_total)
