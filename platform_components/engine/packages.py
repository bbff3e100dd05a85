"""The packages that a program registers, and the provider plugins of its requests."""

from __future__ import annotations

import hashlib
from typing import Any


class Packages:
    """Registered packages by their reference. Other packages are identified by the request itself."""

    def __init__(self) -> None:
        self._registered: dict[str, Any] = {}

    def register(self, request: Any) -> str:
        """Register a package, and return its reference, which depends on its content only."""
        ref = hashlib.sha256(request.SerializeToString(deterministic=True)).hexdigest()
        self._registered[ref] = request
        return ref

    def plugin(self, request: Any) -> dict[str, str]:
        """Version and download URL of the provider plugin of a request; either can be empty."""
        package = self._registered.get(request.packageRef)
        if package is None:
            return {"version": request.version, "pluginDownloadURL": request.pluginDownloadURL}
        return {"version": package.version, "pluginDownloadURL": package.download_url}

    def default_provider_name(self, request: Any) -> str:
        """The name of the default provider of a request: `default_7_8_0`."""
        plugin = self.plugin(request)
        package = self._registered.get(request.packageRef)
        version = package.parameterization.version if package else plugin["version"]
        name = "_".join(["default", *_parts(version)])
        if url := plugin["pluginDownloadURL"]:
            name += "_" + "".join(c if c.isalnum() or c in "-_." else "_" for c in url)
        return name


def _parts(version: str) -> list[str]:
    return version.replace("-", ".").replace("+", ".").split(".") if version else []
