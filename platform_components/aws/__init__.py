"""AWS: the components that stand in an account, and the facts of AWS that they are checked against."""
