"""Article -> topics."""
