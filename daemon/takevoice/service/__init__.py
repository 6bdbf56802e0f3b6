"""What runs while takevoice runs: threads, folders, OSC, and who is notified."""
