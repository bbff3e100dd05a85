"""Results of provider functions offline: answers of files, computed results and assumptions."""

from platform_components.functions.answers import Answers
from platform_components.functions.offline import OfflineFunctions

__all__ = ["Answers", "OfflineFunctions"]
