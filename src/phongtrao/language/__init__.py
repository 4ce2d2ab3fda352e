"""Vietnamese text -> model input: normal forms, sentences, word segmentation."""
