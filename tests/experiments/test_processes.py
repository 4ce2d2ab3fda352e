"""Watching a command: its time, its memory with that of its children, its first line."""

import sys

import pytest
from processes import watch

CHILD = "held = bytearray(80_000_000); import time; time.sleep(1.6)"
PARENT = f"""
import subprocess, sys, time
print("first", flush=True)
held = bytearray(60_000_000)
child = subprocess.Popen([sys.executable, "-c", {CHILD!r}])
started = time.process_time()
while time.process_time() - started < 0.3: pass
child.wait()
print("last")
"""


def test_memory_and_processor_time_are_those_of_the_whole_family():
    cost = watch([sys.executable, "-c", PARENT], unshared=True)
    assert 140 < cost.uss_megabytes < 250
    assert cost.rss_megabytes >= cost.uss_megabytes
    assert cost.cpu_seconds > 0.3
    assert cost.lines == ["first\n", "last\n"]
    assert 0 < cost.first_seconds < cost.seconds - 1


def test_settings_reach_the_command_and_unshared_memory_is_measured_on_demand_only():
    cost = watch([sys.executable, "-c", "import os; print(os.environ['GIVEN'])"], {"GIVEN": "x"})
    assert cost.lines == ["x\n"]
    assert cost.uss_megabytes == 0


def test_a_failed_command_ends_the_benchmark():
    with pytest.raises(SystemExit, match="failed \\(3\\)"):
        watch([sys.executable, "-c", "raise SystemExit(3)"])
