"""The auditor's file as HTML pages and CSV tables: the same values, the same bytes."""
