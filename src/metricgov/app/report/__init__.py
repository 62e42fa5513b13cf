"""The auditor's file for a period: collected here, laid out by the renderers."""
