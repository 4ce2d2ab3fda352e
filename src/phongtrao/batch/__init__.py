"""Many articles: rows, shards, resume, rejects, report."""
