"""Transforms of a resource, of its parents and of the stack, and the SDK's transformations."""

import pulumi
import pulumi_aws as aws
from pulumi import ResourceOptions, ResourceTransform, ResourceTransformArgs, ResourceTransformResult
from pulumi_aws import sqs


def add_tag(name: str) -> ResourceTransform:
    def transform(args: ResourceTransformArgs) -> ResourceTransformResult | None:
        if not args.type_.startswith("aws:sqs/queue:"):
            return None
        # What depends on a resource arrives as an Output where the resource itself has transforms.
        tags = pulumi.Output.from_input(args.props.get("tags")).apply(
            lambda tags: {**(tags or {}), name: args.name}
        )
        return ResourceTransformResult(
            props={**args.props, "tags": tags},
            opts=ResourceOptions.merge(args.opts, ResourceOptions(ignore_changes=[f"tags.{name}"])),
        )

    return transform


async def protect(args: ResourceTransformArgs) -> ResourceTransformResult:
    args.opts.protect = True
    return ResourceTransformResult(props=args.props, opts=args.opts)


def only_the_outer(args: ResourceTransformArgs) -> ResourceTransformResult | None:
    """Transforms reach children too; what these take over from a changed parent shows when they don't."""
    if args.name != "outer":
        return None
    given = ResourceOptions(providers=[ireland], protect=True, retain_on_delete=True)
    return ResourceTransformResult(props=args.props, opts=ResourceOptions.merge(args.opts, given))


def only_the_holder(args: ResourceTransformArgs) -> ResourceTransformResult | None:
    if args.name != "holder":
        return None
    given = ResourceOptions(provider=ireland, deleted_with=before)
    return ResourceTransformResult(props=args.props, opts=ResourceOptions.merge(args.opts, given))


class Nest(pulumi.ComponentResource):
    def __init__(self, name: str, opts: ResourceOptions) -> None:
        super().__init__("test:index:Nest", name, None, opts)


before = sqs.Queue("before", tags={"made": "before"})
sqs.Queue(
    "kept",
    name=before.arn,
    tags={"a": "b"},
    opts=ResourceOptions(transforms=[lambda args: None]),
)
ireland = aws.Provider("ireland", region="eu-west-1")
outer = Nest("outer", ResourceOptions(transforms=[only_the_outer]))
inner = Nest("inner", ResourceOptions(parent=outer))
sqs.Queue("inside", opts=ResourceOptions(parent=inner))
holder = sqs.Queue("holder", opts=ResourceOptions(transforms=[only_the_holder]))
sqs.Queue("held", opts=ResourceOptions(parent=holder))
pulumi.runtime.register_resource_transform(add_tag("stack"))
plain = sqs.Queue("plain")


class Group(pulumi.ComponentResource):
    def __init__(self, name: str) -> None:
        super().__init__("test:index:Group", name, None, ResourceOptions(transforms=[add_tag("parent")]))
        self.queue = sqs.Queue(
            f"{name}-queue",
            tags={"made": plain.arn},
            opts=ResourceOptions(parent=self, transforms=[add_tag("own"), protect]),
        )


Group("group")
secret = pulumi.Output.secret("hunter2!")
sqs.Queue(
    "secretive",
    name=secret,
    tags={"a": secret, "b": plain.arn},
    opts=ResourceOptions(depends_on=[before], transforms=[lambda args: None]),
)
sqs.Queue(
    "rewritten",
    name=secret,
    policy=plain.arn,
    opts=ResourceOptions(transforms=[protect]),
)


def rename(args: pulumi.ResourceTransformationArgs) -> pulumi.ResourceTransformationResult:
    return pulumi.ResourceTransformationResult({**args.props, "name": "by-the-sdk"}, args.opts)


sqs.Queue("transformed", opts=ResourceOptions(transformations=[rename]))
