"""Evaluation of several stacks of a project in dependency order: selection, processes, progress."""
