"""Kubernetes: the components that create Kubernetes objects, and the value types of their fields."""
