"""Evaluation: cases, metrics, runs and reports over the one PolicyBot.answer()."""
