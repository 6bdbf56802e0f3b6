"""Takes a job through its steps."""
