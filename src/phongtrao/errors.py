"""The errors a user can mend. The command line prints their message alone; anything else is a bug."""

from __future__ import annotations


class PhongtraoError(Exception):
    """A job failed for a reason its message names, with what to do about it (exit status 1)."""


class InputError(PhongtraoError):
    """A file or a row cannot be used: what was expected, what was found, where."""


class UsageError(PhongtraoError):
    """The command, a setting or an argument is wrong (exit status 2)."""


class ModelError(PhongtraoError):
    """A model folder is missing, incomplete or not of this kind."""
