"""Existing resources and other stacks that a program only reads."""

import pulumi
from pulumi_aws import s3, sqs

upstream = pulumi.StackReference("organization/test/upstream")
named = pulumi.StackReference("by-name", stack_name="organization/test/upstream")
existing = s3.Bucket.get("existing", "my-bucket")
sqs.Queue("named", name=upstream.require_output("name"), tags={"missing": upstream.get_output("nothing")})
sqs.Queue("secret", name=named.get_output("secret"))
sqs.Queue("after", name=existing.bucket)
pulumi.export("network", upstream.get_output("network"))
pulumi.export("secret", upstream.get_output("secret"))
