"""The dependency record: what the last evaluation of each stack read, and which stacks it still describes."""
