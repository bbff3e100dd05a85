"""The project of these tests: foundation, platform services, and services as a program and a service.yaml."""

from __future__ import annotations

from pathlib import Path

from tests.bad_input.table import changes

ROOT = Path(__file__).parents[2]

PLATFORM = """\
organization: acme
regions: [eu-west-1, eu-central-1]
teams: [core, shop-team]
environments:
  dev: { tier: development, region: eu-west-1 }
  prod: { tier: production, region: eu-central-1 }
stacks:
  foundation: { owner: core }
  platform-services: { owner: core }
  shop: { owner: shop-team, reads: [foundation, platform-services], cost_center: "42" }
  mailer: { owner: core, reads: [foundation] }
sizing:
  development: { database.storage_gb: 30 }
"""

FOUNDATION = """\
from platform_components import FoundationOutputs
from tests.samples import given_foundation

def program(stack):
    given_foundation().export()
"""

PLATFORM_SERVICES = """\
from tests.samples import given_platform_services

def program(stack):
    given_platform_services().export()
"""

SHOP = """\
from platform_components import (
    Args,
    DatabaseArgs,
    FoundationOutputs,
    Image,
    PlatformServicesOutputs,
    ServiceStack,
    ServiceStackArgs,
)
from platform_components.base import Count

class ShopConfig(Args):
    image: Image
    \"\"\"Container image to run.\"\"\"

    replicas: Count = 2
    \"\"\"Pods that run at least.\"\"\"

def program(stack):
    config = stack.config(ShopConfig)
    shop = ServiceStack(
        "shop",
        ServiceStackArgs(image=config.image, min_replicas=config.replicas, database=DatabaseArgs()),
        context=stack.context,
        foundation=FoundationOutputs.imported(stack.upstream("foundation")),
        platform_services=PlatformServicesOutputs.imported(stack.upstream("platform-services")),
    )
    shop.outputs.export()
"""

MAILER = """\
service: mailer
kind: worker
buckets:
  attachments:
    expire_after_days: 30
environments:
  prod:
    max_replicas: 5
"""


def files() -> dict[str, str]:
    """Every file of the project as it should be."""
    text = {
        "Pulumi.yaml": "name: platform\nruntime: python\nmain: stacks\n",
        "platform.yaml": PLATFORM,
        "stacks/__main__.py": (ROOT / "stacks" / "__main__.py").read_text(encoding="utf-8"),
        "stacks/foundation/program.py": FOUNDATION,
        "stacks/platform-services/program.py": PLATFORM_SERVICES,
        "stacks/shop/program.py": SHOP,
        "stacks/mailer/service.yaml": MAILER,
    }
    for environment, region in (("dev", "eu-west-1"), ("prod", "eu-central-1")):
        config = f"config:\n  aws:region: {region}\n"
        for layer in ("foundation", "platform-services"):
            text[f"Pulumi.{layer}.{environment}.yaml"] = config
        image = "  platform:image: registry.example/{}:1\n"
        text[f"Pulumi.shop.{environment}.yaml"] = config + image.format("shop") + "  platform:replicas: 2\n"
        text[f"Pulumi.mailer.{environment}.yaml"] = config + image.format("mailer")
    return text


def write(directory: Path, written: str = "") -> None:
    """Write the project with the changes of an entry."""
    text = files()
    for path, old, new in changes(written):
        if old is None:
            del text[path]
        elif old:
            assert old in text[path], f"{path} has no {old}"
            text[path] = text[path].replace(old, new)
        else:
            text[path] = f"{new}\n"
    for path, content in text.items():
        file = directory / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content, encoding="utf-8")
