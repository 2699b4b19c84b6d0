"""The command line in this process: flags in, text and exit code out."""

import json
import shutil
import sys
from dataclasses import replace

import pytest
from rich.console import Console

from index.build import build_index
from index.parse import parse_text
from index.script import display_width
from qa.cli import main
from qa.confidence import load_calibration

CLI = sys.modules["qa.cli"]
ZH = "全年共征集提案多少件？"
TITLE = "中国人民政治协商会议辽宁省丹东市第十五届委员会常务委员会工作报告"
EN = "How many proposals were collected during the whole year?"


@pytest.fixture
def qa(monkeypatch, capsys, report_index):
    """Run `qa` with these arguments on the report's index; return (exit code, standard output, standard error)."""
    for name in ("QA_INDEX", "QA_MODEL", "QA_LANG", "NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("QA_INDEX", str(report_index))
    monkeypatch.setenv("COLUMNS", "80")

    def run(*arguments):
        monkeypatch.setattr(sys, "argv", ["qa", *map(str, arguments)])
        with pytest.raises(SystemExit) as caught:
            main()
        out, err = capsys.readouterr()
        return caught.value.code, out, err

    return run


def test_a_question_is_answered_with_evidence_page_and_citation(qa):
    code, out, err = qa("ask", ZH)

    assert code == 0
    assert "»全年共征集提案379件,经审查立案279件,全部按时办结。«" in out.replace("\n  ", "")
    assert "第 3 页，共 7 页 › 2019年工作回顾" in out
    assert "dandong-cppcc-work-report-2020.txt · 引用 7ee7d1d15ab8:" in out
    assert err == f"注意：《{TITLE}》不完整，缺第 5–7 页（共 7 页）。\n"


def test_an_english_question_is_answered_in_english(qa):
    _, out, err = qa("ask", EN)

    assert "page 3 of 7" in out
    assert "matched" in out
    assert err.startswith("Note: “")
    assert err.count("\n") == 1


def test_the_language_of_the_interface_can_be_told(qa):
    assert "page 3 of 7" in qa("ask", "--lang", "en", ZH)[1]
    assert "第 3 页，共 7 页" in qa("ask", "--lang", "zh", EN)[1]


HIT_KEYS = ["rank", "score", "text", "evidence", "matches", "signals", "citation"]
CITATION_TYPES = {
    "document": str,
    "title": str,
    "source": str,
    "sha256": str,
    "pages": list,
    "page_total": int,
    "section": list,
    "start": int,
    "end": int,
    "raw_start": int,
    "raw_end": int,
    "quote": str,
}


def test_the_json_contract_is_kept_to_the_letter(qa, report, raw_report):
    code, out, _ = qa("ask", "--json", "-k", 3, ZH)

    assert (code, out.count("\n")) == (0, 1)
    answer = json.loads(out)
    assert list(answer) == ["question", "language", "answerable", "confidence", "refusal", "hits"]
    assert (answer["question"], answer["language"], answer["answerable"], answer["refusal"]) == (ZH, "zh", True, None)
    assert isinstance(answer["confidence"], float)
    assert 0 <= answer["confidence"] <= 1
    assert [hit["rank"] for hit in answer["hits"]] == [1, 2, 3]
    for hit in answer["hits"]:
        evidence, citation, signals = hit["evidence"], hit["citation"], hit["signals"]
        assert list(hit) == HIT_KEYS
        assert isinstance(hit["score"], float)
        assert {key: type(value) for key, value in citation.items()} == CITATION_TYPES
        assert list(citation) == list(CITATION_TYPES)
        assert all(isinstance(page, int) for page in citation["pages"])
        assert hit["text"] == citation["quote"] == report.text[citation["start"] : citation["end"]]
        assert list(evidence) == ["text", "start", "end"]
        assert report.text[evidence["start"] : evidence["end"]] == evidence["text"]
        assert citation["start"] <= evidence["start"] < evidence["end"] <= citation["end"]
        assert "".join(raw_report[citation["raw_start"] : citation["raw_end"]].split())[:8] == hit["text"][:8]
        assert all(list(match) == ["question", "passage", "similarity"] for match in hit["matches"])
        assert all(match["question"] in ZH and match["passage"] in hit["text"] for match in hit["matches"])
        assert list(signals) == ["dense_rank", "lexical_rank", "late_score"]
        assert all(isinstance(signals[key], int | None) for key in ("dense_rank", "lexical_rank"))
        assert isinstance(signals["late_score"], float | None)


@pytest.fixture
def refused(monkeypatch):
    """Draw the line above every question."""
    calibration = replace(load_calibration(), threshold=1.1)
    monkeypatch.setattr("qa.ask.load_calibration", lambda: calibration)


@pytest.fixture
def answered(monkeypatch):
    """Draw the line below every question."""
    calibration = replace(load_calibration(), threshold=0.0)
    monkeypatch.setattr("qa.ask.load_calibration", lambda: calibration)


def test_a_refusal_in_json_has_a_reason_and_the_nearest_passages(qa, refused):
    _, out, err = qa("ask", "--json", "丹东市的地铁有几条线路？")

    answer = json.loads(out)
    assert answer["answerable"] is False
    assert answer["refusal"].startswith("文件没有回答这个问题。《中国人民政治协商会议")
    assert answer["hits"]
    assert err == ""


def test_a_refusal_says_that_the_nearest_passages_are_no_answer(qa, refused):
    code, out, err = qa("ask", "丹东市的地铁有几条线路？")

    assert code == 0
    assert out.startswith("文件没有回答这个问题。")
    assert "最接近的段落（不是答案）：" in out
    assert "»" not in out
    assert err == ""


def test_a_refusal_exits_with_one_where_that_is_asked(qa, refused):
    assert qa("ask", "--strict", "丹东市的地铁有几条线路？")[0] == 1
    assert qa("ask", "丹东市的地铁有几条线路？")[0] == 0


def test_an_answer_is_no_reason_to_exit_with_one(qa, answered):
    assert qa("ask", "--strict", ZH)[0] == 0


def test_what_the_missing_pages_say_is_refused_and_they_are_named(qa):
    _, out, _ = qa("ask", "2020年的工作计划是什么？")

    assert out.startswith("文件没有回答这个问题。")
    assert "缺页，答案可能在缺失的页上。" in out.replace("\n", "")


def test_the_signals_are_explained(qa):
    _, out, _ = qa("ask", "--explain", "-k", 1, EN)

    assert "signals  score" in out
    assert all(f"{name} #" in out for name in ("dense", "late"))
    assert "↔ 提案 0." in out
    assert out.rstrip().split("\n")[-1].startswith("confidence ")


@pytest.mark.parametrize("count", [1, 2, 5])
def test_as_many_passages_as_asked_are_given(qa, count):
    assert len(json.loads(qa("ask", "--json", "-k", count, ZH)[1])["hits"]) == count


def test_a_batch_is_answered_line_by_line_in_order(qa, tmp_path):
    path = tmp_path / "questions.jsonl"
    path.write_text(f'\ufeff{{"question": "{ZH}", "id": 7}}\n\n{EN}\n', encoding="utf-8")

    code, out, err = qa("ask", "--batch", path, "--json")

    assert (code, [json.loads(line)["question"] for line in out.splitlines()]) == (0, [ZH, EN])
    assert err.count("不完整") + err.count("incomplete") == 1


def test_a_batch_in_text_repeats_each_question_above_its_answer(qa, tmp_path):
    path = tmp_path / "questions.txt"
    path.write_text(f"{ZH}\n{EN}\n", encoding="utf-8")

    _, out, _ = qa("ask", "--batch", path, "-k", 1)

    assert [line for line in out.splitlines() if line.startswith("? ")] == [f"? {ZH}", f"? {EN}"]


def test_answers_before_a_bad_line_of_a_batch_are_given(qa, tmp_path):
    path = tmp_path / "questions.jsonl"
    path.write_text(f'{{"question": "{ZH}"}}\n{{"question"\n', encoding="utf-8")

    code, out, err = qa("ask", "--batch", path, "--json")

    assert (code, out.count("\n")) == (2, 1)
    assert err.splitlines()[-1].startswith(f"qa: {path}, line 2: this is not JSON")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["ask", ""], "the question is empty"),
        (["ask", "  "], "the question is empty"),
        (["ask"], "give one question"),
        (["ask", ZH, "--batch", "-"], "give one question"),
        (["ask", "甲" * 2_001], "the question has 2001 characters"),
        (["ask", "--batch", "no-such-file", "--json"], "cannot read no-such-file: No such file or directory"),
        (["ask", "--since", "soon", ZH], "--since takes a date like 2020-01-06, not 'soon'"),
        (["ask", "--model", "/no/such/folder", ZH], "cannot load the model /no/such/folder"),
        (["show", "hello"], "unknown citation 'hello'"),
        (["show", "0123456789ab:1-2"], "unknown citation '0123456789ab:1-2': no document has this id"),
        (["show", "7ee7d1d15ab8:1-999999"], "unknown citation '7ee7d1d15ab8:1-999999': the document has"),
        (["add", "/no/such/file.txt"], "cannot read file.txt: No such file"),
        (["build", "/no/such/file.txt", "--index", "{new}"], "cannot read file.txt: No such file"),
        (["remove", "no such document"], "'no such document' means no document"),
    ],
)
def test_bad_input_gets_one_clear_line_and_exit_code_two(qa, tmp_path, arguments, message):
    code, out, err = qa(*[argument.replace("{new}", str(tmp_path / "new")) for argument in arguments])

    assert (code, out) == (2, "")
    assert err.startswith(f"qa: {message}") or f"\nqa: {message}" in err
    assert err.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (["ask", "--jsn", ZH], "--jsn"),
        (["aks", ZH], "aks"),
        (["ask", "-k", "0", ZH], "-k"),
        (["ask", "-k", "many", ZH], "-k"),
        (["ask", "--lang", "fr", ZH], "--lang"),
        (["show"], "CITATION"),
    ],
)
def test_a_typing_error_in_a_flag_is_named_with_exit_code_two(qa, arguments, word):
    code, out, err = qa(*arguments)

    assert (code, out) == (2, "")
    assert word in err
    assert "Traceback" not in err


