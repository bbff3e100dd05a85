"""Kubernetes: the components that run in a cluster, and what Kubernetes allows in them."""
