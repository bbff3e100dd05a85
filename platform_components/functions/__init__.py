"""Results of provider functions offline: answers of files, computed results and assumptions."""

from platform_components.functions.answers import Answers

__all__ = ["Answers"]
