import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from clusters.geocode.trie import build_trie, step

names = st.lists(st.text(alphabet="成都市高新区武侯", min_size=1, max_size=6), max_size=40)


def entries_of(trie, word):
    node = 0
    for char in word:
        node = step(trie, node, ord(char))
        if node < 0:
            return range(0)
    return range(trie.first[node], trie.first[node + 1])


@given(names)
def test_every_name_is_found_with_all_its_entries_and_no_other(listed):
    trie, order = build_trie(listed)
    for word in {*listed, "成都", "不在"}:
        found = sorted(int(order[entry]) for entry in entries_of(trie, word))
        assert found == [row for row, name in enumerate(listed) if name == word]


def test_an_empty_dictionary_knows_nothing():
    trie, order = build_trie([])
    assert len(order) == 0
    assert step(trie, 0, ord("成")) == -1
    assert trie.first.dtype == np.int64
