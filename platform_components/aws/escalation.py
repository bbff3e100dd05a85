"""Escalation: actions that give their caller the permissions of another role.

AWS assigns them other access levels than "Permissions management". Source, unless stated otherwise: DataDog's
pathfinding.cloud, which continues the list of Rhino Security Labs ("AWS IAM Privilege Escalation: Methods and
Mitigation"), as of December 2025. Paths that also require `iam:PassRole` are not listed: that is rejected.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

_DEPLOYS = "deploys any resources, with the role of the stack"
_RUNS = "runs code with the role of the"
_ENTERS = "opens a session on instances, which have their own role"
_CLUSTER = "changes who has which permissions in the cluster"  # Amazon EKS user guide, access entries
_PODS = "assigns roles to pods"  # Amazon EKS user guide, EKS Pod Identity

ESCALATIONS: Final[Mapping[str, str]] = {
    "apprunner:UpdateService": f"{_RUNS} App Runner service",
    "bedrock-agentcore:InvokeCodeInterpreter": f"{_RUNS} code interpreter",
    "cloudformation:CreateChangeSet": _DEPLOYS,
    "cloudformation:CreateStack": _DEPLOYS,
    "cloudformation:CreateStackInstances": _DEPLOYS,
    "cloudformation:CreateStackSet": _DEPLOYS,
    "cloudformation:ExecuteChangeSet": _DEPLOYS,
    "cloudformation:UpdateStack": _DEPLOYS,
    "cloudformation:UpdateStackInstances": _DEPLOYS,
    "cloudformation:UpdateStackSet": _DEPLOYS,
    "codebuild:StartBuild": f"{_RUNS} CodeBuild project",
    "codebuild:StartBuildBatch": f"{_RUNS} CodeBuild project",
    "ec2-instance-connect:SendSSHPublicKey": _ENTERS,
    "ec2:CreateLaunchTemplateVersion": f"{_RUNS} instances",
    "ec2:ModifyInstanceAttribute": f"{_RUNS} instance",
    "ec2:ModifyLaunchTemplate": f"{_RUNS} instances",
    "eks:AccessKubernetesApi": "shows all objects of the cluster",  # Amazon EKS user guide, console access
    "eks:AssociateAccessPolicy": _CLUSTER,
    "eks:CreateAccessEntry": _CLUSTER,
    "eks:CreatePodIdentityAssociation": _PODS,
    "eks:UpdateAccessEntry": _CLUSTER,
    "eks:UpdatePodIdentityAssociation": _PODS,
    "glue:UpdateDevEndpoint": f"{_RUNS} development endpoint",
    "lambda:UpdateFunctionCode": f"{_RUNS} function",
    "sagemaker:CreatePresignedNotebookInstanceUrl": f"{_RUNS} notebook instance",
    "sagemaker:UpdateNotebookInstance": f"{_RUNS} notebook instance",
    "ssm:SendCommand": f"{_RUNS} instance",
    "ssm:StartSession": _ENTERS,
    "sts:AssumeRoot": "gives root access to member accounts",  # IAM user guide, AssumeRoot
}
"""Actions and what they do, as a phrase for an error message."""
