"""Flows: which step follows which; one file, one stage, one deployment."""
