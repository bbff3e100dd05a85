"""Reusable Pulumi components for AWS and Kubernetes, and what stack programs need around them.

    from platform_components import Bucket, Context

The names stand in `__init__.pyi`. Each is imported when it is first used: the SDKs behind them take a
second to load, and no program uses all of them.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
