"""Fuzzing of what reads foreign bytes: ``targets`` say what may happen, ``run`` lets atheris look on."""
