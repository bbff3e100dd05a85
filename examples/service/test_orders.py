"""Tests of the complete stack, without a cloud: `pytest examples/service`."""

from pathlib import Path

from platform_components.testing import render

PROGRAM = Path(__file__).parent


def test_production_keeps_its_data() -> None:
    """Database and bucket are protected from deletion, and the bucket is versioned."""
    graph = render(PROGRAM, stack="prod", config={"aws:region": "eu-west-1"})
    assert graph.one("aws:rds/instance:Instance").protect
    assert graph.one("aws:s3/bucket:Bucket").protect
    versioning = graph.one("aws:s3/bucketVersioning:BucketVersioning")
    assert versioning.inputs["versioningConfiguration"] == {"status": "Enabled"}