def test_an_index_of_another_model_is_not_asked(qa, words, tmp_path):
    build_index([parse_text("Fish swim.", source="a.txt")], words, tmp_path)

    code, out, err = qa("ask", "--index", tmp_path, ZH)

    assert (code, out) == (2, "")
    assert err == f"qa: the index in {tmp_path} was made by words, not by bundled; rebuild it with: qa build\n"


@pytest.mark.parametrize("damage", ["cut", "gone", "changed", "manifest"])
def test_a_damaged_index_is_said_to_be_damaged(qa, report_index, tmp_path, damage):
    folder = tmp_path / "index"
    shutil.copytree(report_index, folder)
    path = max(folder.rglob("segments/*/*"), key=lambda path: path.stat().st_size)
    if damage == "cut":
        path.write_bytes(path.read_bytes()[:-9])
    elif damage == "gone":
        path.unlink()
    elif damage == "changed":
        path.write_bytes(path.read_bytes()[:-1] + b"\xff")
    else:
        path = folder / "manifest.json"
        path.write_bytes(path.read_bytes()[:-5])

    code, out, err = qa("ask", "--index", folder, ZH)

    assert (code, out, err.count("\n")) == (2, "", 1)
    assert err.startswith(f"qa: the index is damaged: {path}: ")


def test_asking_where_nothing_is_builds_the_reports_index_on_the_way(qa, tmp_path):
    code, out, err = qa("ask", "--index", tmp_path / "new", ZH)
    again = qa("ask", "--index", tmp_path / "new", ZH)

    assert (code, again[0], out) == (0, 0, again[1])
    assert [line[:9] for line in err.splitlines()] == ["正在为报告建立索引", "已建立索引：1 份", "注意：《中国人民政"]
    assert again[2].count("\n") == 1


