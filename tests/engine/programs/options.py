"""Every option that a resource can have, and aliases in all their forms."""

import pulumi
from pulumi import Alias, CustomTimeouts, ResourceOptions
from pulumi_aws import sqs

first = sqs.Queue("first")
sqs.Queue(
    "full",
    delay_seconds=5,
    opts=ResourceOptions(
        protect=True,
        ignore_changes=["delay_seconds", "tags.Name"],
        replace_on_changes=["fifo_queue"],
        delete_before_replace=True,
        retain_on_delete=True,
        deleted_with=first,
        replace_with=[first],
        additional_secret_outputs=["policy"],
        custom_timeouts=CustomTimeouts(create="1h30m", update="90s", delete="500ms"),
        hide_diffs=["tags"],
        replacement_trigger="v2",
    ),
)
sqs.Queue("adopted", opts=ResourceOptions(import_=None, version="7.0.0"))


class Group(pulumi.ComponentResource):
    def __init__(self, name: str, opts: ResourceOptions | None = None) -> None:
        super().__init__("test:index:Group", name, None, opts)
        sqs.Queue(f"{name}-queue", opts=ResourceOptions(parent=self))
        sqs.Queue(
            "other", opts=ResourceOptions(parent=self, aliases=[Alias(name="previous"), Alias(parent=None)])
        )


group = Group("renamed", ResourceOptions(aliases=[Alias(name="original")]))
sqs.Queue(
    "aliased",
    opts=ResourceOptions(
        parent=group,
        aliases=[
            "urn:pulumi:dev::test::aws:sqs/queue:Queue::by-urn",
            Alias(name="by-name"),
            Alias(type_="aws:sqs/oldQueue:OldQueue"),
            Alias(project="elsewhere"),
            Alias(stack="other"),
            Alias(parent=first),
            Alias(parent=pulumi.ROOT_STACK_RESOURCE),
        ],
    ),
)
