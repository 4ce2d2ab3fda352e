"""Article -> a summary in a model's own words, of which every figure, date and name stands in the article.

``start`` and ``training`` make the network, ``sources`` and ``tokens`` its input, ``writers`` run it;
``claims`` holds what it wrote against the article and ``repair`` mends it; ``summarizer`` is all of this.
``training`` and ``writers`` know no settings, so that they run where only torch and transformers are.
"""
