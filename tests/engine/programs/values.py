"""Values of every kind: secrets, unknowns, assets, numbers, references to resources."""

import pulumi
from pulumi_aws import lambda_, s3, sqs

config = pulumi.Config()
queue = sqs.Queue("queue", delay_seconds=10, max_message_size=2048)
password = config.require_secret("password")
sqs.Queue(
    "mixed",
    name=password,
    tags={
        "plain": config.require("name"),
        "secret": password,
        "unknown": queue.arn,
        "secret-unknown": pulumi.Output.secret(queue.arn),  # type: ignore[arg-type]
        "text": pulumi.Output.format("{0}-{1}", config.require("name"), password),
    },
)
bucket = s3.Bucket("bucket", tags=pulumi.Output.secret({"a": "b"}))
s3.BucketObject("by-text", bucket=bucket, source=pulumi.StringAsset("hello"))  # type: ignore[call-overload]
s3.BucketObject("by-file", bucket=bucket.id, source=pulumi.FileAsset("asset.txt"))
lambda_.Function(
    "function",
    role="arn:aws:iam::123456789012:role/x",
    code=pulumi.AssetArchive({"index.py": pulumi.StringAsset("pass"), "data": pulumi.FileAsset("asset.txt")}),
    memory_size=128,
    timeout=3,
)


class Holder(pulumi.ComponentResource):
    def __init__(self) -> None:
        super().__init__("test:index:Holder", "holder", {"queue": queue, "bucket": bucket, "ratio": 0.25})
        self.register_outputs({"queue": queue, "big": 9007199254740993, "none": None})


pulumi.export("password", password)
pulumi.export("unknown", queue.arn)
pulumi.export("number", 3.0)
pulumi.export("object", {"holder": Holder().urn, "list": [1, None, queue.id], "float": 0.1})

# Not a secret any more, so that the previews contain a value that depends on it.
sqs.Queue("of-a-secret", delay_seconds=pulumi.Output.unsecret(password.apply(len)))
