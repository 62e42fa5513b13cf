"""Versioned metric definitions in git, with approvals that CI can check offline."""

__version__ = "0.1.0"
