import ir_measures
import pytest
from ir_measures import RR, R, Success, nDCG

from eval.measure import measure_run
from eval.trec import write_trec


def test_ir_measures_reads_the_files_and_finds_the_same_means(tmp_path, make_outcome, make_run):
    run = make_run(
        "dense lexical",
        make_outcome("a", [0, 1, 0, 1], relevant_count=3),
        make_outcome("b", [1]),
        make_outcome("c", []),
        make_outcome("d", [0, 0], relevant_count=0),
        make_outcome("x", [0], answerable=False),
    )

    run_path, qrels_path = write_trec(run, tmp_path / "trec")

    theirs = ir_measures.calc_aggregate(
        [Success @ 1, R @ 10, RR @ 10, nDCG @ 10],
        list(ir_measures.read_trec_qrels(str(qrels_path))),
        list(ir_measures.read_trec_run(str(run_path))),
    )
    measures = measure_run(run).overall.measures
    ours = {
        Success @ 1: measures["success@1"].value,
        R @ 10: measures["recall@10"].value,
        RR @ 10: measures["MRR@10"].value,
        nDCG @ 10: measures["nDCG@10"].value,
    }
    assert ours == pytest.approx(theirs, abs=1e-9)


def test_a_line_of_each_file_is_what_trec_eval_expects(tmp_path, make_outcome, make_run):
    run_path, qrels_path = write_trec(make_run("all", make_outcome("a", [0, 1])), tmp_path)

    assert run_path.read_text() == "a Q0 a-wrong-0 1 1.0 all\na Q0 a-right-0 2 0.5 all\n"
    assert qrels_path.read_text() == "a 0 a-right-0 1\n"
