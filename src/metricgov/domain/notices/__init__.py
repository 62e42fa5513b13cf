"""Who is told what when something has happened, and in which words; sending it lives in adapters/notify."""
