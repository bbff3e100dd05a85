"""Changes that follow from those of other resources."""

from __future__ import annotations

from pulumi import ResourceOptions
from pulumi_aws import ec2, eks, sns, sqs, ssm

from tests.engine.plans.pairs import pair


@pair
def dependency_added(after: bool) -> None:
    """The option alone changes nothing."""
    first = sqs.Queue("first")
    sqs.Queue("second", opts=ResourceOptions(depends_on=[first] if after else None))


@pair
def output_of_an_updated_resource(after: bool) -> None:
    """Computed outputs keep their value."""
    queue = sqs.Queue("queue", delay_seconds=2 if after else 1)
    ssm.Parameter("arn", type="String", value=queue.arn)
    ssm.Parameter("delay", type="String", value=queue.delay_seconds.apply(str))


@pair
def output_of_a_replaced_resource(after: bool) -> None:
    """A new VPC replaces its subnets, and updates what only names them."""
    vpc = ec2.Vpc("vpc", cidr_block="10.1.0.0/16" if after else "10.0.0.0/16")
    subnet = ec2.Subnet("subnet", vpc_id=vpc.id, cidr_block="10.0.0.0/24")
    ssm.Parameter("parameter", type="String", value=subnet.id)
    sns.Topic("topic", tags={"Cidr": vpc.cidr_block})


@pair
def output_of_a_created_resource(after: bool) -> None:
    key = ssm.Parameter("new", type="String", value="1") if after else None
    sqs.Queue("queue", tags={"Parameter": key.arn if key else "none"})


@pair
def dependents_are_deleted_first(after: bool) -> None:
    """A resource that is deleted first takes the dependents along that it replaces."""
    vpc = ec2.Vpc(
        "vpc",
        cidr_block="10.1.0.0/16" if after else "10.0.0.0/16",
        opts=ResourceOptions(delete_before_replace=True),
    )
    subnet = ec2.Subnet("subnet", vpc_id=vpc.id, cidr_block="10.0.0.0/24")
    ec2.SecurityGroup("named", tags={"Vpc": vpc.id})
    ec2.Subnet("second", vpc_id=subnet.vpc_id, cidr_block="10.0.1.0/24")
    ssm.Parameter("parameter", type="String", value="1", opts=ResourceOptions(depends_on=[vpc]))


@pair
def protected_dependent_is_deleted_first(after: bool) -> None:
    vpc = ec2.Vpc(
        "vpc",
        cidr_block="10.1.0.0/16" if after else "10.0.0.0/16",
        opts=ResourceOptions(delete_before_replace=True),
    )
    ec2.Subnet("subnet", vpc_id=vpc.id, cidr_block="10.0.0.0/24", opts=ResourceOptions(protect=True))


@pair
def dependency_is_deleted_first(after: bool) -> None:
    """A dependency without a property stays."""
    queue = sqs.Queue("queue", name="orders", fifo_queue=after or None)
    sqs.Queue("follower", opts=ResourceOptions(depends_on=[queue]))


@pair
def removed_dependency_of_an_updated_resource(after: bool) -> None:
    if after:
        sqs.Queue("queue", tags={"Upstream": "none"})
    else:
        topic = sns.Topic("topic")
        sqs.Queue("queue", tags={"Upstream": topic.arn})


@pair
def computed_field_of_an_updated_property(after: bool) -> None:
    """The fields that AWS computes inside a changed property keep their value."""
    cluster = eks.Cluster(
        "cluster",
        role_arn="arn:aws:iam::111122223333:role/cluster",
        vpc_config=eks.ClusterVpcConfigArgs(subnet_ids=["subnet-1"], endpoint_public_access=after),
    )
    group = cluster.vpc_config.cluster_security_group_id
    ssm.Parameter("group", type="String", value=group.apply(lambda found: found or "none"))


@pair
def dependent_ignores_the_change(after: bool) -> None:
    """What ignores the change of its dependency is not deleted before it."""
    vpc = ec2.Vpc(
        "vpc",
        cidr_block="10.1.0.0/16" if after else "10.0.0.0/16",
        opts=ResourceOptions(delete_before_replace=True),
    )
    opts = ResourceOptions(ignore_changes=["vpcId"])
    ec2.Subnet("subnet", vpc_id=vpc.id, cidr_block="10.0.0.0/24", opts=opts)
