"""As many queues as the stack's config says."""

import pulumi
from pulumi_aws import sqs

for index in range(pulumi.Config().require_int("count")):
    sqs.Queue(f"queue-{index}", tags={"Owner": "shop-team"})
