import gzip
import json
import lzma
import zipfile

import pytest

from index.training import formats, sources
from index.training.readers import Pair, list_sources, read_pairs, source_name


def test_translation_memory_gives_the_two_languages_asked_for(tmp_path):
    path = tmp_path / "GR2008.tmx"
    path.write_text(
        '<tmx><body><tu><tuv xml:lang="zh-CN"><seg>提案</seg></tuv><tuv xml:lang="EN-US"><seg>proposal</seg></tuv></tu>'
        '<tu><tuv xml:lang="zh-CN"><seg>无译文</seg></tuv></tu></body></tmx>',
        encoding="utf-8",
    )

    assert list(formats.read_tmx(path, "zh", "en")) == [("提案", "proposal")]


def test_fuzzy_and_untranslated_messages_are_left_out_and_markup_goes(tmp_path):
    path = tmp_path / "a.po"
    path.write_text(
        'msgid ""\nmsgstr "Language: zh\\n"\n\n'
        'msgid "Use :func:`open` and ``with``."\nmsgstr ""\n"使用 :func:`open` "\n"和 ``with``。"\n\n'
        '#, fuzzy\nmsgid "old"\nmsgstr "旧"\n\nmsgid "new"\nmsgstr ""\n',
        encoding="utf-8",
    )

    assert list(formats.read_po(path)) == [("使用 open 和 with。", "Use open and with.")]


def test_files_of_different_length_are_no_translation(tmp_path):
    (tmp_path / "a").write_text("one\ntwo", encoding="utf-8")
    (tmp_path / "b").write_text("eins", encoding="utf-8")

    with pytest.raises(ValueError, match="not a translation"):
        list(formats.read_lines(tmp_path / "a", tmp_path / "b"))


def test_tatoeba_is_read_plain_and_zipped(tmp_path):
    line = "Run!\tLauf!\tCC-BY 2.0\n"
    (tmp_path / "deu.txt").write_text(line, encoding="utf-8")
    with zipfile.ZipFile(tmp_path / "deu-eng.zip", "w") as archive:
        archive.writestr("_about.txt", "about")
        archive.writestr("deu.txt", line)

    assert list(formats.read_tatoeba(tmp_path / "deu.txt")) == [("Lauf!", "Run!")]
    assert list(formats.read_tatoeba(tmp_path / "deu-eng.zip")) == [("Lauf!", "Run!")]


def test_each_sense_of_a_dictionary_word_is_a_pair(tmp_path):
    with gzip.open(tmp_path / "cedict.gz", "wt", encoding="utf-8") as file:
        file.write("# header\n提案 提案 [ti2 an4] /proposal/draft resolution/\n")

    assert list(formats.read_cedict(tmp_path / "cedict.gz")) == [("提案", "proposal"), ("提案", "draft resolution")]


def test_lemmas_of_one_synset_are_translations(tmp_path):
    (tmp_path / "zh.tab").write_text("# x\n001-n\tcmn:lemma\t狗\n002-n\tcmn:lemma\t猫\n", encoding="utf-8")
    (tmp_path / "en.tab").write_text("001-n\teng:lemma\tdog\n001-n\teng:def\ta pet\n", encoding="utf-8")

    assert list(formats.read_wordnets(tmp_path / "zh.tab", tmp_path / "en.tab")) == [("狗", "dog")]


def test_names_of_one_code_are_translations(tmp_path):
    for language, name in (("zh", "法国"), ("en", "France")):
        tree = {"main": {language: {"localeDisplayNames": {"territories": {"FR": name}}}}}
        (tmp_path / language).write_text(json.dumps(tree), encoding="utf-8")

    assert list(formats.read_cldr_names(tmp_path / "zh", tmp_path / "en")) == [("法国", "France")]


def test_a_question_that_its_paragraph_does_not_answer_is_left_out(tmp_path):
    questions = [{"question": "谁？"}, {"question": "何时？", "is_impossible": True}]
    tree = {"data": [{"paragraphs": [{"context": "某人。", "qas": questions}]}]}
    (tmp_path / "a.json").write_text(json.dumps(tree), encoding="utf-8")

    assert list(formats.read_squad(tmp_path / "a.json")) == [("谁？", "某人。")]


def test_columns_are_found_by_name(tmp_path):
    (tmp_path / "a.csv").write_text("bare\tx\ttranslations_en\nдом\t1\thouse\n", encoding="utf-8")

    assert list(formats.read_csv_columns(tmp_path / "a.csv", "bare", "translations_en")) == [("дом", "house")]


def test_rebuilt_files_are_what_training_reads(tmp_path):
    clone = tmp_path / "clones/wmt-conference/wmt22-news-systems/txt"
    for folder, name, text in (
        ("sources", "generaltest2022.zh-en.src.zh", "臺灣\n臺灣"),
        ("references", "generaltest2022.zh-en.ref.refA.en", "Taiwan\nTaiwan"),
    ):
        (clone / folder).mkdir(parents=True)
        (clone / folder / name).write_text(text, encoding="utf-8")
    paragraphs = [{"context": "段落。", "qas": [{"question": "問題？"}]}]
    drcd = tmp_path / "clones/DRCKnowledgeTeam/DRCD"
    drcd.mkdir(parents=True)
    (drcd / "DRCD_dev.json").write_text(json.dumps({"data": [{"paragraphs": paragraphs}]}), encoding="utf-8")

    written = sources.rebuild(tmp_path / "clones", tmp_path / "data")

    assert {file: count for file, count in written.items() if count} == {
        "parallel/wmt22_zh_en.tsv.xz": 1,
        "qa/drcd_devtest.jsonl.xz": 1,
    }
    found = {source_name(path): list(read_pairs(path)) for path in list_sources(tmp_path / "data")}
    assert found["wmt22_zh_en"] == [Pair("zh", "台湾", "en", "Taiwan")]
    assert found["drcd_devtest"] == [Pair("zh", "问题？", "zh", "段落。")]


def test_lines_that_are_not_whole_are_left_out(tmp_path):
    with lzma.open(tmp_path / "a.tsv.xz", "wt", encoding="utf-8") as file:
        file.write("zh\t提案\ten\tproposal\nzh\t提案\ten\nzh\t \ten\tx\n")

    assert list(read_pairs(tmp_path / "a.tsv.xz")) == [Pair("zh", "提案", "en", "proposal")]


def test_a_folder_without_data_names_the_command_that_fills_it(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"index\.training\.sources"):
        list_sources(tmp_path)
