"""Explicit providers, providers that children inherit, default ones, and another package."""

import pulumi
import pulumi_aws as aws
import pulumi_kubernetes as kubernetes
from pulumi import ResourceOptions

ireland = aws.Provider("ireland", region="eu-west-1", default_tags={"tags": {"a": "b"}})
secretive = aws.Provider("secretive", region="eu-west-1", secret_key=pulumi.Output.secret("hunter2!"))
cluster = kubernetes.Provider("cluster", kubeconfig=aws.s3.Bucket("config").bucket.apply(lambda _: "{}"))


class Group(pulumi.ComponentResource):
    def __init__(self, name: str, opts: ResourceOptions) -> None:
        super().__init__("test:index:Group", name, None, opts)
        aws.sqs.Queue(f"{name}-queue", opts=ResourceOptions(parent=self))
        kubernetes.core.v1.Namespace(f"{name}-namespace", opts=ResourceOptions(parent=self))


aws.sqs.Queue("explicit", opts=ResourceOptions(provider=ireland))
Group("listed", ResourceOptions(providers=[ireland, cluster]))
Group("single", ResourceOptions(provider=secretive))
Group("default", ResourceOptions())
parent = aws.sqs.Queue("parent", opts=ResourceOptions(provider=ireland))
aws.sqs.Queue("child", opts=ResourceOptions(parent=parent))
kubernetes.apps.v1.Deployment(
    "web",
    metadata={"labels": {"app": "web"}},
    spec={
        "replicas": 2,
        "selector": {"match_labels": {"app": "web"}},
        "template": {
            "metadata": {"labels": {"app": "web"}},
            "spec": {
                "containers": [{"name": "web", "image": "web@sha256:0", "ports": [{"container_port": 80}]}]
            },
        },
    },
)
