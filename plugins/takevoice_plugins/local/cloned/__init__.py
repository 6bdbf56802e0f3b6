"""Voices cloned from recordings: learning, storage, and conversion by the engine."""
