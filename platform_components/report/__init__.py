"""What a reviewer reads of a plan: its risks, its reasons, and its differences, without a presentation."""
