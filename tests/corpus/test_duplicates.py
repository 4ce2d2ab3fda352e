from phongtrao.corpus.duplicates import near_duplicate_groups, shingles


def test_shingles_are_five_syllable_sequences():
    assert shingles("một hai ba bốn năm sáu") == {"một hai ba bốn năm", "hai ba bốn năm sáu"}
    assert shingles("Một, hai!") == {"một hai"}


def test_texts_that_share_a_fifth_are_one_group_and_strangers_are_not():
    words = [f"từ{i}" for i in range(200)]
    a = " ".join(words[:60])
    b = " ".join(words[40:100])  # shares 16 of 56 sequences with a
    c = " ".join(words[95:160])  # shares 1 with b
    groups = near_duplicate_groups([a, b, c, "khác hẳn mọi bài kia và chẳng giống ai"])
    assert groups[0] == groups[1]
    assert len(set(groups)) == 3


def test_a_chain_of_duplicates_is_one_group():
    words = [f"từ{i}" for i in range(200)]
    chain = [" ".join(words[start : start + 40]) for start in (0, 25, 50, 75)]
    assert len(set(near_duplicate_groups(chain))) == 1