def test_a_passage_is_shown_in_its_context_with_the_page_marked(qa, report):
    start = report.text.index("辽丰禽业")
    code, out, _ = qa("show", f"7ee7d1d15ab8:{start}-{start + 8}", "--around", 30)

    assert code == 0
    assert "── 第 1 页，共 7 页 ──" in out
    assert "── 第 2 页，共 7 页 ──" in out
    assert "»辽丰禽业«" in out
    assert "»有限公司«" in out


def test_a_pdf_is_cited_shown_and_proved_by_the_pages_of_its_file(qa, make_pdf, answered, tmp_path):
    path, index = tmp_path / "a.pdf", tmp_path / "index"
    path.write_bytes(make_pdf({742: "全年共征集提案三百件，", 40: "第 8 页"}, {742: "全部按时办结。", 40: "第 9 页"}))
    qa("build", path, "--index", index)

    answer = json.loads(qa("ask", "--json", "-k", 1, "--index", index, ZH)[1])

    citation = answer["hits"][0]["citation"]
    assert list(citation) == [*CITATION_TYPES, "physical_pages", "rectangles"]
    assert (citation["pages"], citation["physical_pages"]) == ([8, 9], [1, 2])
    assert [(box["page"], box["left"], box["right"]) for box in citation["rectangles"]] == [(1, 70, 202), (2, 70, 154)]
    shown = qa("show", f"{citation['document']}:{citation['start']}-{citation['end']}", "--index", index)[1]
    assert "── 第 9 页（文件第 2 页） ──" in shown
    assert qa("verify", "--index", index)[:2] == (0, "All 1 citations hold against the files.\n")


