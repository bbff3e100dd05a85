"""Entry point of the pack for `pulumi preview --policy-pack policies`."""

from __future__ import annotations

from pathlib import Path

from platform_components.policy.pulumi_pack import serve

if __name__ == "__main__":
    serve(Path(__file__).parent)
