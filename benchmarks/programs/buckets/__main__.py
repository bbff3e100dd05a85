"""1,001 resources through the library: 143 Buckets of 7 resources each."""

import pulumi

from platform_components import Bucket, Context

context = Context(
    environment="dev", tier="development", region="eu-west-1", service="files", owner="files-team"
)
for index in range(pulumi.Config().require_int("count")):
    Bucket(f"files-{index}", context=context)
