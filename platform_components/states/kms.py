"""The data key of a state whose secrets provider is a key of AWS KMS.

The URL is that of gocloud.dev (secrets/awskms), with which Pulumi opens it: `awskms://alias/NAME?region=REGION`,
`awskms:///ARN?profile=PROFILE`; `context_NAME=VALUE` is the encryption context.
"""

from __future__ import annotations

from typing import Final
from urllib.parse import parse_qs, urlsplit

from platform_components.base.errors import InvalidInput, Problem
from platform_components.engine.decryption import CannotDecrypt
from platform_components.engine.state.keyring import NoKey
from platform_components.functions.recording.session import code_of, session

_TIMEOUT: Final = 10.0
"""Seconds. A preview without access to KMS continues without the key."""
_CONTEXT: Final = "context_"
_OTHER_KEY: Final = frozenset({"InvalidCiphertextException", "IncorrectKeyException"})


def data_key(url: str, encrypted: bytes) -> bytes:
    """Decrypt the data key of a state with the credentials of the environment.

    Raises:
        NoKey: it is a key of another cloud, or there is no access to it.
        CannotDecrypt: KMS answers that the key did not encrypt it.
    """
    try:
        place = urlsplit(url)
    except ValueError:
        raise NoKey("the URL of its key is invalid") from None
    if place.scheme != "awskms":
        raise NoKey(f"keys of {place.scheme}:// are not supported")
    query = {name: values[-1] for name, values in parse_qs(place.query).items()}
    if "endpoint" in query:  # a state must not choose who gets a signed request
        raise NoKey("the URL of its key has an endpoint; set AWS_ENDPOINT_URL_KMS instead")
    context = {name.removeprefix(_CONTEXT): query[name] for name in query if name.startswith(_CONTEXT)}
    try:
        aws = session("secrets_providers", timeout=_TIMEOUT, profile=query.get("profile"))
    except InvalidInput as error:
        raise NoKey(f"AWS KMS can't be called: {error.problems[0].what}") from None
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        # Without KeyId, as Pulumi: an alias can be moved to another key since.
        client = aws.client("kms", region_name=query.get("region"))
        return bytes(client.decrypt(CiphertextBlob=encrypted, EncryptionContext=context)["Plaintext"])
    except (BotoCoreError, ClientError, ValueError) as error:  # ValueError: an invalid region
        code = code_of(error)
        if code in _OTHER_KEY:
            what = f"AWS KMS can't decrypt it: {code}"
            remedy = "export the state again, or use credentials of its account"
            raise CannotDecrypt(Problem("secrets_providers.state.encryptedkey", what, remedy)) from None
        raise NoKey(f"AWS KMS can't be called: {code}") from None
