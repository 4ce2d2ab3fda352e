"""Classified rows -> one HTML page to read, filter and print."""

from phongtrao.report.page import write_report

__all__ = ["write_report"]
