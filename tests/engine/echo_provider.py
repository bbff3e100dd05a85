"""A Pulumi provider, over gRPC, without a schema: the outputs of every resource are its inputs."""

# ruff: noqa: N802 - gRPC's names

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import grpc
from google.protobuf.empty_pb2 import Empty
from pulumi.runtime.proto import plugin_pb2, provider_pb2, provider_pb2_grpc


class EchoProvider(provider_pb2_grpc.ResourceProviderServicer):
    """Implements the calls of previews and first updates. Capitalized methods are Pulumi's gRPC service."""

    def Handshake(self, request: Any, context: Any) -> Any:
        return provider_pb2.ProviderHandshakeResponse(accept_secrets=True, accept_resources=True)

    def GetPluginInfo(self, request: Any, context: Any) -> Any:
        return plugin_pb2.PluginInfo(version="0.0.0")

    def Attach(self, request: Any, context: Any) -> Any:
        return Empty()

    def CheckConfig(self, request: Any, context: Any) -> Any:
        return provider_pb2.CheckResponse(inputs=request.news)

    def Configure(self, request: Any, context: Any) -> Any:
        return provider_pb2.ConfigureResponse(acceptSecrets=True, supportsPreview=True, acceptResources=True)

    def Check(self, request: Any, context: Any) -> Any:
        return provider_pb2.CheckResponse(inputs=request.news)

    def Create(self, request: Any, context: Any) -> Any:
        return provider_pb2.CreateResponse(
            id="" if request.preview else "echo", properties=request.properties
        )

    def Diff(self, request: Any, context: Any) -> Any:
        same = request.old_inputs == request.news
        response = provider_pb2.DiffResponse
        return response(changes=response.DIFF_NONE if same else response.DIFF_SOME)

    def Read(self, request: Any, context: Any) -> Any:
        return provider_pb2.ReadResponse(id=request.id, properties=request.properties)

    def Invoke(self, request: Any, context: Any) -> Any:
        """Divide an ARN into its sections; a pure function needs no cloud."""
        if request.tok != "aws:index/getArn:getArn":
            context.abort(grpc.StatusCode.UNIMPLEMENTED, request.tok)
        arn = request.args["arn"]
        names = ("partition", "service", "region", "account", "resource")
        response = provider_pb2.InvokeResponse()
        getattr(response, "return").update(
            {"arn": arn, "id": arn, **dict(zip(names, arn.split(":", 5)[1:], strict=True))}
        )
        return response

    def Cancel(self, request: Any, context: Any) -> Any:
        return Empty()


@contextmanager
def serving(provider: EchoProvider | None = None) -> Iterator[int]:
    """Run a provider on this machine; yields its port. Default: an echo provider."""
    server = grpc.server(ThreadPoolExecutor(max_workers=4))
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(provider or EchoProvider(), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    try:
        yield port
    finally:
        server.stop(grace=None).wait()
