"""Voices made from recordings: learnt, kept as small files, and given by the engine."""
