"""What a deployment would change: the steps from the state of a stack to its program."""
