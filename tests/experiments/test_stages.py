"""Clocks that stand inside each other, and the table they make of real pages."""

import subprocess
import sys
import time
from pathlib import Path

import stages as command

from phongtrao.analyser import SHIPPED_TOPICS
from phongtrao.topics.model import TopicModel


def spend(seconds):
    until = time.process_time() + seconds
    while time.process_time() < until:
        pass


def test_a_stage_counts_what_the_stages_inside_it_do_not():
    clocks = command.Stages()
    inner = clocks.clocked("inner", lambda: spend(0.05))

    def both():
        spend(0.02)
        inner()
        inner()

    outer = clocks.clocked("outer", both)
    clocks.restart()
    outer()
    spend(0.03)
    clocks.stop()
    assert 0.1 <= clocks.seconds["inner"] < 0.14
    assert 0.02 <= clocks.seconds["outer"] < 0.05
    assert 0.03 <= clocks.seconds[command.REST] < 0.06


def test_a_stage_that_fails_is_closed():
    clocks = command.Stages()
    fails = clocks.clocked("fails", lambda: 1 / 0)
    for _ in range(2):
        try:
            fails()
        except ZeroDivisionError:
            spend(0.01)
    clocks.stop()
    assert clocks.seconds[command.REST] >= 0.02
    assert clocks.seconds["fails"] < 0.01


def test_the_command_times_real_pages():
    script = Path(command.__file__)
    words = [sys.executable, str(script), "--pages", "20"]
    said = subprocess.run(words, capture_output=True, text=True, check=True).stdout
    lines = [line.split() for line in said.splitlines()]
    shares = [float(line[-1]) for line in lines if line and line[0].rstrip(":") in ("encoder", "reading")]
    assert "20 articles" in said
    assert len(shares) == 5
    assert min(shares) > 0
    assert 40 < sum(shares) < 100


def test_the_cascade_is_measured_against_everything_asked():
    import cascade

    from phongtrao.config import DataSettings
    from phongtrao.corpus.dataset import load_dataset
    from phongtrao.topics.passages import PassageSet

    held = load_dataset(DataSettings(real=None)).seed["validation"][:12]
    model = TopicModel.load(SHIPPED_TOPICS)
    passages = PassageSet.from_articles({"seed": held}, model.topics)
    found = cascade.cost(model.classifier, passages, drawn=0)
    assert found["passages"] == len(passages)
    assert found["lost"]["value"] <= 0.01
    assert 0 < found["asked"] < 0.8
    assert found["full"] > found["cheap_alone"] - 0.05