def test_documents_are_listed_with_what_they_lack(qa):
    code, out, _ = qa("list")

    assert (code, out.count("\n")) == (0, 1)
    assert out.startswith("7ee7d1d15ab8  2020-01-14  4/7  ")
    assert "lacks pages 5" in out
    assert out.rstrip().endswith("dandong-cppcc-work-report-2020.txt")


def test_every_citation_of_the_report_is_proved(qa):
    code, out, _ = qa("verify")

    count = int(out.split()[1])
    assert (code, out) == (0, f"All {count} citations hold against the files.\n")
    assert count > 20


def test_a_citation_that_does_not_hold_makes_verify_fail(qa, tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("Fish swim in the sea.", encoding="utf-8")
    qa("build", path, "--index", tmp_path / "index")
    path.write_text("Fish swam in the sea.", encoding="utf-8")

    code, out, _ = qa("verify", "--index", tmp_path / "index")

    assert code == 1
    assert out.splitlines()[-1] == "1 of 1 citations do not hold."
    assert f"{path} has changed since it was indexed" in out


def test_the_doctor_finds_nothing_wrong(qa):
    _, out, _ = qa("doctor")

    assert [line.split()[1] for line in out.splitlines() if line.startswith("!!") and "report-qa" not in line] == []
    assert "whole: 1 document(s)" in out


def test_building_says_what_was_built_and_what_is_missing(qa, tmp_path):
    code, out, err = qa("build", "--index", tmp_path / "index")

    assert (code, out) == (0, "")
    assert err.splitlines()[0].startswith("Indexed 1 document(s), ")
    assert err.splitlines()[1].endswith("is incomplete: pages 5–7 of 7 are missing.")


@pytest.mark.parametrize("columns", [60, 80, 200])
@pytest.mark.parametrize("question", [ZH, EN, "2020年的工作计划是什么？"])
def test_no_line_of_an_answer_is_wider_than_the_terminal(qa, monkeypatch, columns, question):
    monkeypatch.setenv("COLUMNS", str(columns))

    _, out, _ = qa("ask", "--explain", question)

    assert max(map(display_width, out.splitlines())) <= columns
    assert not any(line != line.rstrip() for line in out.splitlines())


def test_there_is_no_colour_where_there_is_no_terminal(qa):
    assert "\x1b" not in "".join(map(str, qa("ask", ZH)))
    assert "\x1b" not in "".join(map(str, qa("ask", "--jsn", ZH)))


def _terminal(**environment):
    return Console(
        highlight=False,
        soft_wrap=True,
        emoji=False,
        markup=False,
        force_terminal=True,
        color_system="auto",
        _environ={"TERM": "xterm-256color", "COLUMNS": "80"} | environment,
    )


def test_colour_marks_the_evidence_on_a_terminal(qa, monkeypatch):
    monkeypatch.setattr(CLI, "_console", _terminal)

    _, out, _ = qa("ask", "-k", "1", ZH)

    assert "\x1b[1;33m" in out
    assert "»" not in out


def test_no_colour_is_respected_on_a_terminal(qa, monkeypatch):
    monkeypatch.setattr(CLI, "_console", lambda: _terminal(NO_COLOR="1"))

    _, out, _ = qa("ask", "-k", "1", ZH)

    assert "\x1b[1;33m" not in out
    assert "33m" not in out
    assert "»" in out


def test_control_characters_of_a_document_are_made_visible(qa, tmp_path):
    path = tmp_path / "evil.txt"
    path.write_text("The evil \x1b[31mred\x1b[0m\u202e word\x07 rang 12 bells in the tower.", encoding="utf-8")
    qa("build", path, "--index", tmp_path / "index")

    _, out, err = qa("ask", "--index", tmp_path / "index", "How many bells rang in the tower?")
    _, listed, _ = qa("list", "--index", tmp_path / "index")

    assert "\\x1b[31mred\\x1b[0m\\u202e word\\x07 rang" in out.replace("\n ", "")
    assert not any(char in out + err + listed for char in "\x1b\u202e\x07")


def test_control_characters_of_a_file_name_are_made_visible(qa, tmp_path):
    path = tmp_path / "e\x1b[31mvil.txt"
    path.write_text("Bells rang in the tower.", encoding="utf-8")
    qa("build", path, "--index", tmp_path / "index")

    _, listed, _ = qa("list", "--index", tmp_path / "index")
    _, _, err = qa("add", tmp_path / "none\x1b[31m.txt", "--index", tmp_path / "index")

    assert "e\\x1b[31mvil" in listed
    assert "none\\x1b[31m.txt" in err
    assert "\x1b" not in listed + err


def test_chat_answers_until_an_empty_line(qa, monkeypatch):
    lines = iter([ZH, "?!", EN, ""])
    monkeypatch.setattr(CLI, "_read_line", lambda: next(lines))

    code, out, err = qa("chat", "-k", 1)

    assert code == 0
    assert "第 3 页，共 7 页" in out
    assert "page 3 of 7" in out
    assert "the question is empty" in err


def test_ctrl_c_is_exit_code_130_without_a_word(qa, monkeypatch):
    def interrupt(*arguments, **options):
        raise KeyboardInterrupt

    monkeypatch.setattr(CLI, "ask_library", interrupt)

    assert qa("ask", ZH) == (130, "", "")


def test_help_names_every_command(qa):
    code, out, _ = qa("--help")

    assert code == 0
    assert all(
        command in out
        for command in ("ask", "chat", "show", "build", "add", "remove", "list", "verify", "eval", "doctor")
    )


def test_only_chosen_documents_are_asked(qa):
    assert json.loads(qa("ask", "--json", "--document", "7ee7", ZH)[1])["hits"]
    assert json.loads(qa("ask", "--json", "--since", "2021-01-01", ZH)[1])["hits"] == []
