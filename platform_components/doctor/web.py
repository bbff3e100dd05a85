"""Web: one HTTPS request, without redirects, and the reason if there is no answer."""

from __future__ import annotations

import http.client
import socket
import ssl
import urllib.error
import urllib.request
from collections.abc import Mapping
from typing import Any

TIMEOUT = 5.0
"""Seconds to wait for a connection, and for each part of the answer."""


class Unreachable(Exception):  # noqa: N818 - an outcome
    """No answer. The message states the step that failed, without the headers of the request."""


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """A redirect is an answer: to follow it would send the credentials to another host."""

    def redirect_request(self, *_: Any, **__: Any) -> None:
        return None


def status_of(url: str, headers: Mapping[str, str], authority: str = "") -> int:
    """Return the HTTP status of a GET request. Proxies of the environment are used, as by kubectl and Pulumi.

    `authority` is the certificate of the only accepted certificate authority, in PEM. Default: those of the
    operating system.

    Raises:
        Unreachable: there is no answer.
    """
    try:
        trusted = ssl.create_default_context(cadata=authority or None)
    except ssl.SSLError:
        raise Unreachable("its certificate authority can't be read") from None
    opener = urllib.request.build_opener(_NoRedirects, urllib.request.HTTPSHandler(context=trusted))
    try:
        with opener.open(urllib.request.Request(url, headers=dict(headers)), timeout=TIMEOUT) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code
    except urllib.error.URLError as error:
        raise Unreachable(_in_words(error.reason)) from None
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise Unreachable(_in_words(error)) from None


def _in_words(reason: object) -> str:
    if isinstance(reason, ssl.SSLCertVerificationError):
        return f"its certificate is not trusted: {reason.verify_message}"
    if isinstance(reason, ssl.SSLError):
        return "the TLS handshake failed"
    if isinstance(reason, TimeoutError):
        return f"no answer within {TIMEOUT:g} seconds"
    if isinstance(reason, socket.gaierror):
        return "its name can't be resolved"
    if isinstance(reason, OSError) and reason.strerror:
        return reason.strerror.lower()
    return f"no valid answer ({type(reason).__name__})"
