"""`platform`: the command line. One command, one file; each thin."""
