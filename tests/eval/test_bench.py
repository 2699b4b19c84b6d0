import os
import subprocess
import sys

import pytest

from eval.bench import Cost, run_in_turn, run_process


def test_a_process_costs_at_least_the_memory_that_it_fills_and_the_time_that_it_sleeps():
    program = "import time; filled = bytearray(64 * 1024 * 1024); time.sleep(0.05)"

    cost = run_process([sys.executable, "-c", program], dict(os.environ))

    assert cost.peak_bytes >= 64 * 1024 * 1024
    assert cost.seconds >= 0.05


def test_a_process_that_fails_is_no_measurement():
    with pytest.raises(subprocess.CalledProcessError):
        run_process([sys.executable, "-c", "raise SystemExit(3)"], dict(os.environ))


def test_sides_take_turns_after_a_warm_up_that_does_not_count():
    calls = []

    def make_side(name):
        def side():
            calls.append(name)
            return Cost(float(len(calls)), 0)

        return side

    left, right = run_in_turn([make_side("left"), make_side("right")], 2)

    assert calls == ["left", "right"] * 3
    assert ([cost.seconds for cost in left], [cost.seconds for cost in right]) == ([3.0, 5.0], [4.0, 6.0])
