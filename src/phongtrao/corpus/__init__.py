"""Labelled articles -> splits one may trust."""
