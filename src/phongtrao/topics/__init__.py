"""Article -> topics: classifiers of passages, and the model that speaks about articles."""
