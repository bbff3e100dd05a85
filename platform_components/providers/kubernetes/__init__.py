"""What the Kubernetes provider does in Check and Diff."""

from platform_components.providers.kubernetes.provider import KubernetesProvider

__all__ = ["KubernetesProvider"]
