"""Access that follows from a link between resources: an attached policy, a membership, a shared snapshot."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from string import Formatter
from typing import Any, Final

from platform_components.report.subject import Fact
from platform_components.report.transition import Transition, at, incomparable, is_hidden, items, shown


@dataclass(frozen=True)
class _Link:
    """A text for each combination of the values in it. One with a value that is not set does not exist."""

    text: str
    """`attaches {policyArn} to the role {role}`: the names are paths of inputs."""
    each: str = ""
    """Path of a list; the names are paths in its items."""
    only: tuple[str, Any] = ("", None)
    """Path and value that the inputs must have."""
    updates: bool = False
    """Whether only a link that an existing resource gains matters."""

    @property
    def names(self) -> list[str]:
        return [name for _, name, _, _ in Formatter().parse(self.text) if name]

    def texts(self, inputs: Mapping[str, Any]) -> Iterator[str]:
        for item in items(at(inputs, self.each)) if self.each else [inputs]:
            path, value = self.only
            if not path or at(item, path) == value:
                for values in product(*(items(at(item, name)) for name in self.names)):
                    text = self.text
                    for name, each in zip(self.names, values, strict=True):
                        text = text.replace(f"{{{name}}}", shown(each))
                    yield text


def _attachment(kind: str, name: str, policies: str) -> tuple[_Link, ...]:
    return (_Link(f"attaches {{{policies}}} to the {kind} {{{name}}}"),)


def _groups(path: str) -> tuple[_Link, ...]:
    return (_Link(f"adds the security group {{{path}}}, whose rules it did not have", updates=True),)


_ROUTE: Final = "sends the traffic to {%s} through the gateway {gatewayId}"

_LINKS: Final[Mapping[str, tuple[_Link, ...]]] = {
    "aws:ec2/amiLaunchPermission:AmiLaunchPermission": (
        _Link("shares the AMI {imageId} with {group}"),
        _Link("shares the AMI {imageId} with the account {accountId}"),
        _Link("shares the AMI {imageId} with the organization {organizationArn}"),
    ),
    "aws:ec2/instance:Instance": (
        *_groups("vpcSecurityGroupIds"),
        _Link("attaches the instance profile {iamInstanceProfile} to the instance", updates=True),
    ),
    "aws:ec2/route:Route": tuple(
        _Link(_ROUTE % path)
        for path in ("destinationCidrBlock", "destinationIpv6CidrBlock", "destinationPrefixListId")
    ),
    "aws:ec2/routeTable:RouteTable": tuple(
        _Link(_ROUTE % path, each="routes")
        for path in ("cidrBlock", "ipv6CidrBlock", "destinationPrefixListId")
    ),
    "aws:ec2/snapshotCreateVolumePermission:SnapshotCreateVolumePermission": (
        _Link("shares the snapshot {snapshotId} with the account {accountId}"),
    ),
    "aws:eks/accessEntry:AccessEntry": (
        _Link("{principalArn} can authenticate to the cluster {clusterName}"),
        _Link("puts {principalArn} in the Kubernetes group {kubernetesGroups}"),
    ),
    "aws:eks/accessPolicyAssociation:AccessPolicyAssociation": (
        _Link("attaches {policyArn} to {principalArn} in the cluster", only=("accessScope.type", "cluster")),
        _Link("attaches {policyArn} to {principalArn} in the namespace {accessScope.namespaces}"),
    ),
    "aws:eks/cluster:Cluster": _groups("vpcConfig.securityGroupIds"),
    "aws:eks/podIdentityAssociation:PodIdentityAssociation": (
        _Link("assigns pods with the ServiceAccount {namespace}/{serviceAccount} the role {roleArn}"),
    ),
    "aws:elasticache/cluster:Cluster": _groups("securityGroupIds"),
    "aws:elasticache/replicationGroup:ReplicationGroup": _groups("securityGroupIds"),
    "aws:iam/accessKey:AccessKey": (_Link("creates an access key of the user {user}"),),
    "aws:iam/groupMembership:GroupMembership": (_Link("adds the user {users} to the group {group}"),),
    "aws:iam/groupPolicyAttachment:GroupPolicyAttachment": _attachment("group", "group", "policyArn"),
    "aws:iam/groupPolicyAttachmentsExclusive:GroupPolicyAttachmentsExclusive": _attachment(
        "group", "groupName", "policyArns"
    ),
    "aws:iam/instanceProfile:InstanceProfile": (_Link("assigns instances with the profile the role {role}"),),
    "aws:iam/openIdConnectProvider:OpenIdConnectProvider": (
        _Link("roles can trust tokens of {url}"),
        _Link("roles can trust tokens of {url} for {clientIdLists}", updates=True),
    ),
    "aws:iam/policyAttachment:PolicyAttachment": tuple(
        link for kind in ("role", "user", "group") for link in _attachment(kind, f"{kind}s", "policyArn")
    ),
    "aws:iam/role:Role": (_Link("attaches {managedPolicyArns} to the role"),),
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment": _attachment("role", "role", "policyArn"),
    "aws:iam/rolePolicyAttachmentsExclusive:RolePolicyAttachmentsExclusive": _attachment(
        "role", "roleName", "policyArns"
    ),
    "aws:iam/userGroupMembership:UserGroupMembership": (_Link("adds the user {user} to the group {groups}"),),
    "aws:iam/userLoginProfile:UserLoginProfile": (_Link("creates a console password of the user {user}"),),
    "aws:iam/userPolicyAttachment:UserPolicyAttachment": _attachment("user", "user", "policyArn"),
    "aws:iam/userPolicyAttachmentsExclusive:UserPolicyAttachmentsExclusive": _attachment(
        "user", "userName", "policyArns"
    ),
    "aws:lambda/function:Function": _groups("vpcConfig.securityGroupIds"),
    "aws:lb/loadBalancer:LoadBalancer": _groups("securityGroups"),
    "aws:rds/cluster:Cluster": _groups("vpcSecurityGroupIds"),
    "aws:rds/clusterSnapshot:ClusterSnapshot": (_Link("shares the snapshot with {sharedAccounts}"),),
    "aws:rds/instance:Instance": _groups("vpcSecurityGroupIds"),
    "aws:rds/snapshot:Snapshot": (_Link("shares the snapshot with {sharedAccounts}"),),
    "aws:s3/bucket:Bucket": (_Link("the ACL grants {uri} {permissions}", each="grants"),),
    "aws:s3/bucketAcl:BucketAcl": (
        _Link("the ACL grants {grantee.uri} {permission}", each="accessControlPolicy.grants"),
        _Link("the ACL grants the account {grantee.id} {permission}", each="accessControlPolicy.grants"),
    ),
    "aws:ssoadmin/accountAssignment:AccountAssignment": (
        _Link("assigns {permissionSetArn} in the account {targetId} to the {principalType} {principalId}"),
    ),
}
"""Links by type."""

_BROAD: Final = re.compile(
    r":aws:policy/(AdministratorAccess|IAMFullAccess|PowerUserAccess)\b"
    r"|:cluster-access-policy/AmazonEKSClusterAdminPolicy\b"
    r"|group system:masters$|with all$|groups/global/(AllUsers|AuthenticatedUsers) "
)
"""Links that give all permissions, or give anyone access."""

_BOUNDED: Final = ("aws:iam/role:Role", "aws:iam/user:User")


def linked_access(transition: Transition) -> Iterator[Fact]:
    """Yield the access that the resource did not give before."""
    before, after = transition.before, transition.after
    if after is None:
        return
    for link in _LINKS.get(transition.type, ()):
        if link.updates and before is None:
            continue
        former = set() if before is None else set(link.texts(before))
        if before is not None and _is_narrower(transition):
            continue
        for text in dict.fromkeys(link.texts(after)):
            if text not in former:
                yield Fact("exposure", text, is_broad=bool(_BROAD.search(text)))
    if transition.type in _BOUNDED and before is not None:
        yield from _boundary(before.get("permissionsBoundary"), after.get("permissionsBoundary"))


def _is_narrower(transition: Transition) -> bool:
    """Whether an access policy applies to namespaces now, and applied to the cluster before."""
    before, after = transition.before or {}, transition.after or {}
    same = all(before.get(name) == after.get(name) for name in ("principalArn", "policyArn"))
    return same and at(before, "accessScope.type") == "cluster"


def _boundary(old: Any, new: Any) -> Iterator[Fact]:
    """https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html: a boundary limits the
    permissions of all other policies."""
    if old is None or old == new:
        return
    if new is None:
        yield Fact("exposure", f"removes the permissions boundary {shown(old)}")
    elif is_hidden(new):
        yield Fact("exposure", incomparable("the permissions boundary", new))
    else:
        yield Fact("exposure", f"replaces the permissions boundary {shown(old)} by {shown(new)}")
