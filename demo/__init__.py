"""Demonstrations: a sample company with a factory that acts it out, and AdventureWorks as a foreign export."""
