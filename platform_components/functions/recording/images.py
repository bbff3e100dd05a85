"""Selection and fields of machine images, as in the data sources aws_ami and aws_ami_ids."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from platform_components.functions.recording.row import (
    Account,
    Arguments,
    Items,
    Shape,
    Unsupported,
    arn,
    filters,
    parameters,
    tags,
)

# The provider returns "" for absent fields that are enumerations, and nothing for other absent fields.
IMAGE: Shape = {
    "architecture": "Architecture",
    "arn": arn("ec2:{_region}::image/{ImageId}"),
    "bootMode": "BootMode || ''",
    "creationDate": "CreationDate",
    "deprecationTime": "DeprecationTime",
    "description": "Description",
    "enaSupport": "EnaSupport",
    "hypervisor": "Hypervisor",
    "id": "ImageId",
    "imageId": "ImageId",
    "imageLocation": "ImageLocation",
    "imageOwnerAlias": "ImageOwnerAlias",
    "imageType": "ImageType",
    "imdsSupport": "ImdsSupport || ''",
    "kernelId": "KernelId",
    "name": "Name",
    "ownerId": "OwnerId",
    "platform": "Platform || ''",
    "platformDetails": "PlatformDetails",
    "public": "Public",
    "ramdiskId": "RamdiskId",
    "rootDeviceName": "RootDeviceName",
    "rootDeviceType": "RootDeviceType",
    "sriovNetSupport": "SriovNetSupport",
    "state": "State",
    "tags": tags,
    "tpmSupport": "TpmSupport || ''",
    "usageOperation": "UsageOperation",
    "virtualizationType": "VirtualizationType",
}


def images_request(arguments: Arguments) -> Mapping[str, Any]:
    """Return the request for several images."""
    own = parameters(
        owners="Owners", executableUsers="ExecutableUsers", includeDeprecated="IncludeDeprecated"
    )
    return {**filters()(arguments), **own(arguments)}


def newest_first(account: Account, arguments: Arguments, images: Items) -> Items:
    """Select images by the pattern of their name, and order them by date."""
    pattern = arguments.get("nameRegex")
    named = [
        image
        for image in images
        # The provider skips an image without a name, whatever the pattern.
        if not pattern or (image.get("Name") and re.search(pattern, image["Name"]))
    ]
    return sorted(
        named, key=lambda image: str(image.get("CreationDate")), reverse=not arguments.get("sortAscending")
    )


def newest_image(account: Account, arguments: Arguments, images: Items) -> Items:
    """Select the newest image, if the call asks for it."""
    ordered = newest_first(account, arguments, images)
    return ordered[:1] if arguments.get("mostRecent") else ordered


def one_image_request(arguments: Arguments) -> Mapping[str, Any]:
    """Return the request for one image.

    Raises:
        Unsupported: anybody could publish the newest image that matches.
    """
    request = images_request(arguments)
    narrowed = "Owners" in request or any(
        each["Name"] in ("image-id", "owner-id") for each in request.get("Filters", ())
    )
    if not (arguments.get("allowUnsafeFilter") or narrowed) and arguments.get("mostRecent"):
        raise Unsupported("mostRecent requires owners, or a filter image-id or owner-id")
    return request
