"""`platform`: the command line. One file per command; each parses and renders only."""
