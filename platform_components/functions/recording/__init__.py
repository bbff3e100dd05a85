"""Records the results of provider functions from a real account, with read-only calls."""

from platform_components.functions.recording.recorder import NotRecorded, Recording, as_yaml, record

__all__ = ["NotRecorded", "Recording", "as_yaml", "record"]
