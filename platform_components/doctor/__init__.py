"""Doctor: checks whether a deployment from this machine would reach what it needs. They change nothing."""
