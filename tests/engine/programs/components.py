"""Components in components, dependencies through them, and options that children inherit."""

import pulumi
from pulumi_aws import s3, sqs


class Store(pulumi.ComponentResource):
    def __init__(self, name: str, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("test:index:Store", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        self.bucket = s3.Bucket(f"{name}-bucket", force_destroy=False, opts=child)
        self.versioning = s3.BucketVersioning(
            f"{name}-versioning",
            bucket=self.bucket.bucket,
            versioning_configuration={"status": "Enabled"},
            opts=child,
        )
        self.register_outputs({"arn": self.bucket.arn, "kind": "store"})


class Service(pulumi.ComponentResource):
    def __init__(self, name: str, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("test:index:Service", name, {"size": 3}, opts)
        self.store = Store(f"{name}-store", pulumi.ResourceOptions(parent=self))
        self.queue = sqs.Queue(
            f"{name}-queue",
            tags={"store": self.store.bucket.arn},
            opts=pulumi.ResourceOptions(parent=self, depends_on=[self.store]),
        )
        self.register_outputs({"queue": self.queue.url})


service = Service("orders", pulumi.ResourceOptions(protect=True, retain_on_delete=True))
open_child = sqs.Queue("open", opts=pulumi.ResourceOptions(parent=service, protect=False))
after = sqs.Queue("after", opts=pulumi.ResourceOptions(depends_on=[service]))
dead = sqs.Queue("dead", opts=pulumi.ResourceOptions(parent=after, deleted_with=after))
sqs.Queue("dead-too", opts=pulumi.ResourceOptions(parent=dead))
both = pulumi.Output.all(after.arn, service.store.bucket.arn)
sqs.QueuePolicy("policy", queue_url=after.url, policy=both.apply("".join))
pulumi.export("url", after.url)
pulumi.export("literal", {"a": [1, 2.5, True, "x"]})
