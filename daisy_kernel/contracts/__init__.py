"""Nouns and messages that every layer shares: no behaviour, no input or output."""
