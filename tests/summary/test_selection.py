from __future__ import annotations

import numpy as np

from phongtrao.config import ExtractiveSettings
from phongtrao.summary.selection import best_single, select

SETTINGS = ExtractiveSettings(min_words=35, max_words=90, redundancy=0.6, length_pull=18)


def choose(shares, words, vectors=None, preferred=None, settings=SETTINGS):
    words = np.array(words, dtype=float)
    vectors = np.eye(len(words)) if vectors is None else np.array(vectors)
    wanted = np.ones(len(words), dtype=bool) if preferred is None else np.array(preferred)
    return select(np.array(shares), words, vectors, wanted, settings)


def test_the_best_come_first_and_are_told_in_reading_order():
    assert choose([0.2, 0.5, 0.1, 0.6], [20, 20, 20, 20]) == [1, 3]


def test_a_sentence_must_earn_its_length_once_the_minimum_is_reached():
    # 40 words with 0.5 * 40 in common: 20 / 58. A further 20 words at 0.5 give 30 / 78, more; at 0.3
    # they give 26 / 78, less.
    assert choose([0.5, 0.5], [40, 20]) == [0, 1]
    assert choose([0.5, 0.3], [40, 20]) == [0]


def test_what_repeats_is_left_out():
    near = [[1, 0], [0.8, 0.6], [0, 1]]
    assert choose([0.6, 0.59, 0.3], [20, 20, 20], near) == [0, 2]


def test_only_without_the_preferred_are_others_taken():
    assert choose([0.9, 0.3, 0.3], [20, 20, 20], preferred=[False, True, True]) == [1, 2]
    assert choose([0.9, 0.3, 0.3], [20, 20, 20], preferred=[False, True, False]) == [0, 1]


def test_limits_hold_where_greedy_choice_runs_into_a_wall():
    # The best has 30 words; every other is too long beside it. A pair within the limits is found.
    assert choose([0.9, 0.3, 0.2], [30, 61, 70]) == [1]
    # Nothing fits at all: the best that can be said stays.
    assert choose([0.9, 0.3], [30, 95]) == [0]
    assert choose([0.9, 0.3], [120, 95]) == [1]


def test_best_single_prefers_what_stands_alone_and_fits():
    words = np.array([10.0, 30.0, 95.0])
    shares = np.array([0.9, 0.5, 0.9])
    # 9 / 28 is over 15 / 48; the third is too long.
    assert best_single(shares, words, np.array([True, True, True]), SETTINGS) == 0
    assert best_single(shares, words, np.array([False, True, True]), SETTINGS) == 1
    assert best_single(shares, words, np.array([False, True, True]), SETTINGS) == 1
    assert best_single(shares, words, np.array([False, False, True]), SETTINGS) == 0
    assert best_single(shares[2:], words[2:], np.array([True]), SETTINGS) == 0
