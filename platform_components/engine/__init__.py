"""Evaluation of Pulumi programs in process: no CLI, no plugins, no credentials. The result is a graph."""

from platform_components.engine.errors import Failure, ProgramError
from platform_components.engine.evaluate import evaluate
from platform_components.engine.graph import Diagnostic, Graph, Read, Resource
from platform_components.engine.project import Project, evaluate_stack
from platform_components.engine.source import Source
from platform_components.engine.values import UNKNOWN, Archive, Asset, ResourceReference, Secret

__all__ = [
    "UNKNOWN",
    "Archive",
    "Asset",
    "Diagnostic",
    "Failure",
    "Graph",
    "ProgramError",
    "Project",
    "Read",
    "Resource",
    "ResourceReference",
    "Secret",
    "Source",
    "evaluate",
    "evaluate_stack",
]
