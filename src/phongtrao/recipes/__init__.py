"""One file a training job, read top to bottom."""
