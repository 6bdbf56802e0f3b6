"""Request files: scripts leave them in the hand-over folder of the state dir, and read their results there."""
