"""Seed corpus -> its split list, made again and compared with the committed one.

Run: ``python -m phongtrao.recipes.make_splits``; exit status 1 where they differ.
"""

from __future__ import annotations

from phongtrao.config import shipped
from phongtrao.corpus import load_seed_corpus, topic_keys
from phongtrao.corpus.splits import make_splits, read_splits


def main() -> int:
    """Print whether the committed list is what the corpus gives; return the exit status."""
    made = make_splits(load_seed_corpus(), topic_keys(), validation=0.15, test=0.20, seed=13)
    same = made == read_splits(shipped("seeds/splits.json"), "seed")
    print("the split list is the committed one" if same else "the split list DIFFERS from the committed one")
    return 0 if same else 1


if __name__ == "__main__":
    raise SystemExit(main())
