"""Provider functions: plain and with Outputs, with secret and unknown arguments, and with dependencies."""

import pulumi
from pulumi_aws import Provider, get_arn, get_arn_output, sqs

ARN = "arn:aws:sqs:eu-west-1:123456789012:jobs"

sqs.Queue("plain", name=get_arn(arn=ARN).resource)
sqs.Queue("output", name=get_arn_output(arn=ARN).resource)
sqs.Queue("secret", name=get_arn_output(arn=pulumi.Output.secret(ARN)).resource)

first = sqs.Queue("first")
sqs.Queue("unknown", name=get_arn_output(arn=first.id).resource)
after = pulumi.InvokeOutputOptions(depends_on=[first])
sqs.Queue("after", name=get_arn_output(arn=ARN, opts=after).resource)

provider = Provider("explicit", region="us-east-1")
explicit = pulumi.InvokeOptions(provider=provider)
sqs.Queue("explicit", name=get_arn_output(arn=ARN, opts=explicit).service)
