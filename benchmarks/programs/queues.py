"""N queues, and nothing else: what the engine costs a resource."""

import pulumi
from pulumi_aws import sqs

for number in range(pulumi.Config().require_int("count")):
    queue = sqs.Queue(f"queue-{number}", delay_seconds=5, tags={"Name": f"queue-{number}"})
